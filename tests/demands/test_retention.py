"""The end of the retention period: what residents submitted goes in time; history and a changed period wait."""

import datetime

import pytest
from django.utils import timezone

from demands import services
from demands.models import Demand, DueErasure, Retention
from demands.services import retention
from foundation import clock
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused
from tests import factories
from tests.pages import form, words
from tests.together import at_once

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/dueerasure/"
NOW = timezone.make_aware(datetime.datetime(2026, 11, 1, 3))
DAY = datetime.timedelta(days=1)
MONTH = datetime.timedelta(days=31)


def night(months: int = 24, at=NOW) -> int:
    with clock.turned_to(at):
        return retention.erase_due(months)


def resolved(months_ago: int, **values) -> Demand:
    return factories.demand("resolved", at=NOW - months_ago * MONTH, **values)


def came(months_ago: int, *, at=NOW, **values) -> Demand:
    """Imported `months_ago`, with an answer of ten years before."""
    times = {"reply": "好了。", "replied_at": NOW - 119 * MONTH}
    with clock.turned_to(at - months_ago * MONTH):
        return factories.imported(NOW - 120 * MONTH, **(times | values))


def erased() -> set[int]:
    return set(Demand.objects.filter(erased_at__isnull=False).values_list("pk", flat=True))


def listed() -> set[int]:
    return set(DueErasure.objects.values_list("demand", flat=True))


# --- What is due -----------------------------------------------------------------------------------------------------


def test_what_residents_submitted_waits_for_nobody():
    old, young = resolved(25), resolved(23)
    assert night() == 1
    assert erased() == {old.pk}
    assert young.pk not in listed()


def test_an_import_is_counted_from_its_import():
    came(23)
    assert night() == 0
    assert listed() == set()
    due = came(25)
    assert night() == 0
    assert listed() == {due.pk}


def test_imported_open_it_is_counted_from_its_end():
    demand = came(30, reply="", replied_at=None)
    assert not Demand.objects.expired(24).exists()
    with clock.turned_to(NOW - 25 * MONTH):
        for to in ("accepted", "resolved"):
            demand = factories.move(demand, to)
    night()
    assert listed() == {demand.pk}


def test_history_that_was_public_before_stays_for_as_long_as_it_is_published():
    demand, other = came(60, publish_as="already_public"), came(60, publish_as="nobody_concerned")
    night()
    assert listed() == {other.pk}
    services.publishing.unpublish(demand, actor=factories.liaison_staff())
    night()
    assert listed() == {other.pk, demand.pk}
    # Published again as public record, it is no longer due.
    factories.publish(Demand.objects.get(pk=demand.pk), basis="already_public")
    night()
    assert listed() == {other.pk}


def test_a_residents_demand_does_not_stay_for_good_with_one_that_does():
    kept, waited_for = came(60, publish_as="already_public"), came(0)
    into_kept, into_other = resolved(25), resolved(25)
    ended = NOW - 25 * MONTH
    for one, target in ((into_kept, kept), (into_other, waited_for)):
        # As merged before the target was ended.
        Demand.objects.filter(pk=one.pk).update(status="merged", merged_into=target, closed_at=ended)
    night()
    assert erased() == {into_kept.pk}
    # While it is still worked on, its followers are told of it.
    reopened = came(60, reply="", replied_at=None, publish_as="already_public")
    Demand.objects.filter(pk=into_other.pk).update(merged_into=reopened)
    night()
    assert erased() == {into_kept.pk}


# --- What waits ------------------------------------------------------------------------------------------------------


def test_an_import_waits_until_it_was_seen():
    demand = came(25)
    night()
    assert night(at=NOW + DAY) == 0
    with clock.turned_to(NOW + DAY):
        assert retention.mark_seen(actor=factories.liaison_staff(), last=DueErasure.objects.get().pk) == 1
    assert night(at=NOW + DAY) == 1
    assert erased() == {demand.pk}
    assert listed() == set()
    seen = AuditEntry.objects.get(subject="dueerasure")
    assert (seen.action, seen.actor, seen.detail) == ("erased", factories.liaison_staff(), "seen 1")


