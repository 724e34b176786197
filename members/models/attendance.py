"""Who was at an event, and who read a study note."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import Event, Organisation, PartnerSector, SignUp, StudyNote
from foundation import clock

from .people import Member


class CheckIn(models.TextChoices):
    DOOR = "door", _("扫码签到")
    HAND = "hand", _("工作人员登记")
    IMPORT = "import", _("导入")


class AttendanceQuerySet(models.QuerySet):
    def of_members(self) -> "AttendanceQuerySet":
        return self.filter(member__isnull=False)

    def of_organisations(self) -> "AttendanceQuerySet":
        return self.filter(organisation__isnull=False)

    def of_residents(self) -> "AttendanceQuerySet":
        return self.filter(member__isnull=True, organisation__isnull=True, sector="")


class Attendance(models.Model):
    """Who was at an event: a member, people of an organisation, or residents. Nobody's location is tracked.

    `sector` is that of the organisation, or of somebody who represents a sector without naming an organisation; empty
    for members and residents.
    """

    event = models.ForeignKey(Event, models.PROTECT, related_name="attendances", verbose_name=_("活动"))
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="attendances", verbose_name=_("委员")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="attendances", verbose_name=_("单位")
    )
    sign_up = models.OneToOneField(
        SignUp, models.PROTECT, null=True, blank=True, related_name="attendance", verbose_name=_("报名")
    )
    sector = models.CharField(_("所属方面"), max_length=20, choices=PartnerSector, blank=True)
    people = models.PositiveIntegerField(_("人数"), default=1)
    # A hash of the phone's cookie, so that a phone checks in once; if staff count people, a hash of the form's key.
    visitor = models.CharField(max_length=64, blank=True, editable=False)
    how = models.CharField(_("方式"), max_length=8, choices=CheckIn)
    at = models.DateTimeField(_("时间"), default=clock.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("登记人"),
    )

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("到场")
        ordering = ["at", "pk"]
        default_permissions = ("add", "delete", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "member"], name="member_attends_once", condition=Q(member__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["event", "organisation"],
                name="organisation_attends_once",
                condition=Q(organisation__isnull=False),
            ),
            models.UniqueConstraint(fields=["event", "visitor"], name="visitor_attends_once", condition=~Q(visitor="")),
            models.CheckConstraint(
                condition=Q(member__isnull=True) | Q(organisation__isnull=True, sector="", people=1),
                name="attendance_of_one_kind",
            ),
            models.CheckConstraint(condition=Q(people__gte=1), name="attendance_of_somebody"),
            models.CheckConstraint(
                condition=~Q(how=CheckIn.HAND) | Q(recorded_by__isnull=False), name="attendance_by_hand_has_hand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.pk}"


class StudyMark(models.Model):
    """A member read a study note. A mark, not a score."""

    note = models.ForeignKey(StudyNote, models.CASCADE, related_name="marks", verbose_name=_("学习要点"))
    member = models.ForeignKey(Member, models.CASCADE, related_name="study_marks", verbose_name=_("委员"))
    read_at = models.DateTimeField(_("阅读时间"), default=clock.now)

    class Meta:
        verbose_name = pgettext_lazy("one", "阅读标记")
        verbose_name_plural = _("阅读标记")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["note", "member"], name="study_mark_once")]

    def __str__(self) -> str:
        return f"{self.note_id} {self.member_id}"
