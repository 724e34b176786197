"""The desk for events: what each role is offered, what each act leaves, and what is refused."""

import datetime
import itertools

import pytest
from django.utils import timezone

from consultation.models import AgendaItem, Event, Picture, Slot, VenueKind
from consultation.services import events, pictures, sign_ups
from consultation.workflow import EventStatus as S
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.tokens import new_code
from members import selectors
from members.models import Attendance, Presenter
from members.services import attendance
from tests import factories
from tests.pages import form, forms, words
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db

LIST = "/admin/consultation/event/"
ROLES = ("community", "liaison", "auditor", "admin")


def client_of(request, role):
    return request.getfixturevalue(f"{role}_client")


def desk(event, act: str = "change") -> str:
    return f"{LIST}{event.pk}/{act}/"


def post(client, event, act: str, *, version=None, **values):
    """Send an act's form, with the version that the page showed unless another is given."""
    event.refresh_from_db()
    return client.post(desk(event, act), {"version": event.version if version is None else version} | values)


def acts(event) -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(subject=f"event:{event.pk}").order_by("pk")
    return [(entry.action, entry.actor.username if entry.actor else "", entry.detail) for entry in entries]


def said(client, response) -> str:
    return [str(message) for message in client.get(response["Location"]).context["messages"]][-1]


def now_on(status=S.OPEN, **values):
    """An event that began half an hour ago and takes sign-ups till its end."""
    start = timezone.now().replace(second=0, microsecond=0) - datetime.timedelta(minutes=30)
    return factories.event(status, starts_at=start, sign_up_until=start + datetime.timedelta(hours=2), **values)


def photo(event, review="pending"):
    return pictures.review(pictures.add(factories.jpeg(), "居民围坐", actor=SYSTEM, event=event), review, actor=SYSTEM)


def signed_up(event, phone="13912345678", **values):
    return sign_ups.sign_up(event, code=new_code(), phone=phone, **values)[0]


# --- What is offered -------------------------------------------------------------------------------------------------

# What each role's page holds, by the event's status. Of an event that goes on, or was held a week ago.
MOVES = {
    "planned": {"community": ["open", "held", "cancelled"], "liaison": ["open", "held", "cancelled"], "auditor": []},
    "open": {"community": ["held", "cancelled"], "liaison": ["held", "cancelled"], "auditor": []},
    "held": {"community": [], "liaison": ["minutes_published"], "auditor": []},
    "minutes_published": {"community": [], "liaison": [], "auditor": []},
    "cancelled": {"community": [], "liaison": [], "auditor": []},
}
COMING = ["edit", "attendance", "door", "photos", "presenters"]
PAST = ["edit", "minutes", "served", "attendance", "photos", "presenters"]
OTHERS = {
    "planned": {"community": COMING, "liaison": COMING, "auditor": ["photos"]},
    "open": {"community": COMING, "liaison": COMING, "auditor": ["photos"]},
    "held": {"community": PAST, "liaison": PAST, "auditor": ["photos"]},
    "minutes_published": {
        "community": ["edit", "served", "attendance", "photos", "presenters"],
        "liaison": PAST,
        "auditor": ["photos"],
    },
    "cancelled": {"community": ["photos"], "liaison": ["photos"], "auditor": ["photos"]},
}
EVERY_MOVE = ["planned", "open", "held", "minutes_published", "cancelled"]
EVERY_OTHER = ["edit", "minutes", "served", "attendance", "door", "photos", "presenters"]


def offered(client, event) -> tuple[list[str], list[str]]:
    """Moves and other acts that have a button."""
    html, item = client.get(desk(event)).content.decode(), event.agenda.get().pk
    moves = [to for to in EVERY_MOVE if f'"{LIST}{event.pk}/move/{to}/"' in html]
    routes = {name: f"agenda/{item}" if name == "presenters" else name for name in EVERY_OTHER}
    return moves, [name for name, route in routes.items() if f'"{LIST}{event.pk}/{route}/"' in html]


def test_the_buttons_are_what_each_role_may_do_now(request, subtests):
    clients = {role: client_of(request, role) for role in ROLES}
    for status in MOVES:
        past = status in ("held", "minutes_published")
        event = factories.event(status, place=status) if past else now_on(status, place=status)
        for role, client in clients.items():
            like = "liaison" if role == "admin" else role
            with subtests.test(f"{status} {role}"):
                assert offered(client, event) == (MOVES[status][like], OTHERS[status][like])


