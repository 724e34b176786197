"""Finding demands in the words that people use: exact matches first, then near ones."""

import json
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from demands.filters import NEWEST, SORTS
from demands.models import Demand, MissedSearch, Synonym, SynonymUse
from demands.selectors import finding
from demands.services import synonyms, words
from demands.suggestions import vocabulary
from tests import factories
from tests.pages import flat
from tests.rows import OWN_OF_DEMANDS, copies, each_row

pytestmark = pytest.mark.django_db

LIST, ADMIN = "/demands/", "/admin/demands/demand/"
TEXTS = {
    "lamp": ("听荷苑北门内侧路灯整段不亮", "晚上从北门进来，整段路一片漆黑，老人不敢走。"),
    "charging": ("电动自行车没有地方充电", "楼下飞线充电，消防通道里停满了车。"),
    "noise": ("工地夜间施工噪声扰民", "晚上十一点还在打桩，睡不着。"),
    "leak": ("顶楼外墙渗水", "一下雨就往屋里滴水，墙皮都掉了。"),
    "metro": ("地铁5号线出口没有雨棚", "出口台阶一下雨就滑。"),
    "school": ("高沛中学周末补课", "孩子周末还要上课。"),
    "lift": ("老楼加装电梯", "七楼的老人上下楼不方便。"),
}


@pytest.fixture
def texts():
    """Public demands by the names above, the first the newest, counted by the worker."""
    first, made = factories.demand(public=True), {}
    rows = [first, *copies(first, len(TEXTS) - 1, **OWN_OF_DEMANDS)]
    for row, (name, (title, summary)) in zip(rows, reversed(TEXTS.items()), strict=True):
        row.description, row.public_title, row.public_summary = f"{title}。{summary}", title, summary
        row.save()
        made[name] = row
    words.count_words()
    vocabulary.counts.forget()
    return made


def found(typed: str) -> tuple[list[str], list[str]]:
    """The names of exact and of near matches."""
    names = {Demand.objects.get(public_title=title).pk: name for name, (title, _summary) in TEXTS.items()}
    result = finding.for_residents(Demand.objects.public(), typed, newest=SORTS[NEWEST][1])
    return [names[pk] for pk in result.exact], [names[pk] for pk in result.near]


@each_row(
    ("typed", "exact", "first_near"),
    [
        ("路灯", ["lamp"], None),
        ("高沛中学 补课", ["school"], None),
        # Pairs across the boundary of two words occur nowhere.
        ("高沛中学补课", [], "school"),
        ("路灯不亮", [], "lamp"),
        ("小区北门路灯不亮", [], "lamp"),
        # Other words for the same thing.
        ("电瓶车", [], "charging"),
        ("电瓶车充电", [], "charging"),
        ("噪音", [], "noise"),
        ("漏水", [], "leak"),
        # Numbers in characters, traditional characters, a wrong character, pinyin.
        ("五号线", [], "metro"),
        ("高佩中学", [], "school"),
        ("gaopei zhongxue", [], "school"),
        ("ludeng", [], "lamp"),
        ("補課", ["school"], None),
        # A sentence, other order.
        ("晚上小区里路灯坏了怎么办", [], "lamp"),
        ("补课 高沛", ["school"], None),
        ("老楼没有电梯", [], "lift"),
        # What nobody wrote of.
        *((typed, [], "") for typed in ("乒乓球", "！？", "qqqq", "999")),
    ],
    warm=True,
)
def test_what_people_type_finds_what_they_mean(texts, typed, exact, first_near):
    matches, near = found(typed)
    assert matches == exact
    if first_near is not None:
        assert "".join(near[:1]) == first_near


def test_a_demand_that_just_came_in_is_found_before_it_is_counted(texts):
    new = factories.publish(factories.demand(), title="凉亭漏雨", summary="凉亭的顶坏了。")
    result = finding.for_residents(Demand.objects.public(), "凉亭的屋顶", newest=SORTS[NEWEST][1])
    assert result.near == [new.pk]


