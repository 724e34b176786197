"""Every address of the portal and what each role gets there. The table is written by hand; an unlisted address fails.

Columns: resident, committee member, community staff, liaison staff, auditor, superuser. 302 on the desk is the way to
the sign-in page. A pattern without a name has a dash.
"""

import datetime
import re
from http.cookies import SimpleCookie

import pytest
from django.apps import apps
from django.contrib.auth.tokens import default_token_generator
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.urls import get_resolver, resolve
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from consultation.models import StaffScope, VenueKind
from demands.models import Demand, PhotoReview, StandardReply
from demands.workflow import DemandStatus as S
from foundation.accounts import Role
from foundation.audit import AuditEntry
from foundation.outbox import OutboxMessage
from foundation.portal import Portal
from foundation.tokens import new_code
from foundation.workdays import CalendarDay
from tests import factories
from tests.pages import body

pytestmark = pytest.mark.django_db

ROLES = ("resident", "member", "community", "liaison", "auditor", "admin")

TABLE = """
# pages
GET  home                                      /                                                 200 200 200 200 200 200
GET  preferences                               /preferences/                                     302 302 302 302 302 302
GET  privacy                                   /privacy/                                         200 200 200 200 200 200
GET  accessibility                             /accessibility/                                   200 200 200 200 200 200
GET  sitemap                                   /sitemap.xml                                      200 200 200 200 200 200
GET  robots                                    /robots.txt                                       200 200 200 200 200 200
GET  healthz                                   /healthz                                          200 200 200 200 200 200
GET  readyz                                    /readyz                                           200 200 200 200 200 200
# demands
GET  demand_list                               /demands/                                         200 200 200 200 200 200
GET  demand_new                                /demands/new/                                     200 200 200 200 200 200
POST demand_new                                /demands/new/                                     200 200 200 200 200 200
GET  staged_photo                              /demands/new/photos/{staged}.jpg                  200 200 200 200 200 200
GET  track                                     /demands/track/                                   200 200 200 200 200 200
POST track                                     /demands/track/                                   422 422 422 422 422 422
GET  tracking                                  /demands/track/{code}/                            200 200 200 200 200 200
GET  tracking_add                              /demands/track/{code}/add/                        405 405 405 405 405 405
POST tracking_add                              /demands/track/{code}/add/                        422 422 422 422 422 422
GET  tracking_rate                             /demands/track/{code}/rate/                       405 405 405 405 405 405
POST tracking_rate                             /demands/track/{code}/rate/                       422 422 422 422 422 422
GET  tracking_reopen                           /demands/track/{code}/reopen/                     200 200 200 200 200 200
POST tracking_reopen                           /demands/track/{code}/reopen/                     422 422 422 422 422 422
GET  tracking_new_code                         /demands/track/{code}/new-code/                   405 405 405 405 405 405
POST tracking_new_code                         /demands/track/{code}/new-code/                   404 404 404 404 404 404
GET  tracking_photo                            /demands/track/{code}/photos/{photo}.jpg          200 200 200 200 200 200
GET  tracking_withdraw                         /demands/track/{code}/withdraw/                   200 200 200 200 200 200
POST tracking_withdraw                         /demands/track/{code}/withdraw/                   302 302 302 302 302 302
GET  tracking_unpublish                        /demands/track/{code}/unpublish/                  200 200 200 200 200 200
POST tracking_unpublish                        /demands/track/{code}/unpublish/                  302 302 302 302 302 302
GET  tracking_delete                           /demands/track/{code}/delete/                     200 200 200 200 200 200
POST tracking_delete                           /demands/track/{code}/delete/                     302 302 302 302 302 302
GET  demand_detail                             /demands/{ref}/                                   200 200 200 200 200 200
GET  demand_support                            /demands/{ref}/support/                           405 405 405 405 405 405
POST demand_support                            /demands/{ref}/support/                           302 302 302 302 302 302
GET  demand_photo                              /demands/{ref}/photos/{photo}.jpg                 200 200 200 200 200 200
GET  demand_thumbnail                          /demands/{ref}/photos/{photo}-s.jpg               200 200 200 200 200 200
# accounts
GET  account                                   /accounts/                                        302 200 200 200 200 200
GET  login                                     /accounts/login/                                  200 302 302 302 302 302
POST login                                     /accounts/login/                                  200 302 302 302 302 302
GET  logout                                    /accounts/logout/                                 405 405 405 405 405 405
POST logout                                    /accounts/logout/                                 302 302 302 302 302 302
GET  password_change                           /accounts/password/                               302 200 200 200 200 200
POST password_change                           /accounts/password/                               302 200 200 200 200 200
GET  password_reset                            /accounts/reset/                                  200 200 200 200 200 200
POST password_reset                            /accounts/reset/                                  200 200 200 200 200 200
GET  password_reset_done                       /accounts/reset/sent/                             200 200 200 200 200 200
GET  password_reset_confirm                    /accounts/reset/{uid}/{token}/                    302 302 302 302 302 302
POST password_reset_confirm                    /accounts/reset/{uid}/{token}/                    302 302 302 302 302 302
GET  password_reset_complete                   /accounts/reset/done/                             200 200 200 200 200 200
# admin
GET  admin:index                               /admin/                                           302 302 200 200 200 200
GET  admin:login                               /admin/login/                                     200 200 302 302 302 302
POST admin:login                               /admin/login/                                     200 200 200 200 200 200
GET  admin:logout                              /admin/logout/                                    302 302 405 405 405 405
POST admin:logout                              /admin/logout/                                    302 302 302 302 302 302
GET  admin:password_change                     /admin/password_change/                           302 302 200 200 200 200
POST admin:password_change                     /admin/password_change/                           302 302 200 200 200 200
GET  admin:autocomplete                        /admin/autocomplete/                              302 302 403 403 403 403
GET  admin:jsi18n                              /admin/jsi18n/                                    302 302 200 200 200 200
GET  admin:view_on_site                        /admin/r/{type}/{demand}/                         302 302 404 404 404 404
GET  admin:app_list                            /admin/demands/                                   302 302 200 200 200 200
GET  -                                         /admin/nothing-here                               302 302 404 404 404 404
# password_change/done
GET  admin:password_change_done                /admin/password_change/done/                      302 302 200 200 200 200
# foundation/user
GET  admin:foundation_user_link                /admin/foundation/user/{user}/link/               302 302 403 403 403 302
POST admin:foundation_user_link                /admin/foundation/user/{user}/link/               302 302 403 403 403 200
GET  admin:auth_user_password_change           /admin/foundation/user/{user}/password/           302 302 403 403 403 200
POST admin:auth_user_password_change           /admin/foundation/user/{user}/password/           302 302 403 403 403 200
GET  admin:foundation_user_changelist          /admin/foundation/user/                           302 302 403 403 200 200
GET  admin:foundation_user_add                 /admin/foundation/user/add/                       302 302 403 403 403 200
POST admin:foundation_user_add                 /admin/foundation/user/add/                       302 302 403 403 403 200
GET  admin:foundation_user_history             /admin/foundation/user/{user}/history/            302 302 403 403 200 200
GET  admin:foundation_user_delete              /admin/foundation/user/{user}/delete/             302 302 403 403 403 200
POST admin:foundation_user_delete              /admin/foundation/user/{user}/delete/             302 302 403 403 403 200
GET  admin:foundation_user_change              /admin/foundation/user/{user}/change/             302 302 403 403 200 200
POST admin:foundation_user_change              /admin/foundation/user/{user}/change/             302 302 403 403 403 200
GET  -                                         /admin/foundation/user/{user}/                    302 302 302 302 302 302
# foundation/portal
GET  admin:foundation_portal_changelist        /admin/foundation/portal/                         302 302 403 403 200 200
GET  admin:foundation_portal_add               /admin/foundation/portal/add/                     302 302 403 403 403 403
POST admin:foundation_portal_add               /admin/foundation/portal/add/                     302 302 403 403 403 403
GET  admin:foundation_portal_history           /admin/foundation/portal/{portal}/history/        302 302 403 403 200 200
GET  admin:foundation_portal_delete            /admin/foundation/portal/{portal}/delete/         302 302 403 403 403 403
POST admin:foundation_portal_delete            /admin/foundation/portal/{portal}/delete/         302 302 403 403 403 403
GET  admin:foundation_portal_change            /admin/foundation/portal/{portal}/change/         302 302 403 403 200 200
POST admin:foundation_portal_change            /admin/foundation/portal/{portal}/change/         302 302 403 403 403 200
GET  -                                         /admin/foundation/portal/{portal}/                302 302 302 302 302 302
# foundation/calendarday
GET  admin:foundation_calendarday_changelist   /admin/foundation/calendarday/                    302 302 403 200 200 200
GET  admin:foundation_calendarday_add          /admin/foundation/calendarday/add/                302 302 403 200 403 200
POST admin:foundation_calendarday_add          /admin/foundation/calendarday/add/                302 302 403 200 403 200
GET  admin:foundation_calendarday_history      /admin/foundation/calendarday/{day}/history/      302 302 403 200 200 200
GET  admin:foundation_calendarday_delete       /admin/foundation/calendarday/{day}/delete/       302 302 403 200 403 200
POST admin:foundation_calendarday_delete       /admin/foundation/calendarday/{day}/delete/       302 302 403 200 403 200
GET  admin:foundation_calendarday_change       /admin/foundation/calendarday/{day}/change/       302 302 403 200 200 200
POST admin:foundation_calendarday_change       /admin/foundation/calendarday/{day}/change/       302 302 403 200 403 200
GET  -                                         /admin/foundation/calendarday/{day}/              302 302 302 302 302 302
# foundation/auditentry
GET  admin:foundation_auditentry_changelist    /admin/foundation/auditentry/                     302 302 403 403 200 200
GET  admin:foundation_auditentry_add           /admin/foundation/auditentry/add/                 302 302 403 403 403 403
POST admin:foundation_auditentry_add           /admin/foundation/auditentry/add/                 302 302 403 403 403 403
GET  admin:foundation_auditentry_history       /admin/foundation/auditentry/{audit}/history/     302 302 403 403 200 200
GET  admin:foundation_auditentry_delete        /admin/foundation/auditentry/{audit}/delete/      302 302 403 403 403 403
POST admin:foundation_auditentry_delete        /admin/foundation/auditentry/{audit}/delete/      302 302 403 403 403 403
GET  admin:foundation_auditentry_change        /admin/foundation/auditentry/{audit}/change/      302 302 403 403 200 200
POST admin:foundation_auditentry_change        /admin/foundation/auditentry/{audit}/change/      302 302 403 403 403 403
GET  -                                         /admin/foundation/auditentry/{audit}/             302 302 302 302 302 302
# foundation/outboxmessage
GET  admin:foundation_outboxmessage_changelist /admin/foundation/outboxmessage/                  302 302 403 200 200 200
GET  admin:foundation_outboxmessage_add        /admin/foundation/outboxmessage/add/              302 302 403 403 403 403
POST admin:foundation_outboxmessage_add        /admin/foundation/outboxmessage/add/              302 302 403 403 403 403
GET  admin:foundation_outboxmessage_history    /admin/foundation/outboxmessage/{outbox}/history/ 302 302 403 200 200 200
GET  admin:foundation_outboxmessage_delete     /admin/foundation/outboxmessage/{outbox}/delete/  302 302 403 403 403 403
POST admin:foundation_outboxmessage_delete     /admin/foundation/outboxmessage/{outbox}/delete/  302 302 403 403 403 403
GET  admin:foundation_outboxmessage_change     /admin/foundation/outboxmessage/{outbox}/change/  302 302 403 200 200 200
POST admin:foundation_outboxmessage_change     /admin/foundation/outboxmessage/{outbox}/change/  302 302 403 403 403 403
GET  -                                         /admin/foundation/outboxmessage/{outbox}/         302 302 302 302 302 302
# consultation/area
GET  admin:consultation_area_changelist        /admin/consultation/area/                         302 302 200 200 200 200
GET  admin:consultation_area_add               /admin/consultation/area/add/                     302 302 403 200 403 200
POST admin:consultation_area_add               /admin/consultation/area/add/                     302 302 403 200 403 200
GET  admin:consultation_area_history           /admin/consultation/area/{area}/history/          302 302 200 200 200 200
GET  admin:consultation_area_delete            /admin/consultation/area/{area}/delete/           302 302 403 403 403 200
POST admin:consultation_area_delete            /admin/consultation/area/{area}/delete/           302 302 403 403 403 200
GET  admin:consultation_area_change            /admin/consultation/area/{area}/change/           302 302 200 200 200 200
POST admin:consultation_area_change            /admin/consultation/area/{area}/change/           302 302 403 200 403 200
GET  -                                         /admin/consultation/area/{area}/                  302 302 302 302 302 302
# consultation/venue
GET  admin:consultation_venue_changelist       /admin/consultation/venue/                        302 302 200 200 200 200
GET  admin:consultation_venue_add              /admin/consultation/venue/add/                    302 302 403 200 403 200
POST admin:consultation_venue_add              /admin/consultation/venue/add/                    302 302 403 200 403 200
GET  admin:consultation_venue_history          /admin/consultation/venue/{venue}/history/        302 302 200 200 200 200
GET  admin:consultation_venue_delete           /admin/consultation/venue/{venue}/delete/         302 302 403 403 403 200
POST admin:consultation_venue_delete           /admin/consultation/venue/{venue}/delete/         302 302 403 403 403 200
GET  admin:consultation_venue_change           /admin/consultation/venue/{venue}/change/         302 302 200 200 200 200
POST admin:consultation_venue_change           /admin/consultation/venue/{venue}/change/         302 302 200 200 403 200
GET  -                                         /admin/consultation/venue/{venue}/                302 302 302 302 302 302
# consultation/staffscope
GET  admin:consultation_staffscope_changelist  /admin/consultation/staffscope/                   302 302 403 403 200 200
GET  admin:consultation_staffscope_add         /admin/consultation/staffscope/add/               302 302 403 403 403 200
POST admin:consultation_staffscope_add         /admin/consultation/staffscope/add/               302 302 403 403 403 200
GET  admin:consultation_staffscope_history     /admin/consultation/staffscope/{scope}/history/   302 302 403 403 200 200
GET  admin:consultation_staffscope_delete      /admin/consultation/staffscope/{scope}/delete/    302 302 403 403 403 200
POST admin:consultation_staffscope_delete      /admin/consultation/staffscope/{scope}/delete/    302 302 403 403 403 200
GET  admin:consultation_staffscope_change      /admin/consultation/staffscope/{scope}/change/    302 302 403 403 200 200
POST admin:consultation_staffscope_change      /admin/consultation/staffscope/{scope}/change/    302 302 403 403 403 200
GET  -                                         /admin/consultation/staffscope/{scope}/           302 302 302 302 302 302
# members/liaisoncommittee
GET  admin:members_liaisoncommittee_changelist /admin/members/liaisoncommittee/                  302 302 200 200 200 200
GET  admin:members_liaisoncommittee_add        /admin/members/liaisoncommittee/add/              302 302 403 403 403 200
POST admin:members_liaisoncommittee_add        /admin/members/liaisoncommittee/add/              302 302 403 403 403 200
GET  admin:members_liaisoncommittee_history    /admin/members/liaisoncommittee/{lc}/history/     302 302 302 200 200 200
GET  admin:members_liaisoncommittee_delete     /admin/members/liaisoncommittee/{lc}/delete/      302 302 403 403 403 200
POST admin:members_liaisoncommittee_delete     /admin/members/liaisoncommittee/{lc}/delete/      302 302 403 403 403 200
GET  admin:members_liaisoncommittee_change     /admin/members/liaisoncommittee/{lc}/change/      302 302 302 200 200 200
POST admin:members_liaisoncommittee_change     /admin/members/liaisoncommittee/{lc}/change/      302 302 403 200 403 200
GET  -                                         /admin/members/liaisoncommittee/{lc}/             302 302 302 302 302 302
# demands/demand
GET  admin:demands_demand_add                  /admin/demands/demand/add/                        302 302 200 200 403 200
POST admin:demands_demand_add                  /admin/demands/demand/add/                        302 302 422 422 403 422
GET  admin:demands_demand_move                 /admin/demands/demand/{demand}/move/reopened/     302 302 302 200 302 200
POST admin:demands_demand_move                 /admin/demands/demand/{demand}/move/reopened/     302 302 302 422 302 422
GET  admin:demands_demand_answer               /admin/demands/demand/{demand}/answer/            302 302 200 200 403 200
POST admin:demands_demand_answer               /admin/demands/demand/{demand}/answer/            302 302 422 422 403 422
GET  admin:demands_demand_note                 /admin/demands/demand/{demand}/note/              302 302 200 200 403 200
POST admin:demands_demand_note                 /admin/demands/demand/{demand}/note/              302 302 422 422 403 422
GET  admin:demands_demand_assign               /admin/demands/demand/{demand}/assign/            302 302 403 200 403 200
POST admin:demands_demand_assign               /admin/demands/demand/{demand}/assign/            302 302 403 422 403 422
GET  admin:demands_demand_reclassify           /admin/demands/demand/{demand}/reclassify/        302 302 403 200 403 200
POST admin:demands_demand_reclassify           /admin/demands/demand/{demand}/reclassify/        302 302 403 422 403 422
GET  admin:demands_demand_publish              /admin/demands/demand/{demand}/publish/           302 302 403 200 403 200
POST admin:demands_demand_publish              /admin/demands/demand/{demand}/publish/           302 302 403 422 403 422
GET  admin:demands_demand_unpublish            /admin/demands/demand/{demand}/unpublish/         302 302 403 200 403 200
POST admin:demands_demand_unpublish            /admin/demands/demand/{demand}/unpublish/         302 302 403 422 403 422
GET  admin:demands_demand_reveal               /admin/demands/demand/{demand}/reveal/            302 302 200 200 403 200
POST admin:demands_demand_reveal               /admin/demands/demand/{demand}/reveal/            302 302 422 422 403 422
GET  admin:demands_demand_erase                /admin/demands/demand/{demand}/erase/             302 302 403 200 403 200
POST admin:demands_demand_erase                /admin/demands/demand/{demand}/erase/             302 302 403 422 403 422
GET  admin:demands_demand_review_photo         /admin/demands/demand/{demand}/photos/{photo}/    302 302 403 302 403 302
POST admin:demands_demand_review_photo         /admin/demands/demand/{demand}/photos/{photo}/    302 302 403 302 403 302
GET  admin:demands_demand_photo                /admin/demands/demand/{demand}/photos/{photo}.jpg 302 302 200 200 200 200
GET  admin:demands_demand_changelist           /admin/demands/demand/                            302 302 200 200 200 200
GET  admin:demands_demand_history              /admin/demands/demand/{demand}/history/           302 302 200 200 200 200
GET  admin:demands_demand_delete               /admin/demands/demand/{demand}/delete/            302 302 403 403 403 403
POST admin:demands_demand_delete               /admin/demands/demand/{demand}/delete/            302 302 403 403 403 403
GET  admin:demands_demand_change               /admin/demands/demand/{demand}/change/            302 302 200 200 200 200
POST admin:demands_demand_change               /admin/demands/demand/{demand}/change/            302 302 403 403 403 403
GET  -                                         /admin/demands/demand/{demand}/                   302 302 302 302 302 302
# demands/category
GET  admin:demands_category_changelist         /admin/demands/category/                          302 302 200 200 200 200
GET  admin:demands_category_add                /admin/demands/category/add/                      302 302 403 403 403 200
POST admin:demands_category_add                /admin/demands/category/add/                      302 302 403 403 403 200
GET  admin:demands_category_history            /admin/demands/category/{category}/history/       302 302 200 200 200 200
GET  admin:demands_category_delete             /admin/demands/category/{category}/delete/        302 302 403 403 403 200
POST admin:demands_category_delete             /admin/demands/category/{category}/delete/        302 302 403 403 403 200
GET  admin:demands_category_change             /admin/demands/category/{category}/change/        302 302 200 200 200 200
POST admin:demands_category_change             /admin/demands/category/{category}/change/        302 302 403 403 403 200
GET  -                                         /admin/demands/category/{category}/               302 302 302 302 302 302
# demands/standardreply
GET  admin:demands_standardreply_changelist    /admin/demands/standardreply/                     302 302 200 200 200 200
GET  admin:demands_standardreply_add           /admin/demands/standardreply/add/                 302 302 403 200 403 200
POST admin:demands_standardreply_add           /admin/demands/standardreply/add/                 302 302 403 200 403 200
GET  admin:demands_standardreply_history       /admin/demands/standardreply/{reply}/history/     302 302 200 200 200 200
GET  admin:demands_standardreply_delete        /admin/demands/standardreply/{reply}/delete/      302 302 403 403 403 200
POST admin:demands_standardreply_delete        /admin/demands/standardreply/{reply}/delete/      302 302 403 403 403 200
GET  admin:demands_standardreply_change        /admin/demands/standardreply/{reply}/change/      302 302 200 200 200 200
POST admin:demands_standardreply_change        /admin/demands/standardreply/{reply}/change/      302 302 403 200 403 200
GET  -                                         /admin/demands/standardreply/{reply}/             302 302 302 302 302 302
"""


