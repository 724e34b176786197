"""The page of the rates and its files: of the same edition, and equal to the command and an independent computation."""

import csv
import datetime
import io
import re
import zoneinfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demands import services
from demands.models import RatesEdition
from demands.statistics import editions, rates
from tests import factories
from tests.pages import body, flat, words
from tests.recount import DAY, Varied, recount

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
NOW = datetime.datetime(2025, 10, 20, 0, 1, tzinfo=SHANGHAI)
PAGE, LIST, FILE = "/rates/", "/rates/demands.csv", "/rates/year-community.csv"
FILES = [f"/rates/{of}.csv" for of in rates.SETS]
IN_CHINESE = {
    "response": "响应率",
    "resolution": "解决率",
    "work": "满意率：办理过程",
    "result": "满意率：办理结果",
}
SAID = ("work", "result")


def page(address: str = PAGE, **headers) -> str:
    response = Client().get(address, headers=headers)
    assert response.status_code == 200
    return words(response)


def tables(address: str = PAGE) -> dict[str, list[list[str]]]:
    """The tables of the page by caption, as rows of cell texts."""
    found = {}
    for table in re.findall(r"<table.*?</table>", flat(Client().get(address).content.decode())):
        caption = _text(re.search(r"<caption.*?</caption>", table)[0]).split("，")[0]
        lines = re.findall(r"<tr>.*?</tr>", table.split("<tbody>")[1])
        found[caption] = [[_text(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", line)] for line in lines]
    return found


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def share(figures: dict, rate: str) -> tuple[int, int] | None:
    """A rate as (part, whole), from the independent computation; None if it is withheld."""
    found = figures[rate]
    if found is None or rate not in SAID:
        return found
    return found["satisfied"], found["satisfied"] + found["unsatisfied"]


def in_words(pair: tuple[int, int] | None) -> str:
    """A rate as shown in a table; from ten on also as a percentage."""
    if pair is None:
        return "未公布"
    part, whole = pair
    if not whole:
        return "暂无数据"
    counts = f"{whole} 件中 {part} 件"
    return counts if whole < 10 else f"{_rounded(part, whole)}% {counts}"


def _rounded(part: int, whole: int) -> str:
    exactly = datetime.timedelta(part * 1000) / datetime.timedelta(whole)
    return f"{int(exactly + 0.5) / 10:.1f}"


def rows_of(figures: dict, name: str, shown: list[str]) -> list[str]:
    """The expected row of a table, from the independent computation."""
    cells = [name, str(figures["received"]), *(in_words(share(figures, rate)) for rate in shown)]
    for count, median, percentile_90 in figures["times"].values():
        few = "未公布" if figures["response"] is None else f"仅 {count} 件"
        cells += [str(median), str(percentile_90)] if count >= 10 else [few]
    return cells


def compare(now: datetime.datetime, address: str = PAGE, **only: str) -> dict:
    """Check that the page equals the independent computation, and return that."""
    again = recount(now, **only)
    whole, shown = again["all"], tables(address)
    text = page(address)
    assert f"共收到需求 {whole['received']} 件" in text
    for rate, title in IN_CHINESE.items():
        assert f"{title} {in_words(share(whole, rate))}" in text, rate
    beside = whole["beside"]
    assert f"不在职责范围的 {beside['out_of_remit']} 件。" in text
    assert f"尚未结束 {beside['open']} 件，其中已超期 {beside['overdue']} 件" in text
    for what, sentence in {
        "work": "选择“说不清”的 {unsure} 件、未评价的 {no_answer} 件，不计入",
        "result": "选择“说不清”的 {unsure} 件，未评价的 {no_answer} 件。",
        "reopened": "曾重新办理的共 {yes} 件",
        "recheck": "问题没有再出现的 {still_solved} 件，再次出现并重新办理的 {not_solved} 件，未回答的 {no_answer} 件",
    }.items():
        if whole[what] is None:
            assert re.split("[{}]", sentence)[0] not in text
        else:
            assert sentence.format(**whole[what]) in text
    for cells, (count, median, percentile_90) in zip(
        shown["用时的中位数和 90 百分位数"], whole["times"].values(), strict=True
    ):
        assert cells[1:] == [str(count), *([str(median), str(percentile_90)] if count >= 10 else ["件数太少"])]
    directions = {"bottom_up": "自下而上（居民提出）", "top_down": "自上而下（部门提出）"}
    months = {value: f"{int(value[:4])}年{int(value[5:])}月" for value in again["month"]}
    for caption, dimension, names in (
        ("按收到的月份", "month", months),
        ("按社区", "community", {"": "未注明"}),
        ("按类别", "category", {}),
        ("按方向", "direction", directions),
    ):
        if caption in shown:
            told = [rate for rate in IN_CHINESE if rate not in SAID or dimension == "community"]
            cuts = [rows_of(cut, names.get(value, value), told) for value, cut in again[dimension].items()]
            assert sorted(shown[caption]) == sorted(cuts), caption
    return again


def printed(*args, **options) -> list[str]:
    output = io.StringIO()
    call_command("rates", *args, stdout=output, **options)
    return output.getvalue().splitlines()


def in_report(pair: tuple[int, int] | None) -> str:
    if pair is None:
        return "withheld"
    return f"{pair[0]} of {pair[1]}" + (f" = {_rounded(*pair)} %" if pair[1] >= 10 else "")


def compare_command(lines: list[str], again: dict) -> None:
    """Check that a report equals the independent computation."""
    whole = again["all"]
    assert lines[0].startswith(f"demands: {whole['received']}, of which")
    for rate, name in rates.NAMES.items():
        assert f"{name}: {in_report(share(whole, rate))}" in lines
    for dimension in rates.DIMENSIONS:
        start = lines.index(f"by {dimension}:") + 1
        cuts = lines[start : start + len(again[dimension])]
        printed_lines = {line[2:].rsplit(": ", 1)[0].removeprefix("'"): line for line in cuts}
        for value, figures in again[dimension].items():
            line = printed_lines[value or "-"]
            assert f": {figures['received']} demands; " in line
            for rate, name in rates.NAMES.items():
                assert f"; {name} {in_report(share(figures, rate))};" in f";{line.split(' demands')[1]};"


def saved(tmp_path, addresses=FILES) -> list[str]:
    """The files as downloaded."""
    for number, address in enumerate(addresses):
        (tmp_path / f"{number}.csv").write_bytes(Client().get(address).content)
    return [str(tmp_path / f"{number}.csv") for number in range(len(addresses))]


# --- One set of figures everywhere -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_page_command_file_and_an_independent_count_agree(tmp_path):
    Varied(NOW, seed=7).make(180)
    factories.acting_at(NOW, editions.publish)
    again = compare(NOW)
    from_file = printed(*saved(tmp_path))
    compare_command(from_file, again)
    assert printed() == ["as of 2025-10-20 00:01", *from_file]
    # The same for a year and a subdistrict.
    cut = {"year": "2025", "subdistrict": "湖东街道"}
    again = compare(NOW, f"{PAGE}?year=2025&subdistrict=subdistrict", **cut)
    from_file = printed(*saved(tmp_path), **cut)
    compare_command(from_file, again)
    assert printed(**cut)[1:] == from_file
    assert set(tables(f"{PAGE}?year=2025&subdistrict=subdistrict")) >= {"按社区", "按收到的月份"}


def test_on_the_demo_they_agree(demo, tmp_path):
    now = RatesEdition.objects.get().as_of
    again = compare(now)
    compare_command(printed(*saved(tmp_path)), again)
    assert again["all"]["received"] > 120
    compare(now, f"{PAGE}?year=2023", year="2023")


def test_the_demo_has_its_edition_from_the_start(demo):
    assert RatesEdition.objects.get().rows > 120


# --- One edition -----------------------------------------------------------------------------------------------------


@pytest.fixture
def edition(db) -> RatesEdition:
    factories.demand("resolved", at=NOW - 9 * DAY)
    return factories.acting_at(NOW, editions.publish)


def test_the_page_leads_to_the_files_of_its_own_edition(edition):
    html = Client().get(PAGE).content.decode()
    old = sorted(set(re.findall(r'href="(/rates/[\w-]+\.csv\?edition=\d+)"', html)))
    assert [address.partition("?")[0] for address in old] == sorted(FILES)
    contents = [Client().get(address).content for address in old]
    factories.demand(at=NOW)
    factories.acting_at(NOW + DAY, editions.publish)
    assert [Client().get(address).content for address in old] == contents
    assert not {Client().get(address).content for address in FILES} & set(contents)
    # Two nights later they are gone, and the page shows the newest with its own files.
    factories.acting_at(NOW + 2 * DAY, editions.publish)
    for address in (*old, f"{LIST}?{old[0].partition('?')[2]}"):
        response = Client().get(address)
        assert (response.status_code, response["Location"]) == (302, PAGE)


def test_the_list_names_the_files_with_their_columns(edition):
    lines = list(csv.reader(Client().get(LIST).content.decode("utf-8-sig").splitlines()))
    assert lines[0] == ["file", "columns", "address"]
    assert [name for name, _columns, _address in lines[1:]] == list(rates.SETS)
    for _name, columns, address in lines[1:]:
        path = address.removeprefix("http://portal.example")
        assert path != address
        assert Client().get(path).content.decode("utf-8-sig").splitlines()[0] == columns.replace(" ", ",")
    assert Client().get("/rates/other.csv").status_code == 404


@pytest.mark.parametrize("asked", ["", "0", "x", "1' OR '1'='1", "9" * 50])
def test_an_edition_that_never_was_leads_back_to_the_page(edition, asked):
    for address in (LIST, FILE):
        response = Client().get(address, {"edition": asked})
        assert (response.status_code, response["Location"]) == (302, PAGE)


def test_what_happened_since_is_in_neither_until_it_is_counted_again(edition):
    before = page()
    factories.demand()
    assert page() == before
    assert "截至 2025年10月20日 星期一 00:01" in before
    assert printed(publish=True)[1].startswith("demands: 2,")
    assert "共收到需求 2 件" in page()


@pytest.mark.django_db
def test_before_the_first_edition_it_counts_what_is_there():
    factories.demand()
    assert "共收到需求 1 件" in page()
    assert f'href="{FILE}"' in Client().get(PAGE).content.decode()
    assert body(Client().get(FILE)).count(b"\r\n") == 2
    assert not RatesEdition.objects.exists()


@pytest.mark.django_db
def test_on_a_fresh_portal_it_says_why_there_is_nothing():
    text = page()
    assert "还没有收到需求，暂无统计数据。" in text
    assert "我要提需求" in text
    assert "NaN" not in text and "None" not in text
    assert body(Client().get(FILE)).decode("utf-8-sig") == "year,subdistrict,community,figure,value,count\r\n"
    assert printed()[2] == "response rate: 0 of 0"


# --- The file --------------------------------------------------------------------------------------------------------


def test_the_file_is_a_csv_to_save(edition):
    response = Client().get(FILE)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="rates-year-community-2025-10-20-0001.csv"'
    assert response.content.decode("utf-8-sig").splitlines() == [
        "year,subdistrict,community,figure,value,count",
        # Of one demand nothing is told but that it was received.
        "2025,湖东街道,桂花社区,received,,1",
    ]


def test_who_has_it_already_is_not_sent_it_again(edition):
    known = {"If-None-Match": Client().get(FILE)["ETag"]}
    with CaptureQueriesContext(connection) as queries:
        again = Client().get(FILE, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert not any('"csv"' in query["sql"] for query in queries)
    # Another file has another ETag, and so does the next edition.
    assert Client().get(FILES[1], headers=known).status_code == 200
    factories.acting_at(NOW + DAY, editions.publish)
    assert Client().get(FILE, headers=known).status_code == 200


def test_nothing_can_be_sent_to_either(edition):
    for address in (PAGE, LIST, FILE):
        assert Client().post(address).status_code == 405
        assert Client().head(address).status_code == 200


# --- The page --------------------------------------------------------------------------------------------------------


def test_of_too_few_demands_only_their_number_is_shown(edition):
    text = page()
    assert "共收到需求 1 件" in text
    assert "响应率 未公布" in text and "满意率：办理结果 未公布" in text
    assert "共收到需求 1 件。不足 5 件，办理情况暂不公布。" in text
    assert "未评价的 " not in text and "曾重新办理的共" not in text and "在职责范围的 0 件" not in text
    assert "一组不足 5 件的，只公布收到的件数" in text
    assert "%" not in text.split("自行核算")[0]
    assert tables()["按社区"] == [["桂花社区", "1", *["未公布"] * 7]]


@pytest.mark.django_db
def test_few_demands_are_shown_in_counts():
    for number in range(6):
        found = factories.demand("resolved", at=NOW - 9 * DAY)
        if number < 5:
            factories.acting_at(NOW - DAY, services.residents.rate, found, result="satisfied" if number else "unsure")
    factories.acting_at(NOW, editions.publish)
    text = page()
    assert "响应率 6 件中 6 件" in text
    assert "满意率：办理过程 未公布" in text
    assert "满意率：办理结果 4 件中 4 件" in text
    assert "选择“说不清”的 1 件，未评价的 1 件。" in text
    assert "曾重新办理的共 0 件" in text
    assert tables()["按社区"] == [
        ["桂花社区", "6", "6 件中 6 件", "6 件中 6 件", "未公布", "4 件中 4 件", *["仅 6 件"] * 2, "仅 0 件"]
    ]
    assert tables()["按类别"] == [["环境卫生", "6", "6 件中 6 件", "6 件中 6 件", *["仅 6 件"] * 2, "仅 0 件"]]


@pytest.mark.parametrize(("count", "words_"), [(9, "9 件中 9 件"), (10, "100.0% 10 件中 10 件")])
@pytest.mark.django_db
def test_from_ten_on_it_is_a_percentage(count, words_):
    for _number in range(count):
        factories.demand("resolved", at=NOW)
    factories.acting_at(NOW, editions.publish)
    assert f"解决率 {words_}" in page()


def test_each_rate_has_its_definition_and_day_beside_it(edition):
    sections = re.findall(
        r'<section aria-labelledby="(\w+)">(.*?)</section>', Client().get(PAGE).content.decode(), re.S
    )
    for key, text in sections[:4]:
        assert "截至 2025年10月20日 星期一" in text, key
    assert [key for key, _text in sections[:4]] == ["response", "resolution", "work", "result"]


@pytest.mark.django_db
def test_a_filter_is_chosen_and_taken_off_without_a_script():
    for year in (2024, 2025):
        factories.demand(at=datetime.datetime(year, 5, 1, tzinfo=SHANGHAI))
    factories.demand(area=factories.tree().far_compound, at=NOW)
    factories.acting_at(NOW, editions.publish)
    response = Client().get(PAGE, {"year": "2025", "subdistrict": "far-subdistrict"})
    assert "共收到需求 1 件" in words(response)
    html = response.content.decode()
    assert 'href="/rates/?year=2025"' in html
    assert 'href="/rates/?subdistrict=far-subdistrict"' in html
    # Communities are compared within one subdistrict.
    assert "按社区" in tables(f"{PAGE}?subdistrict=far-subdistrict")
    assert set(tables()) >= {"按街道", "按方向"}
    assert "按社区" not in tables()
    assert "所选范围内没有需求" in page(f"{PAGE}?year=2024&subdistrict=far-subdistrict")


@pytest.mark.parametrize("query", ["year=1999", "year=2025'", "subdistrict=x", "year=&year=x", "other=1"])
def test_what_no_select_offers_changes_nothing(edition, query):
    text = page(f"{PAGE}?{query}")
    assert "共收到需求 1 件" in text
    if query.startswith("year="):
        assert "没有这个选项，请重新选择。" in text


@pytest.mark.django_db
def test_names_are_in_the_language_of_the_page():
    factories.demand("resolved", at=NOW)
    factories.acting_at(NOW, editions.publish)
    client = Client()
    client.cookies["lang"] = "en"
    text = words(client.get(PAGE))
    assert "Guihua Community" in text
    assert "Environment" in text
    assert "October 2025" in text


@pytest.mark.django_db
def test_a_name_that_a_spreadsheet_would_run_reads_as_it_is_on_the_page():
    factories.demand(category=factories.category("evil", name="=<b>停车</b>"), at=NOW)
    factories.acting_at(NOW, editions.publish)
    html = Client().get(PAGE).content.decode()
    assert '<th scope="row">=&lt;b&gt;停车&lt;/b&gt;</th>' in html


@pytest.mark.django_db
def test_it_costs_the_same_few_queries_however_many_demands():
    def cost() -> int:
        Client().get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            Client().get(PAGE)
        return len(queries)

    factories.demand("resolved", at=NOW)
    factories.acting_at(NOW, editions.publish)
    assert cost() == 1
    Varied(NOW).make(60)
    factories.acting_at(NOW, editions.publish)
    assert cost() == 1


def test_home_annual_and_footer_lead_there(edition):
    factories.demand(at=timezone.now())
    for address in ("/", "/demands/"):
        assert 'href="/rates/"' in Client().get(address).content.decode()
    assert 'href="/rates/?year=2025"' in Client().get("/annual/2025/").content.decode()
    assert "/rates/" in Client().get("/sitemap.xml").content.decode()


def test_the_command_says_what_was_not_counted(edition):
    with pytest.raises(CommandError, match="Nothing was counted of 1999"):
        printed(year="1999")
