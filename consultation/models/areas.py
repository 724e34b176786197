"""The tree of areas, and which staff work for them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.cached import Cached
from foundation.names import Named


class AreaLevel(models.IntegerChoices):
    """Levels are numbers, so that the database can check that a parent is exactly one level higher."""

    DISTRICT = 1, _("区")
    SUBDISTRICT = 2, _("街道")
    COMMUNITY = 3, _("社区")
    COMPOUND = 4, _("小区")


class AreaQuerySet(models.QuerySet):
    def within_scope_of(self, user) -> "AreaQuerySet":
        """Those a member of staff may work on: all for a superuser, else the areas of their scope rows and below."""
        if user.is_superuser:
            return self
        return self.filter(pk__in=areas_of(user))

    def with_parents(self) -> "AreaQuerySet":
        return self.select_related("parent__parent__parent")


class Area(Named):
    """One place of the tree district → subdistrict → community → compound.

    A foreign key over (parent, parent_level), made in the first migration, keeps each parent one level higher.
    """

    level = models.PositiveSmallIntegerField(_("层级"), choices=AreaLevel)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )
    parent_level = models.GeneratedField(
        expression=F("level") - Value(1), output_field=models.PositiveSmallIntegerField(), db_persist=True
    )
    code = models.SlugField(_("代码"), max_length=60, unique=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("区域")
        verbose_name_plural = pgettext_lazy("desk", "区域")
        ordering = ["level", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["id", "level"], name="area_id_level"),
            models.CheckConstraint(
                condition=Q(level=AreaLevel.DISTRICT, parent__isnull=True)
                | (Q(level__gt=AreaLevel.DISTRICT) & Q(level__lte=AreaLevel.COMPOUND) & Q(parent__isnull=False)),
                name="area_parent_by_level",
                violation_error_message=_("区没有上级；街道、社区、小区须有上级。"),
            ),
        ]

    def clean(self) -> None:
        if self.parent and self.level and self.parent.level != self.level - 1:
            upper = AreaLevel(self.level - 1).label if self.level > 1 else "—"
            raise ValidationError({"parent": _("上级必须是%(level)s。") % {"level": upper}})

    def up_to(self, level: AreaLevel) -> "Area | None":
        """This area's ancestor of that level, itself included; None above the root or below the area."""
        area = self
        while area is not None and area.level > level:
            area = area.parent
        return area if area is not None and area.level == level else None

    @property
    def community(self) -> "Area | None":
        return self.up_to(AreaLevel.COMMUNITY)

    @property
    def subdistrict(self) -> "Area | None":
        return self.up_to(AreaLevel.SUBDISTRICT)

    @property
    def place(self) -> str:
        """The name residents use: community and compound, or the area's own name on other levels."""
        if self.level == AreaLevel.COMPOUND:
            return f"{self.parent} · {self}"
        return str(self)


class StaffScope(models.Model):
    """A member of staff works for an area and everything below it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="scopes", verbose_name=_("账号"))
    area = models.ForeignKey(Area, models.PROTECT, verbose_name=_("区域"))

    class Meta:
        verbose_name = _("工作范围")
        verbose_name_plural = pgettext_lazy("desk", "工作范围")
        constraints = [models.UniqueConstraint(fields=["user", "area"], name="scope_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.area}"


# --- The tree, cached ------------------------------------------------------------------------------------------------


def _read() -> dict[int, Area]:
    # With what subdistricts say of themselves, which every page of theirs shows.
    areas = {area.pk: area for area in Area.objects.select_related("profile").order_by("level", "order", "pk")}
    for area in areas.values():
        if area.parent_id:
            area.parent = areas[area.parent_id]
    return areas


areas = Cached(_read)


def area(pk: int) -> Area:
    """Return the cached area with its parents. Raises `KeyError` when there is none."""
    return areas.row(pk)


def within(area: Area) -> list[int]:
    """Return the keys of an area and of everything below it."""
    found = [area.pk]
    for other in areas().values():  # parents come before their children
        if other.parent_id in found:
            found.append(other.pk)
    return found


def areas_of(user) -> list[int]:
    """Return the keys of the areas a member of staff works for: all for a superuser, else those of their scope rows and
    below. One query at most.
    """
    if user.is_superuser:
        return list(areas())
    if not hasattr(user, "_area_keys"):
        scope = StaffScope.objects.filter(user=user).values_list("area", flat=True)
        user._area_keys = sorted({key for pk in scope for key in within(area(pk))})
    return user._area_keys


def forget_areas_of(user) -> None:
    """Read them again at the next call, as after areas were made."""
    vars(user).pop("_area_keys", None)
