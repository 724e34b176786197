"""What can be done with a resource: offered, edited, and moved on by one door."""

import datetime
import itertools

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from foundation import contacts
from foundation.acts import Refused, Stale, TransitionNotAllowed
from foundation.audit import AuditEntry
from foundation.outbox import OutboxMessage
from members.models import Resource
from members.services import bookings, resources
from members.workflow import ResourceStatus as R
from nanhu_portal.messages import render
from tests import factories
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db

REASON = "出差一个月"
# From → to → who may. L: liaison staff, O: the member whose it is. Others: nowhere.
TABLE = {
    ("offered", "reviewed"): "L",
    ("offered", "ended"): "L",
    ("reviewed", "open"): "LO",
    ("reviewed", "ended"): "LO",
    ("open", "paused"): "LO",
    ("open", "ended"): "LO",
    ("paused", "open"): "LO",
    ("paused", "ended"): "LO",
}
STATUSES = ["offered", "reviewed", "open", "paused", "ended"]
WHO = ["L", "C", "A", "O", "X"]


def fresh(resource: Resource) -> Resource:
    return Resource.objects.get(pk=resource.pk)


def person(who: str):
    """The account, and the member it acts as."""
    if who == "O":
        own = factories.member_with_account()
        return own.user, own
    if who == "X":
        other = factories.member_with_account("another", name="另一位")
        return other.user, other
    return {"L": factories.liaison_staff, "C": factories.community_staff, "A": factories.auditor}[who](), None


def unsaved(title: str = "家门口的法律咨询", **values) -> Resource:
    defaults = {"category": factories.resource_category(), "about": "每次半小时。"}
    return Resource(title=title, **(defaults | values))


def steps(resource: Resource) -> list[tuple[str, str]]:
    return list(resource.transitions.values_list("from_status", "to_status"))


# --- The one door ----------------------------------------------------------------------------------------------------


@pytest.fixture
def persons():
    return {who: person(who) for who in WHO}


@pytest.fixture
def made(came_from):
    return factories.resource(member=factories.member_with_account(), status=came_from)


@pytest.mark.parametrize("came_from", STATUSES)
@each_row(("to", "who"), itertools.product(STATUSES, WHO))
def test_a_resource_moves_as_the_table_says_and_not_otherwise(made, persons, came_from, to, who):
    resource = fresh(made)
    user, member = persons[who]
    before = (steps(resource), AuditEntry.objects.count(), resource.version)
    if who in TABLE.get((came_from, to), ""):
        moved = resources.move(resource, to, actor=user, member=member, reason=REASON, version=resource.version)
        assert (moved.status, fresh(resource).status) == (to, to)
        assert moved.reason == (REASON if to in ("paused", "ended") else "")
        assert moved.version == resource.version + 1
        assert steps(resource) == [*before[0], (came_from, to)]
        assert resource.transitions.last().actor == user
        # What staff do goes into the audit too.
        assert AuditEntry.objects.count() - before[1] == (1 if who == "L" else 0)
    else:
        with pytest.raises(TransitionNotAllowed):
            resources.move(resource, to, actor=user, member=member, reason=REASON)
        assert (steps(resource), AuditEntry.objects.count(), fresh(resource).version) == before
        assert fresh(resource).status == came_from


@pytest.mark.parametrize("came_from", STATUSES)
@each_row("who", WHO)
def test_only_what_may_be_done_now_is_offered(made, persons, came_from, who):
    resource = fresh(made)
    user, member = persons[who]
    expected = {to for (start, to), may in TABLE.items() if start == came_from and who in may}
    assert set(resources.allowed_moves(resource, user, member)) == expected


def test_a_member_who_is_no_staff_cannot_move_their_own_by_the_staff_door():
    own = factories.member_with_account()
    resource = factories.resource(member=own)
    with pytest.raises(TransitionNotAllowed):
        resources.move(resource, R.PAUSED, actor=own.user, reason=REASON)


