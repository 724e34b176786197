"""Digests: what they contain, that each comes once, and that one click stops them."""

import datetime
import email
import email.policy
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import resolve, reverse
from django.utils import timezone, translation

from foundation import clock, contacts, digests, outbox, sending, subscriptions
from foundation.contact_forms import keep
from foundation.digests import Kind, Line
from foundation.outbox import OutboxMessage, SendStatus
from foundation.subscriptions import DigestSubscription, Person
from tests import factories
from tests.pages import form, words
from tests.together import at_once

pytestmark = pytest.mark.django_db

CODE = "tried"
DAILY, WEEKLY = "daily", "weekly"
UTC8 = datetime.timezone(datetime.timedelta(hours=8))
MAIL = "wang@example.com"


def at(day: int, hour: int = 9, minute: int = 0) -> datetime.datetime:
    """In June 2027, whose first Monday is the 7th."""
    return datetime.datetime(2027, 6, day, hour, minute, tzinfo=UTC8)


@pytest.fixture
def said(monkeypatch):
    """A kind of digest with one section, which says what is in the list at the time."""
    lines: list[Line] = []
    kind = Kind(CODE, "试用汇总", "试一试。", "新消息", [("别的", lambda person, since, until: list(lines))])
    monkeypatch.setitem(digests.kinds, CODE, kind)
    return lines


def person(address: str = MAIL, **values) -> Person:
    return Person(CODE, contacts.store(email=address, **values))


def subscribed(who: Person, now=None, *, frequency: str = DAILY, **values) -> DigestSubscription:
    with clock.turned_to(now or at(1, 8)):
        return subscriptions.subscribe(who, frequency=frequency, **values)


def event(who: Person, number: int = 1, *, digest: str = CODE) -> OutboxMessage:
    """A message about a demand, which waits for the person's digest if they have one."""
    ref = f"NH-2027-0000{number}"
    outbox.enqueue(who.contact, "answered", {"ref": ref}, ref=ref, key=f"{ref}:answered", digest=digest)
    return OutboxMessage.objects.get(key=f"{ref}:answered")


def work(now: datetime.datetime) -> int:
    """What the worker does: enqueue the digests that are due, and send everything."""
    with clock.turned_to(now):
        count = digests.enqueue_due()
        digests.release()
        while sending.send_next():
            pass
    return count


def statuses() -> list[str]:
    return list(OutboxMessage.objects.order_by("pk").values_list("status", flat=True))


# --- When ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "weekday", "hour", "after", "expected"),
    [
        (DAILY, 1, 9, at(1, 8, 59), at(1, 9)),
        (DAILY, 1, 9, at(1, 9), at(2, 9)),  # not twice at the same time
        (DAILY, 1, 0, at(1, 23, 59), at(2, 0)),
        (WEEKLY, 1, 9, at(1), at(7, 9)),  # from a Tuesday to Monday
        (WEEKLY, 1, 9, at(7, 8, 59), at(7, 9)),
        (WEEKLY, 1, 9, at(7, 9), at(14, 9)),
        (WEEKLY, 7, 23, at(7, 12), at(13, 23)),
        # The server's day is not the day here.
        (DAILY, 1, 6, datetime.datetime(2027, 6, 1, 23, tzinfo=datetime.UTC), at(3, 6)),
    ],
)
def test_the_next_time_is_the_chosen_hour_of_the_chosen_day(frequency, weekday, hour, after, expected):
    assert subscriptions.next_time(frequency, weekday, hour, after) == expected


def test_each_period_brings_one_digest_however_often_the_worker_looks(said):
    said.append(Line("一件事"))
    subscribed(person(), frequency=WEEKLY)
    looks = [at(6, 23), at(7, 8, 59), at(7, 9), at(7, 9, 1), at(13, 23), at(14, 9)]
    assert [work(now) for now in looks] == [0, 0, 1, 0, 0, 1]
    # Away for three weeks, it catches up with one.
    assert [work(now) for now in (at(30, 12), at(30, 12, 1))] == [1, 0]
    assert len(mail.outbox) == 3


def test_with_nothing_to_say_nothing_is_sent_and_nothing_piles_up(said):
    row = subscribed(person())
    assert [work(at(day)) for day in (1, 2, 3)] == [0, 0, 0]
    row.refresh_from_db()
    assert (row.collected_at, row.next_at) == (at(3), at(4))
    assert not OutboxMessage.objects.exists()


def test_collectors_are_asked_for_the_time_since_the_last_digest(said, monkeypatch):
    asked = []
    kind = Kind(CODE, "试用汇总", "", "", [("别的", lambda who, *span: asked.append(span) or [])])
    monkeypatch.setitem(digests.kinds, CODE, kind)
    subscribed(person(), at(1, 8))
    work(at(1, 9, 30))
    work(at(2, 10))
    assert asked == [(at(1, 8), at(1, 9, 30)), (at(1, 9, 30), at(2, 10))]


# --- What ------------------------------------------------------------------------------------------------------------


