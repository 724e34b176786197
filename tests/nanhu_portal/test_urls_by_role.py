"""Every URL of the portal and its status for each role. The table is written by hand; an unlisted URL fails.

Columns: resident, committee member, community staff, liaison staff, auditor, superuser. 302 in the admin redirects to
the sign-in page. A pattern without a name has a dash. There are several subdistricts, and staff work for the first one:
what is of all is somebody else's to change.
"""

import datetime
import re
from http.cookies import SimpleCookie

import pytest
from django.apps import apps
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import get_resolver, resolve
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from consultation.models import Event, PaperTemplate, SignUp, StaffScope, VenueKind, VenueScan
from demands.models import (
    DangerWord,
    Demand,
    Dispatch,
    DueErasure,
    EscalationRule,
    ImportBatch,
    Macro,
    MissedSearch,
    PhotoReview,
    SavedFilter,
    StandardReply,
    Support,
    Synonym,
    Unit,
    UnitKind,
)
from demands.selectors import supports
from demands.services import consulting, offices
from demands.workflow import DemandStatus as S
from demands.workflow import DispatchStatus as D
from foundation import consent, contacts, receipts, short_links
from foundation.accounts import Role, User, link_tokens
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.outbox import OutboxMessage
from foundation.portal import Portal
from foundation.subscriptions import Person
from foundation.tokens import new_code
from foundation.workdays import CalendarDay
from members.models import DutyRecord, Member, Resource, Sector
from nanhu_portal import errors
from tests import canary, factories, several, unknown_variables
from tests.pages import body, form
from tests.rows import each_row

pytestmark = pytest.mark.django_db

ROLES = ("resident", "member", "community", "liaison", "auditor", "admin")

