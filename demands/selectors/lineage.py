"""What becomes of a demand that was merged into another or split into parts, for the pages that tell of it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import Demand, DemandTransition
from ..services.lineage import closing_of, parts_of, root_of, way_of


@dataclass(frozen=True)
class Course:
    """`root` is where a demand is dealt with: itself, or what it was merged into in the end. `parts` are those of the
    root where that was split, each with the demand that decides it. `closing` is what its reporter rates.
    """

    root: Demand
    parts: tuple[tuple[Demand, Demand], ...] = ()
    closing: DemandTransition | None = None

    @property
    def done(self) -> int:
        return sum(not decides.is_open for _part, decides in self.parts)

    @property
    def words(self) -> str:
        """How far its parts are; empty where there are none."""
        if not self.parts:
            return ""
        names = {"count": len(self.parts), "done": self.done}
        if self.done == len(self.parts):
            return _("拆成 %(count)d 件，都已办完。") % names
        return _("拆成 %(count)d 件，已办完 %(done)d 件。") % names


def course_of(demand: Demand) -> Course:
    """Two queries where it was merged or split, and one for the moves of what decides it; else that one alone."""
    way = way_of(demand)
    root = root_of(demand, way)
    parts = tuple((part, root_of(part, way)) for part in parts_of(root, way)) if root.status == "split" else ()
    return Course(root, parts, closing_of(demand, way))
