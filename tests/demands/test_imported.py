"""Imported history: its answers are public with it, it keeps its own dates, and nobody is waited for."""

import datetime
import re

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from demands import services
from demands.models import Demand, Recheck
from demands.selectors.chain import stations
from demands.services import batches, rechecks
from demands.sheets.demands import DemandRow
from demands.statistics.rows import rows
from demands.views import feeds
from foundation import clock
from foundation.actors import RESIDENT
from foundation.audit import AuditEntry
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
LONG = "已派人到现场查看，" * 150


def at(*parts) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime(*parts))


def answered(**values) -> Demand:
    defaults = {"reply": "灯已换新。", "replied_at": at(2011, 5, 9, 10), "publish_as": "already_public"}
    return factories.imported(at(2011, 5, 3, 9), **(defaults | values))


def row(**values) -> DemandRow:
    defaults = {"title": "路灯", "body": "不亮", "category": factories.category(), "area": factories.tree().compound}
    return DemandRow(**(defaults | values))


# --- On the public pages ---------------------------------------------------------------------------------------------


def test_the_public_page_shows_the_whole_answer_and_waits_for_nobody(resident):
    demand = answered(body="路灯坏了。" * 300, reply=LONG)
    shown = words(resident.get(f"/demands/{demand.ref}/"))
    assert LONG in shown
    assert "路灯坏了。" * 300 in shown
    assert "已办结，待居民确认" not in shown
    assert "待居民确认" not in shown
    assert "已办结" in shown
    assert "居民确认 无需这一步 导入的需求，无提出人确认" in shown
    assert f"编号 {demand.ref}，{date_format(timezone.localdate())}从清单导入。" in shown


def test_its_chain_has_the_days_of_the_list():
    demand = answered()
    found = {station.key: station for station in stations(demand, demand.transitions.all())}
    assert (found["need"].when, found["result"].when) == (datetime.date(2011, 5, 3), datetime.date(2011, 5, 9))
    assert (found["result"].state, found["result"].words) == ("done", "灯已换新。")
    assert (found["confirmation"].state, found["confirmation"].when) == ("skipped", None)


def test_lists_say_so_too(resident, liaison_client):
    answered()
    for client, address in ((resident, "/demands/"), (liaison_client, "/admin/demands/demand/")):
        shown = words(client.get(address))
        assert "已办结" in shown
        assert "待居民确认" not in shown.replace("已办结，待居民确认 居民已确认", "")  # the filter's choices
    shown = words(resident.get("/demands/?status=resolved"))
    assert "3 号门外路灯不亮" in shown
    assert "待居民确认" not in shown


def test_resolved_here_later_nobody_is_waited_for_either():
    demand = factories.imported(at(2026, 3, 2))
    for to in ("accepted", "resolved"):
        demand = factories.move(demand, to)
    assert (demand.get_status_display(), demand.shown_status) == ("已办结", "settled")
    assert factories.demand("resolved").get_status_display() == "已办结，待居民确认"


def test_without_a_basis_the_answer_lies_ready_for_staff(liaison_client, resident):
    demand = answered(publish_as="")
    assert resident.get(f"/demands/{demand.ref}/").status_code == 404
    assert "灯已换新。" in liaison_client.get(f"/admin/demands/demand/{demand.pk}/publish/").content.decode()


def test_each_publication_is_in_the_audit():
    demand = answered()
    entry = AuditEntry.objects.get(action="published")
    assert (entry.subject, entry.actor, entry.detail) == (demand.ref, factories.liaison_staff(), "already_public")


# --- Its own dates ---------------------------------------------------------------------------------------------------


def listed(resident) -> list[str]:
    return [item.ref for item in resident.get("/demands/").context["items"]]


def fed(resident) -> list[tuple[str, str]]:
    """Number and day of each entry of the feed."""
    feed = resident.get("/feeds/demands/").content.decode()
    return re.findall(r"<entry>.*?/demands/([A-Z0-9-]+)/.*?<published>(.{10})", feed, re.DOTALL)


def test_years_of_history_do_not_top_the_list_and_never_fill_the_feed(resident, monkeypatch):
    news = factories.demand(public=True, at=at(2026, 3, 2, 9))
    years = [answered(replied_at=at(year, 6, 1, 9)) for year in (2013, 2011, 2012)]
    unanswered = factories.imported(at(2012, 9, 1, 9), publish_as="already_public")
    # Later than what was published here, and no news all the same.
    recent = answered(replied_at=at(2026, 6, 1, 9))
    in_order = [recent, news, years[0], unanswered, years[2], years[1]]
    assert listed(resident) == [demand.ref for demand in in_order]
    days = ["2026-06-01", "2026-03-02", "2013-06-01", "2012-09-01", "2012-06-01", "2011-06-01"]
    assert fed(resident) == [(demand.ref, day) for demand, day in zip(in_order, days, strict=True)]
    # However young, it only takes the places that news leaves.
    monkeypatch.setattr(feeds, "ENTRIES", 2)
    assert fed(resident) == [(recent.ref, "2026-06-01"), (news.ref, "2026-03-02")]
    monkeypatch.setattr(feeds, "ENTRIES", 1)
    assert fed(resident) == [(news.ref, "2026-03-02")]