TABLE = """
# pages
GET  home                                            /                                                                            200 200 200 200 200 200
GET  preferences                                     /preferences/                                                                302 302 302 302 302 302
GET  privacy                                         /privacy/                                                                    200 200 200 200 200 200
GET  consents                                        /privacy/consents/                                                           200 200 200 200 200 200
GET  accessibility                                   /accessibility/                                                              200 200 200 200 200 200
GET  site_map                                        /sitemap/                                                                    200 200 200 200 200 200
GET  sitemap                                         /sitemap.xml                                                                 200 200 200 200 200 200
GET  robots                                          /robots.txt                                                                  200 200 200 200 200 200
GET  manifest                                        /site.webmanifest                                                            200 200 200 200 200 200
GET  design                                          /design/                                                                     404 404 404 404 404 404
GET  healthz                                         /healthz                                                                     200 200 200 200 200 200
GET  readyz                                          /readyz                                                                      200 200 200 200 200 200
GET  metrics                                         /metrics                                                                     404 404 404 404 404 404
GET  sms_receipts                                    /receipts/sms/{receipts}/                                                    405 405 405 405 405 405
POST sms_receipts                                    /receipts/sms/{receipts}/                                                    404 404 404 404 404 404
GET  short_link                                      /l/{short}                                                                   302 302 302 302 302 302
GET  policy_reports                                  /csp-reports/                                                                405 405 405 405 405 405
POST policy_reports                                  /csp-reports/                                                                415 415 415 415 415 415
# demands
GET  demand_list                                     /demands/                                                                    200 200 200 200 200 200
GET  demand_new                                      /demands/new/                                                                200 200 200 200 200 200
POST demand_new                                      /demands/new/                                                                200 200 200 200 200 200
GET  staged_photo                                    /demands/new/photos/{staged}.jpg                                             200 200 200 200 200 200
GET  track                                           /demands/track/                                                              200 200 200 200 200 200
POST track                                           /demands/track/                                                              422 422 422 422 422 422
GET  tracking                                        /demands/track/{code}/                                                       200 200 200 200 200 200
GET  tracking_add                                    /demands/track/{code}/add/                                                   302 302 302 302 302 302
POST tracking_add                                    /demands/track/{code}/add/                                                   422 422 422 422 422 422
GET  tracking_rate                                   /demands/track/{code}/rate/                                                  302 302 302 302 302 302
POST tracking_rate                                   /demands/track/{code}/rate/                                                  422 422 422 422 422 422
GET  tracking_reopen                                 /demands/track/{code}/reopen/                                                200 200 200 200 200 200
POST tracking_reopen                                 /demands/track/{code}/reopen/                                                422 422 422 422 422 422
GET  tracking_send                                   /demands/track/{code}/send/                                                  302 302 302 302 302 302
POST tracking_send                                   /demands/track/{code}/send/                                                  302 302 302 302 302 302
GET  tracking_qr                                     /demands/track/{code}/qr.svg                                                 200 200 200 200 200 200
GET  tracking_new_code                               /demands/track/{code}/new-code/                                              302 302 302 302 302 302
POST tracking_new_code                               /demands/track/{code}/new-code/                                              404 404 404 404 404 404
GET  tracking_photo                                  /demands/track/{code}/photos/{photo}.jpg                                     200 200 200 200 200 200
GET  tracking_withdraw                               /demands/track/{code}/withdraw/                                              200 200 200 200 200 200
POST tracking_withdraw                               /demands/track/{code}/withdraw/                                              302 302 302 302 302 302
GET  tracking_unpublish                              /demands/track/{code}/unpublish/                                             200 200 200 200 200 200
POST tracking_unpublish                              /demands/track/{code}/unpublish/                                             302 302 302 302 302 302
GET  tracking_delete                                 /demands/track/{code}/delete/                                                200 200 200 200 200 200
POST tracking_delete                                 /demands/track/{code}/delete/                                                302 302 302 302 302 302
GET  demand_detail                                   /demands/{ref}/                                                              200 200 200 200 200 200
GET  similar_demands                                 /demands/similar/                                                            405 405 405 405 405 405
POST similar_demands                                 /demands/similar/                                                            200 200 200 200 200 200
GET  tracking_recheck                                /demands/track/{code}/recheck/                                               302 302 302 302 302 302
POST tracking_recheck                                /demands/track/{code}/recheck/                                               302 302 302 302 302 302
GET  support_news                                    /demands/news/{news}/                                                        200 200 200 200 200 200
POST support_news                                    /demands/news/{news}/                                                        302 302 302 302 302 302
GET  office_request                                  /demands/office/{office_token}/                                              200 200 200 200 200 200
POST office_request                                  /demands/office/{office_token}/                                              422 422 422 422 422 422
GET  office_answered                                 /demands/office/answered/                                                    200 200 200 200 200 200
GET  demand_trail                                    /demands/{ref}/trail.json                                                    200 200 200 200 200 200
GET  demand_support                                  /demands/{ref}/support/                                                      302 302 302 302 302 302
POST demand_support                                  /demands/{ref}/support/                                                      302 302 302 302 302 302
GET  demand_photo                                    /demands/{ref}/photos/{photo}.jpg                                            200 200 200 200 200 200
GET  demand_thumbnail                                /demands/{ref}/photos/{photo}-s.jpg                                          200 200 200 200 200 200
GET  subdistrict                                     /s/{here}/                                                                   200 200 200 200 200 200
GET  subdistrict_logo                                /s/{here}/logo.jpg                                                           404 404 404 404 404 404
GET  demand_feed                                     /feeds/demands/                                                              200 200 200 200 200 200
# rates
GET  rates                                           /rates/                                                                      200 200 200 200 200 200
GET  rates_csv                                       /rates/demands.csv                                                           200 200 200 200 200 200
GET  rates_file                                      /rates/month.csv                                                            200 200 200 200 200 200
GET  district                                        /district/                                                                  200 200 200 200 200 200
GET  district_csv                                    /district/figures.csv                                                       200 200 200 200 200 200
# venues
GET  venue_list                                      /venues/                                                                     200 200 200 200 200 200
GET  venue_detail                                    /venues/{slug}/                                                              200 200 200 200 200 200
GET  venue_poster                                    /venues/{slug}/poster/                                                       200 200 200 200 200 200
GET  venue_scan                                      /v/{qr}/                                                                     302 302 302 302 302 302
GET  platform_list                                   /venues/platforms/                                                           200 200 200 200 200 200
GET  platform_detail                                 /venues/platforms/{camphor}/                                                 200 200 200 200 200 200
GET  picture                                         /pictures/{home_picture}.jpg                                                 200 200 200 200 200 200
GET  picture_thumbnail                               /pictures/{home_picture}-s.jpg                                               200 200 200 200 200 200
GET  picture                                         /pictures/{event_picture}.jpg                                                404 404 404 404 404 404
GET  picture_thumbnail                               /pictures/{event_picture}-s.jpg                                              404 404 404 404 404 404
# events
GET  event_list                                      /events/                                                                     200 200 200 200 200 200
GET  calendar_ics                                    /events/calendar.ics                                                         200 200 200 200 200 200
GET  event_feed                                      /feeds/events/                                                               200 200 200 200 200 200
GET  event_detail                                    /events/{event}/                                                             200 200 200 200 200 200
GET  event_ics                                       /events/{event}.ics                                                          200 200 200 200 200 200
GET  event_sign_up                                   /events/{event}/signup/                                                      200 200 200 200 200 200
POST event_sign_up                                   /events/{event}/signup/                                                      422 422 422 422 422 422
GET  sign_up                                         /events/signup/{seat}/                                                       200 200 200 200 200 200
GET  sign_up_cancel                                  /events/signup/{seat}/cancel/                                                200 200 200 200 200 200
POST sign_up_cancel                                  /events/signup/{seat}/cancel/                                                302 302 302 302 302 302
GET  event_check_in                                  /events/{event}/checkin/                                                     200 200 200 200 200 200
POST event_check_in                                  /events/{event}/checkin/                                                     422 422 422 422 422 422
GET  rhythm                                          /events/rhythm/                                                              200 200 200 200 200 200
GET  study_detail                                    /events/studies/{note}/                                                      200 200 200 200 200 200
GET  study_detail                                    /events/studies/{draft}/                                                     404 404 200 200 200 200
GET  study_read                                      /events/studies/{note}/read/                                                 302 302 302 302 302 302
POST study_read                                      /events/studies/{note}/read/                                                 302 302 404 404 404 404
POST study_read                                      /events/studies/{draft}/read/                                                404 404 404 404 404 404
# proposals
GET  proposal_list                                   /proposals/                                                                  200 200 200 200 200 200
POST proposal_list                                   /proposals/                                                                  405 405 405 405 405 405
GET  proposal_detail                                 /proposals/{filed}/                                                          200 200 200 200 200 200
POST proposal_detail                                 /proposals/{filed}/                                                          405 405 405 405 405 405
# topics, projects
GET  topic_list                                      /topics/                                                                     200 200 200 200 200 200
POST topic_list                                      /topics/                                                                     404 404 404 404 404 404
GET  topic_detail                                    /topics/{topic}/                                                             200 200 200 200 200 200
GET  project_list                                    /projects/                                                                   200 200 200 200 200 200
GET  project_detail                                  /projects/{project}/                                                         200 200 200 200 200 200
GET  agreement_list                                  /projects/agreements/                                                        200 200 200 200 200 200
GET  partner_list                                    /partners/                                                                   200 200 200 200 200 200
GET  partner_detail                                  /partners/{organisation}/                                                    200 200 200 200 200 200
# members and what they bring
GET  member_list                                     /members/                                                                    200 200 200 200 200 200
GET  reception_list                                  /members/receptions/                                                         200 200 200 200 200 200
GET  reception_detail                                /members/receptions/{reception}/                                             200 200 200 200 200 200
POST reception_detail                                /members/receptions/{reception}/                                             422 422 422 422 422 422
GET  reception_booking                               /members/receptions/booking/{turn_code}/                                     200 200 200 200 200 200
GET  reception_booking_cancel                        /members/receptions/booking/{turn_code}/cancel/                              200 200 200 200 200 200
POST reception_booking_cancel                        /members/receptions/booking/{turn_code}/cancel/                              302 302 302 302 302 302
GET  committee                                       /members/committee/                                                          200 200 200 200 200 200
GET  member_detail                                   /members/{person}/                                                           200 200 200 200 200 200
GET  portrait                                        /members/{person}/portrait.jpg                                               200 200 200 200 200 200
GET  resource_list                                   /resources/                                                                  200 200 200 200 200 200
GET  resource_detail                                 /resources/{resource}/                                                       200 200 200 200 200 200
GET  annual                                          /annual/{year}/                                                              200 200 200 200 200 200
GET  annual_csv                                      /annual/{year}/figures.csv                                                   200 200 200 200 200 200
# the workspace of a member
GET  my                                              /my/                                                                         302 200 403 403 403 403
GET  my_handbook                                     /my/handbook/                                                                302 200 403 403 403 403
GET  my_profile                                      /my/profile/                                                                 302 200 403 403 403 403
POST my_profile                                      /my/profile/                                                                 302 302 403 403 403 403
GET  my_profile_withdraw                             /my/profile/withdraw/                                                        302 302 403 403 403 403
POST my_profile_withdraw                             /my/profile/withdraw/                                                        302 302 403 403 403 403
GET  my_profile_portrait                             /my/profile/portrait.jpg                                                     302 200 403 403 403 403
GET  my_events                                       /my/events/                                                                  302 200 403 403 403 403
GET  my_demands                                      /my/demands/                                                                 302 200 403 403 403 403
GET  my_demand                                       /my/demands/{offered}/                                                       302 200 403 403 403 403
GET  my_demand                                       /my/demands/{taken}/                                                         302 200 403 403 403 403
GET  my_demand                                       /my/demands/{claimable}/                                                     302 200 403 403 403 403
GET  my_demand_claim                                 /my/demands/{claimable}/claim/                                               302 302 403 403 403 403
POST my_demand_claim                                 /my/demands/{claimable}/claim/                                               302 302 403 403 403 403
GET  my_demand_move                                  /my/demands/{offered}/move/accepted/                                         302 302 403 403 403 403
POST my_demand_move                                  /my/demands/{offered}/move/accepted/                                         302 302 403 403 403 403
GET  my_demand_move                                  /my/demands/{offered}/move/declined/                                         302 200 403 403 403 403
POST my_demand_move                                  /my/demands/{offered}/move/declined/                                         302 422 403 403 403 403
GET  my_demand_move                                  /my/demands/{taken}/move/declined/                                           302 200 403 403 403 403
POST my_demand_move                                  /my/demands/{taken}/move/declined/                                           302 422 403 403 403 403
GET  my_demand_progress                              /my/demands/{taken}/progress/                                                302 302 403 403 403 403
POST my_demand_progress                              /my/demands/{taken}/progress/                                                302 422 403 403 403 403
GET  my_demand_report                                /my/demands/{taken}/report/                                                  302 200 403 403 403 403
POST my_demand_report                                /my/demands/{taken}/report/                                                  302 422 403 403 403 403
GET  my_demand_contact                               /my/demands/{taken}/contact/                                                 302 302 403 403 403 403
POST my_demand_contact                               /my/demands/{taken}/contact/                                                 302 200 403 403 403 403
GET  my_demand_contact                               /my/demands/{offered}/contact/                                               302 302 403 403 403 403
POST my_demand_contact                               /my/demands/{offered}/contact/                                               302 302 403 403 403 403
GET  my_demand_photo                                 /my/demands/{taken}/photos/{need_photo}.jpg                                  302 200 403 403 403 403
GET  my_proposals                                    /my/proposals/                                                               302 200 403 403 403 403
GET  my_proposal                                     /my/proposals/{proposal}/                                                    302 200 403 403 403 403
GET  my_proposal_edit                                /my/proposals/{proposal}/edit/                                               302 200 403 403 403 403
POST my_proposal_edit                                /my/proposals/{proposal}/edit/                                               302 422 403 403 403 403
GET  my_proposal_paper                               /my/proposals/{proposal}/paper.docx                                          302 200 403 403 403 403
POST my_proposal_paper                               /my/proposals/{proposal}/paper.docx                                          405 405 405 405 405 405
GET  my_proposal_move                                /my/proposals/{proposal}/move/ready/                                         405 405 405 405 405 405
POST my_proposal_move                                /my/proposals/{proposal}/move/ready/                                         302 302 403 403 403 403
GET  my_duties                                       /my/duties/                                                                  302 200 403 403 403 403
GET  my_duty_new                                     /my/duties/new/                                                              302 200 403 403 403 403
POST my_duty_new                                     /my/duties/new/                                                              302 422 403 403 403 403
GET  my_duty                                         /my/duties/{duty}/                                                           302 200 403 403 403 403
GET  my_duty_edit                                    /my/duties/{duty}/edit/                                                      302 200 403 403 403 403
POST my_duty_edit                                    /my/duties/{duty}/edit/                                                      302 422 403 403 403 403
GET  my_duty_edit                                    /my/duties/{confirmed}/edit/                                                 302 302 403 403 403 403
POST my_duty_edit                                    /my/duties/{confirmed}/edit/                                                 302 302 403 403 403 403
GET  my_duty_photo                                   /my/duties/{duty}/photos/{duty_photo}.jpg                                    302 200 403 403 403 403
GET  my_duty_sheet                                   /my/duties/{year}/sheet/                                                     302 200 403 403 403 403
GET  my_duty_export                                  /my/duties/{year}.xlsx                                                       302 200 403 403 403 403
GET  my_receptions                                   /my/receptions/                                                              302 200 403 403 403 403
GET  my_reception_new                                /my/receptions/new/                                                          302 200 403 403 403 403
POST my_reception_new                                /my/receptions/new/                                                          302 422 403 403 403 403
GET  my_reception                                    /my/receptions/{reception}/                                                  302 200 403 403 403 403
GET  my_reception_cancel                             /my/receptions/{reception}/cancel/                                           302 200 403 403 403 403
POST my_reception_cancel                             /my/receptions/{reception}/cancel/                                           302 422 403 403 403 403
GET  my_reception_contact                            /my/receptions/{reception}/turns/2/                                          302 200 403 403 403 403
POST my_reception_contact                            /my/receptions/{reception}/turns/2/                                          302 422 403 403 403 403
GET  my_resources                                    /my/resources/                                                               302 200 403 403 403 403
GET  my_resource_new                                 /my/resources/new/                                                           302 200 403 403 403 403
POST my_resource_new                                 /my/resources/new/                                                           302 422 403 403 403 403
GET  my_resource                                     /my/resources/{own_resource}/                                                302 200 403 403 403 403
GET  my_resource_edit                                /my/resources/{own_resource}/edit/                                           302 200 403 403 403 403
POST my_resource_edit                                /my/resources/{own_resource}/edit/                                           302 422 403 403 403 403
GET  my_resource_move                                /my/resources/{own_resource}/move/paused/                                    302 200 403 403 403 403
POST my_resource_move                                /my/resources/{own_resource}/move/paused/                                    302 422 403 403 403 403
# digests
GET  digest                                          /digests/{digest}/                                                           200 200 200 200 200 200
POST digest                                          /digests/{digest}/                                                           422 422 422 422 422 422
GET  digest_stop                                     /digests/{digest}/stop/                                                      200 200 200 200 200 200
POST digest_stop                                     /digests/{digest}/stop/                                                      200 200 200 200 200 200
# accounts
GET  account                                         /accounts/                                                                   302 200 200 200 200 200
GET  login                                           /accounts/login/                                                             200 302 302 302 302 302
POST login                                           /accounts/login/                                                             200 302 302 302 302 302
GET  logout                                          /accounts/logout/                                                            302 302 302 302 302 302
POST logout                                          /accounts/logout/                                                            302 302 302 302 302 302
GET  second_factor                                   /accounts/code/                                                              302 302 302 302 302 302
POST second_factor                                   /accounts/code/                                                              302 302 302 302 302 302
GET  authenticator                                   /accounts/authenticator/                                                     302 200 200 200 200 200
POST authenticator                                   /accounts/authenticator/                                                     302 422 422 422 422 422
GET  recovery_codes                                  /accounts/authenticator/codes/                                               302 302 302 302 302 302
POST recovery_codes                                  /accounts/authenticator/codes/                                               302 302 302 302 302 302
GET  authenticator_remove                            /accounts/authenticator/remove/                                              302 200 200 200 200 200
POST authenticator_remove                            /accounts/authenticator/remove/                                              302 422 422 422 422 422
GET  session_end                                     /accounts/sign-ins/end/                                                      302 302 302 302 302 302
POST session_end                                     /accounts/sign-ins/end/                                                      302 302 302 302 302 302
GET  hand_over                                       /accounts/hand-over/                                                         302 403 200 200 200 200
POST hand_over                                       /accounts/hand-over/                                                         302 403 200 200 200 200
GET  password_change                                 /accounts/password/                                                          302 200 200 200 200 200
POST password_change                                 /accounts/password/                                                          302 200 200 200 200 200
GET  password_reset                                  /accounts/reset/                                                             200 200 200 200 200 200
POST password_reset                                  /accounts/reset/                                                             200 200 200 200 200 200
GET  password_reset_done                             /accounts/reset/sent/                                                        200 200 200 200 200 200
GET  password_reset_confirm                          /accounts/reset/{uid}/{token}/                                               302 302 302 302 302 302
POST password_reset_confirm                          /accounts/reset/{uid}/{token}/                                               302 302 302 302 302 302
GET  password_reset_complete                         /accounts/reset/done/                                                        200 200 200 200 200 200
# setting up: no run is open
GET  setup:start                                     /setup/                                                                      302 403 403 403 403 404
GET  setup:structure                                 /setup/questions/structure/                                                  302 403 403 403 403 404
POST setup:structure                                 /setup/questions/structure/                                                  302 403 403 403 403 404
GET  setup:check                                     /setup/questions/check/                                                      302 403 403 403 403 404
POST setup:check                                     /setup/questions/check/                                                      302 403 403 403 403 404
GET  setup:step                                      /setup/questions/place/                                                      302 403 403 403 403 404
POST setup:step                                      /setup/questions/place/                                                      302 403 403 403 403 404
GET  setup:done                                      /setup/done/                                                                 302 403 403 403 403 404
GET  setup:link                                      /setup/{code}/                                                               404 404 404 404 404 404
POST setup:link                                      /setup/{code}/                                                               404 404 404 404 404 404
# admin
GET  admin:index                                     /admin/                                                                      302 302 200 200 200 200
GET  admin:district                                  /admin/district/                                                            302 302 403 403 403 200
GET  admin:figures                                   /admin/figures/                                                              302 302 200 200 200 200
GET  admin:figures_csv                               /admin/figures/figures.csv                                                   302 302 200 200 200 200
GET  admin:figures_xlsx                              /admin/figures/figures.xlsx                                                  302 302 200 200 200 200
GET  admin:insight                                   /admin/insight/                                                              302 302 403 403 403 200
GET  admin:lift_mark                                 /admin/lift-mark/consultation.area/{area}/                                   302 302 403 404 403 404
POST admin:lift_mark                                 /admin/lift-mark/consultation.area/{area}/                                   302 302 403 404 403 404
GET  admin:readiness                                 /admin/readiness/                                                            302 302 403 200 403 200
GET  admin:readiness_trial                           /admin/readiness/email/                                                      302 302 403 403 403 302
POST admin:readiness_trial                           /admin/readiness/email/                                                      302 302 403 403 403 302
GET  admin:structure                                 /admin/structure/                                                            302 302 403 200 403 200
POST admin:structure                                 /admin/structure/                                                            302 302 403 422 403 422
GET  admin:structure_confirm                         /admin/structure/confirm/                                                    302 302 405 405 405 405
POST admin:structure_confirm                         /admin/structure/confirm/                                                    302 302 403 302 403 302
GET  admin:structure_empty                           /admin/structure/empty.xlsx                                                  302 302 403 200 403 200
GET  admin:structure_example                         /admin/structure/example.xlsx                                                302 302 403 200 403 200
GET  admin:structure_export                          /admin/structure/export/                                                     302 302 405 405 405 405
POST admin:structure_export                          /admin/structure/export/                                                     302 302 403 200 403 200
GET  admin:releases                                  /admin/releases/                                                             302 302 200 200 200 200
GET  admin:ways                                      /admin/ways/                                                                 302 302 200 200 200 200
GET  admin:alerts                                    /admin/alerts/                                                               302 302 200 200 200 200
GET  admin:report                                    /admin/report/                                                               302 302 403 200 200 200
GET  admin:menu                                      /admin/menu/                                                                 302 302 200 200 200 200
GET  admin:find                                      /admin/find/                                                                 302 302 200 200 200 200
POST admin:alerts                                    /admin/alerts/                                                               302 302 422 422 422 422
GET  admin:calendar                                  /admin/calendar/                                                             302 302 200 200 200 200
GET  admin:calendar_paper                            /admin/calendar/paper/                                                       302 302 200 200 200 200
GET  admin:calendar_day                              /admin/calendar/2026-11-20/                                                  302 302 200 200 200 200
POST admin:ways                                      /admin/ways/                                                                 302 302 302 302 302 302
GET  admin:handbooks                                 /admin/handbook/                                                             302 302 200 200 200 200
GET  admin:handbook                                  /admin/handbook/staff/                                                       302 302 200 200 200 200
GET  admin:handbook                                  /admin/handbook/dengbao/                                                     302 302 403 200 200 200
GET  admin:handbook                                  /admin/handbook/operations/                                                  302 302 403 403 403 200
GET  admin:login                                     /admin/login/                                                                200 200 302 302 302 302
POST admin:login                                     /admin/login/                                                                200 200 200 200 200 200
GET  admin:logout                                    /admin/logout/                                                               302 302 405 405 405 405
POST admin:logout                                    /admin/logout/                                                               302 302 302 302 302 302
GET  admin:password_change                           /admin/password_change/                                                      302 302 200 200 200 200
POST admin:password_change                           /admin/password_change/                                                      302 302 200 200 200 200
GET  admin:drop_draft                                /admin/drafts/drop/                                                          302 302 302 302 302 302
POST admin:drop_draft                                /admin/drafts/drop/                                                          302 302 302 302 302 302
GET  admin:autocomplete                              /admin/autocomplete/                                                         302 302 403 403 403 403
GET  admin:jsi18n                                    /admin/jsi18n/                                                               302 302 200 200 200 200
GET  admin:view_on_site                              /admin/r/{type}/{demand}/                                                    302 302 404 404 404 404
GET  admin:app_list                                  /admin/demands/                                                              302 302 200 200 200 200
GET  -                                               /admin/nothing-here                                                          302 302 404 404 404 404
# password_change/done
GET  admin:password_change_done                      /admin/password_change/done/                                                 302 302 200 200 200 200
# foundation/user
GET  admin:foundation_user_link                      /admin/foundation/user/{user}/link/                                          302 302 403 404 403 302
POST admin:foundation_user_link                      /admin/foundation/user/{user}/link/                                          302 302 403 404 403 200
GET  admin:foundation_user_send_link                 /admin/foundation/user/{user}/send-link/                                     302 302 403 404 403 302
POST admin:foundation_user_send_link                 /admin/foundation/user/{user}/send-link/                                     302 302 403 404 403 302
GET  admin:foundation_user_lock_several              /admin/foundation/user/lock/                                                 302 302 403 302 403 302
POST admin:foundation_user_lock_several              /admin/foundation/user/lock/                                                 302 302 403 302 403 302
GET  admin:foundation_user_disable                   /admin/foundation/user/{user}/disable/                                       302 302 403 404 403 200
POST admin:foundation_user_disable                   /admin/foundation/user/{user}/disable/                                       302 302 403 404 403 422
GET  admin:foundation_user_enable                    /admin/foundation/user/{user}/enable/                                        302 302 403 404 403 200
POST admin:foundation_user_enable                    /admin/foundation/user/{user}/enable/                                        302 302 403 404 403 422
GET  admin:foundation_user_hand_over                 /admin/foundation/user/{user}/hand-over/                                     302 302 403 404 403 200
POST admin:foundation_user_hand_over                 /admin/foundation/user/{user}/hand-over/                                     302 302 403 404 403 422
GET  admin:foundation_user_close                     /admin/foundation/user/{user}/close/                                         302 302 403 404 403 200
POST admin:foundation_user_close                     /admin/foundation/user/{user}/close/                                         302 302 403 404 403 422
GET  admin:foundation_user_role                      /admin/foundation/user/{user}/role/                                          302 302 403 404 403 200
POST admin:foundation_user_role                      /admin/foundation/user/{user}/role/                                          302 302 403 404 403 422
GET  admin:foundation_user_promote                   /admin/foundation/user/{user}/promote/                                       302 302 403 404 403 200
POST admin:foundation_user_promote                   /admin/foundation/user/{user}/promote/                                       302 302 403 404 403 422
GET  admin:foundation_user_demote                    /admin/foundation/user/{user}/demote/                                        302 302 403 404 403 200
POST admin:foundation_user_demote                    /admin/foundation/user/{user}/demote/                                        302 302 403 404 403 422
GET  admin:foundation_user_void_password             /admin/foundation/user/{user}/void-password/                                 302 302 403 404 403 200
POST admin:foundation_user_void_password             /admin/foundation/user/{user}/void-password/                                 302 302 403 404 403 422
GET  admin:foundation_user_scope                     /admin/foundation/user/{user}/scope/                                         302 302 403 404 403 200
POST admin:foundation_user_scope                     /admin/foundation/user/{user}/scope/                                         302 302 403 404 403 422
GET  admin:foundation_user_sign_ins                  /admin/foundation/user/{user}/sign-ins/                                      302 302 403 403 403 200
POST admin:foundation_user_sign_ins                  /admin/foundation/user/{user}/sign-ins/                                      302 302 403 403 403 302
GET  admin:foundation_user_reset_factor              /admin/foundation/user/{user}/reset-factor/                                  302 302 403 403 403 200
POST admin:foundation_user_reset_factor              /admin/foundation/user/{user}/reset-factor/                                  302 302 403 403 403 422
GET  admin:foundation_user_changelist                /admin/foundation/user/                                                      302 302 403 200 200 200
GET  admin:foundation_user_add                       /admin/foundation/user/add/                                                  302 302 403 200 403 200
POST admin:foundation_user_add                       /admin/foundation/user/add/                                                  302 302 403 422 403 422
GET  admin:foundation_user_history                   /admin/foundation/user/{user}/history/                                       302 302 403 404 200 200
GET  admin:foundation_user_delete                    /admin/foundation/user/{user}/delete/                                        302 302 403 403 403 403
POST admin:foundation_user_delete                    /admin/foundation/user/{user}/delete/                                        302 302 403 403 403 403
GET  admin:foundation_user_change                    /admin/foundation/user/{user}/change/                                        302 302 403 404 200 200
POST admin:foundation_user_change                    /admin/foundation/user/{user}/change/                                        302 302 403 404 403 409
GET  -                                               /admin/foundation/user/{user}/                                               302 302 302 302 302 302
# foundation/portal
GET  admin:foundation_portal_changelist              /admin/foundation/portal/                                                    302 302 403 403 200 200
GET  admin:foundation_portal_add                     /admin/foundation/portal/add/                                                302 302 403 403 403 403
POST admin:foundation_portal_add                     /admin/foundation/portal/add/                                                302 302 403 403 403 403
GET  admin:foundation_portal_history                 /admin/foundation/portal/{portal}/history/                                   302 302 403 403 200 200
GET  admin:foundation_portal_delete                  /admin/foundation/portal/{portal}/delete/                                    302 302 403 403 403 403
POST admin:foundation_portal_delete                  /admin/foundation/portal/{portal}/delete/                                    302 302 403 403 403 403
GET  admin:foundation_portal_change                  /admin/foundation/portal/{portal}/change/                                    302 302 403 403 200 200
POST admin:foundation_portal_change                  /admin/foundation/portal/{portal}/change/                                    302 302 403 403 403 409
GET  -                                               /admin/foundation/portal/{portal}/                                           302 302 302 302 302 302
# foundation/consenttext
GET  admin:foundation_consenttext_changelist         /admin/foundation/consenttext/                                               302 302 403 403 200 200
GET  admin:foundation_consenttext_add                /admin/foundation/consenttext/add/                                           302 302 403 403 403 200
POST admin:foundation_consenttext_add                /admin/foundation/consenttext/add/                                           302 302 403 403 403 200
GET  admin:foundation_consenttext_history            /admin/foundation/consenttext/{consent}/history/                             302 302 403 403 200 200
GET  admin:foundation_consenttext_delete             /admin/foundation/consenttext/{consent}/delete/                              302 302 403 403 403 403
POST admin:foundation_consenttext_delete             /admin/foundation/consenttext/{consent}/delete/                              302 302 403 403 403 403
GET  admin:foundation_consenttext_change             /admin/foundation/consenttext/{consent}/change/                              302 302 403 403 200 200
POST admin:foundation_consenttext_change             /admin/foundation/consenttext/{consent}/change/                              302 302 403 403 403 403
GET  -                                               /admin/foundation/consenttext/{consent}/                                     302 302 302 302 302 302
# foundation/calendarday
GET  admin:foundation_calendarday_changelist         /admin/foundation/calendarday/                                               302 302 403 200 200 200
GET  admin:foundation_calendarday_add                /admin/foundation/calendarday/add/                                           302 302 403 403 403 200
POST admin:foundation_calendarday_add                /admin/foundation/calendarday/add/                                           302 302 403 403 403 200
GET  admin:foundation_calendarday_history            /admin/foundation/calendarday/{day}/history/                                 302 302 403 200 200 200
GET  admin:foundation_calendarday_delete             /admin/foundation/calendarday/{day}/delete/                                  302 302 403 403 403 200
POST admin:foundation_calendarday_delete             /admin/foundation/calendarday/{day}/delete/                                  302 302 403 403 403 200
GET  admin:foundation_calendarday_change             /admin/foundation/calendarday/{day}/change/                                  302 302 403 200 200 200
POST admin:foundation_calendarday_change             /admin/foundation/calendarday/{day}/change/                                  302 302 403 403 403 409
GET  -                                               /admin/foundation/calendarday/{day}/                                         302 302 302 302 302 302
# foundation/auditentry
GET  admin:foundation_auditentry_changelist          /admin/foundation/auditentry/                                                302 302 403 403 200 200
GET  admin:foundation_auditentry_add                 /admin/foundation/auditentry/add/                                            302 302 403 403 403 403
POST admin:foundation_auditentry_add                 /admin/foundation/auditentry/add/                                            302 302 403 403 403 403
GET  admin:foundation_auditentry_history             /admin/foundation/auditentry/{audit}/history/                                302 302 403 403 200 200
GET  admin:foundation_auditentry_delete              /admin/foundation/auditentry/{audit}/delete/                                 302 302 403 403 403 403
POST admin:foundation_auditentry_delete              /admin/foundation/auditentry/{audit}/delete/                                 302 302 403 403 403 403
GET  admin:foundation_auditentry_change              /admin/foundation/auditentry/{audit}/change/                                 302 302 403 403 200 200
POST admin:foundation_auditentry_change              /admin/foundation/auditentry/{audit}/change/                                 302 302 403 403 403 403
GET  -                                               /admin/foundation/auditentry/{audit}/                                        302 302 302 302 302 302
# foundation/outboxmessage
GET  admin:foundation_outboxmessage_changelist       /admin/foundation/outboxmessage/                                             302 302 403 200 200 200
GET  admin:foundation_outboxmessage_templates        /admin/foundation/outboxmessage/templates/                                   302 302 403 200 200 200
GET  admin:foundation_outboxmessage_add              /admin/foundation/outboxmessage/add/                                         302 302 403 403 403 403
POST admin:foundation_outboxmessage_add              /admin/foundation/outboxmessage/add/                                         302 302 403 403 403 403
GET  admin:foundation_outboxmessage_history          /admin/foundation/outboxmessage/{outbox}/history/                            302 302 403 200 200 200
GET  admin:foundation_outboxmessage_delete           /admin/foundation/outboxmessage/{outbox}/delete/                             302 302 403 403 403 403
POST admin:foundation_outboxmessage_delete           /admin/foundation/outboxmessage/{outbox}/delete/                             302 302 403 403 403 403
GET  admin:foundation_outboxmessage_change           /admin/foundation/outboxmessage/{outbox}/change/                             302 302 403 200 200 200
POST admin:foundation_outboxmessage_change           /admin/foundation/outboxmessage/{outbox}/change/                             302 302 403 403 403 403
GET  -                                               /admin/foundation/outboxmessage/{outbox}/                                    302 302 302 302 302 302
# consultation/area
GET  admin:consultation_area_changelist              /admin/consultation/area/                                                    302 302 200 200 200 200
GET  admin:consultation_area_add                     /admin/consultation/area/add/                                                302 302 403 200 403 200
POST admin:consultation_area_add                     /admin/consultation/area/add/                                                302 302 403 200 403 200
GET  admin:consultation_area_history                 /admin/consultation/area/{area}/history/                                     302 302 200 200 200 200
GET  admin:consultation_area_delete                  /admin/consultation/area/{area}/delete/                                      302 302 403 403 403 200
POST admin:consultation_area_delete                  /admin/consultation/area/{area}/delete/                                      302 302 403 403 403 200
GET  admin:consultation_area_change                  /admin/consultation/area/{area}/change/                                      302 302 200 200 200 200
POST admin:consultation_area_change                  /admin/consultation/area/{area}/change/                                      302 302 403 409 403 409
GET  -                                               /admin/consultation/area/{area}/                                             302 302 302 302 302 302
# consultation/venue
GET  admin:consultation_venue_posters                /admin/consultation/venue/posters/{community}/                               302 302 200 200 200 200
POST admin:consultation_venue_posters                /admin/consultation/venue/posters/{community}/                               302 302 405 405 405 405
GET  admin:consultation_venue_photos                 /admin/consultation/venue/{home}/photos/                                     302 302 200 200 200 200
POST admin:consultation_venue_photos                 /admin/consultation/venue/{home}/photos/                                     302 302 422 422 403 422
GET  admin:consultation_venue_photo                  /admin/consultation/venue/{home}/photos/{home_picture}.jpg                   302 302 200 200 200 200
GET  admin:consultation_venue_review_photo           /admin/consultation/venue/{home}/photos/{home_picture}/                      302 302 403 302 403 302
POST admin:consultation_venue_review_photo           /admin/consultation/venue/{home}/photos/{home_picture}/                      302 302 403 302 403 302
GET  admin:consultation_venue_remove_photo           /admin/consultation/venue/{home}/photos/{home_picture}/remove/               302 302 403 302 403 302
POST admin:consultation_venue_remove_photo           /admin/consultation/venue/{home}/photos/{home_picture}/remove/               302 302 403 302 403 302
GET  admin:consultation_venue_changelist             /admin/consultation/venue/                                                   302 302 200 200 200 200
GET  admin:consultation_venue_add                    /admin/consultation/venue/add/                                               302 302 403 200 403 200
POST admin:consultation_venue_add                    /admin/consultation/venue/add/                                               302 302 403 200 403 200
GET  admin:consultation_venue_history                /admin/consultation/venue/{venue}/history/                                   302 302 200 200 200 200
GET  admin:consultation_venue_delete                 /admin/consultation/venue/{venue}/delete/                                    302 302 403 403 403 200
POST admin:consultation_venue_delete                 /admin/consultation/venue/{venue}/delete/                                    302 302 403 403 403 200
GET  admin:consultation_venue_change                 /admin/consultation/venue/{venue}/change/                                    302 302 200 200 200 200
POST admin:consultation_venue_change                 /admin/consultation/venue/{venue}/change/                                    302 302 409 409 403 409
GET  -                                               /admin/consultation/venue/{venue}/                                           302 302 302 302 302 302
# consultation/papertemplate
GET  admin:consultation_papertemplate_edit           /admin/consultation/papertemplate/kinds/handover/                            302 302 200 200 200 200
POST admin:consultation_papertemplate_edit           /admin/consultation/papertemplate/kinds/handover/                            302 302 403 403 403 422
GET  admin:consultation_papertemplate_restore        /admin/consultation/papertemplate/kinds/handover/restore/                    302 302 403 403 403 302
POST admin:consultation_papertemplate_restore        /admin/consultation/papertemplate/kinds/handover/restore/                    302 302 403 403 403 302
GET  admin:consultation_papertemplate_edit_in        /admin/consultation/papertemplate/kinds/handover/in/subdistrict/             302 302 200 200 200 200
POST admin:consultation_papertemplate_edit_in        /admin/consultation/papertemplate/kinds/handover/in/subdistrict/             302 302 403 422 403 422
GET  admin:consultation_papertemplate_restore_in     /admin/consultation/papertemplate/kinds/handover/in/subdistrict/restore/     302 302 403 302 403 302
POST admin:consultation_papertemplate_restore_in     /admin/consultation/papertemplate/kinds/handover/in/subdistrict/restore/     302 302 403 302 403 302
GET  admin:consultation_papertemplate_changelist     /admin/consultation/papertemplate/                                           302 302 200 200 200 200
GET  admin:consultation_papertemplate_add            /admin/consultation/papertemplate/add/                                       302 302 403 403 403 403
POST admin:consultation_papertemplate_add            /admin/consultation/papertemplate/add/                                       302 302 403 403 403 403
GET  admin:consultation_papertemplate_history        /admin/consultation/papertemplate/{template}/history/                        302 302 200 200 200 200
GET  admin:consultation_papertemplate_delete         /admin/consultation/papertemplate/{template}/delete/                         302 302 403 403 403 403
POST admin:consultation_papertemplate_delete         /admin/consultation/papertemplate/{template}/delete/                         302 302 403 403 403 403
GET  admin:consultation_papertemplate_change         /admin/consultation/papertemplate/{template}/change/                         302 302 302 302 302 302
POST admin:consultation_papertemplate_change         /admin/consultation/papertemplate/{template}/change/                         302 302 302 302 302 302
GET  -                                               /admin/consultation/papertemplate/{template}/                                302 302 302 302 302 302
# consultation/platform
GET  admin:consultation_platform_changelist          /admin/consultation/platform/                                                302 302 200 200 200 200
GET  admin:consultation_platform_add                 /admin/consultation/platform/add/                                            302 302 403 200 403 200
POST admin:consultation_platform_add                 /admin/consultation/platform/add/                                            302 302 403 200 403 200
GET  admin:consultation_platform_history             /admin/consultation/platform/{platform}/history/                             302 302 200 200 200 200
GET  admin:consultation_platform_delete              /admin/consultation/platform/{platform}/delete/                              302 302 403 403 403 200
POST admin:consultation_platform_delete              /admin/consultation/platform/{platform}/delete/                              302 302 403 403 403 200
GET  admin:consultation_platform_change              /admin/consultation/platform/{platform}/change/                              302 302 200 200 200 200
POST admin:consultation_platform_change              /admin/consultation/platform/{platform}/change/                              302 302 403 409 403 409
GET  -                                               /admin/consultation/platform/{platform}/                                     302 302 302 302 302 302
# consultation/staffscope
GET  admin:consultation_staffscope_changelist        /admin/consultation/staffscope/                                              302 302 403 403 200 200
GET  admin:consultation_staffscope_add               /admin/consultation/staffscope/add/                                          302 302 403 403 403 403
POST admin:consultation_staffscope_add               /admin/consultation/staffscope/add/                                          302 302 403 403 403 403
GET  admin:consultation_staffscope_history           /admin/consultation/staffscope/{scope}/history/                              302 302 403 403 200 200
GET  admin:consultation_staffscope_delete            /admin/consultation/staffscope/{scope}/delete/                               302 302 403 403 403 403
POST admin:consultation_staffscope_delete            /admin/consultation/staffscope/{scope}/delete/                               302 302 403 403 403 403
GET  admin:consultation_staffscope_change            /admin/consultation/staffscope/{scope}/change/                               302 302 403 403 200 200
POST admin:consultation_staffscope_change            /admin/consultation/staffscope/{scope}/change/                               302 302 403 403 403 403
GET  -                                               /admin/consultation/staffscope/{scope}/                                      302 302 302 302 302 302
# consultation/series
GET  admin:consultation_series_plan                  /admin/consultation/series/{series}/plan/                                    302 302 403 200 403 200
POST admin:consultation_series_plan                  /admin/consultation/series/{series}/plan/                                    302 302 403 422 403 422
GET  admin:consultation_series_changelist            /admin/consultation/series/                                                  302 302 200 200 200 200
GET  admin:consultation_series_add                   /admin/consultation/series/add/                                              302 302 403 200 403 200
POST admin:consultation_series_add                   /admin/consultation/series/add/                                              302 302 403 200 403 200
GET  admin:consultation_series_history               /admin/consultation/series/{series}/history/                                 302 302 200 200 200 200
GET  admin:consultation_series_delete                /admin/consultation/series/{series}/delete/                                  302 302 403 403 403 200
POST admin:consultation_series_delete                /admin/consultation/series/{series}/delete/                                  302 302 403 403 403 200
GET  admin:consultation_series_change                /admin/consultation/series/{series}/change/                                  302 302 200 200 200 200
POST admin:consultation_series_change                /admin/consultation/series/{series}/change/                                  302 302 403 409 403 409
GET  -                                               /admin/consultation/series/{series}/                                         302 302 302 302 302 302
# consultation/slot
GET  admin:consultation_slot_move                    /admin/consultation/slot/{slot}/move/                                        302 302 403 200 403 200
POST admin:consultation_slot_move                    /admin/consultation/slot/{slot}/move/                                        302 302 403 422 403 422
GET  admin:consultation_slot_drop                    /admin/consultation/slot/{slot}/drop/                                        302 302 403 200 403 200
POST admin:consultation_slot_drop                    /admin/consultation/slot/{slot}/drop/                                        302 302 403 302 403 302
GET  admin:consultation_slot_changelist              /admin/consultation/slot/                                                    302 302 200 200 200 200
GET  admin:consultation_slot_add                     /admin/consultation/slot/add/                                                302 302 403 403 403 403
POST admin:consultation_slot_add                     /admin/consultation/slot/add/                                                302 302 403 403 403 403
GET  admin:consultation_slot_history                 /admin/consultation/slot/{slot}/history/                                     302 302 200 200 200 200
GET  admin:consultation_slot_delete                  /admin/consultation/slot/{slot}/delete/                                      302 302 403 403 403 403
POST admin:consultation_slot_delete                  /admin/consultation/slot/{slot}/delete/                                      302 302 403 403 403 403
GET  admin:consultation_slot_change                  /admin/consultation/slot/{slot}/change/                                      302 302 200 200 200 200
POST admin:consultation_slot_change                  /admin/consultation/slot/{slot}/change/                                      302 302 403 403 403 403
GET  -                                               /admin/consultation/slot/{slot}/                                             302 302 302 302 302 302
# consultation/studynote
GET  admin:consultation_studynote_push               /admin/consultation/studynote/{draft}/push/                                  302 302 403 200 403 200
POST admin:consultation_studynote_push               /admin/consultation/studynote/{draft}/push/                                  302 302 403 422 403 422
GET  admin:consultation_studynote_changelist         /admin/consultation/studynote/                                               302 302 200 200 200 200
GET  admin:consultation_studynote_add                /admin/consultation/studynote/add/                                           302 302 403 200 403 200
POST admin:consultation_studynote_add                /admin/consultation/studynote/add/                                           302 302 403 200 403 200
GET  admin:consultation_studynote_history            /admin/consultation/studynote/{draft}/history/                               302 302 200 200 200 200
GET  admin:consultation_studynote_delete             /admin/consultation/studynote/{draft}/delete/                                302 302 403 403 403 200
POST admin:consultation_studynote_delete             /admin/consultation/studynote/{draft}/delete/                                302 302 403 403 403 200
GET  admin:consultation_studynote_change             /admin/consultation/studynote/{draft}/change/                                302 302 200 200 200 200
POST admin:consultation_studynote_change             /admin/consultation/studynote/{draft}/change/                                302 302 403 409 403 409
GET  -                                               /admin/consultation/studynote/{draft}/                                       302 302 302 302 302 302
# consultation/event
GET  admin:consultation_event_papers                 /admin/consultation/event/{event}/papers/                                    302 302 200 200 200 200
GET  admin:consultation_event_paper                  /admin/consultation/event/{event}/papers/notice/                             302 302 200 200 200 200
GET  admin:consultation_event_paper_word             /admin/consultation/event/{event}/papers/notice.docx                         302 302 200 200 200 200
GET  admin:consultation_event_uncovered_paper        /admin/consultation/event/{event}/papers/sign-in/reveal/                     302 302 200 200 403 200
POST admin:consultation_event_uncovered_paper        /admin/consultation/event/{event}/papers/sign-in/reveal/                     302 302 422 422 403 422
GET  admin:consultation_event_add                    /admin/consultation/event/add/                                               302 302 200 200 403 200
POST admin:consultation_event_add                    /admin/consultation/event/add/                                               302 302 422 422 403 422
GET  admin:consultation_event_edit                   /admin/consultation/event/{event}/edit/                                      302 302 200 200 403 200
POST admin:consultation_event_edit                   /admin/consultation/event/{event}/edit/                                      302 302 422 422 403 422
GET  admin:consultation_event_move                   /admin/consultation/event/{event}/move/cancelled/                            302 302 200 200 302 200
POST admin:consultation_event_move                   /admin/consultation/event/{event}/move/cancelled/                            302 302 422 422 302 422
GET  admin:consultation_event_move                   /admin/consultation/event/{held}/move/minutes_published/                     302 302 302 200 302 200
POST admin:consultation_event_move                   /admin/consultation/event/{held}/move/minutes_published/                     302 302 302 422 302 422
GET  admin:consultation_event_minutes                /admin/consultation/event/{held}/minutes/                                    302 302 200 200 403 200
POST admin:consultation_event_minutes                /admin/consultation/event/{held}/minutes/                                    302 302 422 422 403 422
GET  admin:consultation_event_served                 /admin/consultation/event/{held}/served/                                     302 302 200 200 403 200
POST admin:consultation_event_served                 /admin/consultation/event/{held}/served/                                     302 302 422 422 403 422
GET  admin:consultation_event_presenters             /admin/consultation/event/{event}/agenda/{item}/                             302 302 200 200 403 200
POST admin:consultation_event_presenters             /admin/consultation/event/{event}/agenda/{item}/                             302 302 422 422 403 422
GET  admin:consultation_event_sign_ups               /admin/consultation/event/{event}/signups/                                   302 302 200 200 200 200
POST admin:consultation_event_sign_ups               /admin/consultation/event/{event}/signups/                                   302 302 405 405 405 405
GET  admin:consultation_event_reveal                 /admin/consultation/event/{event}/signups/{number}/reveal/                   302 302 200 200 403 200
POST admin:consultation_event_reveal                 /admin/consultation/event/{event}/signups/{number}/reveal/                   302 302 422 422 403 422
GET  admin:consultation_event_attend                 /admin/consultation/event/{held}/attendance/                                 302 302 200 200 403 200
POST admin:consultation_event_attend                 /admin/consultation/event/{held}/attendance/                                 302 302 422 422 403 422
GET  admin:consultation_event_tick                   /admin/consultation/event/{held}/attendance/signups/                         302 302 302 302 403 302
POST admin:consultation_event_tick                   /admin/consultation/event/{held}/attendance/signups/                         302 302 302 302 403 302
GET  admin:consultation_event_remove_attendance      /admin/consultation/event/{held}/attendance/remove/                          302 302 302 302 403 302
POST admin:consultation_event_remove_attendance      /admin/consultation/event/{held}/attendance/remove/                          302 302 404 404 403 404
GET  admin:consultation_event_door                   /admin/consultation/event/{event}/door/                                      302 302 200 200 403 200
POST admin:consultation_event_door                   /admin/consultation/event/{event}/door/                                      302 302 405 405 403 405
GET  admin:consultation_event_renew_door             /admin/consultation/event/{event}/door/renew/                                302 302 302 302 403 302
POST admin:consultation_event_renew_door             /admin/consultation/event/{event}/door/renew/                                302 302 302 302 403 302
GET  admin:consultation_event_photos                 /admin/consultation/event/{held}/photos/                                     302 302 200 200 200 200
POST admin:consultation_event_photos                 /admin/consultation/event/{held}/photos/                                     302 302 422 422 403 422
GET  admin:consultation_event_photo                  /admin/consultation/event/{held}/photos/{event_picture}.jpg                  302 302 200 200 200 200
GET  admin:consultation_event_review_photo           /admin/consultation/event/{held}/photos/{event_picture}/                     302 302 403 302 403 302
POST admin:consultation_event_review_photo           /admin/consultation/event/{held}/photos/{event_picture}/                     302 302 403 302 403 302
GET  admin:consultation_event_remove_photo           /admin/consultation/event/{held}/photos/{event_picture}/remove/              302 302 403 302 403 302
POST admin:consultation_event_remove_photo           /admin/consultation/event/{held}/photos/{event_picture}/remove/              302 302 403 302 403 302
GET  admin:consultation_event_changelist             /admin/consultation/event/                                                   302 302 200 200 200 200
GET  admin:consultation_event_history                /admin/consultation/event/{event}/history/                                   302 302 200 200 200 200
GET  admin:consultation_event_delete                 /admin/consultation/event/{event}/delete/                                    302 302 403 403 403 403
POST admin:consultation_event_delete                 /admin/consultation/event/{event}/delete/                                    302 302 403 403 403 403
GET  admin:consultation_event_change                 /admin/consultation/event/{event}/change/                                    302 302 200 200 200 200
POST admin:consultation_event_change                 /admin/consultation/event/{event}/change/                                    302 302 403 403 403 403
GET  -                                               /admin/consultation/event/{event}/                                           302 302 302 302 302 302
# consultation/topic
GET  admin:consultation_topic_schedule_all           /admin/consultation/topic/schedule/                                          302 302 403 404 403 404
POST admin:consultation_topic_schedule_all           /admin/consultation/topic/schedule/                                          302 302 403 404 403 404
GET  admin:consultation_topic_schedule               /admin/consultation/topic/{topic}/schedule/                                  302 302 403 200 403 200
POST admin:consultation_topic_schedule               /admin/consultation/topic/{topic}/schedule/                                  302 302 403 422 403 422
GET  admin:consultation_topic_move                   /admin/consultation/topic/{topic}/move/dropped/                              302 302 403 200 403 200
POST admin:consultation_topic_move                   /admin/consultation/topic/{topic}/move/dropped/                              302 302 403 422 403 422
GET  admin:consultation_topic_changelist             /admin/consultation/topic/                                                   302 302 200 200 200 200
GET  admin:consultation_topic_add                    /admin/consultation/topic/add/                                               302 302 403 200 403 200
POST admin:consultation_topic_add                    /admin/consultation/topic/add/                                               302 302 403 200 403 200
GET  admin:consultation_topic_history                /admin/consultation/topic/{topic}/history/                                   302 302 200 200 200 200
GET  admin:consultation_topic_delete                 /admin/consultation/topic/{topic}/delete/                                    302 302 403 403 403 403
POST admin:consultation_topic_delete                 /admin/consultation/topic/{topic}/delete/                                    302 302 403 403 403 403
GET  admin:consultation_topic_change                 /admin/consultation/topic/{topic}/change/                                    302 302 200 200 200 200
POST admin:consultation_topic_change                 /admin/consultation/topic/{topic}/change/                                    302 302 403 409 403 409
GET  -                                               /admin/consultation/topic/{topic}/                                           302 302 302 302 302 302
# consultation/agreement
GET  admin:consultation_agreement_add                /admin/consultation/agreement/add/                                           302 302 403 302 403 302
POST admin:consultation_agreement_add                /admin/consultation/agreement/add/                                           302 302 403 302 403 302
GET  admin:consultation_agreement_grow               /admin/consultation/agreement/grow/                                          302 302 403 302 403 302
POST admin:consultation_agreement_grow               /admin/consultation/agreement/grow/                                          302 302 403 302 403 302
GET  admin:consultation_agreement_edit               /admin/consultation/agreement/{agreement}/edit/                              302 302 403 200 403 200
POST admin:consultation_agreement_edit               /admin/consultation/agreement/{agreement}/edit/                              302 302 403 422 403 422
GET  admin:consultation_agreement_move               /admin/consultation/agreement/{agreement}/move/under_way/                    302 302 302 200 302 200
POST admin:consultation_agreement_move               /admin/consultation/agreement/{agreement}/move/under_way/                    302 302 302 422 302 422
GET  admin:consultation_agreement_photos             /admin/consultation/agreement/{agreement}/photos/                            302 302 200 200 200 200
POST admin:consultation_agreement_photos             /admin/consultation/agreement/{agreement}/photos/                            302 302 422 422 403 422
GET  admin:consultation_agreement_photo              /admin/consultation/agreement/{agreement}/photos/{agreement_picture}.jpg     302 302 200 200 200 200
GET  admin:consultation_agreement_review_photo       /admin/consultation/agreement/{agreement}/photos/{agreement_picture}/        302 302 403 302 403 302
POST admin:consultation_agreement_review_photo       /admin/consultation/agreement/{agreement}/photos/{agreement_picture}/        302 302 403 302 403 302
GET  admin:consultation_agreement_remove_photo       /admin/consultation/agreement/{agreement}/photos/{agreement_picture}/remove/ 302 302 403 302 403 302
POST admin:consultation_agreement_remove_photo       /admin/consultation/agreement/{agreement}/photos/{agreement_picture}/remove/ 302 302 403 302 403 302
GET  admin:consultation_agreement_changelist         /admin/consultation/agreement/                                               302 302 200 200 200 200
GET  admin:consultation_agreement_history            /admin/consultation/agreement/{agreement}/history/                           302 302 200 200 200 200
GET  admin:consultation_agreement_delete             /admin/consultation/agreement/{agreement}/delete/                            302 302 403 403 403 403
POST admin:consultation_agreement_delete             /admin/consultation/agreement/{agreement}/delete/                            302 302 403 403 403 403
GET  admin:consultation_agreement_change             /admin/consultation/agreement/{agreement}/change/                            302 302 200 200 200 200
POST admin:consultation_agreement_change             /admin/consultation/agreement/{agreement}/change/                            302 302 403 403 403 403
GET  -                                               /admin/consultation/agreement/{agreement}/                                   302 302 302 302 302 302
# consultation/project
GET  admin:consultation_project_move                 /admin/consultation/project/{project}/move/under_way/                        302 302 302 200 302 200
POST admin:consultation_project_move                 /admin/consultation/project/{project}/move/under_way/                        302 302 302 422 302 422
GET  admin:consultation_project_photos               /admin/consultation/project/{project}/photos/                                302 302 200 200 200 200
POST admin:consultation_project_photos               /admin/consultation/project/{project}/photos/                                302 302 422 422 403 422
GET  admin:consultation_project_photo                /admin/consultation/project/{project}/photos/{project_picture}.jpg           302 302 200 200 200 200
GET  admin:consultation_project_review_photo         /admin/consultation/project/{project}/photos/{project_picture}/              302 302 403 302 403 302
POST admin:consultation_project_review_photo         /admin/consultation/project/{project}/photos/{project_picture}/              302 302 403 302 403 302
GET  admin:consultation_project_remove_photo         /admin/consultation/project/{project}/photos/{project_picture}/remove/       302 302 403 302 403 302
POST admin:consultation_project_remove_photo         /admin/consultation/project/{project}/photos/{project_picture}/remove/       302 302 403 302 403 302
GET  admin:consultation_project_changelist           /admin/consultation/project/                                                 302 302 200 200 200 200
GET  admin:consultation_project_add                  /admin/consultation/project/add/                                             302 302 403 200 403 200
POST admin:consultation_project_add                  /admin/consultation/project/add/                                             302 302 403 200 403 200
GET  admin:consultation_project_history              /admin/consultation/project/{project}/history/                               302 302 200 200 200 200
GET  admin:consultation_project_delete               /admin/consultation/project/{project}/delete/                                302 302 403 403 403 403
POST admin:consultation_project_delete               /admin/consultation/project/{project}/delete/                                302 302 403 403 403 403
GET  admin:consultation_project_change               /admin/consultation/project/{project}/change/                                302 302 200 200 200 200
POST admin:consultation_project_change               /admin/consultation/project/{project}/change/                                302 302 403 409 403 409
GET  -                                               /admin/consultation/project/{project}/                                       302 302 302 302 302 302
# consultation/picture
GET  admin:consultation_picture_changelist           /admin/consultation/picture/                                                 302 302 200 200 200 200
GET  admin:consultation_picture_add                  /admin/consultation/picture/add/                                             302 302 403 403 403 403
POST admin:consultation_picture_add                  /admin/consultation/picture/add/                                             302 302 403 403 403 403
GET  admin:consultation_picture_history              /admin/consultation/picture/{home_picture}/history/                          302 302 200 200 200 200
GET  admin:consultation_picture_delete               /admin/consultation/picture/{home_picture}/delete/                           302 302 403 403 403 403
POST admin:consultation_picture_delete               /admin/consultation/picture/{home_picture}/delete/                           302 302 403 403 403 403
GET  admin:consultation_picture_change               /admin/consultation/picture/{home_picture}/change/                           302 302 200 200 200 200
POST admin:consultation_picture_change               /admin/consultation/picture/{home_picture}/change/                           302 302 403 403 403 403
GET  -                                               /admin/consultation/picture/{home_picture}/                                  302 302 302 302 302 302
# consultation/organisation
GET  admin:consultation_organisation_export          /admin/consultation/organisation/export/                                     302 302 405 405 405 405
POST admin:consultation_organisation_export          /admin/consultation/organisation/export/                                     302 302 403 200 403 200
GET  admin:consultation_organisation_contact         /admin/consultation/organisation/{organisation}/contact/                     302 302 200 200 403 200
POST admin:consultation_organisation_contact         /admin/consultation/organisation/{organisation}/contact/                     302 302 422 422 403 422
GET  admin:consultation_organisation_changelist      /admin/consultation/organisation/                                            302 302 200 200 200 200
GET  admin:consultation_organisation_add             /admin/consultation/organisation/add/                                        302 302 403 200 403 200
POST admin:consultation_organisation_add             /admin/consultation/organisation/add/                                        302 302 403 200 403 200
GET  admin:consultation_organisation_history         /admin/consultation/organisation/{organisation}/history/                     302 302 200 200 200 200
GET  admin:consultation_organisation_delete          /admin/consultation/organisation/{organisation}/delete/                      302 302 403 403 403 200
POST admin:consultation_organisation_delete          /admin/consultation/organisation/{organisation}/delete/                      302 302 403 403 403 200
GET  admin:consultation_organisation_change          /admin/consultation/organisation/{organisation}/change/                      302 302 200 200 200 200
POST admin:consultation_organisation_change          /admin/consultation/organisation/{organisation}/change/                      302 302 403 409 403 409
GET  -                                               /admin/consultation/organisation/{organisation}/                             302 302 302 302 302 302
# consultation/subdistrictprofile
GET  admin:consultation_subdistrictprofile_logo      /admin/consultation/subdistrictprofile/{texts}/logo/                         302 302 403 403 403 200
POST admin:consultation_subdistrictprofile_logo      /admin/consultation/subdistrictprofile/{texts}/logo/                         302 302 403 403 403 422
GET  admin:consultation_subdistrictprofile_remove_logo /admin/consultation/subdistrictprofile/{texts}/logo/remove/                302 302 403 403 403 404
POST admin:consultation_subdistrictprofile_remove_logo /admin/consultation/subdistrictprofile/{texts}/logo/remove/                302 302 403 403 403 404
GET  admin:consultation_subdistrictprofile_changelist /admin/consultation/subdistrictprofile/                                     302 302 200 200 200 200
GET  admin:consultation_subdistrictprofile_add       /admin/consultation/subdistrictprofile/add/                                  302 302 403 403 403 200
POST admin:consultation_subdistrictprofile_add       /admin/consultation/subdistrictprofile/add/                                  302 302 403 403 403 200
GET  admin:consultation_subdistrictprofile_history   /admin/consultation/subdistrictprofile/{texts}/history/                      302 302 404 200 200 200
GET  admin:consultation_subdistrictprofile_delete    /admin/consultation/subdistrictprofile/{texts}/delete/                       302 302 403 403 403 200
POST admin:consultation_subdistrictprofile_delete    /admin/consultation/subdistrictprofile/{texts}/delete/                       302 302 403 403 403 200
GET  admin:consultation_subdistrictprofile_change    /admin/consultation/subdistrictprofile/{texts}/change/                       302 302 404 200 200 200
POST admin:consultation_subdistrictprofile_change    /admin/consultation/subdistrictprofile/{texts}/change/                       302 302 403 409 403 409
GET  -                                               /admin/consultation/subdistrictprofile/{texts}/                              302 302 302 302 302 302
# members/liaisoncommittee
GET  admin:members_liaisoncommittee_changelist       /admin/members/liaisoncommittee/                                             302 302 200 200 200 200
GET  admin:members_liaisoncommittee_add              /admin/members/liaisoncommittee/add/                                         302 302 403 403 403 200
POST admin:members_liaisoncommittee_add              /admin/members/liaisoncommittee/add/                                         302 302 403 403 403 200
GET  admin:members_liaisoncommittee_history          /admin/members/liaisoncommittee/{lc}/history/                                302 302 404 200 200 200
GET  admin:members_liaisoncommittee_delete           /admin/members/liaisoncommittee/{lc}/delete/                                 302 302 403 403 403 200
POST admin:members_liaisoncommittee_delete           /admin/members/liaisoncommittee/{lc}/delete/                                 302 302 403 403 403 200
GET  admin:members_liaisoncommittee_change           /admin/members/liaisoncommittee/{lc}/change/                                 302 302 404 200 200 200
POST admin:members_liaisoncommittee_change           /admin/members/liaisoncommittee/{lc}/change/                                 302 302 403 409 403 409
GET  -                                               /admin/members/liaisoncommittee/{lc}/                                        302 302 302 302 302 302
# members/sector
GET  admin:members_sector_changelist                 /admin/members/sector/                                                       302 302 200 200 200 200
GET  admin:members_sector_add                        /admin/members/sector/add/                                                   302 302 403 403 403 200
POST admin:members_sector_add                        /admin/members/sector/add/                                                   302 302 403 403 403 200
GET  admin:members_sector_history                    /admin/members/sector/{sector}/history/                                      302 302 200 200 200 200
GET  admin:members_sector_delete                     /admin/members/sector/{sector}/delete/                                       302 302 403 403 403 200
POST admin:members_sector_delete                     /admin/members/sector/{sector}/delete/                                       302 302 403 403 403 200
GET  admin:members_sector_change                     /admin/members/sector/{sector}/change/                                       302 302 200 200 200 200
POST admin:members_sector_change                     /admin/members/sector/{sector}/change/                                       302 302 403 403 403 409
GET  -                                               /admin/members/sector/{sector}/                                              302 302 302 302 302 302
# members/resourcecategory
GET  admin:members_resourcecategory_changelist       /admin/members/resourcecategory/                                             302 302 200 200 200 200
GET  admin:members_resourcecategory_add              /admin/members/resourcecategory/add/                                         302 302 403 403 403 200
POST admin:members_resourcecategory_add              /admin/members/resourcecategory/add/                                         302 302 403 403 403 200
GET  admin:members_resourcecategory_history          /admin/members/resourcecategory/{kind}/history/                              302 302 200 200 200 200
GET  admin:members_resourcecategory_delete           /admin/members/resourcecategory/{kind}/delete/                               302 302 403 403 403 200
POST admin:members_resourcecategory_delete           /admin/members/resourcecategory/{kind}/delete/                               302 302 403 403 403 200
GET  admin:members_resourcecategory_change           /admin/members/resourcecategory/{kind}/change/                               302 302 200 200 200 200
POST admin:members_resourcecategory_change           /admin/members/resourcecategory/{kind}/change/                               302 302 403 403 403 409
GET  -                                               /admin/members/resourcecategory/{kind}/                                      302 302 302 302 302 302
# members/member
GET  admin:members_member_contact                    /admin/members/member/{person}/contact/                                      302 302 404 200 403 200
POST admin:members_member_contact                    /admin/members/member/{person}/contact/                                      302 302 404 422 403 422
GET  admin:members_member_portrait_file              /admin/members/member/{person}/portrait.jpg                                  302 302 404 200 200 200
GET  admin:members_member_portrait                   /admin/members/member/{person}/portrait/                                     302 302 403 200 403 200
POST admin:members_member_portrait                   /admin/members/member/{person}/portrait/                                     302 302 403 422 403 422
GET  admin:members_member_remove_portrait            /admin/members/member/{person}/portrait/remove/                              302 302 403 200 403 200
POST admin:members_member_remove_portrait            /admin/members/member/{person}/portrait/remove/                              302 302 403 302 403 302
GET  admin:members_member_changelist                 /admin/members/member/                                                       302 302 200 200 200 200
GET  admin:members_member_add                        /admin/members/member/add/                                                   302 302 403 200 403 200
POST admin:members_member_add                        /admin/members/member/add/                                                   302 302 403 200 403 200
GET  admin:members_member_history                    /admin/members/member/{person}/history/                                      302 302 404 200 200 200
GET  admin:members_member_delete                     /admin/members/member/{person}/delete/                                       302 302 403 403 403 200
POST admin:members_member_delete                     /admin/members/member/{person}/delete/                                       302 302 403 403 403 200
GET  admin:members_member_change                     /admin/members/member/{person}/change/                                       302 302 404 200 200 200
POST admin:members_member_change                     /admin/members/member/{person}/change/                                       302 302 403 409 403 409
GET  -                                               /admin/members/member/{person}/                                              302 302 302 302 302 302
# members/resource
GET  admin:members_reception_changelist              /admin/members/reception/                                                    302 302 200 200 200 200
GET  admin:members_reception_cancel                  /admin/members/reception/{reception}/cancel/                                 302 302 403 200 403 200
POST admin:members_reception_cancel                  /admin/members/reception/{reception}/cancel/                                 302 302 403 422 403 422
GET  admin:members_reception_reveal                  /admin/members/reception/{reception}/turns/2/reveal/                         302 302 404 200 403 200
POST admin:members_reception_reveal                  /admin/members/reception/{reception}/turns/2/reveal/                         302 302 404 422 403 422
GET  admin:members_reception_add                     /admin/members/reception/add/                                                302 302 403 200 403 200
POST admin:members_reception_add                     /admin/members/reception/add/                                                302 302 403 422 403 422
GET  admin:members_reception_history                 /admin/members/reception/{reception}/history/                                302 302 200 200 200 200
GET  admin:members_reception_delete                  /admin/members/reception/{reception}/delete/                                 302 302 403 403 403 403
POST admin:members_reception_delete                  /admin/members/reception/{reception}/delete/                                 302 302 403 403 403 403
GET  admin:members_reception_change                  /admin/members/reception/{reception}/change/                                 302 302 200 200 200 200
POST admin:members_reception_change                  /admin/members/reception/{reception}/change/                                 302 302 403 403 403 403
GET  admin:members_resource_changelist               /admin/members/resource/                                                     302 302 200 200 200 200
GET  admin:members_resource_edit                     /admin/members/resource/{resource}/edit/                                     302 302 403 200 403 200
POST admin:members_resource_edit                     /admin/members/resource/{resource}/edit/                                     302 302 403 422 403 422
GET  admin:members_resource_move                     /admin/members/resource/{resource}/move/paused/                              302 302 403 200 403 200
POST admin:members_resource_move                     /admin/members/resource/{resource}/move/paused/                              302 302 403 422 403 422
GET  admin:members_resource_move                     /admin/members/resource/{own_resource}/move/paused/                          302 302 404 200 403 200
POST admin:members_resource_move                     /admin/members/resource/{own_resource}/move/paused/                          302 302 404 422 403 422
GET  admin:members_resource_add                      /admin/members/resource/add/                                                 302 302 403 200 403 200
POST admin:members_resource_add                      /admin/members/resource/add/                                                 302 302 403 422 403 422
GET  admin:members_resource_history                  /admin/members/resource/{resource}/history/                                  302 302 200 200 200 200
GET  admin:members_resource_delete                   /admin/members/resource/{resource}/delete/                                   302 302 403 403 403 403
POST admin:members_resource_delete                   /admin/members/resource/{resource}/delete/                                   302 302 403 403 403 403
GET  admin:members_resource_change                   /admin/members/resource/{resource}/change/                                   302 302 200 200 200 200
POST admin:members_resource_change                   /admin/members/resource/{resource}/change/                                   302 302 403 403 403 403
GET  -                                               /admin/members/reception/{reception}/                                        302 302 302 302 302 302
GET  -                                               /admin/members/resource/{resource}/                                          302 302 302 302 302 302
# members/dutyrecord
GET  admin:members_dutyrecord_add                    /admin/members/dutyrecord/add/                                               302 302 403 200 403 200
POST admin:members_dutyrecord_add                    /admin/members/dutyrecord/add/                                               302 302 403 422 403 422
GET  admin:members_dutyrecord_confirm                /admin/members/dutyrecord/confirm/                                           302 302 403 302 403 302
POST admin:members_dutyrecord_confirm                /admin/members/dutyrecord/confirm/                                           302 302 403 302 403 302
GET  admin:members_dutyrecord_move                   /admin/members/dutyrecord/{duty}/move/confirmed/                             302 302 404 200 403 200
POST admin:members_dutyrecord_move                   /admin/members/dutyrecord/{duty}/move/confirmed/                             302 302 404 422 403 422
GET  admin:members_dutyrecord_correct                /admin/members/dutyrecord/{confirmed}/correct/                               302 302 403 200 403 200
POST admin:members_dutyrecord_correct                /admin/members/dutyrecord/{confirmed}/correct/                               302 302 403 422 403 422
GET  admin:members_dutyrecord_photo                  /admin/members/dutyrecord/{duty}/photos/{duty_photo}.jpg                     302 302 404 200 200 200
GET  admin:members_dutyrecord_sheet                  /admin/members/dutyrecord/member/{person}/{year}/sheet/                      302 302 404 200 200 200
GET  admin:members_dutyrecord_export                 /admin/members/dutyrecord/member/{person}/{year}.xlsx                        302 302 405 405 405 405
POST admin:members_dutyrecord_export                 /admin/members/dutyrecord/member/{person}/{year}.xlsx                        302 302 403 200 403 200
GET  admin:members_dutyrecord_changelist             /admin/members/dutyrecord/                                                   302 302 200 200 200 200
GET  admin:members_dutyrecord_history                /admin/members/dutyrecord/{duty}/history/                                    302 302 404 200 200 200
GET  admin:members_dutyrecord_delete                 /admin/members/dutyrecord/{duty}/delete/                                     302 302 403 403 403 403
POST admin:members_dutyrecord_delete                 /admin/members/dutyrecord/{duty}/delete/                                     302 302 403 403 403 403
GET  admin:members_dutyrecord_change                 /admin/members/dutyrecord/{duty}/change/                                     302 302 404 200 200 200
POST admin:members_dutyrecord_change                 /admin/members/dutyrecord/{duty}/change/                                     302 302 403 403 403 403
GET  -                                               /admin/members/dutyrecord/{duty}/                                            302 302 302 302 302 302
# members/profilechange
GET  admin:members_profilechange_add                 /admin/members/profilechange/add/                                            302 302 403 403 403 403
POST admin:members_profilechange_add                 /admin/members/profilechange/add/                                            302 302 403 403 403 403
GET  admin:members_profilechange_move                /admin/members/profilechange/{profile}/move/approved/                        302 302 404 200 403 200
POST admin:members_profilechange_move                /admin/members/profilechange/{profile}/move/approved/                        302 302 404 422 403 422
GET  admin:members_profilechange_portrait            /admin/members/profilechange/{profile}/portrait.jpg                          302 302 404 200 200 200
GET  admin:members_profilechange_contact             /admin/members/profilechange/{profile}/contact/                              302 302 404 200 403 200
POST admin:members_profilechange_contact             /admin/members/profilechange/{profile}/contact/                              302 302 404 422 403 422
GET  admin:members_profilechange_changelist          /admin/members/profilechange/                                                302 302 200 200 200 200
GET  admin:members_profilechange_history             /admin/members/profilechange/{profile}/history/                              302 302 404 200 200 200
GET  admin:members_profilechange_delete              /admin/members/profilechange/{profile}/delete/                               302 302 403 403 403 403
POST admin:members_profilechange_delete              /admin/members/profilechange/{profile}/delete/                               302 302 403 403 403 403
GET  admin:members_profilechange_change              /admin/members/profilechange/{profile}/change/                               302 302 404 200 200 200
POST admin:members_profilechange_change              /admin/members/profilechange/{profile}/change/                               302 302 403 403 403 403
GET  -                                               /admin/members/profilechange/{profile}/                                      302 302 302 302 302 302
# members/attendance
GET  admin:members_attendance_changelist             /admin/members/attendance/                                                   302 302 200 200 200 200
GET  admin:members_attendance_add                    /admin/members/attendance/add/                                               302 302 403 403 403 403
POST admin:members_attendance_add                    /admin/members/attendance/add/                                               302 302 403 403 403 403
GET  admin:members_attendance_history                /admin/members/attendance/{attendance}/history/                              302 302 200 200 200 200
GET  admin:members_attendance_delete                 /admin/members/attendance/{attendance}/delete/                               302 302 403 403 403 403
POST admin:members_attendance_delete                 /admin/members/attendance/{attendance}/delete/                               302 302 403 403 403 403
GET  admin:members_attendance_change                 /admin/members/attendance/{attendance}/change/                               302 302 200 200 200 200
POST admin:members_attendance_change                 /admin/members/attendance/{attendance}/change/                               302 302 403 403 403 403
GET  -                                               /admin/members/attendance/{attendance}/                                      302 302 302 302 302 302
# members/studymark
GET  admin:members_studymark_changelist              /admin/members/studymark/                                                    302 302 200 200 200 200
GET  admin:members_studymark_add                     /admin/members/studymark/add/                                                302 302 403 403 403 403
POST admin:members_studymark_add                     /admin/members/studymark/add/                                                302 302 403 403 403 403
GET  admin:members_studymark_history                 /admin/members/studymark/{mark}/history/                                     302 302 404 200 200 200
GET  admin:members_studymark_delete                  /admin/members/studymark/{mark}/delete/                                      302 302 403 403 403 403
POST admin:members_studymark_delete                  /admin/members/studymark/{mark}/delete/                                      302 302 403 403 403 403
GET  admin:members_studymark_change                  /admin/members/studymark/{mark}/change/                                      302 302 404 200 200 200
POST admin:members_studymark_change                  /admin/members/studymark/{mark}/change/                                      302 302 403 403 403 403
GET  -                                               /admin/members/studymark/{mark}/                                             302 302 302 302 302 302
# demands/demand
GET  admin:demands_demand_add                        /admin/demands/demand/add/                                                   302 302 200 200 403 200
POST admin:demands_demand_add                        /admin/demands/demand/add/                                                   302 302 422 422 403 422
GET  admin:demands_demand_intake_earlier             /admin/demands/demand/add/earlier/                                           302 302 405 405 405 405
POST admin:demands_demand_intake_earlier             /admin/demands/demand/add/earlier/                                           302 302 200 200 403 200
GET  admin:demands_demand_intake_similar             /admin/demands/demand/add/similar/                                           302 302 405 405 405 405
POST admin:demands_demand_intake_similar             /admin/demands/demand/add/similar/                                           302 302 200 200 403 200
GET  admin:demands_demand_move                       /admin/demands/demand/{demand}/move/reopened/                                302 302 302 200 302 200
POST admin:demands_demand_move                       /admin/demands/demand/{demand}/move/reopened/                                302 302 302 422 302 422
GET  admin:demands_demand_answer                     /admin/demands/demand/{demand}/answer/                                       302 302 200 200 403 200
POST admin:demands_demand_answer                     /admin/demands/demand/{demand}/answer/                                       302 302 422 422 403 422
GET  admin:demands_demand_combined                   /admin/demands/demand/{demand}/combined/                                     302 302 302 302 403 302
POST admin:demands_demand_combined                   /admin/demands/demand/{demand}/combined/                                     302 302 422 422 403 422
GET  admin:demands_demand_note                       /admin/demands/demand/{demand}/note/                                         302 302 200 200 403 200
POST admin:demands_demand_note                       /admin/demands/demand/{demand}/note/                                         302 302 422 422 403 422
GET  admin:demands_demand_assign                     /admin/demands/demand/{demand}/assign/                                       302 302 403 200 403 200
POST admin:demands_demand_assign                     /admin/demands/demand/{demand}/assign/                                       302 302 403 422 403 422
GET  admin:demands_demand_take                       /admin/demands/demand/{demand}/take/                                         302 302 403 302 403 302
POST admin:demands_demand_take                       /admin/demands/demand/{demand}/take/                                         302 302 403 302 403 302
GET  admin:demands_demand_mark_urgent                /admin/demands/demand/{demand}/mark-urgent/                                  302 302 302 302 403 302
POST admin:demands_demand_mark_urgent                /admin/demands/demand/{demand}/mark-urgent/                                  302 302 302 302 403 302
GET  admin:demands_demand_dismiss_urgent             /admin/demands/demand/{demand}/dismiss-urgent/                               302 302 302 302 403 302
POST admin:demands_demand_dismiss_urgent             /admin/demands/demand/{demand}/dismiss-urgent/                               302 302 302 302 403 302
GET  admin:demands_demand_again                      /admin/demands/demand/{demand}/again/                                        302 302 403 200 403 200
POST admin:demands_demand_again                      /admin/demands/demand/{demand}/again/                                        302 302 403 422 403 422
GET  admin:demands_demand_reclassify                 /admin/demands/demand/{demand}/reclassify/                                   302 302 403 200 403 200
POST admin:demands_demand_reclassify                 /admin/demands/demand/{demand}/reclassify/                                   302 302 403 422 403 422
GET  admin:demands_demand_set_unit                   /admin/demands/demand/{demand}/set-unit/                                     302 302 403 200 403 200
POST admin:demands_demand_set_unit                   /admin/demands/demand/{demand}/set-unit/                                     302 302 403 422 403 422
GET  admin:demands_demand_publish                    /admin/demands/demand/{demand}/publish/                                      302 302 403 200 403 200
POST admin:demands_demand_publish                    /admin/demands/demand/{demand}/publish/                                      302 302 403 422 403 422
GET  admin:demands_demand_unpublish                  /admin/demands/demand/{demand}/unpublish/                                    302 302 403 200 403 200
POST admin:demands_demand_unpublish                  /admin/demands/demand/{demand}/unpublish/                                    302 302 403 422 403 422
GET  admin:demands_demand_board                      /admin/demands/demand/board/                                                 302 302 200 200 200 200
GET  admin:demands_demand_papers                     /admin/demands/demand/{demand}/papers/                                       302 302 200 200 200 200
GET  admin:demands_demand_paper                      /admin/demands/demand/{demand}/papers/reply/                                 302 302 200 200 200 200
GET  admin:demands_demand_paper_word                 /admin/demands/demand/{demand}/papers/reply.docx                             302 302 200 200 200 200
GET  admin:demands_demand_uncovered_paper            /admin/demands/demand/{demand}/papers/reply/reveal/                          302 302 200 200 403 200
POST admin:demands_demand_uncovered_paper            /admin/demands/demand/{demand}/papers/reply/reveal/                          302 302 422 422 403 422
GET  admin:demands_demand_reveal                     /admin/demands/demand/{demand}/reveal/                                       302 302 200 200 403 200
POST admin:demands_demand_reveal                     /admin/demands/demand/{demand}/reveal/                                       302 302 422 422 403 422
GET  admin:demands_demand_erase                      /admin/demands/demand/{demand}/erase/                                        302 302 403 200 403 200
POST admin:demands_demand_erase                      /admin/demands/demand/{demand}/erase/                                        302 302 403 422 403 422
GET  admin:demands_demand_review_photo               /admin/demands/demand/{demand}/photos/{photo}/                               302 302 403 302 403 302
POST admin:demands_demand_review_photo               /admin/demands/demand/{demand}/photos/{photo}/                               302 302 403 302 403 302
GET  admin:demands_demand_photo                      /admin/demands/demand/{demand}/photos/{photo}.jpg                            302 302 200 200 200 200
GET  admin:demands_demand_changelist                 /admin/demands/demand/                                                       302 302 200 200 200 200
GET  admin:demands_demand_history                    /admin/demands/demand/{demand}/history/                                      302 302 200 200 200 200
GET  admin:demands_demand_delete                     /admin/demands/demand/{demand}/delete/                                       302 302 403 403 403 403
POST admin:demands_demand_delete                     /admin/demands/demand/{demand}/delete/                                       302 302 403 403 403 403
GET  admin:demands_demand_change                     /admin/demands/demand/{demand}/change/                                       302 302 200 200 200 200
POST admin:demands_demand_change                     /admin/demands/demand/{demand}/change/                                       302 302 403 403 403 403
GET  admin:demands_demand_bundle                     /admin/demands/demand/bundle/                                                302 302 403 404 403 404
POST admin:demands_demand_bundle                     /admin/demands/demand/bundle/                                                302 302 403 404 403 404
GET  admin:demands_demand_link_item                  /admin/demands/demand/{demand}/link-item/                                    302 302 403 200 403 200
POST admin:demands_demand_link_item                  /admin/demands/demand/{demand}/link-item/                                    302 302 403 422 403 422
GET  admin:demands_demand_unlink_item                /admin/demands/demand/{demand}/link-item/{item_link}/remove/                 302 302 403 200 403 200
POST admin:demands_demand_unlink_item                /admin/demands/demand/{demand}/link-item/{item_link}/remove/                 302 302 403 422 403 422
GET  admin:demands_demand_link_agreement             /admin/demands/demand/{demand}/link-agreement/                               302 302 403 200 403 200
POST admin:demands_demand_link_agreement             /admin/demands/demand/{demand}/link-agreement/                               302 302 403 422 403 422
GET  admin:demands_demand_unlink_agreement           /admin/demands/demand/{demand}/link-agreement/{agreement_link}/remove/       302 302 403 200 403 200
POST admin:demands_demand_unlink_agreement           /admin/demands/demand/{demand}/link-agreement/{agreement_link}/remove/       302 302 403 422 403 422
GET  admin:demands_demand_dispatch                   /admin/demands/demand/{demand}/dispatch/                                     302 302 403 200 403 200
POST admin:demands_demand_dispatch                   /admin/demands/demand/{demand}/dispatch/                                     302 302 403 422 403 422
GET  admin:demands_demand_open                       /admin/demands/demand/{demand}/open/                                         302 302 403 200 403 200
POST admin:demands_demand_open                       /admin/demands/demand/{demand}/open/                                         302 302 403 422 403 422
GET  admin:demands_demand_suggest                    /admin/demands/demand/{demand}/suggest/                                      302 302 200 200 200 200
GET  admin:demands_demand_pause                      /admin/demands/demand/{demand}/pause/                                        302 302 403 200 403 200
POST admin:demands_demand_pause                      /admin/demands/demand/{demand}/pause/                                        302 302 403 422 403 422
GET  admin:demands_demand_resume                     /admin/demands/demand/{demand}/resume/                                       302 302 403 200 403 200
POST admin:demands_demand_resume                     /admin/demands/demand/{demand}/resume/                                       302 302 403 422 403 422
GET  admin:demands_demand_extend                     /admin/demands/demand/{demand}/extend/                                       302 302 403 200 403 200
POST admin:demands_demand_extend                     /admin/demands/demand/{demand}/extend/                                       302 302 403 422 403 422
GET  admin:demands_demand_ask_office                 /admin/demands/demand/{demand}/ask-office/                                   302 302 403 200 403 200
POST admin:demands_demand_ask_office                 /admin/demands/demand/{demand}/ask-office/                                   302 302 403 422 403 422
GET  admin:demands_demand_pass_on                    /admin/demands/demand/{demand}/offices/{answered}/pass-on/                   302 302 403 200 403 200
POST admin:demands_demand_pass_on                    /admin/demands/demand/{demand}/offices/{answered}/pass-on/                   302 302 403 422 403 422
GET  admin:demands_demand_set_aside                  /admin/demands/demand/{demand}/offices/{answered}/set-aside/                 302 302 403 302 403 302
POST admin:demands_demand_set_aside                  /admin/demands/demand/{demand}/offices/{answered}/set-aside/                 302 302 403 302 403 302
GET  admin:demands_demand_revoke_office              /admin/demands/demand/{demand}/offices/{answered}/revoke/                    302 302 403 302 403 302
POST admin:demands_demand_revoke_office              /admin/demands/demand/{demand}/offices/{answered}/revoke/                    302 302 403 302 403 302
GET  admin:demands_demand_bulk                       /admin/demands/demand/bulk/accept/?demand={demand}                           302 302 200 200 403 200
POST admin:demands_demand_bulk                       /admin/demands/demand/bulk/accept/?demand={demand}                           302 302 422 422 403 422
GET  admin:demands_demand_bulk                       /admin/demands/demand/bulk/assign/?demand={demand}                           302 302 403 200 403 200
POST admin:demands_demand_bulk                       /admin/demands/demand/bulk/assign/?demand={demand}                           302 302 403 422 403 422
GET  admin:demands_demand_bulk                       /admin/demands/demand/bulk/reclassify/?demand={demand}                       302 302 403 200 403 200
POST admin:demands_demand_bulk                       /admin/demands/demand/bulk/reclassify/?demand={demand}                       302 302 403 422 403 422
GET  admin:demands_demand_bulk                       /admin/demands/demand/bulk/answer/?demand={demand}                           302 302 200 200 403 200
POST admin:demands_demand_bulk                       /admin/demands/demand/bulk/answer/?demand={demand}                           302 302 422 422 403 422
GET  admin:demands_demand_bulk                       /admin/demands/demand/bulk/publish/?demand={demand}                          302 302 403 200 403 200
POST admin:demands_demand_bulk                       /admin/demands/demand/bulk/publish/?demand={demand}                          302 302 403 422 403 422
GET  admin:demands_demand_pick                       /admin/demands/demand/pick/?q=x                                              302 302 200 200 200 200
POST admin:demands_demand_pick                       /admin/demands/demand/pick/                                                  302 302 405 405 405 405
GET  admin:demands_demand_filters                    /admin/demands/demand/filters/                                               302 302 200 200 200 200
POST admin:demands_demand_filters                    /admin/demands/demand/filters/                                               302 302 200 200 200 200
GET  admin:demands_demand_keep_filter                /admin/demands/demand/filters/keep/?queue=open                               302 302 200 200 200 200
POST admin:demands_demand_keep_filter                /admin/demands/demand/filters/keep/?queue=open                               302 302 422 422 422 422
GET  admin:demands_demand_rename_filter              /admin/demands/demand/filters/{filter}/rename/                               302 302 404 200 404 200
POST admin:demands_demand_rename_filter              /admin/demands/demand/filters/{filter}/rename/                               302 302 404 422 404 422
GET  admin:demands_demand_remove_filter              /admin/demands/demand/filters/{filter}/remove/                               302 302 404 302 404 302
POST admin:demands_demand_remove_filter              /admin/demands/demand/filters/{filter}/remove/                               302 302 404 302 404 302
GET  admin:demands_demand_import                     /admin/demands/demand/import/                                                302 302 403 200 403 200
POST admin:demands_demand_import                     /admin/demands/demand/import/                                                302 302 403 422 403 422
GET  admin:demands_demand_import_template            /admin/demands/demand/import/template.xlsx                                   302 302 403 200 403 200
POST admin:demands_demand_import_template            /admin/demands/demand/import/template.xlsx                                   302 302 403 200 403 200
GET  admin:demands_demand_import_batch               /admin/demands/demand/import/{batch}/                                        302 302 403 404 403 200
POST admin:demands_demand_import_batch               /admin/demands/demand/import/{batch}/                                        302 302 403 404 403 200
GET  admin:demands_demand_import_confirm             /admin/demands/demand/import/{batch}/confirm/                                302 302 405 405 405 405
POST admin:demands_demand_import_confirm             /admin/demands/demand/import/{batch}/confirm/                                302 302 403 404 403 302
GET  admin:demands_demand_import_drop                /admin/demands/demand/import/{batch}/drop/                                   302 302 405 405 405 405
POST admin:demands_demand_import_drop                /admin/demands/demand/import/{batch}/drop/                                   302 302 403 404 403 302
GET  admin:demands_demand_import_report              /admin/demands/demand/import/{batch}/report.xlsx                             302 302 403 404 403 200
POST admin:demands_demand_import_report              /admin/demands/demand/import/{batch}/report.xlsx                             302 302 403 404 403 200
GET  admin:demands_demand_import_row                 /admin/demands/demand/import/{batch}/rows/{number}/                          302 302 403 404 403 302
POST admin:demands_demand_import_row                 /admin/demands/demand/import/{batch}/rows/{number}/                          302 302 403 404 403 302
GET  admin:demands_demand_import_undo                /admin/demands/demand/import/{batch}/undo/                                   302 302 403 404 403 200
POST admin:demands_demand_import_undo                /admin/demands/demand/import/{batch}/undo/                                   302 302 403 404 403 422
GET  admin:demands_demand_export                     /admin/demands/demand/export/                                                302 302 403 200 403 200
POST admin:demands_demand_export                     /admin/demands/demand/export/                                                302 302 403 422 403 422
GET  -                                               /admin/demands/demand/{demand}/                                              302 302 302 302 302 302
# demands/dispatch
GET  admin:demands_dispatch_accept                   /admin/demands/dispatch/{offered}/accept/                                    302 302 403 200 403 200
POST admin:demands_dispatch_accept                   /admin/demands/dispatch/{offered}/accept/                                    302 302 403 422 403 422
GET  admin:demands_dispatch_cancel                   /admin/demands/dispatch/{taken}/cancel/                                      302 302 403 200 403 200
POST admin:demands_dispatch_cancel                   /admin/demands/dispatch/{taken}/cancel/                                      302 302 403 422 403 422
GET  admin:demands_dispatch_complete                 /admin/demands/dispatch/{taken}/complete/                                    302 302 403 200 403 200
POST admin:demands_dispatch_complete                 /admin/demands/dispatch/{taken}/complete/                                    302 302 403 422 403 422
GET  admin:demands_dispatch_reassign                 /admin/demands/dispatch/{offered}/reassign/                                  302 302 403 200 403 200
POST admin:demands_dispatch_reassign                 /admin/demands/dispatch/{offered}/reassign/                                  302 302 403 422 403 422
GET  admin:demands_dispatch_changelist               /admin/demands/dispatch/                                                     302 302 200 200 200 200
GET  admin:demands_dispatch_add                      /admin/demands/dispatch/add/                                                 302 302 403 403 403 403
POST admin:demands_dispatch_add                      /admin/demands/dispatch/add/                                                 302 302 403 403 403 403
GET  admin:demands_dispatch_history                  /admin/demands/dispatch/{taken}/history/                                     302 302 200 200 200 200
GET  admin:demands_dispatch_delete                   /admin/demands/dispatch/{taken}/delete/                                      302 302 403 403 403 403
POST admin:demands_dispatch_delete                   /admin/demands/dispatch/{taken}/delete/                                      302 302 403 403 403 403
GET  admin:demands_dispatch_change                   /admin/demands/dispatch/{taken}/change/                                      302 302 302 302 302 302
POST admin:demands_dispatch_change                   /admin/demands/dispatch/{taken}/change/                                      302 302 403 403 403 403
GET  -                                               /admin/demands/dispatch/{taken}/                                             302 302 302 302 302 302
# demands/proposal
GET  admin:demands_proposal_edit                     /admin/demands/proposal/{proposal}/edit/                                     302 302 403 200 403 200
POST admin:demands_proposal_edit                     /admin/demands/proposal/{proposal}/edit/                                     302 302 403 422 403 422
GET  admin:demands_proposal_set_author               /admin/demands/proposal/{proposal}/set-author/                               302 302 403 200 403 200
POST admin:demands_proposal_set_author               /admin/demands/proposal/{proposal}/set-author/                               302 302 403 422 403 422
GET  admin:demands_proposal_add_demands              /admin/demands/proposal/{proposal}/add-demands/                              302 302 403 200 403 200
POST admin:demands_proposal_add_demands              /admin/demands/proposal/{proposal}/add-demands/                              302 302 403 422 403 422
GET  admin:demands_proposal_remove_demand            /admin/demands/proposal/{proposal}/demands/{demand}/remove/                  302 302 403 302 403 302
POST admin:demands_proposal_remove_demand            /admin/demands/proposal/{proposal}/demands/{demand}/remove/                  302 302 403 302 403 302
GET  admin:demands_proposal_correct                  /admin/demands/proposal/{filed}/correct/                                     302 302 403 200 403 200
POST admin:demands_proposal_correct                  /admin/demands/proposal/{filed}/correct/                                     302 302 403 422 403 422
GET  admin:demands_proposal_draft                    /admin/demands/proposal/draft/                                               302 302 403 404 403 404
POST admin:demands_proposal_draft                    /admin/demands/proposal/draft/                                               302 302 403 404 403 404
GET  admin:demands_proposal_join                     /admin/demands/proposal/join/                                                302 302 403 404 403 404
POST admin:demands_proposal_join                     /admin/demands/proposal/join/                                                302 302 403 404 403 404
GET  admin:demands_proposal_recurring                /admin/demands/proposal/recurring/                                           302 302 403 200 403 200
POST admin:demands_proposal_recurring                /admin/demands/proposal/recurring/                                           302 302 405 405 405 405
GET  admin:demands_proposal_paper                    /admin/demands/proposal/{proposal}/paper/                                    302 302 200 200 200 200
POST admin:demands_proposal_paper                    /admin/demands/proposal/{proposal}/paper/                                    302 302 405 405 405 405
GET  admin:demands_proposal_paper_word               /admin/demands/proposal/{proposal}/paper.docx                                302 302 200 200 200 200
POST admin:demands_proposal_paper_word               /admin/demands/proposal/{proposal}/paper.docx                                302 302 405 405 405 405
GET  admin:demands_proposal_move                     /admin/demands/proposal/{proposal}/move/submitted/                           302 302 302 200 302 200
POST admin:demands_proposal_move                     /admin/demands/proposal/{proposal}/move/submitted/                           302 302 302 422 302 422
GET  admin:demands_proposal_changelist               /admin/demands/proposal/                                                     302 302 200 200 200 200
GET  admin:demands_proposal_add                      /admin/demands/proposal/add/                                                 302 302 403 403 403 403
POST admin:demands_proposal_add                      /admin/demands/proposal/add/                                                 302 302 403 403 403 403
GET  admin:demands_proposal_history                  /admin/demands/proposal/{proposal}/history/                                  302 302 200 200 200 200
GET  admin:demands_proposal_delete                   /admin/demands/proposal/{proposal}/delete/                                   302 302 403 403 403 403
POST admin:demands_proposal_delete                   /admin/demands/proposal/{proposal}/delete/                                   302 302 403 403 403 403
GET  admin:demands_proposal_change                   /admin/demands/proposal/{proposal}/change/                                   302 302 200 200 200 200
POST admin:demands_proposal_change                   /admin/demands/proposal/{proposal}/change/                                   302 302 403 403 403 403
GET  -                                               /admin/demands/proposal/{proposal}/                                          302 302 302 302 302 302
# demands/category
GET  admin:demands_category_changelist               /admin/demands/category/                                                     302 302 200 200 200 200
GET  admin:demands_category_add                      /admin/demands/category/add/                                                 302 302 403 403 403 200
POST admin:demands_category_add                      /admin/demands/category/add/                                                 302 302 403 403 403 200
GET  admin:demands_category_history                  /admin/demands/category/{category}/history/                                  302 302 200 200 200 200
GET  admin:demands_category_delete                   /admin/demands/category/{category}/delete/                                   302 302 403 403 403 200
POST admin:demands_category_delete                   /admin/demands/category/{category}/delete/                                   302 302 403 403 403 200
GET  admin:demands_category_change                   /admin/demands/category/{category}/change/                                   302 302 200 200 200 200
POST admin:demands_category_change                   /admin/demands/category/{category}/change/                                   302 302 403 403 403 409
GET  -                                               /admin/demands/category/{category}/                                          302 302 302 302 302 302
# demands/standardreply
GET  admin:demands_standardreply_changelist          /admin/demands/standardreply/                                                302 302 200 200 200 200
GET  admin:demands_standardreply_add                 /admin/demands/standardreply/add/                                            302 302 403 200 403 200
POST admin:demands_standardreply_add                 /admin/demands/standardreply/add/                                            302 302 403 200 403 200
GET  admin:demands_standardreply_history             /admin/demands/standardreply/{reply}/history/                                302 302 200 200 200 200
GET  admin:demands_standardreply_delete              /admin/demands/standardreply/{reply}/delete/                                 302 302 403 403 403 200
POST admin:demands_standardreply_delete              /admin/demands/standardreply/{reply}/delete/                                 302 302 403 403 403 200
GET  admin:demands_standardreply_change              /admin/demands/standardreply/{reply}/change/                                 302 302 200 200 200 200
POST admin:demands_standardreply_change              /admin/demands/standardreply/{reply}/change/                                 302 302 403 403 403 409
GET  -                                               /admin/demands/standardreply/{reply}/                                        302 302 302 302 302 302
# demands/macro
GET  admin:demands_macro_changelist                  /admin/demands/macro/                                                        302 302 200 200 200 200
GET  admin:demands_macro_add                         /admin/demands/macro/add/                                                    302 302 200 200 403 200
POST admin:demands_macro_add                         /admin/demands/macro/add/                                                    302 302 200 200 403 200
GET  admin:demands_macro_history                     /admin/demands/macro/{macro}/history/                                        302 302 200 200 200 200
GET  admin:demands_macro_delete                      /admin/demands/macro/{macro}/delete/                                         302 302 403 403 403 200
POST admin:demands_macro_delete                      /admin/demands/macro/{macro}/delete/                                         302 302 403 403 403 200
GET  admin:demands_macro_change                      /admin/demands/macro/{macro}/change/                                         302 302 200 200 200 200
POST admin:demands_macro_change                      /admin/demands/macro/{macro}/change/                                         302 302 403 403 403 409
GET  -                                               /admin/demands/macro/{macro}/                                                302 302 302 302 302 302
# demands/dangerword
GET  admin:demands_dangerword_changelist             /admin/demands/dangerword/                                                   302 302 200 200 200 200
GET  admin:demands_dangerword_add                    /admin/demands/dangerword/add/                                               302 302 403 200 403 200
POST admin:demands_dangerword_add                    /admin/demands/dangerword/add/                                               302 302 403 200 403 200
GET  admin:demands_dangerword_history                /admin/demands/dangerword/{danger}/history/                                  302 302 200 200 200 200
GET  admin:demands_dangerword_delete                 /admin/demands/dangerword/{danger}/delete/                                   302 302 403 200 403 200
POST admin:demands_dangerword_delete                 /admin/demands/dangerword/{danger}/delete/                                   302 302 403 200 403 200
GET  admin:demands_dangerword_change                 /admin/demands/dangerword/{danger}/change/                                   302 302 200 200 200 200
POST admin:demands_dangerword_change                 /admin/demands/dangerword/{danger}/change/                                   302 302 403 409 403 409
GET  -                                               /admin/demands/dangerword/{danger}/                                          302 302 302 302 302 302
# demands/unit
GET  admin:demands_unit_changelist                   /admin/demands/unit/                                                         302 302 200 200 200 200
GET  admin:demands_unit_add                          /admin/demands/unit/add/                                                     302 302 403 200 403 200
POST admin:demands_unit_add                          /admin/demands/unit/add/                                                     302 302 403 200 403 200
GET  admin:demands_unit_history                      /admin/demands/unit/{unit}/history/                                          302 302 200 200 200 200
GET  admin:demands_unit_delete                       /admin/demands/unit/{unit}/delete/                                           302 302 403 403 403 200
POST admin:demands_unit_delete                       /admin/demands/unit/{unit}/delete/                                           302 302 403 403 403 200
GET  admin:demands_unit_change                       /admin/demands/unit/{unit}/change/                                           302 302 200 200 200 200
POST admin:demands_unit_change                       /admin/demands/unit/{unit}/change/                                           302 302 403 403 403 409
GET  -                                               /admin/demands/unit/{unit}/                                                  302 302 302 302 302 302
# demands/officerequest
GET  admin:demands_officerequest_changelist          /admin/demands/officerequest/                                                302 302 200 200 200 200
GET  admin:demands_officerequest_add                 /admin/demands/officerequest/add/                                            302 302 403 403 403 403
POST admin:demands_officerequest_add                 /admin/demands/officerequest/add/                                            302 302 403 403 403 403
GET  admin:demands_officerequest_history             /admin/demands/officerequest/{answered}/history/                             302 302 200 200 200 200
GET  admin:demands_officerequest_delete              /admin/demands/officerequest/{answered}/delete/                              302 302 403 403 403 403
POST admin:demands_officerequest_delete              /admin/demands/officerequest/{answered}/delete/                              302 302 403 403 403 403
GET  admin:demands_officerequest_change              /admin/demands/officerequest/{answered}/change/                              302 302 200 200 200 200
POST admin:demands_officerequest_change              /admin/demands/officerequest/{answered}/change/                              302 302 403 403 403 403
GET  -                                               /admin/demands/officerequest/{answered}/                                     302 302 302 302 302 302
# demands/synonym
GET  admin:demands_synonym_changelist                /admin/demands/synonym/                                                      302 302 200 200 200 200
GET  admin:demands_synonym_add                       /admin/demands/synonym/add/                                                  302 302 403 403 403 200
POST admin:demands_synonym_add                       /admin/demands/synonym/add/                                                  302 302 403 403 403 200
GET  admin:demands_synonym_history                   /admin/demands/synonym/{synonym}/history/                                    302 302 200 200 200 200
GET  admin:demands_synonym_delete                    /admin/demands/synonym/{synonym}/delete/                                     302 302 403 403 403 200
POST admin:demands_synonym_delete                    /admin/demands/synonym/{synonym}/delete/                                     302 302 403 403 403 200
GET  admin:demands_synonym_change                    /admin/demands/synonym/{synonym}/change/                                     302 302 200 200 200 200
POST admin:demands_synonym_change                    /admin/demands/synonym/{synonym}/change/                                     302 302 403 403 403 409
GET  -                                               /admin/demands/synonym/{synonym}/                                            302 302 302 302 302 302
GET  admin:demands_synonym_import                    /admin/demands/synonym/import/                                               302 302 403 403 403 200
POST admin:demands_synonym_import                    /admin/demands/synonym/import/                                               302 302 403 403 403 422
GET  admin:demands_synonym_import_template           /admin/demands/synonym/import/template.xlsx                                  302 302 403 403 403 200
POST admin:demands_synonym_import_template           /admin/demands/synonym/import/template.xlsx                                  302 302 403 403 403 200
GET  admin:demands_synonym_export                    /admin/demands/synonym/export/                                               302 302 405 405 405 405
POST admin:demands_synonym_export                    /admin/demands/synonym/export/                                               302 302 403 403 403 200
# demands/missedsearch
GET  admin:demands_missedsearch_changelist           /admin/demands/missedsearch/                                                 302 302 403 403 403 200
GET  admin:demands_missedsearch_add                  /admin/demands/missedsearch/add/                                             302 302 403 403 403 403
POST admin:demands_missedsearch_add                  /admin/demands/missedsearch/add/                                             302 302 403 403 403 403
GET  admin:demands_missedsearch_history              /admin/demands/missedsearch/{missed}/history/                                302 302 403 403 403 200
GET  admin:demands_missedsearch_delete               /admin/demands/missedsearch/{missed}/delete/                                 302 302 403 403 403 403
POST admin:demands_missedsearch_delete               /admin/demands/missedsearch/{missed}/delete/                                 302 302 403 403 403 403
GET  admin:demands_missedsearch_change               /admin/demands/missedsearch/{missed}/change/                                 302 302 403 403 403 200
POST admin:demands_missedsearch_change               /admin/demands/missedsearch/{missed}/change/                                 302 302 403 403 403 403
GET  -                                               /admin/demands/missedsearch/{missed}/                                        302 302 302 302 302 302
# consultation/robot
GET  admin:consultation_robot_changelist             /admin/consultation/robot/                                                   302 302 403 200 200 200
GET  admin:consultation_robot_add                    /admin/consultation/robot/add/                                               302 302 403 200 403 200
POST admin:consultation_robot_add                    /admin/consultation/robot/add/                                               302 302 403 200 403 200
GET  admin:consultation_robot_history                /admin/consultation/robot/{robot}/history/                                   302 302 403 200 200 200
GET  admin:consultation_robot_delete                 /admin/consultation/robot/{robot}/delete/                                    302 302 403 200 403 200
POST admin:consultation_robot_delete                 /admin/consultation/robot/{robot}/delete/                                    302 302 403 200 403 200
GET  admin:consultation_robot_change                 /admin/consultation/robot/{robot}/change/                                    302 302 403 200 200 200
POST admin:consultation_robot_change                 /admin/consultation/robot/{robot}/change/                                    302 302 403 409 403 409
GET  admin:consultation_robot_try_out                /admin/consultation/robot/{robot}/try/                                       302 302 403 302 403 302
POST admin:consultation_robot_try_out                /admin/consultation/robot/{robot}/try/                                       302 302 403 302 403 302
GET  -                                               /admin/consultation/robot/{robot}/                                           302 302 302 302 302 302
# demands/escalationrule
GET  admin:demands_escalationrule_changelist         /admin/demands/escalationrule/                                               302 302 200 200 200 200
GET  admin:demands_escalationrule_add                /admin/demands/escalationrule/add/                                           302 302 403 200 403 200
POST admin:demands_escalationrule_add                /admin/demands/escalationrule/add/                                           302 302 403 200 403 200
GET  admin:demands_escalationrule_history            /admin/demands/escalationrule/{rule}/history/                                302 302 200 200 200 200
GET  admin:demands_escalationrule_delete             /admin/demands/escalationrule/{rule}/delete/                                 302 302 403 200 403 200
POST admin:demands_escalationrule_delete             /admin/demands/escalationrule/{rule}/delete/                                 302 302 403 200 403 200
GET  admin:demands_escalationrule_change             /admin/demands/escalationrule/{rule}/change/                                 302 302 200 200 200 200
POST admin:demands_escalationrule_change             /admin/demands/escalationrule/{rule}/change/                                 302 302 403 409 403 409
GET  -                                               /admin/demands/escalationrule/{rule}/                                        302 302 302 302 302 302
# demands/dueerasure
GET  admin:demands_dueerasure_changelist             /admin/demands/dueerasure/                                                   302 302 403 200 200 200
GET  admin:demands_dueerasure_deadlines              /admin/demands/dueerasure/deadlines/                                         302 302 403 200 200 200
POST admin:demands_dueerasure_deadlines              /admin/demands/dueerasure/deadlines/                                         302 302 405 405 405 405
GET  admin:demands_dueerasure_seen                   /admin/demands/dueerasure/seen/                                              302 302 405 405 405 405
POST admin:demands_dueerasure_seen                   /admin/demands/dueerasure/seen/                                              302 302 403 302 403 302
GET  admin:demands_dueerasure_add                    /admin/demands/dueerasure/add/                                               302 302 403 403 403 403
POST admin:demands_dueerasure_add                    /admin/demands/dueerasure/add/                                               302 302 403 403 403 403
GET  admin:demands_dueerasure_history                /admin/demands/dueerasure/{due}/history/                                     302 302 403 200 200 200
GET  admin:demands_dueerasure_delete                 /admin/demands/dueerasure/{due}/delete/                                      302 302 403 403 403 403
POST admin:demands_dueerasure_delete                 /admin/demands/dueerasure/{due}/delete/                                      302 302 403 403 403 403
GET  admin:demands_dueerasure_change                 /admin/demands/dueerasure/{due}/change/                                      302 302 403 200 200 200
POST admin:demands_dueerasure_change                 /admin/demands/dueerasure/{due}/change/                                      302 302 403 403 403 403
GET  -                                               /admin/demands/dueerasure/{due}/                                             302 302 302 302 302 302
# demands/importbatch
GET  admin:demands_importbatch_changelist            /admin/demands/importbatch/                                                  302 302 403 200 403 200
GET  admin:demands_importbatch_add                   /admin/demands/importbatch/add/                                              302 302 403 403 403 403
POST admin:demands_importbatch_add                   /admin/demands/importbatch/add/                                              302 302 403 403 403 403
GET  admin:demands_importbatch_history               /admin/demands/importbatch/{batch}/history/                                  302 302 404 404 404 200
GET  admin:demands_importbatch_delete                /admin/demands/importbatch/{batch}/delete/                                   302 302 403 403 403 403
POST admin:demands_importbatch_delete                /admin/demands/importbatch/{batch}/delete/                                   302 302 403 403 403 403
GET  admin:demands_importbatch_change                /admin/demands/importbatch/{batch}/change/                                   302 302 404 404 404 302
POST admin:demands_importbatch_change                /admin/demands/importbatch/{batch}/change/                                   302 302 404 404 404 302
GET  -                                               /admin/demands/importbatch/{batch}/                                          302 302 302 302 302 302
"""  # noqa: E501


