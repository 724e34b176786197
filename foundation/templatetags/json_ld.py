"""Data in the head of a page, in JSON-LD."""

import json

from django import template
from django.utils.safestring import mark_safe

register = template.Library()

# Characters that would end the script element, or a line of a script, in a browser.
ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@register.simple_tag
def json_ld(data: dict) -> str:
    """Render data for robots in the page's head. Browsers do not run it, so the content policy allows it."""
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPED)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # nosec B308, B703 # noqa: S308 - escaped just above
