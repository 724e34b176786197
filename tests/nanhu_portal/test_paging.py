"""Every list can be read to its end, page by page, however few of its rows are counted."""

import datetime
import re
from html import unescape
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from consultation.models import Agreement, Organisation, VenueKind
from consultation.workflow import EventStatus as E
from demands.filters import SORTS
from demands.models import Demand
from foundation import keyset
from members.models import Presenter
from tests import factories
from tests.pages import words
from tests.properties import examples
from tests.rows import each_row

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
ROWS = 8
NEXT = re.compile(r'<a rel="next" href="([^"]+)"')
PREVIOUS = re.compile(r'<a rel="prev" href="([^"]+)"')


@pytest.fixture
def rows(member_client):
    """Eight rows in each list. In each order some are equal in all but their key, and where they may be, empty."""
    today, now = timezone.localdate(), timezone.now()
    home = factories.venue(VenueKind.DELIBERATION_HOME)
    me = factories.member_with_account()
    for number in range(ROWS):
        third, fourth = number // 3, number % 4 // 3
        demand = factories.publish(factories.demand("accepted"), title=f"需求 {number}")
        Demand.objects.filter(pk=demand.pk).update(published_at=now - DAY * third, support_count=fourth)
        factories.dispatch("declined", demand_=demand, member=me)
        factories.event(title=f"要办 {number}", starts_at=now + DAY * (1 + third), agenda=0)
        factories.topic(f"在点 {number}", order_count=third, created_at=now - DAY * fourth)
        signed = {} if number % 3 else {"cooperation_since": today - DAY * fourth}
        factories.organisation(f"单位 {number}", **signed)
        factories.project(f"项目 {number}", starts_on=None if number % 3 else today - DAY * fourth)
        factories.resource(f"资源 {number}", member=me)
        factories.committee_member(f"委员 {number}", level=("", "city", "district")[third], order=fourth)
        factories.platform(f"platform-{number}", venue=home, name=f"平台 {number}", order=third)
        factories.duty(me, text=f"走访 {number}", day=today)
        held = factories.event(E.HELD, title=f"办过 {number}", starts_at=now.replace(month=1, day=1 + third), agenda=3)
        mine, scheduled, discussed = held.agenda.all()
        Presenter.objects.create(agenda_item=mine, member=me)
        scheduled.topic = factories.topic(f"排上 {number}", status="scheduled")
        scheduled.save()
        # Topics may have been discussed at an event that the portal does not know.
        discussed.topic = factories.topic(f"谈过 {number}", status="discussed") if number % 3 else None
        discussed.save()
    for name in "xyz":
        factories.topic(f"谈过 {name}", status="discussed")
    decided = factories.event(E.MINUTES_PUBLISHED, title="商量")
    for number in range(ROWS):
        factories.agreement(decided, what=f"约定 {number}", due_on=today + DAY * (number // 3))
    Agreement.objects.filter(number__gt=4).update(status="dropped", reason="不办了")


# Address → the name of the rows in the context.
LISTS = {
    "/demands/": "items",
    "/demands/?sort=supported": "items",
    "/demands/?sort=oldest": "items",
    "/demands/?status=accepted&community=community": "items",
    "/events/": "items",
    "/events/?community=community": "items",
    "/events/?when=past": "items",
    "/topics/?status=open": "items",
    "/topics/?status=scheduled": "items",
    "/topics/?status=discussed": "items",
    "/projects/": "items",
    "/projects/agreements/": "items",
    "/partners/": "items",
    "/partners/?sector=enterprise&q=单位": "items",
    "/resources/": "items",
    "/members/": "members",
    "/venues/platforms/": "platforms",
    "/my/demands/?show=over": "items",
    "/my/duties/": "records",
    "/my/resources/": "resources",
    "/my/events/": "held",
}
SIZES = [
    *(f"demands.views.{module}.PER_PAGE" for module in ("publishing", "dispatches")),
    *(f"consultation.views.{module}.PER_PAGE" for module in ("events", "topics", "agreements", "projects", "partners")),
    *(f"members.views.{module}.PER_PAGE" for module in ("resources", "people", "my_resources", "duties", "workspace")),
    "consultation.views.venues.PLATFORMS_PER_PAGE",
]


def shorten(patch) -> None:
    """Count three rows, and show two on a page."""
    patch.setattr("foundation.paging.MAX_COUNTED", 3)
    for size in SIZES:
        patch.setattr(size, 2)


def shown(response, name: str = "items") -> list[str]:
    assert response.status_code == 200
    found = response.context[name]
    return [str(getattr(row, "public_title", None) or getattr(row, "text", None) or row) for row in found]


def following(address: str, response, pattern=NEXT) -> str:
    """The address of the next page, or of the one before; empty where there is none."""
    link = pattern.search(response.content.decode())
    return urljoin(address, unescape(link[1])) if link else ""


def walk(client, address: str, name: str = "items") -> list[tuple[str, list[str]]]:
    """Address and rows of each page, from the first to the last."""
    pages = []
    while address:
        response = client.get(address)
        pages.append((address, shown(response, name)))
        assert response.context["page"].number == len(pages), address
        assert len(pages) < 20
        address = following(address, response)
    return pages


def test_every_list_is_read_to_its_end(rows, member_client, monkeypatch, subtests):
    whole = {address: shown(member_client.get(address), name) for address, name in LISTS.items()}
    shorten(monkeypatch)
    for address, name in LISTS.items():
        with subtests.test(address):
            pages = [found for _address, found in walk(member_client, address, name)]
            assert [row for page in pages for row in page] == whole[address]
            assert len(set(whole[address])) == len(whole[address]) >= 8
            assert [len(page) for page in pages[:4]] == [2, 1, 2, 1]


@pytest.fixture
def needs(db, monkeypatch):
    """Eight public demands, the newest first, in pages of two, of which two are counted at a time."""
    for number in reversed(range(ROWS)):
        factories.publish(factories.demand(), title=f"需求 {number}")
    shorten(monkeypatch)


def test_pages_lead_on_and_back_under_their_own_numbers(needs, resident):
    pages = walk(resident, "/demands/?status=received")
    assert [found for _address, found in pages] == [
        ["需求 0", "需求 1"], ["需求 2"], ["需求 3", "需求 4"], ["需求 5"], ["需求 6", "需求 7"]
    ]  # fmt: skip
    assert ["after" in address for address, _found in pages] == [False, False, True, True, True]
    read = [resident.get(address) for address, _found in pages]
    said = [
        "第 1 页，共 2 页以上",
        "第 2 页，共 2 页以上",
        "第 3 页，共 4 页以上",
        "第 4 页，共 4 页以上",
        "第 5 页，共 5 页",
    ]
    assert [re.search(r"第 \d 页，共 \d 页(以上)?", words(page))[0] for page in read] == said
    tallies = ["超过 3 件", "超过 3 件", "超过 6 件", "超过 6 件", "共 8 件"]
    assert [re.search(r"(超过|共) \d 件", words(page))[0] for page in read] == tallies
    titles = [re.search(r"<title>\s*需求(（第 \d 页）)?", page.content.decode())[1] for page in read]
    assert titles == [None, "（第 2 页）", "（第 3 页）", "（第 4 页）", "（第 5 页）"]
    back = [following("/demands/", page, PREVIOUS) for page in read]
    assert [back[1], back[2], back[3]] == [f"/demands/?status=received&page={n}" for n in (1, 2)] + [pages[2][0]]
    # What came before the fifth page was counted from another row; the browser knows it, and here is the start.
    assert back[4] == ""
    assert 'href="?status=received&amp;page=1">回到第 1 页' in read[4].content.decode()
    # The last page that is counted is one step away.
    assert f'href="{pages[3][0].removeprefix("/demands/").replace("&", "&amp;")}"' in read[2].content.decode()


def test_what_is_published_meanwhile_moves_nothing_beyond_what_is_counted(needs, resident):
    third = walk(resident, "/demands/")[2][0]
    for number in range(3):
        factories.publish(factories.demand(), title=f"新 {number}")
    assert shown(resident.get(third)) == ["需求 3", "需求 4"]
    # Not even if the row after which it goes on is gone.
    Demand.objects.filter(public_title="需求 2").update(published_at=None)
    assert shown(resident.get(third)) == ["需求 3", "需求 4"]


def test_filters_and_orders_begin_at_the_first_page(needs, resident):
    third = walk(resident, "/demands/?status=received&sort=supported")[2][0]
    page = resident.get(third).content.decode()
    links = [unescape(link) for link in re.findall(r'class="(?:chip|clear)" href="([^"]+)"', page)]
    assert links == ["/demands/?sort=supported", "/demands/"]
    assert 'name="after"' not in page


def test_in_elder_mode_pages_are_half_as_long_and_as_many_more(needs, resident):
    resident.cookies.load({"elder": "1"})
    pages = walk(resident, "/demands/")
    assert [found for _address, found in pages] == [[f"需求 {number}"] for number in range(ROWS)]
    # Whoever switches the mode off comes to the page of that number or, as here, to the last of the same counted rows.
    del resident.cookies["elder"]
    assert shown(resident.get(pages[3][0])) == shown(resident.get(pages[5][0])) == ["需求 5"]


def test_the_end_of_the_best_matches_leads_to_all_matches(needs, resident):
    page = resident.get("/demands/?q=需求&page=2")
    [link] = re.findall(r'href="([^"]+)">按公开时间从新到旧查看全部结果', page.content.decode())
    assert "看全部结果" not in words(resident.get("/demands/?q=需求"))
    found = [row for _address, page in walk(resident, urljoin("/demands/", unescape(link))) for row in page]
    assert found == [f"需求 {number}" for number in range(ROWS)]


MOMENT = "20260101T000000.000000Z"


@each_row(
    ("query", "status"),
    [
        (f"after=1~{MOMENT}~7", 200),
        (f"after=999999~{MOMENT}~7&page=3", 200),
        (f"after=1~{MOMENT}~{'9' * 60}", 200),
        ("after=1~~7", 200),
        (f"sort=supported&after=1~0~{MOMENT}~7", 200),
        # Of another order.
        (f"sort=supported&after=1~{MOMENT}~7", 404),
        (f"after=1~0~{MOMENT}~7", 404),
        # Of no order.
        (f"after=0~{MOMENT}~7", 404),
        (f"after=1000000~{MOMENT}~7", 404),
        (f"after={MOMENT}~7", 404),
        (f"after=1~{MOMENT}~", 404),
        (f"after=1~{MOMENT}~x", 404),
        ("after=1~2026-01-01~7", 404),
        ("after=1~99990230T000000.000000Z~7", 404),
        (f"after=1~{MOMENT}~{'9' * 6000}", 404),
        (f"after=1~{MOMENT}~7%00", 404),
        ("after=%00", 404),
        ("after=１~7", 404),
        ("after=1", 404),
        # The best matches of a search are a list of their own.
        (f"q=需求&after=1~{MOMENT}~7", 404),
        (f"q=需求&sort=newest&after=1~{MOMENT}~7", 200),
        # Nothing said is nothing asked.
        ("after=", 200),
    ],
)  # fmt: skip
def test_a_place_that_no_list_has_is_not_found(needs, resident, query, status):
    assert resident.get(f"/demands/?{query}").status_code == status


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    return len(made)


def test_to_go_on_costs_one_query_where_the_counted_rows_end_and_none_beyond(needs, resident):
    pages = [address for address, _found in walk(resident, "/demands/?status=received")]
    assert [queries(resident, address) for address in pages] == [2, 3, 2, 3, 2]


def test_search_engines_take_each_page_for_its_own(needs, resident):
    third = walk(resident, "/demands/")[2][0]
    link = re.search(r'rel="canonical" href="([^"]+)"', resident.get(third).content.decode())[1]
    assert unescape(link) == f"http://portal.example{third}"
    filtered = resident.get(f"{third}&status=received").content.decode()
    assert 'rel="canonical" href="http://portal.example/demands/"' in filtered


# --- Speed: PostgreSQL finds the place in the index -------------------------------------------------------------------


@each_row(
    ("order", "index"),
    [("newest", "pub_newest"), ("oldest", "pub_newest"), ("supported", "pub_supported")],
)
def test_the_place_is_found_in_an_index(needs, order, index):
    listed = Demand.objects.public().order_by(*SORTS[order][1])
    further = keyset.beyond(listed, keyset.place(listed, 5))
    with connection.cursor() as cursor:
        # With few rows, PostgreSQL would rather read them all.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        plan = further[:20].explain()
    assert f"using {index}" in plan
    assert re.search(r"Index Cond: \(ROW\(", plan), plan
    assert len(further) == 2


@given(
    st.lists(st.tuples(st.booleans(), st.none() | st.integers(0, 2)), max_size=12),
    st.integers(1, 5),
    st.sampled_from(
        [
            ("has_agreement", "pk"),
            ("-has_agreement", F("cooperation_since").desc(nulls_last=True), "-pk"),
            (F("cooperation_since").asc(nulls_last=True), "-has_agreement", "pk"),
            ("-cooperation_since", "-pk"),
        ]
    ),
)
@examples(12)
def test_whoever_reads_any_list_page_by_page_reads_every_row_once(partners, size, order):
    Organisation.objects.all().delete()
    area, since = factories.tree().subdistrict, datetime.date(2024, 2, 29)
    Organisation.objects.bulk_create(
        Organisation(
            name=f"单位 {number}",
            kind="property_manager",
            area=area,
            has_agreement=agreed,
            cooperation_since=since + DAY * day if agreed and day is not None else None,
        )
        for number, (agreed, day) in enumerate(partners)
    )
    found = Organisation.objects.order_by(*order)
    expected, read, rest = list(found), [], found
    while page := list(rest[:size]):
        read += page
        rest = keyset.beyond(found, keyset.place(rest, len(page) - 1))
    assert read == expected