ELSEWHERE = [("community", "other_community"), ("liaison", "far_community"), ("auditor", "far_community")]
WORD = several.WORD  # part of everything that has a name there
MISSING = 1_000_000
# The pages that show a contact, masked, to staff of a community and to those who see more.
MASKED_ON = {
    "admin:consultation_event_change",
    "admin:consultation_event_sign_ups",
    "admin:consultation_organisation_change",
    "admin:demands_demand_change",
    "admin:members_reception_change",
}
MASKED_ON_MORE = MASKED_ON | {
    "admin:foundation_outboxmessage_change",
    "admin:members_member_change",
    "admin:members_profilechange_change",
}


# --- Parsing the table -----------------------------------------------------------------------------------------------


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


def asked_by(role: str) -> list[tuple[str, str, str, int]]:
    """(method, name, address, status) of what a role asks for.

    A public page that answers everybody the same knows three readers by its header: visitors, members and staff, for
    whom the liaison staff ask.
    """
    return [
        (method, name, address, statuses[role])
        for method, name, address, statuses in rows()
        if role in ("resident", "member", "liaison") or address.startswith("/admin/") or len({*statuses.values()}) > 1
    ]


def patterns(resolver=None, prefix: str = "", namespace: str = "") -> dict[str, str]:
    """Every pattern's name (or its route if it has none) and its route."""
    found = {}
    for one in (resolver or get_resolver()).url_patterns:
        route = prefix + str(one.pattern).removeprefix("^")
        if hasattr(one, "url_patterns"):
            found |= patterns(one, route, namespace + (f"{one.namespace}:" if one.namespace else ""))
        else:
            found[f"{namespace}{one.name}" if one.name else route] = route
    return found