# --- The table, read -------------------------------------------------------------------------------------------------


def rows() -> list[tuple[str, str, str, dict[str, int]]]:
    """(method, name of the pattern, address with places for keys, role → status)."""
    found = []
    for line in TABLE.strip().splitlines():
        if not line or line.startswith("#"):
            continue
        method, name, address, *statuses = line.split()
        if name == "-":
            name = resolve(re.sub(r"{\w+}", "1", address)).route
        found.append((method, name, address, dict(zip(ROLES, map(int, statuses), strict=True))))
    return found


def patterns(resolver=None, prefix: str = "", namespace: str = "") -> dict[str, str]:
    """Every pattern's name, or its route where it has none, and the route."""
    found = {}
    for one in (resolver or get_resolver()).url_patterns:
        route = prefix + str(one.pattern).removeprefix("^")
        if hasattr(one, "url_patterns"):
            found |= patterns(one, route, namespace + (f"{one.namespace}:" if one.namespace else ""))
        else:
            found[f"{namespace}{one.name}" if one.name else route] = route
    return found


@pytest.fixture
def world(db) -> dict[str, object]:
    """A row behind each key in the table: a resolved public demand of the first community, and what hangs on it."""
    code = new_code()
    demand = factories.demand(S.RESOLVED, public=True, code=code)
    user = factories.user("somebody", None, email="somebody@example.com")
    return {
        "ref": demand.ref,
        "demand": demand.pk,
        "code": code,
        "photo": factories.photo(demand, review=PhotoReview.APPROVED).pk,
        "staged": factories.staged_photo().key,
        "user": user.pk,
        "uid": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
        "portal": Portal.objects.create(pk=1, name="一线协商").pk,
        "day": CalendarDay.objects.create(date=datetime.date(2026, 2, 14), is_workday=True).pk,
        "audit": AuditEntry.objects.order_by("pk").first().pk,
        "outbox": OutboxMessage.objects.get(subject_ref=demand.ref, template="received").pk,
        "area": demand.area.pk,
        "venue": factories.venue(VenueKind.CLOUD_STATION).pk,
        "scope": StaffScope.objects.create(user=user, area=demand.area).pk,
        "lc": factories.tree().committee.pk,
        "category": demand.category.pk,
        "reply": StandardReply.objects.create(title="已收到", body="已收到，谢谢。").pk,
        "type": ContentType.objects.get_for_model(Demand).pk,
    }


