"""What staff see while they take a demand down."""

from foundation.contacts import Contact

from ..models import Demand
from ..models.categories import placed

# The most earlier demands of a caller that are listed.
MAX_EARLIER = 8


def earlier(user, phone: str) -> list[Demand]:
    """Return the newest demands with this phone number among those that a member of staff may see. One query.

    Args:
        phone: as `contacts.normal_phone` returns it.
    """
    rows = Demand.objects.visible_to(user).filter(contact__in=Contact.objects.reached_by(phone))
    rows = rows.order_by("-received_at", "-pk").defer("public_summary", "public_result")
    return [placed(demand) for demand in rows[:MAX_EARLIER]]
