"""Projects: how agreements grow into them, what they cannot be without, and their sums in words."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from consultation.models import Milestone, Project
from consultation.services import agreements, projects
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, TransitionNotAllowed
from foundation.money import yuan_words
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 11, 24)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda value=None, zone=None: TODAY)


def days(count: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=count)


def acts() -> list[tuple[str, str]]:
    return [(entry.action, entry.detail) for entry in AuditEntry.objects.order_by("pk")]


# --- Growing ---------------------------------------------------------------------------------------------------------


def new_project(**values) -> Project:
    return Project(**({"title": "路灯改造", "summary": "改造。", "area": factories.tree().community} | values))


def test_agreements_grow_into_a_new_project():
    event = factories.event("minutes_published")
    one, other = factories.agreement(event), factories.agreement(event)
    project = projects.grow([one, other], new_project(), actor=factories.liaison_staff())
    assert list(project.agreements.values_list("number", "version")) == [(1, 1), (2, 1)]
    assert acts() == [
        ("added", ""),
        ("linked", f"project:{project.pk}"),
        ("linked", f"project:{project.pk}"),
    ]


def test_or_into_one_there_is_and_twice_is_once():
    project, one = factories.project(), factories.agreement()
    for _ in range(2):
        projects.grow([one], project, actor=SYSTEM)
    one.refresh_from_db()
    assert (one.project, one.version) == (project, 1)
    assert Project.objects.count() == 1


def test_what_cannot_grow_is_said_and_no_project_is_left():
    one = factories.agreement()
    far = new_project(area=factories.tree().far_community)
    dropped = agreements.drop(factories.agreement(one.event), actor=SYSTEM, reason="不做了")
    elsewhere = factories.agreement(one.event)
    projects.grow([elsewhere], factories.project("另一个项目"), actor=SYSTEM)
    ended = projects.stop(factories.project("停了"), actor=SYSTEM, reason="资金没有落实")
    for chosen, project, sentence in (
        ([], new_project(), "请至少选择一项约定。"),
        ([one, dropped], new_project(), "已终止，不能生成项目"),
        ([one, elsewhere], new_project(), "已经在另一个项目里"),
        ([one], far, "不在同一个街道"),
        ([one], ended, "已经结束"),
    ):
        with pytest.raises(Refused, match=sentence):
            projects.grow(chosen, project, actor=SYSTEM)
    one.refresh_from_db()
    assert one.project is None
    assert Project.objects.count() == 2


def test_growing_needs_the_permissions():
    with pytest.raises(TransitionNotAllowed):
        projects.grow([factories.agreement()], new_project(), actor=factories.community_staff())
    assert not Project.objects.exists()


# --- Moving and changing ---------------------------------------------------------------------------------------------

DONE = {"result": "20 个充电位全部启用", "evidence": "验收单", "ends_on": TODAY}


@pytest.mark.parametrize(
    ("ends_on", "sentence"), [(days(1), "完成日期不能在今天之后。"), (days(-400), "完成日期不能早于开始日期。")]
)
def test_a_project_is_not_done_on_an_impossible_day(ends_on, sentence):
    found = factories.project(starts_on=days(-30))
    with pytest.raises(Refused, match=sentence):
        projects.complete(found, **DONE | {"ends_on": ends_on}, actor=SYSTEM)
    found.refresh_from_db()
    assert (found.status, found.version) == ("planned", 0)


def test_a_changed_project_raises_its_version():
    found = factories.project()
    found.title = "桂花苑充电棚"
    assert projects.change(found, ["title"], actor=SYSTEM).version == 1


def test_a_milestone_is_late_when_its_day_passed_undone():
    late = Milestone(title="选址", due_on=days(-1))
    done = Milestone(title="选址", due_on=days(-1), done_on=TODAY)
    today = Milestone(title="选址", due_on=TODAY)
    assert (late.is_late, done.is_late, today.is_late) == (True, False, False)


# --- Sums ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "words", "english"),
    [
        ("200000000", "2 亿元", "¥200,000,000"),
        ("123000000", "1.23 亿元", "¥123,000,000"),
        ("123400000", "12,340 万元", "¥123,400,000"),
        ("125000.00", "12.5 万元", "¥125,000"),
        ("10000", "1 万元", "¥10,000"),
        ("10050.00", "10,050 元", "¥10,050"),
        ("12345.67", "12,345.67 元", "¥12,345.67"),
        ("100000000.01", "100,000,000.01 元", "¥100,000,000.01"),
        ("3200.50", "3,200.50 元", "¥3,200.50"),
        ("9999", "9,999 元", "¥9,999"),
        ("0.01", "0.01 元", "¥0.01"),
        ("999999999999.99", "999,999,999,999.99 元", "¥999,999,999,999.99"),
        ("500000000000", "5,000 亿元", "¥500,000,000,000"),
    ],
)
def test_a_sum_is_said_exactly(amount, words, english):
    assert yuan_words(Decimal(amount)) == words
    with translation.override("en"):
        assert yuan_words(Decimal(amount)) == english


def test_a_project_without_a_sum_says_none():
    assert factories.project().sum_in_words == ""
    assert factories.project("二", sum_yuan=Decimal("200000000")).sum_in_words == "2 亿元"
