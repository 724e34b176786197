"""iCalendar and Atom of events, read by parsers that are not the ones which wrote them.

The calendars are written by `icalendar` and read here by `vobject`; that lines are folded right is looked at in bytes.
"""

import datetime
from xml.etree import ElementTree

import pytest
import vobject
from django.utils import timezone, translation

from consultation.models import Event, VenueKind
from consultation.selectors import calendars
from consultation.services import events as meetings
from consultation.workflow import EventStatus as E
from foundation.actors import SYSTEM
from tests import factories

pytestmark = pytest.mark.django_db

FEED = "/events/calendar.ics"
SHANGHAI = timezone.get_default_timezone()
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "</script><script>alert(1)</script>]]><!--&\"'"


def days(count: float) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=count)


def read(response) -> vobject.base.Component:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return vobject.readOne(response.content.decode())


def entries(response) -> list:
    return read(response).contents.get("vevent", [])


def titles(response) -> list[str]:
    return [entry.summary.value for entry in entries(response)]


def of(client, event: Event):
    return client.get(f"/events/{event.pk}.ics")


# --- One event -------------------------------------------------------------------------------------------------------


def test_an_event_is_read_as_it_was_written(resident):
    event = factories.event(
        E.OPEN,
        title="商量门禁",
        summary="大家\n都来。",
        starts_at=datetime.datetime(2031, 12, 3, 14, 0, tzinfo=SHANGHAI),
        venue=factories.venue(VenueKind.DELIBERATION_HOME, latitude="30.498700", longitude="114.310000"),
        place="",
    )
    calendar = read(of(resident, event))
    assert calendar.version.value == "2.0"
    assert calendar.method.value == "PUBLISH"
    assert calendar.contents["x-wr-calname"][0].value == "商量门禁"
    assert calendar.vtimezone.tzid.value == "Asia/Shanghai"
    (entry,) = calendar.contents["vevent"]
    assert entry.uid.value == f"event-{event.pk}@portal.example"
    assert entry.sequence.value == "0"
    assert entry.status.value == "CONFIRMED"
    assert entry.summary.value == "商量门禁"
    assert entry.location.value == "桂花社区协商议事之家（桂花路 1 号）"
    assert entry.url.value == f"http://portal.example/events/{event.pk}/"
    assert entry.description.value == f"大家 都来。\n详情：http://portal.example/events/{event.pk}/"
    assert entry.dtstart.value == datetime.datetime(2031, 12, 3, 6, 0, tzinfo=datetime.UTC)
    assert entry.dtstart.value.utcoffset() == datetime.timedelta(hours=8)
    assert entry.dtend.value - entry.dtstart.value == datetime.timedelta(hours=2)
    whole_second = event.changed_at.replace(microsecond=0)
    assert entry.dtstamp.value == entry.last_modified.value == whole_second
    # Coordinates here are GCJ-02, which GEO does not mean.
    assert "geo" not in entry.contents


def test_the_status_is_said(resident):
    for status, expected in (
        (E.PLANNED, "TENTATIVE"),
        (E.OPEN, "CONFIRMED"),
        (E.HELD, "CONFIRMED"),
        (E.MINUTES_PUBLISHED, "CONFIRMED"),
        (E.CANCELLED, "CANCELLED"),
    ):
        (entry,) = entries(of(resident, factories.event(status)))
        assert entry.status.value == expected, status


def test_a_moved_and_a_cancelled_event_keep_their_uid_and_raise_their_sequence(resident):
    event = factories.event(E.OPEN, title="商量门禁")
    (first,) = entries(of(resident, event))
    event.starts_at += datetime.timedelta(days=1)
    event.ends_at += datetime.timedelta(days=1)
    event = meetings.change(event, ["starts_at", "ends_at"], actor=SYSTEM)
    (second,) = entries(of(resident, event))
    meetings.cancel(event, actor=SYSTEM, reason="下大雨")
    (third,) = entries(of(resident, event))
    assert first.uid.value == second.uid.value == third.uid.value
    assert [int(one.sequence.value) for one in (first, second, third)] == [0, 1, 2]
    assert second.dtstart.value - first.dtstart.value == datetime.timedelta(days=1)
    assert third.last_modified.value >= second.last_modified.value
    assert third.status.value == "CANCELLED"
    assert third.transp.value == "TRANSPARENT"
    # Programs that do not show STATUS show the title.
    assert third.summary.value == "【已取消】商量门禁"
    assert "活动已取消：下大雨" in third.description.value


TITLES = [
    "一，二, 三",
    "a; b；c",
    "反斜杠 \\n 和 \\, 照样",
    "冒号: 引号\" 和 'x'",
    "😀👨‍👩‍👧 表情" * 4,
    HOSTILE,
    "BEGIN:VEVENT",
    "é" * 79,
    " 前后有空格 ",
]


def test_titles_come_through_whatever_they_hold(resident, subtests):
    for title in TITLES:
        (entry,) = entries(of(resident, factories.event(title=title)))
        with subtests.test(title):
            assert entry.summary.value == title


