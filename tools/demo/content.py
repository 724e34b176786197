"""Load all invented content, and report counts."""

from consultation.models import Agreement, Event, Organisation, StudyNote
from demands.models import Demand
from demands.workflow import SOLVED
from foundation import clock
from foundation.outbox import OutboxMessage, SendStatus
from nanhu_portal.beginning.rows import Report

from . import recent, season, structure
from .demand_builder import DemandBuilder
from .event_builder import EventBuilder
from .member_help import add_duties
from .proposals import add_proposals
from .staff_acts import do_staff_acts
from .topic_builder import add_scans, add_topics


def load(photos: dict[str, str], report: Report) -> None:
    """Load it into a portal that has the structure from the article and no demands.

    Args:
        photos: name of a picture → key of its staged photo.
    """
    structure.load(report)
    now = clock.now()
    newest = recent.stories(now)
    stories = [*season.stories(recent.titles(newest)), *newest]
    report(f"Loading {len(stories)} invented demands, each through all its transitions.")
    demands = DemandBuilder(now)
    demands.build(stories, photos, report)
    events = EventBuilder(demands)
    events.build(report)
    add_topics(now, events.rng)
    add_scans(now, events.rng)
    # Messages of the demo are never sent.
    OutboxMessage.objects.filter(status=SendStatus.WAITING).delete()
    report("Members' dispatches and duties.")
    add_duties(now, events.by_need, demands.staff)
    report("Demands split, merged, paused and asked about; a department's list.")
    do_staff_acts(demands)
    add_proposals(now)
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
