"""Closing an account for good: its holder has left, and a colleague has their work."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from . import account_acts, audit, clock, handovers, second_factor
from .accounts import User
from .actors import SYSTEM
from .audit import AuditAction
from .errors import Refused
from .sign_ins import end_everything


def close(account: User, *, actor, reason: str, version: str | None = None, to: User | None = None) -> User:
    """Close an account for ever: everything by which its holder signs in ends, and all that it holds goes to `to`.

    Its name stays until `forget_closed`, so that what was done with it can be read.

    Raises `Refused` where work is left and nobody is named who takes it over, or `Stale`.
    """
    also = [to] if to else []
    with account_acts.acting_on(account, actor=actor, version=version, also=also) as (row, actor):
        if to:
            handovers.move_all(row, to, actor=actor, reason=reason)
        elif held := handovers.held_by(row):
            what = "、".join(f"{work.label} {count}" for work, count in held)
            raise Refused(_("这个账号还有工作没有移交：%(what)s。请先选择接手的同事。") % {"what": what})
        contact = row.contact
        row.is_active, row.closed_at, row.contact = False, clock.now(), None
        row.email = ""
        row.set_unusable_password()
        row.save(update_fields=["is_active", "closed_at", "contact", "email", "password"])
        if contact:
            contact.delete()
        end_everything(row)
        second_factor.forget(row)
        account_acts.record(AuditAction.ACCOUNT_CLOSED, row, actor, reason)
    return row


@transaction.atomic
def forget_closed(months: int) -> int:
    """Delete the names of accounts that were closed so many months ago; what was done with them stays, by their number.

    Returns how many. The worker calls it.
    """
    old = User.objects.select_for_update().filter(closed_at__lt=clock.months_ago(months))
    rows = list(old.exclude(name="", username__startswith="#").order_by("pk"))
    for row in rows:
        # No account can be opened under such a name.
        row.name, row.username = "", f"#{row.pk}"
        row.save(update_fields=["name", "username"])
        # Django's own log of the admin names the account as it was called then.
        about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(row.pk))
        about.update(object_repr=row.username)
        audit.record(AuditAction.ACCOUNT_FORGOTTEN, row, actor=SYSTEM)
    return len(rows)
