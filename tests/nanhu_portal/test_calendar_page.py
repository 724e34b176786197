"""The staff's calendar: a month, a day, a month on paper, and who sees what in it."""

import datetime

import pytest
from django.utils import timezone

from consultation.models import Agreement
from consultation.workflow import EventStatus
from demands.models import Demand
from foundation import calendar_sources, clock
from members.models import ResourceBooking
from nanhu_portal import calendar_page
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

D = datetime.date
TODAY = D(2026, 11, 18)  # a Wednesday
NOW = timezone.make_aware(datetime.datetime(2026, 11, 18, 10))
PAGE, PAPER = "/admin/calendar/", "/admin/calendar/paper/"
# Source → its position, the permission that shows it, and whether it is of a month.
SOURCES = {
    "events": (10, "consultation.view_event", False),
    "slots": (20, "consultation.view_slot", False),
    "receptions": (30, "members.view_reception", False),
    "demands": (40, "demands.view_demand", False),
    "agreements": (50, "consultation.view_agreement", False),
    "bookings": (60, "members.view_resourcebooking", True),
}


def at(day: int, hour: int = 14, month: int = 11) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime(2026, month, day, hour))


def due(day: datetime.date, **values) -> Demand:
    demand = factories.demand(**values)
    Demand.objects.filter(pk=demand.pk).update(response_due=day)
    return demand


@pytest.fixture(autouse=True)
def today():
    with clock.turned_to(NOW):
        yield


@pytest.fixture
def full():
    """One of each kind in November 2026, and another of each in the other subdistrict."""
    there = factories.tree()
    factories.event(starts_at=at(20), ends_at=at(20, 16), title="路灯座谈")
    factories.event(EventStatus.CANCELLED, starts_at=at(3, 9), ends_at=at(3, 10), title="不办了")
    series = factories.series()
    factories.slot(series, D(2026, 11, 27))
    factories.slot(factories.series("other", area=there.far_subdistrict), D(2026, 11, 27))
    due(D(2026, 11, 16), description="楼道灯坏了")
    due(D(2026, 11, 20), description="门口积水")
    due(D(2026, 11, 20), description="远处的灯", area=there.far_compound)
    held = factories.event(EventStatus.HELD, starts_at=at(1, month=10), ends_at=at(1, 16, month=10))
    factories.agreement(held, due_on=D(2026, 11, 20), what="换三盏灯")
    far = factories.event(
        starts_at=at(21), ends_at=at(21, 16), title="远处座谈", area=there.far_compound, venue=None, place="x"
    )
    resource = factories.resource(capacity=4)
    ResourceBooking.objects.create(resource=resource, month=D(2026, 11, 1), key="dispatch:1")
    ResourceBooking.objects.create(resource=resource, month=D(2026, 12, 1), key="dispatch:2")
    return far


def listed(response) -> dict[str, list[str]]:
    """The entries of each day, as month and day, kind and title, with the state in words."""
    days = [*response.context["over"], *response.context["coming"]]
    return {
        f"{day.date:%m-%d}": [
            " ".join(filter(None, (source.name, entry.title, entry.word))) for source, entry in day.entries
        ]
        for day in days
    }


def test_these_sources_are_registered():
    found = calendar_sources._sources
    assert {one.name: (one.position, one.permission, one.of_month) for one in found.values()} == SOURCES
    with pytest.raises(ValueError, match="events"):
        calendar_sources.register(found["events"])


def test_a_month_shows_what_falls_on_each_day_upcoming_first(full, liaison_client):
    response = liaison_client.get(PAGE)
    assert response.context["title"] == "2026年11月"
    assert listed(response) == {
        "11-03": ["events 不办了 已取消"],
        "11-16": ["demands 楼道灯坏了 已超期"],
        "11-20": ["events 路灯座谈", "demands 门口积水", "agreements 换三盏灯 已约定"],
        "11-27": ["slots 月月谈 待办"],
    }
    assert [f"{day.date.day}" for day in response.context["coming"]] == ["20", "27"]
    assert [f"{day.date.day}" for day in response.context["over"]] == ["3", "16"]
    [bookings] = response.context["of_month"]
    assert [entry.about.split(" · ")[1] for entry in bookings.entries] == ["已约 1／4 次，其中 1 次还没用"]
    weeks = response.context["weeks"]
    assert [week[0].date for week in weeks] == [D(2026, 10, 26), *(D(2026, 11, day) for day in (2, 9, 16, 23, 30))]
    assert [day.date.day for week in weeks for day in week if day.is_today] == [18]
    page = response.content.decode()
    assert page.count('aria-current="date"') == 1
    assert f"/admin/demands/demand/{Demand.objects.get(description='门口积水').pk}/change/" in page


def test_a_month_that_is_over_or_to_come_is_shown_in_order(full, liaison_client):
    october = liaison_client.get(PAGE, {"month": "2026-10"})
    assert (listed(october), october.context["over"]) == ({"10-01": ["events 加装门禁，大家一起商量 已举行"]}, [])
    december = liaison_client.get(PAGE, {"month": "2026-12"})
    assert (listed(december), len(december.context["of_month"])) == ({}, 1)
    assert "回到本月" in december.content.decode()
    assert "这个月还没有安排。" in liaison_client.get(PAGE, {"month": "2027-01"}).content.decode()


def test_nothing_of_another_subdistrict_is_shown(full, liaison_client, admin_client):
    assert "远处" not in liaison_client.get(PAGE).content.decode()
    assert "远处" not in liaison_client.get(f"{PAGE}2026-11-20/").content.decode()
    assert "远处" in admin_client.get(PAGE).content.decode()


