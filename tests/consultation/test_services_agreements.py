"""Agreements: what they cannot be without, what a move leaves behind, and what the public sees."""

import dataclasses
import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from consultation.models import Agreement, AgreementTransition, Event, OrganisationKind
from consultation.services import agreements
from consultation.services.agreements import Details
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 11, 24)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda value=None, zone=None: TODAY)


def days(count: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=count)


def details(**values) -> Details:
    defaults = {"what": "加装两盏路灯", "office": "公共管理办公室", "sector": "government", "due_on": days(10)}
    return Details(**(defaults | values))


def agree(event: Event, *, actor=SYSTEM, **values) -> Agreement:
    return agreements.agree(event, details(**values), actor=actor)


def edit(found: Agreement, *, actor=SYSTEM, version: int | None = None, **changes) -> Agreement:
    """Correct only what `changes` names."""
    changed = dataclasses.replace(agreements.details_of(found), **changes)
    return agreements.edit(found, changed, actor=actor, version=version)


def acts() -> list[tuple[str, str]]:
    return [(entry.action, entry.detail) for entry in AuditEntry.objects.order_by("pk")]


# --- Agreeing --------------------------------------------------------------------------------------------------------


def test_agreements_are_numbered_within_their_event():
    one, other = factories.event("held"), factories.event("minutes_published", area=factories.tree().other_community)
    numbers = [agree(event).number for event in (one, one, other, one, other)]
    assert numbers == [1, 2, 1, 3, 2]


@pytest.mark.parametrize(
    ("status", "taken"),
    [("planned", False), ("open", False), ("held", True), ("minutes_published", True), ("cancelled", False)],
)
def test_only_an_event_that_was_held_yields_agreements(status, taken):
    event = factories.event(status)
    if taken:
        assert agree(event).pk
    else:
        with pytest.raises(Refused, match="活动举行之后才能登记约定。"):
            agree(event)
    assert Agreement.objects.count() == taken


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ({"what": "  "}, "请填写约定内容。"),
        ({"office": " "}, "请写明由谁负责"),
        ({"due_on": None}, "请填写完成期限。"),
        ({"sector": ""}, "请选择负责的一方"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_saved(missing, sentence):
    event = factories.event("held")
    with pytest.raises(Refused, match=sentence):
        agree(event, **missing)
    assert not Agreement.objects.exists()
    assert not AgreementTransition.objects.exists()


def test_of_organisation_and_office_there_is_exactly_one():
    partner = factories.organisation(kind=OrganisationKind.SCHOOL)
    event = factories.event("held")
    with pytest.raises(Refused, match="二者选一"):
        agree(event, organisation=partner)
    found = agree(event, organisation=partner, office="", sector="")
    assert (found.owner, found.sector) == ("桂花物业", "school")


def test_an_organisation_brings_its_own_sector():
    found = agree(factories.event("held"), organisation=factories.organisation(), office="", sector="media")
    assert found.sector == "enterprise"


def test_an_item_of_another_agenda_is_refused():
    item = factories.event("held", area=factories.tree().other_community).agenda.get()
    with pytest.raises(Refused, match="不在这场活动的议程里"):
        agree(factories.event("held"), agenda_item=item)


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
    results = at_once(*[lambda: agree(event) for _ in range(8)])
    assert sorted(found.number for found in results) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_staff_need_the_permission_and_are_audited():
    event = factories.event("held")
    with pytest.raises(TransitionNotAllowed):
        agree(event, actor=factories.community_staff())
    agree(event, actor=factories.liaison_staff())
    assert acts()[-1] == ("added", "")


# --- Moving ----------------------------------------------------------------------------------------------------------

# Status → what comes with the move there.
GIVEN = {
    "under_way": {},
    "done": {"outcome": "照度 12 勒克斯", "evidence": "照度计记录", "measured_on": TODAY},
    "missed": {"reason": "灯具没有到货"},
    "dropped": {"reason": "改由供电公司统一更换"},
}


def agreed(status: str = "agreed") -> Agreement:
    found = factories.agreement(due_on=days(10))
    return agreements.MOVED_BY[status](found, **GIVEN[status], actor=SYSTEM) if status in GIVEN else found


def test_nothing_is_measured_on_a_day_to_come():
    found = agreed()
    with pytest.raises(Refused, match="核实日期不能在今天之后。"):
        agreements.fulfil(found, **GIVEN["done"] | {"measured_on": days(1)}, actor=SYSTEM)
    found.refresh_from_db()
    assert (found.status, found.outcome, found.reason, found.version) == ("agreed", "", "", 0)
    assert found.transitions.count() == 1


def test_an_agreement_fulfilled_late_keeps_in_its_log_that_it_was_missed():
    found = agreements.fulfil(agreed("missed"), actor=SYSTEM, **GIVEN["done"])
    assert (found.status, found.reason) == ("done", "")
    assert list(found.transitions.values_list("from_status", "to_status")) == [
        ("", "agreed"),
        ("agreed", "missed"),
        ("missed", "done"),
    ]


def test_a_move_is_audited_without_its_words():
    agreements.miss(agreed(), actor=factories.liaison_staff(), reason="李四住院")
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
    found = edit(agreed(), actor=factories.liaison_staff(), version=0, what="加装三盏路灯", due_on=days(20))
    assert (found.what, found.due_on, found.version) == ("加装三盏路灯", days(20), 1)
    assert acts()[-1] == ("changed", "what, due_on")


def test_nothing_changed_leaves_nothing():
    found = edit(agreed(), actor=factories.liaison_staff(), version=0, target="照度不低于 10 勒克斯")
    assert found.version == 0
    assert acts() == []


@pytest.mark.parametrize("status", ["done", "missed", "dropped"])
def test_what_has_ended_stays_as_it_was(status):
    with pytest.raises(Refused, match="已经结束"):
        edit(agreed(status), actor=SYSTEM, what="别的")


@pytest.mark.parametrize("broken", [{"due_on": None}, {"office": ""}, {"what": ""}])
def test_a_correction_keeps_owner_and_date(broken):
    found = agreed()
    with pytest.raises(Refused):
        edit(found, actor=SYSTEM, **broken)
    found.refresh_from_db()
    assert (found.office, found.version) == ("湖东街道公共管理办公室", 0)


def test_status_and_number_are_not_edited():
    for field in ("status", "number", "outcome", "event"):
        with pytest.raises(TypeError):
            edit(agreed(), actor=SYSTEM, **{field: "done"})


def test_a_stale_page_and_a_missing_permission_are_refused():
    found = agreed("under_way")
    with pytest.raises(Stale):
        edit(found, actor=SYSTEM, version=0, what="别的")
    with pytest.raises(TransitionNotAllowed):
        edit(found, actor=factories.community_staff(), what="别的")


# --- What the public sees --------------------------------------------------------------------------------------------


def test_agreements_are_public_with_the_minutes():
    published = factories.agreement()
    factories.agreement(factories.event("held", area=factories.tree().other_community))
    assert list(Agreement.objects.public()) == [published]


def test_overdue_ones_stand_first_and_what_has_ended_last():
    event = factories.event("minutes_published")
    made = {day: factories.agreement(event, due_on=days(day)) for day in (5, -9, 1, -3, -20, -40)}
    for day in (-20, -40):
        agreements.fulfil(made[day], actor=SYSTEM, **GIVEN["done"])
    order = [(found.due_on - TODAY).days for found in Agreement.objects.open_first()]
    assert order == [-9, -3, 1, 5, -20, -40]