@pytest.fixture
def tables():
    """Call it for the content of every table but the sessions'."""
    names = [model._meta.db_table for model in apps.get_models() if model._meta.db_table != "django_session"]

    def content() -> dict[str, str]:
        found = {}
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(f"SELECT md5(string_agg(t::text, '; ' ORDER BY t::text)) FROM {name} t")  # noqa: S608
                found[name] = cursor.fetchone()[0]
        return found

    return content


# --- The tests -------------------------------------------------------------------------------------------------------


def test_every_address_is_in_the_table():
    listed = {name for method, name, _address, _statuses in rows() if method == "GET"}
    assert patterns().keys() - listed == set(), "not listed"
    assert listed - patterns().keys() == set(), "listed, and not there"


def test_every_address_in_the_table_is_the_one_it_is_called(world):
    for _method, name, address, _statuses in rows():
        match = resolve(address.format(**world))
        route = patterns()[name]
        assert match.route == route, address
        assert name in (match.view_name, route), address


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says_and_reading_changes_nothing(role, world, request, tables, subtests):
    client = request.getfixturevalue("resident" if role == "resident" else f"{role}_client")
    before = tables()
    for method, name, address, statuses in rows():
        if method == "GET":
            with subtests.test(f"GET {name}"):
                response = client.get(address.format(**world))
                body(response)
                assert response.status_code == statuses[role]
                if role in ("resident", "member") and address.startswith("/admin/") and name != "admin:login":
                    assert response["Location"].startswith(("/admin/login/?next=", "/admin/"))
    assert tables() == before
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}
    for method, name, address, statuses in rows():
        if method == "POST":
            with subtests.test(f"POST {name}"), transaction.atomic():
                response = client.post(address.format(**world))
                body(response)
                transaction.set_rollback(True)
                client.cookies = SimpleCookie(cookies)
                assert response.status_code == statuses[role]


