"""Receptions in a browser: the public list, booking, one's own page; the member's pages; the admin's."""

import datetime

import pytest
from django.utils import timezone

from foundation import contacts
from foundation.audit import AuditEntry
from foundation.contacts import Contact
from foundation.outbox import OutboxMessage
from foundation.tokens import new_code
from members.models import Reception, ReceptionBooking
from members.services import receptions
from members.views import receptions as views
from tests import factories
from tests.pages import form

pytestmark = pytest.mark.django_db

LIST, MY, DESK = "/members/receptions/", "/my/receptions/", "/admin/members/reception/"
FILLED = {"turn": "2", "phone": "139 1234 5678", "called": "王女士", "consent": "on"}


def text_of(response) -> str:
    return response.content.decode()


# --- Residents --------------------------------------------------------------------------------------------------------


def test_the_list_has_what_is_to_come_the_next_first(resident, django_assert_max_num_queries):
    person = factories.committee_member()
    later = factories.reception(person, starts_at=timezone.now() + datetime.timedelta(days=9))
    sooner = factories.reception(person, about="物业和停车")
    cancelled = factories.reception(factories.committee_member("王强"))
    receptions.cancel(cancelled, reason="临时有会", actor=factories.superuser())
    gone = factories.reception(factories.committee_member("李娟"))
    gone.member.is_active = False
    gone.member.save()
    factories.booking(sooner, 1)
    resident.get(LIST)  # fills the caches of this process
    with django_assert_max_num_queries(8):
        response = resident.get(LIST)
    assert response.context["items"] == [sooner, later]
    assert "还可预约 5 位，每位 20 分钟" in " ".join(text_of(response).split())
    assert f'href="{LIST}{sooner.pk}/"' in text_of(resident.get(f"/members/{person.pk}/"))


def test_a_resident_books_on_one_page_and_cancels(resident, django_assert_max_num_queries):
    reception = factories.reception()
    factories.booking(reception, 1, phone="13912345679")
    address = f"{LIST}{reception.pk}/"
    with django_assert_max_num_queries(12):
        page = resident.get(address)
    choices = [label for _turn, label in page.context["form"].fields["turn"].choices]
    assert choices == ["14:20", "14:40", "15:00", "15:20", "15:40"]
    filled = form(page, "phone")
    with django_assert_max_num_queries(15):
        response = filled.send(resident, address, **FILLED)
    booking = reception.bookings.get(turn=2)
    assert (response.status_code, contacts.open_contact(booking.contact)["phone"]) == (302, "13912345678")
    assert booking.consent_text.purpose == "reception"
    # Sent again, it is the same booking.
    assert filled.send(resident, address, **FILLED).url == response.url
    assert reception.bookings.count() == 2
    own = resident.get(response.url)
    assert response.url.split("/")[-2] in text_of(own)
    assert "14:20" in text_of(own)
    assert "no-store" in own["Cache-Control"]
    asked = resident.get(f"{response.url}cancel/")
    assert "确认取消预约" in text_of(asked)
    resident.post(f"{response.url}cancel/")
    assert not Contact.objects.filter(reception_booking__turn=2).exists()
    assert "这个预约已取消" in text_of(resident.get(response.url))


def test_what_is_missing_is_said_and_what_was_typed_stays(resident, subtests):
    reception = factories.reception()
    factories.booking(reception, 1, phone="13912345679")
    address = f"{LIST}{reception.pk}/"
    filled = form(resident.get(address), "phone")
    for given, words in (
        ({"turn": ""}, "请选择时间"),
        ({"turn": "1"}, "这个时间刚刚被别人约走了，请另选一个。"),
        ({"turn": "99"}, "这个时间已被约走，请另选一个"),
        ({"phone": ""}, "请填写电话或邮箱，至少一项"),
        ({"phone": "12"}, "手机"),
        ({"consent": ""}, "您同意使用信息后，才能预约"),
        ({"phone": "13912345679"}, "这个电话或邮箱已预约这次接待"),
    ):
        response = filled.send(resident, address, **(FILLED | given))
        page = text_of(response)
        with subtests.test(str(given)):
            assert (response.status_code, words in page, "王女士" in page) == (422, True, True)
            assert reception.bookings.count() == 1


