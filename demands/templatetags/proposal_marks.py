"""Tags that show proposals."""

from django import template

from foundation.templatetags.marks import pill_of

from ..selectors import proposals

register = template.Library()


@register.simple_tag
def proposal_pill(proposal) -> str:
    """Draw the state of a proposal, in the words of its kind."""
    return pill_of(proposal.state)


@register.inclusion_tag("demands/_my_drafts.html")
def my_drafts(member) -> dict:
    """Show the proposals that wait for a member to write them. One query."""
    return {"proposals": proposals.of_member(member)}
