"""Which areas an account works for."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from foundation import account_acts
from foundation.accounts import User
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.errors import Refused, Stale, TransitionNotAllowed

from ..models import Area, StaffScope, places


def scope_of(account: User) -> list[int]:
    """The keys of the areas that an account was given; what lies below them is not listed."""
    return sorted(account.scopes.values_list("area", flat=True))


def scope_in_codes(account: User) -> str:
    """The codes of these areas for the audit, separated by commas; "-" for none."""
    return ",".join(places.area(key).code for key in scope_of(account)) or "-"


def set_scope(account: User, areas: Iterable[Area], *, actor, reason: str, version: str | None = None) -> User:
    """Let an account work for these areas and no others; nobody gives or takes areas that are not their own.

    Args:
        version: of the scope that the page showed.

    Raises `Refused`, or `Stale`.
    """
    with account_acts.acting_on(account, actor=actor) as (row, actor):
        before, now = set(scope_of(row)), {area.pk for area in areas}
        if version is not None and version != scope_version(row):
            raise Stale
        if before == now:
            raise Refused(_("工作范围没有变化。"))
        if actor.party != Party.SYSTEM and not before ^ now <= set(places.areas_of(actor)):
            raise TransitionNotAllowed(_("您不能给出或收回自己工作范围以外的区域。"))
        old = scope_in_codes(row)
        row.scopes.filter(area__in=before - now).delete()
        StaffScope.objects.bulk_create(StaffScope(user=row, area_id=key) for key in sorted(now - before))
        account_acts.record(AuditAction.SCOPE_CHANGED, row, actor, reason, _change(old, scope_in_codes(row)))
    return row


def scope_version(account: User) -> str:
    """What pages carry of the scope, so that a stale one is refused."""
    return ",".join(map(str, scope_of(account))) or "-"


def _change(before: str, after: str) -> str:
    """Before → after; of long lists, which a row of the audit has no room for, what came and what went."""
    whole = f"{before} → {after}"
    if len(whole) <= 95:
        return whole
    old, new = set(before.split(",")), set(after.split(","))
    return " ".join([*(f"+{code}" for code in sorted(new - old)), *(f"-{code}" for code in sorted(old - new))])
