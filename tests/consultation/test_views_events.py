"""The events' pages: the list, the month's calendar, one event, and what search engines are told."""

import datetime
import json
import re
from html import unescape

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from consultation.models import AgendaItem, Cadence, Event, Picture, Slot, StudyNote, VenueKind
from consultation.services import agreements, projects, sign_ups
from consultation.services import events as meetings
from consultation.workflow import EventStatus as E
from foundation.actors import SYSTEM
from foundation.cached import forget_all
from foundation.tokens import new_code
from members.models import Attendance
from members.models.attendance import CheckIn
from tests import factories
from tests.pages import flat, words

pytestmark = pytest.mark.django_db

LIST = "/events/"
HOSTILE = "</script><script>alert(1)</script><!--\u2028\u2029&\"'{{ 7|add:7 }}"
SHANGHAI = timezone.get_default_timezone()


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def days(count: float) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=count)


def titles(response) -> list[str]:
    assert response.status_code == 200
    return [event.title for event in response.context["items"]]


# --- The list --------------------------------------------------------------------------------------------------------


@pytest.fixture
def five():
    """Two to come, one cancelled between them, one held long ago, and one held yesterday in the other community."""
    places = factories.tree()
    home = factories.venue(VenueKind.DELIBERATION_HOME, slug="home")
    camphor = factories.platform(venue=home)
    talks = factories.series()
    factories.event(E.PLANNED, title="后来的", starts_at=days(30), area=places.community, venue=home, place="")
    factories.event(E.OPEN, title="先来的", starts_at=days(2), area=places.compound, series=talks, platform=camphor)
    factories.event(E.CANCELLED, title="取消的", starts_at=days(5), area=places.other_community)
    factories.event(E.MINUTES_PUBLISHED, title="早办的", starts_at=days(-40), area=places.community, series=talks)
    factories.event(E.HELD, title="刚办的", starts_at=days(-1), area=places.other_community)
    return places


FOUND = [
    ("", ["先来的", "取消的", "后来的"]),
    ("when=past", ["刚办的", "早办的"]),
    ("when=sideways", ["先来的", "取消的", "后来的"]),
    ("series=monthly-talk", ["先来的"]),
    ("series=monthly-talk&when=past", ["早办的"]),
    ("community=community", ["先来的", "后来的"]),
    ("community=other-community", ["取消的"]),
    ("community=other-community&when=past", ["刚办的"]),
    ("community=far-community", []),
    ("venue=home", ["后来的"]),
    ("platform=under-the-camphor", ["先来的"]),
    ("platform=under-the-camphor&venue=home", []),
    # What no choice is finds nothing, and says so.
    ("series=nonsense", []),
    ("community=compound", []),
    ("venue=nowhere", []),
    ("platform=x", []),
    ("month=2026-13", []),
    ("month=1999-12", []),
    ("month=%EF%BC%92026-12", []),
    ("month=2026-1", []),
    ("series=%00", []),
    ("month=%00", []),
    ("venue=" + "长" * 10_000, []),
    # What is no filter filters nothing.
    ("page=abc", ["先来的", "取消的", "后来的"]),
    ("page=99999999999999999999", ["先来的", "取消的", "后来的"]),
    ("when=%00", ["先来的", "取消的", "后来的"]),
    ("door_key__startswith=a", ["先来的", "取消的", "后来的"]),
    ("minutes=大家", ["先来的", "取消的", "后来的"]),
]


def test_filters_find_what_they_say(five, resident, subtests):
    for query, expected in FOUND:
        with subtests.test(query[:60]):
            response = resident.get(f"{LIST}?{query}")
            assert titles(response) == expected
            assert ("没有符合这些条件的活动" in words(response)) is (not expected)


def test_a_value_that_is_no_choice_is_said_beside_its_field(resident):
    for query, sentence in (
        ("month=12", "请按 2026-12 的格式填写月份。"),
        ("series=nonsense", "没有这个选项，请重新选择。"),
    ):
        response = resident.get(f"{LIST}?{query}")
        assert sentence in words(response)
        assert 'aria-invalid="true"' in response.content.decode()