# What is offered beside a sign-up and an attendance.
BESIDE = {
    "community": ["reveal", "tick", "unattend"],
    "liaison": ["reveal", "tick", "unattend"],
    "auditor": [],
    "admin": ["reveal", "tick", "unattend"],
}


def test_what_is_offered_beside_sign_ups_and_attendance(request, subtests):
    event = now_on()
    signed_up(event)
    attendance.record_people(event, 9, actor=SYSTEM)
    marks = {
        "reveal": f"{LIST}{event.pk}/signups/1/reveal/",
        "tick": 'name="number" value="1"',
        "unattend": 'name="attendance"',
    }
    for role, beside in BESIDE.items():
        html = client_of(request, role).get(desk(event)).content.decode()
        with subtests.test(role):
            assert [name for name, mark in marks.items() if mark in html] == beside
            assert "139****5678" in html
            assert "13912345678" not in html


# Route → the roles that may open it; the others get 403. `{…}` is filled in below.
MAY = {
    "edit": "community liaison admin",
    "minutes": "community liaison admin",
    "served": "community liaison admin",
    "agenda/{item}": "community liaison admin",
    "signups": "community liaison auditor admin",
    "signups/1/reveal": "community liaison admin",
    "attendance": "community liaison admin",
    "door": "community liaison admin",
    "change": "community liaison auditor admin",
    "history": "community liaison auditor admin",
}
MAY_POST = {
    "attendance/signups": "community liaison admin",
    "attendance/remove": "community liaison admin",
    "door/renew": "community liaison admin",
}


def test_each_page_opens_for_its_roles_only(request, resident, subtests):
    event = now_on()
    signed_up(event)
    item = event.agenda.get().pk
    clients = {role: client_of(request, role) for role in (*ROLES, "member")} | {"resident": resident}
    for table, method in ((MAY, "get"), (MAY, "post"), (MAY_POST, "post")):
        for (route, roles), (role, client) in itertools.product(table.items(), clients.items()):
            status = getattr(client, method)(desk(event, route.format(item=item))).status_code
            with subtests.test(f"{method} {route} {role}"):
                if role in ("member", "resident"):
                    assert status == 302  # to the sign-in page
                elif role not in roles.split():
                    assert status == 403
                elif method == "get":
                    assert status == 200
                else:
                    # Django's own history answers any method alike.
                    assert status in (302, 403, 404, 405, 422) or route == "history"
    assert Event.objects.get(pk=event.pk).status == "open"


def test_what_lies_out_of_scope_is_not_there(request, subtests):
    far = factories.event(area=factories.tree().far_community, place="远处", starts_at=timezone.now())
    signed_up_far = Attendance.objects.count()
    for role in ("community", "liaison", "auditor"):
        client = client_of(request, role)
        for route, method in itertools.product((*MAY, *MAY_POST, "move/held"), ("get", "post")):
            status = getattr(client, method)(desk(far, route.format(item=far.agenda.get().pk))).status_code
            # What a role may not do at all, it is told first; the change page takes no form from anybody.
            told_first = role != "liaison" or (route, method) == ("change", "post")
            with subtests.test(f"{method} {route} {role}"):
                assert status in ((403, 404) if told_first else (404,))
        assert far.title not in words(client.get(LIST))
    assert Attendance.objects.count() == signed_up_far


def test_community_staff_see_their_own_communitys_events_only(community_client):
    mine = factories.event(title="桂花社区的")
    other = factories.event(title="柳园社区的", area=factories.tree().other_community, place="柳园")
    above = factories.event(title="街道的", area=factories.tree().subdistrict, place="街道")
    page = words(community_client.get(LIST))
    assert ("桂花社区的" in page, "柳园社区的" in page, "街道的" in page) == (True, False, False)
    assert [community_client.get(desk(row)).status_code for row in (mine, other, above)] == [200, 404, 404]


