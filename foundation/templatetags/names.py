"""What staff have entered about a row, in the reader's language as far as there is a translation."""

from django import template
from django.template.defaultfilters import linebreaksbr, truncatechars
from django.utils.html import format_html

from ..names import in_language, is_foreign

register = template.Library()
# Plain text, for attributes.
register.filter(in_language)


@register.filter
def parts(name) -> list[str]:
    """The parts of a name such as 洪山区协商 · 狮子山街道."""
    return str(name).split(" · ")


@register.simple_tag
def told(row, field: str, longest: int = 0, lines: bool = False):
    """The row's `field` in English on an English page; where there is none, in Chinese, marked as such for speech.

    Args:
        longest: cut it after so many characters.
        lines: keep its line breaks.
    """
    text = in_language(row, field)
    if longest:
        text = truncatechars(text, longest)
    text = linebreaksbr(text) if lines else text
    return format_html('<span lang="zh-Hans">{}</span>', text) if text and is_foreign(row, field) else text
