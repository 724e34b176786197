"""The state of a reception as a pill, and a member's receptions that are to come."""

from django import template

from foundation.templatetags.marks import pill_of

from ..models import Reception

register = template.Library()

SHOWN = 5


@register.simple_tag
def reception_pill(reception) -> str:
    """Draw the state of a reception that was read `with_taken`."""
    return pill_of(reception.state)


@register.inclusion_tag("members/_member_receptions.html")
def receptions_of(member) -> dict:
    """List a member's next receptions on their page. One query."""
    rows = Reception.objects.of_member(member).upcoming().with_taken().select_related("venue")
    return {"receptions": list(rows[:SHOWN])}
