"""A member's own changes of their profile: what waits, how the last one ended, and the old beside the new."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import Member, ProfileChange
from ..workflow import ProfileStatus


def pending(member: Member) -> ProfileChange | None:
    return member.profile_changes.awaiting().select_related("contact").first()


def last_refused(member: Member) -> ProfileChange | None:
    """The latest change, if it was refused."""
    latest = member.profile_changes.order_by("-created_at", "-pk").first()
    return latest if latest and latest.status == ProfileStatus.REFUSED else None


@dataclass(frozen=True)
class Difference:
    """One part of a profile as it is published now, and as the member wants it."""

    label: str
    old: str
    new: str


def differences(change: ProfileChange) -> list[Difference]:
    """The texts that differ, and the contacts, masked. One query, more where the contacts are not read yet."""
    found = []
    if change.about is not None:
        found.append(Difference(_("介绍"), change.member.about, change.about))
    for host in change.member.hosted.filter(pk__in=[int(key) for key in change.times]).select_related("venue"):
        label = _("%(venue)s的接待时间") % {"venue": host.venue}
        found.append(Difference(label, host.times, change.times[str(host.pk)]))
    if change.contact:
        old = change.member.contact.masked if change.member.contact else ""
        found.append(Difference(_("联系方式（不公开）"), old, change.contact.masked))
    return found
