"""Tags that show proposals."""

from django import template

from foundation.templatetags.marks import pill_of

register = template.Library()


@register.simple_tag
def proposal_pill(proposal) -> str:
    """Draw the state of a proposal, in the words of its kind."""
    return pill_of(proposal.state)
