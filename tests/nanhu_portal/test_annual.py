"""The annual showcase, counted from rows; the reported figures of 2023 are written by hand."""

import csv
import datetime
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.cached import forget_all
from members.models import Story
from nanhu_portal.annual import years
from tests import factories
from tests.pages import flat, words


def figures(response) -> dict[str, str]:
    """Every figure of the page with the text below it."""
    pairs = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", flat(response.content.decode()))
    return {re.sub("<[^>]+>", "", name): figure for name, figure in pairs}


def test_the_page_of_2023_gives_what_was_reported(demo):
    response = Client().get("/annual/2023/")
    assert response.status_code == 200
    found = figures(response)
    assert found["周周学"] == "24 次"
    assert found["月月谈"] == "9 次"
    assert found["季季讲"] == "3 次"
    assert 120 < int(found["收集需求"]) < 130
    assert 90 < int(found["办结"]) < 100
    assert int(found["借力资源办结的需求"]) > 50
    text = words(response)
    assert "主题活动 42 次" in text
    assert "家校共育大家谈 南湖四大品牌活动 16 1085 人" in text
    assert "邻里惠民节 2" in text
    assert "签有合作协议的企业 65 家" in text
    assert "备案社团 123 个" in text
    assert "鲍菁、操志兵两位委员" in text
    assert "2023年9月 ：入选全国城市一刻钟便民生活圈典型案例" in text


def test_years_link_to_those_with_content(demo):
    forget_all()
    assert Client().get("/annual/2022/").status_code == 404
    assert Client().get("/annual/1/").status_code == 404
    assert Client().get("/annual/99999999/").status_code == 404
    assert Client().post("/annual/2023/").status_code == 405
    shown = flat(Client().get("/annual/2023/").content.decode())
    with_records = {int(year) for year in re.findall(r'href="/annual/(\d{4})/"', shown)}
    assert with_records >= {timezone.localdate().year} and 2024 not in with_records
    # Between 2023 and today's demo nothing happened, and nothing is published of it.
    assert Client().get("/annual/2024/").status_code == Client().get("/annual/2024/figures.csv").status_code == 404


def test_it_costs_a_fixed_number_of_queries(demo):
    Client().get("/annual/2023/")
    with CaptureQueriesContext(connection) as queries:
        Client().get("/annual/2023/")
    assert len(queries) == 12


@pytest.mark.django_db
def test_only_stories_that_staff_chose_are_shown(resident):
    member, year = factories.committee_member(), timezone.localtime(factories.demand().received_at).year
    Story.objects.create(member=member, year=year, title="入选的故事", body="做了一件事。", is_chosen=True)
    Story.objects.create(member=member, year=year, title="没有入选的", body="还没选。")
    text = words(resident.get(f"/annual/{year}/"))
    assert "入选的故事" in text
    assert "没有入选的" not in text


@pytest.mark.django_db
def test_few_people_are_not_counted_out(resident):
    brand = factories.series("brand", name="小型座谈", kind="brand", cadence="none")
    held = factories.event("held", series=brand)
    held.people_served = 3
    held.save()
    text = words(resident.get(f"/annual/{timezone.localtime(held.starts_at).year}/"))
    assert "小型座谈 1 不足 5 人" in text
    rows = resident.get(f"/annual/{timezone.localtime(held.starts_at).year}/figures.csv").content.decode()
    assert "people,小型座谈,<5,\r\n" in rows


def test_its_months_add_up_to_its_year(demo):
    html = Client().get("/annual/2023/").content.decode()
    table = html.split('data-of="resolved"', 1)[1].split("</table>")[0]
    counts = [
        [int(count) for count in re.findall(r"<td[^>]*>(\d+)</td>", line)]
        for line in re.findall(r"<tr>.*?</tr>", table, re.S)
    ]
    assert len(counts) == 12
    found = figures(Client().get("/annual/2023/"))
    assert [str(sum(column)) for column in zip(*counts, strict=True)] == [found["收集需求"], found["办结"]]
    assert f"本年收到的 {found['收集需求']} 件中，{found['办结']} 件已办结。" in html