def test_lines_in_a_summary_make_no_lines_in_the_file(resident):
    text = "一行\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:假的\n;,\\"
    event = factories.event(title="真的", summary=text)
    (entry,) = entries(of(resident, event))
    assert entry.summary.value == "真的"
    assert entry.description.value.startswith("一行 END:VEVENT BEGIN:VEVENT SUMMARY:假的 ;,\\\n详情")


def test_control_characters_are_left_out(resident):
    Event.objects.filter(pk=(event := factories.event()).pk).update(title="门\x0b\x1b禁\ufffe", summary="a\x07b")
    (entry,) = entries(of(resident, event))
    assert entry.summary.value == "门禁"
    assert "ab" in entry.description.value
    ElementTree.fromstring(resident.get("/feeds/events/").content)  # noqa: S314 - our own


@pytest.mark.parametrize("text", ["长" * 300, "😀" * 300, "a," * 300, "é" * 2000])
def test_long_text_is_folded_by_bytes_and_whole_characters(resident, text):
    event = factories.event(summary=text, agenda=0)
    content = of(resident, event).content
    assert b"\r\n" in content
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut in two
    (entry,) = entries(of(resident, event))
    shown = entry.description.value.splitlines()[0]
    assert shown == (text if len(text) <= 300 else text[:299] + "…")


def test_the_online_link_is_given_while_the_event_is_to_come(resident):
    event = factories.event(place="", online_url="https://meet.example/abc?a=1,2;b")
    (entry,) = entries(of(resident, event))
    assert "线上参加：https://meet.example/abc?a=1,2;b" in entry.description.value
    assert entry.location.value == "线上"
    meetings.cancel(event, actor=SYSTEM, reason="下大雨")
    assert "meet.example" not in of(resident, event).content.decode()


def test_invented_events_say_so_in_calendars_too(resident):
    (entry,) = entries(of(resident, factories.event(is_demo=True)))
    assert "演示数据" in entry.description.value


def test_the_host_asked_for_decides_nothing(resident):
    event = factories.event()
    for address in (f"/events/{event.pk}.ics", FEED, "/feeds/events/"):
        content = resident.get(address, headers={"host": "localhost"}).content.decode()
        assert "localhost" not in content
        assert "portal.example" in content


# --- The feed --------------------------------------------------------------------------------------------------------


def test_the_feed_holds_what_is_coming_and_ninety_days_back(resident):
    factories.event(E.MINUTES_PUBLISHED, title="太早", starts_at=days(-92), place="一")
    factories.event(E.MINUTES_PUBLISHED, title="三月前", starts_at=days(-89), place="二")
    factories.event(E.CANCELLED, title="没办", starts_at=days(-10), place="三")
    factories.event(E.HELD, title="上周", starts_at=days(-7), place="四")
    factories.event(E.PLANNED, title="明年", starts_at=days(300), place="五")
    response = resident.get(FEED)
    assert titles(response) == ["三月前", "【已取消】没办", "上周", "明年"]
    calendar = read(response)
    assert calendar.contents["x-wr-calname"][0].value == "一线协商活动"
    assert calendar.contents["refresh-interval"][0].value == "PT6H"
    assert calendar.contents["refresh-interval"][0].params == {"VALUE": ["DURATION"]}
    assert calendar.contents["x-published-ttl"][0].value == "PT6H"
    assert len(calendar.contents["vtimezone"]) == 1


def test_an_empty_feed_is_a_calendar(resident):
    assert titles(resident.get(FEED)) == []


def test_the_feed_is_narrowed_as_the_list_is(resident, subtests):
    places = factories.tree()
    factories.event(title="谈", series=factories.series(), starts_at=days(1), place="一")
    factories.event(title="桂花", area=places.compound, starts_at=days(2), place="二")
    factories.event(title="柳园", area=places.other_community, starts_at=days(3), place="三")
    for query, expected, name in (
        ("series=monthly-talk", ["谈"], "一线协商活动 · 月月谈"),
        ("community=community", ["谈", "桂花"], "一线协商活动 · 湖东街道 · 桂花社区"),
        ("community=other-community", ["柳园"], "一线协商活动 · 湖东街道 · 柳园社区"),
        ("series=monthly-talk&community=other-community", [], "一线协商活动 · 月月谈 · 湖东街道 · 柳园社区"),
        ("month=2031-01&when=past&page=2", ["谈", "桂花", "柳园"], "一线协商活动"),
    ):
        response = resident.get(f"{FEED}?{query}")
        with subtests.test(query):
            assert titles(response) == expected
            assert read(response).contents["x-wr-calname"][0].value == name


@pytest.mark.parametrize("query", ["series=nonsense", "community=nowhere", "series=%00", "venue=" + "x" * 10_000])
def test_what_is_no_choice_is_no_calendar_so_that_programs_keep_what_they_hold(resident, query):
    assert resident.get(f"{FEED}?{query}").status_code == 404


