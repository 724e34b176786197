"""Events at which people consult: their time and place, agenda, outcome and sign-ups."""

import secrets

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock, consent
from foundation.consent import Consented
from foundation.contacts import Contact
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.states import States, Tone
from foundation.transitions import Transition
from foundation.work_order import WorkOrder

from ..workflow import COMING, TOOK_PLACE, EventStatus, Places
from .areas import Area
from .organisations import PartnerSector
from .rhythm import Series, Slot
from .venues import Platform, Venue

# Those to come or to record as held, the first first; then the rest.
WORK_ORDER = WorkOrder(
    "starts_at", models.Case(models.When(status__in=COMING, then="starts_at")), ("-starts_at", "-pk")
)


class EventQuerySet(models.QuerySet):
    def public(self) -> "EventQuerySet":
        """All of them: planned, held and cancelled events alike are public."""
        return self

    def visible_to(self, user) -> "EventQuerySet":
        return self if user.is_superuser else self.filter(area__in=Area.objects.within_scope_of(user).values("pk"))

    def coming(self) -> "EventQuerySet":
        """Planned or open for sign-up, even where the time is past."""
        return self.filter(status__in=COMING)

    def upcoming(self) -> "EventQuerySet":
        """Not over yet, and not cancelled."""
        return self.coming().filter(ends_at__gte=clock.now()).order_by("starts_at", "pk")

    def took_place(self) -> "EventQuerySet":
        return self.filter(status__in=TOOK_PLACE)

    def past(self) -> "EventQuerySet":
        return self.took_place().order_by("-starts_at", "-pk")

    def awaiting_record(self) -> "EventQuerySet":
        """Over, but not yet recorded as held or cancelled."""
        return self.coming().filter(ends_at__lt=clock.now())

    def awaiting_minutes(self) -> "EventQuerySet":
        return self.filter(status=EventStatus.HELD)

    def with_place(self) -> "EventQuerySet":
        return self.select_related("venue", "series", "platform")

    def with_taken(self) -> "EventQuerySet":
        """With `taken`, the number of places taken, for `places_left`; NULL where none is."""
        confirmed = SignUp.objects.confirmed().filter(event=models.OuterRef("pk")).order_by()
        return self.annotate(
            taken=models.Subquery(confirmed.values("event").annotate(number=models.Count("pk")).values("number"))
        )


class Event(models.Model):
    """One meeting. Only `consultation.services.events` assigns the status."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="events", verbose_name=_("区域"))
    series = models.ForeignKey(
        Series, models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("系列")
    )
    platform = models.ForeignKey(
        Platform, models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("议事平台")
    )
    slot = models.ForeignKey(Slot, models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("档期"))
    title = PublicCharField(_("标题"), max_length=80)
    summary = PublicTextField(_("介绍"), max_length=2000, blank=True)
    venue = models.ForeignKey(
        Venue, models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("议事点")
    )
    place = PublicCharField(_("其他地点"), max_length=120, blank=True, help_text=_("不在议事点举办时填写。"))
    online_url = models.URLField(_("线上链接"), blank=True)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(pgettext_lazy("event", "结束时间"))
    capacity = models.PositiveIntegerField(_("名额"), null=True, blank=True, help_text=_("留空表示不限。"))
    sign_up_until = models.DateTimeField(_("报名截止"), null=True, blank=True, help_text=_("留空表示到活动开始为止。"))
    status = models.CharField(
        _("状态"), max_length=20, choices=EventStatus, default=EventStatus.PLANNED, editable=False
    )
    cancel_reason = PublicCharField(_("取消原因"), max_length=200, blank=True, editable=False)
    minutes = PublicTextField(_("纪要"), max_length=20000, blank=True, editable=False)
    minutes_published_at = models.DateTimeField(_("纪要公布时间"), null=True, blank=True, editable=False)
    minutes_revised_at = models.DateTimeField(_("纪要更正时间"), null=True, blank=True, editable=False)
    people_served = models.PositiveIntegerField(_("服务人数"), null=True, blank=True, editable=False)
    # The secret in the check-in QR code; staff renew it once it has leaked.
    door_key = models.CharField(max_length=48, default=secrets.token_urlsafe, editable=False)
    # SEQUENCE of RFC 5545: incremented when time, place or status change, so that calendars take the newer version.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "活动")
        verbose_name_plural = pgettext_lazy("desk", "活动")
        ordering = ["-starts_at", "-pk"]
        default_permissions = ("add", "change", "view")
        permissions = [
            ("approve_minutes", _("可审定和公布纪要")),
            ("reveal_sign_up", _("可查看报名人联系方式（须写明理由）")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=EventStatus.values), name="event_status_known"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="event_ends_after_start",
                violation_error_message=_("结束时间应晚于开始时间。"),
            ),
            models.CheckConstraint(
                condition=Q(venue__isnull=False) | ~Q(place="") | ~Q(online_url=""),
                name="event_is_somewhere",
                violation_error_message=_("请选择议事点，或填写其他地点，或填写线上链接。"),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gte=1),
                name="event_has_places",
                violation_error_message=_("名额至少 1 个；不限名额的请留空。"),
            ),
            models.CheckConstraint(
                condition=Q(sign_up_until__isnull=True) | Q(sign_up_until__lte=F("ends_at")),
                name="event_sign_up_before_end",
                violation_error_message=_("报名截止不能晚于活动结束。"),
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.CANCELLED) ^ Q(cancel_reason=""), name="event_cancelled_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(status=EventStatus.MINUTES_PUBLISHED, minutes_published_at__isnull=False) & ~Q(minutes="")
                | ~Q(status=EventStatus.MINUTES_PUBLISHED) & Q(minutes_published_at__isnull=True),
                name="event_published_minutes_exist",
            ),
            models.CheckConstraint(
                condition=Q(people_served__isnull=True) | Q(status__in=TOOK_PLACE), name="event_served_when_held"
            ),
            # The venue is a range of one number: comparing plain integers here would need the extension btree_gist.
            ExclusionConstraint(
                name="event_venue_free",
                expressions=[
                    (
                        Func("venue", "venue", Value("[]"), function="int8range", output_field=BigIntegerRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            "starts_at",
                            "ends_at",
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=~Q(status=EventStatus.CANCELLED) & Q(venue__isnull=False),
                violation_error_message=_("这个议事点在这段时间已有其他活动，请换一个时间或地点。"),
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="event_day"),
            *WORK_ORDER.indexes("event_due"),
            models.Index(fields=["ends_at", "id"], name="event_end"),
            models.Index(fields=["-changed_at", "-id"], name="event_changed"),
            models.Index(fields=["series", "starts_at", "id"], name="event_series"),
            models.Index(fields=["area", "starts_at", "id"], name="event_area"),
            models.Index(fields=["venue", "starts_at", "id"], name="event_venue"),
            models.Index(fields=["platform", "starts_at", "id"], name="event_platform"),
            models.Index(fields=["status", "starts_at", "id"], name="event_status"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def where(self) -> str:
        """The venue, another place, or "online", in words."""
        return str(self.venue) if self.venue_id else self.place or str(_("线上"))

    @property
    def is_coming(self) -> bool:
        return self.status in COMING

    @property
    def is_cancelled(self) -> bool:
        return self.status == EventStatus.CANCELLED

    @property
    def was_held(self) -> bool:
        return self.status in TOOK_PLACE

    @property
    def last_sign_up(self):
        """When signing up ends."""
        return self.sign_up_until or self.starts_at

    @property
    def takes_sign_ups(self) -> bool:
        return self.status == EventStatus.OPEN and clock.now() < self.last_sign_up

    @property
    def places_left(self) -> int | None:
        """The number of free places; None where sign-up is closed or unlimited. One query, none after `with_taken`."""
        if self.capacity is None or not self.takes_sign_ups:
            return None
        taken = self.taken if hasattr(self, "taken") else self.sign_ups.confirmed().count()
        return max(self.capacity - (taken or 0), 0)

    @property
    def state(self) -> States:
        """What pages show: its status, or that no place is left. A query as for `places_left`."""
        return Places.FULL if self.places_left == 0 else EventStatus(self.status)

    @property
    def minutes_are_public(self) -> bool:
        return self.status == EventStatus.MINUTES_PUBLISHED


class EventTransition(Transition):
    """One move of an event."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="transitions", verbose_name=_("活动"))
    from_status = models.CharField(_("从"), max_length=20, choices=EventStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=20, choices=EventStatus)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("活动流转记录")
        indexes = [models.Index(fields=["event", "at", "id"], name="transition_of_event")]