def keys_of(there: factories.Neighbourhood) -> dict[str, int]:
    """The keys of a neighbourhood that URLs need, by the names that the table uses."""
    rows = {name: row for name, row in vars(there).items() if name not in ("member", "code")}
    found = {name: row.pk for name, row in rows.items()}
    found["person"] = there.member.pk
    found["item"] = there.event.agenda.get().pk
    found["number"] = there.event.sign_ups.get().number
    return found


@pytest.fixture(autouse=True)
def error_pages_without_frame(monkeypatch):
    """Half of all answers are the staff's error pages: what they say is looked at here, and not the frame around it."""

    def bare(request, status, title, sentence):
        said = [str(one) for one in messages.get_messages(request)]
        return HttpResponse(f"{title} {sentence} {said}", status=status)

    monkeypatch.setattr(errors, "_staff_error", bare)


@pytest.fixture
def world(db, built_once) -> dict[str, object]:
    return built_once(everything)


def everything() -> dict[str, object]:
    """A row for each key in the table: a resolved public demand of the first community, and everything related."""
    code = new_code()
    demand = factories.demand(S.RESOLVED, public=True, code=code, **canary.CANARY)
    user = factories.user("somebody", None, email="somebody@example.com")
    station = factories.venue(VenueKind.CLOUD_STATION)
    here = factories.neighbourhood(contact=canary.CANARY)
    here.member.user = factories.member()
    here.member.save(update_fields=["user"])
    item = here.event.agenda.get()
    consulting.link_agenda_item(demand, item, actor=SYSTEM)
    consulting.link_agreement(demand, here.agreement, actor=SYSTEM)
    need, taken = factories.demand(S.ACCEPTED), factories.demand(S.ACCEPTED)
    reception, turn_code = factories.reception(here.member, venue=here.home), new_code()
    factories.booking(reception, 2, turn_code, **canary.CANARY)
    return keys_of(here) | {
        "reception": reception.pk,
        "turn_code": turn_code,
        "offered": factories.dispatch(D.OFFERED, demand_=need, member=here.member).pk,
        "taken": factories.dispatch(D.ACCEPTED, demand_=taken, member=here.member).pk,
        "claimable": factories.dispatch(D.OPEN).pk,
        "need_photo": factories.photo(taken).pk,
        "year": timezone.localdate().year,
        "ref": demand.ref,
        "demand": demand.pk,
        "code": code,
        "photo": factories.photo(demand, review=PhotoReview.APPROVED).pk,
        "staged": factories.staged_photo().key,
        "user": user.pk,
        "uid": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": link_tokens.make_token(user),
        "template": PaperTemplate.objects.create(kind="handover", title="转办单", body="请办理。").pk,
        "portal": Portal.objects.create(pk=1, name="一线协商").pk,
        "consent": consent.in_force(consent.Purpose.HANDLING).pk,
        "day": CalendarDay.objects.create(date=datetime.date(2026, 2, 14), is_workday=True).pk,
        "audit": AuditEntry.objects.order_by("pk").first().pk,
        "outbox": OutboxMessage.objects.get(subject_ref=demand.ref, template="received").pk,
        "receipts": receipts.key(),
        "short": texted(OutboxMessage.objects.get(subject_ref=demand.ref, template="received")),
        "digest": Person("demands", contacts.store(email="wang@example.com")).token,
        "area": demand.area.pk,
        "venue": station.pk,
        "slug": station.slug,
        "qr": station.code,
        "community": factories.tree().community.code,
        "camphor": here.platform.slug,
        "seat": here.code,
        "sector": Sector.objects.create(name="社会福利和社会保障界", code="welfare").pk,
        "kind": here.resource.category.pk,
        "item_link": demand.agenda_links.get().pk,
        "agreement_link": demand.agreement_links.get().pk,
        "scope": StaffScope.objects.create(user=user, area=demand.area).pk,
        "lc": factories.tree().committee.pk,
        "here": factories.tree().subdistrict.code,
        "texts": factories.profile().pk,
        "category": demand.category.pk,
        "reply": StandardReply.objects.create(title="已收到", body="已收到，谢谢。").pk,
        "danger": DangerWord.objects.first().pk,
        "macro": Macro.objects.create(name="受理", accepts=True).pk,
        "unit": Unit.objects.create(name="供电公司", kind=UnitKind.UTILITY).pk,
        "synonym": Synonym.objects.create(words="飞檐、翘角").pk,
        "missed": MissedSearch.objects.create(words="乒乓球台", month=datetime.date(2026, 3, 1), count=3).pk,
        "type": ContentType.objects.get_for_model(Demand).pk,
        "news": supports.signed_link(Support.objects.create(demand=demand, visitor="hash").pk).split("/")[-2],
        "office_token": offices.link(factories.office_request(need)).rstrip("/").rpartition("/")[2],
        "answered": factories.office_request(demand, answer="周五修好").pk,
        "proposal": factories.proposal("draft", demand, author=here.member).pk,
        "filed": factories.proposal("filed", demand).pk,
        # On a host that is none of the platforms', so that a trial asks nobody.
        "robot": factories.robot(address="https://127.0.0.1/").pk,
        "filter": SavedFilter.objects.create(owner=user, name="未结束的", query="queue=open", is_shared=True).pk,
        "batch": ImportBatch.objects.create(made_by=user, file_name="清单.xlsx", digest="0" * 64, total=0).pk,
        "due": DueErasure.objects.create(demand=demand).pk,
        "rule": EscalationRule.objects.create(area=demand.area, when="before", user=user).pk,
    }