@pytest.mark.parametrize(("to", "reason"), [(R.PAUSED, ""), (R.PAUSED, " \n "), (R.ENDED, ""), (R.ENDED, "长" * 201)])
def test_pausing_and_ending_owe_a_reason(to, reason):
    resource = factories.resource()
    with pytest.raises(Refused, match=r"请写明原因。|原因最多 200 个字。"):
        resources.move(resource, to, actor=None, reason=reason)
    assert fresh(resource).status == "open"


def test_the_reason_goes_when_it_is_open_again():
    resource = factories.resource(status=R.PAUSED)
    assert resource.reason == REASON
    assert resources.move(resource, R.OPEN, actor=None).reason == ""


def test_a_stale_page_is_refused():
    resource = factories.resource()
    resources.move(resource, R.PAUSED, actor=None, reason=REASON)
    with pytest.raises(Stale):
        resources.move(resource, R.ENDED, actor=None, reason=REASON, version=resource.version)
    with pytest.raises(Stale):
        resources.edit(resource, {"capacity": 3}, actor=None, version=resource.version)
    assert fresh(resource).status == "paused"


@pytest.mark.parametrize("to", [R.PAUSED, R.ENDED])
def test_what_is_held_stays_held_when_it_is_paused_or_ended(to):
    resource = factories.resource(capacity=2)
    held = bookings.book(resource, key="dispatch:1", day=timezone.localdate())
    resources.move(resource, to, actor=None, reason=REASON)
    held.refresh_from_db()
    assert held.status == "held"
    bookings.use(held)
    assert fresh(resource).used_count == 1


def test_the_trace_is_never_changed():
    resource = factories.resource()
    for act in (lambda: resource.transitions.update(to_status="ended"), lambda: resource.transitions.all().delete()):
        with pytest.raises(Exception, match=r"append.only|never"), transaction.atomic():
            act()
    assert steps(resource) == [("", "offered"), ("offered", "reviewed"), ("reviewed", "open")]


# --- Who is told -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "template", "words"),
    [
        (R.REVIEWED, "resource_reviewed", "已审核通过"),
        (R.ENDED, "resource_turned_down", "这次没有采用"),
    ],
)
def test_the_member_is_told_what_came_of_the_review(to, template, words):
    contact = contacts.store(phone="13912345678")
    resource = factories.resource(member=factories.committee_member(contact=contact), status=R.OFFERED)
    resources.move(resource, to, actor=factories.liaison_staff(), reason="与现有资源重复")
    message = OutboxMessage.objects.get()
    assert (message.contact, message.template, message.parameters) == (contact, template, {"resource": resource.pk})
    text = render(message.template, message.parameters)
    assert words in text.body
    assert f"http://portal.example/my/resources/{resource.pk}/" in text.body
    assert "与现有资源重复" not in text.body


def test_nobody_is_told_of_later_moves_nor_without_a_contact():
    told = factories.resource(member=factories.committee_member("有号", contact=contacts.store(phone="13912345678")))
    OutboxMessage.objects.all().delete()
    resources.move(told, R.ENDED, actor=None, reason=REASON)
    resources.move(factories.resource(status=R.OFFERED), R.REVIEWED, actor=None)
    resources.move(factories.resource(organisation=factories.organisation(), status=R.OFFERED), R.REVIEWED, actor=None)
    assert OutboxMessage.objects.count() == 0


# --- Offering --------------------------------------------------------------------------------------------------------


def test_a_member_offers_for_themselves_in_their_own_subdistrict():
    own, places = factories.member_with_account(), factories.tree()
    someone = factories.committee_member("别人")
    # Whatever the object says, it is their own.
    made = resources.offer(
        unsaved(member=someone, area=places.far_subdistrict), [places.community], actor=own.user, member=own
    )
    assert (made.status, made.member, made.area) == ("offered", own, places.subdistrict)
    assert list(made.areas.all()) == [places.community]
    assert steps(made) == [("", "offered")]
    assert AuditEntry.objects.count() == 0


