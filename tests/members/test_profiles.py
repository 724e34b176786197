"""A member's own profile: what is published stays until staff approve the change, and contacts are never shown."""

import pytest
from django.core.files.storage import default_storage
from django.test import TestCase

from foundation import contacts
from foundation.contacts import Contact
from foundation.errors import Refused, RequirementMissing, Stale, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from members import messages, services
from members.models import Member, ProfileChange, VenueHost
from members.services.profiles import Profile
from members.workflow import ProfileStatus as S
from tests import factories
from tests.pages import body, form, words
from tests.together import at_once

pytestmark = pytest.mark.django_db
PAGE = "/my/profile/"
ADMIN = "/admin/members/profilechange/"
JPEG = b"\xff\xd8\xff"
OLD, NEW = "原来的介绍", "我是律师，周末可以答疑"


@pytest.fixture
def member(member_client):
    found = factories.member_with_account(about=OLD)
    found.contact = contacts.store(called="陈敏", phone="13912345678")
    found.save()
    VenueHost.objects.create(member=found, venue=factories.venue(), times="周六上午")
    return found


@pytest.fixture
def host(member):
    return member.hosted.get()


@pytest.fixture
def staff(db):
    return factories.liaison_staff()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def send(client, **changes):
    with TestCase.captureOnCommitCallbacks(execute=True):
        return form(client.get(PAGE), "about").send(client, PAGE, **changes)


def submitted(member, **values) -> ProfileChange:
    return services.profiles.submit(member, Profile(**({"about": member.about} | values)), actor=member.user)


def files() -> set[str]:
    return {
        name
        for row in (*Member.objects.all(), *ProfileChange.objects.all())
        for name in (row.full, row.thumbnail)
        if name and default_storage.exists(name)
    }


def test_what_is_published_stays_until_staff_approve_the_change(member, host, member_client, liaison_client, client):
    public = f"/members/{member.pk}/"
    assert (form(member_client.get(PAGE), "about").values["about"]) == OLD
    times = f"times_{host.pk}"
    given = {"about": NEW, times: "周日 9:00–11:00", "phone": "139 8765 4321", "email": "chen@example.com"}
    assert send(member_client, **given, portrait=factories.jpeg(size=(300, 300)))["Location"] == PAGE
    change = ProfileChange.objects.get()
    assert OLD in words(client.get(public)) and NEW not in words(client.get(public))
    mine = member_client.get(PAGE)
    assert "正在审核" in words(mine) and form(mine, "about").values["about"] == NEW
    assert body(member_client.get(f"{PAGE}portrait.jpg")).startswith(JPEG)
    assert not Member.objects.get().full

    # Staff see the old beside the new, the contacts masked.
    shown = liaison_client.get(f"{ADMIN}{change.pk}/change/")
    for text in (OLD, NEW, "周六上午", "周日 9:00–11:00", "139****5678", "139****4321 · c***@example.com"):
        assert text in words(shown)
    assert "13987654321" not in shown.content.decode()
    assert body(liaison_client.get(f"{ADMIN}{change.pk}/portrait.jpg")).startswith(JPEG)

    with TestCase.captureOnCommitCallbacks(execute=True):
        liaison_client.post(f"{ADMIN}{change.pk}/move/approved/", {"version": change.version})
    change, found = fresh(change), fresh(member)
    assert (change.status, found.about, fresh(host).times) == (S.APPROVED, NEW, "周日 9:00–11:00")
    assert contacts.open_contact(found.contact) == {
        "called": "陈敏",
        "phone": "13987654321",
        "email": "chen@example.com",
    }
    # What was the change's is the member's; nothing is stored twice.
    assert (change.contact, change.full, Contact.objects.count()) == (None, "", 1)
    assert len(files()) == 2 and default_storage.exists(found.full)
    page = client.get(public)
    assert NEW in words(page)
    assert "13987654321" not in page.content.decode() and "chen@example.com" not in page.content.decode()
    message = OutboxMessage.objects.get(template="profile_approved")
    assert message.contact == found.contact
    assert "/my/profile/" in messages.render(message.template, message.parameters).body


