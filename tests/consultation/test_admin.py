"""Areas, venues and scopes at the desk: staff see and choose only what lies in their places."""

import pytest

from consultation.models import Area, StaffScope, Venue, VenueKind
from foundation.audit import AuditEntry
from members.models import LiaisonCommittee
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

AREAS, VENUES = "/admin/consultation/area/", "/admin/consultation/venue/"


def change(client, address: str, field: str = "name", **values):
    return form(client.get(address), field).send(client, address, **values)


def acts() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    return [(entry.action, entry.subject.partition(":")[0], entry.detail) for entry in entries]


# --- Venues ----------------------------------------------------------------------------------------------------------


def venue_values(area, **values) -> dict:
    return {
        "name": "桂花苑云端工作站",
        "kind": "cloud_station",
        "area": area.pk,
        "slug": "osm",
        "code": "OSM1",
    } | values


def test_liaison_staff_open_a_venue_in_their_subdistrict(liaison_client):
    places = factories.tree()
    response = change(liaison_client, f"{VENUES}add/", **venue_values(places.compound))
    assert response.status_code == 302
    assert Venue.objects.get().area == places.compound
    assert acts() == [("added", "venue", "")]


def test_a_place_elsewhere_is_neither_offered_nor_taken(liaison_client):
    places = factories.tree()
    html = liaison_client.get(f"{VENUES}add/").content.decode()
    assert f'value="{places.compound.pk}"' in html
    assert f'value="{places.far_compound.pk}"' not in html
    response = change(liaison_client, f"{VENUES}add/", **venue_values(places.far_compound))
    assert response.status_code == 200
    assert not Venue.objects.exists()


def test_a_venue_stands_at_the_level_of_its_kind(liaison_client):
    response = change(liaison_client, f"{VENUES}add/", **venue_values(factories.tree().community))
    assert response.status_code == 200
    assert "小区云端工作站只能设在小区一级。" in words(response)


def test_a_second_station_in_a_compound_is_refused_with_a_sentence(liaison_client):
    station = factories.venue(VenueKind.CLOUD_STATION)
    response = change(liaison_client, f"{VENUES}add/", **venue_values(station.area))
    assert response.status_code == 200
    assert "每个小区只设一个云端工作站。" in words(response)
    assert Venue.objects.count() == 1


def test_community_staff_keep_the_hours_of_their_own_venues(community_client):
    venue = factories.venue(VenueKind.DELIBERATION_HOME)
    other = factories.venue(VenueKind.DELIBERATION_HOME, factories.tree().other_community)
    response = change(community_client, f"{VENUES}{venue.pk}/change/", hours="周一至周五 9:00–17:00")
    assert response.status_code == 302
    venue.refresh_from_db()
    assert venue.hours == "周一至周五 9:00–17:00"
    assert acts() == [("changed", "venue", "开放时间")]
    listed = community_client.get(VENUES).context["cl"].result_list
    assert (venue in listed, other in listed) == (True, False)


def test_community_staff_cannot_move_a_venue_out_of_their_community(community_client):
    places = factories.tree()
    venue = factories.venue(VenueKind.DELIBERATION_HOME)
    response = change(community_client, f"{VENUES}{venue.pk}/change/", area=places.other_community.pk)
    assert response.status_code == 200
    venue.refresh_from_db()
    assert venue.area == places.community


@pytest.mark.parametrize("query", ["q=%00", "kind__exact=%00", "is_open__exact=x", "area__parent__name__startswith=x"])
def test_no_query_string_breaks_the_list(liaison_client, query):
    factories.venue()
    assert liaison_client.get(f"{VENUES}?{query}").status_code in (200, 302, 400)


# --- Areas -----------------------------------------------------------------------------------------------------------


def test_liaison_staff_add_a_compound_below_their_own_communities(liaison_client):
    places = factories.tree()
    values = {"name": "新小区", "level": "4", "code": "new", "order": "0"}
    add = f"{AREAS}add/"
    assert change(liaison_client, add, **values, parent=places.far_community.pk).status_code == 200
    response = change(liaison_client, add, **values, parent=places.subdistrict.pk)
    assert "上级必须是社区。" in words(response)
    response = change(liaison_client, add, **values, parent="")
    assert response.status_code == 200
    assert "必须有上级" in words(response)
    assert change(liaison_client, add, **values, parent=places.community.pk).status_code == 302
    assert Area.objects.get(code="new").parent == places.community
    assert acts() == [("added", "area", "")]


def test_liaison_staff_rename_every_area_of_theirs_their_subdistrict_too(liaison_client):
    places = factories.tree()
    for area in (places.compound, places.community, places.subdistrict):
        response = change(liaison_client, f"{AREAS}{area.pk}/change/", name_en="Renamed")
        assert response.status_code == 302, area
        area.refresh_from_db()
        assert area.name_en == "Renamed"


def test_an_area_with_something_in_it_is_not_deleted(admin_client):
    demand = factories.demand()
    address = f"{AREAS}{demand.area.pk}/delete/"
    assert admin_client.post(address, {"post": "yes"}).status_code in (200, 403)
    assert Area.objects.filter(pk=demand.area.pk).exists()


# --- Committee and scopes --------------------------------------------------------------------------------------------


def test_liaison_staff_keep_their_own_committee_and_no_other(liaison_client):
    places = factories.tree()
    far = LiaisonCommittee.objects.create(area=places.far_subdistrict, name="湖西", ref_prefix="HX")
    address = f"/admin/members/liaisoncommittee/{places.committee.pk}/change/"
    assert change(liaison_client, address, phone="027-89999999").status_code == 302
    assert liaison_client.get(f"/admin/members/liaisoncommittee/{far.pk}/change/").status_code == 302
    html = liaison_client.get(address).content.decode()
    assert f'value="{places.far_subdistrict.pk}"' not in html
    assert far not in liaison_client.get("/admin/members/liaisoncommittee/").context["cl"].result_list


def test_the_superuser_says_who_works_where(admin_client, client, settings):
    user = factories.liaison_staff("somebody", factories.tree().far_subdistrict)
    demand = factories.demand()
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get(f"/admin/demands/demand/{demand.pk}/change/").status_code == 404
    add = "/admin/consultation/staffscope/add/"
    values = {"user": user.pk, "area": factories.tree().community.pk}
    assert change(admin_client, add, "area", **values).status_code == 302
    assert client.get(f"/admin/demands/demand/{demand.pk}/change/").status_code == 200
    response = change(admin_client, add, "area", **values)
    assert response.status_code == 200
    scope = StaffScope.objects.get(**{"user": user.pk, "area": values["area"]})
    admin_client.post(f"/admin/consultation/staffscope/{scope.pk}/delete/", {"post": "yes"})
    assert client.get(f"/admin/demands/demand/{demand.pk}/change/").status_code == 404
    assert [act for act in acts() if act[1] == "staffscope"] == [
        ("added", "staffscope", ""),
        ("deleted", "staffscope", ""),
    ]
