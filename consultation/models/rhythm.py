"""周周学、月月谈、季季讲、年年展 and the brands beside them: series, their planned slots, the weekly study notes."""

from django.db import models
from django.db.models import Case, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock
from foundation.names import Named, in_language
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.states import States, Tone
from foundation.work_order import WorkOrder

from .areas import Area
from .venues import Venue


class Cadence(models.TextChoices):
    WEEKLY = "weekly", _("每周")
    MONTHLY = "monthly", _("每月")
    QUARTERLY = "quarterly", _("每季度")
    YEARLY = "yearly", _("每年")
    NONE = "none", _("不定期")


class SeriesKind(models.TextChoices):
    MECHANISM = "mechanism", _("工作机制")
    BRAND = "brand", _("主题活动")


class SeriesQuerySet(models.QuerySet):
    def public(self) -> "SeriesQuerySet":
        return self.filter(is_active=True)

    def with_rhythm(self) -> "SeriesQuerySet":
        return self.exclude(cadence=Cadence.NONE)

    def visible_to(self, user) -> "SeriesQuerySet":
        return self if user.is_superuser else self.filter(area__in=Area.objects.within_scope_of(user).values("pk"))


class Series(Named):
    """A series of events: a mechanism with a rhythm, or a brand of themed activities."""

    area = models.ForeignKey(Area, models.PROTECT, verbose_name=_("区域"))
    code = models.SlugField(_("代码"), max_length=40)
    kind = models.CharField(_("类别"), max_length=12, choices=SeriesKind, default=SeriesKind.BRAND)
    cadence = models.CharField(pgettext_lazy("series", "节奏"), max_length=12, choices=Cadence, default=Cadence.NONE)
    by_venue = models.BooleanField(_("各议事点分别举办"), default=False)
    about = PublicCharField(_("说明"), max_length=200, blank=True)
    about_en = PublicCharField(_("说明（英文）"), max_length=300, blank=True)
    brand_set = PublicCharField(
        _("所属品牌系列"), max_length=40, blank=True, help_text=_("例如：街道四大品牌活动。显示在系列名称旁边。")
    )
    brand_set_en = PublicCharField(_("所属品牌系列（英文）"), max_length=80, blank=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("启用"), default=True)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("系列")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "code"], name="series_once", violation_error_message=_("这个区域已有相同代码的系列。")
            ),
            models.CheckConstraint(
                condition=~Q(kind=SeriesKind.MECHANISM) | ~Q(cadence=Cadence.NONE),
                name="series_mechanism_has_rhythm",
                violation_error_message=_("工作机制应有周期：每周、每月、每季度或每年。"),
            ),
        ]

    @property
    def summary(self) -> str:
        return in_language(self, "about")

    @property
    def honour(self) -> str:
        """The set of brands of which it is one."""
        return in_language(self, "brand_set")


class SlotState(States):
    """Derived, never stored: see `selectors.rhythm.with_state`."""

    PLANNED = "planned", Tone.TODO, pgettext_lazy("slot", "待办")
    HELD = "held", Tone.DONE, pgettext_lazy("slot", "已办")
    MISSED = "missed", Tone.LATE, pgettext_lazy("slot", "错过")


def work_order() -> WorkOrder:
    """The order of slots from today on, then of those before today, the latest first."""
    return WorkOrder("planned_on", Case(When(planned_on__gte=clock.today(), then="planned_on")), ("-planned_on", "pk"))


class SlotQuerySet(models.QuerySet):
    def public(self) -> "SlotQuerySet":
        return self.filter(series__is_active=True)

    def of_year(self, year: int) -> "SlotQuerySet":
        """Those whose day lies in the year; the week of an early January day may have begun in the year before."""
        return self.filter(planned_on__year=year)

    def with_place(self) -> "SlotQuerySet":
        """With `at`, the key of the area where each takes place: of its venue or, without one, of its series."""
        return self.annotate(at=Coalesce("venue__area", "series__area"))

    def visible_to(self, user) -> "SlotQuerySet":
        """Those of series in the user's areas, and those at venues there, whichever series they belong to."""
        if user.is_superuser:
            return self
        series, venues = Series.objects.visible_to(user).values("pk"), Venue.objects.visible_to(user).values("pk")
        return self.filter(Q(series__in=series) | Q(venue__in=venues))

    def within_scope_of(self, user) -> "SlotQuerySet":
        """Those that a member of staff may work on: of series in the user's areas, wherever they take place."""
        return self if user.is_superuser else self.filter(series__in=Series.objects.visible_to(user).values("pk"))


class Slot(models.Model):
    """A date that staff planned for a series and, where the series goes by venue, for one venue.

    `period` is the first day of its week, month, quarter or year, and does not change when the date moves.
    """

    series = models.ForeignKey(Series, models.PROTECT, related_name="slots", verbose_name=_("系列"))
    venue = models.ForeignKey(
        Venue, models.PROTECT, null=True, blank=True, related_name="slots", verbose_name=_("议事点")
    )
    period = models.DateField(_("所属周期"))
    planned_on = models.DateField(_("计划日期"))
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "档期")
        verbose_name_plural = pgettext_lazy("desk", "档期")
        ordering = ["planned_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "venue", "period"],
                nulls_distinct=False,
                name="slot_once_a_period",
                violation_error_message=_("这个周期已有安排。"),
            )
        ]
        indexes = [models.Index(fields=["planned_on", "id"], name="slot_day")]

    def __str__(self) -> str:
        return f"{self.series} {self.planned_on}"


class StudyNoteQuerySet(models.QuerySet):
    def published(self) -> "StudyNoteQuerySet":
        return self.filter(published_at__isnull=False)

    def visible_to(self, user) -> "StudyNoteQuerySet":
        return self if user.is_superuser else self.filter(series__in=Series.objects.visible_to(user).values("pk"))


class StudyNote(models.Model):
    """The notes of one weekly study 周周学, pushed to members.

    `members` records who has read them; it is never turned into a score.
    """

    series = models.ForeignKey(Series, models.PROTECT, related_name="notes", verbose_name=_("系列"))
    slot = models.OneToOneField(
        Slot, models.PROTECT, null=True, blank=True, related_name="note", verbose_name=_("档期")
    )
    title = PublicCharField(_("标题"), max_length=80)
    body = PublicTextField(_("学习要点"), max_length=5000)
    link = models.URLField(_("原文链接"), blank=True)
    published_at = models.DateTimeField(_("推送时间"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = StudyNoteQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "学习要点")
        verbose_name_plural = _("学习要点")
        ordering = ["-published_at", "-pk"]
        permissions = [("push_studynote", _("可推送学习要点"))]
        indexes = [
            models.Index(fields=["-published_at", "-id"], name="study_newest", condition=Q(published_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.title