# --- Scope -----------------------------------------------------------------------------------------------------------

METHODS = ("get", "post", "put", "delete")
# What a form of the desk could carry, valid for each act.
FILLED_IN = {
    "version": "0",
    "answer": "答复",
    "reason": "理由",
    "body": "备注",
    "assignee": "",
    "title": "标题",
    "summary": "摘要",
    "basis": "nobody_concerned",
    "review": "approved",
    "alt": "说明",
    "decline_reason": "not_feasible",
    "confirm": "1",
}


def without_keys(response) -> str:
    """Where an answer leads and what it says, without tokens and numbers."""
    text = f"{response.get('Location')} {body(response).decode()}"
    return re.sub(r"\d+", "N", re.sub(r'value="\w{64}"', "TOKEN", text))


def desk_addresses() -> list[str]:
    """Every address about one demand."""
    found = {address for _m, _name, address, _s in rows() if address.startswith("/admin/demands/demand/{demand}")}
    assert len(found) == 15
    return sorted(found)


@pytest.mark.parametrize(
    ("role", "place"),
    [
        ("community", "other_compound"),
        ("community", "subdistrict"),
        ("liaison", "far_compound"),
        ("liaison", "district"),
        ("auditor", "far_compound"),
    ],
)
def test_a_demand_from_elsewhere_is_like_one_that_does_not_exist(role, place, request, tables, subtests):
    client = request.getfixturevalue(f"{role}_client")
    demand = factories.demand(area=getattr(factories.tree(), place))
    photo = factories.photo(demand)
    before = tables()
    for address in desk_addresses():
        for method in METHODS:
            answers = []
            for key, picture in ((demand.pk, photo.pk), (demand.pk + 1_000_000, photo.pk + 1_000_000)):
                path = address.format(demand=key, photo=picture)
                data = FILLED_IN if method == "post" else None
                response = getattr(client, method)(path, data)
                answers.append((response.status_code, without_keys(response)))
            with subtests.test(f"{method} {address}"):
                assert answers[0] == answers[1]
                # What nobody may do to any demand is refused before it is looked for.
                assert answers[0][0] in ((302,) if address.endswith("/{demand}/") else (403, 404))
                assert demand.ref not in answers[0][1]
    assert tables() == before