class AgendaItem(models.Model):
    """One item of an event's agenda. Presenters who are members are in `members.Presenter`."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="agenda", verbose_name=_("活动"))
    order = models.PositiveSmallIntegerField(_("次序"))
    title = PublicCharField(_("议题"), max_length=120)
    starts_at = models.TimeField(_("时间"), null=True, blank=True)
    presenter = PublicCharField(_("主讲（非委员）"), max_length=60, blank=True)
    topic = models.OneToOneField(
        "consultation.Topic",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="agenda_item",
        verbose_name=_("来自议题征集"),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("议程")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "order"],
                name="agenda_order_once",
                violation_error_message=_("同一次序只能有一个议题。"),
            )
        ]

    def __str__(self) -> str:
        return self.title


class SignUpStatus(States):
    CONFIRMED = "confirmed", Tone.DONE, pgettext_lazy("sign-up", "已报名")
    WAITING = "waiting", Tone.WAIT, pgettext_lazy("sign-up", "候补中")
    CANCELLED = "cancelled", Tone.OFF, pgettext_lazy("sign-up", "已取消")


class SignUpQuerySet(models.QuerySet):
    def active(self) -> "SignUpQuerySet":
        return self.exclude(status=SignUpStatus.CANCELLED)

    def confirmed(self) -> "SignUpQuerySet":
        return self.filter(status=SignUpStatus.CONFIRMED)

    def waiting(self) -> "SignUpQuerySet":
        """Those in the waiting list, in the order in which they move up."""
        return self.filter(status=SignUpStatus.WAITING).order_by("number")


class SignUp(Consented):
    """A person's place at an event, or in its waiting list. The contact is erased a month after the event."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="sign_ups", verbose_name=_("活动"))
    number = models.PositiveIntegerField(_("序号"))
    # Hash of the form's code, so that sending the form again finds the same sign-up. The code also opens its page.
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    contact = models.OneToOneField(
        Contact, models.SET_NULL, null=True, blank=True, related_name="sign_up", verbose_name=_("联系方式")
    )
    consent_text = consent.text_key(_("同意的文字"))
    sector = models.CharField(_("所属方面"), max_length=20, choices=PartnerSector, blank=True)
    status = models.CharField(_("状态"), max_length=12, choices=SignUpStatus)
    at = models.DateTimeField(_("报名时间"), default=clock.now)
    moved_up_at = models.DateTimeField(_("递补时间"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)

    objects = SignUpQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("报名")
        ordering = ["number"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["event", "number"], name="sign_up_number_once"),
            models.CheckConstraint(
                condition=Q(status=SignUpStatus.CANCELLED, cancelled_at__isnull=False)
                | ~Q(status=SignUpStatus.CANCELLED) & Q(cancelled_at__isnull=True),
                name="sign_up_cancelled_has_time",
            ),
        ]
        indexes = [models.Index(fields=["event", "status", "number"], name="sign_up_queue")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.number}"
