"""周周学: a note is pushed once to the members who can be reached, and each marks for themselves that they read it."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from consultation.messages import render
from consultation.models import StudyNote
from foundation import clock, contacts
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Stale, TransitionNotAllowed
from foundation.outbox import Channel, OutboxMessage
from members.models import LiaisonCommittee, Member, StudyMark
from members.services import studies
from tests import factories
from tests.pages import form, forms, words
from tests.together import at_once

pytestmark = pytest.mark.django_db


def note(**values) -> StudyNote:
    defaults = {"title": "协商民主是什么", "body": "第一点"}
    series = values.pop("series", None) or factories.series("study", cadence="weekly", name="周周学")
    return StudyNote.objects.create(series=series, **(defaults | values))


def published(**values) -> StudyNote:
    return note(published_at=timezone.now(), **values)


def phone(number: str) -> contacts.Contact:
    return contacts.store(phone=number)


def far_member(**values) -> Member:
    places = factories.tree()
    committee, _created = LiaisonCommittee.objects.get_or_create(
        area=places.far_subdistrict, defaults={"name": "政协湖西街道联络委", "ref_prefix": "HX"}
    )
    return Member.objects.create(name="远处的委员", committee=committee, **values)


@pytest.fixture
def members(db) -> dict[str, Member]:
    """Two who can be reached; and one each without a contact, with an empty one, no longer in office, elsewhere."""
    return {
        "phone": factories.committee_member("陈敏", contact=phone("13900000001")),
        "mail": factories.committee_member("李平", contact=contacts.store(email="li@example.org")),
        "none": factories.committee_member("王强"),
        "empty": factories.committee_member("赵刚", contact=contacts.store(called="赵委员")),
        "former": factories.committee_member("孙丽", contact=phone("13900000002"), is_active=False),
        "far": far_member(contact=phone("13900000003")),
    }


# --- Pushing ---------------------------------------------------------------------------------------------------------


def test_a_push_publishes_the_note_and_enqueues_one_message_a_member(members):
    pushed = studies.push(note(), actor=factories.liaison_staff())
    assert timezone.now() - pushed.published_at < datetime.timedelta(minutes=1)
    assert pushed.version == 1
    enqueued = OutboxMessage.objects.order_by("pk")
    assert [(m.contact, m.channel) for m in enqueued] == [
        (members["phone"].contact, Channel.SMS),
        (members["mail"].contact, Channel.EMAIL),
    ]
    assert {(m.template, m.subject_ref) for m in enqueued} == {("study", f"study:{pushed.pk}")}
    assert [m.parameters for m in enqueued] == [{"study": pushed.pk}] * 2, "a key, and nobody's name"
    assert [m.key for m in enqueued] == [f"study:{pushed.pk}:{members[who].pk}" for who in ("phone", "mail")]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.detail) == ("pushed", f"studynote:{pushed.pk}", "2")


def test_a_push_again_changes_and_sends_nothing(members):
    first = studies.push(note(), actor=factories.liaison_staff())
    members["none"].contact = phone("13900000009")
    members["none"].save(update_fields=["contact"])
    again = studies.push(first, actor=factories.liaison_staff(), version=0)
    assert (again.published_at, again.version) == (first.published_at, 1)
    assert OutboxMessage.objects.count() == 2
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_push_at_once_push_once():
    factories.committee_member(contact=phone("13900000001"))
    written, staff = note(), factories.liaison_staff()
    done = at_once(*[lambda: studies.push(written, actor=staff)] * 5)
    assert {one.pk for one in done} == {written.pk}
    assert OutboxMessage.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_a_note_that_was_edited_meanwhile_is_not_pushed(members):
    written = note(version=3)
    with pytest.raises(Stale):
        studies.push(written, actor=factories.liaison_staff(), version=2)
    written.refresh_from_db()
    assert written.published_at is None
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("who", ["community_staff", "auditor", "member"])
def test_others_push_nothing(members, who):
    with pytest.raises(TransitionNotAllowed):
        studies.push(note(), actor=getattr(factories, who)())
    assert not OutboxMessage.objects.exists()
    assert StudyNote.objects.published().count() == 0


def test_a_push_acts_at_the_time_of_the_clock(members):
    day = timezone.now() - datetime.timedelta(days=900)
    with clock.turned_to(day):
        assert studies.push(note(), actor=SYSTEM).published_at == day


def test_nothing_is_published_when_a_message_cannot_be_enqueued(members, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("members.services.studies.outbox.enqueue", fails)
    written = note()
    with pytest.raises(RuntimeError), transaction.atomic():
        studies.push(written, actor=SYSTEM)
    written.refresh_from_db()
    assert written.published_at is None


def test_the_series_of_a_whole_district_is_for_all_its_committees(members):
    written = note(series=factories.series("study", cadence="weekly", area=factories.tree().district))
    assert {member.name for member in studies.reachable(written)} == {"陈敏", "李平", "远处的委员"}


def test_the_series_of_a_community_is_for_its_subdistricts_members(members):
    written = note(series=factories.series("study", cadence="weekly", area=factories.tree().community))
    assert {member.name for member in studies.reachable(written)} == {"陈敏", "李平"}


def test_the_message_names_the_note_and_leads_to_it():
    written = published()
    text = render("study", {"study": written.pk})
    assert text.subject == "学习要点：协商民主是什么"
    assert f"http://portal.example/events/studies/{written.pk}/" in text.body
    assert text.parameters == {
        "title": "协商民主是什么",
        "link": f"http://portal.example/events/studies/{written.pk}/",
    }


# --- Read ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def reader(member_client) -> Member:
    return factories.committee_member(user=member_client.user)


def test_a_member_marks_a_note_as_read(member_client, reader):
    read = published()
    page = member_client.get(f"/events/studies/{read.pk}/")
    (button,) = [one for one in forms(page) if one.action.endswith("/read/")]
    response = button.send(member_client)
    assert (response.status_code, response.url) == (302, f"/events/studies/{read.pk}/")
    mark = StudyMark.objects.get()
    assert (mark.note, mark.member) == (read, reader)
    page = member_client.get(response.url)
    assert "已标记为读过。" in words(page)
    assert not [one for one in forms(page) if one.action.endswith("/read/")]


def test_marking_it_again_changes_nothing(member_client, reader):
    read = published()
    member_client.post(f"/events/studies/{read.pk}/read/")
    first = StudyMark.objects.get().read_at
    assert member_client.post(f"/events/studies/{read.pk}/read/").status_code == 302
    assert StudyMark.objects.get().read_at == first
    assert studies.mark_read(read, reader) is False


@pytest.mark.django_db(transaction=True)
def test_marking_it_twice_at_once_leaves_one_mark():
    read, member = published(), factories.committee_member()
    done = at_once(*[lambda: studies.mark_read(read, member)] * 5)
    assert sorted(done) == [False, False, False, False, True]
    assert StudyMark.objects.count() == 1


def test_who_is_not_signed_in_goes_to_the_sign_in_page_and_comes_back_to_the_note(resident):
    read = published()
    response = resident.post(f"/events/studies/{read.pk}/read/")
    assert (response.status_code, response.url) == (302, f"/accounts/login/?next=/events/studies/{read.pk}/")
    assert not StudyMark.objects.exists()


@pytest.mark.parametrize(
    "client", ["member_client", "community_client", "liaison_client", "auditor_client", "admin_client"]
)
def test_an_account_that_is_no_members_marks_nothing(request, client):
    client, read = request.getfixturevalue(client), published()
    assert client.post(f"/events/studies/{read.pk}/read/").status_code == 404
    assert "我已读" not in words(client.get(f"/events/studies/{read.pk}/"))
    assert not StudyMark.objects.exists()


def test_a_former_member_and_one_of_another_subdistrict_mark_nothing(member_client):
    read = published()
    member = far_member(user=member_client.user)
    assert member_client.post(f"/events/studies/{read.pk}/read/").status_code == 404
    Member.objects.filter(pk=member.pk).update(committee=factories.tree().committee, is_active=False)
    assert member_client.post(f"/events/studies/{read.pk}/read/").status_code == 404
    assert "我已读" not in words(member_client.get(f"/events/studies/{read.pk}/"))
    assert not StudyMark.objects.exists()


def test_a_draft_cannot_be_marked(member_client, reader):
    assert member_client.post(f"/events/studies/{note().pk}/read/").status_code == 404


@pytest.mark.parametrize("key", ["0", "999999", "9" * 40])
def test_a_note_that_is_not_there_cannot_be_marked(member_client, reader, key):
    assert member_client.post(f"/events/studies/{key}/read/").status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_mark_is_posted(member_client, reader, method):
    assert getattr(member_client, method)(f"/events/studies/{published().pk}/read/").status_code == 405
    assert not StudyMark.objects.exists()


def test_reading_the_address_of_a_mark_leads_to_the_note(member_client, reader):
    note = f"/events/studies/{published().pk}/"
    assert member_client.get(f"{note}read/")["Location"] == note
    assert not StudyMark.objects.exists()


def test_extra_keys_are_ignored(member_client, reader):
    read, other = published(), factories.committee_member("别人")
    member_client.post(
        f"/events/studies/{read.pk}/read/", {"member": other.pk, "read_at": "2020-01-01", "x": "\x00" * 10_000}
    )
    mark = StudyMark.objects.get()
    assert mark.member == reader
    assert mark.read_at.year >= 2024


def test_a_page_with_somebodys_mark_is_not_cached(member_client, reader):
    read = published()
    studies.mark_read(read, reader)
    page = member_client.get(f"/events/studies/{read.pk}/")
    assert "我已读" in words(page)
    assert "no-store" in page["Cache-Control"]


def test_the_button_carries_a_token(member_client, reader):
    read = published()
    page = member_client.get(f"/events/studies/{read.pk}/")
    assert form(page, "csrfmiddlewaretoken")


# --- Admin pages -----------------------------------------------------------------------------------------------------


def test_staff_see_who_read_it_by_name(liaison_client, members):
    read = published()
    for who in ("mail", "phone"):
        studies.mark_read(read, members[who])
    text = words(liaison_client.get(f"/admin/consultation/studynote/{read.pk}/change/"))
    assert "2 位委员已读。 陈敏、李平" in text
    assert "王强" not in text
    assert "2 人" in words(liaison_client.get("/admin/consultation/studynote/"))


def test_the_push_page_shows_how_many_get_it_and_pushes_once(liaison_client, members):
    written = note()
    address = f"/admin/consultation/studynote/{written.pk}/push/"
    page = liaison_client.get(address)
    assert "给 2 位委员发短信或邮件。另有 2 位未留联系方式，无法收到。" in words(page)
    assert not OutboxMessage.objects.exists(), "a page that is looked at sends nothing"
    confirm = form(page, "version")
    assert confirm.send(liaison_client, address).status_code == 302
    assert OutboxMessage.objects.count() == 2
    again = confirm.send(liaison_client, address)
    assert again.status_code == 302
    assert OutboxMessage.objects.count() == 2
    assert "已推送" in words(liaison_client.get(again.url))


def test_a_note_edited_after_the_page_was_shown_is_looked_at_again(liaison_client, members):
    written = note()
    address = f"/admin/consultation/studynote/{written.pk}/push/"
    confirm = form(liaison_client.get(address), "version")
    change = f"/admin/consultation/studynote/{written.pk}/change/"
    assert form(liaison_client.get(change), "title").send(liaison_client, change, title="新标题").status_code == 302
    assert confirm.send(liaison_client, address).status_code == 409
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("client", "status"),
    [("community_client", 403), ("auditor_client", 403), ("member_client", 302), ("resident", 302)],
)
def test_others_reach_no_push_page(request, client, status):
    written = note()
    client = request.getfixturevalue(client)
    for method in ("get", "post"):
        assert getattr(client, method)(f"/admin/consultation/studynote/{written.pk}/push/").status_code == status
    assert StudyNote.objects.published().count() == 0


def test_a_note_of_another_subdistrict_is_not_there(liaison_client):
    written = note(series=factories.series("study", cadence="weekly", area=factories.tree().far_subdistrict))
    for page in ("push", "change", "delete", "history"):
        assert liaison_client.get(f"/admin/consultation/studynote/{written.pk}/{page}/").status_code in (403, 404)
    assert str(written) not in words(liaison_client.get("/admin/consultation/studynote/"))
