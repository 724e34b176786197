"""What an account may do: closed and opened, its role, full control, its password. Each is an act of its own.

None of it is part of a form that is saved for a name: such a form, opened before, would bring back an account that
somebody else has closed meanwhile. Every act has a reason, and leaves a row in the audit that says before → after.
"""

import contextlib
from collections.abc import Container, Iterable, Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from . import audit
from .account_reach import PERMISSION, managed_roles, reached
from .accounts import STAFF_ROLES, Role, User, give_role
from .actors import Party
from .audit import AuditAction
from .errors import Refused, Stale, TransitionNotAllowed
from .sign_ins import end_everything


def version_of(account: User) -> str:
    """What acts change about an account, in one word; pages of acts carry it, so that a stale one is refused."""
    return f"{account.is_active:d}{account.is_superuser:d} {_roles(account)}"


def why_not(actor, account: User, within: Container[int] | None = None) -> str:
    """A sentence saying why this actor may not act on the account; empty if they may.

    Args:
        within: the keys of accounts that the actor reaches, where these have been read for several at once.
    """
    if account.closed_at:
        return _("这个账号已经注销，不能再做任何操作。")
    if actor.party == Party.SYSTEM:
        return ""
    if not actor.has_perm(PERMISSION):
        return _("您的账号不能管理其他账号。")
    if actor.pk == account.pk:
        return _("不能对自己的账号做这项操作，请由另一位管理员办理。")
    if account.is_superuser and not actor.is_superuser:
        return _("只有超级管理员可以对超级管理员的账号做这项操作。")
    if account.pk not in (reached(actor, [account]) if within is None else within):
        return _("您只能管理本街道社区工作人员和委员的账号。")
    return ""


@contextlib.contextmanager
def acting_on(
    account: User, *, actor, version: str | None = None, also: Iterable[User] = (), own: bool = False
) -> Iterator[tuple[User, Any]]:
    """Lock an account for an act, and yield it and the actor as they are now.

    Args:
        version: of what the page showed.
        also: accounts that are locked too.
        own: whether the actor may do it to their own account.

    Raises `TransitionNotAllowed` if the actor may not act on it, before or after the act, and `Stale`.
    """
    with acting_on_all([account], actor=actor, also=also, own=own) as ([now], actor):
        if version is not None and version != version_of(now):
            raise Stale
        yield now, actor


@contextlib.contextmanager
def acting_on_all(
    accounts: Iterable[User], *, actor, also: Iterable[User] = (), own: bool = False
) -> Iterator[tuple[list[User], Any]]:
    """Lock accounts for an act, as `acting_on` does for one.

    Superusers are locked along with them, all in one order, and the actor is read again: two who take full control from
    each other at the same moment would both succeed otherwise, and nobody would be left. Meanwhile others still write
    rows that only refer to these accounts.
    """
    with transaction.atomic():
        chosen = [account.pk for account in accounts]
        rows = _locked([*chosen, *(account.pk for account in also)], actor)
        now, actor = [rows[pk] for pk in chosen], rows.get(actor.pk, actor)
        if actor.user and not actor.is_active:
            raise TransitionNotAllowed(_("您的账号不能管理其他账号。"))
        others = [row for row in now if not (own and row.pk == actor.pk)]
        within = reached(actor, others)
        for row in others:
            if sentence := why_not(actor, row, within):
                raise TransitionNotAllowed(sentence)
        had_superuser = _any_superuser(rows)
        yield now, actor
        if len(reached(actor, others)) < len(others):
            raise TransitionNotAllowed(_("这样更改后，这个账号就不在您的管理范围内了，请由超级管理员办理。"))
        if had_superuser and not _any_superuser(rows):
            raise Refused(_("这是最后一个超级管理员，不能停用，也不能收回权限。"))


def _locked(keys: list[int], actor) -> dict[int, User]:
    """These accounts, all superusers and the actor, locked in the order of their keys."""
    superusers = User.objects.filter(is_superuser=True).values_list("pk", flat=True)
    wanted = {*keys, *superusers, *([actor.pk] if actor.user else ())}
    found = User.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    return {row.pk: row for row in found}