def test_refused_it_changes_nothing_and_the_member_reads_why(member, member_client, staff):
    change = submitted(member, about=NEW, contact={"email": "a@example.com"}, portrait=factories.jpeg())
    assert len(files()) == 2
    with pytest.raises(RequirementMissing):
        services.profiles.refuse(change, reason=" ", actor=staff)
    with TestCase.captureOnCommitCallbacks(execute=True):
        services.profiles.refuse(change, reason="介绍里有广告", actor=staff)
    found = fresh(member)
    assert (found.about, found.full, contacts.open_contact(found.contact)["email"]) == (OLD, "", "")
    assert files() == set() and Contact.objects.count() == 1
    assert OutboxMessage.objects.filter(template="profile_refused").count() == 1
    page = member_client.get(PAGE)
    assert "上次的修改未采用：介绍里有广告" in words(page)
    # What they wrote is there to be mended.
    assert form(page, "about").values["about"] == NEW


def test_changed_again_or_taken_back_before_the_review(member, member_client, staff):
    send(member_client, about=NEW, email="a@example.com", portrait=factories.jpeg())
    first = ProfileChange.objects.get()
    send(member_client, about="再改一次", portrait=factories.jpeg(color="red"))
    change = ProfileChange.objects.get()
    assert (change.pk, change.about, change.version) == (first.pk, "再改一次", first.version + 1)
    # A contact that is left empty stays as it was handed in; a new picture takes the place of the first.
    assert contacts.open_contact(change.contact)["email"] == "a@example.com"
    assert len(files()) == 2 and not default_storage.exists(first.full)
    with pytest.raises(Stale):
        services.profiles.approve(first, actor=staff, version=first.version)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert member_client.post(f"{PAGE}withdraw/", follow=True).status_code == 200
    assert fresh(change).status == S.WITHDRAWN
    assert files() == set() and Contact.objects.count() == 1
    assert "没有等待审核的修改" in words(member_client.post(f"{PAGE}withdraw/", follow=True))


def test_a_portrait_is_taken_away_once_staff_agree(member, member_client, staff):
    with TestCase.captureOnCommitCallbacks(execute=True):
        services.people.set_portrait(member, factories.jpeg(), actor=staff)
    send(member_client, without_portrait="on")
    change = ProfileChange.objects.get()
    assert len(files()) == 2
    with TestCase.captureOnCommitCallbacks(execute=True):
        services.profiles.approve(change, actor=staff)
    assert files() == set() and fresh(member).full == ""


def test_what_is_wrong_is_said_and_nothing_is_stored(member, member_client):
    for wrong, said in (
        ({}, "没有改动"),
        ({"phone": "123"}, "请核对电话号码"),
        ({"email": "nobody"}, "邮"),
        ({"about": "字" * 1001}, "最多 1000 个字"),
        ({"portrait": factories.upload(b"no picture", "a.jpg")}, "照片"),
    ):
        response = send(member_client, **wrong)
        assert (response.status_code, said in words(response)) == (422, True), wrong
    assert not ProfileChange.objects.exists() and Contact.objects.count() == 1


def test_nobody_changes_another_members_profile_nor_reviews_without_permission(member, host):
    other = factories.member_with_account("other", name="别人")
    with pytest.raises(TransitionNotAllowed):
        services.profiles.submit(member, Profile(about=NEW), actor=other.user)
    with pytest.raises(Refused):  # times at somebody else's venue are not theirs to set
        submitted(other, times={host.pk: "随时"})
    change = submitted(member, about=NEW)
    for actor in (factories.auditor(), factories.community_staff(), member.user):
        for act, values in ((services.profiles.approve, {}), (services.profiles.refuse, {"reason": "不行"})):
            with pytest.raises(TransitionNotAllowed):
                act(change, **values, actor=actor)
    with pytest.raises(TransitionNotAllowed):
        services.profiles.withdraw(change, actor=other.user)
    assert (fresh(change).status, fresh(member).about) == (S.SUBMITTED, OLD)


@pytest.mark.django_db(transaction=True)
def test_handed_in_again_while_staff_approve_nothing_is_lost_or_stuck(staff):
    member = factories.member_with_account(about=OLD)
    change = submitted(member, about=NEW)
    results = at_once(
        lambda: services.profiles.approve(change, actor=staff, version=change.version),
        lambda: submitted(member, about="再改一次"),
    )
    rows = ProfileChange.objects.order_by("pk").values_list("status", flat=True)
    if isinstance(results[0], Stale):
        assert (list(rows), fresh(member).about) == ([S.SUBMITTED], OLD)
    else:
        assert (list(rows), fresh(member).about) == ([S.APPROVED, S.SUBMITTED], NEW)