def test_it_waits_fourteen_days_at_most():
    demand = came(25)
    night()
    assert night(at=NOW + 13 * DAY) == 0
    assert night(at=NOW + 14 * DAY) == 1
    assert erased() == {demand.pk}


def test_after_a_change_of_the_period_all_that_is_due_waits_and_later_nights_are_as_ever():
    first, second = resolved(8), resolved(5)
    assert night(24) == 0
    assert night(6) == 0
    assert listed() == {first.pk}
    # What falls due in the nights after the change is not the change's doing.
    assert night(6, at=NOW + 3 * MONTH // 2) == 2
    assert erased() == {first.pk, second.pk}


def test_a_period_set_back_lets_all_go():
    resolved(8)
    night(24)
    night(6)
    assert len(listed()) == 1
    night(24)
    assert listed() == set()
    assert Retention.objects.get().months == 24


def test_the_first_night_of_a_portal_is_no_change():
    resolved(8)
    assert night(6) == 1


def test_what_was_reopened_or_erased_by_hand_leaves_the_list():
    again, gone = came(25), came(25)
    night()
    factories.move(again, "reopened")
    services.handling.erase(gone, actor=factories.liaison_staff())
    night()
    assert listed() == set()


def test_what_was_listed_after_the_page_was_made_is_not_seen_with_it():
    came(25)
    night()
    last = DueErasure.objects.get().pk
    came(25)
    night()
    assert retention.mark_seen(actor=factories.liaison_staff(), last=last) == 1
    assert DueErasure.objects.waiting().count() == 1
    with pytest.raises(Refused, match="可能刚刚有人核对过"):
        retention.mark_seen(actor=factories.liaison_staff(), last=last)


def test_staff_see_and_release_what_is_theirs():
    mine, others = came(25), came(25, area=factories.tree().far_compound)
    night()
    last = DueErasure.objects.latest("pk").pk
    assert retention.mark_seen(actor=factories.liaison_staff(), last=last) == 1
    night()
    assert erased() == {mine.pk}
    assert listed() == {others.pk}


def test_a_night_erases_a_hundred_and_the_next_the_rest(monkeypatch):
    monkeypatch.setattr(retention, "MAX_ERASED", 2)
    for _number in range(3):
        resolved(25)
    assert [night(), night(), night()] == [2, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_list_each_demand_once():
    for _number in range(3):
        came(25)
    with clock.turned_to(NOW):
        at_once(lambda: retention.erase_due(24), lambda: retention.erase_due(24))
    assert DueErasure.objects.count() == 3


@pytest.mark.parametrize("count", [2, 4])
def test_listing_makes_its_number_of_queries(count, django_assert_num_queries):
    with clock.turned_to(NOW - 25 * MONTH):
        for _number in range(count):
            factories.imported(NOW - 120 * MONTH, reply="好了。", replied_at=NOW - 119 * MONTH)
    night(at=NOW - 3 * MONTH)
    # A savepoint and its end around: what is remembered, what left the list, what is new, its rows. Then what is ready.
    with django_assert_num_queries(7):
        night()
    assert DueErasure.objects.count() == count


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_start_page_leads_to_the_list_and_the_button_lets_it_go(liaison_client):
    demand = came(25)
    assert "到期待删除" not in [tile["label"] for tile in liaison_client.get("/admin/").context["tiles"]]
    night()
    tiles = {tile["label"]: tile for tile in liaison_client.get("/admin/").context["tiles"]}
    assert (tiles["到期待删除"]["count"], tiles["到期待删除"]["url"]) == (1, f"{LIST}?queue=waiting")
    shown = liaison_client.get(f"{LIST}?queue=waiting")
    text = words(shown)
    assert demand.ref in text
    assert "导入" in text
    assert "核对后删除，最迟2026年11月15日" in text
    assert "列出 14 天后删除" in text
    assert "已核对，可以删除（1 件）" in shown.content.decode()
    response = liaison_client.get(form(shown, "last").send(liaison_client)["Location"])
    assert "已确认。" in words(response)
    assert "李四已核对，即将删除" in words(response)
    assert "已核对，可以删除" not in response.content.decode()
    assert "到期待删除" not in [tile["label"] for tile in liaison_client.get("/admin/").context["tiles"]]
    assert night() == 1
    assert demand.ref not in words(liaison_client.get(LIST))


def test_who_may_not_erase_has_no_button(auditor_client, community_client):
    came(25)
    night()
    assert "已核对，可以删除" not in auditor_client.get(LIST).content.decode()
    assert auditor_client.post(f"{LIST}seen/", {"last": "999999"}).status_code == 403
    assert community_client.get(LIST).status_code == 403
    assert "到期待删除" not in words(community_client.get("/admin/"))
    assert DueErasure.objects.waiting().count() == 1


@pytest.mark.parametrize("last", ["", "x", "-1", "9" * 30, "\x00"])
def test_a_key_that_is_none_releases_nothing(liaison_client, last):
    came(25)
    night()
    assert liaison_client.post(f"{LIST}seen/", {"last": last}).status_code == 302
    assert DueErasure.objects.waiting().count() == 1


@pytest.mark.parametrize("count", [2, 4])
def test_the_list_makes_its_number_of_queries(liaison_client, django_assert_num_queries, count):
    for _number in range(count):
        came(25)
    night()
    liaison_client.get(LIST)
    with django_assert_num_queries(7):
        liaison_client.get(LIST)


# --- All deadlines ---------------------------------------------------------------------------------------------------

DEADLINES = f"{LIST}deadlines/"


def shown(client, part: str = "") -> list[tuple]:
    rows = client.get(f"{DEADLINES}?show={part}").context["rows"]
    return [(row.demand.ref, row.asked, row.until, row.is_late, row.by) for row in rows]


def test_who_asked_by_when_and_what_was_done_is_in_one_list(auditor_client, settings):
    settings.RETENTION_MONTHS = 24
    asked, overdue, ending, kept = factories.demand(), factories.demand(), resolved(23), resolved(20)
    away = factories.demand(area=factories.tree().far_compound)
    for demand, days in ((asked, 1), (overdue, 60), (away, 60)):
        services.residents.request_deletion(demand)
        Demand.objects.filter(pk=demand.pk).update(deletion_requested_at=NOW - days * DAY)
    with clock.turned_to(NOW):
        # 15 working days each; Sunday 20 September is one, for the holiday after it.
        until, late = datetime.date(2026, 11, 20), datetime.date(2026, 9, 22)
        assert shown(auditor_client) == [
            (overdue.ref, "居民本人", late, True, ""),
            (asked.ref, "居民本人", until, False, ""),
        ]
        end = timezone.localdate(Demand.objects.get(pk=ending.pk).closed_at) + datetime.timedelta(days=730)
        assert shown(auditor_client, "expiring") == [(ending.ref, "保存期限届满", end, False, "")]
        assert shown(auditor_client, "erased") == []
        services.handling.erase(overdue, actor=factories.liaison_staff())
        services.handling.erase(kept, actor=SYSTEM)
        assert {row[:2] + row[4:] for row in shown(auditor_client, "erased")} == {
            (overdue.ref, "居民本人", "李四"),
            (kept.ref, "保存期限届满", "系统自动"),
        }
        assert overdue.ref in words(auditor_client.get(f"{DEADLINES}?show=erased"))


@pytest.mark.parametrize("count", [2, 4])
def test_the_deadlines_make_their_number_of_queries(auditor_client, django_assert_max_num_queries, count):
    for _number in range(count):
        factories.demand()
    Demand.objects.update(erased_at=NOW)
    auditor_client.get(DEADLINES)
    with django_assert_max_num_queries(8):
        assert len(auditor_client.get(f"{DEADLINES}?show=erased").context["rows"]) == count


def test_who_may_not_see_what_is_erased_sees_no_deadlines(community_client):
    assert community_client.get(DEADLINES).status_code == 403