def test_the_pages_are_for_reading(resident):
    page = f"{LIST}{factories.event().pk}"
    for address in (LIST, f"{LIST}calendar.ics", f"{page}/", f"{page}.ics", "/feeds/events/"):
        for method in ("post", "put", "patch", "delete"):
            assert getattr(resident, method)(address).status_code == 405, (method, address)


def test_each_event_stands_in_one_of_the_two_lists(resident):
    """One that is over and not yet recorded belongs to the past, one that goes on now to what is coming."""
    factories.event(E.OPEN, title="没登记的", starts_at=days(-2), place="一")
    factories.event(E.OPEN, title="正在办的", starts_at=days(-0.04), place="二")
    assert titles(resident.get(LIST)) == ["正在办的"]
    assert titles(resident.get(f"{LIST}?when=past")) == ["没登记的"]


def test_a_cancelled_event_is_shown_with_the_word_and_the_reason(resident):
    factories.event(E.CANCELLED)
    page = words(resident.get(LIST))
    assert "已取消" in page
    assert "取消原因：下大雨" in page


def test_chosen_filters_come_off_singly_and_the_past_stays_the_past(five, resident):
    page = resident.get(f"{LIST}?series=monthly-talk&community=community&when=past&page=1").content.decode()
    assert 'href="/events/?community=community&amp;when=past">系列：月月谈' in page
    assert 'href="/events/?series=monthly-talk&amp;when=past">社区：湖东街道 · 桂花社区' in page
    assert 'href="/events/?when=past">清除全部' in page
    assert '<input type="hidden" name="when" value="past">' in page


def test_the_list_has_pages_of_twenty(resident):
    for number in range(21):
        factories.event(title=f"活动 {number:02}", starts_at=days(1 + number), agenda=0)
    first = resident.get(f"{LIST}?community=community")
    assert len(titles(first)) == 20
    assert "共 21 场" in words(first)
    second = resident.get(f"{LIST}?community=community&page=2")
    assert titles(second) == ["活动 20"]
    assert "活动（第 2 页）" in second.content.decode()


def test_an_empty_list_has_a_next_step(resident):
    page = resident.get(LIST)
    assert "近期还没有安排活动" in words(page)
    assert 'href="/topics/">看议题征集' in page.content.decode()
    past = resident.get(f"{LIST}?when=past")
    assert "还没有举办过活动" in words(past)
    assert 'href="/events/">看接下来的活动' in past.content.decode()


def test_the_list_leads_to_calendar_feed_and_rhythm_and_keeps_what_is_chosen(five, resident):
    page = resident.get(f"{LIST}?series=monthly-talk&when=past").content.decode()
    assert 'href="/events/calendar.ics?series=monthly-talk"' in page
    assert 'href="/feeds/events/"' in page
    assert 'href="/events/rhythm/"' in page
    assert 'href="/events/calendar.ics"' in resident.get(LIST).content.decode()


def test_a_venue_made_a_moment_ago_is_a_choice(resident):
    resident.get(LIST)
    factories.event(venue=factories.venue(slug="brand-new"), title="新地方")
    assert titles(resident.get(f"{LIST}?venue=brand-new")) == ["新地方"]


def test_invented_events_say_so(resident):
    event = factories.event(is_demo=True)
    for address in (LIST, f"{LIST}{event.pk}/", f"{LIST}?month={timezone.localtime(event.starts_at):%Y-%m}"):
        assert "演示" in words(resident.get(address)).partition("活动")[2]


# --- A month ---------------------------------------------------------------------------------------------------------


def cells(response) -> dict[str, str]:
    """The words of each day that has any."""
    found = {}
    for cell in re.findall(r'<td class="any.*?</td>', response.content.decode(), re.DOTALL):
        day = re.search(r'datetime="([\d-]+)"', cell)[1]
        found[day] = " ".join(re.sub(r"<[^>]+>", " ", cell.partition("<ul>")[2]).split())
    return found


def test_a_month_is_a_grid_from_monday_to_sunday(resident):
    for day in ("2026-11-05", "2026-12-24", "2027-01-31"):
        factories.event(starts_at=at(f"{day}T10:00"), agenda=0)
    response = resident.get(f"{LIST}?month=2026-12")
    weeks = response.context["weeks"]
    assert [len(week) for week in weeks] == [7, 7, 7, 7, 7]
    assert weeks[0][0].date == datetime.date(2026, 11, 30)  # a Monday
    assert weeks[-1][-1].date == datetime.date(2027, 1, 3)
    page = response.content.decode()
    assert page.index("星期一") < page.index("星期二") < page.index("星期日")
    assert page.count('<th scope="col">') == 7
    assert 'rel="prev nofollow" href="?month=2026-11"' in page
    assert 'rel="next nofollow" href="?month=2027-01"' in page
    assert "2026年12月的活动" in page


