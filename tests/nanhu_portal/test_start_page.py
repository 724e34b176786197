"""The start page of the admin, its search box, its header, and its errors."""

import datetime

import pytest
from django.http import Http404
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from consultation.models import Event
from consultation.workflow import EventStatus
from demands.models import Demand
from foundation import search_sources, start_page
from foundation.accounts import User
from foundation.cached import forget_all
from nanhu_portal import menu
from tests import factories

pytestmark = pytest.mark.django_db

# Section → its position, whether it is in the wide column, and the permission that shows it.
SECTIONS = {
    "next": (10, True, "demands.view_demand"),
    "events": (20, False, "consultation.view_event"),
    "agreements": (30, False, "consultation.view_agreement"),
    "workload": (40, False, "demands.view_demand"),
}
SOURCES = {"demands": 10, "events": 20, "members": 30, "partners": 40}


def test_these_sections_and_sources_are_registered():
    assert {one.name: (one.position, one.is_main, one.permission) for one in start_page._sections.values()} == SECTIONS
    assert {one.name: one.position for one in search_sources._sources.values()} == SOURCES
    for registry, one in ((start_page, "next"), (search_sources, "demands")):
        rows = registry._sections if registry is start_page else registry._sources
        with pytest.raises(ValueError, match=one):
            registry.register(rows[one])


@pytest.fixture
def busy(liaison_client):
    """A day of staff: demands overdue and ahead in two communities, an event today, an agreement falling due."""
    places, today = factories.tree(), timezone.localdate()
    for number in range(12):
        area = places.other_compound if number % 3 == 0 else places.compound
        demand = factories.demand(description=f"第{number}件路灯", area=area, phone=f"1390000{number + 4400}")
        Demand.objects.filter(pk=demand.pk).update(
            response_due=today + datetime.timedelta(days=number - 2),
            assignee=liaison_client.user if number % 2 else None,
        )
    now = timezone.now()
    factories.event(starts_at=now, ends_at=now + datetime.timedelta(minutes=1), title="路灯座谈")
    factories.event(EventStatus.CANCELLED, starts_at=now, title="不办了")
    held = factories.event(EventStatus.HELD)
    factories.agreement(held, due_on=today + datetime.timedelta(days=3), what="换三盏灯")
    factories.agreement(held, due_on=today + datetime.timedelta(days=30), what="以后再说")
    return liaison_client


def test_the_start_page_says_what_to_do_now(busy, django_assert_max_num_queries):
    busy.get("/admin/")  # fills the caches of this process
    with django_assert_max_num_queries(12):
        response = busy.get("/admin/")
    context, page = response.context, response.content.decode()
    assert context["pressing"] == 3
    assert {tile["label"]: tile["count"] for tile in context["tiles"]}["未分派"] == 6
    assert all(tile["count"] == 0 for tile in context["zeros"])
    [nearest, *_others] = rows = context["main"][0]["rows"]
    assert len(rows) == 10
    assert [row["demand"].description for row in rows] == [f"第{number}件路灯" for number in range(10)]
    assert nearest["address"].endswith("/change/?_changelist_filters=queue%3Dopen&place=0")
    # Which is where the list has it too.
    place = busy.get(nearest["address"]).context["place"]
    assert (place.number, place.total) == (0, 12)
    beside = {one["section"].name: one["rows"] for one in context["beside"]}
    assert [event.title for event in beside["events"]] == ["路灯座谈"]
    assert [agreement.what for agreement in beside["agreements"]] == ["换三盏灯"]
    colleagues = [(bar.label, bar.count, bar.overdue, bar.share) for bar in beside["workload"].colleagues]
    assert colleagues == [(str(busy.user), 6, 1, 100), ("未分派", 6, 1, 100)]
    assert [(bar.count, bar.overdue) for bar in beside["workload"].communities] == [(8, 1), (4, 1)]
    for bar in (*beside["workload"].colleagues, *beside["workload"].communities):
        listed = busy.get(f"/admin/demands/demand/?{bar.query}").context["cl"]
        assert listed.result_count == bar.count, bar.query
    assert "其余" in page
    assert page.count('class="over"') == 2


def test_an_idle_day_has_no_empty_sections(community_client):
    context = community_client.get("/admin/").context
    assert (context["main"], context["beside"], context["tiles"], context["pressing"]) == ([], [], [], 0)


