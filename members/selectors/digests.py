"""What a member's digest contains, and the link to their choices about it."""

import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation.digests import Line
from foundation.links import absolute
from foundation.subscriptions import DigestSubscription, Person

from ..models import Member
from ..services.studies import DIGEST
from ..workflow import DutyStatus
from .workspace import own_events

MAX_LINES = 20


def member_of(row: DigestSubscription) -> Member | None:
    """The member in office whose digest it is, if they still are."""
    members = Member.objects.public().select_related("committee__area")
    return members.filter(contact__in=row.person.contacts).order_by("pk").first()


def person_of(member: Member) -> Person | None:
    """The member as somebody who may have a digest; None if they left no e-mail address."""
    contact = member.contact
    return Person(DIGEST, contact) if contact and contact.email else None


def coming_events(row: DigestSubscription, since: datetime.datetime, until: datetime.datetime) -> list[Line]:
    """The events at which the member presents or receives residents, until the next digest."""
    member = member_of(row)
    if member is None:
        return []
    events = own_events(member).upcoming().filter(starts_at__gte=until, starts_at__lt=until + row.ahead)
    return [
        Line(
            event.title,
            absolute(reverse("event_detail", args=[event.pk])),
            f"{date_format(timezone.localtime(event.starts_at), 'DATETIME_FORMAT')} · {event.where}",
        )
        for event in events[:MAX_LINES]
    ]


def returned_duties(row: DigestSubscription, since: datetime.datetime, until: datetime.datetime) -> list[Line]:
    """The duty records that wait for the member to complete them."""
    member = member_of(row)
    if member is None:
        return []
    return [
        Line(
            _("%(kind)s，%(day)s") % {"kind": duty.get_kind_display(), "day": date_format(duty.day, "DATE_FORMAT")},
            absolute(reverse("my_duty", args=[duty.pk])),
            duty.reason,
        )
        for duty in member.duties.filter(status=DutyStatus.RETURNED)[:MAX_LINES]
    ]