def arrows(response) -> dict[str, str]:
    """Where the calendar's arrows lead: direction → query string."""
    found = re.findall(r'<a rel="(prev|next) nofollow" href="\?([^"]+)"', response.content.decode())
    return {rel: unescape(query) for rel, query in found}


@pytest.fixture
def three_months():
    """A talk in March 2025, a lecture in May, a slot of the talks in September, and nothing else."""
    talks, lectures = factories.series(), factories.series("lecture", name="季季讲")
    factories.event(E.HELD, series=talks, starts_at=at("2025-03-31T23:30"), ends_at=at("2025-03-31T23:50"), agenda=0)
    factories.event(E.HELD, series=lectures, starts_at=at("2025-05-01T00:00"), agenda=0)
    slot(datetime.date(2025, 9, 30), series=talks)


def test_the_calendar_turns_to_months_with_something_and_no_others(three_months, resident, subtests):
    for query, status, beside in (
        ("month=2025-03", 200, {"next": "month=2025-05"}),
        ("month=2025-05", 200, {"prev": "month=2025-03", "next": "month=2025-09"}),
        ("month=2025-09", 200, {"prev": "month=2025-05"}),
        # The filters stay, and the arrows pass over what does not match them.
        (
            "series=monthly-talk&month=2025-05&page=3",
            200,
            {"prev": "series=monthly-talk&month=2025-03", "next": "series=monthly-talk&month=2025-09"},
        ),
        ("series=lecture&month=2025-05", 200, {}),
        # Months without anything are not found, but lead to those with something.
        ("month=2025-04", 404, {"prev": "month=2025-03", "next": "month=2025-05"}),
        ("month=2000-01", 404, {"next": "month=2025-03"}),
        ("month=2100-12", 404, {"prev": "month=2025-09"}),
        ("series=lecture&month=2025-08", 404, {"prev": "series=lecture&month=2025-05"}),
    ):
        response = resident.get(f"{LIST}?{query}")
        with subtests.test(query):
            assert (response.status_code, arrows(response)) == (status, beside)
            assert ("X-Robots-Tag" in response) is (status == 404)


def test_the_current_month_is_there_though_it_is_empty(resident):
    today = timezone.localdate()
    response = resident.get(f"{LIST}?month={today:%Y-%m}")
    assert (response.status_code, arrows(response)) == (200, {})
    assert "这个月没有安排活动" in words(response)


def test_an_event_that_goes_on_into_a_month_makes_it_one_with_something(resident):
    factories.event(starts_at=at("2026-12-30T09:00"), ends_at=at("2027-01-01T12:00"))
    assert arrows(resident.get(f"{LIST}?month=2026-12")) == {"next": "month=2027-01"}
    january = resident.get(f"{LIST}?month=2027-01")
    assert (january.status_code, arrows(january)) == (200, {"prev": "month=2026-12"})


def test_a_slot_told_by_its_event_in_another_month_is_passed_over(resident):
    """The event was moved to the next week, and the slot is not shown beside it."""
    talks = factories.series()
    factories.event(
        E.HELD, series=talks, slot=slot(datetime.date(2025, 6, 30), series=talks), starts_at=at("2025-07-02T10:00")
    )
    factories.event(E.HELD, series=talks, starts_at=at("2025-08-02T10:00"), agenda=0)
    assert arrows(resident.get(f"{LIST}?month=2025-08")) == {"prev": "month=2025-07"}
    assert arrows(resident.get(f"{LIST}?month=2025-07")) == {"next": "month=2025-08"}