def test_with_a_page_of_exact_matches_nothing_near_is_looked_for(texts, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(finding, "FEW", 0)
    vocabulary.synonyms()
    with django_assert_num_queries(2):
        assert finding.for_residents(Demand.objects.public(), "路灯", newest=SORTS[NEWEST][1]).near == []


def test_a_character_or_the_beginning_of_a_word_finds_all_that_begin_with_it(db, monkeypatch):
    monkeypatch.setattr(finding, "MAX_CANDIDATES", 2)
    copies(factories.publish(factories.demand(), title="灯具坏了", summary="wifi 也断了。"), 3, **OWN_OF_DEMANDS)
    words.count_words()
    for typed in ("灯", "wi"):
        assert len(finding.for_residents(Demand.objects.public(), typed, newest=SORTS[NEWEST][1]).exact) == 4


def test_filters_hold_for_near_ones_too_and_another_order_has_exact_matches_alone(texts, resident):
    nobody = Demand.objects.public().filter(status="declined")
    assert finding.for_residents(nobody, "路灯不亮", newest=SORTS[NEWEST][1]).keys == []
    assert resident.get(LIST, {"q": "路灯不亮", "sort": "newest"}).context["items"] == []


def test_the_page_says_that_near_ones_are_not_quite_it(texts, resident):
    page = flat(resident.get(LIST, {"q": "路灯不亮"}).content.decode())
    assert "没有完全匹配的，以下为相近结果" in page and "听荷苑北门内侧" in page
    page = flat(resident.get(LIST, {"q": "充电"}).content.decode())
    assert "没有完全匹配的" not in page and "共 1 件" in page


def test_staff_find_in_the_same_way_and_only_in_their_areas(texts, liaison_client):
    factories.demand(area=factories.tree().far_compound, description="电动自行车没有地方充电")
    response = liaison_client.get(ADMIN, {"q": "电瓶车"})
    assert [demand.pk for demand in response.context["cl"].result_list] == [texts["charging"].pk]
    assert "相近结果" in response.content.decode()


# --- Synonyms and what is missing ------------------------------------------------------------------------------------


def test_there_is_a_first_set_of_synonyms_and_none_stands_twice():
    rows = list(Synonym.objects.all())
    assert len(rows) > 900
    for row in rows:
        row.clean_fields()
    listed = [word for row in rows for word in row.group]
    assert len(listed) == len(set(listed)) > 3000


def test_a_group_that_staff_switched_off_finds_nothing(texts):
    Synonym.objects.filter(words__contains="、电动自行车").update(is_active=False)
    vocabulary.synonyms.forget()
    assert found("电瓶车") == ([], [])


@pytest.fixture
def told(monkeypatch):
    """What pages told the worker."""
    payloads = []
    monkeypatch.setattr(
        synonyms, "notify_worker", lambda typed, **what: payloads.append((typed, what["found"], what["synonyms"]))
    )
    return payloads


def test_a_search_tells_the_worker_what_helped_and_what_is_missing(texts, resident, told):
    group = Synonym.objects.get(words__contains="、电动自行车").pk
    for typed in ("电瓶车", "路灯", "乒乓球台"):
        resident.get(LIST, {"q": typed})
    assert told == [("电瓶车", True, {group}), ("路灯", True, set()), ("乒乓球台", False, set())]


@each_row(
    ("typed", "found", "groups", "expected"),
    [
        ("乒乓球台", False, (), {"missed": "乒乓球台", "synonyms": []}),
        (" 乒乓  球台 ", False, (), {"missed": "乒乓 球台", "synonyms": []}),
        ("乒乓球台", True, (7,), {"missed": "", "synonyms": [7]}),
        # What may name somebody is forgotten.
        ("13912345678", False, (), None),
        ("3栋张老师", False, (), None),
        ("我住的楼上那家人每天吵架到半夜", False, (), None),
        ("路灯", True, (), None),
    ],
)
def test_only_short_words_without_digits_are_told(typed, found, groups, expected, django_assert_num_queries):
    with django_assert_num_queries(0 if expected is None else 1) as captured:
        synonyms.notify_worker(typed, found=found, synonyms=groups)
    if expected is not None:
        [query] = captured.captured_queries
        assert json.loads(query["sql"].partition("', '")[2].rpartition("')")[0]) == expected


@pytest.mark.django_db(transaction=True)
def test_the_worker_writes_down_what_was_missed_three_times_in_a_month():
    group = Synonym.objects.create(words="飞檐、翘角")
    tally = synonyms.Tally()
    assert tally.collect() == 0
    for _time in range(2):
        synonyms.notify_worker("乒乓球台", found=False, synonyms=())
    synonyms.notify_worker("翘角", found=True, synonyms={group.pk})
    assert tally.collect() == 3
    assert not MissedSearch.objects.exists()
    synonyms.notify_worker("乒乓球台", found=False, synonyms=())
    synonyms.notify_worker("秘密", found=False, synonyms=())
    assert tally.collect() == 2
    assert [(row.words, row.count) for row in MissedSearch.objects.all()] == [("乒乓球台", 3)]
    synonyms.notify_worker("乒乓球台", found=False, synonyms=())
    synonyms.notify_worker("翘角", found=True, synonyms={group.pk, group.pk + 1})
    tally.collect()
    assert [(row.words, row.count) for row in MissedSearch.objects.all()] == [("乒乓球台", 4)]
    assert [row.count for row in SynonymUse.objects.filter(synonym=group)] == [2]


# --- Counting words soon ---------------------------------------------------------------------------------------------


def test_words_are_counted_again_when_something_came_in_and_not_before(texts):
    counter = words.Counter()
    assert counter.count_when_due() > 0
    assert counter.count_when_due() == 0
    factories.demand(description="凉亭漏雨")
    counter.ended = time.monotonic() - 2 * counter.seconds / words.SHARE_OF_TIME
    assert counter.count_when_due() > 0
    factories.demand(description="凉亭漏雨")
    # Too soon after a long count.
    counter.seconds = 1000
    assert counter.count_when_due() == 0


def test_words_are_counted_with_their_sounds_and_a_single_one_only_if_published(texts):
    factories.demand(description="秘密的凉亭")
    words.count_words()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, texts, sound, other_sound FROM demands_wordcount WHERE word IN ('高沛', '凉亭', '一下')"
        )
        rows = {word: rest for word, *rest in cursor.fetchall()}
    assert rows == {"高沛": [1, "gao pei", "gao pei"], "一下": [2, "yi xia", "yi xia"]}


