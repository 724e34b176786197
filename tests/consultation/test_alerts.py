"""Telling staff what happened: who, how, once, and joined where much happens at a time."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from consultation.models import Alert, AlertChoice, Robot
from consultation.models.alerts import How
from consultation.services import agreements, alerts
from foundation import clock, contacts, digests, outbox, sending, subscriptions
from foundation.accounts import User
from foundation.message_templates import render
from foundation.outbox import Channel, OutboxMessage, SendStatus
from foundation.subscriptions import DigestSubscription, Person
from tests import factories
from tests.pages import form, words
from tests.servers import Platform
from tests.together import at_once

pytestmark = pytest.mark.django_db

UTC8 = datetime.timezone(datetime.timedelta(hours=8))
NEW, REOPENED, DEADLINE, UNDELIVERABLE = "new", "reopened", "deadline", "undeliverable"


def at(day: int, hour: int = 9, minute: int = 0) -> datetime.datetime:
    """In March 2026, whose first Monday is the 2nd."""
    return datetime.datetime(2026, 3, day, hour, minute, tzinfo=UTC8)


def mailed(account: User) -> User:
    account.email = f"{account.username}@example.org"
    account.save(update_fields=["email"])
    return account


@pytest.fixture
def staff() -> dict[str, User]:
    """Staff of a community, of its neighbour, of their subdistrict and of another one; one without a mailbox."""
    there = factories.tree()
    return {
        "community": mailed(factories.community_staff()),
        "neighbour": mailed(factories.community_staff("neighbour", there.other_community)),
        "liaison": mailed(factories.liaison_staff()),
        "far": mailed(factories.liaison_staff("far", there.far_subdistrict)),
        "auditor": mailed(factories.auditor()),
        "mute": factories.community_staff("mute"),
        "admin": mailed(factories.superuser()),
    }


def alert(kind: str = NEW, number: int = 1, **values) -> Alert:
    """Something that happened in the first compound, if nowhere else."""
    place = values.pop("area", factories.tree().compound)
    ref = f"NH-2026-{number:05d}"
    made = Alert(kind=kind, ref=ref, row=number, key=f"{kind}:{number}:{Alert.objects.count()}", area=place, **values)
    alerts.notify(made)
    return Alert.objects.get(key=made.key)


def told() -> dict[str, str]:
    """Who gets what has just happened, and whether at once or later."""
    alerts.spread()
    rows = OutboxMessage.objects.filter(template="alert", user__isnull=False)
    found = {row.user.username: row.status for row in rows.select_related("user")}
    OutboxMessage.objects.filter(template="alert").delete()
    return found


def send_all() -> None:
    while sending.send_next():
        pass


# --- Who -------------------------------------------------------------------------------------------------------------


def test_whoever_works_for_the_area_is_told_without_having_chosen_anything(staff):
    there = factories.tree()
    for area, expected in [
        (there.compound, {"community", "liaison"}),
        (there.other_compound, {"neighbour", "liaison"}),
        (there.subdistrict, {"liaison"}),
        (there.far_compound, {"far"}),
        # Nobody works for all of the district.
        (there.district, {"admin"}),
        (None, {"admin"}),
    ]:
        alert(area=area)
        assert set(told()) == expected, area


def test_only_who_can_do_something_about_it_is_told(staff):
    for kind, expected in [(NEW, {"community", "liaison"}), (UNDELIVERABLE, {"liaison"}), ("agreement", {"liaison"})]:
        alert(kind)
        assert set(told()) == expected, kind


def test_the_handler_is_told_instead_of_all_others_and_nobody_of_their_own_act(staff):
    for handler, actor, expected in [
        ("community", None, {"community"}),
        ("admin", None, {"admin"}),
        # Works elsewhere by now, or has no mailbox: the others have to know.
        ("neighbour", None, {"community", "liaison"}),
        ("mute", None, {"community", "liaison"}),
        (None, "liaison", {"community"}),
        ("community", "community", set()),
        ("community", "liaison", {"community"}),
    ]:
        alert(handler=staff.get(handler), actor=staff.get(actor))
        assert set(told()) == expected, (handler, actor)


def test_an_account_that_is_closed_is_told_nothing(staff):
    User.objects.filter(username__in=("community", "liaison")).update(is_active=False)
    alert()
    assert set(told()) == {"admin"}


def test_each_kind_comes_as_it_was_chosen_else_as_is_usual(staff):
    alert(NEW), alert(DEADLINE)
    alerts.spread()
    usual = OutboxMessage.objects.filter(user=staff["liaison"]).order_by("pk").values_list("status", "digest")
    assert list(usual) == [(SendStatus.WAITING, ""), (SendStatus.HELD, "staff")]
    OutboxMessage.objects.filter(template="alert").delete()
    alerts.choose(staff["liaison"], {NEW: How.NOT, DEADLINE: How.AT_ONCE}, hour=7)
    alerts.choose(staff["community"], {NEW: How.DIGEST}, hour=18)
    alerts.choose(staff["admin"], {NEW: How.AT_ONCE}, hour=8)
    alert(NEW)
    assert told() == {"community": SendStatus.HELD, "admin": SendStatus.WAITING}
    alert(DEADLINE)
    assert told() == {"community": SendStatus.HELD, "liaison": SendStatus.WAITING}


# --- Once, and together ----------------------------------------------------------------------------------------------


def test_an_event_is_told_once_however_often_it_is_noted_and_looked_at(staff):
    for _time in range(2):
        alerts.notify(Alert(kind=NEW, ref="NH-1", row=1, area=factories.tree().compound, key="the same"))
    assert [alerts.spread(), alerts.spread()] == [1, 0]
    assert OutboxMessage.objects.filter(template="alert", user=staff["liaison"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_tell_of_it_once(staff):
    alert()
    assert sorted(at_once(*[alerts.spread] * 4)) == [0, 0, 0, 1]
    assert OutboxMessage.objects.filter(template="alert").count() == 2


def test_a_worker_killed_before_its_end_has_told_nobody(staff, monkeypatch):
    alert()
    with monkeypatch.context() as patched:
        patched.setattr(alerts, "_hold", lambda held: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            alerts.spread()
    assert not OutboxMessage.objects.filter(template="alert").exists()
    assert alerts.spread() == 1


def test_a_kind_of_another_release_waits_for_the_worker_that_knows_it(staff):
    strange = alert("no-such-kind")
    alert()
    assert [alerts.spread(), alerts.spread()] == [1, 0]
    strange.refresh_from_db()
    assert strange.spread_at is None


def test_what_happens_at_a_time_is_one_mail_and_what_follows_waits_two_minutes(staff):
    for number in (1, 2, 3):
        alert(number=number)
    alerts.spread()
    send_all()
    mine = [one for one in mail.outbox if one.to == ["liaison@example.org"]]
    assert [one.subject for one in mine] == ["新需求 NH-2026-00001 等 3 件"]
    # The first is on its way: the next one waits, and takes up what comes after it.
    alert(number=4)
    alerts.spread()
    alert(REOPENED, number=5)
    alerts.spread()
    first, second = OutboxMessage.objects.filter(user=staff["liaison"]).order_by("pk")
    assert second.next_attempt_at == first.next_attempt_at + datetime.timedelta(minutes=2)
    assert second.parameters == {"items": [[NEW, "NH-2026-00004", 4], [REOPENED, "NH-2026-00005", 5]]}
    send_all()
    assert len([one for one in mail.outbox if one.to == ["liaison@example.org"]]) == 1


def test_after_a_quiet_time_a_mail_goes_at_once(staff):
    alert()
    alerts.spread()
    long_ago = timezone.now() - datetime.timedelta(minutes=10)
    OutboxMessage.objects.update(created_at=long_ago, next_attempt_at=long_ago, attempts=1)
    alert(number=2)
    alerts.spread()
    later = OutboxMessage.objects.filter(user=staff["liaison"]).latest("pk")
    assert later.next_attempt_at <= timezone.now()


# --- What it says ----------------------------------------------------------------------------------------------------


def test_a_mail_names_kind_reference_and_link_and_nothing_else(staff):
    demand = factories.demand()
    Alert.objects.exclude(ref=demand.ref).delete()
    alerts.spread()
    OutboxMessage.objects.filter(contact__isnull=False).delete()
    send_all()
    [sent] = [one for one in mail.outbox if one.to == ["liaison@example.org"]]
    assert sent.subject == f"新需求 {demand.ref}"
    assert sent.body == (
        f"新需求 {demand.ref}：http://portal.example/admin/demands/demand/{demand.pk}/change/\n\n"
        "选择收哪些、什么时候收：http://portal.example/admin/alerts/\n\n——一线协商"
    )


def test_many_are_counted_and_the_same_thing_stands_once():
    items = [["addition", f"NH-{number}", number] for number in (*range(1, 16), 1)]
    text = render("alert", {"items": items})
    assert text.subject == "居民补充 NH-1 等 15 件"
    assert text.in_chat.splitlines()[0] == "一线协商：工作提醒"
    assert text.in_chat.splitlines()[1] == "居民补充 NH-1：http://portal.example/admin/demands/demand/1/change/"
    assert text.in_chat.splitlines()[12] == "居民补充 NH-12：http://portal.example/admin/demands/demand/12/change/"
    assert text.in_chat.splitlines()[13:] == ["另有 3 件，见工作台：http://portal.example/admin/"]


def test_what_a_release_does_not_know_is_left_out():
    assert render("alert", {"items": [["of-a-newer-one", "NH-1", 1], [NEW, "NH-2", 2]]}).subject == "新需求 NH-2"
    with pytest.raises(outbox.Dropped):
        render("alert", {"items": [["of-a-newer-one", "NH-1", 1]]})


# --- The digest ------------------------------------------------------------------------------------------------------


def work(now: datetime.datetime) -> None:
    with clock.turned_to(now):
        alerts.spread()
        digests.enqueue_due()
        digests.release()
    send_all()


def test_a_digest_comes_at_eight_without_having_been_asked_for(staff):
    with clock.turned_to(at(2, 15)):
        alert(DEADLINE, 1), alert(DEADLINE, 2)
    work(at(2, 15))
    work(at(3, 7, 59))
    assert mail.outbox == []
    work(at(3, 8))
    [sent] = [one for one in mail.outbox if one.to == ["liaison@example.org"]]
    assert sent.subject == "一线协商：工作提醒汇总（2026年3月3日 星期二）"
    for line in ("请您处理", "期限临近 NH-2026-00001", "http://portal.example/admin/demands/demand/2/change/"):
        assert line in sent.body
    assert "http://portal.example/admin/alerts/" in sent.body
    work(at(4, 8))
    assert len([one for one in mail.outbox if one.to == ["liaison@example.org"]]) == 1


def test_the_digest_comes_at_the_hour_that_was_chosen(staff):
    with clock.turned_to(at(2, 12)):
        alerts.choose(staff["liaison"], {NEW: How.DIGEST}, hour=18)
        alert(NEW)
    work(at(2, 17, 59))
    assert not [one for one in mail.outbox if one.to == ["liaison@example.org"]]
    work(at(2, 18))
    [sent] = [one for one in mail.outbox if one.to == ["liaison@example.org"]]
    assert "新需求 NH-2026-00001" in sent.body


def test_one_click_in_the_mail_stops_it_for_good(staff, resident):
    person = Person("staff", user=staff["liaison"])
    with clock.turned_to(at(2)):
        alert(DEADLINE)
        alerts.spread()
    assert resident.post(f"/digests/{person.token}/stop/").status_code == 200
    assert not OutboxMessage.objects.filter(user=staff["liaison"]).exists()
    assert alerts.choices_of(staff["liaison"])[DEADLINE] == How.NOT
    assert alerts.choices_of(staff["liaison"])[NEW] == How.AT_ONCE
    with clock.turned_to(at(3)):
        alert(DEADLINE, 2)
    assert set(told()) == {"community"}
    assert not person.subscriptions.exists()
    # Where others choose how often, staff are led to their own page.
    assert resident.get(f"/digests/{person.token}/").headers["Location"] == "/admin/alerts/"


def test_what_waits_for_somebody_who_left_is_sent_to_nobody(staff):
    with clock.turned_to(at(2)):
        alert(DEADLINE)
        alerts.spread()
    User.objects.filter(username="liaison").update(is_active=False)
    work(at(3, 8))
    work(at(3, 9))
    assert [one for one in mail.outbox if one.to == ["liaison@example.org"]] == []
    assert not OutboxMessage.objects.filter(user=staff["liaison"]).exists()
    assert not DigestSubscription.objects.filter(user=staff["liaison"]).exists()


# --- Dates, and messages that do not arrive --------------------------------------------------------------------------


def test_an_agreement_is_told_of_a_week_before_its_date_once_a_date(staff):
    agreement = factories.agreement(due_on=datetime.date(2026, 3, 12))
    for now, expected in [
        (at(4, 9), 0),
        (at(5, 7, 59), 0),  # too early in the day
        (at(5, 8), 1),
        (at(5, 8, 1), 0),
        (at(7, 9), 0),  # a Saturday
        (at(9, 9), 0),
    ]:
        with clock.turned_to(now):
            assert alerts.agreements_due() == expected, now
    found = Alert.objects.get(kind="agreement")
    assert (found.ref, found.row) == (f"{agreement.event_id}-1", agreement.pk)
    details = agreements.details_of(agreement)
    with clock.turned_to(at(9, 9)):
        agreements.edit(
            agreement, type(details)(**vars(details) | {"due_on": at(13).date()}), actor=factories.liaison_staff()
        )
        assert alerts.agreements_due() == 1
        agreements.drop(agreement, reason="合并到另一项", actor=factories.liaison_staff())
        Alert.objects.all().delete()
        assert alerts.agreements_due() == 0


def test_a_message_that_did_not_arrive_is_told_of_where_its_row_is(staff):
    there = factories.tree()
    demand = factories.demand(area=there.far_compound, phone="02788880000")  # no text message arrives there
    Alert.objects.all().delete()
    send_all()
    message = OutboxMessage.objects.get(subject_ref=demand.ref)
    assert message.status == SendStatus.UNDELIVERABLE
    found = Alert.objects.get()
    assert (found.kind, found.row, found.ref, found.area) == (UNDELIVERABLE, message.pk, demand.ref, there.far_compound)
    assert told() == {"far": SendStatus.HELD}


def test_an_alert_that_does_not_arrive_causes_no_other(staff):
    alert()
    alerts.spread()
    message = OutboxMessage.objects.filter(user=staff["liaison"]).get()
    sending.give_up(message, "SMTP 550")
    assert not Alert.objects.filter(kind=UNDELIVERABLE).exists()


def test_old_alerts_are_deleted_once_they_were_spread(staff):
    with clock.turned_to(at(2)):
        old, waits = alert(number=1), alert(number=2)
    Alert.objects.filter(pk=old.pk).update(spread_at=at(2))
    recent = alert(number=3)
    assert alerts.sweep() == 1
    assert set(Alert.objects.values_list("pk", flat=True)) == {waits.pk, recent.pk}


def test_alerts_of_an_unknown_kind_are_deleted_once_no_release_has_spread_them(staff):
    with clock.turned_to(at(2)):
        alert("gone", number=1)
        waits = alert(number=2)
    recent = alert("to-come", number=3)
    assert alerts.sweep() == 1
    assert set(Alert.objects.values_list("pk", flat=True)) == {waits.pk, recent.pk}


# --- Robots ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def platform(settings):
    server = Platform()
    server.answer = {"errcode": 0, "errmsg": "ok"}
    settings.ROBOT_ORIGINS = [f"http://{server.host}"]
    yield server
    server.shutdown()
    server.server_close()


def robot(platform, area=None, *kinds: str, **values) -> Robot:
    address = f"http://{platform.host}/cgi-bin/webhook/send?key=abc"
    kinds = [*kinds] or [NEW]
    return factories.robot(area or factories.tree().subdistrict, address, kinds=kinds, **values)


def test_a_group_is_told_of_its_kinds_and_its_area_whoever_handles_them(platform, staff):
    there = factories.tree()
    robot(platform, there.community)
    robot(platform, there.far_subdistrict)
    robot(platform, there.subdistrict, DEADLINE)
    robot(platform, there.subdistrict, is_active=False)
    alert(NEW, handler=staff["liaison"])
    alerts.spread()
    [message] = OutboxMessage.objects.filter(channel=Channel.ROBOT)
    assert message.webhook.robot.area == there.community
    assert sending.send_next(Channel.ROBOT)
    assert not sending.send_next(Channel.ROBOT)
    [asked] = platform.asked
    assert '"content": "一线协商：工作提醒\\n新需求 NH-2026-00001：http://portal.example/' in asked["body"].decode()
    message.refresh_from_db()
    assert (message.status, message.attempts) == (SendStatus.SENT, 1)


def test_a_group_gets_one_message_in_ten_seconds_with_all_that_happened(platform, staff):
    group = robot(platform)
    for number in (1, 2):
        alert(number=number)
        alerts.spread()
    sending.send_next(Channel.ROBOT)
    for number in range(3, 18):
        alert(number=number)
        alerts.spread()
    first, second = OutboxMessage.objects.filter(webhook=group).order_by("pk")
    assert [len(one.parameters["items"]) for one in (first, second)] == [2, 15]
    assert second.next_attempt_at - first.next_attempt_at == datetime.timedelta(seconds=10)
    assert len(platform.asked) == 1


def test_a_refused_message_is_tried_again_or_left_to_staff_with_the_reason(platform, staff):
    group = robot(platform)
    alert()
    alerts.spread()
    platform.answer = {"errcode": 45009, "errmsg": "api freq out of limit"}
    sending.send_next(Channel.ROBOT)
    message = OutboxMessage.objects.get(webhook=group)
    assert (message.status, message.failure, message.started_at) == (SendStatus.WAITING, "robot 45009", None)
    OutboxMessage.objects.update(next_attempt_at=timezone.now())
    platform.answer = {"errcode": 93000, "errmsg": "invalid webhook url"}
    sending.send_next(Channel.ROBOT)
    message.refresh_from_db()
    assert (message.status, message.failure) == (SendStatus.UNDELIVERABLE, "robot 93000")
    # Its mended robot gets it from 发送记录, as with any other message, and only staff of its area see it there.
    platform.answer = {"errcode": 0}
    assert OutboxMessage.objects.visible_to(staff["liaison"]).filter(pk=message.pk).exists()
    assert not OutboxMessage.objects.visible_to(staff["far"]).filter(pk=message.pk).exists()
    assert outbox.retry(OutboxMessage.objects.filter(pk=message.pk), actor=staff["liaison"]) == 1
    sending.send_next(Channel.ROBOT)
    message.refresh_from_db()
    assert message.status == SendStatus.SENT


def test_a_robot_that_was_switched_off_says_nothing_any_more(platform, staff):
    group = robot(platform)
    alert()
    alerts.spread()
    Robot.objects.update(is_active=False)
    sending.send_next(Channel.ROBOT)
    assert (platform.asked, OutboxMessage.objects.filter(webhook=group).count()) == ([], 0)


# --- The page --------------------------------------------------------------------------------------------------------


def test_everybody_chooses_for_themselves_among_what_concerns_them(liaison_client, community_client, auditor_client):
    page = liaison_client.get("/admin/alerts/")
    values = form(page, NEW).values
    assert {name: values[name] for name in (NEW, DEADLINE, "agreement", "hour")} == {
        NEW: "at_once",
        DEADLINE: "digest",
        "agreement": "digest",
        "hour": "8",
    }
    assert "您的账号没有邮箱" in words(page)
    sent = form(page, NEW).send(liaison_client, "/admin/alerts/", new="digest", agreement="not", hour="18")
    assert sent.status_code == 302
    again = form(liaison_client.get("/admin/alerts/"), NEW).values
    assert (again[NEW], again["agreement"], again["hour"]) == ("digest", "not", "18")
    assert DigestSubscription.objects.get().user == liaison_client.user
    other = form(community_client.get("/admin/alerts/"), NEW).values
    assert (other[NEW], "agreement" in other, UNDELIVERABLE in other) == ("at_once", False, False)
    assert "您的角色没有需要提醒的事" in words(auditor_client.get("/admin/alerts/"))


def test_a_wrong_choice_is_told_and_the_others_are_kept(liaison_client):
    page = form(liaison_client.get("/admin/alerts/"), NEW)
    response = page.send(liaison_client, "/admin/alerts/", new="never", deadline="at_once", hour="25")
    assert response.status_code == 422
    assert "请选择怎样通知" in words(response) and "请选择时间" in words(response)
    assert form(response, DEADLINE).values[DEADLINE] == "at_once"
    assert not AlertChoice.objects.exists()


def test_a_superuser_reads_that_others_are_told_first(admin_client):
    page = admin_client.get("/admin/alerts/")
    assert set(form(page, NEW).values.values()) >= {"not"}
    assert "超级管理员平时不收提醒" in words(page)


def test_nothing_of_a_resident_is_in_what_waits(staff):
    contact = contacts.store(called="王女士", phone="13912345678")
    factories.demand()
    alerts.spread()
    subscriptions.covers(contact, "staff")
    kept = str(list(OutboxMessage.objects.filter(template="alert").values())) + str(list(Alert.objects.values()))
    for personal in ("王女士", "13912345678", "路灯"):
        assert personal not in kept
