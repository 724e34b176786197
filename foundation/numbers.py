"""How counts of people are told in public."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Fewer people than this are not counted out in public: somebody could be made out.
SMALLEST = 5


def is_small(count: int) -> bool:
    return 0 < count < SMALLEST


def people_words(count: int) -> str:
    """“12 人”; “不足 5 人” for one to four."""
    if is_small(count):
        return _("不足 %(count)d 人") % {"count": SMALLEST}
    return ngettext("%(count)d 人", "%(count)d 人", count) % {"count": count}