# --- Measuring -------------------------------------------------------------------------------------------------------


def table(path, head: str, *lines: str):
    path.write_text("\n".join([head, *lines]), "utf-8")
    return path


def test_relevance_is_measured_and_nothing_stays(tmp_path, capsys, database):
    factories.tree()
    factories.category()
    published = factories.publish(factories.demand(), title="路灯", summary="原有的。")
    before = database()
    messages = table(
        tmp_path / "m.csv",
        "message_id,title,body",
        "7,电动自行车充电,没有地方充电。",
        "8,路灯不亮,晚上黑。",
        "9,老楼加装电梯,七楼。",
    )
    queries = table(
        tmp_path / "q.csv",
        "query,message_id,kind",
        *("电瓶车,7,synonyms", "路灯,8,keywords", "路灯,9,keywords", "乒乓球,9,keywords"),
    )
    call_command("measure_relevance", messages, queries, "--missed")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "missed: keywords: 乒乓球"
    assert lines[1:4] == ["hit@5: 66.7%", "hit@1: 66.7%", "empty: 33.3%"]
    assert lines[4].startswith("ms: median ")
    assert lines[5:] == [
        "3 queries, 3 messages",
        "  keywords: hit@5 50.0%, hit@1 50.0%, empty 50.0% of 2",
        "  synonyms: hit@5 100.0%, hit@1 100.0%, empty 0.0% of 1",
    ]
    assert database() == before and published.published_at


def test_relevance_needs_messages_and_queries(tmp_path):
    messages = table(tmp_path / "m.csv", "message_id,title,body", "7,电动自行车充电,没有地方充电。")
    with pytest.raises(CommandError, match="no column query"):
        call_command("measure_relevance", messages, messages)
    with pytest.raises(CommandError, match="nothing to measure"):
        call_command("measure_relevance", messages, table(tmp_path / "q.csv", "query,message_id"))


def test_similar_needs_are_measured_with_places(tmp_path, capsys):
    rows = [
        "北门路灯整段不亮,从北门进来一片漆黑,g1,桂花社区 · 桂花苑,safety,2026-03-01 20:00",
        "小区北门路灯坏了,晚上看不见路,g1,桂花社区 · 桂花苑,safety,2026-03-05 20:00",
        "南门路灯不亮,晚上看不见路,,松林社区 · 松林苑,safety,2026-03-05 20:00",
        "垃圾桶没有盖子,夏天味道大,,桂花社区 · 桂花苑,environment,2026-03-05 20:00",
        "想要一个乒乓球台,孩子没地方玩,,桂花社区,culture,2026-03-05 20:00",
    ]
    file = table(tmp_path / "needs.csv", "title,body,group,area,category,posted_at", *rows)
    call_command("measure_similar", file, "--whole")
    lines = capsys.readouterr().out.splitlines()
    # Such words in another community mean another trouble.
    assert [line.split("%")[0].split()[-1] for line in lines[1:]] == ["100.0", "20.0", "100.0", "0.0"]


def test_needs_as_residents_type_them_are_measured_and_nothing_is_kept(tmp_path, capsys, database):
    published = factories.publish(factories.demand(), title="北门路灯整段不亮")
    before = database()
    lines = ["北门的路灯都不亮了,,{0}", "想学太极拳,桂花社区 · 桂花苑,"]
    needs = table(tmp_path / "n.csv", "text,area,match", *[line.format(published.ref) for line in lines])
    call_command("measure_needs", needs, "--missed")
    assert capsys.readouterr().out.splitlines()[:3] == [
        "shown: 100.0%, 1 of 1 (bar 85%)",
        "shown in vain: 0.0%, 0 of 1 (bar 10%)",
        "first by words alone, however few: 100.0%, 1 of 1",
    ]
    messages = table(tmp_path / "m.csv", "message_id,title,body,area", "7,乒乓球台坏了,台面裂了。,桂花社区 · 桂花苑")
    needs = table(tmp_path / "n.csv", "text,area,match", "小区的灯坏了,,7", "乒乓球台坏了,桂花社区 · 桂花苑,")
    call_command("measure_needs", needs, messages, "--missed")
    assert capsys.readouterr().out.splitlines()[:4] == [
        "missed: 小区的灯坏了",
        "in vain: 乒乓球台坏了",
        "shown: 0.0%, 0 of 1 (bar 85%)",
        "shown in vain: 100.0%, 1 of 1 (bar 10%)",
    ]
    assert database() == before
    for row, said in (
        ("灯,没有的地方,7", "没有找到“没有的地方”这个地点"),
        ("灯,,8", "no public demand 8"),
        ("灯,,7", "nothing"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("measure_needs", table(tmp_path / "n.csv", "text,area,match", row), messages)