def test_history_that_staff_publish_one_by_one_keeps_its_dates_and_a_departments_need_is_news(resident, monkeypatch):
    old, need = answered(publish_as=""), factories.imported(at(2026, 3, 2))
    news = factories.demand(public=True, at=at(2026, 6, 1, 9))
    for demand in (old, need):
        factories.publish(demand, title=demand.public_title)
    assert listed(resident) == [ref for ref, _day in fed(resident)] == [need.ref, news.ref, old.ref]
    monkeypatch.setattr(feeds, "ENTRIES", 2)
    assert [ref for ref, _day in fed(resident)] == [need.ref, news.ref]
    assert old.trail.last().body["on"] == timezone.localdate().isoformat()


@pytest.mark.parametrize("count", [1, 60])
def test_an_import_that_is_published_makes_its_number_of_queries(count, django_assert_num_queries):
    rows = [row(posted_at=at(2025, 3, 3), reply="好", replied_at=at(2025, 3, 4))] * count
    batches.bring_in(rows[:1], actor=RESIDENT, publish_as="already_public")
    # A savepoint and its end, numbers, demands, moves, messages; trails and audit.
    with django_assert_num_queries(8):
        batches.bring_in(rows, actor=RESIDENT, publish_as="already_public")


# --- Nobody is asked -------------------------------------------------------------------------------------------------


def test_nobody_is_asked_after_30_days():
    came, here = answered(replied_at=clock.now() - 31 * DAY), factories.imported(at(2025, 3, 2))
    with clock.turned_to(clock.now() - 31 * DAY):
        for to in ("accepted", "resolved"):
            here = factories.move(here, to)
        ours = factories.demand("resolved")
    rechecks.ask()
    assert list(Recheck.objects.values_list("demand", flat=True)) == [ours.pk]
    assert came.imported_at


def test_a_resident_whose_demand_was_merged_into_it_is_asked_and_rates():
    root, own = factories.imported(at(2025, 3, 2)), factories.demand()
    root = factories.move(root, "accepted")
    factories.move(own, "merged", target=root)
    with clock.turned_to(clock.now() - 31 * DAY):
        factories.move(root, "resolved")
    rechecks.ask()
    assert list(Recheck.objects.values_list("demand", flat=True)) == [own.pk]
    services.residents.rate(Demand.objects.get(pk=own.pk), work="satisfied", result="satisfied")
    assert Demand.objects.get(pk=root.pk).shown_status == "settled"


def test_parts_of_an_imported_demand_have_no_reporter_either():
    whole = factories.imported(at(2025, 3, 2))
    factories.move(whole, "split")
    assert {part.imported_at for part in whole.parts.all()} == {whole.imported_at}


def test_the_rates_count_it_as_resolved_and_ask_nobody_what_they_thought():
    answered()
    [row] = rows(clock.now())
    assert {"answered", "stands_resolved"} <= {*row.flags}
    assert row.answers == {"reopened": "no", "work": "", "result": "", "recheck": ""}


# --- Numbers ---------------------------------------------------------------------------------------------------------

SPANS = [
    ([], []),
    (["NH-2025-00001"], [("NH-2025-00001", "NH-2025-00001")]),
    (
        ["NH-2025-00002", "NH-2024-00009", "NH-2025-00001", "NH-2024-00010", "NH-2025-00004"],
        [
            ("NH-2024-00009", "NH-2024-00010"),
            ("NH-2025-00001", "NH-2025-00002"),
            ("NH-2025-00004", "NH-2025-00004"),
        ],
    ),
    # Consecutive, but of two years.
    (["NH-2024-00002", "NH-2025-00003"], [("NH-2024-00002", "NH-2024-00002"), ("NH-2025-00003", "NH-2025-00003")]),
    (["NH-2025-99999", "NH-2025-100000"], [("NH-2025-99999", "NH-2025-100000")]),
]


@pytest.mark.parametrize(("refs", "spans"), SPANS)
def test_numbers_are_told_as_spans_that_hold_no_other(refs, spans):
    assert batches.spans(refs) == spans
