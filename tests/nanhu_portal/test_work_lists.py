"""Lists from which staff work begin with what waits, by the day by which it is due; their headings sort them."""

import datetime

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from consultation.models import Agreement, Event, Milestone, Project, Slot, Topic
from demands.models import Dispatch, OfficeRequest
from demands.workflow import DemandStatus as S
from foundation.work_lists import WorkListAdmin
from members.models import DutyRecord, ProfileChange, Reception, Resource
from members.services import receptions
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

# List → heading by which it is ordered first, and the other headings that sort it.
LISTS = {
    "consultation.Agreement": ("due", {"state"}),
    "consultation.Event": ("when", {"state"}),
    "consultation.Picture": ("created_at", set()),
    "consultation.Project": ("next_step", {"title", "starts_on"}),
    "consultation.Slot": ("planned_on", {"series", "venue"}),
    "consultation.Topic": ("closes_on", {"state", "order_count"}),
    "demands.Demand": ("due", {"state", "assigned", "age", "ref"}),
    "demands.Dispatch": ("answered_by", {"state", "made"}),
    "demands.ImportBatch": ("made_at", set()),
    "demands.OfficeRequest": ("expires_at", {"made_at"}),
    "demands.Proposal": ("drafted", {"state"}),
    "members.DutyRecord": ("day", {"kind", "state", "source"}),
    "members.ProfileChange": ("created_at", {"status"}),
    "members.Reception": ("when", {"member"}),
    "members.Resource": ("offered", {"state"}),
}
# Of few rows, by a column of another table, or by what is to come: sorted without an index.
SORTED = {
    *("consultation.Event status", "consultation.Project next_step", "consultation.Project title"),
    *("demands.OfficeRequest expires_at", "demands.Demand ref", "consultation.Agreement status"),
    *(f"consultation.Slot {field}" for field in ("planned_on", "series", "venue")),
    *("members.Reception starts_at", "members.Reception member"),
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


def sorted_by(client, model, heading: str) -> list:
    number = changelist(admin.site._registry[model], client.user).list_display.index(heading.removeprefix("-"))
    return shown(client, model, o=f"{'-' * heading.startswith('-')}{number}")


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
    assert sorted_by(liaison_client, Topic, "-order_count") == [much, never, soon, late]
    assert sorted_by(liaison_client, Topic, "order_count") == [late, soon, never, much]


def test_agreements_begin_with_what_is_due_first_and_sort_by_their_headings(liaison_client):
    held = factories.event("minutes_published")
    late, soon, over, ended = (factories.agreement(held, due_on=day(ahead)) for ahead in (9, 2, 5, 30))
    Agreement.objects.filter(pk__in=(over.pk, ended.pk)).update(status="missed", reason="没有经费")
    assert shown(liaison_client, Agreement) == [soon, late, ended, over]
    assert sorted_by(liaison_client, Agreement, "-due") == [late, soon, ended, over]
    assert sorted_by(liaison_client, Agreement, "state") == [late, soon, ended, over]


def test_receptions_and_slots_begin_with_those_to_come_and_sort_by_their_headings(liaison_client):
    first, second = factories.committee_member("甲"), factories.committee_member("乙")
    late, soon, off = (factories.reception(first, starts_at=moment(ahead)) for ahead in (9, 2, 5))
    other = factories.reception(second, starts_at=moment(4))
    receptions.cancel(off, reason="临时有会", actor=factories.superuser())
    assert shown(liaison_client, Reception) == [soon, other, late, off]
    assert sorted_by(liaison_client, Reception, "-when") == [late, other, soon, off]
    assert sorted_by(liaison_client, Reception, "member") == [late, off, soon, other]
    talk, study = factories.series(), factories.series("study", order=1)
    far, near, past = (factories.slot(talk, day(ahead)) for ahead in (80, 40, -40))
    weekly = factories.slot(study, day(60))
    assert shown(liaison_client, Slot) == [near, weekly, far, past]
    assert sorted_by(liaison_client, Slot, "-planned_on") == [far, weekly, near, past]
    assert sorted_by(liaison_client, Slot, "series") == [far, near, past, weekly]
    assert sorted_by(liaison_client, Slot, "-series") == [weekly, past, near, far]


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
        factories.agreement(factories.event("minutes_published"))
        factories.reception(factories.committee_member(f"委员{number}"))
        factories.slot(factories.series(f"series-{number}"))
    for model in (OfficeRequest, DutyRecord, Topic, Project, Resource, Event, Agreement, Reception, Slot):
        shown(liaison_client, model)
        with django_assert_max_num_queries(8):
            assert len(shown(liaison_client, model)) == 12, model
