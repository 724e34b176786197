"""Search on the public list and at the desk: what is found, in which order, how it is shown, and bad input."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demands.models import Demand, DemandCounter
from demands.models.demand_sets import PUBLIC_WORDS
from demands.selectors import finding
from demands.services.words import count_words
from foundation import search
from tests import factories
from tests.pages import flat, words
from tests.rows import OWN_OF_DEMANDS, copies, each_row

pytestmark = pytest.mark.django_db

LIST = "/demands/"
DESK = "/admin/demands/demand/"

HOSTILE = [
    "'",
    '"路灯"',
    "路灯'; DROP TABLE demands_demand; --",
    "路灯 & !停车 | (电梯)",
    "路灯:*",
    "<-> <2> 路灯",
    "\\",
    "%s %d {0} %(x)s",
    "$$路灯$$",
    "👨‍👩‍👧‍👦🏳️‍🌈",
    "，。！？…——",
    "()[]{}*&|!:",
    " ",
    "　",
    "\t\n",
    "\u202e\u200b\ufeff",
    "e\u0301" * 20,
    "ﷺ" * 20,
    "𠮷野家",
    "路" * 60,
    "a" * 60,
    "²³¹¼",
    "٣٤٥٦",
    "－－",
    "N-2026-1",
    "NH-2026-" + "9" * 40,
    "9999999999",
]


def published(title: str, summary: str = "摘要。", *, days_ago: int = 0, **values) -> Demand:
    demand = factories.publish(factories.demand(**values), title=title, summary=summary)
    at = timezone.now() - datetime.timedelta(days=days_ago)
    Demand.objects.filter(pk=demand.pk).update(published_at=at)
    return demand


def titles(response) -> list[str]:
    assert response.status_code == 200
    return [item.public_title for item in response.context["exact_items"]]


def listed(response) -> list[str]:
    assert response.status_code == 200
    return [demand.ref for demand in response.context["cl"].result_list]


def html(response) -> str:
    return flat(response.content.decode())


# --- The public list -------------------------------------------------------------------------------------------------


@pytest.fixture
def three():
    """Three public demands that hold 路灯, the best fitting the oldest."""
    lift = published("电梯停运")
    texts = {
        "停车难": ("停车场门口的路灯下总有人乱停。", 1),
        "门口路灯坏了": ("晚上很黑。", 9),
        "楼道堆物": ("路灯杆旁堆了很多旧家具。", 5),
    }
    for row, (title, (summary, days)) in zip(copies(lift, 3, **OWN_OF_DEMANDS), texts.items(), strict=True):
        row.public_title, row.public_summary = title, summary
        row.published_at -= datetime.timedelta(days=days)
        row.save()


def test_what_fits_best_comes_first_and_of_equals_the_newest_and_another_order_can_be_chosen(three, resident):
    for sort, expected in {
        "": ["门口路灯坏了", "停车难", "楼道堆物"],
        "newest": ["停车难", "楼道堆物", "门口路灯坏了"],
        "oldest": ["门口路灯坏了", "楼道堆物", "停车难"],
    }.items():
        assert titles(resident.get(LIST, {"q": "路灯", "sort": sort})) == expected, sort


def test_the_list_offers_the_other_order_in_one_click(three, resident):
    best = resident.get(LIST, {"q": "路灯", "page": "1"})
    assert "共 3 件，最相关的在前。" in words(best)
    newest = re.search(r'<a href="([^"]+)">按最近公开排序</a>', html(best))[1].replace("&amp;", "&")
    found = resident.get(LIST + newest)
    assert titles(found)[0] == "停车难"
    back = re.search(r'<a href="([^"]+)">按最相关排序</a>', html(found))[1].replace("&amp;", "&")
    assert titles(resident.get(LIST + back))[0] == "门口路灯坏了"


def test_without_words_the_newest_stand_first_and_nothing_speaks_of_fit(three, resident):
    for query in ("", "?sort=newest", "?sort=", "?q=&sort=newest"):
        response = resident.get(LIST + query)
        assert titles(response)[0] == "电梯停运"
        assert "最相关" not in words(response)
    # What the form would send with words typed into it: no order chosen.
    assert '<option value="" selected>最近公开</option>' in html(resident.get(LIST + "?sort=newest"))
    assert '<option value="" selected>最相关</option>' in html(resident.get(LIST, {"q": "路灯"}))


def test_found_words_are_marked_in_title_and_summary(three, resident):
    page = html(resident.get(LIST, {"q": "路灯"}))
    assert "门口<mark>路灯</mark>坏了</a>" in page
    assert '<p class="excerpt"><mark>路灯</mark>杆旁堆了很多旧家具。</p>' in page
    assert page.count('class="excerpt"') == 2
    assert "<mark>" not in html(resident.get(LIST))
    # Traditional words find and mark simplified text.
    response = resident.get(LIST, {"q": "門口路燈"})
    assert titles(response) == ["门口路灯坏了"]
    assert "<mark>门口路灯</mark>坏了</a>" in html(response)


def test_text_with_markup_stays_text(resident):
    published("<script>alert(1)</script>路灯", "<img src=x onerror=alert(1)>路灯 & <b>灯</b>")
    for query in ("路灯", "script", "img", "<b>", "b"):
        page = html(resident.get(LIST, {"q": query}))
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>灯" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;<mark>路灯</mark> &amp; &lt;b&gt;灯&lt;/b&gt;" in html(
        resident.get(LIST, {"q": "路灯"})
    )


def test_a_page_kept_without_marks_is_not_shown_for_a_search_and_the_other_way_round(resident):
    published("路灯坏了")
    marked = "<mark>路灯</mark>坏了</a>"
    for _time in range(2):
        assert marked not in html(resident.get(LIST))
        assert marked in html(resident.get(LIST, {"q": "路灯"}))
        assert "路<mark>灯坏</mark>了</a>" in html(resident.get(LIST, {"q": "灯坏"}))


def test_the_public_search_never_shows_the_residents_own_words(resident):
    published("路灯坏了", "晚上很黑。", description="我是三单元的路灯守望者", place="路灯杆旁")
    page = html(resident.get(LIST, {"q": "路灯"}))
    assert "守望者" not in page
    assert "杆旁" not in page


def test_filters_narrow_what_is_ranked(three, resident):
    green = factories.category("green", name="绿化")
    Demand.objects.filter(public_title="楼道堆物").update(category=green)
    assert titles(resident.get(LIST, {"q": "路灯", "category": green.pk})) == ["楼道堆物"]


def test_pages_of_a_search_lead_on(resident, monkeypatch):
    monkeypatch.setattr("demands.views.publishing.PER_PAGE", 2)
    for number in range(5):
        published(f"路灯 {number}", days_ago=number)
    pages = [titles(resident.get(LIST, {"q": "路灯", "page": number})) for number in (1, 2, 3)]
    assert pages == [["路灯 0", "路灯 1"], ["路灯 2", "路灯 3"], ["路灯 4"]]
    assert "?q=%E8%B7%AF%E7%81%AF&amp;page=2" in html(resident.get(LIST, {"q": "路灯"}))


def test_of_very_many_the_newest_are_ranked_and_the_count_is_capped(resident, monkeypatch):
    for module in ("foundation.search", "foundation.paging"):
        monkeypatch.setattr(f"{module}.MAX_COUNTED", 3)
    published("路灯路灯路灯", days_ago=50)
    for number in range(4):
        published(f"门口路灯 {number}", days_ago=number)
    response = resident.get(LIST, {"q": "路灯"})
    assert "路灯路灯路灯" not in titles(response)
    assert "超过 3 件，这里是其中最近公开的，最相关的在前。" in words(response)


@pytest.fixture
def broken_lamp():
    return published("路灯坏了")


@each_row("typed", HOSTILE, warm=True)
def test_nothing_that_is_typed_breaks_the_public_search(resident, broken_lamp, typed):
    response = resident.get(LIST, {"q": typed})
    assert response.status_code == 200
    # Operators are no operators.
    found = typed.strip() == "" or typed in ('"路灯"', "路灯:*", "<-> 路灯", "$$路灯$$", "\u202e\u200b\ufeff")
    assert bool(titles(response)) is found


@each_row("count", [61, 10_000], warm=True)
def test_too_much_typed_is_said_in_words_and_looked_for_nowhere(resident, liaison_client, count):
    published("路灯坏了")
    with CaptureQueriesContext(connection) as captured:
        response = resident.get(LIST, {"q": "路" * count})
    assert titles(response) == []
    assert f"最多 60 个字，现在有 {count} 个字。" in words(response)
    assert not [query for query in captured if "search_query" in query["sql"]]
    with CaptureQueriesContext(connection) as captured:
        response = liaison_client.get(DESK, {"q": "路" * count})
    assert listed(response) == []
    assert f"搜索最多 60 个字，您输入了 {count} 个字，请缩短后再搜索。" in words(response)
    assert not [query for query in captured if "search_query" in query["sql"]]


def test_a_nul_is_refused_in_words(resident, liaison_client):
    published("路灯坏了")
    response = resident.get(LIST, {"q": "路灯\x00"})
    assert titles(response) == []
    assert "文字中有无法保存的字符" in words(response)
    assert liaison_client.get(DESK, {"q": "路灯\x00"}).status_code == 400
    # And whoever calls the search from elsewhere gets no error of the database.
    assert Demand.objects.matching("路灯\x00坏了").count() == 1
    assert not Demand.objects.search_for_staff("\x00").exists()


# --- The desk --------------------------------------------------------------------------------------------------------


def test_whatever_is_typed_at_the_desk_makes_a_page(liaison_client, subtests):
    factories.demand()
    for typed in HOSTILE:
        with subtests.test(typed):
            assert liaison_client.get(DESK, {"q": typed}).status_code == 200


@pytest.fixture
def numbered(liaison_client):
    """Demands with numbers of their own, a phone and words."""
    places = factories.tree()
    made = {
        "old": factories.demand(description="充电桩太少", place="12 栋东侧", phone="13900000042"),
        "phone": factories.demand(description="门禁失灵", phone="13912340777"),
        "words": factories.demand(description="楼道里 0777 号表箱敞着门", phone="13900001111"),
        "far": factories.demand(description="远处", area=places.far_compound, phone="13912340777"),
    }
    for number, demand in enumerate(made.values(), 41):
        demand.ref = f"NH-2025-{number:05d}"
        Demand.objects.filter(pk=demand.pk).update(ref=demand.ref)
    DemandCounter.objects.get_or_create(prefix="NH", year=2025, defaults={"last": 44})
    return made


@each_row(
    ("typed", "expected"),
    [
        ("NH-2025-00041", ["old"]),
        ("nh-2025-00041", ["old"]),
        ("ＮＨ－２０２５－０００４１", ["old"]),
        (" NH-2025-00041 ", ["old"]),
        ("00041", ["old"]),
        ("41", ["old"]),
        ("４１", ["old"]),
        ("0042", ["phone", "old"]),  # a reference first, then the last four digits of a phone
        ("0777", ["words", "phone"]),  # words and phones alike
        ("12", ["old"]),  # the place
        ("777", []),
        ("12340777", []),
        ("13912340777", []),
        ("NH-2025-00044", []),  # of another subdistrict
        ("44", []),
        ("NH-2025-99999", []),
        ("充电桩", ["old"]),
        ("充電樁", ["old"]),
        ("東側", ["old"]),
        ("远处", []),
    ],
    warm=True,
)
def test_the_desk_finds_by_reference_number_phone_words_and_place(numbered, liaison_client, typed, expected):
    found = listed(liaison_client.get(DESK, {"q": typed}))
    assert found == [numbered[name].ref for name in expected]


def test_a_reference_typed_as_a_number_stands_before_texts_that_hold_it(numbered, liaison_client):
    newer = factories.demand(description="41 栋 41 号 41 室漏水")
    assert listed(liaison_client.get(DESK, {"q": "41"})) == [numbered["old"].ref, newer.ref]


def test_the_desk_marks_what_it_found_and_shows_no_phone(liaison_client):
    factories.demand(
        description="我家住在高层，每天早上上班都要排很长时间的队，老人出门更是不容易，孩子上学也迟到过好几次，"
        "电梯常常停运，电话 13987654321 找我",
        phone="13987654321",
    )
    page = html(liaison_client.get(DESK, {"q": "電梯"}))
    assert "<mark>电梯</mark>常常停运" in page
    for typed in ("電梯", "4321", "电话", "找我"):
        page = html(liaison_client.get(DESK, {"q": typed}))
        assert "13987654321" not in page, typed
        assert "result_list" in page, typed


def test_the_desk_escapes_what_residents_wrote(liaison_client):
    factories.demand(description="<script>alert(1)</script>路灯" + "很长的话" * 20 + "<b>井盖</b>")
    for typed in ("路灯", "井盖", "script"):
        page = html(liaison_client.get(DESK, {"q": typed}))
        assert "<script>alert" not in page
        assert "<b>井盖" not in page


def test_at_the_desk_an_unpublished_demand_is_no_worse(liaison_client):
    older = published("路灯坏了", "摘要", description="门口")
    newer = factories.demand(description="路灯坏了")
    assert listed(liaison_client.get(DESK, {"q": "路灯"})) == [newer.ref, older.ref]


def test_a_capped_search_at_the_desk_says_so(liaison_client, monkeypatch):
    for module in ("foundation.search", "foundation.paging"):
        monkeypatch.setattr(f"{module}.MAX_COUNTED", 3)
    copies(factories.demand(description="路灯坏了"), 4, **OWN_OF_DEMANDS)
    assert "超过 3 条" in words(liaison_client.get(DESK, {"q": "路灯"}))


def test_a_list_without_rows_says_why(liaison_client):
    assert "还没有内容。" in words(liaison_client.get(DESK))
    factories.demand(description="路灯坏了")
    assert "共 1 条" in words(liaison_client.get(DESK))
    assert "没有符合条件的。可以换个词，或者清除筛选。" in words(liaison_client.get(DESK, {"q": "电梯"}))


def test_what_is_done_with_all_that_was_found_takes_more_than_is_ranked(liaison_client, monkeypatch):
    monkeypatch.setattr("foundation.search.MAX_COUNTED", 1)
    monkeypatch.setattr("demands.admin.queues.MAX_COUNTED", 1)
    monkeypatch.setattr(finding, "FEW", 1)
    copies(factories.demand(description="路灯坏了"), 3, **OWN_OF_DEMANDS)
    count_words()
    response = liaison_client.get(DESK, {"q": "路灯"})
    assert len(listed(response)) == 2
    assert response.context["cl"].queryset.count() == 4


@pytest.fixture(params=[1, 25], ids=["1 row", "25 rows"])
def many(request) -> int:
    demand = published("路灯 1 坏了", phone="13912345678")
    copies(demand, request.param - 1, **OWN_OF_DEMANDS)
    return request.param


@each_row(
    ("typed", "public", "for_staff"),
    [
        *(("路灯", 3, 8), ("5678", 3, 7), ("路灯 坏了", 3, 8)),
        # What comes near is looked for only where exact matches are few.
        ("1", {1: 4, 25: 3}, 7),
    ],
    warm=True,
)
def test_a_search_takes_the_same_few_queries_at_any_length(many, resident, liaison_client, typed, public, for_staff):
    queries = {}
    for name, client, address in (("public", resident, LIST), ("desk", liaison_client, DESK)):
        client.get(address, {"q": typed})
        with CaptureQueriesContext(connection) as captured:
            client.get(address, {"q": typed})
        queries[name] = len(captured)
    assert queries == {"public": public[many] if isinstance(public, dict) else public, "desk": for_staff}


# --- The keys alone --------------------------------------------------------------------------------------------------


def test_rows_come_in_the_order_of_their_keys():
    keys = [factories.demand().pk for _number in range(4)]
    order = [keys[2], keys[0], keys[3]]
    assert [demand.pk for demand in search.in_order(Demand.objects.all(), order)] == order
    assert list(search.in_order(Demand.objects.all(), [])) == []


def test_only_the_newest_are_ranked():
    demands = [published(f"路灯 {number}", days_ago=number) for number in range(3)]
    found = Demand.objects.matching("路灯")
    with CaptureQueriesContext(connection) as captured:
        keys = search.best(found, PUBLIC_WORDS, "路灯", newest=("-published_at", "-pk"))
    assert keys == [demand.pk for demand in demands]
    assert len(captured) == 1
    assert "LIMIT 1001" in captured[0]["sql"]


# --- Which way is quicker --------------------------------------------------------------------------------------------


@pytest.fixture
def sampled_lamps(monkeypatch):
    """Ten demands, of which samples are drawn however few they are."""
    monkeypatch.setattr(search, "SMALLEST_SAMPLE", 8)
    monkeypatch.setattr(search, "MAX_COUNTED", 1)
    monkeypatch.setattr(search, "_sample", lambda model: (20, list(Demand.objects.values_list("pk", flat=True))))
    monkeypatch.setattr(search, "_samples", {})
    published("电梯停运")
    copies(published("路灯坏了"), 8, **OWN_OF_DEMANDS)


@each_row(
    ("typed", "sampled", "indexed"),
    [
        ("路灯", 0, True),  # of one pair PostgreSQL itself knows how common it is
        ("路", 0, True),
        ("", 0, True),
        ("路灯坏了", 1, False),  # nearly everywhere
        ("路燈 壞了", 1, False),
        ("电梯停运", 1, True),  # in a few
        ("从来没有的事", 1, True),
    ],
)
def test_what_is_common_is_read_in_order_and_what_is_rare_through_the_index(sampled_lamps, typed, sampled, indexed):
    with CaptureQueriesContext(connection) as captured:
        sql = str(Demand.objects.matching(typed).query)
    assert len([query for query in captured if "ts_match_vq" in query["sql"]]) == sampled
    assert ("@@" in sql) is indexed
    assert ("ts_match_vq" in sql) is not indexed
    expected = {"路灯": 9, "路": 9, "路灯坏了": 9, "路燈 壞了": 9, "电梯停运": 1}
    assert Demand.objects.matching(typed).count() == expected.get(typed, 0)


def test_a_small_sample_decides_nothing():
    for _number in range(3):
        published("路灯坏了")
    assert "@@" in str(Demand.objects.matching("路灯坏了").query)


def test_a_sample_is_drawn_from_all_keys_and_the_same_for_a_while():
    last = [factories.demand().pk for _number in range(3)][-1]
    greatest, keys = search._sample(Demand)
    assert greatest == last
    assert len(keys) == min(search.SAMPLE, greatest)
    assert set(keys) <= set(range(1, greatest + 1))
    assert search._sample(Demand) == (greatest, keys)
