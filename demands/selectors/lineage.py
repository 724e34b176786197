"""How a demand goes on that was merged into another or split into parts, for the pages that show it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import Demand, DemandTransition
from ..services import lineage
from ..workflow import DemandStatus


@dataclass(frozen=True)
class Lineage:
    """`effective` is where a demand is handled: itself, or what it was finally merged into. `parts` are those of the
    effective demand where that was split, each with the demand that is effective for it. `closing` is what its reporter
    rates.
    """

    effective: Demand
    parts: tuple[tuple[Demand, Demand], ...] = ()
    closing: DemandTransition | None = None

    @property
    def done(self) -> int:
        return sum(not effective.is_open for _part, effective in self.parts)

    @property
    def words(self) -> str:
        """How many of its parts are done, in words; empty where there are none."""
        if not self.parts:
            return ""
        names = {"count": len(self.parts), "done": self.done}
        if self.done == len(self.parts):
            return _("拆成 %(count)d 件，都已办完。") % names
        return _("拆成 %(count)d 件，已办完 %(done)d 件。") % names


def lineage_of(demand: Demand) -> Lineage:
    """Two queries where it was merged or split, and one for the moves of what decides it; else that one alone."""
    among = lineage.deciding(demand)
    effective = lineage.effective(demand, among)
    parts = ()
    if effective.status == DemandStatus.SPLIT:
        parts = tuple((part, lineage.effective(part, among)) for part in lineage.parts_of(effective, among))
    return Lineage(effective, parts, lineage.closing_of(demand, among))
