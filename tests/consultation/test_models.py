"""Places: the tree keeps its four levels and every venue its own, whoever writes the row."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from consultation.models import Area, AreaLevel, StaffScope, Venue, VenueKind, places
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

DISTRICT, SUBDISTRICT, COMMUNITY, COMPOUND = 1, 2, 3, 4


@pytest.fixture
def at_level():
    places = factories.tree()
    return {
        None: None,
        DISTRICT: places.district,
        SUBDISTRICT: places.subdistrict,
        COMMUNITY: places.community,
        COMPOUND: places.compound,
    }


# --- The tree --------------------------------------------------------------------------------------------------------

# Rows: the parent's level. Columns: the new area's level, district to compound.
TREE = {
    None: (True, False, False, False),
    DISTRICT: (False, True, False, False),
    SUBDISTRICT: (False, False, True, False),
    COMMUNITY: (False, False, False, True),
    COMPOUND: (False, False, False, False),
}
PAIRS = [(parent, level + 1, allowed) for parent, row in TREE.items() for level, allowed in enumerate(row)]


@each_row(("parent", "level", "allowed"), PAIRS)
def test_the_database_keeps_a_parent_one_level_higher(at_level, parent, level, allowed):
    def write():
        # `create` asks no `clean`.
        return Area.objects.create(level=level, parent=at_level[parent], code="new", name="新")

    if allowed:
        assert write().parent_level == level - 1
    else:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


@each_row(("parent", "level", "allowed"), PAIRS)
def test_a_form_says_so_first(at_level, parent, level, allowed):
    area = Area(level=level, parent=at_level[parent], code="new", name="新")
    if allowed:
        area.full_clean()
    else:
        with pytest.raises(ValidationError) as refused:
            area.full_clean()
        assert "上级" in str(refused.value)


@pytest.mark.parametrize("level", [0, 5, 100])
def test_there_are_four_levels(at_level, level):
    for parent in at_level.values():
        with pytest.raises(IntegrityError), transaction.atomic():
            Area.objects.create(level=level, parent=parent, code="new", name="新")


def test_an_area_cannot_be_moved_to_a_wrong_parent_past_django(at_level):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consultation_area SET parent_id = %s WHERE id = %s",
            [at_level[DISTRICT].pk, at_level[COMPOUND].pk],
        )


def test_an_area_with_children_cannot_change_its_level(at_level):
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.filter(pk=at_level[COMMUNITY].pk).update(level=SUBDISTRICT, parent=at_level[DISTRICT])


def test_a_code_names_one_area(at_level):
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.create(level=DISTRICT, code="district", name="另一个区")


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("district", ("南湖区", None, None, None)),
        ("subdistrict", ("南湖区", "湖东街道", None, None)),
        ("community", ("南湖区", "湖东街道", "桂花社区", None)),
        ("compound", ("南湖区", "湖东街道", "桂花社区", "桂花苑")),
    ],
)
def test_an_area_knows_its_ancestors(area, expected):
    found = getattr(factories.tree(), area)
    ancestors = tuple(found.up_to(level) for level in AreaLevel)
    assert tuple(str(ancestor) if ancestor else None for ancestor in ancestors) == expected
    assert (found.subdistrict, found.community) == ancestors[1:3]


@pytest.mark.parametrize(
    ("area", "place"),
    [("district", "南湖区"), ("community", "桂花社区"), ("compound", "桂花社区 · 桂花苑")],
)
def test_a_place_is_said_as_residents_say_it(area, place):
    assert getattr(factories.tree(), area).place == place


def test_a_name_follows_the_language_where_it_has_one():
    places = factories.tree()
    with translation.override("en"):
        assert str(places.community) == "Guihua Community"
        assert str(places.compound) == "桂花苑"
    with translation.override("zh-hans"):
        assert str(places.community) == "桂花社区"


# --- Who works where -------------------------------------------------------------------------------------------------

ALL = {
    *["district", "subdistrict", "community", "compound", "second-compound", "other-community", "other-compound"],
    *["far-subdistrict", "far-community", "far-compound"],
}
SCOPES = [
    ([], set()),
    (["district"], ALL),
    (
        ["subdistrict"],
        {"subdistrict", "community", "compound", "second-compound", "other-community", "other-compound"},
    ),
    (["community"], {"community", "compound", "second-compound"}),
    (["compound"], {"compound"}),
    (["compound", "far-community"], {"compound", "far-community", "far-compound"}),
    (["subdistrict", "compound"], ALL - {"district", "far-subdistrict", "far-community", "far-compound"}),
]


@pytest.mark.parametrize(("codes", "expected"), SCOPES)
def test_a_scope_reaches_down_and_never_up(codes, expected):
    factories.tree()
    areas = list(Area.objects.filter(code__in=codes))
    user = factories.user("somebody")
    for area in areas:
        StaffScope.objects.create(user=user, area=area)
    assert {area.code for area in Area.objects.within_scope_of(user)} == expected
    below = {key for area in areas for key in places.within(area)}
    assert {places.area(key).code for key in below} == expected
    assert Area.objects.within_scope_of(user).count() == len(expected), "no area twice"


def test_the_superuser_works_everywhere():
    factories.tree()
    assert {area.code for area in Area.objects.within_scope_of(factories.superuser())} == ALL
    assert {places.area(key).code for key in places.areas_of(factories.superuser())} == ALL


def test_a_scope_is_given_once():
    user, place = factories.user("somebody"), factories.tree().community
    StaffScope.objects.create(user=user, area=place)
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffScope.objects.create(user=user, area=place)


# --- Venues: 三级四类 -------------------------------------------------------------------------------------------------

# Columns: district, subdistrict, community, compound.
VENUES = {
    "members_home": (False, True, False, False),
    "deliberation_home": (False, False, True, False),
    "consultation_studio": (False, False, True, False),
    "cloud_station": (False, False, False, True),
}
PLACES = [(kind, level + 1, allowed) for kind, row in VENUES.items() for level, allowed in enumerate(row)]


@each_row(("kind", "level", "allowed"), PLACES)
def test_the_database_keeps_each_kind_at_its_level(at_level, kind, level, allowed):
    def write():
        return Venue.objects.create(kind=kind, area=at_level[level], slug="new", code="N1", name="新")

    if allowed:
        assert write().area_level == level
    else:
        with pytest.raises(IntegrityError, match="venue_kind_at_its_level"), transaction.atomic():
            write()


@each_row(("kind", "level", "allowed"), PLACES)
def test_a_venues_form_says_so_first(at_level, kind, level, allowed):
    venue = Venue(kind=kind, area=at_level[level], slug="new", code="N1", name="新")
    if allowed:
        venue.full_clean()
    else:
        with pytest.raises(ValidationError, match="只能设在"):
            venue.full_clean()


def test_there_are_four_kinds(at_level):
    assert set(VENUES) == set(VenueKind.values)
    for level in (DISTRICT, SUBDISTRICT, COMMUNITY, COMPOUND):
        with pytest.raises(IntegrityError), transaction.atomic():
            Venue.objects.create(kind="tea_house", area=at_level[level], slug="new", code="N1", name="新")


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("members_home", "deliberation_home"),
        ("deliberation_home", "cloud_station"),
        ("consultation_studio", "members_home"),
        ("cloud_station", "consultation_studio"),
    ],
)
def test_a_venue_cannot_change_into_a_kind_of_another_level_past_django(kind, other):
    venue = factories.venue(kind)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE consultation_venue SET kind = %s WHERE id = %s", [other, venue.pk])


def test_a_venue_cannot_be_moved_to_another_level_past_django():
    venue, places = factories.venue("members_home"), factories.tree()
    with pytest.raises(IntegrityError), transaction.atomic():
        Venue.objects.filter(pk=venue.pk).update(area=places.community)
    Venue.objects.filter(pk=venue.pk).update(area=places.far_subdistrict)


def test_the_two_kinds_of_a_community_may_stand_side_by_side_and_change():
    venue = factories.venue("deliberation_home")
    factories.venue("consultation_studio")
    Venue.objects.filter(pk=venue.pk).update(kind="consultation_studio")
    assert Venue.objects.filter(area=venue.area, kind="consultation_studio").count() == 2


def test_a_compound_has_one_cloud_station():
    place = factories.venue("cloud_station").area
    with pytest.raises(IntegrityError), transaction.atomic():
        Venue.objects.create(kind="cloud_station", area=place, slug="second", code="N2", name="第二个")
    again = Venue(kind="cloud_station", area=place, slug="second", code="N2", name="第二个")
    with pytest.raises(ValidationError, match="只设一个云端工作站"):
        again.full_clean()


def test_closed_venues_are_not_public_and_still_there():
    venue = factories.venue("cloud_station", is_open=False)
    assert list(Venue.objects.public()) == []
    assert list(Venue.objects.all()) == [venue]


def test_staff_see_the_venues_of_their_areas():
    places = factories.tree()
    near = [factories.venue(kind) for kind in ("deliberation_home", "cloud_station")]
    factories.venue("members_home")
    factories.venue("cloud_station", places.far_compound)
    assert set(Venue.objects.visible_to(factories.community_staff())) == set(near)
    assert Venue.objects.visible_to(factories.superuser()).count() == 4