def test_rows_of_another_event_are_not_reached_through_ones_own(liaison_client):
    mine, other = now_on(), now_on(title="另一场", place="别处")
    signed_up(other)
    picture = photo(other)
    row = attendance.record_people(other, 3, actor=SYSTEM)
    item = other.agenda.get()
    for route, values in (
        (f"photos/{picture.pk}", {"review": "approved", "alt": "x"}),
        (f"photos/{picture.pk}/remove", {}),
        ("attendance/remove", {"attendance": row.pk}),
        ("attendance/remove", {"attendance": "\x00"}),
        ("attendance/remove", {"attendance": "9" * 30}),
        ("signups/1/reveal", {"reason": "x"}),
        (f"agenda/{item.pk}", {}),
    ):
        assert liaison_client.post(desk(mine, route), values).status_code == 404, route
    assert Picture.objects.get().review == "pending"
    assert Attendance.objects.filter(pk=row.pk).exists()


def test_nothing_is_edited_in_place(liaison_client, admin_client):
    event = factories.event()
    before = Event.objects.filter(pk=event.pk).values().get()
    for client in (liaison_client, admin_client):
        assert client.post(desk(event), {"status": "held", "title": "x"}).status_code == 403
        assert client.post(desk(event, "delete"), {"post": "yes"}).status_code == 403
        client.post(LIST, {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"})
    assert Event.objects.filter(pk=event.pk).values().get() == before


# --- The list --------------------------------------------------------------------------------------------------------


def test_the_list_shows_time_place_status_and_how_many_signed_up(liaison_client):
    event = now_on(capacity=1, series=factories.series())
    for number in range(3):
        signed_up(event, f"1391234567{number}")
    page = words(liaison_client.get(LIST))
    for text in (event.title, "月月谈", "桂花路 1 号院内", "开放报名", "1 / 1"):
        assert text in page


def test_the_queues_hold_what_waits(liaison_client):
    this_week = factories.event(title="本周的", starts_at=timezone.now())
    factories.event(title="一个月后的", starts_at=timezone.now() + datetime.timedelta(days=30), place="甲")
    over = factories.event("planned", title="没有记录的", starts_at=timezone.now() - datetime.timedelta(days=9))
    held = factories.event(
        "held", title="没有纪要的", place="乙", starts_at=timezone.now() - datetime.timedelta(days=8)
    )
    photo(held)
    expected = {
        "week": [this_week.title],
        "record": [over.title],
        "minutes": [held.title],
        "photos": [held.title],
    }
    for queue, titles in expected.items():
        rows = liaison_client.get(f"{LIST}?queue={queue}").context["cl"].result_list
        assert [row.title for row in rows] == titles
    series = factories.series()
    for query in (f"?series={series.pk}", "?series=x", "?series=%00", "?queue=x", "?status__exact=held", "?q=没有纪要"):
        assert liaison_client.get(LIST + query).status_code in (200, 400)


# --- Planning and changing -------------------------------------------------------------------------------------------


@pytest.fixture
def page(community_client):
    """The empty form of a new event."""
    return community_client.get(f"{LIST}add/")


def filled_in(client, *, page=None, **changes):
    """The form of a new event as staff fill it in: three lines of agenda, given out of order."""
    page = page or client.get(f"{LIST}add/")
    values = {
        "area": factories.tree().community.pk,
        "title": "楼道堆物怎么管",
        "starts_at": "2027-03-01T14:30",
        "ends_at": "2027-03-01T16:30",
        "place": "桂花路 1 号院内",
        "capacity": "30",
        "agenda-0-title": "谁来清",
        "agenda-0-order": "2",
        "agenda-1-title": "放哪里",
        "agenda-1-order": "1",
        "agenda-1-starts_at": "14:40",
        "agenda-1-presenter": "物业周经理",
    }
    return form(page, "agenda-0-title").send(client, f"{LIST}add/", **(values | changes))


def test_planning_an_event_with_its_agenda(community_client):
    response = filled_in(community_client)
    event = Event.objects.get()
    assert response["Location"] == desk(event)
    assert said(community_client, response) == "已安排：楼道堆物怎么管。"
    assert (event.status, event.capacity, event.area.code) == ("planned", 30, "community")
    assert timezone.localtime(event.starts_at).isoformat() == "2027-03-01T14:30:00+08:00"
    assert [(row.order, row.title, str(row.starts_at or ""), row.presenter) for row in event.agenda.all()] == [
        (1, "放哪里", "14:40:00", "物业周经理"),
        (2, "谁来清", "", ""),
    ]
    assert acts(event)[0] == ("added", "community", "")


MISTAKES = [
    ({"title": ""}, "请填写标题"),
    ({"title": "a\x00"}, "文字中有无法保存的字符，请删除后再试。"),
    ({"title": "长" * 10_000}, "最多 80 个字，现在有 10000 个字。"),
    ({"ends_at": "2027-03-01T14:00"}, "结束时间应晚于开始时间。"),
    ({"starts_at": "tomorrow"}, "请核对开始时间"),
    ({"starts_at": "0001-01-01T00:00"}, "请核对年份"),
    ({"place": ""}, "请选择议事点，或填写其他地点，或填写线上链接。"),
    ({"capacity": "0"}, "请"),
    ({"sign_up_until": "2027-03-02T00:00"}, "报名截止不能晚于活动结束。"),
    ({"online_url": "javascript:alert(1)"}, "请"),
    ({"agenda-0-title": "长" * 10_000}, "议程第 1 行“议题”：最多 120 个字，现在有 10000 个字。"),
    ({"agenda-1-title": ""}, "议程第 2 行“议题”：请填写议题"),
    ({"agenda-1-starts_at": "25:99"}, "议程第 2 行“时间”"),
]


def test_each_mistake_has_its_sentence_and_nothing_is_half_saved(community_client, page, subtests):
    for changes, text in MISTAKES:
        response = filled_in(community_client, page=page, **changes)
        with subtests.test(str(changes)[:100]):
            assert response.status_code == 422
            assert text in words(response)
            # What was typed is still there.
            kept = form(response, "agenda-0-title").values
            assert (kept["agenda-1-presenter"], kept["capacity"]) == ("物业周经理", changes.get("capacity", "30"))
            assert not Event.objects.exists() and not AgendaItem.objects.exists()


@each_row(
    ("field", "value"), itertools.product(("agenda-TOTAL_FORMS", "agenda-INITIAL_FORMS"), (None, "x", "1000", "-1"))
)
def test_a_form_tampered_with_is_refused(community_client, page, field, value):
    response = filled_in(community_client, page=page, **{field: value})
    assert response.status_code in (302, 422)
    assert AgendaItem.objects.count() in (0, 2)


def test_staff_choose_areas_in_their_scope_and_series_and_venues_there_or_above(community_client):
    places = factories.tree()
    home = factories.venue(VenueKind.MEMBERS_HOME)
    factories.venue(VenueKind.DELIBERATION_HOME, places.other_community)
    series = factories.series()
    far = factories.series("far", area=places.far_subdistrict)
    page = community_client.get(f"{LIST}add/")
    fields = page.context["form"].fields
    assert {area.code for area in fields["area"].queryset} == {"community", "compound", "second-compound"}
    assert list(fields["venue"].queryset) == [home]
    assert list(fields["series"].queryset) == [series]
    for changes in ({"area": places.other_community.pk}, {"series": far.pk}, {"area": "x"}, {"area": ""}):
        assert filled_in(community_client, page=page, **changes).status_code == 422
    assert not Event.objects.exists()


def test_a_taken_venue_is_refused_in_the_form_and_in_parallel(liaison_client):
    home = factories.venue(VenueKind.DELIBERATION_HOME)
    assert filled_in(liaison_client, venue=home.pk).status_code == 302
    response = filled_in(liaison_client, venue=home.pk, title="第二场")
    assert response.status_code == 422
    assert "这个议事点在这段时间已有其他活动，请换一个时间或地点。" in words(response)
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_same_venue_at_once_get_it_and_a_sentence(liaison_client, admin_client):
    home = factories.venue(VenueKind.DELIBERATION_HOME)
    results = at_once(
        *[lambda client=client: filled_in(client, venue=home.pk) for client in (liaison_client, admin_client)]
    )
    assert sorted(response.status_code for response in results) == [302, 422]
    [refused] = [response for response in results if response.status_code == 422]
    assert "这个议事点在这段时间已有其他活动" in words(refused)
    assert Event.objects.count() == 1


def test_a_slot_of_the_plan_prefills_series_place_and_day(liaison_client, community_client):
    home = factories.venue(VenueKind.DELIBERATION_HOME)
    slot = Slot.objects.create(
        series=factories.series(), venue=home, period=datetime.date(2027, 3, 1), planned_on=datetime.date(2027, 3, 5)
    )
    page = liaison_client.get(f"{LIST}add/?slot={slot.pk}")
    values = form(page, "agenda-0-title").values
    assert values["slot"] == str(slot.pk)
    assert (values["series"], values["venue"], values["area"]) == (str(slot.series_id), str(home.pk), str(home.area_id))
    assert values["starts_at"] == "2027-03-05T14:30"
    assert form(page, "agenda-0-title").send(liaison_client, f"{LIST}add/").status_code == 302
    assert Event.objects.get().slot == slot
    for key in ("999999", "9" * 30):
        assert liaison_client.get(f"{LIST}add/?slot={key}").status_code == 404
    assert liaison_client.get(f"{LIST}add/?slot=x").status_code == 200
    # Community staff see the slots at their venues, and none of the subdistrict's own.
    assert community_client.get(f"{LIST}add/?slot={slot.pk}").status_code == 200
    Slot.objects.filter(pk=slot.pk).update(venue=None)
    assert community_client.get(f"{LIST}add/?slot={slot.pk}").status_code == 404
    assert filled_in(community_client, slot=slot.pk, title="另一场").status_code == 422


def test_a_slot_brings_its_series_and_contradicts_no_other(liaison_client):
    slot = Slot.objects.create(
        series=factories.series(), period=datetime.date(2027, 3, 1), planned_on=datetime.date(2027, 3, 5)
    )
    other = factories.series("lecture", name="季季讲")
    response = filled_in(liaison_client, slot=slot.pk, series=other.pk)
    assert response.status_code == 422
    assert "所选档期不属于这个系列" in words(response)
    assert filled_in(liaison_client, slot=slot.pk).status_code == 302
    assert Event.objects.get().series == slot.series


def edit(client, event, **changes):
    return form(client.get(desk(event, "edit")), "agenda-0-title").send(client, desk(event, "edit"), **changes)


def test_changing_an_event_tells_who_signed_up_and_leaves_its_traces(liaison_client):
    event = factories.event(starts_at=timezone.now().replace(second=0, microsecond=0) + datetime.timedelta(days=8))
    response = edit(liaison_client, event, title="改了标题", capacity="50")
    assert said(liaison_client, response) == "已保存。"
    event.refresh_from_db()
    assert (event.title, event.capacity, event.sequence) == ("改了标题", 50, 1)
    action, who, detail = acts(event)[-1]
    assert (action, who) == ("changed", "liaison")
    assert set(detail.split(", ")) == {"title", "capacity"}


def test_an_untouched_form_changes_nothing(liaison_client):
    event = factories.event()  # its time has seconds, which the form does not show
    before = Event.objects.filter(pk=event.pk).values().get()
    assert edit(liaison_client, event).status_code == 302
    assert Event.objects.filter(pk=event.pk).values().get() == before
    assert acts(event) == []


def test_a_stale_form_is_refused_and_keeps_what_was_typed(liaison_client):
    event = factories.event()
    page = liaison_client.get(desk(event, "edit"))
    events.change(Event(pk=event.pk, title="同事改的", **{}), ["title"], actor=SYSTEM)
    response = form(page, "agenda-0-title").send(liaison_client, desk(event, "edit"), title="我改的")
    assert response.status_code == 409
    assert "刚刚被他人修改" in words(response)
    assert form(response, "title").values["title"] == "我改的"
    assert Event.objects.get(pk=event.pk).title == "同事改的"
    # The next press is made knowing that.
    assert form(response, "title").send(liaison_client, desk(event, "edit")).status_code == 302
    assert Event.objects.get(pk=event.pk).title == "我改的"


def test_two_who_change_the_agenda_lose_nothing(liaison_client):
    event = factories.event(agenda=2)
    page = liaison_client.get(desk(event, "edit"))
    assert edit(liaison_client, event, **{"agenda-2-title": "同事加的"}).status_code == 302
    response = form(page, "agenda-0-title").send(liaison_client, desk(event, "edit"), **{"agenda-2-title": "我加的"})
    assert response.status_code == 409
    assert [item.title for item in event.agenda.all()] == ["第 1 个议题", "第 2 个议题", "同事加的"]


def test_the_agenda_is_put_in_order_shortened_and_keeps_its_rows(liaison_client):
    event = factories.event(agenda=3)
    first, _second, third = event.agenda.all()
    edit(liaison_client, event, **{"agenda-0-order": "9", "agenda-1-title": "", "agenda-1-presenter": "周经理"})
    assert [(item.pk, item.order) for item in event.agenda.all()] == [(third.pk, 1), (first.pk, 2)]
    assert ("changed", "liaison", "agenda") in acts(event)


def test_another_events_item_cannot_be_taken_over(liaison_client):
    mine, other = factories.event(), factories.event(title="另一场", place="别处")
    theirs = other.agenda.get()
    edit(liaison_client, mine, **{"agenda-0-item": theirs.pk, "agenda-0-title": "抢来的"})
    theirs.refresh_from_db()
    assert (theirs.event_id, theirs.title) == (other.pk, "第 1 个议题")
    assert [item.title for item in mine.agenda.all()] == ["抢来的"]


def test_presenters_are_ticked_for_an_item(community_client):
    event = factories.event()
    item, member = event.agenda.get(), factories.committee_member(level="district")
    page = community_client.get(desk(event, f"agenda/{item.pk}"))
    assert "区政协委员 陈敏" in words(page)
    response = post(community_client, event, f"agenda/{item.pk}", members=[member.pk])
    assert said(community_client, response) == "主讲委员已保存。"
    assert [row.member for row in Presenter.objects.all()] == [member]
    assert "区政协委员 陈敏" in words(community_client.get(desk(event)))
    assert post(community_client, event, f"agenda/{item.pk}", members=["x"]).status_code == 422
    assert post(community_client, event, f"agenda/{item.pk}", version=-1).status_code == 409


# --- Moves and what is written down ----------------------------------------------------------------------------------


def test_opening_is_one_click_and_pressed_twice_done_once(community_client):
    event = factories.event("planned")
    [button] = [one for one in forms(community_client.get(desk(event))) if one.action.endswith("/move/open/")]
    response = button.send(community_client)
    assert said(community_client, response) == f"{event.title}：开放报名。"
    again = button.send(community_client)
    assert "目前不能由您改为“开放报名”" in said(community_client, again)
    assert acts(event) == [("moved", "community", "planned → open")]


def test_held_takes_the_people_served_and_cancelling_its_reason(community_client):
    event = now_on()
    assert post(community_client, event, "move/held", people_served="-1").status_code == 422
    assert post(community_client, event, "move/held", people_served="86").status_code == 302
    event.refresh_from_db()
    assert (event.status, event.people_served) == ("held", 86)
    other = factories.event(title="另一场", place="别处")
    assert post(community_client, other, "move/cancelled", reason=" ").status_code == 422
    assert post(community_client, other, "move/cancelled", reason="长" * 10_000).status_code == 422
    assert post(community_client, other, "move/cancelled", reason="下大雨").status_code == 302
    other.refresh_from_db()
    assert (other.status, other.cancel_reason) == ("cancelled", "下大雨")


def test_an_event_to_come_cannot_be_held_yet(community_client):
    event = factories.event()
    response = post(community_client, event, "move/held")
    assert response.status_code == 422
    assert "活动还没有开始，不能记为已举行。" in words(response)


def test_minutes_are_drafted_previewed_and_published_by_whom_it_is_permitted(community_client, liaison_client):
    event = factories.event("held")
    page = post(community_client, event, "minutes", text="<b>门禁</b>下月装好。\n\n物业负责。", preview="1")
    assert "&lt;b&gt;门禁&lt;/b&gt;下月装好。" in page.content.decode()
    assert Event.objects.get(pk=event.pk).minutes == ""
    response = post(community_client, event, "minutes", text="门禁下月装好。")
    assert said(community_client, response) == "纪要已保存为草稿。"
    # Community staff write them and no more.
    response = post(community_client, event, "move/minutes_published")
    assert "目前不能由您改为“纪要已公布”" in said(community_client, response)
    assert "门禁下月装好。" in words(liaison_client.get(desk(event, "move/minutes_published")))
    assert post(liaison_client, event, "move/minutes_published").status_code == 302
    event.refresh_from_db()
    assert event.status == "minutes_published"
    # Published, a correction is the approver's.
    assert post(community_client, event, "minutes", text="改").status_code == 422
    response = post(liaison_client, event, "minutes", text="门禁已装好。")
    assert said(liaison_client, response) == "纪要已更正，公开页面会写明更正时间。"
    assert post(liaison_client, event, "minutes", text="").status_code == 422


def test_minutes_nobody_wrote_are_not_published(liaison_client):
    response = post(liaison_client, factories.event("held"), "move/minutes_published")
    assert response.status_code == 422
    assert "“审定并公布纪要”须写明纪要的内容。" in words(response)


def test_people_served_are_written_down_and_taken_back(community_client):
    event = factories.event("held")
    for typed, kept in (("120", 120), ("", None)):
        assert post(community_client, event, "served", people=typed).status_code == 302
        event.refresh_from_db()
        assert event.people_served == kept
    for typed in ("x", "-1", "100001"):
        assert post(community_client, event, "served", people=typed).status_code == 422
    assert post(community_client, event, "served", people="1", version=0).status_code == 409


@pytest.mark.parametrize("status", ["nonsense", "planned"])
def test_a_move_that_is_not_one_is_refused(liaison_client, status):
    event = factories.event()
    response = post(liaison_client, event, f"move/{status}")
    assert response.status_code == (404 if status == "nonsense" else 302)
    assert Event.objects.get(pk=event.pk).status == "open"


# --- Sign-ups --------------------------------------------------------------------------------------------------------


def test_a_contact_is_shown_for_a_reason_and_that_is_recorded(community_client):
    event = now_on()
    place = signed_up(event, called="王女士")
    address = "signups/1/reveal"
    assert post(community_client, event, address, reason="").status_code == 422
    assert not AuditEntry.objects.filter(action="contact_revealed").exists()
    page = post(community_client, event, address, reason="通知改时间")
    assert "13912345678" in words(page) and "王女士" in words(page)
    assert "no-store" in page["Cache-Control"]
    entry = AuditEntry.objects.get(action="contact_revealed")
    assert (entry.subject, entry.detail, entry.actor.username) == (f"signup:{place.pk}", "通知改时间", "community")
    assert community_client.get(desk(event, "signups/2/reveal")).status_code == 404


def test_the_list_to_print_holds_numbers_and_masked_contacts_of_who_still_comes(auditor_client):
    event = now_on(capacity=1)
    signed_up(event)
    signed_up(event, "13900000002")
    sign_ups.cancel(signed_up(event, "13900000003"))
    page = words(auditor_client.get(desk(event, "signups")))
    assert "139****5678" in page and "139****0002" in page
    assert "139****0003" not in page
    assert "13912345678" not in page


# --- Attendance ------------------------------------------------------------------------------------------------------


def test_who_signed_up_is_ticked_off_several_at_once_and_once(community_client):
    event = now_on()
    for number in range(3):
        signed_up(event, f"1391234567{number}")
    for _time, text in ((1, "已登记 2 人到场。"), (2, "没有可登记的，请先勾选尚未登记的报名。")):
        response = community_client.post(
            desk(event, "attendance/signups"), {"number": ["1", "3", "x", "\x00", "99", "9" * 4000]}
        )
        assert said(community_client, response) == text
    assert [row.sign_up.number for row in event.attendances.order_by("pk")] == [1, 3]
    assert words(community_client.get(desk(event))).count("已到") == 2


def test_members_an_organisation_residents_and_a_sector_are_recorded_on_one_page(community_client):
    event = now_on()
    first, second = factories.committee_member(), factories.committee_member("林岚")
    company = factories.organisation()
    page = form(community_client.get(desk(event, "attendance")), "key")
    answers = {
        "members": [first.pk, second.pk],
        "organisation": company.pk,
        "organisation_people": "6",
        "residents": "30",
        "sector": "media",
        "sector_people": "2",
    }
    response = page.send(community_client, desk(event, "attendance"), **answers)
    assert said(community_client, response) == "到场已登记。"
    counted = selectors.attendance.balance(event)
    assert (counted.members, counted.residents, counted.sectors["enterprise"], counted.sectors["media"]) == (
        2,
        30,
        6,
        2,
    )
    # The same form again: told so, and nothing counted twice.
    response = page.send(community_client, desk(event, "attendance"), **answers)
    assert response.status_code == 422
    assert "桂花物业已登记" in words(response)
    response = page.send(community_client, desk(event, "attendance"), residents="30")
    assert "刚才已经登记，没有重复计数。" in words(response)
    assert selectors.attendance.balance(event) == counted
    assert "（已登记）" in words(community_client.get(desk(event, "attendance")))


def test_a_record_that_cannot_be_is_refused_and_nothing_is_recorded(community_client, subtests):
    event = now_on()
    page = form(community_client.get(desk(event, "attendance")), "key")
    for answers, text in (
        ({}, "请至少登记一项。"),
        ({"residents": "0"}, "请"),
        ({"residents": "10001"}, "请"),
        ({"sector": "media"}, "请填写人数"),
        ({"sector_people": "3"}, "请选择"),
        ({"members": ["999999"]}, "999999"),
        ({"key": "x", "residents": "3"}, "UUID"),
    ):
        response = page.send(community_client, desk(event, "attendance"), **answers)
        with subtests.test(str(answers)):
            assert response.status_code == 422
            assert text in words(response)
            assert not Attendance.objects.exists()


def test_a_mistaken_record_is_removed_and_that_is_in_the_audit(community_client):
    event = now_on()
    row = attendance.record_people(event, 300, actor=SYSTEM)
    response = community_client.post(desk(event, "attendance/remove"), {"attendance": row.pk})
    assert said(community_client, response) == "已删除。"
    assert not Attendance.objects.exists()
    assert acts(event) == [("attendance", "community", "- residents x300")]
    assert community_client.post(desk(event, "attendance/remove"), {"attendance": row.pk}).status_code == 404
    assert community_client.get(desk(event, "attendance/remove")).status_code == 302


# --- The door --------------------------------------------------------------------------------------------------------


def test_the_door_sheet_holds_the_code_and_a_new_one_makes_the_old_one_useless(community_client, resident):
    event = now_on()
    page = community_client.get(desk(event, "door"))
    assert "<svg" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert event.title in words(page)
    response = community_client.post(desk(event, "door/renew"))
    assert said(community_client, response) == "签到码已更换，旧码失效，请重新打印张贴。"
    old, event = event.door_key, Event.objects.get(pk=event.pk)
    assert "这个签到码已失效" in words(resident.get(f"/events/{event.pk}/checkin/?door={old}"))
    assert "这个签到码已失效" not in words(resident.get(f"/events/{event.pk}/checkin/?door={event.door_key}"))
    # Looking at the address renews nothing.
    community_client.get(desk(event, "door/renew"))
    assert Event.objects.get(pk=event.pk).door_key == event.door_key
    assert acts(event) == [("changed", "community", "door_key")]


def test_a_cancelled_event_has_no_door(community_client):
    assert community_client.get(desk(factories.event("cancelled"), "door")).status_code == 404


# --- What was agreed -------------------------------------------------------------------------------------------------


def test_the_page_leads_to_each_agreement_and_to_a_new_one(liaison_client, auditor_client):
    event = factories.event("held")
    agreement = factories.agreement(event)
    html = liaison_client.get(desk(event)).content.decode()
    assert f'href="/admin/consultation/agreement/{agreement.pk}/change/"' in html
    assert f'href="/admin/consultation/agreement/add/?event={event.pk}"' in html
    assert "agreement/add/" not in auditor_client.get(desk(event)).content.decode()


# --- Queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 4])
def test_every_page_makes_its_number_of_queries(liaison_client, number, django_assert_num_queries, subtests):
    event = now_on(series=factories.series(), agenda=number, venue=factories.venue(VenueKind.DELIBERATION_HOME))
    member = factories.committee_member()
    for item in event.agenda.all():
        Presenter.objects.create(agenda_item=item, member=member)
    for count in range(number):
        place = signed_up(event, f"139{count:08d}")
        attendance.record_sign_up(event, place, actor=factories.liaison_staff())
        attendance.record_organisation(event, factories.organisation(f"单位 {count}"), 3, actor=SYSTEM)
        start = timezone.now() + datetime.timedelta(days=count + 20)
        factories.event(title=f"第 {count} 场", starts_at=start)
    picture = photo(event)
    Picture.objects.bulk_create(
        Picture(event=event, alt="x", full=picture.full, thumbnail=picture.thumbnail, width=1, height=1)
        for _number in range(number)
    )
    event = events.record_held(event, actor=factories.liaison_staff())
    factories.agreement(event)
    for address, expected in (
        (LIST, 7),
        (f"{LIST}?queue=photos&status__exact=held&q=门禁", 7),
        (desk(event), 12),
        (desk(event, "edit"), 11),
        (desk(event, "attendance"), 8),
        (desk(event, "signups"), 6),
        (f"{LIST}add/", 9),
        (desk(event, f"agenda/{event.agenda.first().pk}"), 8),
    ):
        assert liaison_client.get(address).status_code == 200
        with subtests.test(address), django_assert_num_queries(expected):
            liaison_client.get(address)