def test_staff_offer_for_an_organisation():
    liaison, organisation = factories.liaison_staff(), factories.organisation()
    made = resources.offer(unsaved(organisation=organisation, area=factories.tree().subdistrict), [], actor=liaison)
    assert made.organisation == organisation
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject) == ("added", liaison, f"resource:{made.pk}")


@pytest.mark.parametrize("who", ["C", "A"])
def test_others_may_not_offer(who):
    user, _member = person(who)
    with pytest.raises(TransitionNotAllowed):
        resources.offer(unsaved(organisation=factories.organisation()), [], actor=user)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"title": " "}, "请写明名称和能做什么。"),
        ({"about": "\n"}, "请写明名称和能做什么。"),
        ({"capacity": 0}, "每月次数填 1 到 999；不限的请留空。"),
        ({"capacity": 100_000}, "每月次数填 1 到 999；不限的请留空。"),
        (
            {"starts_on": datetime.date(2026, 5, 2), "ends_on": datetime.date(2026, 5, 1)},
            "截止日期不能早于开始日期。",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_saved(values, words):
    own = factories.member_with_account()
    with pytest.raises(Refused, match=words):
        resources.offer(unsaved(**values), [], actor=own.user, member=own)
    assert Resource.objects.count() == 0
    resource = factories.resource()
    with pytest.raises(Refused, match=words):
        resources.edit(resource, values, actor=None)
    assert fresh(resource).version == resource.version


def test_it_comes_from_one_provider_and_serves_places_of_its_own_area():
    places = factories.tree()
    both = {"member": factories.committee_member(), "organisation": factories.organisation()}
    for providers in (both, {}):
        with pytest.raises(Refused, match="二者选一"):
            resources.offer(unsaved(area=places.subdistrict, **providers), [], actor=None)
    with pytest.raises(Refused, match="服务区域要在所属区域之内。"):
        factories.resource(areas=[places.community, places.far_community])
    resource = factories.resource()
    with pytest.raises(Refused, match="服务区域要在所属区域之内。"):
        resources.edit(resource, {"capacity": 5}, areas=[places.far_community], actor=None)
    assert fresh(resource).capacity is None


def test_the_same_form_twice_makes_one():
    own = factories.member_with_account()
    resources.offer(unsaved(), [], actor=own.user, member=own)
    with pytest.raises(Refused, match="已经有一项“家门口的法律咨询”了。"):
        resources.offer(unsaved(), [], actor=own.user, member=own)
    assert Resource.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_once_makes_one():
    own = factories.member_with_account()
    category = factories.resource_category()
    made = at_once(
        *(lambda: resources.offer(unsaved(category=category), [], actor=own.user, member=own) for _number in range(5))
    )
    assert sum(isinstance(result, Resource) for result in made) == 1
    assert sum(isinstance(result, Refused) for result in made) == 4
    assert Resource.objects.count() == 1


# --- Editing ---------------------------------------------------------------------------------------------------------


def test_an_edit_changes_what_changed_and_says_so():
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
def test_a_member_words_it_anew_before_the_review_and_later_only_its_terms(status):
    own = factories.member_with_account()
    resource = factories.resource(member=own, status=status)

    def edit(**fields):
        return resources.edit(fresh(resource), fields, actor=own.user, member=own)

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
    # Staff may.
    assert resources.edit(resource, {"title": "改过"}, actor=factories.liaison_staff()).title == "改过"


@pytest.mark.parametrize("who", ["C", "A", "X"])
def test_others_may_not_edit(who):
    user, member = person(who)
    resource = factories.resource(member=factories.member_with_account())
    with pytest.raises(TransitionNotAllowed):
        resources.edit(resource, {"capacity": 3}, actor=user, member=member)


def test_status_and_provider_are_not_edited():
    with pytest.raises(TypeError, match="member, status"):
        resources.edit(factories.resource(), {"status": "ended", "member": None}, actor=None)


def test_the_database_keeps_what_the_service_says():
    resource = factories.resource()
    for values in ({"capacity": 0}, {"status": "gone"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Resource.objects.filter(pk=resource.pk).update(**values)
    assert connection.is_usable()
