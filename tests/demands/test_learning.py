"""Categories learnt from rows and suggested from a text: what is learnt, when nothing is said, and how well it does."""

import csv
import datetime
import re
import time

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from demands import services, suggestions
from demands.models import CategoryWord, Demand
from demands.suggestions.categories import Learnt
from demands.workflow import DeclineReason
from demands.workflow import DemandStatus as S
from foundation.actors import SYSTEM
from foundation.audit import AuditAction, AuditEntry
from foundation.cached import forget_all
from tests import factories
from tests.pages import form, words
from tests.together import at_once
from tools.management.commands import measure_categories as measuring

pytestmark = pytest.mark.django_db

LAMPS = ["路灯不亮", "楼道路灯坏了", "门口路灯一闪一闪", "东门路灯不亮", "路灯坏了没人修"]
CARS = ["停车位不够", "晚上停车难", "门口乱停车", "地下停车位被占", "停车收费太贵"]
NONSENSE = "路灯" + "".join(map(chr, range(0x4E00, 0x5000)))
NEW = "/demands/new/"
INTAKE = "/admin/demands/demand/add/"


def lamps():
    return factories.category("lamps", name="照明")


def cars():
    return factories.category("cars", name="停车")


def classified(texts, category, status=S.ACCEPTED, **values) -> list[Demand]:
    first, *others = [{"description": text} for text in texts]
    found = factories.demand(status, category=category, **(first | values))
    return [found, *factories.alike(found, *others)]


def train():
    """Two categories, learnt."""
    classified(LAMPS, lamps())
    classified(CARS, cars())
    return services.words.learn(actor=SYSTEM)


def counts(word: str) -> dict[str, float]:
    return dict(CategoryWord.objects.filter(word=word).values_list("category__code", "count"))


# --- The model -------------------------------------------------------------------------------------------------------


def test_words_of_the_title_weigh_more_and_each_counts_once():
    assert suggestions.categories.weighed("路灯路灯") == {"路灯": 1.0, "灯路": 1.0}
    assert suggestions.categories.weighed("路灯", "路灯坏") == {"路灯": 4.0, "灯坏": 3.0}
    assert suggestions.categories.weighed("", "路灯") == {"路灯": 3.0}


def test_words_are_folded_as_in_the_search():
    assert suggestions.categories.weighed("路燈") == suggestions.categories.weighed("路灯")
    assert suggestions.categories.weighed("ＡＰＰ") == suggestions.categories.weighed("app") == {"app": 1.0}


def test_numbers_are_no_words_so_that_no_phone_is_kept():
    assert suggestions.categories.weighed("请打 13912345678 或 A3区 8 号") == dict.fromkeys(
        ["或", "区", "号", "请打"], 1.0
    )


def test_the_category_is_the_one_whose_others_use_the_words_least():
    """Worked out by hand: 5 texts each, of which every one holds its own word and 共同."""
    examples = [("a", "路灯 共同", "")] * 5 + [("b", "停车 共同", "")] * 5
    learnt = Learnt.of(examples)
    assert learnt.weights == {"路灯": {"a": 5}, "停车": {"b": 5}, "共同": {"a": 5, "b": 5}}
    assert (learnt.texts, learnt.totals, learnt.size) == ({"a": 5, "b": 5}, {"a": 10, "b": 10}, 3)
    guess, sure = learnt.best({"路灯": 1.0})
    # a: -log((0 + 1) / (10 + 3)); b: -log((5 + 1) / (10 + 3)); the difference is log 6, over the length 1.
    assert guess == "a"
    assert sure == pytest.approx(1.791759)
    assert learnt.best({"共同": 1.0})[1] == 0
    # Nine words beside it that nobody knows: the length is the root of 10.
    nonsense = {str(number): 1.0 for number in range(9)}
    assert learnt.best({"路灯": 1.0} | nonsense)[1] == pytest.approx(1.791759 / 10**0.5)


