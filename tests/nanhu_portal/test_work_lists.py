"""Lists from which staff work begin with what waits, by the day by which it is due; their headings sort them."""

import datetime

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from consultation.models import Event, Milestone, Project, Topic
from demands.models import Dispatch, OfficeRequest
from demands.workflow import DemandStatus as S
from foundation.work_lists import WorkListAdmin
from members.models import DutyRecord, ProfileChange, Resource
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

# List → heading by which it is ordered first, and the other headings that sort it.
LISTS = {
    "consultation.Event": ("when", {"state"}),
    "consultation.Picture": ("created_at", set()),
    "consultation.Project": ("next_step", {"title", "starts_on"}),
    "consultation.Topic": ("closes_on", {"state", "order_count"}),
    "demands.Demand": ("due", {"state", "assigned", "age", "ref"}),
    "demands.Dispatch": ("answered_by", {"state", "made"}),
    "demands.ImportBatch": ("made_at", set()),
    "demands.OfficeRequest": ("expires_at", {"made_at"}),
    "demands.Proposal": ("drafted", {"state"}),
    "members.DutyRecord": ("day", {"kind", "state", "source"}),
    "members.ProfileChange": ("created_at", {"status"}),
    "members.Resource": ("offered", {"state"}),
}
# Of few rows, or by a column of another table: sorted without an index.
SORTED = {
    *("consultation.Event status", "consultation.Project next_step", "consultation.Project title"),
    *("demands.OfficeRequest expires_at", "demands.Demand ref"),
}


def day(ahead: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=ahead)


def moment(ahead: int) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=ahead)


def work_lists() -> dict[str, WorkListAdmin]:
    return {model._meta.label: one for model, one in admin.site._registry.items() if isinstance(one, WorkListAdmin)}


def changelist(one, user):
    request = RequestFactory().get("/")
    request.user = user
    return one.get_changelist_instance(request)


def shown(client, model, **query) -> list:
    address = f"/admin/{model._meta.label_lower.replace('.', '/')}/"
    return list(client.get(address, query).context["cl"].result_list)


def test_these_lists_are_ordered_by_what_waits_and_by_their_headings():
    boss, found = factories.superuser(), {}
    for label, one in work_lists().items():
        rows = changelist(one, boss)
        fields = {name: rows.get_ordering_field(name) for name in one.sortable_by}
        [first] = [name for name, field in fields.items() if field == one.work_order.field]
        assert set(one.sortable_by) <= set(one.list_display), label
        found[label] = (first, set(one.sortable_by) - {first})
    assert found == LISTS


def test_each_order_has_an_index():
    """With sorting forbidden, PostgreSQL sorts only where no index has the order."""
    boss, sorted_ = factories.superuser(), set()
    with connection.cursor() as cursor:
        for name in ("sort", "incremental_sort", "seqscan"):
            cursor.execute(f"SET LOCAL enable_{name} = off")
    for label, one in work_lists().items():
        rows = changelist(one, boss)
        for field in (rows.get_ordering_field(name) for name in one.sortable_by):
            for name in (field, f"-{field}"):
                plan = one.model.objects.order_by(*one.work_order.by(name)).explain()
                if "Sort" in plan:
                    sorted_.add(f"{label} {field}")
    assert sorted_ == SORTED


def test_dispatches_begin_with_those_to_answer_first(liaison_client):
    late, soon = (factories.dispatch(reply_by=day(ahead)) for ahead in (9, 2))
    done, accepted, open_ = (factories.dispatch(status) for status in ("done", "accepted", "open"))
    assert shown(liaison_client, Dispatch) == [soon, late, open_, accepted, done]


