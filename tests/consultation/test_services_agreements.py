"""Agreements and projects: what they cannot be without, which status follows which, and what they leave behind."""

import datetime
import itertools
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from consultation.models import Agreement, AgreementTransition, Milestone, OrganisationKind, Project
from consultation.money import yuan_words
from consultation.services import agreements as services
from foundation.acts import Refused, Stale, TransitionNotAllowed
from foundation.audit import AuditEntry
from tests import factories
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 11, 24)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda value=None, zone=None: TODAY)


def days(count: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=count)


def promise(**values) -> dict:
    return {
        "what": "加装两盏路灯",
        "office": "公共管理办公室",
        "sector": "government",
        "due_on": days(10),
        "actor": None,
    } | values


def acts() -> list[tuple[str, str]]:
    return [(entry.action, entry.detail) for entry in AuditEntry.objects.order_by("pk")]


# --- Agreeing --------------------------------------------------------------------------------------------------------


def test_agreements_are_numbered_within_their_event():
    one, other = factories.event("held"), factories.event("minutes_published", area=factories.tree().other_community)
    numbers = [services.agree(event, **promise()).number for event in (one, one, other, one, other)]
    assert numbers == [1, 2, 1, 3, 2]


@pytest.mark.parametrize(
    ("status", "taken"),
    [("planned", False), ("open", False), ("held", True), ("minutes_published", True), ("cancelled", False)],
)
def test_only_an_event_that_was_held_yields_agreements(status, taken):
    event = factories.event(status)
    if taken:
        assert services.agree(event, **promise()).pk
    else:
        with pytest.raises(Refused, match="活动举行之后才能记下约定。"):
            services.agree(event, **promise())
    assert Agreement.objects.count() == taken


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ({"what": "  "}, "请写明约定做什么。"),
        ({"office": " "}, "请写明由谁负责"),
        ({"due_on": None}, "请写明什么时候完成。"),
        ({"sector": ""}, "请选择负责的一方"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_saved(missing, sentence):
    event = factories.event("held")
    with pytest.raises(Refused, match=sentence):
        services.agree(event, **promise(**missing))
    assert not Agreement.objects.exists()
    assert not AgreementTransition.objects.exists()


def test_of_organisation_and_office_there_is_exactly_one():
    partner = factories.organisation(kind=OrganisationKind.SCHOOL)
    event = factories.event("held")
    with pytest.raises(Refused, match="二者选一"):
        services.agree(event, **promise(organisation=partner))
    found = services.agree(event, **promise(organisation=partner, office="", sector=""))
    assert (found.owner, found.sector) == ("桂花物业", "school")


def test_an_organisation_brings_its_own_sector():
    found = services.agree(
        factories.event("held"), **promise(organisation=factories.organisation(), office="", sector="media")
    )
    assert found.sector == "enterprise"


def test_an_item_of_another_agenda_is_refused():
    item = factories.event("held", area=factories.tree().other_community).agenda.get()
    with pytest.raises(Refused, match="不在这场活动的议程里"):
        services.agree(factories.event("held"), **promise(agenda_item=item))


def test_the_database_itself_keeps_one_owner_and_one_number():
    found = factories.agreement()
    for broken in ({"office": ""}, {"organisation": factories.organisation()}, {"what": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Agreement.objects.filter(pk=found.pk).update(**broken)
    values = {"event": found.event, "what": "x", "office": "y", "sector": "media", "due_on": TODAY}
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.create(number=1, **values)


@pytest.mark.django_db(transaction=True)
def test_agreed_at_the_same_moment_numbers_are_unbroken():
    event = factories.event("held")
    results = at_once(*[lambda: services.agree(event, **promise()) for _ in range(8)])
    assert sorted(found.number for found in results) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_staff_need_the_permission_and_are_audited():
    event = factories.event("held")
    with pytest.raises(TransitionNotAllowed):
        services.agree(event, **promise(actor=factories.community_staff()))
    services.agree(event, **promise(actor=factories.liaison_staff()))
    assert acts()[-1] == ("added", "")


# --- Moving ----------------------------------------------------------------------------------------------------------

# From → the statuses it may become.
MOVES = {
    "agreed": {"under_way", "done", "missed", "dropped"},
    "under_way": {"done", "missed", "dropped"},
    "done": set(),
    "missed": {"under_way", "done"},
    "dropped": set(),
}
OWED = {
    "agreed": {},
    "under_way": {},
    "done": {"outcome": "照度 12 勒克斯", "evidence": "照度计记录", "measured_on": TODAY},
    "missed": {"reason": "灯具没有到货"},
    "dropped": {"reason": "改由供电公司统一更换"},
}
WAYS = {"agreed": [], "under_way": ["under_way"], "done": ["done"], "missed": ["missed"], "dropped": ["dropped"]}


def agreed(status: str = "agreed") -> Agreement:
    found = factories.agreement(due_on=days(10))
    for to in WAYS[status]:
        found = services.move(found, to, actor=None, **OWED[to])
    return found


@pytest.fixture
def actors():
    return {
        "system": None,
        "liaison": factories.liaison_staff(),
        "community": factories.community_staff(),
        "auditor": factories.auditor(),
        "member": factories.member(),
        "nobody": factories.user("nobody"),
    }


@pytest.fixture
def made(status):
    return agreed(status).pk


@pytest.mark.parametrize("status", MOVES)
@each_row(("role", "to"), itertools.product(["system", "liaison", "community", "auditor", "member", "nobody"], MOVES))
def test_each_status_becomes_what_the_table_says_by_whom_it_says(made, actors, status, to, role):
    found = Agreement.objects.get(pk=made)
    allowed = to in MOVES[status] and role in ("system", "liaison")
    if allowed:
        assert services.move(found, to, actor=actors[role], **OWED[to]).status == to
    else:
        with pytest.raises(TransitionNotAllowed):
            services.move(found, to, actor=actors[role], **OWED[to])
    found.refresh_from_db()
    assert found.status == (to if allowed else status)


def test_an_unknown_status_is_no_move():
    with pytest.raises(TransitionNotAllowed):
        services.move(agreed(), "burnt", actor=None)


@pytest.mark.parametrize(
    ("to", "owed", "sentence"),
    [
        ("done", OWED["done"] | {"outcome": " "}, "要写明实际结果、依据和核实日期"),
        ("done", OWED["done"] | {"evidence": ""}, "要写明实际结果、依据和核实日期"),
        ("done", OWED["done"] | {"measured_on": None}, "要写明实际结果、依据和核实日期"),
        ("done", OWED["done"] | {"measured_on": days(1)}, "核实日期不能在今天之后。"),
        ("missed", {"reason": "  "}, "请写明理由。"),
        ("dropped", {}, "请写明理由。"),
    ],
)
def test_what_a_move_owes_is_asked_for_and_nothing_is_half_saved(to, owed, sentence):
    found = agreed()
    with pytest.raises(Refused, match=sentence):
        services.move(found, to, actor=None, **owed)
    found.refresh_from_db()
    assert (found.status, found.outcome, found.reason, found.version) == ("agreed", "", "", 0)
    assert found.transitions.count() == 1


def test_a_promise_kept_late_is_kept_and_its_record_tells_that_it_was_missed():
    found = services.move(agreed("missed"), "done", actor=None, **OWED["done"])
    assert (found.status, found.reason) == ("done", "")
    assert list(found.transitions.values_list("from_status", "to_status")) == [
        ("", "agreed"),
        ("agreed", "missed"),
        ("missed", "done"),
    ]


def test_two_who_move_at_once_are_told():
    found = agreed()
    services.move(found, "under_way", actor=None, version=0)
    with pytest.raises(Stale):
        services.move(found, "dropped", actor=None, version=0, reason="不做了")
    found.refresh_from_db()
    assert found.status == "under_way"


def test_a_move_is_audited_without_its_words():
    services.move(agreed(), "missed", actor=factories.liaison_staff(), reason="李四住院")
    assert acts()[-1] == ("moved", "agreed → missed")


@pytest.mark.parametrize(
    ("status", "due", "overdue"),
    [
        ("agreed", -1, True),
        ("agreed", 0, False),
        ("under_way", -1, True),
        ("done", -1, False),
        ("missed", -1, False),
        ("dropped", -1, False),
    ],
)
def test_overdue_is_what_is_open_after_its_day(status, due, overdue):
    found = agreed(status)
    Agreement.objects.update(due_on=days(due))
    found.refresh_from_db()
    assert found.is_overdue == overdue
    assert Agreement.objects.overdue().count() == overdue


# --- Editing ---------------------------------------------------------------------------------------------------------


def test_what_is_open_can_be_corrected():
    found = services.edit(agreed(), actor=factories.liaison_staff(), version=0, what="加装三盏路灯", due_on=days(20))
    assert (found.what, found.due_on, found.version) == ("加装三盏路灯", days(20), 1)
    assert acts()[-1] == ("changed", "what, due_on")


def test_nothing_changed_leaves_nothing():
    found = services.edit(agreed(), actor=factories.liaison_staff(), version=0, target="照度不低于 10 勒克斯")
    assert found.version == 0
    assert acts() == []


@pytest.mark.parametrize("status", ["done", "missed", "dropped"])
def test_what_has_ended_stays_as_it_was(status):
    with pytest.raises(Refused, match="已经结束"):
        services.edit(agreed(status), actor=None, what="别的")


@pytest.mark.parametrize("broken", [{"due_on": None}, {"office": ""}, {"what": ""}])
def test_a_correction_keeps_owner_and_date(broken):
    found = agreed()
    with pytest.raises(Refused):
        services.edit(found, actor=None, **broken)
    found.refresh_from_db()
    assert (found.office, found.version) == ("湖东街道公共管理办公室", 0)


def test_status_and_number_are_not_edited():
    for field in ("status", "number", "outcome", "event"):
        with pytest.raises(TypeError):
            services.edit(agreed(), actor=None, **{field: "done"})


def test_a_stale_page_and_a_missing_permission_are_refused():
    found = agreed("under_way")
    with pytest.raises(Stale):
        services.edit(found, actor=None, version=0, what="别的")
    with pytest.raises(TransitionNotAllowed):
        services.edit(found, actor=factories.community_staff(), what="别的")


# --- What the public sees --------------------------------------------------------------------------------------------


def test_agreements_are_public_with_the_minutes():
    published = factories.agreement()
    factories.agreement(factories.event("held", area=factories.tree().other_community))
    assert list(Agreement.objects.public()) == [published]


def test_overdue_ones_stand_first_and_what_has_ended_last():
    event = factories.event("minutes_published")
    made = {day: factories.agreement(event, due_on=days(day)) for day in (5, -9, 1, -3, -20, -40)}
    for day in (-20, -40):
        services.move(made[day], "done", actor=None, **OWED["done"])
    order = [(found.due_on - TODAY).days for found in Agreement.objects.open_first()]
    assert order == [-9, -3, 1, 5, -20, -40]


# --- Projects --------------------------------------------------------------------------------------------------------


def new_project(**values) -> Project:
    return Project(**({"title": "路灯改造", "summary": "改造。", "area": factories.tree().community} | values))


def test_agreements_grow_into_a_new_project():
    event = factories.event("minutes_published")
    one, other = factories.agreement(event), factories.agreement(event)
    project = services.grow([one, other], new_project(), actor=factories.liaison_staff())
    assert list(project.agreements.values_list("number", "version")) == [(1, 1), (2, 1)]
    assert acts() == [
        ("added", ""),
        ("linked", f"project:{project.pk}"),
        ("linked", f"project:{project.pk}"),
    ]


def test_or_into_one_there_is_and_twice_is_once():
    project, one = factories.project(), factories.agreement()
    for _ in range(2):
        services.grow([one], project, actor=None)
    one.refresh_from_db()
    assert (one.project, one.version) == (project, 1)
    assert Project.objects.count() == 1


def test_what_cannot_grow_is_said_and_no_project_is_left():
    one = factories.agreement()
    far = new_project(area=factories.tree().far_community)
    dropped = services.move(factories.agreement(one.event), "dropped", actor=None, reason="不做了")
    elsewhere = factories.agreement(one.event)
    services.grow([elsewhere], factories.project("另一个项目"), actor=None)
    ended = services.move_project(factories.project("停了"), "stopped", actor=None, reason="资金没有落实")
    for agreements, project, sentence in (
        ([], new_project(), "请至少选一项约定。"),
        ([one, dropped], new_project(), "已终止，不能生成项目"),
        ([one, elsewhere], new_project(), "已经在另一个项目里"),
        ([one], far, "不在同一个街道"),
        ([one], ended, "已经结束"),
    ):
        with pytest.raises(Refused, match=sentence):
            services.grow(agreements, project, actor=None)
    one.refresh_from_db()
    assert one.project is None
    assert Project.objects.count() == 2


def test_growing_needs_the_permissions():
    with pytest.raises(TransitionNotAllowed):
        services.grow([factories.agreement()], new_project(), actor=factories.community_staff())
    assert not Project.objects.exists()


PROJECT_MOVES = {
    "planned": {"under_way", "done", "stopped"},
    "under_way": {"done", "stopped"},
    "done": set(),
    "stopped": set(),
}
PROJECT_OWED = {
    "planned": {},
    "under_way": {},
    "done": {"result": "20 个充电位全部启用", "evidence": "验收单", "ends_on": TODAY},
    "stopped": {"reason": "场地没有谈成"},
}


def built(status: str = "planned") -> Project:
    found = factories.project()
    if status != "planned":
        found = services.move_project(found, status, actor=None, **PROJECT_OWED[status])
    return found


@pytest.fixture
def made_project(status):
    return built(status).pk


@pytest.mark.parametrize("status", PROJECT_MOVES)
@each_row(("role", "to"), itertools.product(["liaison", "community"], PROJECT_MOVES))
def test_a_project_moves_by_its_table(made_project, actors, status, to, role):
    actor, found = actors[role], Project.objects.get(pk=made_project)
    allowed = to in PROJECT_MOVES[status] and role == "liaison"
    if allowed:
        assert services.move_project(found, to, actor=actor, **PROJECT_OWED[to]).status == to
    else:
        with pytest.raises(TransitionNotAllowed):
            services.move_project(found, to, actor=actor, **PROJECT_OWED[to])
    found.refresh_from_db()
    assert found.status == (to if allowed else status)


@pytest.mark.parametrize(
    ("to", "owed", "sentence"),
    [
        ("done", PROJECT_OWED["done"] | {"result": ""}, "要写明实际结果、依据和完成日期"),
        ("done", PROJECT_OWED["done"] | {"evidence": " "}, "要写明实际结果、依据和完成日期"),
        ("done", PROJECT_OWED["done"] | {"ends_on": None}, "要写明实际结果、依据和完成日期"),
        ("done", PROJECT_OWED["done"] | {"ends_on": days(1)}, "完成日期不能在今天之后。"),
        ("done", PROJECT_OWED["done"] | {"ends_on": days(-400)}, "完成日期不能早于开始日期。"),
        ("stopped", {"reason": " "}, "请写明理由。"),
    ],
)
def test_a_project_is_not_done_without_a_result(to, owed, sentence):
    found = factories.project(starts_on=days(-30))
    with pytest.raises(Refused, match=sentence):
        services.move_project(found, to, actor=None, **owed)
    found.refresh_from_db()
    assert (found.status, found.version) == ("planned", 0)


def test_a_changed_project_raises_its_version_and_a_stale_page_is_refused():
    found = factories.project()
    found.title = "桂花苑充电棚"
    assert services.change_project(found, ["title"], actor=None, version=0).version == 1
    with pytest.raises(Stale):
        services.change_project(found, ["title"], actor=None, version=0)


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
