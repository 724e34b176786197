"""What members add to the pages of venues and projects."""

import pytest
from django.template import Context, Template

from consultation.models import VenueKind
from foundation import contacts
from members.models import ProjectMember, VenueHost
from tests import factories

pytestmark = pytest.mark.django_db


def drawn(tag: str, **context) -> str:
    return Template(f"{{% load members %}}{{% {tag} %}}").render(Context(context))


def words(html: str) -> str:
    template = Template("{{ html|striptags }}")
    return " ".join(template.render(Context({"html": html}, autoescape=False)).split())


def host(name: str, times: str = "", venue=None, **values) -> VenueHost:
    member = factories.committee_member(name, **values)
    return VenueHost.objects.create(member=member, venue=venue or factories.venue(VenueKind.MEMBERS_HOME), times=times)


def test_a_venue_names_who_receives_residents_there_and_when(django_assert_num_queries):
    host("陈敏", "每月第一个周三 14:00–16:00", level="city", order=2)
    host("何素心", level="district", order=1)
    host("退任", "每天", is_active=False)
    host("别处", venue=factories.venue(VenueKind.DELIBERATION_HOME))
    venue = factories.venue(VenueKind.MEMBERS_HOME)
    with django_assert_num_queries(1):
        html = drawn("venue_hosts venue", venue=venue)
    assert words(html) == "驻点委员 区政协委员 何素心 市政协委员 陈敏每月第一个周三 14:00–16:00"


def test_a_venue_without_hosts_shows_nothing():
    assert drawn("venue_hosts venue", venue=factories.venue()).strip() == ""


def test_a_project_names_its_members_and_their_part_those_out_of_office_too(django_assert_num_queries):
    project = factories.project()
    for name, part, values in (("陈敏", "引进企业", {"is_active": False}), ("何素心", "", {"is_demo": True})):
        member = factories.committee_member(name, level="district", **values)
        ProjectMember.objects.create(member=member, project=project, part=part)
    with django_assert_num_queries(1):
        html = drawn("project_members project", project=project)
    assert words(html) == "参与的委员 区政协委员 陈敏引进企业 区政协委员 何素心演示"


def test_a_project_without_members_shows_nothing():
    assert drawn("project_members project", project=factories.project()).strip() == ""


def test_no_contact_is_drawn(resident):
    contact = contacts.store(called="联系人丙", phone="13912345678", email="hidden@a.example")
    found = host("陈敏", contact=contact)
    ProjectMember.objects.create(member=found.member, project=factories.project())
    pages = [
        drawn("venue_hosts venue", venue=found.venue),
        resident.get(f"/venues/{found.venue.slug}/").content.decode(),
    ]
    for html in pages:
        assert "陈敏" in html
        for secret in ("联系人丙", "13912345678", "hidden@a.example", contact.masked):
            assert secret not in html
