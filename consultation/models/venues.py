"""Venues of three levels and four kinds, the platforms based there, and the scans of their QR codes."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.names import ENGLISH_HELP, Named, in_language
from foundation.public_texts import PublicCharField, PublicTextField

from .areas import Area, AreaLevel


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
# Pages under /venues/ that are not venues.
RESERVED_SLUGS = ("platforms",)


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
    slug = models.SlugField(_("网址名称"), max_length=60, unique=True)
    code = models.CharField(
        _("二维码编号"), max_length=12, unique=True, help_text=_("海报二维码含有这个编号，印出后请勿修改。")
    )
    address = PublicCharField(_("地址"), max_length=120, blank=True)
    hours = PublicCharField(_("开放时间"), max_length=80, blank=True)
    hours_en = PublicCharField(_("开放时间（英文）"), max_length=80, blank=True)
    phone = models.CharField(_("电话"), max_length=40, blank=True)
    step_free = models.BooleanField(_("无台阶通行"), null=True, blank=True)
    latitude = models.DecimalField(
        _("纬度"),
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_("国测局坐标（GCJ-02），可在高德或腾讯地图的坐标拾取页查询，如 30.498700。"),
    )
    longitude = models.DecimalField(_("经度"), max_digits=9, decimal_places=6, null=True, blank=True)
    is_open = models.BooleanField(_("启用"), default=True)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = VenueQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "议事点")
        verbose_name_plural = pgettext_lazy("desk", "议事点")
        ordering = ["area_level", "kind", "area", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=VenueKind.values), name="venue_kind_known"),
            # Codes are looked up regardless of case, so no two may differ by case alone.
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9A-Z]{1,12}$"),
                name="venue_code_plain",
                violation_error_message=_("二维码编号只能用大写字母和数字。"),
            ),
            models.UniqueConstraint(
                fields=["area"],
                condition=Q(kind=VenueKind.CLOUD_STATION),
                name="one_cloud_station_a_compound",
                violation_error_message=_("每个小区只设一个云端工作站。"),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                # Test both for NULL, because a check constraint passes where its condition is NULL.
                | Q(latitude__isnull=False, longitude__isnull=False)
                & Q(latitude__range=(3, 54), longitude__range=(73, 136)),
                name="venue_coordinates_in_china",
                violation_error_message=_("经度和纬度须同时填写，并且在中国境内；请核对是否填反。"),
            ),
        ]

    def clean(self) -> None:
        if self.kind and self.area_id and self.area.level != VENUE_LEVEL[VenueKind(self.kind)]:
            level = VENUE_LEVEL[VenueKind(self.kind)].label
            raise ValidationError(
                {"area": _("%(kind)s只能设在%(level)s一级。") % {"kind": self.get_kind_display(), "level": level}}
            )
        if self.slug in RESERVED_SLUGS:
            raise ValidationError({"slug": _("这个网址名称已被其他页面使用，请换一个。")})

    @property
    def opening_hours(self) -> str:
        return in_language(self, "hours")


class VenueScan(models.Model):
    """The number of times a venue's QR code was opened on one day."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="scans", verbose_name=_("议事点"))
    day = models.DateField(_("日期"))
    count = models.PositiveIntegerField(_("次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("扫码次数")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["venue", "day"], name="scan_once_a_day")]

    def __str__(self) -> str:
        return f"{self.venue_id} {self.day}"


class PlatformQuerySet(models.QuerySet):
    def public(self) -> "PlatformQuerySet":
        return self.filter(is_open=True)

    def visible_to(self, user) -> "PlatformQuerySet":
        return self if user.is_superuser else self.filter(venue__in=Venue.objects.visible_to(user).values("pk"))


class Platform(Named):
    """A deliberation platform 特色议事平台: a name, a style and a home venue."""

    slug = models.SlugField(_("网址名称"), max_length=60, unique=True)
    style = PublicCharField(_("风格"), max_length=60, help_text=_("用一句话说明大家怎样议事。"))
    style_en = PublicCharField(_("风格（英文）"), max_length=120, blank=True)
    summary = PublicTextField(_("介绍"), max_length=1000, blank=True)
    summary_en = PublicTextField(_("介绍（英文）"), max_length=2000, blank=True, help_text=ENGLISH_HELP)
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="platforms", verbose_name=_("常驻议事点"))
    order = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_open = models.BooleanField(_("启用"), default=True)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        verbose_name = _("议事平台")
        verbose_name_plural = pgettext_lazy("desk", "议事平台")
        ordering = ["order", "pk"]

    @property
    def manner(self) -> str:
        return in_language(self, "style")