def test_the_menu_offers_months_with_something_and_the_one_that_is_shown(three_months, resident):
    today = timezone.localdate().replace(day=1)
    factories.event(starts_at=days(400), agenda=0)
    long_ago = (today - datetime.timedelta(days=500)).replace(day=10)
    factories.event(E.HELD, starts_at=at(f"{long_ago}T10:00"), agenda=0)
    page = resident.get(f"{LIST}?month=2031-05").content.decode()
    offered = re.findall(r'<option value="(\d{4}-\d\d)"', page)
    assert offered == [f"{today:%Y-%m}", f"{timezone.localtime(days(400)):%Y-%m}", "2031-05"]
    assert '<option value="2031-05" selected>2031年5月</option>' in page


def test_a_month_that_got_its_first_event_a_moment_ago_is_there(resident):
    series = factories.series()
    assert resident.get(f"{LIST}?month=2030-02").status_code == 404
    factories.event(starts_at=at("2030-02-05T10:00"))
    # Even where the filters leave nothing of it.
    assert resident.get(f"{LIST}?month=2030-02&series={series.code}").status_code == 200


def test_an_event_stands_on_its_days_in_shanghai(resident):
    factories.event(title="零点半的", starts_at=at("2026-12-01T00:30"), place="一")
    factories.event(title="上月底的", starts_at=at("2026-11-30T23:30"), ends_at=at("2026-12-01T00:00"), place="二")
    factories.event(title="三天的", starts_at=at("2026-12-30T09:00"), ends_at=at("2027-01-01T12:00"), place="三")
    december = cells(resident.get(f"{LIST}?month=2026-12"))
    assert december == {
        "2026-12-01": "00:30 零点半的 开放报名",
        "2026-12-30": "09:00 三天的 开放报名",
        "2026-12-31": "续前一天 三天的 开放报名",
    }
    assert cells(resident.get(f"{LIST}?month=2027-01")) == {"2027-01-01": "续前一天 三天的 开放报名"}
    assert cells(resident.get(f"{LIST}?month=2026-11")) == {"2026-11-30": "23:30 上月底的 开放报名"}


def slot(day: datetime.date, **values) -> Slot:
    series = values.pop("series", None) or factories.series()
    return Slot.objects.create(series=series, period=day.replace(day=1), planned_on=day, **values)


@pytest.fixture
def slots():
    """A month with a planned slot, a missed one, one told by a study note, and one an event stands for."""
    today = timezone.localdate()
    first = (today.replace(day=1) - datetime.timedelta(days=200)).replace(day=1)
    later = (today.replace(day=1) + datetime.timedelta(days=200)).replace(day=1)
    study = factories.series("weekly-study", name="周周学", cadence=Cadence.WEEKLY)
    lecture = factories.series("lecture", name="季季讲", cadence=Cadence.QUARTERLY)
    home = factories.venue(VenueKind.DELIBERATION_HOME, slug="home")
    slot(later.replace(day=5), venue=home)
    slot(first.replace(day=6))
    told = slot(first.replace(day=7), series=study)
    StudyNote.objects.create(
        series=study, slot=told, title="读章程", body="第一条。", published_at=at(f"{first:%Y-%m}-07T09:00")
    )
    of_event = slot(first.replace(day=8), series=lecture)
    factories.event(
        E.HELD, title="讲座", series=lecture, slot=of_event, starts_at=at(f"{first:%Y-%m}-08T15:00"), venue=home
    )
    return first, later


def test_the_calendar_shows_planned_held_and_missed_slots_on_their_days(slots, resident):
    first, later = slots
    assert cells(resident.get(f"{LIST}?month={later:%Y-%m}")) == {
        f"{later:%Y-%m}-05": "月月谈 桂花社区协商议事之家 待办"
    }
    page = resident.get(f"{LIST}?month={first:%Y-%m}")
    assert cells(page) == {
        f"{first:%Y-%m}-06": "月月谈 错过",
        f"{first:%Y-%m}-07": "周周学 已办",
        # The event tells it, and more: its slot is not named twice.
        f"{first:%Y-%m}-08": "15:00 讲座 已举行",
    }
    assert f'href="/events/studies/{StudyNote.objects.get().pk}/">周周学' in page.content.decode()


def test_a_slot_whose_event_was_cancelled_is_missed_beside_it(resident):
    today = timezone.localdate()
    day = (today.replace(day=1) - datetime.timedelta(days=40)).replace(day=9)
    factories.event(
        E.CANCELLED, title="没办成", series=factories.series(), slot=slot(day), starts_at=at(f"{day}T10:00")
    )
    shown = cells(resident.get(f"{LIST}?month={day:%Y-%m}"))
    assert shown == {f"{day}": "10:00 没办成 已取消 下大雨 月月谈 错过"}


