"""Admin pages of members: scoped, contacts private, accounts those of members."""

import pytest

from consultation.models import VenueKind
from foundation import contacts
from foundation.accounts import Role
from foundation.audit import AuditEntry
from foundation.contacts import Contact
from members.models import (
    Attendance,
    CheckIn,
    LiaisonCommittee,
    Member,
    Resource,
    ResourceCategory,
    Sector,
    StudyMark,
    VenueHost,
)
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

MEMBERS, RESOURCES = "/admin/members/member/", "/admin/members/resource/"


def page(row) -> str:
    return f"/admin/members/{row._meta.model_name}/{row.pk}/change/"


def change(client, address: str, field: str = "name", **values):
    return form(client.get(address), field).send(client, address, **values)


def far_member(name: str = "远方") -> Member:
    committee, _created = LiaisonCommittee.objects.get_or_create(
        area=factories.tree().far_subdistrict, defaults={"name": "湖西", "ref_prefix": "HX"}
    )
    return Member.objects.create(name=name, committee=committee)


def acts() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    return [(entry.action, entry.subject.partition(":")[0], entry.detail) for entry in entries]


# --- Members ---------------------------------------------------------------------------------------------------------


def test_a_member_is_entered_with_a_private_contact(liaison_client):
    account = factories.member()  # which comes by opening one alone
    sector = Sector.objects.create(code="education", name="教育界")
    values = {"name": "陈敏", "committee": factories.tree().committee.pk, "level": "city", "sector": sector.pk}
    response = change(liaison_client, f"{MEMBERS}add/", **values, user=account.pk, phone="139-1234-5678")
    assert response.status_code == 302
    member = Member.objects.get()
    assert (member.title, member.user, member.sector) == ("市政协委员 陈敏", None, sector)
    assert contacts.open_contact(member.contact)["phone"] == "13912345678"
    assert acts() == [("added", "member", "")]


def test_only_the_superuser_links_accounts_and_only_free_ones_of_members(admin_client, liaison_client):
    free, taken = factories.member("free"), factories.member("taken")
    staff, gone = factories.community_staff(), factories.user("gone", Role.COMMITTEE_MEMBER, is_active=False)
    own = factories.member("own")
    factories.committee_member("别人", user=taken)
    member = factories.committee_member("陈敏", user=own)
    shown = admin_client.get(page(member))
    html = shown.content.decode()
    offered = {user for user in (free, taken, staff, gone, own) if f'<option value="{user.pk}"' in html}
    assert offered >= {free, own}
    for user in (taken, staff, gone, admin_client.user):
        assert form(shown, "name").send(admin_client, page(member), user=user.pk).status_code == 200
    member.refresh_from_db()
    assert member.user == own
    # Through the page of their own member, staff would otherwise reach any member's account.
    assert change(liaison_client, page(member), user=free.pk).status_code == 302
    member.refresh_from_db()
    assert member.user == own
    assert change(admin_client, page(member), user=free.pk).status_code == 302
    member.refresh_from_db()
    assert member.user == free


def test_a_committee_elsewhere_is_neither_offered_nor_taken(liaison_client):
    far = far_member()
    member = factories.committee_member()
    assert (
        f'value="{far.committee_id}"'
        not in liaison_client.get(f"{MEMBERS}add/").content.decode().partition('name="level"')[0]
    )
    assert change(liaison_client, page(member), committee=far.committee_id).status_code == 200
    member.refresh_from_db()
    assert member.committee == factories.tree().committee


def test_members_elsewhere_are_as_if_they_did_not_exist(liaison_client, community_client):
    far, near = far_member(), factories.committee_member()
    listed = liaison_client.get(MEMBERS).context["cl"].result_list
    assert list(listed) == [near]
    for address in (page(far), f"{MEMBERS}{far.pk}/contact/", f"{MEMBERS}999999/change/"):
        assert liaison_client.get(address).status_code == 404
        assert liaison_client.post(address, {}).status_code == 404
    # Members belong to the subdistrict; a community's staff do not see how to reach them.
    assert community_client.get(page(near)).status_code == 404


def test_a_members_contact_is_masked_and_seen_with_a_recorded_reason(liaison_client, auditor_client):
    member = factories.committee_member(contact=contacts.store(phone="13912345678"))
    for client in (liaison_client, auditor_client):
        html = client.get(page(member)).content.decode()
        assert "139****5678" in html
        assert "13912345678" not in html
    address = f"{MEMBERS}{member.pk}/contact/"
    assert auditor_client.post(address, {"reason": "x"}).status_code == 403
    assert liaison_client.post(address, {"reason": " "}).status_code == 422
    assert "13912345678" in words(liaison_client.post(address, {"reason": "商量接待时间"}))
    assert acts() == [("contact_revealed", "member", "商量接待时间")]


