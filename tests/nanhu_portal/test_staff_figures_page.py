"""The page of figures in the admin: what it asks, what it shows and to whom."""

import csv
import datetime
import io
import zoneinfo
from decimal import Decimal

import openpyxl
import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from consultation.models import Area, StaffScope
from foundation import cached, clock
from foundation.accounts import User
from members.workflow import DutyStatus
from tests import factories
from tests.pages import body, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

PAGE = "/admin/figures/"
NOW = datetime.datetime(2025, 10, 20, 10, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def autumn():
    with clock.turned_to(NOW):
        yield


@pytest.fixture
def busy(liaison_client) -> Client:
    """Twelve demands of the first community in September, one of the other in October, and one far away."""
    tree = factories.tree()
    september = datetime.datetime(2025, 9, 3, 9, tzinfo=NOW.tzinfo)
    for number in range(12):
        factories.demand("resolved" if number else "accepted", at=september, area=tree.compound)
    factories.demand(at=NOW, area=tree.other_community)
    factories.demand(at=NOW, area=tree.far_community)
    return liaison_client


def table_of(client: Client, query: str = "") -> dict[str, int]:
    """How many demands the page says were received, by row."""
    table = client.get(f"{PAGE}{query}").context["table"]
    return {row.name: row["received"] for row in (*table.rows, table.total)}


def test_it_begins_with_this_quarter_by_community_and_all_figures(busy):
    response = busy.get(PAGE)
    assert table_of(busy) == {"桂花社区": 0, "柳园社区": 1, "合计": 1}
    assert "2025 年第 4 季度 · 社区" in words(response)
    names = [section.group.name for section in response.context["sections"]]
    assert names == ["demands", "rates", "events", "people", "agreements", "resources", "duties", "sectors"]
    current = [choice.label for choice in response.context["asked"].periods if choice.is_current]
    assert current == ["本季度"]
    # It is a room of the header, and the one that the page is in.
    assert [room["address"] for room in response.context["rooms"] if room["is_current"]] == [PAGE]


def test_periods_of_the_calendar_and_days_of_ones_own(busy):
    for period, received in {
        "month": 1, "last-month": 12, "quarter": 1, "last-quarter": 12, "year": 13, "last-year": 0,
    }.items():  # fmt: skip
        assert table_of(busy, f"?period={period}")["合计"] == received, period
    assert table_of(busy, "?first=2025-09-03&last=2025-10-20")["合计"] == 13
    page = busy.get(f"{PAGE}?first=2025-09-03&last=2025-09-03&by=category&show=demands")
    assert "2025年9月3日 · 类别" in words(page)
    # The links of the bar keep what they do not change.
    queries = {choice.label: choice.query for choice in page.context["asked"].groupings}
    assert queries["社区"] == "first=2025-09-03&last=2025-09-03&by=community&show=demands"
    queries = {choice.label: choice.query for choice in page.context["asked"].periods}
    assert queries["去年"] == "by=category&show=demands&period=last-year"
    queries = {choice.label: choice.query for choice in page.context["asked"].shows}
    assert queries["办理率"].endswith("by=category&show=demands&show=rates")
    assert queries["全部"] == queries["需求"] == "first=2025-09-03&last=2025-09-03&by=category"


@each_row(
    ("query", "sentence", "kept"),
    [
        ("first=2025-09-03&last=2025-09-01", "截止日期早于开始日期，请核对。", "2025-09-03"),
        ("first=2025-09-03", "请填写截止日期。", "2025-09-03"),
        ("last=2025-09-03", "请填写开始日期。", "2025-09-03"),
        ("first=soon&last=2025-09-03", "请按 2026-03-14 的格式填写日期", "soon"),
        ("first=2025-09-03&last=9999-12-31", "请核对年份。", "9999-12-31"),
        ("period=week", "没有这个选项，请重新选择。", ""),
        ("by=colour&show=nothing", "没有这个选项，请重新选择。", ""),
        ("show=%00", "没有这个选项，请重新选择。", ""),
    ],
)
def test_a_mistake_gets_a_sentence_and_no_figures_and_keeps_what_was_typed(busy, query, sentence, kept):
    page = busy.get(f"{PAGE}?{query}")
    assert page.status_code == 200 and page.context["table"] is None
    assert sentence in words(page) and f'value="{kept}"' in page.content.decode()
    assert "<table>" not in page.content.decode()
    assert not any(choice.is_current for choice in page.context["asked"].periods)


def test_rates_are_shown_in_per_cent_from_ten_on_and_charts_where_there_is_something(busy):
    page = busy.get(f"{PAGE}?period=year&show=rates&show=resources")
    rates, resources = page.context["sections"]
    assert [(line.name, line.cells[0].words, line.cells[0].beside) for line in (*rates.lines, rates.total)] == [
        ("桂花社区", "91.7%", "12 件中 11 件"),
        ("柳园社区", "", "暂无数据"),
        ("合计", "91.7%", "12 件中 11 件"),
    ]
    assert rates.figure.summary == "合计：响应率 91.7%，解决率 100.0%，对结果满意 暂无数据。"
    assert [panel.columns for panel in rates.figure.panels] == [("response",), ("resolution",)]
    assert resources.figure.panels == []
    text = words(page)
    assert "按时首次答复的 ÷（已答复的＋逾期未答复的）。" in text
    # That the numbers are whole is said, and what readers outside are shown instead.
    assert "只供内部使用，请勿原样公开" in text and 'href="/rates/"' in page.content.decode()


def test_each_sees_the_places_and_the_figures_that_are_theirs(busy, community_client, auditor_client, member_client):
    assert table_of(community_client, "?period=year") == {"桂花社区": 12, "合计": 12}
    assert table_of(auditor_client, "?period=year")["合计"] == 13
    assert member_client.get(PAGE).status_code == 302
    # Somebody who may see events alone sees no other figures, and no one's demands.
    reader = User.objects.create_user("reader", password=factories.PASSWORD, is_staff=True)
    group = Group.objects.create(name="readers")
    reader.groups.add(group)
    StaffScope.objects.create(user=reader, area=factories.tree().community)
    client = Client()
    client.force_login(reader)
    assert client.get(PAGE).status_code == 403
    group.permissions.set(Permission.objects.filter(codename__in=["view_event", "view_slot"]))
    page = client.get(f"{PAGE}?show=demands&show=events")
    assert [section.group.name for section in page.context["sections"]] == ["events"]
    assert [choice.label for choice in page.context["asked"].shows] == ["全部", "活动"]


def test_who_works_in_several_subdistricts_chooses_one(busy, district_client):
    assert busy.get(PAGE).context["asked"].subdistricts == []
    page = district_client.get(PAGE)
    assert [choice.label for choice in page.context["asked"].subdistricts] == ["全部", "湖东街道", "湖西街道"]
    assert table_of(district_client)["合计"] == 2
    assert table_of(district_client, "?subdistrict=far-subdistrict") == {"松林社区": 1, "合计": 1}
    # Not one of somebody else's.
    assert busy.get(f"{PAGE}?subdistrict=far-subdistrict").context["table"] is None


def test_the_page_takes_at_most_twelve_queries_and_speaks_english(busy, django_assert_max_num_queries):
    busy.get(PAGE)
    for by in ("community", "unit", "category"):
        with django_assert_max_num_queries(12):
            busy.get(f"{PAGE}?first=1990-01-01&last=2040-12-31&by={by}")
    busy.cookies["lang"] = "en"
    text = words(busy.get(f"{PAGE}?period=year"))
    assert "2025 · Community" in text and "In total: Received 13, Resolved 11, Overdue 1." in text


# --- Downloads -------------------------------------------------------------------------------------------------------


def test_the_csv_has_a_row_for_each_of_the_page_and_the_note(busy):
    query = "?first=2025-09-01&last=2025-10-31&show=rates&show=duties"
    Area.objects.filter(code="community").update(name="=桂花社区")
    cached.forget_all()
    response = busy.get(f"{PAGE}figures.csv{query}")
    assert response["Content-Disposition"] == 'attachment; filename="figures-20250901-20251031.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8" and "no-store" in response["Cache-Control"]
    text = body(response).decode()
    assert text.startswith("\ufeff")
    heads, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert heads[:7] == [
        "开始日期",
        "截止日期",
        "社区",
        "办理率：响应率（%）",
        "办理率：响应率，其中",
        "办理率：响应率，共",
        "办理率：逾期未答复",
    ]
    assert [row[:7] for row in rows[:-1]] == [
        # A name that a spreadsheet would run as a formula has an apostrophe before it.
        ["2025-09-01", "2025-10-31", "'=桂花社区", "91.7", "11", "12", "1"],
        ["2025-09-01", "2025-10-31", "柳园社区", "", "0", "0", "0"],
        ["2025-09-01", "2025-10-31", "合计", "91.7", "11", "12", "1"],
    ]
    assert rows[-1][:2] == ["", ""] and "请勿原样公开" in rows[-1][2]
    assert len(heads) == len(rows[0]) == 3 + 4 * 3 + 3 + 4 == len(set(heads))


def test_the_workbook_has_numbers_as_numbers_and_a_sheet_of_what_they_mean(busy):
    member = factories.committee_member()
    values = {"day": datetime.date(2025, 9, 30), "hours": Decimal("1.5")}
    factories.duty(member, DutyStatus.CONFIRMED, **values)
    response = busy.get(f"{PAGE}figures.xlsx?period=last-quarter&show=duties&show=demands")
    book = openpyxl.load_workbook(io.BytesIO(body(response)))
    assert book.sheetnames == ["统计", "指标说明"]
    heads, *rows = book["统计"].iter_rows(values_only=True)
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    assert [(row["社区"], row["需求：收到"], row["需求：办结"], row["履职：时长（小时）"]) for row in found] == [
        ("桂花社区", 12, 11, 0),
        ("柳园社区", 0, 0, 0),
        ("湖东街道（不属于某一社区）", 0, 0, 1.5),
        ("合计", 12, 11, 1.5),
    ]
    meanings = dict(book["指标说明"].iter_rows(values_only=True))
    assert meanings["履职：履职记录"] == "日期在期间内、已确认的履职记录。"
    assert "请勿原样公开" in meanings["说明"]


def test_files_are_for_whom_the_page_is_and_mistakes_lead_to_it(busy, community_client, resident):
    for kind in ("csv", "xlsx"):
        wrong = busy.get(f"{PAGE}figures.{kind}?first=2025-09-03")
        assert (wrong.status_code, wrong["Location"]) == (302, f"{PAGE}?first=2025-09-03")
        assert busy.post(f"{PAGE}figures.{kind}").status_code == 405
        assert resident.get(f"{PAGE}figures.{kind}").status_code == 302
    own = body(community_client.get(f"{PAGE}figures.csv?period=year")).decode()
    assert "桂花社区" in own and "柳园社区" not in own and "松林社区" not in own
    # The page leads to both, with what it was asked.
    page = busy.get(f"{PAGE}?period=year&by=category").content.decode()
    for kind in ("csv", "xlsx"):
        assert f'href="{PAGE}figures.{kind}?period=year&amp;by=category"' in page
