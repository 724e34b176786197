"""Placeholders in what staff answer: {编号}, {类别} and so on become those of the demand it is sent about."""

import re

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation.contacts import open_contact

from ..models import Demand
from ..models.categories import placed

# As it is written → language of the text around it, and what it stands for.
PLACEHOLDERS = {
    "编号": ("zh-hans", "ref"),
    "称呼": ("zh-hans", "called"),
    "类别": ("zh-hans", "category"),
    "地点": ("zh-hans", "place"),
    "期限": ("zh-hans", "due"),
    "部门": ("zh-hans", "office"),
    **{name: ("en", name) for name in ("ref", "called", "category", "place", "due", "office")},
}
_WRITTEN = re.compile(r"\{([^{}\n]{1,20})\}")


def fill(body: str, demand: Demand, actor) -> str:
    """The text with its placeholders replaced, each in the language it is written in.

    {称呼} stays as it is: staff see nobody's name without giving a reason, so only the resident's own page puts it in
    (`addressed`). What is no placeholder of ours stays too.
    """
    return _replace(body, {name: lambda value=value: value(demand, actor) for name, value in _VALUES.items()})


def addressed(body: str, demand: Demand) -> str:
    """An answer as its resident reads it: with the form of address they gave."""
    return _replace(body, {"called": lambda: _called(demand)})


def unknown(body: str) -> str:
    """What is wrong with a text that has a placeholder nothing would replace, in words; nothing where all are known."""
    strange = [found[0] for found in _WRITTEN.finditer(body) if found[1] not in PLACEHOLDERS]
    if not strange:
        return ""
    known = "".join(f"{{{word}}}" for word, (language, _name) in PLACEHOLDERS.items() if language == "zh-hans")
    text = _("没有 %(strange)s 这样的占位。可以用的是 %(known)s。")
    return text % {"strange": "".join(strange), "known": known}


def _replace(body: str, values: dict) -> str:
    def value(found: re.Match) -> str:
        language, name = PLACEHOLDERS.get(found[1], ("", ""))
        if name not in values:
            return found[0]
        with translation.override(language):
            return str(values[name]())

    return _WRITTEN.sub(value, body)


def _called(demand: Demand) -> str:
    return (open_contact(demand.contact)["called"] if demand.contact else "") or _("居民朋友")


def _due(demand: Demand, actor) -> str:
    """The day by which it is to be resolved."""
    return _("恢复计时后重算的期限") if demand.is_paused else date_format(demand.resolution_due, "DATE_FORMAT")


_VALUES = {
    "ref": lambda demand, actor: demand.ref,
    "category": lambda demand, actor: placed(demand).category,
    "place": lambda demand, actor: placed(demand).area.place,
    "due": _due,
    "office": lambda demand, actor: getattr(actor, "office", "") or _("联络委"),
}
