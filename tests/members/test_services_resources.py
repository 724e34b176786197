"""What can be done with a resource: it is offered, edited, and moved, by one service an act."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from foundation import contacts
from foundation.actors import SYSTEM, Party
from foundation.audit import AuditEntry
from foundation.errors import Refused, RequirementMissing, Stale, TransitionNotAllowed
from foundation.message_templates import render
from foundation.outbox import OutboxMessage
from foundation.workflow import allowed_moves
from members.models import Resource
from members.services import bookings, resources
from members.workflow import RESOURCE_MOVES
from tests import factories
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db

REASON = "出差一个月"
# Act → status before → status after and who may. L: liaison staff, O: the member whose it is, S: the system. What is
# not listed is refused to everybody.
TABLE = {
    resources.review: {"offered": ("reviewed", "LS")},
    resources.turn_down: {"offered": ("ended", "LS")},
    resources.open_: {"reviewed": ("open", "LOS"), "paused": ("open", "LOS")},
    resources.pause: {"open": ("paused", "LOS")},
    resources.end: {"reviewed": ("ended", "LOS"), "open": ("ended", "LOS"), "paused": ("ended", "LOS")},
}
WITH_REASON = (resources.turn_down, resources.pause, resources.end)
BY_MEMBERS_TOO = (resources.open_, resources.pause, resources.end)
STATUSES = ["offered", "reviewed", "open", "paused", "ended"]
# C: community staff, A: the auditor, X: another member.
WHO = "LCAOXS"
CASES = [
    (act, status, WHO if act in BY_MEMBERS_TOO else WHO.replace("O", "").replace("X", ""))
    for act in TABLE
    for status in STATUSES
]


def fresh(resource: Resource) -> Resource:
    return Resource.objects.get(pk=resource.pk)


def another_member():
    return factories.member_with_account("another", name="另一位")


def acting(who: str) -> dict:
    """As whom they act."""
    if who in "OX":
        member = factories.member_with_account() if who == "O" else another_member()
        return {"actor": member.user, "party": Party.MEMBER}
    staff = {"L": factories.liaison_staff, "C": factories.community_staff, "A": factories.auditor}
    return {"actor": SYSTEM if who == "S" else staff[who]()}


def unsaved(title: str = "家门口的法律咨询", **values) -> Resource:
    defaults = {"category": factories.resource_category(), "about": "每次半小时。"}
    return Resource(title=title, **(defaults | values))


def moves(resource: Resource) -> list[tuple[str, str]]:
    return list(resource.transitions.values_list("from_status", "to_status"))


# --- Moves -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def parties():
    return {who: acting(who) for who in WHO}


@each_row(("act", "status", "everybody"), CASES)
def test_a_resource_moves_as_the_table_says_and_not_otherwise(parties, act, status, everybody):
    resource = factories.resource(member=factories.member_with_account(), status=status)
    reason = {"reason": REASON} if act in WITH_REASON else {}
    to, may = TABLE[act].get(status, ("", ""))
    before = (moves(resource), AuditEntry.objects.count(), resource.version)
    for who in set(everybody) - set(may):
        with pytest.raises(TransitionNotAllowed):
            act(resource, **parties[who], **reason)
        now = fresh(resource)
        assert (moves(now), AuditEntry.objects.count(), now.version) == before, who
        assert now.status == status, who
    for who in may:
        given = parties[who] | reason
        with transaction.atomic():
            moved = act(resource, version=resource.version, **given)
            assert (moved.status, fresh(resource).status) == (to, to)
            assert (moved.reason, fresh(resource).reason) == (given.get("reason", ""),) * 2
            assert moved.version == resource.version + 1
            assert moves(resource) == [*before[0], (status, to)]
            logged = resource.transitions.latest("pk")
            own, system = (moved.member.user, "member"), (None, "system")
            user, party = {"O": own, "S": system}.get(who, (given["actor"], "staff"))
            assert (logged.actor, logged.party, logged.reason) == (user, party, "")
            # What staff do goes into the audit too.
            assert AuditEntry.objects.count() - before[1] == (1 if who == "L" else 0)
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("status", "staff", "own"),
    [
        ("offered", {"reviewed", "ended"}, set()),
        ("reviewed", {"open", "ended"}, {"open", "ended"}),
        ("open", {"paused", "ended"}, {"paused", "ended"}),
        ("paused", {"open", "ended"}, {"open", "ended"}),
        ("ended", set(), set()),
    ],
)
def test_only_the_moves_of_a_status_are_offered_to_each(status, staff, own):
    def offered(who: str) -> set[str]:
        return set(allowed_moves(RESOURCE_MOVES[status], **acting(who)))

    assert (offered("L"), offered("C"), offered("A"), offered("O")) == (staff, set(), set(), own)


def test_a_member_who_is_no_staff_cannot_move_their_own_as_staff():
    own = factories.member_with_account()
    resource = factories.resource(member=own)
    with pytest.raises(TransitionNotAllowed):
        resources.pause(resource, reason=REASON, actor=own.user)


def test_a_resource_of_nobody_s_account_is_no_member_s_own():
    with pytest.raises(TransitionNotAllowed, match="这不是您提供的资源。"):
        resources.pause(factories.resource(), reason=REASON, actor=another_member().user, party=Party.MEMBER)


@pytest.mark.parametrize("reason", ["", " \n "])
@pytest.mark.parametrize("act", WITH_REASON)
def test_a_move_without_its_reason_is_refused(act, reason):
    resource = factories.resource(status="offered" if act == resources.turn_down else "open")
    with pytest.raises(RequirementMissing, match="须写明原因。"):
        act(resource, reason=reason, actor=SYSTEM)
    assert moves(resource)[-1][1] == fresh(resource).status == resource.status


def test_a_reason_has_its_length():
    resource = factories.resource()
    with pytest.raises(Refused, match="原因最多 200 个字。"):
        resources.end(resource, reason="长" * 201, actor=SYSTEM)
    assert resources.end(resource, reason="长" * 200, actor=SYSTEM).status == "ended"


def test_the_reason_goes_when_it_is_open_again():
    resource = factories.resource(status="paused")
    assert resource.reason == REASON
    assert resources.open_(resource, actor=SYSTEM).reason == ""


def test_a_stale_page_is_refused():
    resource = factories.resource()
    resources.pause(resource, reason=REASON, actor=SYSTEM)
    with pytest.raises(Stale):
        resources.end(resource, reason=REASON, actor=SYSTEM, version=resource.version)
    with pytest.raises(Stale):
        resources.edit(resource, {"capacity": 3}, actor=SYSTEM, version=resource.version)
    assert fresh(resource).status == "paused"


@pytest.mark.parametrize("act", [resources.pause, resources.end])
def test_what_is_held_stays_held_when_it_is_paused_or_ended(act):
    resource = factories.resource(capacity=2)
    held = bookings.book(resource, key="dispatch:1", day=timezone.localdate())
    act(resource, reason=REASON, actor=SYSTEM)
    held.refresh_from_db()
    assert held.status == "held"
    bookings.use(held)
    assert fresh(resource).used_count == 1


def test_the_log_is_never_changed():
    resource = factories.resource()
    for act in (lambda: resource.transitions.update(to_status="ended"), lambda: resource.transitions.all().delete()):
        with pytest.raises(Exception, match=r"append.only|never"), transaction.atomic():
            act()
    assert moves(resource) == [("", "offered"), ("offered", "reviewed"), ("reviewed", "open")]


# --- Messages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "given", "template", "words"),
    [
        (resources.review, {}, "resource_reviewed", "已审核通过"),
        (resources.turn_down, {"reason": "与现有资源重复"}, "resource_turned_down", "这次没有采用"),
    ],
)
def test_the_member_is_notified_of_what_came_of_the_review(act, given, template, words):
    contact = contacts.store(phone="13912345678")
    resource = factories.resource(member=factories.committee_member(contact=contact), status="offered")
    act(resource, actor=factories.liaison_staff(), **given)
    message = OutboxMessage.objects.get()
    assert (message.contact, message.template, message.parameters) == (contact, template, {"resource": resource.pk})
    text = render(message.template, message.parameters)
    assert words in text.body
    assert f"http://portal.example/my/resources/{resource.pk}/" in text.body
    assert "与现有资源重复" not in text.body


def test_nobody_is_notified_of_later_moves_nor_without_a_contact():
    reached = factories.resource(member=factories.committee_member("有号", contact=contacts.store(phone="13912345678")))
    OutboxMessage.objects.all().delete()
    resources.end(reached, reason=REASON, actor=SYSTEM)
    resources.review(factories.resource(status="offered"), actor=SYSTEM)
    resources.review(factories.resource(organisation=factories.organisation(), status="offered"), actor=SYSTEM)
    assert OutboxMessage.objects.count() == 0


# --- Offering --------------------------------------------------------------------------------------------------------


def test_a_member_offers_for_themselves_in_their_own_subdistrict():
    own, places = factories.member_with_account(), factories.tree()
    someone = factories.committee_member("别人")
    # Whatever the object says, it is their own.
    offered = unsaved(member=someone, area=places.far_subdistrict)
    made = resources.offer(offered, [places.community], actor=own.user, party=Party.MEMBER)
    assert (made.status, made.member, made.area) == ("offered", own, places.subdistrict)
    assert list(made.areas.all()) == [places.community]
    assert moves(made) == [("", "offered")]
    assert AuditEntry.objects.count() == 0


def test_staff_offer_for_an_organisation():
    liaison, organisation = factories.liaison_staff(), factories.organisation()
    made = resources.offer(unsaved(organisation=organisation, area=factories.tree().subdistrict), [], actor=liaison)
    assert made.organisation == organisation
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject) == ("added", liaison, f"resource:{made.pk}")


@pytest.mark.parametrize("who", ["C", "A"])
def test_others_may_not_offer(who):
    with pytest.raises(TransitionNotAllowed):
        resources.offer(unsaved(organisation=factories.organisation()), [], **acting(who))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"title": " "}, "请填写名称和服务内容。"),
        ({"about": "\n"}, "请填写名称和服务内容。"),
        ({"capacity": 0}, "每月次数应为 1 到 999；不限的请留空。"),
        ({"capacity": 100_000}, "每月次数应为 1 到 999；不限的请留空。"),
        (
            {"starts_on": datetime.date(2026, 5, 2), "ends_on": datetime.date(2026, 5, 1)},
            "截止日期不能早于开始日期。",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_saved(values, words):
    own = factories.member_with_account()
    with pytest.raises(Refused, match=words):
        resources.offer(unsaved(**values), [], actor=own.user, party=Party.MEMBER)
    assert Resource.objects.count() == 0
    resource = factories.resource()
    with pytest.raises(Refused, match=words):
        resources.edit(resource, values, actor=SYSTEM)
    assert fresh(resource).version == resource.version


def test_it_comes_from_one_provider_and_serves_places_of_its_own_area():
    places = factories.tree()
    both = {"member": factories.committee_member(), "organisation": factories.organisation()}
    for providers in (both, {}):
        with pytest.raises(Refused, match="二者选一"):
            resources.offer(unsaved(area=places.subdistrict, **providers), [], actor=SYSTEM)
    with pytest.raises(Refused, match="服务区域应在所属区域之内。"):
        factories.resource(areas=[places.community, places.far_community])
    resource = factories.resource()
    with pytest.raises(Refused, match="服务区域应在所属区域之内。"):
        resources.edit(resource, {"capacity": 5}, areas=[places.far_community], actor=SYSTEM)
    assert fresh(resource).capacity is None


def test_the_same_form_twice_makes_one():
    own = factories.member_with_account()
    resources.offer(unsaved(), [], actor=own.user, party=Party.MEMBER)
    with pytest.raises(Refused, match="已有名为“家门口的法律咨询”的资源。"):
        resources.offer(unsaved(), [], actor=own.user, party=Party.MEMBER)
    assert Resource.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_once_makes_one():
    own = factories.member_with_account()
    category = factories.resource_category()
    who = {"actor": own.user, "party": Party.MEMBER}
    made = at_once(*[lambda: resources.offer(unsaved(category=category), [], **who)] * 5)
    assert sum(isinstance(result, Resource) for result in made) == 1
    assert sum(isinstance(result, Refused) for result in made) == 4
    assert Resource.objects.count() == 1


# --- Editing ---------------------------------------------------------------------------------------------------------


def test_an_edit_writes_and_audits_only_what_changed():
    places, liaison = factories.tree(), factories.liaison_staff()
    resource = factories.resource(areas=[places.community])
    edited = resources.edit(
        resource,
        {"title": resource.title, "capacity": 4, "languages": "普通话"},
        areas=[places.other_community],
        actor=liaison,
        version=resource.version,
    )
    assert (edited.capacity, edited.languages, edited.version) == (4, "普通话", resource.version + 1)
    assert list(edited.areas.all()) == [places.other_community]
    assert AuditEntry.objects.get().detail == "languages, capacity, areas"
    # Nothing changed: nothing is written.
    assert resources.edit(edited, {"capacity": 4}, areas=[places.other_community], actor=liaison).version == (
        edited.version
    )
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("status", ["offered", "reviewed", "open", "paused", "ended"])
def test_a_member_edits_the_words_before_the_review_and_later_only_the_terms(status):
    own = factories.member_with_account()
    resource = factories.resource(member=own, status=status)

    def edit(**fields):
        return resources.edit(fresh(resource), fields, actor=own.user, party=Party.MEMBER)

    if status == "ended":
        with pytest.raises(Refused, match="已经结束"):
            edit(capacity=3)
        return
    assert edit(capacity=3).capacity == 3
    if status == "offered":
        assert edit(title="新名称").title == "新名称"
    else:
        with pytest.raises(Refused, match="请联络委修改"):
            edit(title="新名称", capacity=7)
        assert fresh(resource).capacity == 3
    with pytest.raises(Refused, match="请联络委修改"):
        edit(title_en="Advice")
    # Staff may, and translate it.
    edited = resources.edit(resource, {"title": "改过", "title_en": " Advice "}, actor=factories.liaison_staff())
    assert (edited.title, edited.title_en) == ("改过", "Advice")


@pytest.mark.parametrize("who", ["C", "A", "X"])
def test_others_may_not_edit(who):
    resource = factories.resource(member=factories.member_with_account())
    with pytest.raises(TransitionNotAllowed):
        resources.edit(resource, {"capacity": 3}, **acting(who))


def test_status_and_provider_are_not_edited():
    with pytest.raises(TypeError, match="member, status"):
        resources.edit(factories.resource(), {"status": "ended", "member": None}, actor=SYSTEM)


def test_the_database_keeps_what_the_service_says():
    resource = factories.resource()
    for values in ({"capacity": 0}, {"status": "gone"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Resource.objects.filter(pk=resource.pk).update(**values)
    assert connection.is_usable()