def texted(message: OutboxMessage) -> str:
    """The end of the short link of a message, as if it had gone out now."""
    code = short_links.code_of(message.number)
    OutboxMessage.objects.filter(pk=message.pk).update(started_at=timezone.now(), short_code=short_links.stored(code))
    return code


@pytest.fixture
def tables():
    """Return a function giving the content of every table except sessions."""
    names = [model._meta.db_table for model in apps.get_models() if model._meta.db_table != "foundation_session"]
    digests = (f"(SELECT md5(string_agg(t::text, '; ' ORDER BY t::text)) FROM {name} t)" for name in names)  # noqa: S608
    query = f"SELECT {', '.join(digests)}"

    def content() -> dict[str, str]:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return dict(zip(names, cursor.fetchone(), strict=True))

    return content


# --- The tests -------------------------------------------------------------------------------------------------------


def test_every_address_is_in_the_table():
    listed = {name for method, name, _address, _statuses in rows() if method == "GET"}
    assert patterns().keys() - listed == set(), "not listed"
    assert listed - patterns().keys() == set(), "listed, and not there"


def test_every_address_in_the_table_is_the_one_it_is_called(world):
    routes = patterns()
    for _method, name, address, _statuses in rows():
        match = resolve(address.format(**world).partition("?")[0])
        route = routes[name]
        assert match.route == route, address
        assert name in (match.view_name, route), address


