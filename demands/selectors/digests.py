"""What demands add to a member's digest: those they are asked to help with. It names no resident."""

import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation.digests import Line
from foundation.links import absolute
from foundation.subscriptions import DigestSubscription
from members.selectors.digests import MAX_LINES, member_of

from ..models import Dispatch
from ..models.categories import placed


def in_hand(row: DigestSubscription, since: datetime.datetime, until: datetime.datetime) -> list[Line]:
    """The dispatches that the member has to answer or carry out."""
    member = member_of(row)
    if member is None:
        return []
    return _lines(Dispatch.objects.of_member(member).in_hand().order_by("reply_by", "pk"))


def to_claim(row: DigestSubscription, since: datetime.datetime, until: datetime.datetime) -> list[Line]:
    """The dispatches opened to be claimed since the last digest."""
    member = member_of(row)
    if member is None:
        return []
    return _lines(Dispatch.objects.to_claim(member).filter(made_at__gt=since).order_by("made_at", "pk"))


def _lines(rows: QuerySet) -> list[Line]:
    found = list(rows.select_related("demand")[:MAX_LINES])
    for one in found:
        placed(one.demand)
    return [
        Line(f"{one.demand.ref} {one.visible_title}", absolute(reverse("my_demand", args=[one.pk])), _state(one))
        for one in found
    ]


def _state(dispatch: Dispatch) -> str:
    if dispatch.is_offered:
        return _("请于%(day)s前答复") % {"day": date_format(dispatch.reply_by, "DATE_FORMAT")}
    return str(dispatch.get_status_display())