def test_the_filters_narrow_the_calendar(slots, resident):
    first, _later = slots
    factories.platform()
    for query, expected in (
        ("series=lecture", ["08"]),
        ("series=monthly-talk", ["06"]),
        ("venue=home", ["08"]),
        ("community=community", ["08"]),
        ("community=other-community", []),
        ("platform=under-the-camphor", []),
    ):
        shown = cells(resident.get(f"{LIST}?month={first:%Y-%m}&{query}"))
        assert [day[-2:] for day in shown] == expected, query


def test_an_empty_month_has_a_next_step(resident):
    factories.tree()
    response = resident.get(f"{LIST}?month=2030-02")
    assert "这个月没有安排活动" in words(response)
    assert 'name="robots" content="noindex"' in response.content.decode()
    assert "没有符合这些条件的活动和计划" in words(resident.get(f"{LIST}?month=2030-02&community=community"))


def test_today_is_marked(resident):
    today = timezone.localdate()
    page = resident.get(f"{LIST}?month={today:%Y-%m}").content.decode()
    assert page.count('aria-current="date"') == 1
    assert resident.get(f"{LIST}?month=2031-01").content.decode().count('aria-current="date"') == 0


# --- One event -------------------------------------------------------------------------------------------------------


def detail(client, event):
    response = client.get(f"{LIST}{event.pk}/")
    assert response.status_code == 200
    return response


def test_an_event_that_does_not_exist_is_not_found(resident):
    for address in ("999999/", "999999.ics", "x/", "-1/", "1x.ics", "9" * 30 + "/"):
        assert resident.get(f"{LIST}{address}").status_code == 404, address


def test_an_event_says_when_and_where(resident):
    factories.one_subdistrict()
    home = factories.venue(VenueKind.DELIBERATION_HOME, slug="home")
    event = factories.event(
        title="商量门禁",
        starts_at=at("2031-12-03T14:00"),
        venue=home,
        place="",
        series=factories.series(),
        platform=factories.platform(venue=home),
    )
    response = detail(resident, event)
    page = flat(response.content.decode())
    assert "<title>商量门禁 · " in page
    assert "2031年12月3日 星期三 14:00" in words(response).replace(" – ", "–")
    assert '<a href="/venues/home/">桂花社区协商议事之家</a><br>桂花路 1 号' in page
    assert 'href="/events/?series=monthly-talk">月月谈' in page
    assert 'href="/venues/platforms/under-the-camphor/">香樟树下' in page
    assert f'href="/events/{event.pk}.ics"' in page


# status, places, taken → what the page says, and whether it has the button of a sign-up
WORDS = [
    (E.PLANNED, None, 0, "还没有开放报名", None),
    (E.OPEN, None, 0, "我要报名", "我要报名"),
    (E.OPEN, 2, 0, "剩余 2 个", "我要报名"),
    (E.OPEN, 2, 1, "剩余 1 个", "我要报名"),
    (E.OPEN, 2, 2, "已满", "报名候补"),
    (E.OPEN, 2, 3, "名额已满。您可以报名候补", "报名候补"),
    (E.HELD, 2, 0, "纪要正在整理", None),
    (E.CANCELLED, 2, 0, "活动已取消", None),
]


def test_the_button_says_what_it_does(resident, subtests):
    for status, capacity, taken, said, button in WORDS:
        event = factories.event(status, capacity=capacity)
        for number in range(taken):
            sign_ups.sign_up(event, code=new_code(), phone=f"1391234567{number}")
        response = detail(resident, event)
        found = re.findall(r'<a class="btn go" href="([^"]+)">([^<]+)</a>', flat(response.content.decode()))
        with subtests.test(f"{status} {taken} of {capacity}"):
            assert said in words(response)
            assert found == ([(f"/events/{event.pk}/signup/", button)] if button else [])


def test_a_sign_up_that_is_over_says_so(resident):
    event = factories.event(E.OPEN, sign_up_until=days(-1), starts_at=days(1))
    response = detail(resident, event)
    assert "报名已截止" in words(response)
    assert "btn go" not in response.content.decode()


