"""Demands: their statuses, publication, deadlines and transitions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import Area, Venue
from foundation import clock, consent
from foundation.consent import Consented
from foundation.contacts import Contact
from foundation.personal_numbers import masked
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.transitions import Transition
from members.models import Resource

from ..workflow import CLOSED, OPEN, RATED, SOLVED, DeclineReason, DemandStatus, shown, state_of
from . import desk
from .categories import Category
from .choices import MAX_PUBLIC, NEWS, NOT_KEPT, Channel, Direction, PublicationBasis, Urgency
from .demand_sets import DemandQuerySet
from .units import Unit


class Demand(Consented):
    """A need of residents, or a problem that a department reports.

    Only `demands.services` assigns the status. Residents' own texts are stored apart from the published ones.
    """

    ref = models.CharField(_("编号"), max_length=20, unique=True)
    # Hash of the form's code, so that sending the form again finds this demand, even after the code was replaced.
    form_hash = models.CharField(max_length=64, unique=True, editable=False)
    # Hash of the code that opens the tracking page now; NULL once erased.
    code_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001 - unique or absent
    status = models.CharField(_("状态"), max_length=20, choices=DemandStatus, default=DemandStatus.RECEIVED)
    direction = models.CharField(_("方向"), max_length=12, choices=Direction, default=Direction.BOTTOM_UP)
    channel = models.CharField(_("来源"), max_length=12, choices=Channel, default=Channel.WEB)
    category = models.ForeignKey(Category, models.PROTECT, verbose_name=_("类别"))
    area = models.ForeignKey(Area, models.PROTECT, verbose_name=_("地点"))
    venue = models.ForeignKey(Venue, models.PROTECT, null=True, blank=True, verbose_name=_("议事点"))
    # The resource that the resident asked for directly.
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="asked_for", verbose_name=_("指定的资源")
    )

    description = models.TextField(_("居民原话"), blank=True)
    place = models.CharField(_("具体位置"), max_length=100, blank=True)
    contact = models.OneToOneField(Contact, models.SET_NULL, null=True, blank=True, verbose_name=_("联系方式"))
    consent_handling = models.BooleanField(_("同意为办理而使用信息"), default=False)
    consent_publication = models.BooleanField(_("同意公开"), default=False)
    for_other = models.BooleanField(_("替他人提交"), default=False, db_default=False)
    handling_text = consent.text_key(_("同意办理的文字"))
    # The consent text agreed to at the time; it stays when the consent is withdrawn.
    publication_text = consent.text_key(_("同意公开的文字"))
    deletion_requested_at = models.DateTimeField(_("申请删除时间"), null=True, blank=True)
    erased_at = models.DateTimeField(_("个人信息删除时间"), null=True, blank=True)

    received_at = models.DateTimeField(_("收到时间"), default=clock.now)
    # When it came in with a list; such a demand has no reporter here.
    imported_at = models.DateTimeField(_("导入时间"), null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(_("首次答复时间"), null=True, blank=True)
    consulted_at = models.DateTimeField(_("最近转入协商时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    response_due = models.DateField(_("回应期限"))
    resolution_due = models.DateField(_("办结期限"))
    # The start of the current pause, in which staff wait for the resident; it extends both deadlines by its length.
    paused_at = models.DateTimeField(_("暂停计时"), null=True, blank=True)
    # The current deadline, NULL during a pause; staff filter and sort by it.
    due_on = models.GeneratedField(
        expression=models.Case(
            models.When(paused_at__isnull=False, then=None),
            models.When(answered_at__isnull=True, then=F("response_due")),
            default=F("resolution_due"),
        ),
        output_field=models.DateField(),
        db_persist=True,
        verbose_name=_("当前期限"),
    )
    urgency = models.CharField(_("紧急程度"), max_length=10, choices=Urgency, blank=True, default="", db_default="")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("经办人"),
    )
    # Who is asked to put it right; and which department reported it, where it came with a list.
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, db_index=False, related_name="demands", verbose_name=_("责任单位")
    )
    reported_by = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="reported_demands",
        verbose_name=_("提出单位"),
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("并入")
    )
    split_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("拆分自")
    )
    # The finished demand about the same trouble, which has come back.
    again_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="recurrences", verbose_name=_("之前办理过")
    )
    decline_reason = models.CharField(_("未予办理的原因"), max_length=30, choices=DeclineReason, blank=True)
    responsible = PublicCharField(_("应由谁负责"), max_length=80, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    public_title = PublicCharField(_("公开标题"), max_length=60, blank=True)
    public_summary = PublicTextField(_("公开摘要"), max_length=MAX_PUBLIC, blank=True)
    public_result = PublicTextField(_("公开的办理结果"), max_length=MAX_PUBLIC, blank=True)
    publication_basis = models.CharField(_("公开依据"), max_length=20, choices=PublicationBasis, blank=True)
    # Lists and feeds are ordered by it. What came with its answer keeps its own date (`services.publishing`).
    published_at = models.DateTimeField(_("公开时间"), null=True, blank=True)
    unpublished_at = models.DateTimeField(_("撤下时间"), null=True, blank=True)
    support_count = models.PositiveIntegerField(_("附议人数"), default=0)
    # Hash of the last entry of the public evidence trail.
    # With a default in the database, because during a deployment the previous release still inserts demands.
    trail_head = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

    objects = DemandQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "需求")
        verbose_name_plural = pgettext_lazy("desk", "需求")
        default_permissions = ("add", "change", "view")
        permissions = [
            ("accept_demand", _("可受理需求")),
            ("handle_demand", _("可办理需求")),
            ("decline_demand", _("可不予办理")),
            ("merge_demand", _("可并入和拆分需求")),
            ("answer_demand", _("可答复居民")),
            ("note_demand", _("可写内部备注")),
            ("assign_demand", _("可分派经办人")),
            ("publish_demand", _("可公开和撤下")),
            ("erase_demand", _("可删除个人信息")),
            ("dispatch_demand", _("可派单")),
            ("import_demand", _("可导入需求")),
            ("export_demand", _("可导出需求")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DemandStatus.values), name="demand_status_known"),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | (~Q(public_title="") & ~Q(public_summary="") & ~Q(publication_basis="")),
                name="demand_published_on_a_basis",
                violation_error_message=_("公开前须填写标题、摘要和公开依据。"),
            ),
            models.CheckConstraint(
                condition=~Q(publication_basis=PublicationBasis.WEB_CONSENT) | Q(consent_publication=True),
                name="demand_web_consent_is_there",
                violation_error_message=_("居民没有在网页上同意公开，不能以此为依据。"),
            ),
            models.CheckConstraint(
                condition=Q(handling_text__isnull=True) | Q(consent_handling=True), name="demand_text_was_agreed_to"
            ),
            models.CheckConstraint(
                condition=Q(status=DemandStatus.DECLINED) ^ Q(decline_reason=""),
                name="demand_declined_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(decline_reason=DeclineReason.OUT_OF_REMIT) | ~Q(responsible=""),
                name="demand_out_of_remit_names_who",
                violation_error_message=_("不在职责范围的，应写明由谁负责。"),
            ),
            models.CheckConstraint(
                condition=Q(status=DemandStatus.MERGED) ^ Q(merged_into__isnull=True),
                name="demand_merged_has_target",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")), name="demand_not_into_itself"
            ),
            models.CheckConstraint(
                condition=Q(status__in=CLOSED, closed_at__isnull=False) | Q(status__in=OPEN, closed_at__isnull=True),
                name="demand_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(split_from__isnull=True) | ~Q(split_from=F("pk")), name="demand_not_part_of_itself"
            ),
            models.CheckConstraint(
                condition=Q(again_of__isnull=True) | ~Q(again_of=F("pk")), name="demand_not_again_of_itself"
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(status__in=OPEN), name="demand_paused_is_open"
            ),
            models.CheckConstraint(
                condition=Q(response_due__lte=F("resolution_due")), name="demand_deadlines_in_order"
            ),
        ]
        indexes = [
            # The public list: newest first, or most supported, under each filter.
            models.Index(fields=["-published_at", "-id"], name="pub_newest", condition=Q(published_at__isnull=False)),
            models.Index(
                fields=["-published_at", "-id"],
                name="pub_under_way",
                condition=Q(published_at__isnull=False, status__in=OPEN),
            ),
            models.Index(
                fields=["-support_count", "-published_at", "-id"],
                name="pub_supported",
                condition=Q(published_at__isnull=False),
            ),
            models.Index(
                fields=["status", "-published_at", "-id"],
                name="pub_status",
                condition=Q(published_at__isnull=False),
            ),
            models.Index(
                fields=["category", "-published_at", "-id"],
                name="pub_category",
                condition=Q(published_at__isnull=False),
            ),
            models.Index(
                fields=["area", "-published_at", "-id"],
                name="pub_area",
                condition=Q(published_at__isnull=False),
            ),
            models.Index(
                fields=["direction", "-published_at", "-id"],
                name="pub_direction",
                condition=Q(published_at__isnull=False),
            ),
            models.Index(
                fields=["venue", "-published_at", "-id"],
                name="pub_venue",
                condition=Q(published_at__isnull=False),
            ),
            # The feed.
            models.Index(fields=["-published_at", "-id"], name="pub_news", condition=NEWS),
            models.Index(
                fields=["published_at", "id"],
                name="trail_to_begin",
                condition=Q(published_at__isnull=False, trail_head=""),
            ),
            *desk.INDEXES,
            models.Index(
                Greatest("closed_at", "imported_at"),
                name="demand_ended",
                condition=NOT_KEPT & Q(erased_at__isnull=True),
            ),
            # Demands whose reporters are asked again after a while.
            models.Index(
                fields=["closed_at"],
                name="demand_solved",
                condition=Q(status__in=SOLVED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.headline}"

    @property
    def headline(self) -> str:
        """One line for staff, without the numbers of people."""
        own = Truncator(masked(self.description).replace("\n", " ")).chars(40)
        return self.public_title or own or str(_("（内容已删除）"))

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_merged(self) -> bool:
        return self.status == DemandStatus.MERGED

    @property
    def is_declined(self) -> bool:
        return self.status == DemandStatus.DECLINED

    @property
    def is_rated(self) -> bool:
        """Whether its reporter rates how it ended, and may ask to reopen it."""
        return self.status in RATED

    @property
    def is_public(self) -> bool:
        return self.published_at is not None

    @property
    def is_overdue(self) -> bool:
        return self.due_on is not None and self.is_open and self.due_on < clock.today()

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def came_closed(self) -> bool:
        """Whether it was imported with its answer, and has not been reopened."""
        return None not in (self.imported_at, self.closed_at) and self.closed_at <= self.imported_at

    @property
    def shown_status(self) -> str:
        """The status that pages show."""
        return shown(self.status, is_imported=self.imported_at is not None)

    def get_status_display(self) -> str:
        return str(state_of(self.shown_status).label)

    @cached_property
    def tracking_open(self) -> bool:
        """Whether the tracking page still accepts anything from the resident."""
        return self.status != DemandStatus.WITHDRAWN and self.erased_at is None


class DemandTransition(Transition):
    """One move of a demand; in the name of an office where staff made it."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="transitions", verbose_name=_("需求"))
    from_status = models.CharField(_("从"), max_length=20, choices=DemandStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=20, choices=DemandStatus)
    office = models.CharField(_("部门"), max_length=60, blank=True)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("流转记录")
        indexes = [models.Index(fields=["demand", "at", "id"], name="transition_of_demand")]