def test_messages_wait_for_the_digest_which_names_each_with_its_link(said):
    who = person()
    subscribed(who)
    said.append(Line("<b>还有一件</b>", "https://example.com/?a=1&b=2", "第一行\n第二行"))
    for number in (1, 2):
        event(who, number)
    assert statuses() == [SendStatus.HELD] * 2
    work(at(1, 8, 30))
    assert not mail.outbox
    work(at(1))
    (sent,) = mail.outbox
    assert sent.to == [MAIL]
    assert sent.subject == "一线协商：试用汇总（2027年6月1日 星期二）"
    for text in ("需求 NH-2027-00001 有新的答复", "需求 NH-2027-00002 有新的答复", "/demands/track/", "第二行"):
        assert text in sent.body
    assert "<b>还有一件</b>\n" in sent.body and "a=1&b=2" in sent.body
    html, kind = sent.alternatives[0]
    assert kind == "text/html"
    assert "&lt;b&gt;还有一件&lt;/b&gt;" in html and "<b>" not in html
    assert statuses() == [SendStatus.HELD, SendStatus.HELD, SendStatus.SENT]
    # What was in one digest is not in the next.
    said.clear()
    assert work(at(2)) == 0


def test_the_digest_is_in_the_language_it_was_asked_for_in(said):
    with translation.override("en"):
        subscribed(who := person())
    event(who)
    work(at(1))
    assert "NH-2027-00001" in mail.outbox[0].body and "Stop these emails" in mail.outbox[0].body
    assert 'lang="en"' in mail.outbox[0].alternatives[0][0]


def test_a_portal_that_has_given_up_english_writes_digests_in_chinese(settings):
    assert DigestSubscription(language="en").read_in == "en"
    settings.LANGUAGES = [("zh-hans", "简体中文")]
    assert DigestSubscription(language="en").read_in == "zh-hans"


def test_one_person_with_several_contacts_has_one_digest_of_all(said):
    first, second = person(), person(MAIL.upper(), phone="13912345678")
    subscribed(first)
    subscribed(second, frequency=WEEKLY)  # chosen again, from the other demand
    row = DigestSubscription.objects.get()
    assert row.frequency == WEEKLY
    event(first, 1), event(second, 2), event(person("li@example.com"), 3)
    assert statuses() == [SendStatus.HELD, SendStatus.HELD, SendStatus.WAITING]
    work(at(7))
    assert sorted(message.to[0] for message in mail.outbox) == ["li@example.com", MAIL]
    assert len([message for message in mail.outbox if "NH-2027-00002" in message.body]) == 1


def test_who_has_no_digest_and_what_cannot_wait_gets_a_message_at_once(said):
    who = person()
    event(who, 1)
    subscribed(who)
    event(who, 2, digest="")
    assert statuses() == [SendStatus.WAITING] * 2


def test_a_person_with_several_contacts_is_offered_a_digest_where_it_can_wait(said):
    event(person("li@example.com"), 1)
    who, _other = person(), person()
    event(who, 2)
    event(who, 3, digest="")
    work(at(1))
    offered = [message for message in mail.outbox if "/digests/" in message.body]
    assert [message.subject for message in offered] == ["需求 NH-2027-00002 有新的答复"]


def test_an_account_has_a_digest_too_unless_it_is_closed_or_has_no_address(said):
    said.append(Line("一件事"))
    staff = factories.liaison_staff()
    staff.email = "staff@example.com"
    staff.save()
    who = Person(CODE, user=staff)
    subscribed(who)
    assert subscriptions.find(who.token) == who
    work(at(1))
    assert [message.to for message in mail.outbox] == [["staff@example.com"]]
    staff.email = ""
    staff.save()
    assert subscriptions.find(who.token) is None
    assert work(at(2)) == 0
    assert not DigestSubscription.objects.exists()


# --- Once ------------------------------------------------------------------------------------------------------------


