"""Macros 常用办法: named sets of acts, with which staff fill in the form that does several acts at once."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consultation.models.shared import Shared, SharedQuerySet
from foundation.cached import Cached

from .conversation import StandardReply
from .units import Unit

# The acts of a macro, in the order in which they are done; named as the boxes of the form that does them.
ACTS = ("accepts", "assigns", "sets_unit", "answers", "publishes")


class MacroQuerySet(SharedQuerySet):
    def visible_to(self, user) -> "MacroQuerySet":
        """The user's own, and those that are shared where they work."""
        return super().visible_to(user).filter(Q(owner__isnull=True) | Q(owner=user))


class Macro(Shared):
    """A named set of acts: somebody's own, or shared by the staff of one subdistrict or of all.

    The unit or the standard reply may be deleted or switched off later; the act stays, and `missing` says so.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("所有者"),
    )
    name = models.CharField(_("名称"), max_length=20)
    accepts = models.BooleanField(_("受理"), default=False)
    assigns = models.BooleanField(_("分派"), default=False)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("经办人"),
        help_text=_("留空则分派给使用的人。"),
    )
    sets_unit = models.BooleanField(_("确定责任单位"), default=False)
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("责任单位"))
    answers = models.BooleanField(_("答复居民"), default=False)
    reply = models.ForeignKey(
        StandardReply, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("标准答复")
    )
    publishes = models.BooleanField(
        _("公开"), default=False, help_text=_("标题和摘要由系统按居民原话建议，公开依据按居民的同意填写，使用时再改。")
    )
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    objects = MacroQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "常用办法")
        verbose_name_plural = _("常用办法")
        ordering = ["order", "pk"]
        permissions = [("share_macro", _("可将常用办法共享给同事"))]
        constraints = [
            models.UniqueConstraint(
                fields=["subdistrict", "owner", "name"],
                nulls_distinct=False,
                name="macro_once",
                violation_error_message=_("已有同名的常用办法。"),
            ),
            models.CheckConstraint(
                condition=Q(accepts=True) | Q(assigns=True) | Q(sets_unit=True) | Q(answers=True) | Q(publishes=True),
                name="macro_does_something",
                violation_error_message=_("请至少勾选一步。"),
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(subdistrict__isnull=True), name="macro_own_or_of_a_subdistrict"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        errors = {}
        if self.sets_unit and not self.unit_id:
            errors["unit"] = _("请选择责任单位。")
        if self.answers and not self.reply_id:
            errors["reply"] = _("请选择标准答复。")
        if errors:
            raise ValidationError(errors)

    @property
    def missing(self) -> dict[str, str]:
        """For each act that names what can no longer be used, a sentence that says so."""
        found = {}
        if self.assigns and self.assignee and not self.assignee.is_active:
            found["assigns"] = gettext("“%(name)s”的账号已停用，请另选经办人。") % {"name": self.assignee}
        if self.sets_unit and (self.unit is None or not self.unit.is_active):
            found["sets_unit"] = _gone(self.unit, gettext("原来的责任单位"), gettext("请另选责任单位。"))
        if self.answers and (self.reply is None or not self.reply.is_active):
            then = gettext("请另选标准答复，或直接写答复。")
            found["answers"] = _gone(self.reply, gettext("原来的标准答复"), then)
        return found


def _gone(row: Shared | None, what: str, then: str) -> str:
    """A sentence on a row that was deleted, or switched off, and what to do."""
    if row is None:
        return gettext("%(what)s已删除，%(then)s") % {"what": what, "then": then}
    return gettext("“%(row)s”已停用，%(then)s") % {"row": row, "then": then}


# Few, and needed on every demand's page.
_macros = Cached(lambda: list(Macro.objects.select_related("assignee", "unit", "reply")))


def macros_of(user, area: int) -> list[Macro]:
    """The macros that a member of staff may use for a demand of an area, from the cache."""
    return [macro for macro in _macros() if macro.owner_id in (None, user.pk) and macro.is_usable_in(area)]
