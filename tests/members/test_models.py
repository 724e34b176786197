"""Members, resources and their links: what the database refuses, and who sees what."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from consultation.models import VenueKind
from members.models import LiaisonCommittee, Member, Presenter, ProjectMember, Resource, ResourceCategory, VenueHost
from tests import factories

pytestmark = pytest.mark.django_db


def legal() -> ResourceCategory:
    return ResourceCategory.objects.get_or_create(code="legal", defaults={"name": "法律服务"})[0]


def resource(title: str = "法律咨询", **values) -> Resource:
    return factories.resource(title, **values)


@pytest.mark.parametrize(
    ("level", "title"),
    [
        ("province", "省政协委员 陈敏"),
        ("city", "市政协委员 陈敏"),
        ("district", "区政协委员 陈敏"),
        ("", "政协委员 陈敏"),
    ],
)
def test_a_member_is_named_by_level_and_name(level, title):
    assert factories.committee_member("陈敏", level=level).title == title


def test_the_public_members_are_those_in_office():
    here = factories.committee_member("陈敏")
    factories.committee_member("退任", is_active=False)
    assert list(Member.objects.public()) == [here]


def test_staff_see_the_members_and_resources_of_their_areas():
    places = factories.tree()
    here = factories.committee_member("陈敏")
    far_committee = LiaisonCommittee.objects.create(area=places.far_subdistrict, name="湖西", ref_prefix="HX")
    far = Member.objects.create(name="远方", committee=far_committee)
    mine, theirs = resource(member=here), resource(member=far, area=places.far_community)
    liaison, community = factories.liaison_staff(), factories.community_staff()
    assert list(Member.objects.visible_to(liaison)) == [here]
    assert list(Member.objects.visible_to(community)) == []
    assert set(Member.objects.visible_to(factories.superuser())) == {here, far}
    assert list(Resource.objects.visible_to(liaison)) == [mine]
    assert set(Resource.objects.visible_to(factories.superuser())) == {mine, theirs}


def test_a_resource_is_public_while_it_is_open_and_its_provider_is_there():
    organisation = factories.organisation()
    by_member, by_partner = resource(), resource(organisation=organisation)
    for status in ("offered", "reviewed", "paused", "ended"):
        resource(status, status=status)
    resource("退任委员的", member=factories.committee_member("退任", is_active=False))
    resource("停用单位的", organisation=factories.organisation("停用单位", is_active=False))
    assert set(Resource.objects.public()) == {by_member, by_partner}


@pytest.mark.parametrize(
    ("starts", "ends", "is_public"),
    [(None, None, True), (0, 0, True), (-9, 9, True), (1, None, False), (None, -1, False), (-9, -1, False)],
)
def test_a_resource_is_public_within_its_period(starts, ends, is_public):
    today = timezone.localdate()
    days = [None if days is None else today + datetime.timedelta(days=days) for days in (starts, ends)]
    made = resource(starts_on=days[0], ends_on=days[1])
    assert Resource.objects.public().exists() == is_public
    assert made.is_over == (ends == -1)


@pytest.mark.parametrize("both", [True, False])
def test_a_resource_comes_from_a_member_or_a_partner_never_from_both_or_nobody(both):
    values = {
        "member": factories.committee_member() if both else None,
        "organisation": factories.organisation() if both else None,
    }
    unsaved = Resource(title="a", about="b", category=legal(), area=factories.tree().community, **values)
    with pytest.raises(IntegrityError, match="resource_of_one_provider"), transaction.atomic():
        unsaved.save()
    with pytest.raises(ValidationError, match="请选择由哪位委员或哪家单位提供，二者选一。"):
        unsaved.full_clean()


def test_a_link_is_made_once():
    member, event = factories.committee_member(), factories.event()
    links = [
        (VenueHost, {"venue": factories.venue(VenueKind.MEMBERS_HOME)}),
        (Presenter, {"agenda_item": event.agenda.get()}),
        (ProjectMember, {"project": factories.project()}),
    ]
    for model, other in links:
        model.objects.create(member=member, **other)
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.create(member=member, **other)


def test_a_committee_belongs_to_a_subdistrict():
    with pytest.raises(ValidationError, match="联络委设在街道一级。"):
        LiaisonCommittee(area=factories.tree().community, name="a", ref_prefix="AB").clean()
