"""附议: a visitor needs the same as a public demand, and may leave a contact to be notified of its progress."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from foundation import clock, contacts, outbox
from foundation.consent import NOTHING, Purpose, Shown
from foundation.errors import Refused
from foundation.locking import locked
from foundation.visitors import visitor_hash

from ..models import Demand, Support
from ..workflow import CLOSED
from . import lineage

MAX_ERASED = 200


@transaction.atomic
def add(demand: Demand, visitor: str, *, phone: str = "", email: str = "", shown: Shown = NOTHING) -> bool:
    """Support a public demand. Without accounts, one visitor and one contact each count once for it.

    Somebody who supports it already may add a contact later. Where the same contact supported it from another device,
    the two are joined, and belong to the device used last.

    Args:
        visitor: the random name in the visitor's cookie.
        phone, email: where to send news of its progress.
        shown: the consent text for that.

    Returns whether this is a new one. Raises `Refused` with a sentence.
    """
    row = locked(demand)
    if not row.is_public:
        raise Refused(_("这件需求没有公开。"))
    if (phone or email) and not takes_contacts(row):
        raise Refused(_("这件需求已经办结，结果见本页，不用再留联系方式。"))
    name = visitor_hash("support", visitor)
    mine, same = row.supports.filter(visitor=name).first(), _reached_by(row, phone, email)
    if mine is None and same is None:
        mine = Support(demand=row, visitor=name)
        _store(mine, phone, email, shown)
        _count(row, 1)
        return True
    if mine is None:
        _move(same, name)
    elif (phone or email) and mine.contact_id is None:
        _leave_contact(row, mine, same, phone, email, shown)
    return False


def _leave_contact(row: Demand, mine: Support, same: Support | None, phone: str, email: str, shown: Shown) -> None:
    if same is None:
        _store(mine, phone, email, shown)
        return
    name = mine.visitor
    mine.delete()
    _count(row, -1)
    _move(same, name)


def _reached_by(row: Demand, *addresses: str) -> Support | None:
    """Return the demand's support with one of these addresses, if there is one."""
    reached = Q(pk__in=())
    for address in filter(None, addresses):
        reached |= Q(contact__in=contacts.Contact.objects.reached_by(address).values("pk"))
    return row.supports.filter(reached).order_by("pk").first()


def _store(one: Support, phone: str, email: str, shown: Shown) -> None:
    one.contact = contacts.store(phone=phone, email=email)
    for field, value in shown.values(consent_text=Purpose.SUPPORT).items():
        setattr(one, field, value)
    one.save()


def _move(one: Support, name: str) -> None:
    one.visitor = name
    one.save(update_fields=["visitor"])


def _count(row: Demand, by: int) -> None:
    # The version stays: a resident's tap must not make a colleague's form stale.
    row.support_count = F("support_count") + by
    row.save(update_fields=["support_count"])


def takes_contacts(demand: Demand) -> bool:
    """Whether there is progress to come that supporters can be notified of. Two queries, for merged and split ones."""
    return not lineage.has_ended(lineage.deciding(demand))


def notify(followers: Iterable[Demand], key: str) -> None:
    """Enqueue the news that something moved, to those who support a demand or another that follows it, and left a
    contact. They read public pages, so those of demands that are not public are not notified.

    Args:
        followers: of `lineage.followers`.
        key: identifies the event.
    """
    refs = {one.pk: one.ref for one in followers if one.published_at}
    if not refs:
        return
    for one in Support.objects.filter(demand__in=refs, contact__isnull=False).select_related("contact").order_by("pk"):
        outbox.enqueue(
            one.contact, "supported", {"support": one.pk}, ref=refs[one.demand_id], key=f"support:{one.pk}:{key}"
        )


# --- Deleting contacts. The supports stay counted, and messages that wait go with the contact. ----------------------


@transaction.atomic
def stop(one: Support) -> None:
    """Delete the contact of a supporter who wants no more news."""
    if one.contact:
        one.contact.delete()


def forget(demand: Demand) -> None:
    """Delete the contacts of all who support a demand."""
    contacts.Contact.objects.filter(support__demand=demand).delete()


def erase_old(months: int) -> int:
    """Delete the contacts of supporters of demands closed longer ago than personal data may be stored, also of those
    demands that stay. For the worker. Returns how many.
    """
    ended = Support.objects.alias(ended=Greatest("demand__closed_at", "demand__imported_at")).filter(
        contact__isnull=False, demand__status__in=CLOSED, ended__lt=clock.months_ago(months)
    )
    keys = list(ended.values_list("contact", flat=True)[:MAX_ERASED])
    contacts.Contact.objects.filter(pk__in=keys).delete()
    return len(keys)
