"""Work that an account holds, and that a colleague takes over when its holder leaves.

Each app registers the kinds of work that it gives to accounts. Drafts are not work: they are their author's, and end
with the account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from . import account_acts
from .accounts import STAFF_ROLES, Role, User
from .audit import AuditAction
from .errors import Refused


@dataclass(frozen=True)
class Work:
    """A kind of work that accounts hold.

    Attributes:
        label: the rows, as a page names them: 未办结的需求.
        count: how many rows an account holds.
        takers: the condition on accounts that all rows of an account may go to.
        move: gives all rows of one account to another, each logged, and returns how many. Called with the two and
            `actor`, in a transaction that has locked both accounts.
    """

    name: str
    label: Any
    count: Callable[[User], int]
    takers: Callable[[User], Q]
    move: Callable[..., int]


_kinds: dict[str, Work] = {}


def register(*kinds: Work) -> None:
    """To be called from `AppConfig.ready`."""
    for work in kinds:
        _kinds[work.name] = work


def kinds() -> list[Work]:
    """All kinds of work, whoever holds any."""
    return list(_kinds.values())


def held_by(account: User) -> list[tuple[Work, int]]:
    """The kinds of work that an account holds now, with the number of rows of each."""
    counted = [(work, work.count(account)) for work in _kinds.values()]
    return [(work, count) for work, count in counted if count]


def takers_for(account: User) -> QuerySet[User]:
    """The colleagues who may take over all that an account holds: staff from staff, members from members."""
    roles = STAFF_ROLES - {Role.AUDITOR} if account.is_staff else {Role.COMMITTEE_MEMBER}
    found = User.objects.filter(is_active=True, groups__name__in=roles).exclude(pk=account.pk)
    for work, _count in held_by(account):
        found = found.filter(work.takers(account))
    return found.order_by("name", "username").distinct()


def hand_over(account: User, *, to: User, actor, reason: str = "", version: str | None = None) -> int:
    """Give all that an account holds to a colleague, all or nothing. Returns how many rows moved.

    Somebody who leaves may do it themselves; otherwise the actor must be one who may act on the account.

    Raises `Refused`, also where there is nothing to hand over, or `Stale`.
    """
    with account_acts.acting_on(account, actor=actor, version=version, also=[to], own=True) as (row, actor):
        count = move_all(row, to, actor=actor, reason=reason)
        if not count:
            raise Refused(_("没有需要移交的工作。"))
    return count


def move_all(row: User, to: User, *, actor, reason: str) -> int:
    """Do the rest of `hand_over` once both accounts are locked."""
    held = held_by(row)
    if held and not takers_for(row).filter(pk=to.pk).exists():
        raise Refused(_("“%(name)s”的工作范围不包括要移交的工作，或者账号已停用，请换一位。") % {"name": to})
    moved = {work.name: work.move(row, to, actor=actor) for work, _count in held}
    if moved:
        counts = ", ".join(f"{name} {count}" for name, count in moved.items())
        account_acts.record(AuditAction.WORK_HANDED_OVER, row, actor, reason, f"{counts} → user:{to.pk}")
    return sum(moved.values())
