"""Pages that belong to no one app: health, robots, sitemap, preferences, what goes wrong."""

import datetime
import re
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from django.contrib.admin import AdminSite
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import ConnectionHandler
from django.test import Client
from django.utils import timezone

from consultation.models import VenueKind
from demands import services
from foundation.cached import forget_all
from foundation.outbox import OutboxMessage
from foundation.portal import Portal
from foundation.tokens import new_code
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db


# --- Health ----------------------------------------------------------------------------------------------------------


def test_liveness_touches_nothing(resident, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = resident.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert not response.cookies


def test_readiness_says_what_is_there(resident):
    response = resident.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": True, "migrations": True, "worker": True, "disk": True}
    assert "no-store" in response["Cache-Control"]


def test_readiness_without_a_database_is_503(resident, monkeypatch):
    nowhere = connection.settings_dict | {"HOST": "127.0.0.1", "PORT": "9", "CONN_HEALTH_CHECKS": False}
    monkeypatch.setattr("nanhu_portal.health.connection", ConnectionHandler({"default": nowhere})["default"])
    response = resident.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": False, "migrations": False}


def test_readiness_without_a_migration_is_503(resident):
    recorder = MigrationRecorder(connection)
    name = max(name for app, name in recorder.applied_migrations() if app == "demands")
    recorder.record_unapplied("demands", name)
    response = resident.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": True, "migrations": False}


def test_no_worker_or_little_disk_is_degraded_and_serves_on(resident, monkeypatch):
    factories.demand()
    late = timezone.now() - datetime.timedelta(minutes=11)
    OutboxMessage.objects.update(next_attempt_at=late)
    response = resident.get("/readyz")
    assert (response.status_code, response.json()["status"], response.json()["worker"]) == (200, "degraded", False)
    OutboxMessage.objects.update(status="undeliverable")
    assert resident.get("/readyz").json()["status"] == "ok"
    monkeypatch.setattr("foundation.storage.shutil.disk_usage", lambda path: SimpleNamespace(free=1, total=1))
    response = resident.get("/readyz")
    assert (response.status_code, response.json()["status"], response.json()["disk"]) == (200, "degraded", False)


# --- For machines ----------------------------------------------------------------------------------------------------


def test_robots_are_denied_personal_pages_and_shown_the_map(resident):
    response = resident.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /accounts/",
        "Disallow: /demands/news/",
        "Disallow: /demands/office/",
        "Disallow: /demands/track/",
        "Disallow: /digests/",
        "Disallow: /events/signup/",
        "Disallow: /members/receptions/booking/",
        "Disallow: /l/",
        "Disallow: /my/",
        "Disallow: /preferences/",
        "Disallow: /receipts/",
        "Disallow: /setup/",
        "Disallow: /v/",
        "Sitemap: http://portal.example/sitemap.xml",
    ]


@pytest.mark.parametrize("host", ["portal.example", "127.0.0.1", "localhost:8000"])
def test_the_map_lists_public_pages_by_the_sites_own_address(host):
    shown, hidden = factories.demand(public=True), factories.demand()
    gone = factories.demand("withdrawn", public=True)
    event, project = factories.event(), factories.project()
    member = factories.committee_member()
    resource = factories.resource(member=member)
    factories.resource("待审核的", member=member, status="offered")
    venue, closed = factories.venue(), factories.venue(VenueKind.DELIBERATION_HOME, is_open=False)
    platform = factories.platform(venue=venue)
    factories.platform("closed", venue=venue, is_open=False)
    study = factories.study_note(factories.series("weekly-study"))
    factories.study_note(study.series, published=False)
    topic = factories.topic()
    response = Client().get("/sitemap.xml", headers={"host": host})
    assert response.status_code == 200
    places = re.findall(r"<loc>(.*?)</loc>", response.content.decode())
    assert places == [
        f"http://portal.example{path}"
        for path in (
            *("/", "/demands/", "/demands/new/", "/proposals/", "/events/", "/events/rhythm/", "/topics/"),
            *("/projects/", "/projects/agreements/", "/partners/", "/resources/", "/venues/", "/venues/platforms/"),
            *("/members/", "/members/receptions/", "/members/committee/"),
            *("/rates/", "/privacy/", "/privacy/consents/", "/accessibility/", "/sitemap/"),
            *("/district/", "/s/subdistrict/", "/s/far-subdistrict/"),
            f"/demands/{shown.ref}/",
            f"/events/{event.pk}/",
            f"/events/studies/{study.pk}/",
            f"/topics/{topic.pk}/",
            f"/projects/{project.pk}/",
            f"/venues/{venue.slug}/",
            f"/venues/platforms/{platform.slug}/",
            f"/members/{member.pk}/",
            f"/resources/{resource.pk}/",
            f"/annual/{timezone.localdate().year}/",
        )
    ]
    assert hidden.ref not in response.content.decode()
    assert gone.ref not in response.content.decode()
    assert closed.slug not in response.content.decode()


# --- Every page ------------------------------------------------------------------------------------------------------


def test_the_portal_names_itself_by_its_row_and_makes_nothing_up(resident):
    assert "一线协商" in words(resident.get("/"))
    assert "tel:" not in resident.get("/").content.decode()
    Portal.objects.create(pk=1, name="湖东协商", organiser="湖东街道", phone="027-80000000", icp_record="鄂ICP备1号")
    forget_all()  # as the admin does after an edit
    text = words(resident.get("/"))
    for word in ("湖东协商", "湖东街道", "027-80000000", "鄂ICP备1号"):
        assert word in text


