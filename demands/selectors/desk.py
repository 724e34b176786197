"""What staff see on the start page of the admin: the next demands, and who has how many in hand."""

from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from consultation.models import AreaLevel, places
from foundation import clock

from ..models import Demand
from ..models.categories import placed

# How many demands come next, and how many bars each table of workloads shows.
NEXT, MAX_BARS = 10, 12


def next_ones(user) -> list[Demand]:
    """Return the open demands that come next by deadline, as the queue “open” lists them. One query."""
    rows = Demand.objects.visible_to(user).open().by_deadline().select_related("assignee")
    return [placed(demand) for demand in rows.defer("public_summary", "public_result")[:NEXT]]


@dataclass
class Bar:
    """How many open demands somebody or some place has, and how many of them are overdue.

    `query` is that of the list of demands; the shares are of the longest bar, in percent.
    """

    label: str
    query: str
    count: int = 0
    overdue: int = 0
    share: int = 0
    overdue_share: int = 0

    def add(self, count: int, overdue: int) -> None:
        self.count += count
        self.overdue += overdue


@dataclass(frozen=True)
class Workload:
    colleagues: list[Bar]
    communities: list[Bar]


def workload(user) -> Workload | None:
    """Return the open demands by colleague and by community; None if there is none. One query."""
    groups = (
        Demand.objects.visible_to(user)
        .open()
        .order_by()
        .values("assignee", "area", name=F("assignee__name"), username=F("assignee__username"))
        .annotate(count=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=clock.today())))
    )
    colleagues: dict[object, Bar] = {}
    communities: dict[object, Bar] = {}
    for group in groups:
        key = group["assignee"]
        label = group["name"] or group["username"] or _("未分派")
        bar = colleagues.setdefault(key, Bar(label, f"queue=open&assignee={key or 'none'}"))
        bar.add(group["count"], group["overdue"])
        community = _community(group["area"])
        label, query = (str(community), f"&community={community.code}") if community else (_("街道及以上"), "")
        bar = communities.setdefault(community and community.pk, Bar(label, f"queue=open{query}"))
        bar.add(group["count"], group["overdue"])
    if not colleagues:
        return None
    return Workload(_longest_first(colleagues), _longest_first(communities))


def _community(area: int):
    return next((one for key in places.upwards(area) if (one := places.area(key)).level == AreaLevel.COMMUNITY), None)


def _longest_first(bars: dict[object, Bar]) -> list[Bar]:
    """Return the longest bars, with their shares of the longest; what has no colleague or community comes last."""
    found = sorted(bars.items(), key=lambda pair: (pair[0] is None, -pair[1].count, pair[1].label))
    longest = max(bar.count for bar in bars.values())
    for _key, bar in found:
        bar.share = round(100 * bar.count / longest)
        bar.overdue_share = round(100 * bar.overdue / longest)
    kept = [bar for key, bar in found if key is not None][:MAX_BARS]
    return kept + [bar for key, bar in found if key is None]
