"""Where people live and meet: the tree of areas, the venues of three levels and four kinds."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from foundation.names import Named, in_language


class AreaLevel(models.IntegerChoices):
    """Stored as numbers, so that the database can say: a parent stands exactly one level higher."""

    DISTRICT = 1, _("区")
    SUBDISTRICT = 2, _("街道")
    COMMUNITY = 3, _("社区")
    COMPOUND = 4, _("小区")


class AreaQuerySet(models.QuerySet):
    def within_scope_of(self, user) -> "AreaQuerySet":
        """What a member of staff may work on: all for a superuser, else the areas of their scope rows and below."""
        if user.is_superuser:
            return self
        from .places import areas_of  # reads these models

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
        verbose_name = verbose_name_plural = _("区域")
        ordering = ["level", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["id", "level"], name="area_id_level"),
            models.CheckConstraint(
                condition=Q(level=AreaLevel.DISTRICT, parent__isnull=True)
                | (Q(level__gt=AreaLevel.DISTRICT) & Q(level__lte=AreaLevel.COMPOUND) & Q(parent__isnull=False)),
                name="area_parent_by_level",
                violation_error_message=_("区没有上级，街道、社区、小区必须有上级。"),
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
        """As residents say it: community and compound, or the one name there is."""
        if self.level == AreaLevel.COMPOUND:
            return f"{self.parent} · {self}"
        return str(self)


class StaffScope(models.Model):
    """That a member of staff works for an area and everything below it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="scopes", verbose_name=_("账号"))
    area = models.ForeignKey(Area, models.PROTECT, verbose_name=_("区域"))

    class Meta:
        verbose_name = _("工作范围")
        verbose_name_plural = _("工作范围")
        constraints = [models.UniqueConstraint(fields=["user", "area"], name="scope_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.area}"


class VenueKind(models.TextChoices):
    """三级四类工作阵地."""

    MEMBERS_HOME = "members_home", _("政协委员之家")
    DELIBERATION_HOME = "deliberation_home", _("协商议事之家")
    CONSULTATION_STUDIO = "consultation_studio", _("协商工作室")
    CLOUD_STATION = "cloud_station", _("小区云端工作站")


VENUE_LEVEL = {
    VenueKind.MEMBERS_HOME: AreaLevel.SUBDISTRICT,
    VenueKind.DELIBERATION_HOME: AreaLevel.COMMUNITY,
    VenueKind.CONSULTATION_STUDIO: AreaLevel.COMMUNITY,
    VenueKind.CLOUD_STATION: AreaLevel.COMPOUND,
}


class VenueQuerySet(models.QuerySet):
    def public(self) -> "VenueQuerySet":
        return self.filter(is_open=True)

    def visible_to(self, user) -> "VenueQuerySet":
        return self if user.is_superuser else self.filter(area__in=Area.objects.within_scope_of(user).values("pk"))


class Venue(Named):
    """A place where consultation happens. A foreign key over (area, area_level) keeps each kind at its level."""

    kind = models.CharField(_("类型"), max_length=30, choices=VenueKind)
    area = models.ForeignKey(Area, models.PROTECT, related_name="venues", verbose_name=_("区域"))
    area_level = models.GeneratedField(
        expression=Case(
            *(When(kind=kind, then=Value(level.value)) for kind, level in VENUE_LEVEL.items()),
            default=Value(0),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    slug = models.SlugField(_("网址名"), max_length=60, unique=True)
    code = models.CharField(
        _("二维码代码"), max_length=12, unique=True, help_text=_("印在海报二维码里，印出后不要再改。")
    )
    address = models.CharField(_("地址"), max_length=120, blank=True)
    hours = models.CharField(_("开放时间"), max_length=80, blank=True)
    hours_en = models.CharField(_("开放时间（英文）"), max_length=80, blank=True)
    phone = models.CharField(_("电话"), max_length=40, blank=True)
    step_free = models.BooleanField(_("无台阶通行"), null=True, blank=True)
    is_open = models.BooleanField(_("启用"), default=True)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = VenueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("阵地")
        ordering = ["area_level", "kind", "area", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=VenueKind.values), name="venue_kind_known"),
            models.UniqueConstraint(
                fields=["area"],
                condition=Q(kind=VenueKind.CLOUD_STATION),
                name="one_cloud_station_a_compound",
                violation_error_message=_("每个小区只设一个云端工作站。"),
            ),
        ]

    def clean(self) -> None:
        if self.kind and self.area_id and self.area.level != VENUE_LEVEL[VenueKind(self.kind)]:
            level = VENUE_LEVEL[VenueKind(self.kind)].label
            raise ValidationError(
                {"area": _("%(kind)s只能设在%(level)s一级。") % {"kind": self.get_kind_display(), "level": level}}
            )

    @property
    def opening_hours(self) -> str:
        return in_language(self, "hours")