def test_rare_words_and_small_categories_are_left_out():
    examples = [("a", "路灯 独一", "")] + [("a", "路灯", "")] * 4 + [("b", "停车", "")] * 5 + [("c", "噪声", "")] * 4
    learnt = Learnt.of(examples)
    assert set(learnt.weights) == {"路灯", "停车"}
    assert set(learnt.texts) == {"a", "b"}
    assert learnt.best({"独一": 1.0, "噪声": 1.0}) is None


def test_one_category_alone_is_no_choice():
    assert Learnt.of([("a", "路灯", "")] * 9).best({"路灯": 1.0}) is None
    assert Learnt.of([]).best({"路灯": 1.0}) is None


# --- Learning from rows ----------------------------------------------------------------------------------------------


def test_what_staff_classified_is_learnt_and_written_down():
    learnt, texts = train()
    assert texts == 10
    # And five times what the categories say of themselves, their name being a title.
    assert (learnt.texts[lamps().pk], learnt.texts[cars().pk]) == (10, 10)
    assert counts("路灯") == {"lamps": 5}
    assert counts("停车") == {"cars": 5 + 5 * 3}
    assert counts(suggestions.categories.TEXTS).items() >= {"lamps": 10, "cars": 10}.items()
    assert set(counts(suggestions.categories.WORDS).values()) == {learnt.size}
    assert counts(suggestions.categories.WEIGHT)["lamps"] == sum(
        by_category.get(lamps().pk, 0) for by_category in learnt.weights.values()
    )
    entry = AuditEntry.objects.get(action=AuditAction.TRAINED)
    assert (entry.subject, entry.detail) == (
        "categories",
        f"10 texts, {len(learnt.texts)} categories, {learnt.size} words",
    )


def test_titles_that_staff_wrote_are_learnt_with_their_weight():
    for demand in classified(LAMPS, lamps()):
        factories.publish(demand, title="路灯")
    classified(CARS, cars())
    services.words.learn(actor=SYSTEM)
    assert counts("路灯") == {"lamps": 5 * (1 + 3)}


def test_what_nobody_has_looked_at_or_was_no_demand_is_not_learnt():
    train()
    before = services.words.examples()
    classified(CARS, lamps(), S.RECEIVED)
    classified(CARS, lamps(), S.WITHDRAWN)
    classified(CARS, factories.category("other", name="其他"))
    for demand in classified(["胡言乱语"], lamps(), S.RECEIVED):
        factories.move(demand, S.DECLINED, decline_reason=DeclineReason.NOT_A_DEMAND)
    for demand in classified(["要删除的话"], lamps()):
        services.handling.erase(demand, actor=SYSTEM)
    assert services.words.examples() == before


def test_learning_anew_forgets_what_was_erased():
    secret = classified(["独居老人王某某的路灯"] * 2, lamps())
    train()
    assert counts("某某") == {"lamps": 2}
    for demand in secret:
        services.handling.erase(demand, actor=SYSTEM)
    services.words.learn(actor=SYSTEM)
    assert counts("某某") == {}
    assert counts("路灯") == {"lamps": 5}


def test_learning_reads_a_bounded_number_of_texts_and_keeps_the_commonest_words(monkeypatch):
    train()
    monkeypatch.setattr(services.words, "MAX_TEXTS", 7)
    monkeypatch.setattr(suggestions.categories, "MAX_WORDS", 3)
    newest = list(Demand.objects.order_by("-received_at", "-pk").values_list("description", flat=True)[:7])
    assert [text for _category, text, _title in services.words.examples()] == newest
    assert len(Learnt.of(services.words.examples()).weights) <= 3


def test_learning_takes_a_fixed_number_of_queries(django_assert_num_queries):
    classified(LAMPS * 3, lamps())
    classified(CARS * 3, cars())
    # A savepoint's two ends, the lock, texts, categories, delete, insert, audit.
    with django_assert_num_queries(8):
        services.words.learn(actor=SYSTEM)