def test_questions_to_units_begin_with_what_is_awaited_first(liaison_client):
    demand, closed = factories.demand(S.IN_PROGRESS), factories.demand(S.RESOLVED)
    late, soon = (factories.office_request(demand, expires_at=moment(ahead)) for ahead in (9, 2))
    answered = factories.office_request(demand, answer="已修好。", expires_at=moment(5))
    over = factories.office_request(closed, expires_at=moment(-3))
    handled = factories.office_request(demand, answer="已修。", expires_at=moment(1), handled_at=moment(0))
    revoked = factories.office_request(demand, expires_at=moment(1), revoked_at=moment(0))
    assert shown(liaison_client, OfficeRequest) == [soon, answered, late, revoked, handled, over]


def test_records_of_duties_begin_with_those_to_confirm(liaison_client):
    confirmed = factories.duty(status="confirmed", day=day(0))
    new, old = (factories.duty(day=day(ago)) for ago in (-1, -5))
    returned = factories.duty(status="returned", day=day(-3))
    assert shown(liaison_client, DutyRecord) == [old, new, confirmed, returned]


def test_resources_and_profiles_begin_with_those_to_review(liaison_client):
    member = factories.committee_member()
    for status in ("open", "offered", "ended", "offered"):
        factories.resource(status, status=status, member=member)
    assert [row.status for row in shown(liaison_client, Resource)] == ["offered", "offered", "ended", "open"]
    offered = [row.pk for row in shown(liaison_client, Resource)[:2]]
    assert offered == sorted(offered)
    old = factories.profile_change(member, status="approved", created_at=moment(-9))
    waits = factories.profile_change(member, created_at=moment(-10))
    assert shown(liaison_client, ProfileChange) == [waits, old]


def test_topics_begin_with_those_that_close_first(liaison_client):
    much, never, late, soon = (factories.topic(f"议题{number}") for number in range(4))
    for topic, values in (
        (much, {"status": "discussed", "order_count": 50}),
        (never, {"order_count": 9}),
        (late, {"closes_on": day(9)}),
        (soon, {"closes_on": day(2)}),
    ):
        Topic.objects.filter(pk=topic.pk).update(**values)
    assert shown(liaison_client, Topic) == [soon, late, never, much]
    number = [*work_lists()["consultation.Topic"].list_display].index("order_count") + 1
    assert shown(liaison_client, Topic, o=f"-{number}") == [much, never, soon, late]
    assert shown(liaison_client, Topic, o=str(number)) == [late, soon, never, much]


def test_projects_begin_with_the_next_milestone(liaison_client):
    done = factories.project("已完成", status="done", result="建成。", starts_on=day(0))
    without, late, soon = (factories.project(f"项目{number}", starts_on=day(-number)) for number in range(3))
    for project, ahead in ((done, -20), (late, 30), (soon, -1), (soon, 60)):
        Milestone.objects.create(project=project, title="节点", due_on=day(ahead))
    Milestone.objects.create(project=late, title="已到", due_on=day(-9), done_on=day(-9))
    rows = shown(liaison_client, Project)
    assert rows == [soon, late, without, done]
    assert [row.next_step for row in rows] == [day(-1), day(30), None, None]


@each_row("typed", ["99", "x", "-", "0", "１", "--2"])
def test_a_heading_that_is_none_changes_nothing(liaison_client, typed):
    late, soon = (factories.dispatch(reply_by=day(ahead)) for ahead in (9, 2))
    assert shown(liaison_client, Dispatch, o=typed) == [soon, late]


def test_the_lists_take_few_queries_however_long_they_are(liaison_client, django_assert_max_num_queries):
    for number in range(12):
        demand = factories.demand(S.IN_PROGRESS)
        factories.office_request(demand)
        factories.duty(text=f"走访{number}户")
        factories.topic(f"议题{number}")
        Milestone.objects.create(project=factories.project(f"项目{number}"), title="节点", due_on=day(number))
        factories.resource(f"资源{number}", status="offered")
        factories.event()
    for model in (OfficeRequest, DutyRecord, Topic, Project, Resource, Event):
        shown(liaison_client, model)
        with django_assert_max_num_queries(8):
            assert len(shown(liaison_client, model)) == 12, model
