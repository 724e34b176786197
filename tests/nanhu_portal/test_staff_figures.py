"""The figures of a period for staff: each number is written by hand from the rows that a test makes."""

import datetime
import zoneinfo
from decimal import Decimal

import pytest

from consultation.models import Event, PartnerSector, VenueKind
from consultation.services import agreements
from consultation.workflow import EventStatus
from demands.models import Demand, OfficeRequest, Unit
from demands.workflow import DispatchStatus
from foundation import clock
from foundation.actors import SYSTEM
from foundation.periods import Period
from members.models import Resource
from members.services import attendance
from members.workflow import DutyStatus
from nanhu_portal.staff_figures.columns import GROUPS, By
from nanhu_portal.staff_figures.tables import figures, scope_of
from tests import factories
from tests.pages import words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
NOW = datetime.datetime(2025, 10, 20, 10, tzinfo=SHANGHAI)
QUARTER = Period(datetime.date(2025, 7, 1), datetime.date(2025, 9, 30))
FIRST, LAST = QUARTER.moments
BEFORE, AFTER = FIRST - datetime.timedelta(microseconds=1), LAST + datetime.timedelta(microseconds=1)


def day(month: int, number: int, hour: int = 10) -> datetime.datetime:
    return datetime.datetime(2025, month, number, hour, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def autumn():
    with clock.turned_to(NOW):
        yield


def counted(by: By = By.COMMUNITY, scope=None, groups=GROUPS, period: Period = QUARTER):
    return figures(period, by, scope, groups)


def numbers(table, *names: str) -> dict[str, list]:
    """What a table says of some figures, by the name of the row, the total included; rows of noughts are left out."""
    found = {row.name: [row[name] for name in names] for row in (*table.rows, table.total)}
    return {name: values for name, values in found.items() if any(value not in (0, (0, 0), None) for value in values)}


# --- Demands ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def demands(db) -> None:
    """Five demands of the quarter in two communities and their subdistrict, and two just before and after it.

    What has not been answered is late by now.
    """
    tree = factories.tree()
    here, there = {"area": tree.compound}, {"area": tree.other_community}
    factories.demand(at=BEFORE, **here)
    factories.demand(at=AFTER, **here)
    factories.demand("resolved", at=FIRST, **here)
    factories.demand("in_progress", at=LAST, **here)
    factories.demand("declined", at=day(8, 1), **{**here, "category": factories.category("safety", name="安全隐患")})
    factories.demand("received", at=day(8, 2), **there)
    factories.demand("reopened", at=day(8, 3), area=tree.subdistrict)


def test_demands_are_counted_by_community_and_what_is_of_none_stands_after_them(demands):
    table = counted()
    assert [row.name for row in table.rows] == [
        "湖东街道 · 桂花社区",
        "湖东街道 · 柳园社区",
        "湖东街道（不属于某一社区）",
        "湖西街道 · 松林社区",
    ]
    assert numbers(table, "received", "bottom_up", "top_down", "solved", "declined", "open", "overdue", "reopened") == {
        "湖东街道 · 桂花社区": [3, 3, 0, 1, 1, 1, 1, 0],
        "湖东街道 · 柳园社区": [1, 1, 0, 0, 0, 1, 1, 0],
        "湖东街道（不属于某一社区）": [1, 1, 0, 0, 0, 1, 1, 1],
        "合计": [5, 5, 0, 1, 1, 3, 3, 1],
    }


def test_rates_have_their_parts_and_wholes_and_a_percentage_from_ten_on(demands):
    table = counted()
    assert numbers(table, "response", "response_overdue", "resolution") == {
        "湖东街道 · 桂花社区": [(2, 3), 1, (1, 2)],
        "湖东街道 · 柳园社区": [(0, 1), 1, (0, 0)],
        "湖东街道（不属于某一社区）": [(1, 1), 0, (0, 1)],
        "合计": [(3, 5), 2, (1, 3)],
    }
    assert table.total["response"].percent == "" and table.total["days_to_answer"] is None
    for number in range(7):
        factories.demand("resolved", at=day(9, 1 + number))
    table = counted()
    # Ten were answered, all of them at once, and two are late.
    assert (table.total["response"], table.total["response"].percent) == ((10, 12), "83.3")
    assert table.total["days_to_answer"] == 0
    # Eight of ten that ended are resolved now.
    assert (table.total["resolution"], table.total["resolution"].percent) == ((8, 10), "80.0")


def test_units_and_categories_have_rows_where_there_is_something(demands):
    unit = Unit.objects.create(name="区城管局", kind="department")
    Unit.objects.create(name="供电公司", kind="utility")
    mine = Demand.objects.get(status="in_progress")
    Demand.objects.filter(pk=mine.pk).update(unit=unit)
    asked = {"made_at": LAST, "expires_at": day(10, 19)}
    for values in ({}, {"answer": "月底修好"}, {"unit": None}, {"made_at": AFTER}, {"revoked_at": NOW}):
        found = factories.office_request(mine, answer=values.pop("answer", ""), unit=values.pop("unit", unit))
        OfficeRequest.objects.filter(pk=found.pk).update(**(asked | values))
    table = counted(By.UNIT)
    assert numbers(table, "received", "open", "asked", "replied", "unanswered") == {
        "区城管局": [1, 1, 2, 1, 1],
        "未确定责任单位": [4, 2, 0, 0, 0],
        "合计": [5, 3, 2, 1, 1],
    }
    assert {group.name for group in table.groups} == {"demands", "rates", "questions"}
    table = counted(By.CATEGORY)
    assert numbers(table, "received", "declined") == {"环境卫生": [4, 0], "安全隐患": [1, 1], "合计": [5, 1]}
    assert {group.name for group in table.groups} == {"demands", "rates", "resources"}


# --- Meetings --------------------------------------------------------------------------------------------------------


def served(status: str, at: datetime.datetime, people: int | None = None, **values) -> Event:
    found = factories.event(status, starts_at=at, **values)
    Event.objects.filter(pk=found.pk).update(people_served=people)
    return found


@pytest.fixture
def meetings(db) -> list[Event]:
    """Three events in two communities in the quarter, one of the district, others beside the quarter or cancelled."""
    tree = factories.tree()
    here, there = {"area": tree.community}, {"area": tree.other_community}
    served(EventStatus.HELD, BEFORE, 900, **here)
    served(EventStatus.HELD, AFTER, 900, **here)
    served(EventStatus.CANCELLED, day(8, 9), **here)
    served(EventStatus.OPEN, day(9, 30), **here)
    return [
        served(EventStatus.MINUTES_PUBLISHED, FIRST, 30, **here),
        served(EventStatus.HELD, LAST, 4, **here),
        served(EventStatus.MINUTES_PUBLISHED, day(8, 1), **there),
        served(EventStatus.HELD, day(8, 2), 100, area=tree.district),
    ]


def test_events_and_the_people_they_served_count_where_and_when_they_were_held(meetings):
    names = ("meetings", "minutes", "cancelled", "served", "served_at")
    assert numbers(counted(), *names) == {
        "湖东街道 · 桂花社区": [2, 1, 1, 34, 2],
        "湖东街道 · 柳园社区": [1, 1, 0, 0, 0],
        "南湖区（不属于某一社区）": [1, 0, 0, 100, 1],
        "合计": [4, 2, 1, 134, 3],
    }


def test_slots_are_due_by_their_day_and_missed_where_nothing_came_of_them(meetings):
    tree = factories.tree()
    monthly, other = factories.series(), factories.series("talk", area=tree.other_community)
    factories.slot(monthly, datetime.date(2025, 6, 30))
    held = factories.slot(
        monthly, datetime.date(2025, 7, 1), venue=factories.venue(VenueKind.DELIBERATION_HOME, tree.community)
    )
    Event.objects.filter(pk=meetings[0].pk).update(slot=held)
    factories.slot(monthly, datetime.date(2025, 9, 30))
    factories.slot(other, datetime.date(2025, 8, 1))
    assert numbers(counted(), "slots", "slots_missed") == {
        "湖东街道 · 桂花社区": [1, 0],
        "湖东街道 · 柳园社区": [1, 1],
        "湖东街道（不属于某一社区）": [1, 1],
        "合计": [3, 2],
    }


def test_who_came_is_counted_in_people_and_the_five_sectors_by_their_meetings(meetings):
    first, second, third, _district = meetings
    attendance.record_people(first, 20, actor=SYSTEM)
    attendance.record_people(first, 2, sector=PartnerSector.SCHOOL, key="a", actor=SYSTEM)
    attendance.record_people(first, 3, sector=PartnerSector.SCHOOL, key="b", actor=SYSTEM)
    attendance.record_organisation(second, factories.organisation(), 4, actor=SYSTEM)
    attendance.record_people(second, 1, sector=PartnerSector.SCHOOL, actor=SYSTEM)
    attendance.record_member(third, factories.committee_member(), actor=SYSTEM)
    assert numbers(counted(), "attended", "residents", "meetings_school", "meetings_enterprise", "meetings_media") == {
        "湖东街道 · 桂花社区": [30, 20, 2, 1, 0],
        "湖东街道 · 柳园社区": [1, 0, 0, 0, 0],
        "合计": [31, 20, 2, 1, 0],
    }


def test_agreements_count_with_their_event_once_its_minutes_are_public(meetings):
    first, unpublished, third, _district = meetings
    details = {"due_on": datetime.date(2025, 10, 20)}
    factories.agreement(unpublished, **details)
    kept = factories.agreement(first, **details)
    agreements.fulfil(kept, outcome="已装好", evidence="现场照片", measured_on=datetime.date(2025, 10, 1), actor=SYSTEM)
    agreements.miss(factories.agreement(first, **details), reason="没有场地", actor=SYSTEM)
    agreements.drop(factories.agreement(first, **details), reason="居民不再需要", actor=SYSTEM)
    factories.agreement(third, sector=PartnerSector.SCHOOL, **details)
    factories.agreement(third, due_on=datetime.date(2025, 10, 19))
    names = ("made", "kept", "missed", "running", "late", "made_government", "made_school")
    assert numbers(counted(), *names) == {
        "湖东街道 · 桂花社区": [3, 1, 1, 0, 0, 3, 0],
        "湖东街道 · 柳园社区": [2, 0, 0, 2, 1, 1, 1],
        "合计": [5, 1, 1, 2, 1, 4, 1],
    }


# --- Members ---------------------------------------------------------------------------------------------------------


def test_resources_count_by_the_place_of_the_demand_and_each_once(db):
    tree = factories.tree()
    member = factories.committee_member()
    law, health = (factories.resource(title, member=member) for title in ("法律咨询", "健康讲座"))

    def use(resource: Resource | None, status: str, area, at=FIRST) -> None:
        demand = factories.demand("in_progress", area=area, at=day(6, 20))
        with clock.turned_to(at):
            factories.dispatch(DispatchStatus.DONE, demand_=demand, member=member, resource=resource)
        if status != "in_progress":
            factories.move(Demand.objects.get(pk=demand.pk), status)

    use(law, "resolved", tree.compound)
    use(law, "in_progress", tree.community)
    use(health, "resolved", tree.community, LAST)
    use(law, "resolved", tree.other_community)
    use(None, "resolved", tree.other_community)
    use(law, "resolved", tree.other_community, AFTER)
    assert numbers(counted(), "used", "helped", "resources") == {
        "湖东街道 · 桂花社区": [3, 2, 2],
        "湖东街道 · 柳园社区": [1, 1, 1],
        "合计": [4, 3, 2],
    }
    assert numbers(counted(By.CATEGORY), "used", "helped", "resources") == {"环境卫生": [4, 3, 2], "合计": [4, 3, 2]}


def test_duties_count_where_they_took_place_or_else_at_the_committee(meetings):
    first, _second, third, district = meetings
    chen, wang = factories.committee_member(), factories.committee_member("王强")
    for event, member in ((first, chen), (first, wang), (third, chen), (district, chen)):
        attendance.record_member(event, member, actor=SYSTEM)
    log = {"day": datetime.date(2025, 9, 30), "hours": Decimal("1.5"), "people_served": 3}
    factories.duty(chen, DutyStatus.CONFIRMED, **log)
    factories.duty(chen, DutyStatus.SUBMITTED, text="等待确认", **log)
    factories.duty(chen, DutyStatus.CONFIRMED, text="后来的", day=datetime.date(2025, 10, 1))
    table = counted()
    # Events last two hours; what took place outside the committee's subdistrict counts at the committee.
    assert numbers(table, "duties", "members", "hours", "duty_people") == {
        "湖东街道 · 桂花社区": [2, 2, Decimal(4), 0],
        "湖东街道 · 柳园社区": [1, 1, Decimal(2), 0],
        "湖东街道（不属于某一社区）": [2, 1, Decimal("3.5"), 3],
        "合计": [5, 2, Decimal("9.5"), 3],
    }


# --- Whose -----------------------------------------------------------------------------------------------------------


def test_staff_see_the_communities_they_work_for_and_no_others(demands, meetings):
    tree = factories.tree()
    attendance.record_member(meetings[0], factories.committee_member(), actor=SYSTEM)
    far = factories.demand(at=day(8, 1), area=tree.far_compound)
    community = counted(scope=scope_of(factories.community_staff("c", tree.other_community)))
    assert [row.name for row in community.rows] == ["柳园社区"]
    assert numbers(community, "received", "meetings", "duties") == {"柳园社区": [1, 1, 0], "合计": [1, 1, 0]}
    own = counted(scope=scope_of(factories.community_staff("d", tree.community)))
    assert numbers(own, "received", "meetings", "duties") == {"桂花社区": [3, 2, 1], "合计": [3, 2, 1]}
    liaison = counted(scope=scope_of(factories.liaison_staff("l", tree.subdistrict)))
    assert [row.name for row in liaison.rows] == ["桂花社区", "柳园社区", "湖东街道（不属于某一社区）"]
    assert liaison.total["received"] == 5 and liaison.total["meetings"] == 3
    everywhere = scope_of(factories.superuser())
    assert everywhere is None and counted(scope=everywhere).total["received"] == 6
    [one] = counted(scope=scope_of(factories.superuser(), tree.far_subdistrict)).rows
    assert (one.name, one["received"], one.area) == ("松林社区", 1, tree.far_community) and far
    nobody = counted(scope=scope_of(factories.user("nobody")))
    assert nobody.rows == [] and nobody.total["received"] == 0


@pytest.mark.parametrize("by", By)
def test_counting_takes_few_queries_for_a_day_and_for_a_hundred_years(
    by, demands, meetings, django_assert_max_num_queries
):
    Demand.objects.update(unit=Unit.objects.create(name="区城管局", kind="department"))
    counted(by)  # areas and categories are cached
    expected = {By.COMMUNITY: 7, By.UNIT: 3, By.CATEGORY: 2}[by]
    for period in (Period(NOW.date(), NOW.date()), Period(datetime.date(1950, 1, 1), datetime.date(2050, 1, 1))):
        with django_assert_max_num_queries(expected):
            counted(by, period=period)
    assert counted(by, period=period).total["received"] == 7


def test_each_figure_has_a_name_of_its_own_and_a_definition():
    columns = [column for group in GROUPS for column in group.columns]
    assert len({column.name for column in columns}) == len(columns) > 40
    assert all(str(column.title) and str(column.definition).endswith("。") for column in columns)
    for group in GROUPS:
        assert {name for chart in group.charts for name in chart} <= {column.name for column in group.columns}


# --- The rows behind a number ----------------------------------------------------------------------------------------


def test_each_number_leads_to_the_list_of_just_the_rows_that_it_counts(demands, meetings, admin_client):
    tree = factories.tree()
    unit = Unit.objects.create(name="区城管局", kind="department")
    mine = Demand.objects.get(status="in_progress")
    Demand.objects.filter(pk=mine.pk).update(unit=unit, direction="top_down")
    factories.move(factories.demand(at=day(8, 4), area=tree.community), "split")
    for answer in ("", "月底修好"):
        found = factories.office_request(mine, unit=unit, answer=answer)
        OfficeRequest.objects.filter(pk=found.pk).update(made_at=LAST, expires_at=day(10, 19))
    member = factories.committee_member()
    with clock.turned_to(FIRST):
        factories.dispatch(
            DispatchStatus.DONE,
            demand_=factories.demand("in_progress", area=tree.compound),
            member=member,
            resource=factories.resource(member=member),
        )
    factories.agreement(meetings[0], due_on=datetime.date(2025, 10, 19))
    agreements.miss(factories.agreement(meetings[2]), reason="没有场地", actor=SYSTEM)
    factories.slot(factories.series(), datetime.date(2025, 9, 30))
    factories.slot(factories.series("talk", area=tree.community), datetime.date(2025, 9, 30))
    followed = set()
    for by in By.values:
        page = admin_client.get(f"/admin/figures/?first=2025-07-01&last=2025-09-30&by={by}")
        for section in page.context["sections"]:
            for line in (*section.lines, section.total):
                for cell in line.cells:
                    if cell.address:
                        rows = admin_client.get(cell.address).context["cl"]
                        assert rows.result_count == cell.drawn > 0, (by, line.name, cell.column.name, cell.address)
                        followed.add((by, cell.column.name))
    assert {name for by, name in followed if by == "community"} == {
        *("received", "bottom_up", "top_down", "solved", "declined", "open", "overdue", "reopened", "response_overdue"),
        *("meetings", "minutes", "cancelled", "slots", "slots_missed", "made", "missed", "running", "late", "used"),
    }
    assert {("unit", "asked"), ("unit", "replied"), ("unit", "unanswered"), ("category", "received")} <= followed


@each_row("value", ["", "x", "::", "2025-09-30:2025-07-01::open", "2025-07-01:2025-09-30:mars:open",
                    "2025-07-01:2025-09-30::code_hash", "2025-07-01:2025-09-30::",
                    "2025-07-01:9999-12-31::received"])  # fmt: skip
def test_an_address_that_says_no_figure_of_ours_filters_nothing(demands, admin_client, value):
    rows = admin_client.get("/admin/demands/demand/", {"counted": value}).context["cl"]
    assert rows.result_count == 7
    assert "counted" not in [spec.parameter_name for spec in rows.filter_specs if hasattr(spec, "parameter_name")]


def test_the_chip_of_a_figure_says_what_is_listed(demands, admin_client):
    address = "/admin/demands/demand/?counted=2025-07-01:2025-09-30:community:overdue"
    page = admin_client.get(address)
    assert page.context["cl"].result_count == 1
    assert "统计 超期 · 2025 年第 3 季度 · 桂花社区" in words(page)
