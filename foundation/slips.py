"""One-time links for the holders of accounts, made by staff: what a slip of paper says, or a message brings."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from . import account_acts, audit
from .accounts import User, one_time_path
from .audit import AuditAction
from .errors import Refused
from .links import absolute


@dataclass(frozen=True)
class Slip:
    """What the holder of an account gets on paper. The address works once, until `valid_until`; no row holds it."""

    account: User
    address: str
    valid_until: datetime.datetime


def make(accounts: Iterable[User], *, actor) -> list[Slip]:
    """Make a new one-time link for each account; earlier ones are worth nothing from then on.

    All or none. Raises `Refused`.
    """
    with account_acts.acting_on_all(accounts, actor=actor) as (rows, actor):
        return [_make(row, actor) for row in rows]


def _make(row: User, actor) -> Slip:
    renew(row)
    audit.record(AuditAction.ACCOUNT_LINK_MADE, row, actor=actor)
    lasts = datetime.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    return Slip(row, absolute(one_time_path(row)), timezone.now() + lasts)


def renew(row: User) -> None:
    """Revoke the links of a locked row, so that a new one can be made. Raises `Refused`."""
    if not row.is_active:
        raise Refused(_("账号“%(name)s”已经停用，不能生成一次性链接。") % {"name": row.username})
    row.link_serial += 1
    row.save(update_fields=["link_serial"])