def test_a_kind_that_one_may_not_see_is_not_offered(full, liaison_client):
    role = liaison_client.user.groups.get()
    role.permissions.remove(role.permissions.get(codename="view_demand"))
    response = liaison_client.get(PAGE, {"kind": "demands"})
    assert "demands" not in [kind.source.name for kind in response.context["kinds"]]
    assert listed(response)["11-20"] == ["events 路灯座谈", "agreements 换三盏灯 已约定"]


def test_chips_choose_kinds_and_keep_the_month(full, liaison_client):
    response = liaison_client.get(PAGE, {"month": "2026-11", "kind": "agreements"})
    assert listed(response) == {"11-20": ["agreements 换三盏灯 已约定"]}
    assert response.context["of_month"] == []
    assert {kind.source.name: (kind.is_chosen, kind.query) for kind in response.context["kinds"]} == {
        "events": (False, "month=2026-11&kind=agreements&kind=events"),
        "slots": (False, "month=2026-11&kind=agreements&kind=slots"),
        "receptions": (False, "month=2026-11&kind=agreements&kind=receptions"),
        "demands": (False, "month=2026-11&kind=agreements&kind=demands"),
        "agreements": (True, "month=2026-11"),
        "bookings": (False, "month=2026-11&kind=agreements&kind=bookings"),
    }
    assert [query for _rel, _month, query in response.context["beside"]] == [
        "month=2026-10&kind=agreements",
        "month=2026-12&kind=agreements",
    ]


@each_row(
    ("asked", "shown", "words"),
    [
        ("2026-02", "2026年2月", ""),
        ("2026-13", "2026年11月", "网址中的月份无效，以下为2026年11月。"),
        ("x", "2026年11月", "网址中的月份无效，以下为2026年11月。"),
        ("1999-12", "2026年11月", "网址中的月份无效，以下为2026年11月。"),
        ("2100-12", "2100年12月", ""),
    ],
)
def test_a_month_that_is_none_is_named(asked, shown, words, liaison_client):
    context = liaison_client.get(PAGE, {"month": asked}).context
    assert (context["title"], context["puzzled"]) == (shown, words)
    assert liaison_client.get(PAPER, {"month": asked}).context["title"] == shown


def test_a_day_leaves_out_nothing_and_a_month_says_how_many_it_leaves_out(liaison_client):
    for number in range(5):
        due(D(2026, 11, 20), description=f"第{number}件")
    response = liaison_client.get(PAGE)
    [day] = response.context["coming"]
    assert ([entry.title for _source, entry in day.entries], day.left) == (["第0件", "第1件", "第2件"], 2)
    page = response.content.decode()
    assert 'href="/admin/calendar/2026-11-20/?"' in page
    assert "另有 2 项" in page
    alone = liaison_client.get("/admin/calendar/2026-11-20/")
    [found] = alone.context["day"].found
    assert ([entry.title for entry in found.entries], found.left) == ([f"第{number}件" for number in range(5)], 0)
    assert [address for _rel, _day, address in alone.context["beside"]] == [
        "/admin/calendar/2026-11-19/",
        "/admin/calendar/2026-11-21/",
    ]


@each_row("day", ["2026-02-30", "20261120", "x", "1999-12-31", "2101-01-01"])
def test_a_day_that_is_none_is_not_found(day, liaison_client):
    assert liaison_client.get(f"{PAGE}{day}/").status_code == 404


def test_an_event_of_several_days_stands_on_its_first_of_the_month(liaison_client):
    factories.event(starts_at=at(30, month=10), ends_at=at(2), title="展览")
    october, november = (listed(liaison_client.get(PAGE, {"month": month})) for month in ("2026-10", "2026-11"))
    assert (october, november) == ({"10-30": ["events 展览"]}, {"11-01": ["events 展览"]})
    [(_source, entry)] = liaison_client.get("/admin/calendar/2026-11-02/").context["day"].entries
    assert (entry.at, entry.about.split(" · ")[0]) == (None, "10月30日至11月2日")


def test_paper_has_no_words_of_residents_and_no_links_to_rows(full, liaison_client):
    response = liaison_client.get(PAPER, {"month": "2026-11"})
    page = response.content.decode()
    assert ("门口积水" in page, "楼道灯坏了" in page) == (False, False)
    for words in ("路灯座谈", "换三盏灯", Demand.objects.get(description="门口积水").ref, "本月资源预约"):
        assert words in page, words
    assert "/change/" not in page


def test_a_calendar_takes_as_many_queries_for_many_rows(full, liaison_client, django_assert_max_num_queries):
    def count(address: str) -> int:
        with django_assert_max_num_queries(12) as queries:
            assert liaison_client.get(address).status_code == 200
        return len(queries)

    addresses = (PAGE, PAPER, f"{PAGE}2026-11-20/")
    liaison_client.get(PAGE)  # fills the caches of this process
    few = [count(address) for address in addresses]
    held = factories.event(EventStatus.HELD, starts_at=at(2, month=10), ends_at=at(2, 16, month=10))
    for day in range(19, 29):
        for number in range(2):
            due(D(2026, 11, day), description=f"第{number}件")
            factories.agreement(held, due_on=D(2026, 11, day), what=f"第{number}条")
    assert Agreement.objects.filter(event=held).count() == 20
    assert [count(address) for address in addresses] == few


def test_the_header_leads_to_the_calendar(liaison_client):
    rooms = {str(room["label"]): room for room in liaison_client.get(PAGE).context["rooms"]}
    assert (rooms["日历"]["address"], rooms["日历"]["is_current"]) == (PAGE, True)
    assert calendar_page.OF_DAY == 3