def test_an_event_that_is_over_and_not_recorded_says_so(resident):
    response = detail(resident, factories.event(E.OPEN, starts_at=days(-2)))
    assert "预定时间已过，还没有登记是否举行" in words(response)
    assert "btn go" not in response.content.decode()


def test_a_cancelled_event_gives_its_reason(resident):
    page = words(detail(resident, factories.event(E.CANCELLED)))
    assert "活动已取消" in page
    assert "下大雨" in page


def test_the_online_link_stands_there_while_the_event_is_to_come(resident):
    for status, starts, shown in (
        (E.PLANNED, 8, True),
        (E.OPEN, 8, True),
        (E.OPEN, -2, False),
        (E.HELD, -2, False),
        (E.CANCELLED, 8, False),
    ):
        event = factories.event(status, starts_at=days(starts), place="", online_url="https://meet.example/abc")
        page = detail(resident, event).content.decode()
        assert ('<a href="https://meet.example/abc"' in page) is shown, (status, starts)
        assert "线上" in page, (status, starts)


def test_few_people_served_are_not_counted_out(resident):
    event = factories.event(E.HELD)
    for people, said in ((None, ""), (0, ""), (1, "不足 5 人"), (4, "不足 5 人"), (5, "5 人"), (1024, "1024 人")):
        meetings.record_served(event, people, actor=SYSTEM)
        page = words(detail(resident, event))
        assert ("服务人数" in page) is bool(said), people
        assert f"服务人数 {said}" in page or not said, people


def test_a_draft_of_the_minutes_is_not_shown(resident):
    event = factories.event(E.HELD)
    meetings.write_minutes(event, "草稿甲乙丙", actor=SYSTEM)
    factories.agreement(event, what="草稿里的约定")
    page = detail(resident, event).content.decode()
    assert "甲乙丙" not in page
    assert "草稿里的约定" not in page


def test_published_minutes_and_agreements_stand_there_with_their_anchors(resident):
    event = factories.event(E.HELD)
    meetings.write_minutes(event, "第一段。\n\n第二段 <b>。", actor=SYSTEM)
    event = meetings.publish_minutes(event, actor=SYSTEM)
    late = factories.agreement(event, what="装路灯", due_on=timezone.localdate() - datetime.timedelta(days=1))
    done = factories.agreement(event, what="修台阶", office="", organisation=factories.organisation())
    agreements.fulfil(done, actor=SYSTEM, outcome="台阶修好", evidence="验收单", measured_on=timezone.localdate())
    projects.grow([late], factories.project("路灯工程"), actor=SYSTEM)
    response = detail(resident, event)
    page, said = response.content.decode(), words(response)
    assert "<p>第一段。</p>" in page
    assert "第二段 &lt;b&gt;。" in page
    assert 'id="agreement-1"' in page and 'id="agreement-2"' in page
    first, _between, second = said.partition("修台阶")
    for expected in (
        "装路灯",
        "湖东街道公共管理办公室",
        "政府部门",
        "夜间照度不足 2 勒克斯",
        "照度不低于 10 勒克斯",
        "已超期",
        "路灯工程",
    ):
        assert expected in first, expected
    for expected in ("桂花物业", "企业", "台阶修好", "验收单"):
        assert expected in second, expected
    assert "已超期" not in second
    meetings.write_minutes(event, "更正后的纪要。", actor=SYSTEM)
    assert "更正" in words(detail(resident, event)).partition("更正后的纪要")[0]


def test_minutes_without_agreements_say_so(resident):
    assert "这次活动没有达成约定" in words(detail(resident, factories.event(E.MINUTES_PUBLISHED)))


def picture(event: Event, alt: str, review: str) -> Picture:
    return Picture.objects.create(
        event=event, full="pictures/a.jpg", thumbnail="pictures/a-s.jpg", width=640, height=480, alt=alt, review=review
    )


def test_only_approved_photos_are_shown(resident):
    event = factories.event(E.HELD)
    shown = picture(event, "围坐商量", "approved")
    for review in ("pending", "rejected"):
        picture(event, f"藏起来的 {review}", review)
    page = detail(resident, event).content.decode()
    assert f'<img src="/pictures/{shown.pk}-s.jpg" alt="围坐商量"' in page
    assert "藏起来的" not in page