def _any_superuser(rows: dict[int, User]) -> bool:
    return any(row.is_superuser and row.is_active for row in rows.values())


def disable(account: User, *, actor, reason: str, version: str | None = None) -> User:
    """Close an account; everything by which its holder is signed in ends. Raises `Refused`, or `Stale`."""
    with acting_on(account, actor=actor, version=version) as (row, actor):
        if not row.is_active:
            raise Refused(_("这个账号已经停用。"))
        _set_active(row, False)
        record(AuditAction.ACCOUNT_DISABLED, row, actor, reason)
    return row


def disable_all(accounts: Iterable[User], *, actor, reason: str) -> int:
    """Close several accounts as `disable` does, all or none; those closed already stay so. Returns how many it closed.

    Raises `Refused`.
    """
    with acting_on_all(accounts, actor=actor) as (rows, actor):
        active = [row for row in rows if row.is_active]
        for row in active:
            _set_active(row, False)
            record(AuditAction.ACCOUNT_DISABLED, row, actor, reason)
    return len(active)


def enable(account: User, *, actor, reason: str, version: str | None = None) -> User:
    """Open a closed account again; its holder has to sign in again. Raises `Refused`, or `Stale`."""
    with acting_on(account, actor=actor, version=version) as (row, actor):
        if row.is_active:
            raise Refused(_("这个账号没有停用。"))
        _set_active(row, True)
        record(AuditAction.ACCOUNT_ENABLED, row, actor, reason)
    return row


def _set_active(row: User, is_active: bool) -> None:
    row.is_active = is_active
    row.save(update_fields=["is_active"])
    end_everything(row)


def set_role(account: User, role: str, *, actor, reason: str, version: str | None = None) -> User:
    """Give an account a role instead of the one it has. Raises `Refused`, or `Stale`."""
    with acting_on(account, actor=actor, version=version) as (row, actor):
        before = _roles(row)
        if role not in managed_roles(actor):
            raise TransitionNotAllowed(_("您不能给出比自己权限更大的角色。"))
        if before == role:
            raise Refused(_("这个账号已经是这个角色。"))
        give_role(row, Role(role))
        end_everything(row)
        record(AuditAction.ROLE_CHANGED, row, actor, reason, f"{before or '-'} → {role}")
    return row


def set_superuser(account: User, is_superuser: bool, *, actor, reason: str, version: str | None = None) -> User:
    """Give an account full control, or take it back. Raises `Refused`, or `Stale`."""
    with acting_on(account, actor=actor, version=version) as (row, actor):
        if actor.user and not actor.is_superuser:
            raise TransitionNotAllowed(_("只有超级管理员可以对超级管理员的账号做这项操作。"))
        if row.is_superuser == is_superuser:
            raise Refused(_("这个账号的权限刚刚已经变更。"))
        before, row.is_superuser = _power(row), is_superuser
        row.is_staff = is_superuser or _roles(row) in STAFF_ROLES
        row.save(update_fields=["is_superuser", "is_staff"])
        end_everything(row)
        record(AuditAction.ROLE_CHANGED, row, actor, reason, f"{before} → {_power(row)}")
    return row


def void_password(account: User, *, actor, reason: str, version: str | None = None) -> User:
    """Make an account's password useless, and sign its holder out; a one-time link lets them set a new one.

    Raises `Refused`, or `Stale`.
    """
    with acting_on(account, actor=actor, version=version) as (row, actor):
        row.set_unusable_password()
        row.save(update_fields=["password"])
        end_everything(row)
        record(AuditAction.PASSWORD_VOIDED, row, actor, reason)
    return row


def _roles(account: User) -> str:
    return ",".join(sorted(account.groups.values_list("name", flat=True)))


def _power(account: User) -> str:
    return "superuser" if account.is_superuser else _roles(account) or "-"


def record(action: AuditAction, account: User, actor, reason: str, change: str = "") -> None:
    """Record an act on an account: what changed, before → after, and why."""
    audit.record(action, account, actor=actor, detail="; ".join(filter(None, (change, reason))))
