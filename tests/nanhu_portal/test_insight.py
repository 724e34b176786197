"""The page on how the portal runs: what it draws, and what it warns of."""

import datetime

import pytest
from django.utils import timezone

from foundation import beats, clock, counts
from foundation.counts import InsightSlot
from foundation.policy_reports import Report, record
from nanhu_portal import insight, vitals
from tests import factories
from tests.pages import words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/insight/"
FINE = vitals.Vitals(waiting=0, oldest_seconds=0, undeliverable=0, overdue=0, workers=1, backup_seconds=3600)
ROOMY = vitals.Disk(free=50_000_000_000, size=100_000_000_000)


def slot(moment: datetime.datetime, **figures) -> InsightSlot:
    return InsightSlot.objects.create(start=moment, **{"buckets": counts.Count().buckets} | figures)


def test_the_last_day_is_drawn_by_the_hour_and_says_where_nothing_was_measured():
    now = timezone.make_aware(datetime.datetime(2026, 3, 2, 10, 40))
    buckets = [0, 0, 0, 90, 0, 0, 10, 0, 0, 0, 0]
    slot(now.replace(minute=0), requests=60, refused=3, buckets=buckets, sent=2, waiting=4)
    slot(now.replace(minute=35), requests=40, errors=2, failed=1, waiting=1)
    slot(now - datetime.timedelta(hours=22, minutes=40), requests=7)
    slot(now - datetime.timedelta(hours=24), requests=1000)
    with clock.turned_to(now):
        hours = insight.last_day()
    assert len(hours) == 24
    assert [hour.start.hour for hour in (hours[0], hours[12], hours[23])] == [11, 23, 10]
    last = hours[23]
    assert (last.requests, last.refused, last.errors, last.sent, last.failed, last.waiting) == (100, 3, 2, 2, 1, 4)
    assert (last.p50, last.p95) == (78, 750)
    assert [hour.requests for hour in hours[:4]] == [0, 7, 0, 0]
    assert (hours[0].p50, hours[0].waiting) == (None, None)


@each_row(
    ("buckets", "share", "seconds"),
    [
        ([0] * 11, 0.5, None),
        ([10] + [0] * 10, 0.5, 0.005),
        ([10] + [0] * 10, 1, 0.01),
        ([1, 1] + [0] * 9, 0.5, 0.01),
        ([0] * 10 + [5], 0.95, 10),
        ([5] + [0] * 9 + [5], 0.6, 10),
    ],
)
def test_a_quantile_lies_within_its_bucket(buckets, share, seconds):
    assert counts.quantile(buckets, share) == seconds


@each_row(
    ("changed", "disk", "alarm"),
    [
        ({}, ROOMY, ""),
        ({"workers": 0}, ROOMY, "没有后台进程"),
        ({"waiting": 3, "oldest_seconds": 899}, ROOMY, ""),
        ({"waiting": 3, "oldest_seconds": 901}, ROOMY, "很久没有发出"),
        ({"undeliverable": 1}, ROOMY, "无法送达"),
        ({"overdue": 1}, ROOMY, "办理期限"),
        ({"backup_seconds": None}, ROOMY, "备份"),
        ({"backup_seconds": 25 * 3600}, ROOMY, ""),
        ({"backup_seconds": 27 * 3600}, ROOMY, "备份"),
        ({}, vitals.Disk(1_900_000_000, 10_000_000_000), "磁盘"),
        ({}, vitals.Disk(40_000_000_000, 1_000_000_000_000), "磁盘"),
    ],
)
def test_what_is_not_as_it_should_be_has_a_sentence_that_says_what_to_do(changed, disk, alarm):
    alarms = [tile.alarm for tile in insight._tiles(vitals.Vitals(**FINE.__dict__ | changed), disk) if tile.alarm]
    assert len(alarms) == bool(alarm)
    assert alarm in "".join(alarms)


def test_the_page_shows_figures_alarms_and_what_the_policy_stopped(auditor_client, django_assert_num_queries):
    auditor_client.user.scopes.update(area=factories.tree().district)
    counts._waiting.clear()  # of other tests
    beats.beat()
    slot(timezone.now(), requests=12, errors=1, buckets=[12] + [0] * 10)
    for _time in range(2):
        record(Report("script-src-elem", "https://cdn.evil.example/a.js?b", ""), "tracking")
    auditor_client.get("/accounts/")  # what is cached for a minute is read
    with django_assert_num_queries(11):
        response = auditor_client.get(ADDRESS)
    text, html = words(response), response.content.decode()
    for part in ("1 后台进程", "— 距最近一次备份", "最近一天没有可用的备份", "共收到 12 次请求，其中 1 次出错"):
        assert part in text
    assert "cdn.evil.example script-src-elem tracking 2" in text
    assert '<td class="num" data-of="requests" data-value="12">12</td>' in html
    assert html.count('data-of="p95">—') == 23
    assert "下载数据" not in text
    assert "no-store" in response["Cache-Control"]
    assert ADDRESS in auditor_client.get("/admin/menu/").content.decode()


def test_other_staff_do_not_find_the_way_to_it(liaison_client, auditor_client):
    """Nor does the auditor of one of several subdistricts: it counts what happens in all."""
    for client in (liaison_client, auditor_client):
        assert ADDRESS not in client.get("/admin/menu/").content.decode()
        assert client.get(ADDRESS).status_code == 403