def test_the_search_box_finds_everything_that_staff_look_for(busy, django_assert_max_num_queries):
    person, partner = factories.committee_member("路灯明"), factories.organisation("路灯物业")
    forget_all()
    with django_assert_max_num_queries(12):
        groups = busy.get("/admin/find/", {"q": "路灯"}).context["groups"]
    found = {str(group["label"]): [hit.title for hit in group["hits"]] for group in groups}
    assert found["活动"] == ["路灯座谈"]
    assert (found["委员"], found["合作单位"]) == ([person.name], [partner.name])
    about = {str(group["label"]): group["hits"][0].about for group in groups}
    event = Event.objects.get(title="路灯座谈")
    day = date_format(timezone.localtime(event.starts_at), "DATE_FORMAT")
    assert about["活动"] == f"{day} · {event.get_status_display()}"
    assert (about["委员"], about["合作单位"]) == (str(person.committee), partner.get_kind_display())
    assert len(found["需求"]) == search_sources.MAX_FOUND
    assert groups[0]["more"].startswith("/admin/demands/demand/?q=")
    # What is one row is opened: by its reference, and by the last digits of a phone.
    demand = Demand.objects.get(description="第7件路灯")
    for typed in (demand.ref.lower(), "4407"):
        response = busy.get("/admin/find/", {"q": typed})
        assert (response.status_code, response.url) == (302, f"/admin/demands/demand/{demand.pk}/change/"), typed
    for typed, words in (("", "请输入编号"), ("没有这个", "没有找到"), ("灯" * 61, "您输入了 61 个字")):
        assert words in busy.get("/admin/find/", {"q": typed}).content.decode()


def test_the_search_box_finds_nothing_beyond_ones_places_and_rights(busy, community_client, auditor_client):
    far = factories.demand(description="远处的灯", area=factories.tree().far_compound, phone="13911112222")
    for typed in (far.ref, "2222", "远处"):
        assert busy.get("/admin/find/", {"q": typed}).context["groups"] == []
    # Whoever may not see phones does not find them digit by digit.
    assert auditor_client.get("/admin/find/", {"q": "4407"}).context["groups"] == []


def test_every_list_is_in_one_group_of_the_menu(liaison_client):
    names = [name for _label, models in menu.GROUPS for name in models]
    assert (menu.ungrouped(), len(names)) == (set(), len(set(names)))
    page = liaison_client.get("/admin/menu/").content.decode()
    assert "需求类别" in page
    # Not what this role may not open.
    assert "操作记录" not in page
    [room] = [room for room in liaison_client.get("/admin/menu/").context["rooms"] if room["is_current"]]
    assert room["address"] == "/admin/menu/"


def test_keys_are_left_out_for_whoever_switched_them_off(liaison_client):
    assert "js/desk-keys" in liaison_client.get("/admin/").content.decode()
    User.objects.filter(pk=liaison_client.user.pk).update(uses_keys=False)
    assert "js/desk-keys" not in liaison_client.get("/admin/").content.decode()


# --- Errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/admin/demands/demand/999/change/", 404, "找不到这个页面"),
        ("/admin/nowhere/", 404, "找不到这个页面"),
        ("/admin/demands/demand/import/", 403, "您不能查看这个页面"),
        ("/admin/demands/demand/?code_hash__startswith=a", 400, "无法处理这个请求"),
    ],
)
def test_errors_of_the_admin_stay_in_the_admin(community_client, address, status, words):
    response = community_client.get(address)
    page = response.content.decode()
    assert (response.status_code, words in page) == (status, True)
    assert 'id="user-tools"' in page
    assert 'class="button" href="/admin/"' in page


def test_errors_elsewhere_stay_with_the_public(community_client):
    assert 'id="user-tools"' not in community_client.get("/nowhere/").content.decode()


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("broken"), 500), (None, 404)])
def test_a_fault_of_ours_in_the_admin_leads_back_into_it(monkeypatch, liaison_client, error, status):
    def fail(user):
        raise error or Http404

    monkeypatch.setattr(search_sources, "find", lambda user, typed: fail(user))
    client = Client(raise_request_exception=False)
    client.force_login(liaison_client.user)
    response = client.get("/admin/find/", {"q": "灯"})
    assert response.status_code == status
    assert 'class="button" href="/admin/"' in response.content.decode()
