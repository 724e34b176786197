"""What was done to an account, in words: the audit stores codes of roles, areas and work, and staff read names."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from . import handovers
from .accounts import Role, User
from .audit import AuditAction, AuditEntry
from .outbox import Channel

MAX_ENTRIES = 200
SIGN_INS = (AuditAction.SIGNED_IN, AuditAction.SIGNED_OUT, AuditAction.SIGN_IN_FAILED)
# Acts whose detail is codes, before the reason if there is one.
CODED = (
    AuditAction.ADDED,
    AuditAction.ROLE_CHANGED,
    AuditAction.SCOPE_CHANGED,
    AuditAction.WORK_HANDED_OVER,
    AuditAction.ACCOUNT_LINK_MADE,
)
CODE = re.compile(r"\w[\w:-]*")
NONE = re.compile(r"(?<!\S)-(?!\S)")
_named: list[Callable[[], Mapping[str, str]]] = []


class Line(NamedTuple):
    """An act on an account, and its codes and reason in words."""

    entry: AuditEntry
    detail: str


def name_codes(names: Callable[[], Mapping[str, str]]) -> None:
    """Let codes of an app above be shown by the names that this function returns. To be called from `AppConfig.ready`.

    It makes no queries.
    """
    if names not in _named:
        _named.append(names)


def lines(account: User) -> list[Line]:
    """The newest acts on an account, without its sign-ins, which would soon leave no room for them. Two queries."""
    entries = list(
        AuditEntry.objects.filter(subject=f"user:{account.pk}")
        .exclude(action__in=SIGN_INS)
        .select_related("actor")[:MAX_ENTRIES]
    )
    names = _names(entries)
    return [Line(entry, _in_words(entry, names)) for entry in entries]


def _names(entries: Iterable[AuditEntry]) -> dict[str, str]:
    found = {code: name for names in _named for code, name in names().items()}
    found |= {work.name: str(work.label) for work in handovers.kinds()}
    found |= {value: str(label) for value, label in (*Role.choices, *Channel.choices)}
    found |= {"superuser": _("超级管理员"), "role": _("角色"), "scope": _("工作范围"), "member": _("委员编号")}
    keys = {key for entry in entries for key in re.findall(r"user:(\d+)", entry.detail)}
    return found | {f"user:{user.pk}": str(user) for user in User.objects.filter(pk__in=keys)}


def _in_words(entry: AuditEntry, names: Mapping[str, str]) -> str:
    if entry.action not in CODED:
        return entry.detail
    codes, separator, reason = entry.detail.partition("; ")
    named = CODE.sub(lambda code: names.get(code[0], code[0]), NONE.sub(_("无"), codes))
    return f"{named.replace(', ', _('；')).replace(',', _('、'))}{separator and _('；')}{reason}"