@pytest.fixture
def no_unknown_variables(role):
    """Fail if a template names a variable that its view does not give. These roles see every template."""
    if role not in ("resident", "member", "liaison", "admin"):
        yield
        return
    with unknown_variables.noted() as found:
        yield
    assert found - unknown_variables.MEANT == set()


def test_an_error_page_of_staff_names_no_unknown_variable(liaison_client, monkeypatch):
    monkeypatch.undo()
    with unknown_variables.noted() as found:
        response = liaison_client.get("/admin/demands/demand/0/change/")
    assert (response.status_code, found - unknown_variables.MEANT) == (404, set())


def test_an_unknown_variable_is_noted():
    with unknown_variables.noted() as found:
        Template("{{ known }}{{ renamed|upper }}{% if asked %}{% endif %}", name="page.html").render(
            Context({"known": 1})
        )
    assert found == {("page.html", "renamed|upper")}


@pytest.mark.usefixtures("no_unknown_variables")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_the_table_says_and_reading_changes_nothing(role, world, request, tables, subtests):
    """No admin page (lists, filters, choices of forms) names anything from another area, of three subdistricts.

    Each shows contacts masked only.
    """
    client = request.getfixturevalue("resident" if role == "resident" else f"{role}_client")
    place, signs = dict(ELSEWHERE).get(role, ""), []
    if place:
        elsewhere(place)
        _mine, *others = several.three()
        signs = [WORD, getattr(factories.tree(), place).name, *(sign for part in others for sign in part.signs)]
    stored, masked = canary.secrets(), set()
    before, of_the_desk, asked = tables(), 0, 0
    assert not VenueScan.objects.exists()
    for method, name, address, status in asked_by(role):
        if method == "GET" and place and (own := djangos_own(address.format(**world))) and not offers_choices(own):
            with subtests.test(f"GET {name}"):
                assert let_in(client.user, method, *own) == lets_in(status)
                asked += 1
        elif method == "GET":
            with subtests.test(f"GET {name}"):
                response = client.get(address.format(**world))
                text = body(response).decode(errors="replace")
                assert response.status_code == status
                if role in ("resident", "member") and address.startswith("/admin/") and name != "admin:login":
                    assert response["Location"].startswith(("/admin/login/?next=", "/admin/"))
                if place and address.startswith("/admin/") and response.status_code == 200:
                    assert [sign for sign in signs if sign in text] == []
                    assert canary.found_in(text.replace(canary.MASKED, ""), stored) == []
                    masked |= {name} if canary.MASKED in text else set()
                    of_the_desk += 1
    assert masked == {"community": MASKED_ON, "liaison": MASKED_ON_MORE, "auditor": MASKED_ON_MORE}.get(role, set())
    after = tables()
    # The only exception: the URL of the QR code counts the scan, and nothing else.
    scans = [(world["venue"], 1)] if role in ("resident", "member", "liaison") else []
    assert [(scan.venue_id, scan.count) for scan in VenueScan.objects.all()] == scans
    assert {table for table in after if after[table] != before[table]} == (
        {VenueScan._meta.db_table} if scans else set()
    )
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}
    for method, name, address, status in asked_by(role):
        if method == "POST" and place and (own := djangos_own(address.format(**world))):
            with subtests.test(f"POST {name}"):
                assert let_in(client.user, method, *own) == lets_in(status)
                asked += 1
        elif method == "POST":
            with subtests.test(f"POST {name}"), transaction.atomic():
                response = client.post(address.format(**world))
                body(response)
                transaction.set_rollback(True)
                client.cookies = SimpleCookie(cookies)
                assert response.status_code == status
    assert (of_the_desk > 60, asked > 100) == (bool(place), bool(place))


