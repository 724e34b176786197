"""When members receive residents, turn by turn, and who has booked a turn."""

import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Case, Count, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import Venue
from foundation import clock, consent
from foundation.consent import Consented
from foundation.contacts import Contact
from foundation.public_texts import PublicCharField
from foundation.states import States, Tone
from foundation.work_order import WorkOrder

from .people import Member

# Of a turn, in minutes; and how many turns one reception has.
MIN_MINUTES, MAX_MINUTES, MAX_TURNS = 5, 120, 40


class ReceptionState(States):
    """Derived, never stored."""

    OPEN = "open", Tone.NOW, pgettext_lazy("reception", "可预约")
    FULL = "full", Tone.WAIT, pgettext_lazy("reception", "已约满")
    OVER = "over", Tone.OFF, pgettext_lazy("reception", "已结束")
    CANCELLED = "cancelled", Tone.OFF, pgettext_lazy("reception", "已取消")


def work_order() -> WorkOrder:
    """The order of receptions to come, then of those that are over or were cancelled, the latest first."""
    coming = When(cancelled_at__isnull=True, ends_at__gt=clock.now(), then="starts_at")
    return WorkOrder("starts_at", Case(coming), ("-starts_at", "pk"))


class ReceptionQuerySet(models.QuerySet):
    def public(self) -> "ReceptionQuerySet":
        """Those of members in office; cancelled ones too, so that whoever booked finds out why."""
        return self.filter(member__is_active=True)

    def upcoming(self) -> "ReceptionQuerySet":
        """Not over, and not cancelled; the next first."""
        return self.filter(cancelled_at__isnull=True, ends_at__gt=clock.now()).order_by("starts_at", "pk")

    def over(self) -> "ReceptionQuerySet":
        return self.filter(Q(cancelled_at__isnull=False) | Q(ends_at__lte=clock.now()))

    def of_member(self, member: Member) -> "ReceptionQuerySet":
        return self.filter(member=member)

    def with_taken(self) -> "ReceptionQuerySet":
        """With `taken`, the number of turns that are booked."""
        booked = ReceptionBooking.objects.active().filter(reception=OuterRef("pk")).order_by().values("reception")
        return self.annotate(taken=Coalesce(Subquery(booked.annotate(count=Count("pk")).values("count")), 0))

    def visible_to(self, user) -> "ReceptionQuerySet":
        """Those of members of the user's areas, and those at venues there, whoever receives."""
        if user.is_superuser:
            return self
        members, venues = Member.objects.visible_to(user).values("pk"), Venue.objects.visible_to(user).values("pk")
        return self.filter(Q(member__in=members) | Q(venue__in=venues))

    def within_scope_of(self, user) -> "ReceptionQuerySet":
        """Those that a member of staff may work on: of members of the user's areas, wherever they receive."""
        return self if user.is_superuser else self.filter(member__in=Member.objects.visible_to(user).values("pk"))


class Reception(models.Model):
    """A member receives residents for some turns of equal length, one after the other on one day."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="receptions", verbose_name=_("委员"))
    venue = models.ForeignKey(
        Venue, models.PROTECT, null=True, blank=True, related_name="receptions", verbose_name=_("议事点")
    )
    place = PublicCharField(_("其他地点"), max_length=120, blank=True)
    starts_at = models.DateTimeField(_("开始时间"))
    # When the last turn ends; stored, so that the database can keep one member's receptions apart.
    ends_at = models.DateTimeField(_("结束时间"), editable=False)
    minutes = models.PositiveSmallIntegerField(_("每位几分钟"))
    turns = models.PositiveSmallIntegerField(_("接待几位"))
    about = PublicCharField(_("可以谈什么"), max_length=200, blank=True)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True, editable=False)
    cancel_reason = PublicCharField(_("取消原因"), max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = ReceptionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "委员接待")
        verbose_name_plural = pgettext_lazy("desk", "委员接待")
        ordering = ["starts_at", "pk"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(
                condition=Q(venue__isnull=False) ^ ~Q(place=""),
                name="reception_is_somewhere",
                violation_error_message=_("请选择议事点，或填写其他地点，二者选一。"),
            ),
            models.CheckConstraint(
                condition=Q(minutes__range=(MIN_MINUTES, MAX_MINUTES), turns__range=(1, MAX_TURNS)),
                name="reception_has_turns",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="reception_ends_after_start"),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) ^ ~Q(cancel_reason=""), name="reception_cancelled_has_reason"
            ),
            # The member is a range of one number: comparing plain integers here would need the extension btree_gist.
            ExclusionConstraint(
                name="reception_member_free",
                expressions=[
                    (
                        Func(
                            "member", "member", Value("[]"), function="int8range", output_field=BigIntegerRangeField()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func("starts_at", "ends_at", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(cancelled_at__isnull=True),
                violation_error_message=_("这位委员在这段时间已有接待，请换一个时间。"),
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="reception_start"),
            models.Index(fields=["ends_at", "id"], name="reception_end"),
        ]

    def __str__(self) -> str:
        return f"{self.member} {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"

    @property
    def where(self) -> str:
        return str(self.venue) if self.venue_id else self.place

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def is_over(self) -> bool:
        return self.ends_at <= clock.now()

    @property
    def is_coming(self) -> bool:
        return not (self.is_cancelled or self.is_over)

    @property
    def takes_bookings(self) -> bool:
        """Until it begins."""
        return not self.is_cancelled and clock.now() < self.starts_at

    @property
    def left(self) -> int:
        """How many turns are free. Needs a row read `with_taken`."""
        return max(self.turns - self.taken, 0)

    @property
    def state(self) -> ReceptionState:
        """Needs a row read `with_taken`."""
        if self.is_cancelled:
            return ReceptionState.CANCELLED
        if self.is_over:
            return ReceptionState.OVER
        return ReceptionState.OPEN if self.left else ReceptionState.FULL

    def time_of(self, turn: int) -> datetime.datetime:
        """When a turn begins, counted from 1."""
        return self.starts_at + datetime.timedelta(minutes=self.minutes * (turn - 1))


class ReceptionBookingQuerySet(models.QuerySet):
    def active(self) -> "ReceptionBookingQuerySet":
        return self.filter(cancelled_at__isnull=True)


class ReceptionBooking(Consented):
    """A resident's turn. The contact is erased a month after the reception, or at once if they cancel."""

    reception = models.ForeignKey(Reception, models.PROTECT, related_name="bookings", verbose_name=_("委员接待"))
    turn = models.PositiveSmallIntegerField(_("第几位"))
    # Hash of the form's code, so that sending the form again finds the same booking. The code also opens its page.
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    contact = models.OneToOneField(
        Contact, models.SET_NULL, null=True, blank=True, related_name="reception_booking", verbose_name=_("联系方式")
    )
    consent_text = consent.text_key(_("同意的文字"))
    at = models.DateTimeField(_("预约时间"), default=clock.now)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)

    objects = ReceptionBookingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("接待预约")
        ordering = ["turn", "pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["reception", "turn"], condition=Q(cancelled_at__isnull=True), name="reception_turn_once"
            ),
            models.CheckConstraint(condition=Q(turn__gte=1), name="reception_turn_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.reception_id} {self.turn}"

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    @property
    def starts_at(self) -> datetime.datetime:
        return self.reception.time_of(self.turn)
