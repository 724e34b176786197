"""Messages about a demand, and their placeholders: {编号}, {类别} and so on are replaced by the demand's values."""

import re
import uuid
from collections.abc import Callable

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation import clock
from foundation.contacts import LostKey, open_contact
from foundation.placeholders import PLACEHOLDER
from foundation.public_texts import refuse_numbers

from ..models import Demand, DemandMessage, MessageKind
from ..models.categories import placed
from ..models.conversation import PLACEHOLDERS


def write_message(demand: Demand, kind: str, body: str, actor, *, key: uuid.UUID | None = None) -> DemandMessage:
    """Create a message about a demand, in the name of the actor's office. Raises `Refused` if it goes out to residents
    with somebody's number in it: others may follow the demand, and answers are often published.

    Args:
        kind: a `MessageKind`, which decides who reads it.
        key: from the form, so that sending the same form twice leaves one message.
    """
    if kind in (MessageKind.ANSWER, MessageKind.PROGRESS):
        refuse_numbers(body)
    return DemandMessage.objects.create(
        demand=demand, kind=kind, body=body.strip(), author=actor.user, office=actor.office, at=clock.now(), key=key
    )


def fill(body: str, demand: Demand, actor) -> str:
    """Replace the placeholders of a text, each in the language of the text around it.

    {称呼} stays: staff see no names without giving a reason, so only the resident's own page fills it in (`addressed`).
    Unknown placeholders stay too.
    """
    return _replace(body, {name: lambda value=value: value(demand, actor) for name, value in _VALUES.items()})


def addressed(body: str, demand: Demand) -> str:
    """Return an answer as its resident reads it, with the form of address they gave."""
    return addressed_as(body, lambda: _called(demand))


def addressed_as(body: str, called: Callable[[], str]) -> str:
    """Return an answer with this form of address, where it has one."""
    return _replace(body, {"called": called})


def _replace(body: str, values: dict) -> str:
    def value(found: re.Match) -> str:
        language, name = PLACEHOLDERS.get(found[1], ("", ""))
        if name not in values:
            return found[0]
        with translation.override(language):
            return str(values[name]())

    return PLACEHOLDER.sub(value, body)


def _called(demand: Demand) -> str:
    try:
        called = open_contact(demand.contact)["called"] if demand.contact else ""
    except LostKey:
        called = ""
    return called or _("居民朋友")


def _due(demand: Demand, actor) -> str:
    """Return the deadline to resolve the demand."""
    return _("恢复计时后重新计算的期限") if demand.is_paused else date_format(demand.resolution_due, "DATE_FORMAT")


_VALUES = {
    "ref": lambda demand, actor: demand.ref,
    "category": lambda demand, actor: placed(demand).category,
    "place": lambda demand, actor: placed(demand).area.place,
    "due": _due,
    "office": lambda demand, actor: actor.office or _("联络委"),
}
