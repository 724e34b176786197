"""A small portal full of all that a page can show, for the tests that look at pages."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from consultation.models import VenueKind
from demands import services
from demands.models import Demand, PhotoReview, StandardReply
from demands.workflow import DemandStatus
from foundation.accounts import User
from foundation.tokens import new_code
from tests import factories

S = DemandStatus


@dataclass(frozen=True)
class World:
    venue: object
    public: Demand  # resolved, with a photo, supports, and everything its public page can show
    fresh: Demand
    fresh_code: str
    resolved: Demand
    resolved_code: str
    declined_code: str
    liaison: User
    admin: User
    member: User


@transaction.atomic
def build() -> World:
    liaison, community = factories.liaison_staff(), factories.community_staff()
    factories.category("facilities", name="设施维修", name_en="Repairs")
    StandardReply.objects.create(title="已转办", body="您反映的问题已转给照明单位。")
    venue = factories.venue(VenueKind.CLOUD_STATION)
    codes = [new_code() for _ in range(3)]

    fresh = factories.demand(code=codes[0], venue=venue)
    factories.photo(fresh)
    resolved = factories.demand(S.IN_CONSULTATION, code=codes[1], public=True)
    factories.photo(resolved, review=PhotoReview.APPROVED)
    services.note(resolved, "已电话联系物业。", actor=community)
    services.assign(resolved, liaison, actor=liaison)
    factories.publish(resolved, result="灯已换好，线路一并检修。")
    services.support(resolved, "a neighbour")
    factories.move(resolved, S.IN_PROGRESS)
    factories.move(resolved, S.RESOLVED)
    factories.demand(S.DECLINED, code=codes[2], public=True)

    for status in (S.ACCEPTED, S.IN_CONSULTATION, S.IN_PROGRESS, S.CONFIRMED, S.REOPENED, S.DECLINED):
        factories.demand(status, public=True)
    long_ago = timezone.now() - datetime.timedelta(days=200)
    factories.demand(S.ACCEPTED, public=True, at=long_ago)
    return World(
        venue=venue,
        public=Demand.objects.get(pk=resolved.pk),
        fresh=fresh,
        fresh_code=codes[0],
        resolved=Demand.objects.get(pk=resolved.pk),
        resolved_code=codes[1],
        declined_code=codes[2],
        liaison=liaison,
        admin=factories.superuser(),
        member=factories.member(),
    )
