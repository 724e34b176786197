"""Saved filters of the admin's demand list."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation import audit
from foundation.audit import AuditAction
from foundation.errors import Refused

from ..models import SavedFilter

MAX_KEPT = 30
MAY_SHARE = "demands.share_filter"


def changeable(user):
    """Return the filters that the user may change: their own and, with the permission to share, those of colleagues."""
    rows = SavedFilter.objects.all()
    return rows.kept_by(user) if user.has_perm(MAY_SHARE) else rows.filter(owner=user)


@transaction.atomic
def keep(name: str, query: str, *, is_shared: bool, actor) -> SavedFilter:
    """Save a filter for the user alone, or for all staff. Raises `Refused`.

    Args:
        query: the query string of the list, reduced to its filters.
    """
    if not query:
        raise Refused(_("请先在列表中选好条件，再存为常用筛选。"))
    if len(query) > SavedFilter._meta.get_field("query").max_length:
        raise Refused(_("筛选条件过长，请缩短搜索文字。"))
    if SavedFilter.objects.filter(owner=actor).count() >= MAX_KEPT:
        raise Refused(_("每人最多保存 %(most)d 个常用筛选，请先删除不用的。") % {"most": MAX_KEPT})
    return _write(SavedFilter(owner=actor, query=query), name, is_shared, actor)


@transaction.atomic
def rename(kept: SavedFilter, name: str, *, is_shared: bool, actor) -> SavedFilter:
    """Change a filter's name, and whether it is shared. Raises `Refused`."""
    kept = _for_change(kept, actor)
    # A filter that is no longer shared stays with its owner.
    return _write(kept, name, is_shared, actor)


@transaction.atomic
def remove(kept: SavedFilter, *, actor) -> None:
    """Delete a filter. Raises `Refused`."""
    kept = _for_change(kept, actor)
    if kept.is_shared:
        audit.record(AuditAction.DELETED, kept, actor=actor)
    kept.delete()


def _for_change(kept: SavedFilter, actor) -> SavedFilter:
    found = SavedFilter.objects.select_for_update().filter(pk=kept.pk).first()
    if found is None:
        raise Refused(_("这个常用筛选已被删除。"))
    if not changeable(actor).filter(pk=found.pk).exists():
        raise Refused(_("这个常用筛选不是您的。"))
    return found


def _write(kept: SavedFilter, name: str, is_shared: bool, actor) -> SavedFilter:
    if not name.strip():
        raise Refused(_("请填写名称。"))
    if is_shared != kept.is_shared and not actor.has_perm(MAY_SHARE):
        raise Refused(_("您的账号不能将常用筛选共享给所有人。"))
    shared_before, is_new = kept.is_shared, kept.pk is None
    kept.name, kept.is_shared = name.strip(), is_shared
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError:
        raise Refused(_("这个名称已被使用。")) from None
    # Audit changes to shared filters only; private ones concern nobody else.
    if is_shared or shared_before:
        audit.record(AuditAction.ADDED if is_new else AuditAction.CHANGED, kept, actor=actor)
    return kept