def test_killed_before_the_commit_it_is_made_again_and_after_it_is_sent_once(said, monkeypatch):
    who = person()
    subscribed(who)
    event(who)
    with monkeypatch.context() as patched:
        patched.setattr(DigestSubscription, "save", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work(at(1))
    assert statuses() == [SendStatus.HELD]
    # Killed while sending: the mail server did not answer, and the same message goes out at the next attempt.
    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMultiAlternatives.send", lambda self: 1 / 0)
        assert work(at(1)) == 1
    OutboxMessage.objects.update(next_attempt_at=timezone.now())
    assert [work(at(1, 10)), work(at(2))] == [0, 0]
    (sent,) = mail.outbox
    message = OutboxMessage.objects.get(template="digest")
    assert (message.status, message.attempts) == (SendStatus.SENT, 2)
    assert sent.extra_headers["Message-ID"] == message.message_id
    assert "NH-2027-00001" in sent.body


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_make_one_digest(said):
    who = person()
    subscribed(who)
    event(who)

    def due():
        with clock.turned_to(at(1)):
            return digests.enqueue_due()

    assert sorted(at_once(*[due] * 4)) == [0, 0, 0, 1]
    assert OutboxMessage.objects.filter(template="digest").count() == 1


# --- Stopping --------------------------------------------------------------------------------------------------------


def test_the_headers_for_one_click_arrive_unbroken(said):
    said.append(Line("一件事"))
    who = person()
    subscribed(who)
    work(at(1))
    raw = email.message_from_bytes(mail.outbox[0].message().as_bytes(), policy=email.policy.default)
    link = raw["List-Unsubscribe"].strip()[1:-1]
    assert raw["List-Unsubscribe"].strip() == f"<{link}>"
    assert raw["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.outbox[0].body
    # Not compared with a link made here, which would be signed a second later now and then.
    page = resolve(urlsplit(link).path)
    assert (page.url_name, subscriptions.find(page.kwargs["token"])) == ("digest_stop", who)


def test_looking_changes_nothing_and_one_post_without_cookies_stops(said, client):
    strict = type(client)(enforce_csrf_checks=True)
    who = person()
    subscribed(who)
    event(who)
    address = reverse("digest_stop", args=[who.token])
    page = strict.get(address)
    assert "w***@example.com" in words(page) and MAIL not in page.content.decode()
    assert "noindex" in page["X-Robots-Tag"]
    assert strict.head(address).status_code == 200
    assert DigestSubscription.objects.exists()
    for _time in range(2):  # the second finds nothing to do, and says the same
        response = strict.post(address, {"List-Unsubscribe": "One-Click"})
        assert (response.status_code, "已停发" in words(response)) == (200, True)
    assert not DigestSubscription.objects.exists()
    # What was held back for it goes out as it would have.
    assert statuses() == [SendStatus.WAITING]


def test_stopped_before_it_was_sent_it_is_not_sent(said):
    who = person()
    subscribed(who)
    event(who)
    with clock.turned_to(at(1)):
        assert digests.enqueue_due() == 1
    assert digests.stop(who) is True
    work(at(1))
    assert [message.subject for message in mail.outbox] == ["需求 NH-2027-00001 有新的答复"]
    assert digests.stop(who) is False


def test_nothing_left_to_say_when_it_is_sent_it_is_dropped(said):
    said.append(Line("一件事"))
    subscribed(person())
    with clock.turned_to(at(1)):
        digests.enqueue_due()
    said.clear()
    work(at(1))
    assert not mail.outbox and not OutboxMessage.objects.exists()


def test_erased_with_its_contact_and_the_others_messages_go_out_again(said):
    first, second = person(), person()
    subscribed(first)
    event(second)
    with clock.turned_to(at(1)):
        digests.enqueue_due()
    first.contact.delete()
    assert not DigestSubscription.objects.exists()
    work(at(1))
    assert [message.subject for message in mail.outbox] == ["需求 NH-2027-00001 有新的答复"]


def test_a_contact_that_is_replaced_keeps_its_digest_unless_the_address_is_gone(said):
    member = factories.committee_member()
    member.contact = contacts.store(email=MAIL)
    member.save()
    subscribed(Person(CODE, member.contact))
    keep(member, {"email": "new@example.com"})
    assert DigestSubscription.objects.get().contact == member.contact
    keep(member, {}, forget=True)
    assert not DigestSubscription.objects.exists()


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_page_lets_one_choose_change_and_stop(said, client):
    who = person()
    address = reverse("digest", args=[who.token])
    page = client.get(address)
    assert "未订阅，不发送" in words(page)
    assert form(page, "hour").values["frequency"] == WEEKLY
    assert not DigestSubscription.objects.exists()
    saved = form(page, "hour").send(client, address, frequency=DAILY, hour="20")
    assert saved["Location"] == address
    row = DigestSubscription.objects.get()
    assert (row.frequency, row.hour, row.language, row.contact) == (DAILY, 20, "zh-hans", who.contact)
    assert form(client.get(address), "hour").values["hour"] == "20"
    for wrong in ({"frequency": "hourly"}, {"hour": "3"}, {"weekday": "8"}, {"hour": None}):
        assert form(client.get(address), "hour").send(client, address, **wrong).status_code == 422
    stopped = form(client.get(address), "hour").send(client, address, frequency="none")
    assert "已停发" in words(stopped)
    assert not DigestSubscription.objects.exists()


@pytest.mark.parametrize("case", ["forged", "altered", "another kind", "gone"])
def test_a_link_that_is_not_valid_says_so_and_stops_nothing(said, client, case):
    who = person()
    subscribed(who)
    token = {
        "forged": "x:y:z",
        "altered": who.token[:-1] + ("A" if who.token[-1] != "A" else "B"),
        "another kind": Person("unheard", who.contact).token,
    }.get(case, who.token)
    if case == "gone":
        who.contact.delete()
    for page in ("digest", "digest_stop"):
        for response in (client.get(reverse(page, args=[token])), client.post(reverse(page, args=[token]))):
            assert response.status_code == 404
            assert "这个链接已失效" in words(response)
    assert DigestSubscription.objects.exists() == (case != "gone")