def test_pages_are_in_english_when_asked(resident):
    factories.demand(public=True)
    resident.cookies.load({"lang": "en"})
    for address in (
        "/",
        "/demands/",
        "/demands/new/",
        "/demands/track/",
        "/privacy/",
        "/accessibility/",
        "/accounts/login/",
    ):
        response = resident.get(address)
        assert response["Content-Language"] == "en"
        assert '<html lang="en"' in response.content.decode()


def test_a_browsers_own_language_decides_nothing(resident):
    response = resident.get("/", headers={"accept-language": "en-GB,en;q=0.9"})
    assert response["Content-Language"] == "zh-hans"


@pytest.mark.parametrize(
    "address", ["/", "/demands/", "/preferences/", "/privacy/", "/accessibility/", "/robots.txt", "/accounts/"]
)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_pages_for_reading_take_nothing(member_client, address, method):
    assert getattr(member_client, method)(address).status_code == 405


def test_the_account_page_says_who_and_where(liaison_client, member_client):
    text = words(liaison_client.get("/accounts/"))
    for word in ("李四", "湖东街道联络委", "湖东街道", "进入工作台"):
        assert word in text
    assert "进入工作台" not in words(member_client.get("/accounts/"))


# --- What goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/nowhere", "/nowhere/", "/demands/x/", "/%00/", "/..%2F..%2Fetc/passwd", "/湖/"])
def test_an_address_that_does_not_exist_has_a_page_that_leads_on(resident, address):
    response = resident.get(address, follow=True)
    assert response.status_code == 404
    assert "找不到这个页面" in words(response)
    assert 'href="/demands/"' in response.content.decode()


def test_a_page_that_is_not_for_one_says_so(community_client):
    response = community_client.get("/admin/foundation/user/")
    assert response.status_code == 403
    assert "您不能查看这个页面" in words(response)


def test_when_we_fail_the_page_needs_neither_context_nor_database(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("demands.views.publishing.PublicDemandFilter", fail)
    client = Client(raise_request_exception=False)
    client.cookies.load({"lang": "en"})
    response = client.get("/demands/")
    assert response.status_code == 500
    assert '<html lang="en"' in response.content.decode()


def test_somebody_to_call_and_the_window_are_named_where_help_is_needed(resident):
    Portal.objects.create(pk=1, name="湖东协商", phone="027-80000000", hours="9:00–17:00", address="桂花路 1 号")
    for address in ("/nowhere/", "/demands/track/", "/demands/track/x/"):
        response = resident.get(address)
        assert "打电话： 027-80000000 9:00–17:00" in words(response), address
        assert "到窗口：桂花路 1 号" in words(response), address
        assert 'href="tel:027-80000000"' in response.content.decode().partition("<footer")[0]
    for address in ("/", "/demands/new/"):
        page = resident.get(address).content.decode()
        assert "打电话提：" in page
        assert 'href="/demands/new/?for=other"' in page
    resident.cookies.load({"elder": "1"})
    assert 'class="call-door"><a href="tel:027-80000000"' in resident.get("/events/").content.decode()


def test_a_demand_page_after_erasure_is_gone_from_everywhere(resident, liaison_client):
    demand = factories.demand("confirmed", public=True)
    services.handling.erase(demand, actor=liaison_client.user)
    for address in ("/", "/demands/", "/sitemap.xml"):
        assert demand.ref not in resident.get(address).content.decode()


@pytest.mark.parametrize(
    ("came_from", "goes_to"),
    [
        ("http://testserver/demands/?q=灯&page=2", "http://testserver/demands/?q=灯&page=2"),
        ("http://testserver/demands/track/ABCD/", "http://testserver/demands/track/ABCD/"),
        ("http://testserver/demands/track/ABCD/reopen/", "http://testserver/demands/track/ABCD/reopen/"),
        ("http://evil.example/demands/", "/"),
        ("", "/"),
    ],
)
def test_choosing_a_language_comes_back_to_the_page_one_was_on(resident, came_from, goes_to):
    response = resident.get("/preferences/?lang=en", headers={"referer": came_from})
    assert response.status_code == 302
    assert unquote(response["Location"]) == goes_to
    assert response.cookies["lang"].value == "en"


@pytest.mark.parametrize("act", ["add", "rate", "new-code"])
def test_choosing_a_language_where_a_form_was_refused_comes_back_to_its_page(resident, act):
    code = new_code()
    factories.demand("resolved", code=code)
    page = f"/demands/track/{code}/"
    refused = f"http://testserver{page}{act}/"
    response = resident.get("/preferences/?lang=en", headers={"referer": refused}, follow=True)
    assert response.redirect_chain == [(refused, 302), (page, 302)]
    assert response.status_code == 200


# --- The admin -------------------------------------------------------------------------------------------------------


def test_only_the_pages_that_show_the_list_of_models_make_it(liaison_client, monkeypatch):
    build, made = AdminSite._build_app_dict, []

    def noted(site, request, label=None):
        made.append(request.path)
        return build(site, request, label)

    monkeypatch.setattr(AdminSite, "_build_app_dict", noted)
    for address in ("/admin/", "/admin/demands/", "/admin/demands/demand/", "/admin/demands/demand/add/"):
        assert liaison_client.get(address).status_code == 200
    assert made == ["/admin/demands/"]
