"""Saved filters of the admin's demand list."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from consultation.models import StaffScope
from consultation.models.places import areas_of, upwards
from foundation.installation import works_for_all


class SavedFilterQuerySet(models.QuerySet):
    def of(self, user) -> "SavedFilterQuerySet":
        """The user's own, and those shared by superusers and by staff who work for the same areas, or one above."""
        shared = Q(is_shared=True)
        if not works_for_all(user):
            near = {key for area in areas_of(user) for key in upwards(area)}
            shared &= Q(owner__is_superuser=True) | Q(Exists(_scopes().filter(area__in=near)))
        return self.filter(Q(owner=user) | shared)

    def kept_by(self, user) -> "SavedFilterQuerySet":
        """Those that somebody who shares filters takes care of: those of colleagues who work for the same areas alone.

        They may have left.
        """
        shared = Q(is_shared=True)
        if not works_for_all(user):
            mine = areas_of(user)
            shared &= Q(Exists(_scopes()), ~Exists(_scopes().exclude(area__in=mine)), owner__is_superuser=False)
        return self.filter(Q(owner=user) | shared)


def _scopes():
    return StaffScope.objects.filter(user=OuterRef("owner"))


class SavedFilter(models.Model):
    """A named query of the demand list. It only narrows what a user sees anyway, so sharing it reveals nothing."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("所有者"))
    name = models.CharField(_("名称"), max_length=40)
    query = models.CharField(_("条件"), max_length=500)
    is_shared = models.BooleanField(_("所有人可用"), default=False)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("常用筛选")
        ordering = ["is_shared", "name", "pk"]
        default_permissions = ()
        permissions = [("share_filter", _("可将常用筛选共享给所有人"))]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="saved_filter_once", violation_error_message=_("这个名称已被使用。")
            )
        ]

    def __str__(self) -> str:
        return self.name