def test_saving_a_member_keeps_the_contact_until_it_is_to_be_forgotten(liaison_client):
    member = factories.committee_member(contact=contacts.store(phone="13912345678"))
    assert change(liaison_client, page(member), role="副主任").status_code == 302
    member.refresh_from_db()
    assert (member.role, member.contact is None) == ("副主任", False)
    assert change(liaison_client, page(member), forget_contact="on").status_code == 302
    assert not Contact.objects.exists()


def test_the_venues_a_member_receives_at_are_chosen_among_ones_own(liaison_client):
    member = factories.committee_member()
    here = factories.venue(VenueKind.MEMBERS_HOME)
    far = factories.venue(VenueKind.DELIBERATION_HOME, factories.tree().far_community)
    address = f"{page(member)}?rows"
    shown = liaison_client.get(address)
    menu = shown.content.decode().partition('name="hosted-0-venue"')[2].partition("</select>")[0]
    assert f'value="{here.pk}"' in menu
    assert f'value="{far.pk}"' not in menu
    for venue, status in ((far, 200), (here, 302)):
        values = {"hosted-0-times": "每月第一个周三", "hosted-0-venue": venue.pk}
        assert form(shown, "name").send(liaison_client, address, **values).status_code == status
    assert [(host.venue, host.times) for host in VenueHost.objects.all()] == [(here, "每月第一个周三")]


def test_a_member_who_did_something_is_not_deleted(admin_client):
    member = factories.committee_member()
    VenueHost.objects.create(member=member, venue=factories.venue())
    admin_client.post(f"{MEMBERS}{member.pk}/delete/", {"post": "yes"})
    assert Member.objects.filter(pk=member.pk).exists()


# --- To look at ------------------------------------------------------------------------------------------------------


def test_attendance_and_marks_are_looked_at_and_not_edited(liaison_client, admin_client):
    event = factories.event()
    row = Attendance.objects.create(event=event, member=factories.committee_member(), how=CheckIn.DOOR)
    for client in (liaison_client, admin_client):
        assert list(client.get("/admin/members/attendance/").context["cl"].result_list) == [row]
        assert client.get("/admin/members/studymark/").status_code == 200
        for address in ("/admin/members/attendance/add/", f"/admin/members/attendance/{row.pk}/delete/"):
            assert client.get(address).status_code == 403
        assert client.post(page(row), {"people": 5}).status_code == 403


def test_attendance_of_events_elsewhere_is_not_seen(liaison_client, auditor_client):
    event = factories.event(area=factories.tree().far_community)
    row = Attendance.objects.create(event=event, how=CheckIn.DOOR, people=3)
    for client in (liaison_client, auditor_client):
        assert not client.get("/admin/members/attendance/").context["cl"].result_list
        assert client.get(page(row)).status_code == 404
    assert not StudyMark.objects.exists()


def test_liaison_staff_look_at_sectors_and_categories_which_the_superuser_keeps(liaison_client, admin_client):
    for model, names in (("sector", "教育界"), ("resourcecategory", "法律服务")):
        add = f"/admin/members/{model}/add/"
        assert liaison_client.get(f"/admin/members/{model}/").status_code == 200
        assert liaison_client.get(add).status_code == 403
        assert change(admin_client, add, name=names, code="some", order=1).status_code == 302


# --- Queries ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[1, 4], ids=["1 row", "4 rows"])
def rows(request):
    event = factories.event()
    venue = factories.venue(VenueKind.MEMBERS_HOME)
    for number in range(request.param):
        member = factories.committee_member(f"委员 {number}", contact=contacts.store(phone=f"139{number:08d}"))
        VenueHost.objects.create(member=member, venue=venue)
        category, _created = ResourceCategory.objects.get_or_create(code="legal", defaults={"name": "法律服务"})
        Resource.objects.create(title="a", about="b", category=category, area=factories.tree().compound, member=member)
        Attendance.objects.create(event=event, member=member, how=CheckIn.DOOR)
    return member


def test_each_page_takes_as_many_queries_at_one_row_and_at_four(liaison_client, rows, django_assert_num_queries):
    for address, count in (
        (MEMBERS, 6),
        (f"{MEMBERS}?q=委员&level__exact=city", 6),
        (RESOURCES, 7),
        ("/admin/members/attendance/", 6),
        (f"{MEMBERS}{{member.pk}}/change/", 11),
    ):
        address = address.format(member=rows)
        liaison_client.get(address)
        with django_assert_num_queries(count):
            liaison_client.get(address)