def test_a_form_of_another_reception_books_nothing(resident):
    one, other = factories.reception(), factories.reception(factories.committee_member("王强"))
    filled = form(resident.get(f"{LIST}{one.pk}/"), "phone")
    response = filled.send(resident, f"{LIST}{other.pk}/", **FILLED)
    assert (response.status_code, "页面已失效" in text_of(response)) == (422, True)
    assert not ReceptionBooking.objects.exists()


def test_a_reception_that_takes_no_bookings_says_why(resident):
    full = factories.reception(turns=1)
    factories.booking(full, 1)
    assert "已经约满" in text_of(resident.get(f"{LIST}{full.pk}/"))
    receptions.cancel(full, reason="临时有会", actor=factories.superuser())
    page = text_of(resident.get(f"{LIST}{full.pk}/"))
    assert ("接待已取消。原因：临时有会" in page, 'name="phone"' in page) == (True, False)


def test_bookings_from_one_network_and_guesses_of_codes_are_limited(resident, monkeypatch):
    reception = factories.reception()
    monkeypatch.setattr(views, "BOOKINGS_AN_HOUR", 0)
    address = f"{LIST}{reception.pk}/"
    assert form(resident.get(address), "phone").send(resident, address, **FILLED).status_code == 429
    assert resident.get(f"{LIST}booking/{new_code()}/").status_code == 404
    monkeypatch.setattr(views, "MISSES_AN_HOUR", 1)
    assert resident.get(f"{LIST}booking/{new_code()}/").status_code == 429


# --- The member -------------------------------------------------------------------------------------------------------


def test_a_member_announces_one_sees_who_comes_masked_and_cancels(member_client, django_assert_max_num_queries):
    person = factories.member_with_account()
    home = factories.venue("deliberation_home")
    day = timezone.localdate() + datetime.timedelta(days=5)
    answers = {"day": day.isoformat(), "starts": "09:00", "minutes": "15", "turns": "4", "venue": home.pk}
    response = form(member_client.get(f"{MY}new/"), "day").send(member_client, f"{MY}new/", **answers)
    reception = Reception.objects.get()
    assert (response.url, reception.member, reception.where) == (f"{MY}{reception.pk}/", person, str(home))
    factories.booking(reception, 2)
    with django_assert_max_num_queries(12):
        page = text_of(member_client.get(f"{MY}{reception.pk}/"))
    assert ("139****5678" in page, "13912345678" in page, "王女士" in page) == (True, False, False)
    contact = f"{MY}{reception.pk}/turns/2/"
    assert member_client.post(contact, {"reason": ""}).status_code == 422
    shown = member_client.post(contact, {"reason": "改地点，电话通知"})
    assert ("13912345678" in text_of(shown), "no-store" in shown["Cache-Control"]) == (True, True)
    entry = AuditEntry.objects.get(action="contact_revealed")
    assert (entry.subject, entry.actor) == (f"receptionbooking:{reception.bookings.get().pk}", member_client.user)
    cancel = f"{MY}{reception.pk}/cancel/"
    sent = form(member_client.get(cancel), "reason").send(member_client, cancel, reason="临时有会")
    assert sent.url == f"{MY}{reception.pk}/"
    assert OutboxMessage.objects.filter(template="reception_cancelled").count() == 1
    with django_assert_max_num_queries(8):
        assert [row.pk for row in member_client.get(MY).context["over"]] == [reception.pk]


def test_wrong_values_of_a_reception_get_a_sentence(member_client):
    factories.member_with_account()
    day = timezone.localdate() + datetime.timedelta(days=5)
    whole = {"day": day.isoformat(), "starts": "09:00", "minutes": "15", "turns": "4", "place": "居委会"}
    page = form(member_client.get(f"{MY}new/"), "day")
    for given, words in (
        ({"day": "x"}, "日期"),
        ({"starts": ""}, "请填写开始时间"),
        ({"minutes": "3"}, "请填写 5 到 120 的整数"),
        ({"turns": "x"}, "请填写 1 到 40 的整数"),
        ({"place": ""}, "请选择议事点，或填写其他地点，二者选一"),
        ({"about": "打 13912345678"}, "有手机号"),
        ({"day": "2020-01-01"}, "开始时间已过"),
    ):
        response = page.send(member_client, f"{MY}new/", **(whole | given))
        assert (response.status_code, words in text_of(response)) == (422, True), given
    assert not Reception.objects.exists()