@pytest.mark.parametrize(("role", "place"), [("community", "other_compound"), ("liaison", "far_compound")])
def test_what_hangs_on_another_place_is_like_one_that_does_not_exist(role, place, request, tables, subtests):
    client = request.getfixturevalue(f"{role}_client")
    area = getattr(factories.tree(), place)
    demand = factories.demand(area=area)
    station = factories.venue(VenueKind.CLOUD_STATION, area)
    outbox = OutboxMessage.objects.get(subject_ref=demand.ref)
    before = tables()
    for model, key in (
        ("consultation/area", area.pk),
        ("consultation/venue", station.pk),
        ("foundation/outboxmessage", outbox.pk),
    ):
        for page in ("change", "history", "delete"):
            for method in ("get", "post"):
                answers = []
                for one in (key, key + 1_000_000):
                    client.cookies.pop("messages", None)  # said on the page before, about either
                    response = getattr(client, method)(
                        f"/admin/{model}/{one}/{page}/", {"name": "x"} if method == "post" else None
                    )
                    answers.append((response.status_code, without_keys(response)))
                with subtests.test(f"{method} {model} {page}"):
                    assert answers[0] == answers[1]
                    assert answers[0][0] in (302, 403)
        listed = client.get(f"/admin/{model}/").content.decode()
        assert area.name not in listed
        assert demand.ref not in listed
    assert tables() == before