def test_names_and_phones_of_who_signed_up_are_nowhere(resident, liaison_client):
    event = factories.event(E.OPEN, capacity=1)
    for number in range(2):
        sign_ups.sign_up(event, code=new_code(), phone=f"1865739648{number}", called="金丝雀")
    pages = [LIST, f"{LIST}{event.pk}/", f"{LIST}{event.pk}.ics", f"{LIST}calendar.ics", "/feeds/events/"]
    for page in pages:
        text = resident.get(page).content.decode()
        for secret in ("186573", "金丝雀", event.door_key):
            assert secret not in text, f"{secret} on {page}"


# --- For search engines ----------------------------------------------------------------------------------------------


def data(response) -> dict:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', response.content.decode(), re.DOTALL)
    assert len(found) == 1
    return json.loads(found[0])


def test_an_event_is_told_to_search_engines(resident):
    event = factories.event(
        E.OPEN,
        title="商量门禁",
        summary="大家都来。",
        starts_at=at("2031-12-03T14:00"),
        venue=factories.venue(VenueKind.DELIBERATION_HOME),
        place="",
        capacity=10,
    )
    for number in range(3):
        sign_ups.sign_up(event, code=new_code(), phone=f"1391234567{number}")
    assert data(detail(resident, event)) == {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": "商量门禁",
        "description": "大家都来。",
        "url": f"http://portal.example/events/{event.pk}/",
        "startDate": "2031-12-03T14:00:00+08:00",
        "endDate": "2031-12-03T16:00:00+08:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": "桂花社区协商议事之家",
            "address": {
                "@type": "PostalAddress",
                "addressCountry": "CN",
                "addressLocality": "南湖区",
                "streetAddress": "桂花路 1 号",
            },
        },
        "organizer": {
            "@type": "Organization",
            "name": "一线协商 · 湖东街道",
            "url": "http://portal.example/s/subdistrict/",
        },
        "isAccessibleForFree": True,
        "maximumAttendeeCapacity": 10,
        "remainingAttendeeCapacity": 7,
    }


@pytest.mark.parametrize(
    ("place", "link", "mode", "kinds"),
    [
        ("大树下", "", "Offline", ["Place"]),
        ("", "https://meet.example/abc", "Online", ["VirtualLocation"]),
        ("大树下", "https://meet.example/abc", "Mixed", ["Place", "VirtualLocation"]),
    ],
)
def test_search_engines_hear_whether_it_is_online(resident, place, link, mode, kinds):
    told = data(detail(resident, factories.event(place=place, online_url=link)))
    assert told["eventAttendanceMode"] == f"https://schema.org/{mode}EventAttendanceMode"
    places = told["location"] if isinstance(told["location"], list) else [told["location"]]
    assert [place["@type"] for place in places] == kinds


def test_a_cancelled_event_is_cancelled_for_search_engines(resident):
    told = data(detail(resident, factories.event(E.CANCELLED, place="", online_url="https://meet.example/abc")))
    assert told["eventStatus"] == "https://schema.org/EventCancelled"
    assert "meet.example" not in json.dumps(told)


def test_hostile_text_stays_text(resident):
    hostile = HOSTILE[:80]
    home = factories.venue(VenueKind.DELIBERATION_HOME, slug="home", name=HOSTILE[:60], address=HOSTILE[:60])
    event = factories.event(
        E.HELD, title=hostile, summary=HOSTILE, venue=home, series=factories.series(name=hostile), agenda=0
    )
    AgendaItem.objects.create(event=event, order=1, title=HOSTILE[:100], presenter=hostile[:60])
    picture(event, hostile, "approved")
    meetings.write_minutes(event, HOSTILE, actor=SYSTEM)
    event = meetings.publish_minutes(event, actor=SYSTEM)
    factories.agreement(event, what=HOSTILE, office=hostile[:60])
    response = detail(resident, event)
    page = response.content.decode()
    # One script is the data, and nothing in it ends it early; the other is the toolbar's.
    assert page.count("<script") == page.count("</script>") == 2
    assert data(response)["name"] == hostile
    assert data(response)["description"] == HOSTILE
    assert "\u2028" not in page.partition("</script>")[0].partition("ld+json")[2]
    assert "14" not in re.findall(r"<h1>(.*?)</h1>", page, re.DOTALL)[0]
    for address in (f"{LIST}?when=past", f"{LIST}?month={timezone.localtime(event.starts_at):%Y-%m}"):
        assert "<script>" not in resident.get(address).content.decode()
    cancelled = factories.event()
    meetings.cancel(cancelled, actor=SYSTEM, reason=HOSTILE)
    for address in (LIST, f"{LIST}{cancelled.pk}/"):
        assert "<script>" not in resident.get(address).content.decode()


