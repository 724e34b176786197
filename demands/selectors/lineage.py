"""What pages show of demands that were merged or split: where they are handled, and how far their parts are."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from ..models import Demand, DemandTransition
from ..models.demand_sets import DemandQuerySet
from ..services import lineage
from ..workflow import DemandStatus


@dataclass(frozen=True)
class Lineage:
    """How a demand is handled.

    Attributes:
        effective: the demand that is handled: this one, or the one it was finally merged into.
        parts: those of the effective demand where it was split, each with the demand that is effective for it.
        closing: the transition that the reporter rates.
    """

    effective: Demand
    parts: tuple[tuple[Demand, Demand], ...] = ()
    closing: DemandTransition | None = None

    @property
    def done(self) -> int:
        return sum(not effective.is_open for _part, effective in self.parts)

    @property
    def words(self) -> str:
        """The number of parts that are done, in words; empty where there are no parts."""
        if not self.parts:
            return ""
        names = {"count": len(self.parts), "done": self.done}
        if self.done == len(self.parts):
            return _("拆分为 %(count)d 件，均已办完。") % names
        return _("拆分为 %(count)d 件，已办完 %(done)d 件。") % names


def with_recurrence(demands: DemandQuerySet) -> DemandQuerySet:
    """Annotate `came_again`: whether another demand is linked as the same trouble again."""
    return demands.annotate(came_again=Exists(Demand.objects.filter(again_of=OuterRef("pk"))))


def same_trouble(demand: Demand) -> tuple[list[Demand], list[Demand]]:
    """Return the public demands about the same trouble as one of `with_recurrence`: the finished one before, and those
    when it came again, by time. One query, or none.
    """
    if not (demand.came_again or demand.again_of_id):
        return [], []
    near = Demand.objects.public().filter(Q(pk=demand.again_of_id) | Q(again_of=demand)).order_by("received_at", "pk")
    before = [one for one in near if one.pk == demand.again_of_id]
    return before, [one for one in near if one.again_of_id == demand.pk]


def lineage_of(demand: Demand, among: dict[int, Demand] | None = None) -> Lineage:
    """Return a demand's lineage. One query for its transitions, and two more where it was merged or split.

    Args:
        among: its `deciding` demands, where they have been read.
    """
    among = lineage.deciding(demand) if among is None else among
    effective = lineage.effective(demand, among)
    parts = ()
    if effective.status == DemandStatus.SPLIT:
        parts = tuple((part, lineage.effective(part, among)) for part in lineage.parts_of(effective, among))
    return Lineage(effective, parts, lineage.closing_of(demand, among))
