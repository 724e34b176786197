"""Rows of the lists of the admin."""

import re

from django import template
from django.utils.html import escape, strip_tags
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
# What Django begins each cell with.
CELL = re.compile(r"<t[dh]\b")


@register.simple_tag
def labelled(cells, headers) -> SafeString:
    """Draw the cells of a row, each with the heading of its column for lists that are shown as cards."""
    drawn = []
    for cell, header in zip(cells, headers, strict=True):
        label = escape(strip_tags(str(header["text"])).strip())
        drawn.append(CELL.sub(lambda begin: f'{begin[0]} data-label="{label}"', cell, count=1))  # noqa: B023 - used here
    return mark_safe("".join(drawn))  # nosec B308, B703 # noqa: S308 - cells are Django's, labels are escaped