def test_its_file_gives_the_same_numbers(demo):
    page, response = figures(Client().get("/annual/2023/")), Client().get("/annual/2023/figures.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="annual-2023.csv"'
    lines = list(csv.reader(response.content.decode("utf-8-sig").splitlines()))
    assert lines[0] == ["figure", "of", "count", "sector"]
    assert len({(figure, of, sector) for figure, of, _count, sector in lines[1:]}) == len(lines) - 1
    rows = {(figure, of): count for figure, of, count, sector in lines[1:] if not sector}
    assert rows["demands", "received"] == page["收集需求"]
    assert rows["demands", "confirmed"] == page["居民确认解决"]
    assert rows["held", "周周学"] == "24"
    assert rows["people", "家校共育大家谈"] == "1085"
    assert rows["agreements", "made"] == page["达成约定"]
    assert sum(int(rows["resolved", f"2023-{month:02}"]) for month in range(1, 13)) == int(page["办结"])
    assert Client().get("/annual/2022/figures.csv").status_code == 404


def test_what_the_five_sectors_did_adds_up_and_can_be_opened(demo):
    """Over the series, over the sectors, and as many rows where the figures lead to."""
    response = Client().get("/annual/2023/")
    sectors, series, made = (response.context[name] for name in ("sectors", "sectors_of_series", "agreements"))
    columns = zip(*(row.meetings for row in series), strict=True)
    assert [row.meetings for row in sectors] == [sum(column) for column in columns]
    assert [row.sector for row in sectors if not row.meetings] == []
    assert {name: sum(getattr(row, name) for row in sectors) for name in made} == made
    lines = csv.DictReader(Client().get("/annual/2023/figures.csv").content.decode("utf-8-sig").splitlines())
    file = {(row["figure"], row["of"], row["sector"]): row["count"] for row in lines}
    assert [file["meetings", "", row.sector] for row in sectors] == [str(row.meetings) for row in sectors]
    assert file["meetings", "月月谈", "enterprise"] == str(
        next(row.meetings[1] for row in series if row.name == "月月谈")
    )
    html, partners = response.content.decode(), response.context["partners"]
    enterprise = next(row for row in sectors if row.sector == "enterprise")
    for address, count in (
        ("/projects/agreements/?year=2023", made["made"]),
        ("/projects/agreements/?year=2023&status=done", made["kept"]),
        ("/projects/agreements/?year=2023&sector=enterprise", enterprise.made),
        ("/projects/agreements/?year=2023&sector=enterprise&status=done", enterprise.kept),
        ("/partners/?sector=enterprise&cooperation=2023", partners["enterprises"]),
        ("/partners/?kind=association&nurtured=2023", partners["associations"]),
    ):
        assert f'href="{address}"'.replace("&", "&amp;") in html
        assert Client().get(address).context["page"].paginator.count == count > 0, address


@pytest.mark.django_db
def test_what_there_is_no_record_of_is_not_published_as_zero(resident):
    starts_at = timezone.make_aware(datetime.datetime(2024, 5, 9, 9))
    factories.event("held", series=factories.series(), starts_at=starts_at)
    text, rows = words(resident.get("/annual/2024/")), resident.get("/annual/2024/figures.csv").content.decode()
    assert "月月谈 1 次" in text
    assert "这一年没有需求的记录。" in text and "这一年没有约定和资源使用的记录。" in text
    assert rows.lstrip("\ufeff").splitlines() == ["figure,of,count,sector", "held,月月谈,1,"]
    assert resident.get("/annual/2023/").status_code == 404


@pytest.mark.django_db
def test_months_in_which_nothing_was_received_have_no_row(resident):
    for month in (3, 4, 7):
        factories.demand(at=timezone.make_aware(datetime.datetime(2025, month, 9)))
    html = resident.get("/annual/2025/").content.decode()
    shown = re.findall(r'data-month="2025-(\d\d)"( data-after-gap)?>', html)
    assert shown == [("03", ""), ("04", ""), ("07", " data-after-gap")]
    rows = resident.get("/annual/2025/figures.csv").content.decode()
    assert re.findall(r"received,(2025-\d\d),(\d+)", rows) == [("2025-03", "1"), ("2025-04", "1"), ("2025-07", "1")]


@pytest.mark.django_db
def test_years_between_are_looked_up_with_as_few_queries_as_none():
    for year in (2015, 2018, 2021, 2024):
        factories.event("held", starts_at=timezone.make_aware(datetime.datetime(year, 5, 9, 9)))
    forget_all()
    with CaptureQueriesContext(connection) as queries:
        assert years() == [2024, 2021, 2018, 2015]
    assert len(queries) == 4