def test_a_member_sees_nothing_of_another_members_receptions(member_client):
    factories.member_with_account()
    other = factories.reception(factories.committee_member("王强"))
    factories.booking(other, 1)
    for address in ("", "cancel/", "turns/1/"):
        assert member_client.get(f"{MY}{other.pk}/{address}").status_code == 404
        assert member_client.post(f"{MY}{other.pk}/{address}", {"reason": "看看"}).status_code in (404, 405)
    assert member_client.get(MY).context["coming"] == []
    assert not Reception.objects.get().is_cancelled


# --- The admin --------------------------------------------------------------------------------------------------------


def test_staff_announce_see_who_comes_and_cancel(liaison_client, django_assert_max_num_queries):
    person = factories.committee_member()
    day = timezone.localdate() + datetime.timedelta(days=5)
    answers = {"member": person.pk, "day": day.isoformat(), "starts": "09:00", "place": "居委会"}
    form(liaison_client.get(f"{DESK}add/"), "day").send(liaison_client, f"{DESK}add/", **answers)
    reception = Reception.objects.get()
    assert (reception.member, reception.minutes, reception.turns) == (person, 20, 6)
    factories.booking(reception, 2)
    liaison_client.get(DESK)  # fills the caches of this process
    with django_assert_max_num_queries(8):
        assert liaison_client.get(DESK).context["cl"].result_count == 1
    with django_assert_max_num_queries(12):
        page = text_of(liaison_client.get(f"{DESK}{reception.pk}/change/"))
    assert ("139****5678" in page, "13912345678" in page) == (True, False)
    shown = text_of(liaison_client.post(f"{DESK}{reception.pk}/turns/2/reveal/", {"reason": "改地点"}))
    assert "13912345678" in shown
    cancel = f"{DESK}{reception.pk}/cancel/"
    form(liaison_client.get(cancel), "reason").send(liaison_client, cancel, reason="临时有会")
    assert Reception.objects.get().cancel_reason == "临时有会"


def test_staff_see_and_announce_nothing_in_another_subdistrict(liaison_client):
    there = factories.neighbourhood(factories.tree().far_community, "远处")
    far = factories.reception(there.member)
    factories.booking(far, 1)
    assert "远处" not in text_of(liaison_client.get(DESK))
    for address in ("change/", "cancel/", "turns/1/reveal/"):
        assert liaison_client.get(f"{DESK}{far.pk}/{address}").status_code == 404
    day = timezone.localdate() + datetime.timedelta(days=5)
    answers = {"member": there.member.pk, "day": day.isoformat(), "starts": "19:00", "place": "居委会"}
    response = form(liaison_client.get(f"{DESK}add/"), "day").send(liaison_client, f"{DESK}add/", **answers)
    assert (response.status_code, "请选择列表中的委员" in text_of(response)) == (422, True)
    assert Reception.objects.get() == far


def test_only_staff_of_the_members_subdistrict_act_on_a_reception_at_a_venue_elsewhere(liaison_client):
    there = factories.neighbourhood(factories.tree().far_community, "远处")
    guest = factories.reception(there.member, venue=factories.venue("deliberation_home"))
    factories.booking(guest, 1)
    away = factories.reception(factories.committee_member(), venue=there.home)
    factories.booking(away, 1, phone="13912345679")
    for reception, acts_on in ((guest, False), (away, True)):
        own = f"{DESK}{reception.pk}/"
        page = text_of(liaison_client.get(f"{own}change/"))
        assert "139****" in page
        for address in ("cancel/", "turns/1/reveal/"):
            assert liaison_client.get(f"{own}{address}").status_code == (200 if acts_on else 404)
            assert liaison_client.post(f"{own}{address}", {"reason": ""}).status_code == (422 if acts_on else 404)
            assert (f"{own}{address}" in page) == acts_on
