"""How counts of people are published."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Counts below this are not published exactly, because somebody could be identified.
SMALLEST = 5


def is_small(count: int) -> bool:
    return 0 < count < SMALLEST


def people_words(count: int) -> str:
    """“12 人”; “不足 5 人” for one to four."""
    if is_small(count):
        return _("不足 %(count)d 人") % {"count": SMALLEST}
    return ngettext("%(count)d 人", "%(count)d 人", count) % {"count": count}