def test_a_reader_who_has_it_is_told_so_until_something_changes(resident):
    event = factories.event(place="一")
    for address in (FEED, f"/events/{event.pk}.ics", "/feeds/events/"):
        event.refresh_from_db()
        first = resident.get(address)
        tag, modified = first["ETag"], first["Last-Modified"]
        for known in ({"if-none-match": tag}, {"if-modified-since": modified}):
            again = resident.get(address, headers=known)
            assert (again.status_code, again.content) == (304, b"")
        event.title += "改"
        meetings.change(event, ["title"], actor=SYSTEM)
        changed = resident.get(address, headers={"if-none-match": tag})
        assert changed.status_code == 200
        assert changed["ETag"] != tag


def test_a_feed_known_in_one_language_or_of_another_filter_is_asked_anew(resident):
    factories.event(series=factories.series())
    tag = resident.get(FEED)["ETag"]
    assert resident.get(f"{FEED}?series=monthly-talk", headers={"if-none-match": tag}).status_code == 200
    resident.cookies["lang"] = "en"
    with translation.override("zh-hans"):  # the request's language outlasts it, and is put back here
        assert resident.get(FEED, headers={"if-none-match": tag}).status_code == 200


def test_an_event_taken_out_of_the_feed_changes_its_tag(resident):
    """Out of 90 days it falls without a change of its own."""
    event = factories.event(E.HELD, starts_at=days(-80))
    factories.event(place="别处")
    tag = resident.get(FEED)["ETag"]
    Event.objects.filter(pk=event.pk).update(starts_at=days(-91), ends_at=days(-90.9))
    assert resident.get(FEED, headers={"if-none-match": tag}).status_code == 200


def test_the_feed_has_an_end(resident, monkeypatch):
    monkeypatch.setattr(calendars, "MAX_ENTRIES", 2)
    for number in range(3):
        factories.event(title=f"{number}", starts_at=days(1 + number), place=f"{number}")
    assert titles(resident.get(FEED)) == ["0", "1"]


# --- Atom ------------------------------------------------------------------------------------------------------------


def atom(response) -> ElementTree.Element:
    """The feed, when it has what RFC 4287 asks of every feed and entry."""
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)  # noqa: S314 - our own
    assert root.tag == f"{ATOM}feed"
    links = {link.get("rel", "alternate"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"].startswith("http://portal.example/feeds/")
    assert links["alternate"].startswith("http://portal.example/")
    ids = []
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        ids.append(element.findtext(f"{ATOM}id"))
        moment = datetime.datetime.fromisoformat(element.findtext(f"{ATOM}updated"))
        assert moment.tzinfo is not None
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("http://portal.example/") for one in ids)
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "一线协商"
    return root


def texts(root, name: str) -> list[str]:
    return [entry.findtext(f"{ATOM}{name}") for entry in root.findall(f"{ATOM}entry")]


def test_the_atom_feed_tells_what_changed_last(resident):
    early = factories.event(title="先排的", place="一")
    factories.event(title="后排的", place="二", is_demo=True)
    meetings.cancel(early, actor=SYSTEM, reason="下大雨")
    root = atom(resident.get("/feeds/events/"))
    assert texts(root, "title") == ["先排的", "后排的"]
    first, second = texts(root, "summary")
    assert "已取消" in first and "取消原因：下大雨" in first
    assert "演示数据" in second
    early.refresh_from_db()
    assert root.findtext(f"{ATOM}updated") == texts(root, "updated")[0]
    assert datetime.datetime.fromisoformat(texts(root, "updated")[0]) == early.changed_at


def test_an_entry_keeps_its_id_when_it_changes(resident):
    event = factories.event()
    before = texts(atom(resident.get("/feeds/events/")), "id")
    event.title = "改了"
    meetings.change(event, ["title"], actor=SYSTEM)
    after = atom(resident.get("/feeds/events/"))
    assert texts(after, "id") == before == [f"http://portal.example/events/{event.pk}/"]
    assert texts(after, "title") == ["改了"]


def test_the_atom_feed_has_thirty_entries_at_most(resident):
    for number in range(31):
        factories.event(title=f"{number}", starts_at=days(1 + number), agenda=0)
    assert len(texts(atom(resident.get("/feeds/events/")), "id")) == 30


def test_an_empty_atom_feed_is_a_feed(resident):
    assert texts(atom(resident.get("/feeds/events/")), "id") == []


def test_hostile_text_is_text_in_atom(resident):
    event = factories.event(title=HOSTILE, summary=HOSTILE)
    meetings.cancel(event, actor=SYSTEM, reason=HOSTILE)
    root = atom(resident.get("/feeds/events/"))
    assert texts(root, "title") == [HOSTILE]
    # A summary is HTML for readers: the markup in it is written out.
    summary = root.find(f"{ATOM}entry/{ATOM}summary")
    assert summary.get("type") == "html"
    assert "<script" not in summary.text
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in summary.text
