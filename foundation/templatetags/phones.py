"""Telephone numbers that a finger can press."""

import re

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .. import personal_numbers, portal

register = template.Library()

# A field for a phone may hold several.
BETWEEN = re.compile(r"(\s*[/、，,;；]\s*)")
# Police, fire brigade, ambulance, and the city's hotline, in sentences of our own.
HOTLINES = re.compile(r"(?<![\d#])(?:110|119|120|12345)(?!\d)")
# In texts by staff only numbers that cannot be anything else: with an area code, mobile, or 400.
IN_TEXTS = re.compile(r"(?<![\d-])(?:0\d{2,3}[- ]?\d{7,8}|1[3-9]\d{9}|400-?\d{3}-?\d{4})(?![\d-])")
# The number of demos, which rings nowhere.
INVENTED = re.compile(r"0{8}$")


def _digits(number: str) -> str:
    return re.sub(r"[^\d+-]", "", number)


def _link(number: str, css: str = "") -> str:
    mark = format_html('<span class="also">{}</span>', _("演示")) if INVENTED.search(_digits(number)) else ""
    # Joined by a no-break space, so that the mark stays with its number.
    space = "\u00a0" if mark else ""
    return format_html('<a class="tel{}" href="tel:{}">{}</a>{}{}', css, _digits(number), number, space, mark)


@register.simple_tag
def phones(numbers: str, css: str = "") -> SafeString:
    """The numbers of a field, each a link; the text between them stays. `css`: another class of the links."""
    css = f" {css}" if css else ""
    pieces = BETWEEN.split(numbers)
    # Every second piece is a separator.
    shown = [conditional_escape(piece) if turn % 2 else _link(piece, css) for turn, piece in enumerate(pieces) if piece]
    return mark_safe("".join(shown))  # nosec B308, B703 # noqa: S308 - each piece was escaped just above


@register.filter
def first_number(numbers: str) -> str:
    """What to dial for the first number of a field."""
    return _digits(BETWEEN.split(numbers)[0])


def _linked(pattern: re.Pattern, text) -> SafeString:
    shown = pattern.sub(lambda found: _link(found[0]), conditional_escape(text))
    return mark_safe(shown)  # nosec B308, B703 # noqa: S308 - escaped, and the links are our own


@register.filter
def hotlines(text) -> SafeString:
    """A sentence of our own, with its emergency numbers and hotlines as links."""
    return _linked(HOTLINES, text)


@register.filter
def dialled(text) -> SafeString:
    """A text by staff, with its full telephone numbers as links."""
    return _linked(IN_TEXTS, text)


@register.filter
def masked(text) -> str:
    """A text with the mobile numbers, identity card numbers and plates in it as 138****1234."""
    return personal_numbers.masked(str(text))


@register.simple_tag
def portal_without_database():
    """The portal's row as this process last read it, or None: for error pages that must not ask the database."""
    return portal.current.last()