def test_a_photo_of_another_demand_is_not_found_under_ones_own(community_client):
    own, other = factories.demand(), factories.demand(area=factories.tree().other_compound)
    photo = factories.photo(other)
    for address in (f"photos/{photo.pk}.jpg", f"photos/{photo.pk}.jpg?small"):
        assert community_client.get(f"/admin/demands/demand/{own.pk}/{address}").status_code == 404


def test_staff_without_any_place_see_nothing(client, settings):
    demand = factories.demand()
    user = factories.user("nowhere", Role.LIAISON_STAFF)
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    assert demand.ref not in client.get("/admin/demands/demand/").content.decode()
    assert client.get(f"/admin/demands/demand/{demand.pk}/change/").status_code == 404


@pytest.mark.parametrize("key", ["0", "x", "%00", "-1", "99999999999999999999", "1e3", "²", "１", "1/2", "..", "_5F"])
def test_a_key_that_is_none_is_not_found(liaison_client, key):
    for page in ("change", "history", "delete", "answer"):
        response = liaison_client.get(f"/admin/demands/demand/{key}/{page}/", follow=True)
        assert response.status_code in (403, 404), page


@pytest.mark.parametrize("status", ["nonsense", "withdrawn", "confirmed", "received", "%00", "RESOLVED"])
def test_a_move_that_does_not_exist_moves_nothing(liaison_client, status, tables):
    demand = factories.demand(S.ACCEPTED)
    before = tables()
    for method in ("get", "post"):
        response = getattr(liaison_client, method)(
            f"/admin/demands/demand/{demand.pk}/move/{status}/", FILLED_IN if method == "post" else None
        )
        assert response.status_code in (302, 404)
    assert tables() == before
