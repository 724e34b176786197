"""State machines: tables of moves, who may make each one, and what it requires.

A table is data: from status → to status → `Move`. A move that is not listed does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .actors import Party
from .errors import RequirementMissing, TransitionNotAllowed


class Requirement(models.TextChoices):
    """Something a move requires; the label completes “要写明…”."""

    ANSWER = "answer", gettext_lazy("给居民的答复")
    REASON = "reason", gettext_lazy("原因")
    TARGET = "target", gettext_lazy("并入哪一件需求")
    PARTS = "parts", gettext_lazy("拆成哪几件")
    MINUTES = "minutes", gettext_lazy("纪要的内容")
    OUTCOME = "outcome", gettext_lazy("实际结果、依据和日期")
    EVENT = "event", gettext_lazy("列入哪场活动")
    REPORT = "report", gettext_lazy("办理情况")
    RECIPIENT = "recipient", gettext_lazy("报送到哪里")
    NUMBER = "number", gettext_lazy("立案号或编号")
    REPLY = "reply", gettext_lazy("答复内容")
    ADOPTION = "adoption", gettext_lazy("采纳情况和原因")


@dataclass(frozen=True)
class Move:
    """One allowed change of status.

    Args:
        label: of the button.
        permission: that staff need for it; empty if staff may not make it.
        by: the other parties that may make it, each for their own rows.
        requires: what must be given with it.
        confirm: whether staff are asked to confirm it.
    """

    label: object
    permission: str = ""
    by: frozenset[Party] = frozenset()
    requires: frozenset[Requirement] = frozenset()
    confirm: bool = False

    def may_be_made(self, actor, party: str) -> bool:
        """Whether `actor`, acting as `party`, may make it."""
        if party == Party.STAFF:
            return bool(self.permission) and actor.has_perm(self.permission)
        return party == Party.SYSTEM or party in self.by


Moves = Mapping[str, Move]
Table = Mapping[str, Moves]


def allowed_moves(moves: Moves, actor, party: str = "") -> dict[str, Move]:
    """Those of `moves` that `actor` may make, by target status.

    Args:
        moves: out of one status.
        party: the capacity in which they act, by default the actor's own.
    """
    return {to: move for to, move in moves.items() if move.may_be_made(actor, party or actor.party)}


def only(table: Table, *moves: Move) -> Table:
    """The part of a table with only these moves, for a service that makes one of several moves to the same status."""
    return {
        status: {to: move for to, move in found.items() if any(move is meant for meant in moves)}
        for status, found in table.items()
    }


def check_move(moves: Moves, row: models.Model, to: str, actor, party: str = "", *, why_not: str = "") -> Move:
    """The move of `row` to the status `to`.

    Args:
        moves: out of the row's status.
        party: the capacity in which the actor acts, by default the actor's own.
        why_not: a better message if the move does not exist.

    Raises `TransitionNotAllowed` if it does not exist, or the actor may not make it.
    """
    move = moves.get(to)
    if move is None:
        names = {
            "kind": row._meta.verbose_name,
            "from": row.get_status_display(),
            "to": dict(row._meta.get_field("status").flatchoices).get(to, to),
        }
        raise TransitionNotAllowed(why_not or _("“%(from)s”的%(kind)s不能改为“%(to)s”。") % names)
    if not move.may_be_made(actor, party or actor.party):
        raise TransitionNotAllowed(_("您的账号没有“%(move)s”的权限。") % {"move": move.label})
    return move


def check_requirements(move: Move, given: Mapping[Requirement, object]) -> None:
    """Raise `RequirementMissing` if something that the move requires is not given, or is blank."""
    for requirement in Requirement:
        value = given.get(requirement)
        if requirement in move.requires and not (value.strip() if isinstance(value, str) else value):
            words = {"move": move.label, "what": requirement.label}
            raise RequirementMissing(_("“%(move)s”须写明%(what)s。") % words)
