"""Load all that is invented, and count it."""

from django.utils import timezone

from consultation.models import Agreement, Event, Organisation, StudyNote
from demands.models import Demand
from demands.workflow import SOLVED

from ..nanhu.rows import Report
from . import recent, season, structure
from .demand_builder import Teller
from .event_builder import Convener
from .member_help import tell_of_members
from .staff_acts import work_at_desk


def load(photos: dict[str, str], report: Report) -> None:
    """Load it into a portal that holds the article's structure and no demands.

    Args:
        photos: name of a picture → key of its staged photo.
    """
    structure.load(report)
    now = timezone.now()
    newest = recent.stories(now)
    told = [*season.stories(recent.titles(newest)), *newest]
    report(f"Loading {len(told)} invented demands, each through all its moves.")
    teller = Teller(now)
    teller.tell(told, photos, report)
    convener = Convener(teller)
    convener.convene(report)
    report("Members' dispatches and duties.")
    tell_of_members(now, convener.by_need, teller.staff)
    report("Demands split, merged, paused and asked about; a department's list.")
    work_at_desk(teller)
    _count(report)


def _count(report: Report) -> None:
    demands = Demand.objects.filter(is_demo=True)
    resolved = demands.filter(status__in=SOLVED)
    for label, rows in (
        ("demands", demands),
        ("of them published", demands.public()),
        ("of them open", demands.open()),
        (f"received in {season.YEAR}", demands.filter(received_at__year=season.YEAR)),
        (f"received in {season.YEAR} and resolved", resolved.filter(received_at__year=season.YEAR)),
        (f"events held in {season.YEAR}", Event.objects.took_place().filter(starts_at__year=season.YEAR)),
        (f"studies of {season.YEAR}", StudyNote.objects.published().filter(published_at__year=season.YEAR)),
        ("agreements", Agreement.objects.all()),
        ("partner organisations", Organisation.objects.all()),
    ):
        report(f"  {label}: {rows.count()}")