# --- Django's own pages ----------------------------------------------------------------------------------------------

# For views that are entirely Django's, the model admin is asked for permission as Django does, because a request for
# each would only test Django. The superuser opens and submits every one of them.
DJANGOS = {
    "add": ("add_view", "changeform_view", "_changeform_view"),
    "change": ("change_view", "changeform_view", "_changeform_view"),
    "delete": ("delete_view", "_delete_view"),
    "history": ("history_view",),
}
# What refuses a stale form and what keeps drafts ask Django for permission first (`test_admin_editing.py`), and the
# base of all admins gives a page its title.
ASKING = ("django.", "foundation.editing", "foundation.drafting", "foundation.modeladmin")


def djangos_own(address: str) -> tuple[ModelAdmin, str, str | None] | None:
    """The admin, page and key of a URL served by Django's own view; None if it is one of ours."""
    match = resolve(address.partition("?")[0])
    found = getattr(match.func, "model_admin", None)
    page = (match.url_name or "").rpartition("_")[2]
    if found is None or page not in DJANGOS or not match.func.__module__.startswith(ASKING):
        return None
    if any(not getattr(found, name).__module__.startswith(ASKING) for name in DJANGOS[page]):
        return None
    return found, page, match.kwargs.get("object_id")


def offers_choices(own: tuple[ModelAdmin, str, str | None]) -> bool:
    """Whether the page has choices, which could name rows of another area."""
    return own[1] in ("add", "change")


def asking(user, method: str = "GET"):
    request = RequestFactory().generic(method, "/")
    # Not that of the client, which may remember what it was allowed before it had its role. No test changes it later.
    if not hasattr(user, "asking"):
        user.asking = User.objects.get(pk=user.pk)
    request.user = user.asking
    return request


def let_in(user, method: str, found: ModelAdmin, page: str, key: str | None) -> int:
    """What Django's own page of a model answers: 403, 404, or 200 for those it lets in."""
    request = asking(user, method)
    row = None if key is None else found.get_object(request, key)
    if page == "history" and row is None:
        return 404
    if page == "add":
        may = found.has_add_permission(request)
    elif page == "delete":
        may = found.has_delete_permission(request, row)
    elif page == "change" and method == "POST":
        may = found.has_change_permission(request, row)
    else:
        may = found.has_view_or_change_permission(request, row)
    if not may:
        return 403
    return 404 if key is not None and row is None else 200


def lets_in(status: int) -> int:
    """What is let in shows a page, or saves and leads on."""
    return status if status in (403, 404) else 200


@pytest.mark.parametrize(("role", "place"), [*ELSEWHERE, ("admin", "far_community")])
def test_djangos_own_pages_answer_what_is_asked_of_the_admin(role, place, world, request, subtests):
    client = request.getfixturevalue(f"{role}_client")
    keys = elsewhere(place)
    met = set()
    for model, key in (
        ("demands/standardreply", world["reply"]),
        ("foundation/calendarday", world["day"]),
        ("foundation/user", world["user"]),
        ("members/attendance", world["attendance"]),
        ("consultation/platform", world["platform"]),
        ("consultation/platform", keys["platform"]),
        ("consultation/platform", MISSING),
    ):
        for page in DJANGOS:
            address = f"/admin/{model}/add/" if page == "add" else f"/admin/{model}/{key}/{page}/"
            own = djangos_own(address)
            if model == "foundation/user" and page in ("add", "history"):
                assert own is None  # pages of ours
                continue
            assert own and own[1:] == (page, None if page == "add" else str(key))
            for method in ("GET", "POST"):
                with subtests.test(f"{method} {address}"):
                    response = getattr(client, method.lower())(address)
                    expected = lets_in(response.status_code)
                    assert let_in(client.user, method, *own) == expected
                    met.add(expected)
    assert met == {200, 403, 404}


# --- Scope -----------------------------------------------------------------------------------------------------------

# Whatever is neither read nor sent a view takes for reading, or refuses: one role tries that.
METHODS = ("get", "post")
MORE_METHODS = (*METHODS, "delete")
# Valid data for the form of each act.
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
    "text": "纪要",
    "outcome": "装好了",
    "evidence": "现场照片",
    "measured_on": "2026-03-01",
    "day": "2026-12-01",
    "year": "2026",
    "first": "2026-12-01",
    "create": "1",
    "number": "1",
    "residents": "3",
    "what": "加装路灯",
    "name": "名称",
}


def without_keys(response) -> str:
    """Where an answer leads and what it says, without tokens and numbers."""
    text = f"{response.get('Location')} {body(response).decode()}".replace(response["X-Request-ID"], "REQUEST")
    return re.sub(r"\d+", "N", re.sub(r'value="\w{64}"', "TOKEN", text))


def answers(client, method: str, theirs: str, missing: str) -> list[tuple[int, str]]:
    """What each of the two addresses answers.

    Where the first says “not found” in the very words in which missing rows were not found before, it has said nothing,
    and the second is taken to answer the same: half of the time of these tests.
    """
    known = client.__dict__.setdefault("not_found", set())
    found = []
    for path in (theirs, missing):
        client.cookies.pop("messages", None)  # said on the page before, about either
        response = getattr(client, method)(path, FILLED_IN if method == "post" else None)
        found.append((response.status_code, without_keys(response)))
        if found[0] in known:
            return found * 2
    if found[1][0] == 404:
        known.add(found[1])
    return found


ABOVE = ("{demand}/change/", "/history/", "/combined/", "{photo}.jpg")


def desk_addresses() -> list[str]:
    """Every address about one demand."""
    found = {address for _m, _name, address, _s in rows() if address.startswith("/admin/demands/demand/{demand}")}
    assert len(found) >= 34
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
    # Of a place above one's own: each address finds its row as of any other place.
    addresses = [one for one in desk_addresses() if place.endswith("compound") or one.endswith(ABOVE)]
    assert len(addresses) >= 4
    for address in addresses:
        for method in MORE_METHODS if place == "far_compound" and role == "liaison" else METHODS:
            keys = (demand.pk, photo.pk), (demand.pk + MISSING, photo.pk + MISSING)
            others = {"item_link": 1, "agreement_link": 1, "answered": 1}
            paths = [address.format(demand=key, photo=picture, **others) for key, picture in keys]
            with subtests.test(f"{method} {address}"):
                theirs, none = answers(client, method, *paths)
                assert theirs == none
                # What nobody may do to any demand is refused before it is looked for.
                assert theirs[0] in ((302,) if address.endswith("/{demand}/") else (403, 404))
                assert demand.ref not in theirs[1]
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
                    assert answers[0][0] in (403, 404)
        listed = client.get(f"/admin/{model}/").content.decode()
        assert area.name not in listed
        assert demand.ref not in listed
    assert tables() == before


def elsewhere(place: str) -> dict[str, object]:
    """The keys of all that is consulted in a community that is not ours."""
    community = getattr(factories.tree(), place)
    compound = getattr(factories.tree(), place.replace("community", "compound"))
    there = factories.neighbourhood(community, WORD)
    if there.member.committee == factories.tree().committee:
        # Members are the whole subdistrict's, and what they bring: each of its communities may ask them.
        Member.objects.filter(pk=there.member.pk).update(name="周敏")
        Resource.objects.filter(pk=there.own_resource.pk).update(title="健康讲座")
    demand = factories.demand(S.ACCEPTED, public=True, area=compound)
    Demand.objects.filter(pk=demand.pk).update(public_title=f"{WORD}的路灯", description=f"{WORD}的路灯")
    consulting.link_agenda_item(demand, there.event.agenda.get(), actor=SYSTEM)
    consulting.link_agreement(demand, there.agreement, actor=SYSTEM)
    links = {"item_link": demand.agenda_links.get().pk, "agreement_link": demand.agreement_links.get().pk}
    dispatched = {
        "offered": factories.dispatch(D.OFFERED, demand_=demand, member=there.member).pk,
        "taken": factories.dispatch(
            D.ACCEPTED, demand_=factories.demand(S.ACCEPTED, area=compound), member=there.member
        ).pk,
        "year": timezone.localdate().year,
    }
    desk = {
        "answered": factories.office_request(demand, answer=f"{WORD}的答复").pk,
        "due": DueErasure.objects.create(demand=demand).pk,
        "rule": EscalationRule.objects.create(area=compound, when="before", user=factories.user(f"of {place}")).pk,
        "texts": factories.profile(community.parent).pk,
    }
    return keys_of(there) | links | dispatched | desk | {"demand": demand.pk, "community": community.code}


