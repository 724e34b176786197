"""Tags that show dispatches on the pages of members: pending ones, and the results."""

from django import template
from django.db.models import Exists, OuterRef
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation import clock
from foundation.numbers import SMALLEST
from foundation.templatetags.marks import pill_of

from ..models import Dispatch, Rating, Verdict
from ..models.categories import placed
from ..selectors import thanks
from ..workflow import DispatchStatus

register = template.Library()

SHOWN = 3
MAX_IN_HAND = 100
MAX_DONE = 20


@register.simple_tag
def dispatch_pill(dispatch) -> str:
    """Draw a dispatch's status."""
    return pill_of(DispatchStatus(dispatch.status))


@register.filter
def answer_by(dispatch) -> str:
    """Return the day by which the member has to answer, in words."""
    today = clock.today()
    if dispatch.reply_by < today:
        return _("答复期限已过")
    if dispatch.reply_by == today:
        return _("请在今天之内答复")
    return _("请于%(day)s前答复") % {"day": date_format(dispatch.reply_by, "DATE_FORMAT")}


@register.inclusion_tag("demands/_my_dispatches.html")
def my_dispatches(member) -> dict:
    """Show a member's pending dispatches: counts, and the next three. Two queries."""
    rows = Dispatch.objects.of_member(member).in_hand().select_related("demand").order_by("reply_by", "pk")
    in_hand = list(rows[:MAX_IN_HAND])
    waiting = [row for row in in_hand if row.is_offered]
    accepted = [row for row in in_hand if row.is_accepted]
    shown = (waiting + accepted)[:SHOWN]
    for row in shown:
        placed(row.demand)
    return {
        "waiting": len(waiting),
        "accepted": len(accepted),
        "claimable": Dispatch.objects.to_claim(member).count(),
        "dispatches": shown,
    }


@register.inclusion_tag("demands/_my_thanks.html")
def my_thanks(member, year: int) -> dict:
    """Show the results that residents were satisfied with in a year, of demands the member helped with. One query."""
    return {"thanks": thanks.of_year(member, year)}


@register.inclusion_tag("demands/_resource_grades.html")
def resource_grades(resource) -> dict:
    """Show how many residents are satisfied with the result of the demands handled with a resource. One query.

    The latest rating of each demand counts, but none from before the dispatch was done, which is not about it. The page
    is public: it gives the number in steps, and none of those who were not satisfied, so that it tells of no resident.
    """
    done = Dispatch.objects.filter(resource=resource, status=DispatchStatus.DONE, demand=OuterRef("demand"))
    latest = (
        Rating.objects.filter(Exists(done.filter(ended_at__lte=OuterRef("at"))))
        .order_by("demand", "-at", "-pk")
        .distinct("demand")
    )
    satisfied = Rating.objects.filter(pk__in=latest.values("pk"), result=Verdict.SATISFIED).count()
    return {"satisfied": satisfied // SMALLEST * SMALLEST, "smallest": SMALLEST}


@register.inclusion_tag("demands/_dispatches_of_member.html")
def dispatches_of_member(member) -> dict:
    """Show the public demands a member helped with, the latest first. One query."""
    rows = Dispatch.objects.of_member(member).done_in_public().select_related("demand", "resource")
    found = list(rows.order_by("-ended_at", "-pk")[: MAX_DONE + 1])
    return {"dispatches": [placed(row.demand) and row for row in found[:MAX_DONE]], "more": len(found) > MAX_DONE}
