"""What staff may do on a demand at once, and what each macro would fill in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from foundation.accounts import User

from ..models import Demand, Macro
from ..models.macros import macros_of
from ..services.transitions import allowed_moves
from ..workflow import ACCEPT, GONE, DemandStatus
from .staff import assignees_in

# The permission that each act requires, in the order in which they are done.
PERMISSIONS = {
    "accepts": "demands.accept_demand",
    "assigns": "demands.assign_demand",
    "sets_unit": "demands.handle_demand",
    "answers": "demands.answer_demand",
    "publishes": "demands.publish_demand",
}


def permitted(user: User) -> set[str]:
    """Return the acts that a member of staff may do at all."""
    return {act for act, permission in PERMISSIONS.items() if user.has_perm(permission)}


def possible(demand: Demand, user: User) -> set[str]:
    """Return the acts that a member of staff may do on a demand now."""
    if demand.status in GONE or demand.erased_at:
        return set()
    now = {
        "accepts": allowed_moves(demand, user).get(DemandStatus.ACCEPTED) is ACCEPT,
        "assigns": demand.is_open,
        "sets_unit": demand.is_open,
        "answers": True,
        "publishes": not demand.is_public,
    }
    return {act for act in permitted(user) if now[act]}


@dataclass
class FilledIn:
    """A macro with the values that it fills a demand's form in with, and sentences on what it could not fill in."""

    macro: Macro
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def filled_in(demand: Demand, user: User, worded: Callable[[str], str]) -> list[FilledIn]:
    """Return the macros that a member of staff may use for a demand and that would do something. From caches.

    Args:
        worded: the text of a standard reply as it is filled in for the demand.
    """
    may, now = permitted(user), possible(demand, user)
    found = [_filled_in(macro, demand, user, worded, may, now) for macro in macros_of(user, demand.area_id)]
    return [one for one in found if one.values]


def _filled_in(macro: Macro, demand: Demand, user: User, worded, may: set[str], now: set[str]) -> FilledIn:
    wanted = [act for act in PERMISSIONS if getattr(macro, act)]
    found = FilledIn(macro, {act: True for act in wanted if act in now})
    # What the demand does not need any more goes without saying.
    refused = [str(Macro._meta.get_field(act).verbose_name) for act in wanted if act not in may]
    if refused:
        found.problems.append(_("您的账号不能办理：%(acts)s。") % {"acts": _("、").join(refused)})
    found.problems += [sentence for act, sentence in macro.missing.items() if act in found.values]
    found.values |= _values(macro, demand, user, worded, found)
    return found


def _values(macro: Macro, demand: Demand, user: User, worded, found: FilledIn) -> Mapping[str, Any]:
    """Return what goes with the acts; adds what is out of reach here to the problems."""
    values = {}
    if "assigns" in found.values:
        assignee = macro.assignee or user
        if assignee.pk in {one.pk for one in assignees_in(demand.area_id)}:
            values["assignee"] = assignee.pk
        elif assignee.is_active:
            text = _("%(name)s不负责这里的需求，请另选经办人。")
            found.problems.append(text % {"name": assignee})
    if "sets_unit" in found.values and macro.unit and macro.unit.is_active:
        if macro.unit.is_usable_in(demand.area_id):
            values["unit"] = macro.unit_id
        else:
            text = _("“%(unit)s”不负责这个街道，请另选责任单位。")
            found.problems.append(text % {"unit": macro.unit})
    if "answers" in found.values and macro.reply and macro.reply.is_active:
        if macro.reply.is_usable_in(demand.area_id):
            values["answer"] = worded(macro.reply.body)
        else:
            text = _("“%(reply)s”不用于这个街道，请另选标准答复，或直接写答复。")
            found.problems.append(text % {"reply": macro.reply})
    if "publishes" in found.values and not (demand.publication_basis or demand.consent_publication):
        found.problems.append(_("居民没有在网页上同意公开，请另选公开依据。"))
    return values