# --- Queries ---------------------------------------------------------------------------------------------------------


def full(number: int) -> tuple[Event, Event]:
    """An event to come and one with everything that a page can show."""
    home = factories.venue(VenueKind.DELIBERATION_HOME)
    talks, camphor = factories.series(), factories.platform(venue=home)
    coming = factories.event(
        E.OPEN, starts_at=days(3 + number / 5), series=talks, platform=camphor, venue=home, capacity=9, title="来"
    )
    held = factories.event(
        E.MINUTES_PUBLISHED, starts_at=days(-3 - number / 5), series=talks, platform=camphor, venue=home
    )
    slot(
        timezone.localdate().replace(day=1) + datetime.timedelta(days=number % 28),
        series=factories.series(f"s{number}"),
    )
    return coming, held


def crowd(event: Event, count: int) -> None:
    """Agenda, photos, agreements with photos and projects, attendance and demands."""
    for number in range(count):
        item = AgendaItem.objects.create(event=event, order=100 + number, title=f"议题 {number}")
        agreement = factories.agreement(
            event, agenda_item=item, office="", organisation=factories.organisation(f"单位 {number}")
        )
        projects.grow([agreement], factories.project(f"项目 {number}"), actor=SYSTEM)
        picture(event, "现场", "approved")
        Picture.objects.create(
            agreement=agreement, full="a", thumbnail="a", width=4, height=3, alt="灯", review="approved"
        )
        Attendance.objects.create(event=event, organisation=agreement.organisation, people=9, how=CheckIn.DOOR)


@pytest.fixture(params=[1, 4], ids=["1 row", "4 rows"])
def rows(request):
    found = [full(number) for number in range(request.param)]
    crowd(found[0][1], request.param)
    return found


MONTH = f"{LIST}?month={datetime.date.today():%Y-%m}"
CHOSEN = "series=monthly-talk&community=community&venue=deliberation-home-community&platform=under-the-camphor"
QUERIES = [
    (LIST, 2),
    (f"{LIST}?when=past", 2),
    (f"{LIST}?{CHOSEN}", 2),
    (MONTH, 4),
    (f"{MONTH}&{CHOSEN}", 2),
    (f"{LIST}calendar.ics", 2),
    (f"{LIST}calendar.ics?series=monthly-talk", 2),
    (f"{LIST}{{coming}}.ics", 1),
    ("/feeds/events/", 1),
    (f"{LIST}{{coming}}/", 6),
    (f"{LIST}{{held}}/", 10),
]


def test_pages_make_few_queries_and_as_many_for_four_rows(rows, resident, subtests):
    coming, held = rows[0]
    for address, expected in QUERIES:
        address = address.format(coming=coming.pk, held=held.pk)
        resident.get(address)
        cache.clear()
        with CaptureQueriesContext(connection) as made:
            assert resident.get(address).status_code == 200
        with subtests.test(address):
            assert len(made) == expected, "\n".join(query["sql"][:200] for query in made)


def test_a_first_visit_reads_what_is_kept_as_well(rows, resident):
    """Portal, areas, series, venues, platforms and months; within the budget of a list."""
    forget_all()
    cache.clear()
    with CaptureQueriesContext(connection) as made:
        assert resident.get(f"{LIST}?{CHOSEN}").status_code == 200
    assert len(made) == 8


# --- English ---------------------------------------------------------------------------------------------------------


def test_names_are_shown_in_english(five, resident):
    with translation.override("zh-hans"):  # the request's language outlasts it, and is put back here
        resident.get("/preferences/?lang=en&next=/events/")
        page = resident.get(LIST)
    assert page["Content-Language"] == "en"
    assert "Monthly Talk" in words(page)
    assert "Under the Camphor Tree" in words(page)