def missing(keys: dict[str, object]) -> dict[str, object]:
    found = {name: key + MISSING if isinstance(key, int) else f"no-{key}" for name, key in keys.items()}
    return found | {"year": keys["year"]}


def places_in(address: str) -> list[str]:
    return re.findall(r"{(\w+)}", address)


def is_old(address: str) -> bool:
    return bool(re.fullmatch(r"/admin/\w+/\w+/{\w+}/", address))


def consulted_addresses(keys) -> list[str]:
    """Every address of the desk about a row of consultation and members, which belongs to a place."""
    found = {address for _m, _name, address, _s in rows() if address.startswith("/admin/")}
    return sorted(address for address in found if places_in(address) and set(places_in(address)) <= set(keys))


@pytest.mark.parametrize(("role", "place"), ELSEWHERE)
def test_what_is_consulted_elsewhere_is_like_what_does_not_exist(role, place, request, tables, subtests):
    client = request.getfixturevalue(f"{role}_client")
    keys = elsewhere(place)
    del keys["demand"]  # has its own test
    addresses = consulted_addresses(keys)
    assert len(addresses) >= 145
    before, asked = tables(), 0
    for address in addresses:
        paths = address.format(**keys), address.format(**missing(keys))
        if own := djangos_own(paths[0]):
            for method in METHODS:
                with subtests.test(f"{method} {address}"):
                    theirs, none = (let_in(client.user, method.upper(), *djangos_own(path)) for path in paths)
                    assert theirs == none
                    assert theirs in (403, 404)
                    assert own[0].get_object(asking(client.user), own[2]) is None
                    asked += 1
            continue
        for method in MORE_METHODS if role == "liaison" else METHODS:
            with subtests.test(f"{method} {address}"):
                theirs, none = answers(client, method, *paths)
                assert theirs == none
                assert WORD not in theirs[1]
                # Django's own way from an old address to the new one is the same for any key.
                assert theirs[0] in ((302,) if is_old(address) else (403, 404, 405))
    assert asked > 40
    assert tables() == before


@pytest.mark.parametrize(("role", "place"), ELSEWHERE)
def test_what_hangs_on_a_row_elsewhere_is_not_found_under_ones_own(role, place, world, request, tables, subtests):
    client = request.getfixturevalue(f"{role}_client")
    keys = elsewhere(place)
    addresses = [address for address in consulted_addresses(keys) if len({*places_in(address)} - {"year"}) > 1]
    assert len(addresses) == 20
    before = tables()
    for address in addresses:
        parent = places_in(address)[0]
        theirs = keys | {parent: world[parent]}
        if "number" in places_in(address):
            theirs["number"] = 2  # numbers are an event's own
        for method in MORE_METHODS if role == "liaison" else METHODS:
            with subtests.test(f"{method} {address}"):
                paths = address.format(**theirs), address.format(**(missing(keys) | {parent: world[parent]}))
                found, none = answers(client, method, *paths)
                assert found == none
                assert WORD not in found[1]
                assert found[0] in (302, 403, 404, 405)
    assert tables() == before


BY_QUERY = """
/admin/consultation/event/add/?slot={slot}
/admin/consultation/agreement/add/?event={held}
/admin/consultation/agreement/grow/?ids={agreement}
/admin/consultation/topic/schedule/?topic={topic}
/admin/demands/demand/bundle/?demand={demand}
/admin/demands/demand/bulk/accept/?demand={demand}
/admin/demands/demand/bulk/assign/?demand={demand}
/admin/demands/demand/bulk/answer/?demand={demand}
"""


@pytest.mark.parametrize(("role", "place"), ELSEWHERE)
def test_a_row_elsewhere_named_after_the_question_mark_is_like_none(role, place, request, tables, subtests):
    client = request.getfixturevalue(f"{role}_client")
    keys = elsewhere(place)
    before = tables()
    for address in BY_QUERY.split():
        for method in ("get", "post"):
            with subtests.test(f"{method} {address}"):
                theirs, none = answers(client, method, address.format(**keys), address.format(**missing(keys)))
                assert theirs == none
                # Without the slot, what is planned is planned from an empty form.
                assert theirs[0] in (302, 403, 404, 422 if "slot" in address else 404)
                assert WORD not in theirs[1]
    assert tables() == before


PLAN = "/admin/consultation/event/add/"


def a_plan(client, **changes) -> dict[str, object]:
    """What the desk's form for a new event sends, filled in."""
    filled = {
        "title": "商量停车",
        "area": factories.tree().community.pk,
        "place": "院内",
        "starts_at": "2027-03-01T10:00",
        "ends_at": "2027-03-01T11:00",
    }
    return form(client.get(PLAN), "title").values | filled | changes


@pytest.mark.parametrize(("role", "place"), ELSEWHERE[:2])
def test_an_event_is_neither_planned_elsewhere_nor_with_anything_from_there(role, place, request, tables):
    client = request.getfixturevalue(f"{role}_client")
    keys = elsewhere(place)
    there = {"area": getattr(factories.tree(), place).pk, "venue": keys["home"]}
    there |= {name: keys[name] for name in ("series", "slot", "platform")}
    before, plan = tables(), a_plan(client)
    for field, key in there.items():
        response = client.post(PLAN, plan | {field: key})
        assert (response.status_code, WORD in response.content.decode()) == (422, False), field
    assert tables() == before
    assert client.post(PLAN, plan).status_code == 302


# --- The workspace: somebody else's -----------------------------------------------------------------------------------


def mine(keys) -> list[str]:
    """Every address under /my/ about one row."""
    found = {address for _m, _name, address, _s in rows() if address.startswith("/my/")}
    return sorted(address for address in found if {*places_in(address)} - {"year"} and {*places_in(address)} <= {*keys})


def of_somebody_else(place: str) -> dict[str, object]:
    """The keys of what another member has: of one's own committee, or of the other subdistrict's."""
    there = factories.neighbourhood(getattr(factories.tree(), place), WORD)
    area = getattr(factories.tree(), place.replace("community", "compound"))
    taken, need = factories.demand(S.ACCEPTED, area=area), factories.demand(S.ACCEPTED, area=area)
    Demand.objects.filter(pk__in=[taken.pk, need.pk]).update(description=f"{WORD}的路灯", place=f"{WORD}门外")
    keys = keys_of(there) | {
        "offered": factories.dispatch(D.OFFERED, demand_=need, member=there.member).pk,
        "taken": factories.dispatch(D.ACCEPTED, demand_=taken, member=there.member).pk,
        "need_photo": factories.photo(taken).pk,
        "year": timezone.localdate().year,
    }
    if place == "far_community":
        # What is open to be claimed is open to the members of its own subdistrict.
        open_there = factories.demand(S.ACCEPTED, area=area)
        keys["claimable"] = factories.dispatch(D.OPEN, demand_=open_there).pk
    return keys


@pytest.mark.parametrize(("place", "addresses"), [("other_community", 17), ("far_community", 19)])
def test_what_another_member_has_is_like_what_does_not_exist(place, addresses, member_client, tables, subtests):
    factories.member_with_account()
    keys = of_somebody_else(place)
    found = mine(keys)
    assert len(found) == addresses
    before = tables()
    for address in found:
        statuses = set()
        for method in MORE_METHODS:
            with subtests.test(f"{method} {address}"):
                theirs, none = answers(member_client, method, address.format(**keys), address.format(**missing(keys)))
                assert theirs == none
                # An address that only takes a form leads to its page, which is not there either.
                leads_back = method == "get" and address.endswith(("/claim/", "/contact/", "/progress/"))
                assert theirs[0] in ((302,) if leads_back else (404, 405))
                assert WORD not in theirs[1]
                statuses |= {theirs[0]} if method in METHODS else set()
        # Of reading and of what is sent, at least one is answered at all.
        assert 404 in statuses
    assert tables() == before


def test_a_photo_of_somebody_elses_is_not_found_under_ones_own(world, member_client, tables):
    keys = of_somebody_else("other_community")
    before = tables()
    for address in ("/my/demands/{taken}/photos/{need_photo}.jpg", "/my/duties/{duty}/photos/{duty_photo}.jpg"):
        own, photo = places_in(address)
        response = member_client.get(address.format(**world))
        assert (response.status_code, body(response)[:2]) == (200, b"\xff\xd8")
        for small in ("", "?small"):
            assert member_client.get(address.format(**{own: world[own], photo: keys[photo]}) + small).status_code == 404
    assert tables() == before


def test_no_page_of_the_workspace_names_what_another_member_has(world, member_client, subtests):
    of_somebody_else("other_community")
    of_somebody_else("far_community")
    seen = 0
    for method, _name, address, statuses in rows():
        if method == "GET" and address.startswith("/my/") and statuses["member"] == 200:
            text = body(member_client.get(address.format(**world))).decode(errors="replace")
            with subtests.test(address):
                # Events are everybody's: what is held in one's subdistrict can be attended.
                assert f"{WORD}的路灯" not in text
                assert f"{WORD}走访" not in text
                assert f"{WORD}健康讲座" not in text
                seen += 1
    assert seen > 20


def test_a_form_of_the_workspace_takes_nothing_but_what_it_asks(world, member_client):
    other = factories.committee_member("王强")
    slipped = SLIPPED_IN | {"member": other.pk, "area": factories.tree().far_subdistrict.pk, "status": "confirmed"}
    slipped |= {
        "source": "staff",
        "evidence": "attendance:1",
        "used_count": "99",
        "organisation": world["organisation"],
    }
    answers = {"kind": "research", "hours": "1", "text": "调研停车"}
    page = form(member_client.get("/my/duties/new/"), "text")
    assert page.send(member_client, "/my/duties/new/", **answers, **slipped).status_code == 302
    record = DutyRecord.objects.get(text="调研停车")
    assert (record.member_id, record.status, record.source, record.evidence) == (
        *(world["person"], "submitted", "member", ""),
    )
    assert (record.is_demo, record.created_at.year >= 2026, record.event) == (False, True, None)
    answers = {"title": "教书法", "category": world["kind"], "about": "每周六上午。"}
    page = form(member_client.get("/my/resources/new/"), "title")
    assert page.send(member_client, "/my/resources/new/", **answers, **slipped).status_code == 302
    resource = Resource.objects.get(title="教书法")
    assert (resource.member_id, resource.organisation, resource.status) == (world["person"], None, "offered")
    assert (resource.area, resource.used_count, resource.is_demo) == (factories.tree().subdistrict, 0, False)
    row = Dispatch.objects.get(pk=world["offered"])
    was = columns(row, "status", "accepted_at", "version")
    accept = {"version": row.version} | {name: text for name, text in slipped.items() if name != "version"}
    assert member_client.post(f"/my/demands/{row.pk}/move/accepted/", accept).status_code == 302
    row.refresh_from_db()
    assert (row.status, columns(row, "status", "accepted_at", "version")) == (D.ACCEPTED, was)
    assert row.accepted_at.year >= 2026


# Who helps reads how to reach the resident while they help: by hand, each state a dispatch of one's own can have.
REACHED = {
    D.OFFERED: False,
    D.ACCEPTED: True,
    D.DECLINED: False,
    D.LAPSED: False,
    D.CANCELLED: False,
    D.DONE: False,
}


@each_row(("status", "reached"), REACHED.items())
def test_the_contact_is_shown_only_while_the_member_has_accepted(status, reached, member_client):
    row = factories.dispatch(status)
    page = f"/my/demands/{row.pk}/"
    signs = ("13912345678", "王女士", "139****5678")
    assert not any(sign in member_client.get(page).content.decode() for sign in signs)
    pressed = member_client.post(f"{page}contact/", follow=True)
    assert ("13912345678" in pressed.content.decode(), "王女士" in pressed.content.decode()) == (reached, reached)
    assert "no-store" in pressed["Cache-Control"]
    shown = AuditEntry.objects.filter(action="contact_revealed", actor=member_client.user)
    assert [entry.subject for entry in shown] == ([row.demand.ref] if reached else [])
    assert not any(sign in member_client.get(page).content.decode() for sign in signs)


def test_nobody_else_reaches_the_resident_of_a_dispatch(
    resident, community_client, liaison_client, auditor_client, admin_client
):
    row = factories.dispatch(D.ACCEPTED)
    factories.member_with_account("other", name="王强")
    colleague = Client()
    colleague.force_login(factories.member("other"), backend="foundation.backends.RoleBackend")
    clients = (resident, community_client, liaison_client, auditor_client, admin_client, colleague)
    found = [client.post(f"/my/demands/{row.pk}/contact/") for client in clients]
    assert [response.status_code for response in found] == [302, 403, 403, 403, 403, 404]
    assert not any("13912345678" in response.content.decode() for response in found)
    assert not AuditEntry.objects.filter(action="contact_revealed").exists()


# --- Elsewhere at the desk, still -----------------------------------------------------------------------------------


def test_a_photo_of_another_demand_is_not_found_under_ones_own(community_client):
    own, other = factories.demand(), factories.demand(area=factories.tree().other_compound)
    photo = factories.photo(other)
    for address in (f"photos/{photo.pk}.jpg", f"photos/{photo.pk}.jpg?small"):
        assert community_client.get(f"/admin/demands/demand/{own.pk}/{address}").status_code == 404


def test_staff_without_any_place_see_nothing(client, settings):
    demand = factories.demand()
    user = factories.user("nowhere", Role.LIAISON_STAFF)
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get("/admin/").status_code == 200
    assert demand.ref not in client.get("/admin/demands/demand/").content.decode()
    assert client.get(f"/admin/demands/demand/{demand.pk}/change/").status_code == 404


@each_row("key", ["0", "x", "%00", "-1", "99999999999999999999", "1e3", "²", "１", "1/2", "..", "_5F"])
def test_a_key_that_is_none_is_not_found(liaison_client, key):
    for page in ("change", "history", "answer"):
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


# --- What nobody asked for --------------------------------------------------------------------------------------------

# Columns that forms do not ask for, as somebody who read the code would send them.
SLIPPED_IN = {
    "pk": "1",
    "id": "1",
    "status": "cancelled",
    "is_demo": "on",
    "number": "99",
    "order_count": "99",
    "published_at": "2020-01-01",
    "minutes": "已商量好",
    "minutes_published_at": "2020-01-01",
    "cancel_reason": "不办了",
    "people_served": "500",
    "door_key": "known",
    "sequence": "77",
    "outcome": "装好了",
    "event": "1",
    "at": "2020-01-01",
    "created_at": "2020-01-01",
    "changed_at": "2020-01-01",
    "moved_up_at": "2020-01-01",
    "cancelled_at": "2020-01-01",
    "contact": "1",
    "code_hash": "0" * 64,
    "visitor": "somebody-else",
    "people": "500",
    "how": "import",
    "member": "1",
    "sign_up": "1",
    "recorded_by": "1",
    "is_staff": "on",
}
SLIPPED_IN_BY_VISITORS = SLIPPED_IN | {"area": "1", "version": "77", "owner": "1"}


def changed_since(before: dict[str, str], now: dict[str, str]) -> set[str]:
    """The tables that changed, but for the count of attempts from one address."""
    return {table for table in now if now[table] != before[table]} - {"foundation_throttle"}


def columns(row, *changed: str) -> dict[str, object]:
    """All that a row holds but what is expected to change."""
    fresh = type(row).objects.values().get(pk=row.pk)
    return {name: value for name, value in fresh.items() if name not in changed}


def test_signing_up_takes_nothing_but_what_its_form_asks(resident, tables):
    event = factories.event()
    address, before = f"/events/{event.pk}/signup/", tables()
    answers = {"phone": "13912345678", "consent": "on"}
    page = form(resident.get(address), "phone")
    assert page.send(resident, address, **answers, **SLIPPED_IN_BY_VISITORS).status_code == 302
    assert changed_since(before, tables()) == {"consultation_signup", "foundation_contact", "foundation_outboxmessage"}
    row = SignUp.objects.get()
    assert (row.event, row.number, row.status, row.sector) == (event, 1, "confirmed", "")
    assert (row.moved_up_at, row.cancelled_at) == (None, None)
    assert row.at.year >= 2026
    assert row.contact.masked == "139****5678"
    assert row.code_hash != "0" * 64


def test_an_order_takes_nothing_but_what_its_form_asks(resident, tables):
    topic = factories.topic()
    before, was = tables(), columns(topic, "order_count")
    assert resident.post("/topics/", {"topic": topic.pk, **SLIPPED_IN_BY_VISITORS}).status_code == 302
    assert changed_since(before, tables()) == {"consultation_topic", "consultation_topicorder"}
    topic.refresh_from_db()
    assert (topic.order_count, columns(topic, "order_count")) == (1, was)
    row = topic.orders.get()
    assert (row.contact, row.sector) == (None, "")
    assert row.visitor != "somebody-else"
    assert row.at.year >= 2026


def test_checking_in_takes_nothing_but_what_its_form_asks(resident, tables):
    event = factories.event(starts_at=timezone.now())
    address, before = f"/events/{event.pk}/checkin/?door={event.door_key}", tables()
    assert resident.post(address, SLIPPED_IN_BY_VISITORS).status_code == 302
    assert changed_since(before, tables()) == {"members_attendance"}
    row = event.attendances.get()
    assert (row.member, row.organisation, row.sign_up, row.recorded_by) == (None, None, None, None)
    assert (row.people, row.how, row.sector) == (1, "door", "")
    assert row.visitor != "somebody-else"
    assert row.at.year >= 2026


def test_the_admins_form_of_an_event_takes_nothing_but_what_it_asks(community_client):
    client = community_client
    assert client.post(PLAN, a_plan(client, version="77", **SLIPPED_IN)).status_code == 302
    event = Event.objects.get()
    assert (event.title, event.status, event.version, event.sequence) == ("商量停车", "planned", 0, 0)
    assert (event.minutes, event.minutes_published_at, event.cancel_reason, event.people_served) == ("", None, "", None)
    assert (event.is_demo, event.door_key == "known", event.created_at.year >= 2026) == (False, False, True)
    was = columns(event, "summary", "version", "changed_at")
    address = f"/admin/consultation/event/{event.pk}/edit/"
    assert form(client.get(address), "title").send(client, address, summary="新的介绍", **SLIPPED_IN).status_code == 302
    event.refresh_from_db()
    assert (event.summary, columns(event, "summary", "version", "changed_at")) == ("新的介绍", was)
    assert event.changed_at.year >= 2026