def test_the_worker_learns_once_a_day():
    classified(LAMPS, lamps())
    classified(CARS, cars())
    assert services.words.relearn() == 10
    classified(["路灯又坏了"], lamps())
    assert services.words.relearn() == 0
    assert counts("路灯") == {"lamps": 5}
    assert AuditEntry.objects.filter(action=AuditAction.TRAINED).count() == 1


def test_the_next_day_it_learns_again(monkeypatch):
    train()
    classified(["路灯又坏了"], lamps())
    later = timezone.now() + services.words.LEARNT_EVERY + datetime.timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert services.words.relearn() == 11


def test_on_its_first_day_a_portal_knows_what_its_categories_say_of_themselves():
    factories.category("lamps", name="照明", hint="路灯、楼道灯")
    factories.category("cars", name="停车", hint="车位不够、乱停车")
    factories.category("old", name="旧灯", hint="路灯不亮", is_active=False)
    factories.category("other", name="其他", hint="路灯不亮")
    assert services.words.learn(actor=SYSTEM)[1] == 0
    assert suggestions.categories.suggest("我们楼下的路灯不亮") == lamps()
    assert suggestions.categories.suggest("晚上没有车位") == cars()
    assert suggestions.categories.suggest("没有排练的地方") is None


def test_without_categories_there_is_nothing_to_learn():
    learnt, texts = services.words.learn(actor=SYSTEM)
    assert (learnt.size, texts) == (0, 0)
    assert not CategoryWord.objects.exists()
    assert suggestions.categories.suggest("路灯不亮") is None


@pytest.mark.django_db(transaction=True)
def test_two_who_learn_at_once_leave_one_result():
    train()
    assert not [
        result for result in at_once(*[lambda: services.words.learn(actor=SYSTEM)] * 3) if isinstance(result, Exception)
    ]
    assert counts("路灯") == {"lamps": 5}


def test_the_command_says_what_it_learnt(capsys):
    classified(LAMPS, lamps())
    classified(CARS, cars())
    call_command("learn_categories")
    assert re.fullmatch(r"Learnt \d+ words of \d categories, from 10 demands\.\n", capsys.readouterr().out)


# --- Suggesting ------------------------------------------------------------------------------------------------------


def test_a_text_gets_the_category_of_its_words():
    train()
    assert suggestions.categories.suggest("我们楼下的路灯又不亮了") == lamps()
    assert suggestions.categories.suggest("晚上回来没有停车位") == cars()
    assert suggestions.categories.suggest("樓下的路燈壞了") == lamps()


def test_where_it_is_not_sure_it_says_nothing():
    train()
    for text in ("", "   \n", "😀😀🎉", "13912345678", "？！。", "\x00", "与此毫不相干", NONSENSE):
        assert suggestions.categories.suggest(text) is None, text[:12]


def test_below_the_floor_it_says_nothing(monkeypatch):
    train()
    _best, sure = services.words.learn(actor=SYSTEM)[0].best(suggestions.categories.weighed("门口的路灯"))
    monkeypatch.setattr(suggestions.categories, "FLOOR", sure)
    assert suggestions.categories.suggest("门口的路灯") == lamps()
    monkeypatch.setattr(suggestions.categories, "FLOOR", sure + 0.001)
    assert suggestions.categories.suggest("门口的路灯") is None


