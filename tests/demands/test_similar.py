"""Demands that speak of the same trouble: how alike texts are, which are found and in what order, what is counted."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from consultation.models import AreaLevel
from demands import services
from demands.models import Demand, WordCount
from demands.services import words
from demands.suggestions import similar
from demands.suggestions.similar import closeness, place_in_order
from demands.suggestions.similarity import SHOWN, Asked, Counts, Neighbourhood, Place, Situation, Text
from demands.suggestions.synonyms import Synonyms
from demands.workflow import DemandStatus as S
from foundation.words import pairs
from tests import factories
from tests.rows import each_row
from tools.management.commands import measure_similar

LIFT = "3 号楼电梯又停了，老人下不了楼"
# --- How alike -------------------------------------------------------------------------------------------------------

COUNTS = Counts(1000, {"电梯": 20, "小区": 600, "停了": 30, "路灯": 20, "问题": 500, "楼电": 3, "号楼": 90})


def likeness(text: str, title: str, body: str = "", counts: Counts = COUNTS) -> float:
    return Asked(text, counts).likeness(Text.of(title, body))


def test_the_same_title_is_about_one_and_nothing_in_common_is_none():
    title = "桂花苑小区电梯停了两天没人修"
    assert likeness(title, title) == pytest.approx(1, abs=0.15)
    assert likeness("小区电梯停了", "小区电梯停了") < likeness(title, title)
    assert likeness("小区电梯停了", "路灯不亮") == 0
    assert likeness("小区电梯停了", "") == 0


def test_a_rare_word_in_common_tells_more_than_a_common_one():
    assert likeness("小区电梯", "电梯故障") > likeness("小区电梯", "小区故障") > 0


def test_a_word_in_the_title_tells_more_than_one_in_the_text():
    assert likeness("电梯停了", "电梯", "又来反映") > likeness("电梯停了", "反映", "又是电梯")


def test_pairs_that_are_grammar_tell_little():
    counts = Counts(1000, {"电梯": 20, "坏了": 20})
    assert likeness("电梯坏了", "电梯", counts=counts) > likeness("电梯坏了", "坏了", counts=counts)


def test_traditional_and_full_width_writing_is_the_same():
    plain = likeness("电梯停了ab12", "电梯停了ab12")
    assert likeness("電梯停了ＡＢ１２", "电梯停了ab12") == plain
    assert likeness("电梯停了ab12", "電梯停了ＡＢ１２") == plain


def test_a_long_text_is_like_its_short_title_too():
    long = "各位好，小区电梯停了两天，物业说要等配件，楼上有两位老人出不了门，买菜都要邻居帮忙，希望有人来催一催。"
    assert likeness(long, "小区电梯停了", "电梯停了两天，老人出不了门。") > SHOWN


@pytest.mark.parametrize("text", ["", "。，！", "\x00", "\ud800", "😀😀", " \n"])
def test_a_text_without_words_is_like_nothing(text):
    assert likeness(text, "小区电梯停了") == 0


def test_counts_that_do_not_fit_break_nothing():
    assert 0 < likeness("电梯停了", "电梯停了", counts=Counts(0)) <= 1.2
    assert likeness("电梯停了", "电梯停了", counts=Counts(1, {"电梯": 50})) > 0


# --- Told in other words ---------------------------------------------------------------------------------------------

SYNONYMS = Synonyms({1: ["路灯", "街灯"], 2: ["路灯不亮", "黑漆漆"], 3: ["卡拉OK", "KTV"], 4: ["噪音", "太吵"]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("街灯黑漆漆", {1, 2}),
        # A word within a longer one counts too.
        ("路灯不亮", {1, 2}),
        ("ktv太吵", {3, 4}),
        ("楼下卡拉ok", {3}),
        ("噪 音", set()),
        ("", set()),
    ],
)
def test_the_groups_of_the_synonyms_in_a_text(text, expected):
    assert SYNONYMS.groups_in(text, pairs(text)) == expected
    assert SYNONYMS.only([1, 4]).groups_in(text, pairs(text)) == expected & {1, 4}


def above(text: str, *others: str, place: Place | None = None) -> list[float]:
    """How far each of these titles is above what is shown."""
    asked = Asked(Text.of("", text, SYNONYMS), COUNTS)
    around = Neighbourhood(asked, [Text.of(other, "", SYNONYMS) for other in others])
    return around.above(Situation(place) for _other in others)


OTHERS = ("电梯停运", "井盖松动", "外墙渗水", "蚊虫很多")


def test_a_synonym_tells_that_the_trouble_is_the_same():
    street, _lift, *_others = above("街灯黑漆漆的", "路灯不亮", *OTHERS)
    assert street > 0 > max(above("街灯黑漆漆的", "电梯停运", *OTHERS))


def test_what_several_have_in_common_with_a_text_is_not_yet_the_trouble():
    alone = above("北门电梯又停运了", "北门电梯停运", *OTHERS)[0]
    crowded = above("北门电梯又停运了", "北门电梯停运", *[f"{one}号楼电梯停运" for one in "一二三四五六"])[0]
    assert alone > crowded


def test_the_same_words_mean_less_the_farther_away_they_are():
    same, around, beside = (above("电梯停运", "电梯停运", *OTHERS, place=place)[0] for place in Place)
    assert same == above("电梯停运", "电梯停运", *OTHERS)[0] > around > beside


def test_nothing_in_common_is_never_shown():
    assert max(above("想学太极拳", *OTHERS, place=Place.SAME)) < 0
    assert above("", "电梯停运") == [-0.5] and above("电梯停运") == []


# --- The order -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_closeness():
    places = factories.tree()
    for one, other, expected in (
        (places.compound, places.compound, 3),
        (places.compound, places.second_compound, 2),
        (places.compound, places.community, 2),
        (places.community, places.community, 2),
        (places.compound, places.other_compound, 1),
        (places.compound, places.subdistrict, 1),
        (places.compound, places.far_compound, 0),
        (None, places.compound, 0),
    ):
        assert closeness(one, other) == expected, (one, other)


def test_near_open_and_recent_ones_come_first():
    far = place_in_order(0.6, 0, is_open=False, is_recent=False)
    assert place_in_order(0.6, 1, is_open=False, is_recent=False) > far
    assert place_in_order(0.6, 0, is_open=True, is_recent=False) > far
    assert place_in_order(0.6, 0, is_open=False, is_recent=True) > far
    # But not before one that is much more alike.
    assert place_in_order(0.9, 0, is_open=False, is_recent=False) > place_in_order(0.6, 3, is_open=True, is_recent=True)


# --- Found for residents ---------------------------------------------------------------------------------------------


def published(title: str, summary: str = "", status: str = S.ACCEPTED, **values) -> Demand:
    found = factories.demand(**({"description": title} | values))
    found = factories.publish(found, title=title, summary=summary or f"居民反映{title}。")
    for to in factories.WAYS[S(status)]:
        found = factories.move(found, to)
    return found


@pytest.fixture
def others(db):
    """Public demands of other subjects, and counted words."""
    titles = ("充电桩太少", "广场舞声音大", "井盖松动", "外墙渗水", "蚊虫很多", "车位不够")
    # In no place, which staff would see as something in common.
    first = published("路灯不亮", place="")
    factories.alike(
        first,
        *({"description": one, "public_title": one, "public_summary": f"居民反映{one}。"} for one in titles),
    )
    return factories.tree()


def test_a_public_demand_of_the_same_is_found(others):
    lift = published("3 号楼电梯经常停运", "电梯停了，老人下楼不便。")
    words.count_words()
    found = similar.for_resident(LIFT, others.compound)
    assert [one.ref for one in found] == [lift.ref]
    assert (found[0].title, found[0].closeness, found[0].status) == ("3 号楼电梯经常停运", 3, S.ACCEPTED)


def test_found_before_anything_was_counted_and_without_a_place(others):
    lift = published("3 号楼电梯经常停运", "电梯停了，老人下楼不便。")
    assert not WordCount.objects.exists()
    assert [one.ref for one in similar.for_resident(LIFT, None)] == [lift.ref]


@pytest.mark.parametrize("status", [S.WITHDRAWN, S.MERGED])
def test_what_nobody_can_join_is_not_found(others, status):
    published("3 号楼电梯经常停运", "电梯停了，老人下楼不便。", status=status)
    assert [one for one in similar.for_resident(LIFT, others.compound) if one.status == status] == []


def test_what_is_not_public_is_never_found(others):
    factories.demand(description=LIFT)
    hidden = published("3 号楼电梯经常停运", "电梯停了，老人下楼不便。")
    Demand.objects.filter(pk=hidden.pk).update(published_at=None)
    words.count_words()
    assert similar.for_resident(LIFT, others.compound) == []


def test_the_residents_own_words_are_no_reason_for_the_public(others):
    """The public page of one speaks of a lamp; what its resident wrote stays apart."""
    published("楼道照明问题", "楼道照明正在修。", description=LIFT)
    words.count_words()
    assert similar.for_resident(LIFT, others.compound) == []


def test_something_else_shows_nothing(others):
    words.count_words()
    assert similar.for_resident("想学太极拳，哪里可以报名", others.compound) == []


def test_the_nearer_comes_first(others):
    for place in (others.far_compound, others.second_compound, others.compound, others.other_compound):
        published("电梯经常停运", "电梯停了，老人下楼不便。", area=place)
    words.count_words()
    found = similar.for_resident("电梯停运，老人下楼不便", others.compound)
    # In another community the same words mean another trouble.
    assert [one.closeness for one in found] == [3, 2]
    # Where no place is known, all may be meant.
    assert len(similar.for_resident("电梯停运，老人下楼不便", None)) == 4


def test_no_more_than_five(others):
    for _number in range(7):
        published("电梯经常停运", "电梯停了，老人下楼不便。")
    assert len(similar.for_resident("电梯经常停运", others.compound)) == 5


@each_row("text", ["", "\x00", "\ud800电梯", "'; DROP TABLE", "a'b\\c & | ! :*", "电" * 100_000, "𠀀𠀀"])
def test_any_text_may_be_asked(others, text):
    similar.for_resident(text, others.compound)


def test_two_queries_and_then_one_however_many_there_are(others, django_assert_num_queries):
    words.count_words()
    similar.for_resident("暖一暖地方", others.compound)
    for extra in range(2):
        text = f"电梯停运{'，老人下楼不便' * extra}"
        published("电梯停运，老人下楼不便")
        similar.for_resident(text, others.compound)
        with django_assert_num_queries(1):
            similar.for_resident(text, others.compound)


# --- Which words are looked for --------------------------------------------------------------------------------------


def test_rare_words_are_looked_for_alone_and_common_ones_together():
    counts = {"搅拌": 5, "拌站": 9, "新词": 0, "的声": 2}
    counts |= {"小区": 4000, "区旁": 310, "噪音": 900, "音大": 1100, "彻夜": 800}
    text = "小区旁边的搅拌站彻夜都有噪音大的声响，是个新词"
    sets = similar._distinctive(text, Counts(10_000, counts))
    assert sets[:3] == [["新词"], ["搅拌"], ["拌站"]]
    # Not 噪音 with 音大, which stand side by side; nor 小区 with any, since too many hold both.
    assert sets[3:] == [["区旁", "彻夜"], ["区旁", "噪音"], ["区旁", "音大"], ["彻夜", "噪音"], ["彻夜", "音大"]]


def test_no_more_words_than_lead_to_a_few_hundred():
    words = [chr(0x4E10 + 2 * number) + chr(0x4E11 + 2 * number) for number in range(50)]
    sets = similar._distinctive("，，，，".join(words), Counts(10_000, dict.fromkeys(words, 100)))
    assert [len(found) for found in sets] == [1] * 3 + [2] * similar.MAX_TOGETHER


def test_what_every_other_demand_holds_is_not_looked_for():
    assert similar._distinctive("小区里面常有噪音", Counts(10_000, {"小区": 4000, "噪音": 5000})) == []


# --- At the desk -----------------------------------------------------------------------------------------------------


def test_staff_find_by_the_residents_own_words_too(others):
    own, twin = factories.demand(description=LIFT), factories.demand(description="3 号楼的电梯又停了，老人下不来楼")
    words.count_words()
    (found,) = similar.for_staff(own, factories.liaison_staff())
    assert found.ref == twin.ref
    assert found.title == "3 号楼的电梯又停了，老人下不来楼"
    said, nearby = found.reasons
    assert "电梯又停" in said
    assert nearby == "同一小区"


def test_staff_find_only_what_they_may_see(others):
    own = factories.demand(description=LIFT)
    far = factories.demand(description=LIFT, area=others.other_compound)
    assert [one.ref for one in similar.for_staff(own, factories.liaison_staff())] == [far.ref]
    assert similar.for_staff(own, factories.community_staff()) == []


def test_what_was_split_is_not_held_to_be_the_same_as_its_parts(others):
    whole, twin = factories.demand("accepted", description=LIFT), factories.demand(description=LIFT)
    part = services.merging.Part("电梯", LIFT, whole.category, whole.area)
    factories.make_move(whole, S.SPLIT, parts=[part, part])
    parts = whole.parts.all()
    staff = factories.liaison_staff()
    for demand in (whole, *parts):
        demand.refresh_from_db()
        assert [one.ref for one in similar.for_staff(demand, staff)] == [twin.ref]


def test_an_erased_demand_is_like_nothing(others):
    own = factories.demand(description=LIFT)
    factories.demand(description=LIFT)
    Demand.objects.filter(pk=own.pk).update(description="", place="")
    own.refresh_from_db()
    assert similar.for_staff(own, factories.liaison_staff()) == []


# --- Where the places are known ---------------------------------------------------------------------------------------


@pytest.fixture
def lamp(others):
    """A public demand of the compound, and enough others that its words are rare."""
    category = factories.category("lighting", name="照明")
    found = published("听荷苑北门内侧路灯整段不亮", "晚上从北门进来，整段路一片漆黑。", category=category)
    words.count_words()
    return found


def refs(text: str, area=None, category: int | None = None) -> list[str]:
    return [one.ref for one in similar.for_resident(text, area, category)]


def test_in_the_same_place_other_words_for_the_same_trouble_are_found(others, lamp):
    text = "小区北门路灯不亮"
    assert lamp.ref in refs(text, others.compound, lamp.category_id)
    # In another compound the same words mean another trouble.
    assert refs(text, others.other_compound, lamp.category_id) == []


def test_the_name_of_the_place_before_a_text_does_not_hide_the_match(others, lamp):
    assert lamp.ref in refs(f"{others.community.name}{others.compound.name}，小区北门路灯不亮", others.compound)


def test_a_text_that_names_the_place_needs_no_choice(others, lamp):
    assert lamp.ref in refs(f"{others.compound.name}北门路灯不亮", None, lamp.category_id)


def test_what_lies_in_the_same_place_alone_is_not_shown(others, lamp):
    assert refs("垃圾桶没有盖子", others.compound, lamp.category_id) == []


def test_synonyms_count_in_the_same_place(others):
    noise = published("小广场晚间音乐声音大", "天天跳到十点，孩子没法睡觉。")
    words.count_words()
    assert noise.ref in refs("晚上广场舞声音太大", others.compound, noise.category_id)


@each_row(
    ("one", "other", "expected"),
    [
        ("compound", "compound", Place.SAME),
        ("compound", "community", Place.AROUND),
        ("community", "compound", Place.AROUND),
        ("compound", "sibling", Place.BESIDE),
        ("compound", "subdistrict", None),
        ("subdistrict", "compound", None),
        (None, "compound", None),
    ],
)
def test_where_places_lie_from_each_other(others, one, other, expected):
    if other == "sibling":
        there = factories.area(AreaLevel.COMPOUND, others.community, code="sibling", name="隔壁苑")
    else:
        there = getattr(others, other)
    assert similar._place(one and getattr(others, one), there) == expected


# --- Counting --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_words_are_counted_once_for_each_demand():
    for number in range(3):
        factories.demand(description=f"电梯电梯电梯，第{number}次", place="东门")
    factories.demand(description="路灯，打 13912345678", place="东门")
    factories.demand(description="喷泉，打 13912345678", place="东门")
    words.count_words()
    counts = dict(WordCount.objects.values_list("word", "texts"))
    assert counts[""] == 5
    assert counts["电梯"] == 3
    assert counts["东门"] == 5
    assert "路灯" not in counts  # of one demand only
    assert "13912345678" not in counts  # no number that leads to anybody


@pytest.mark.django_db
def test_counted_anew_what_was_erased_is_gone():
    rows = [factories.demand(description="电梯停了") for _number in range(2)]
    assert words.count_words() > 0
    Demand.objects.filter(pk=rows[0].pk).update(description="", place="")
    words.count_words()
    assert not WordCount.objects.filter(word="电梯").exists()


@pytest.mark.django_db
def test_an_empty_portal_can_be_counted():
    assert words.count_words() == 0
    assert WordCount.objects.get().texts == 0


@pytest.mark.django_db
def test_words_are_cut_in_python_as_in_the_database():
    text = "A2区丽發新城，3号楼 Ｂ12 電梯。"
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(search_tokens('', %s))", [text])
        (found,) = cursor.fetchone()
    assert Text.of("", text).words <= set(found)


# --- Measured --------------------------------------------------------------------------------------------------------

HEAD = "message_id,author,title,posted_at,body,group"
ROWS = [
    ("丽水新城旁搅拌站噪音扰民", "丽水新城附近的搅拌站整夜施工，噪音很大。", "搅拌站"),
    ("投诉丽水新城搅拌站粉尘", "搅拌站的粉尘飘进丽水新城，开不了窗。", "搅拌站"),
    ("丽水新城附近违建搅拌站", "搅拌站就在丽水新城旁边，又吵又脏。", "搅拌站"),
    ("公交车改道", "希望公交车绕行医院门口。", ""),
    ("咨询落户政策", "大学毕业怎样落户？", ""),
    ("学校什么时候开工", "规划的小学还没有动静。", ""),
]


def sheet(tmp_path, rows=ROWS, head=HEAD, **encoding):
    lines = [head, *(f"{number},x,{title},,{body},{group}" for number, (title, body, group) in enumerate(rows))]
    file = tmp_path / "messages.csv"
    file.write_text("\n".join(lines), **({"encoding": "utf-8"} | encoding))
    return file


def test_the_command_prints_four_figures(tmp_path, capsys):
    call_command("measure_similar", sheet(tmp_path))
    lines = capsys.readouterr().out.splitlines()
    assert "6 messages, 3 of them in 1 groups (搅拌站 3)" in lines[0]
    # Two of one's own group can be among the first five; so the precision is 40 % at best.
    assert [line.split("%")[0].split()[-1] for line in lines[1:]] == ["100.0", "40.0", "100.0", "0.0"]


def test_an_own_message_is_left_out(tmp_path):
    rows = [("只有这一件", "只有这一件。", "孤"), *ROWS]
    given = measure_similar.answers(measure_similar.read(sheet(tmp_path, rows)))
    assert not given[0].finds()


def test_nothing_is_found_above_a_threshold_out_of_reach(tmp_path, capsys):
    call_command("measure_similar", sheet(tmp_path), threshold=5)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("%")[0].split()[-1] for line in lines[1:]] == ["100.0", "40.0", "0.0", "0.0"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"head": "message_id,author,subject,posted_at,body,group"}, "no column title"),
        ({"rows": ROWS[3:]}, "with a group"),
        ({"rows": ROWS[:3]}, "without one"),
        ({"encoding": "gb18030"}, "UTF-8"),
        ({"rows": []}, "with a group"),
    ],
)
def test_a_file_that_cannot_be_measured_is_refused(tmp_path, change, said):
    with pytest.raises(CommandError, match=said):
        call_command("measure_similar", sheet(tmp_path, **change))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("measure_similar", tmp_path / "none.csv")


@pytest.mark.django_db
def test_recent_is_by_the_day_of_publication(others):
    old = published("电梯经常停运", "电梯停了，老人下楼不便。", area=others.compound)
    new = published("电梯经常停运", "电梯停了，老人下楼不便。", area=others.compound)
    Demand.objects.filter(pk=new.pk).update(published_at=timezone.now() - similar.RECENT * 2)
    assert [one.ref for one in similar.for_resident("电梯经常停运", others.compound)] == [old.ref, new.ref]