def test_before_anything_was_learnt_it_says_nothing_and_asks_at_most_once_a_minute(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert suggestions.categories.suggest("路灯不亮") is None
    with django_assert_num_queries(0):
        assert suggestions.categories.suggest("路灯不亮") is None


def test_a_category_out_of_use_is_not_suggested():
    train()
    category = lamps()
    category.is_active = False
    category.save()
    forget_all()
    assert suggestions.categories.suggest("路灯不亮") is None


@pytest.mark.parametrize(
    "text",
    ["路灯不亮", "路灯不亮，" * 2000, "路灯不亮" + "".join(map(chr, range(0x4E00, 0x7510)))],
    ids=["short", "10,000 characters", "10,000 words"],
)
def test_it_asks_one_query_of_bounded_size_however_long_the_text(text, django_assert_num_queries):
    train()
    suggestions.categories.suggest("路灯不亮")
    started = time.perf_counter()
    with django_assert_num_queries(1) as queries:
        suggestions.categories.suggest(text)
    assert time.perf_counter() - started < 1  # some milliseconds; a busy machine is forgiven
    assert queries[0]["sql"].count(",") < suggestions.categories.MAX_ASKED + 10


# --- The page where residents write ----------------------------------------------------------------------------------


@pytest.fixture
def places():
    factories.category()
    return factories.tree()


def describe(places, **changes) -> dict:
    return {"description": "楼下的路灯又不亮了", "category": "", "area": str(places.compound.pk)} | changes


SAID = "系统已根据您的描述预选类别。这只是建议，不合适可以修改。"


def check_page(client, places, **changes):
    response = form(client.get(NEW), "state").send(client, **describe(places, **changes))
    return form(response, "state").send(client, consent_handling="on")


def test_a_category_left_empty_is_suggested_before_submitting_and_said_to_be_only_that(resident, places):
    train()
    assert "不确定的可以先不选，提交前会根据描述给出建议。" in words(resident.get(NEW))
    response = check_page(resident, places)
    assert SAID in words(response)
    assert form(response, "state").values["category"] == str(lamps().pk)
    form(response, "state").send(resident, go="submit")
    assert Demand.objects.latest("pk").category == lamps()


def test_the_resident_may_choose_another(resident, places):
    train()
    form(check_page(resident, places), "state").send(resident, category=str(cars().pk), go="submit")
    assert Demand.objects.latest("pk").category == cars()


def test_a_choice_is_never_touched(resident, places):
    train()
    response = check_page(resident, places, category=str(cars().pk))
    assert SAID not in words(response)
    form(response, "state").send(resident, go="submit")
    assert Demand.objects.latest("pk").category == cars()


@pytest.mark.parametrize("text", ["😀", "与此毫不相干"])
def test_without_a_suggestion_the_page_asks_as_before(resident, places, text):
    train()
    response = check_page(resident, places, description=text)
    assert SAID not in words(response)
    response = form(response, "state").send(resident, go="submit")
    assert response.status_code == 422
    assert "请选择类别" in words(response)


def test_the_page_says_beforehand_only_what_it_can_do(resident, places):
    offer = "不确定的可以先不选"
    assert offer not in words(resident.get(NEW))
    train()
    forget_all()
    assert offer in words(resident.get(NEW))


def test_an_invented_category_is_refused_and_not_replaced(resident, places):
    train()
    response = form(resident.get(NEW), "state").send(resident, **describe(places, category="999999"))
    assert response.status_code == 422
    assert "请选择列表中的类别" in words(response)


# --- Intake at the desk ----------------------------------------------------------------------------------------------


def test_intake_suggests_too(community_client, places):
    train()
    shown = form(community_client.get(INTAKE), "description")
    answers = {"description": "楼下的路灯又不亮了", "area": str(places.compound.pk), "channel": "window"}
    answers |= {"direction": "bottom_up"}
    before = Demand.objects.count()
    response = shown.send(community_client, INTAKE, **answers)
    assert response.status_code == 200
    assert "您没有选择类别，系统已根据描述预选“照明”。这只是建议，请核对，不合适可以修改。" in words(response)
    assert Demand.objects.count() == before
    form(response, "description").send(community_client, INTAKE)
    assert Demand.objects.latest("pk").category == lamps()


def test_intake_without_a_suggestion_asks_as_before(community_client, places):
    shown = form(community_client.get(INTAKE), "description")
    response = shown.send(community_client, INTAKE, description="路灯", area=str(places.compound.pk))
    assert response.status_code == 422
    assert "请选择类别" in words(response)


def test_intake_keeps_what_was_chosen(community_client, places):
    train()
    shown = form(community_client.get(INTAKE), "description")
    response = shown.send(community_client, INTAKE, description="路灯不亮", category=str(cars().pk), area="")
    assert response.status_code == 422
    assert form(response, "description").values["category"] == str(cars().pk)


# --- Measuring -------------------------------------------------------------------------------------------------------


def test_figures_worked_out_by_hand():
    guesses = measuring.Guesses([("a", "a", 1.0), ("a", "b", 0.1), ("b", "b", 0.5), ("b", None, 0.0), ("c", "b", 0.9)])
    assert guesses.figures("a") == (2, 1.0, 0.5, pytest.approx(2 / 3))
    assert guesses.figures("b") == (2, pytest.approx(1 / 3), 0.5, pytest.approx(0.4))
    assert guesses.figures("c") == (1, 0.0, 0.0, 0.0)
    assert guesses.macro_f1 == pytest.approx((2 / 3 + 0.4) / 3)
    assert guesses.suggested == (0.6, pytest.approx(2 / 3))


def test_each_text_is_guessed_once_without_having_been_learnt(monkeypatch):
    examples = [("a", f"路灯{number}", "") for number in range(20)] + [("b", "停车", "") for _number in range(10)]
    learnt_from = []
    monkeypatch.setattr(
        measuring.suggestions.categories.Learnt,
        "of",
        classmethod(lambda cls, given: learnt_from.append(list(given)) or Learnt({}, {}, {}, 0)),
    )
    guesses = measuring.cross_validated(examples, seed=1, own=[("c", "说明", "名称")])
    assert [len(given) for given in learnt_from] == [25] * 5
    assert all(("c", "说明", "名称") in given for given in learnt_from)
    # Stratified: four fifths of each category.
    assert {sum(category == "a" for category, _text, _title in given) for given in learnt_from} == {16}
    assert sorted(true for true, _guess, _sure in guesses.rows) == ["a"] * 20 + ["b"] * 10


def written(tmp_path, rows, heads=("title", "body", "category")):
    path = tmp_path / "texts.csv"
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([heads, *rows])
    return path


def invented():
    lamp = [(f"路灯{text}", f"小区里的路灯{text}，晚上看不见路", "照明") for text in LAMPS * 4]
    car = [(f"停车{text}", f"小区里没有停车位，{text}", "停车") for text in CARS * 3]
    return lamp + car


def test_the_command_prints_figures_and_the_same_ones_each_time(tmp_path, capsys):
    path = written(tmp_path, invented())
    call_command("measure_categories", str(path), seeds=2)
    said = capsys.readouterr().out
    for line in ("35 texts, 5 folds, seed 1", "macro-F1: 1.000 (bar 0.75: reached)", "macro-F1 with 2 seeds: 1.000 to"):
        assert line in said
    assert re.search(r"^ +20 +1\.000 +1\.000 +1\.000 +照明$", said, re.M)
    call_command("measure_categories", str(path), seeds=2)
    assert capsys.readouterr().out == said
    assert not CategoryWord.objects.exists()


def test_words_that_tell_nothing_miss_the_bar(tmp_path, capsys):
    rows = [("", "都是一样的话", name) for name in ("照明", "停车") for _number in range(10)]
    call_command("measure_categories", str(written(tmp_path, rows)), seeds=1)
    assert "missed" in capsys.readouterr().out


def test_without_a_file_the_portals_own_rows_are_measured(capsys):
    train()
    call_command("measure_categories", seeds=1)
    assert "10 texts, 5 folds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no column title, body, category"),
        (b"title,body,category\n", "0 texts are too few"),
        ("title,body,category\n标题,正文,类\n".encode(), "1 texts are too few"),
        (b"title,body\na,b\n", "there is no column category"),
        ("title,body,category\n标题,正文,类\n".encode("gbk"), "UTF-8"),
        (b"title,body,category\n\xe4,\x00,a\n", "UTF-8"),
    ],
    ids=["empty", "heads only", "one row", "no category", "gbk", "binary"],
)
def test_a_file_that_cannot_be_measured_is_refused_in_words(tmp_path, content, said):
    path = tmp_path / "texts.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=said):
        call_command("measure_categories", str(path))


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("measure_categories", str(tmp_path / "none.csv"))
