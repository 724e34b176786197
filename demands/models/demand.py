"""Demands: their statuses, publication, deadlines and transitions."""

import datetime

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Greatest
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import Area, Venue
from consultation.models.places import areas_of
from foundation import clock, consent, search
from foundation.consent import Consented
from foundation.contacts import Contact
from foundation.personal_numbers import masked
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.transitions import Transition
from foundation.words import fold
from members.models import Resource

from ..workflow import CLOSED, GONE, OPEN, RATED, SOLVED, DeclineReason, DemandStatus, shown, state_of
from . import desk, link_status
from .categories import Category
from .choices import MAX_PUBLIC, NEWS, NOT_KEPT, URGENT, Channel, Direction, PublicationBasis, Urgency
from .references import REFERENCE, references, search_is_for_words

# Two generated columns (`demands/migrations/0002`), left out of the model so that no page loads them.
# The public search looks through this one: published text only.
PUBLIC_WORDS = search.Words("public_words")
# The search of staff looks through this one: the resident's own text and the place too.
STAFF_WORDS = search.Words("desk_words")


class DemandQuerySet(models.QuerySet):
    def public(self) -> "DemandQuerySet":
        """Those published by staff, on a recorded basis."""
        return self.filter(published_at__isnull=False)

    def matching(self, text: str) -> "DemandQuerySet":
        """Public ones whose title or summary contains all the words of `text`."""
        return search.matching(self.public(), PUBLIC_WORDS, text)

    def search_for_staff(self, text: str) -> "DemandQuerySet":
        """Search for staff: by reference or its final number, by the last four digits of a phone, or by words.

        Words include those of the resident's own text and of the place. Digits are searched for in all these ways.
        """
        text = fold(text).strip()
        if REFERENCE.fullmatch(text.upper()):
            return self.filter(ref=text.upper())
        if search_is_for_words(text):
            return search.matching(self, STAFF_WORDS, text)
        found = Q(search.matches(STAFF_WORDS, text)) | Q(ref__in=references(text))
        if len(text) == 4:
            # As an array, because PostgreSQL would not use the index on words beside a subquery.
            owners = ArraySubquery(Contact.objects.phone_ends_with(text).values("pk"))
            found |= Q(
                Func(
                    F("contact"),
                    owners,
                    template="(%(expressions)s))",
                    arg_joiner=" = ANY (",
                    output_field=models.BooleanField(),
                )
            )
        return self.filter(found)

    def best_for_staff(self, text: str) -> list[int]:
        """Return the keys of what `search_for_staff` found: an exact reference first, then the best matches."""
        refs = references(text)
        first = Q(ref__in=refs) if refs else None
        return search.best(self, STAFF_WORDS, text, newest=("-received_at", "-pk"), even=True, first=first)

    def open(self) -> "DemandQuerySet":
        return self.filter(status__in=OPEN)

    def by_deadline(self) -> "DemandQuerySet":
        """In the order in which staff work: by deadline, then those without one that runs, then closed ones."""
        return self.order_by(desk.deadline().asc(nulls_last=True), "-received_at", "-pk")

    def counted(self) -> "DemandQuerySet":
        """Those that statistics count: the parts of a split demand, or the whole where the split was undone."""
        # Test for split demands, which are few; the opposite condition would make PostgreSQL scan the table again.
        whole = Demand.objects.filter(pk=models.OuterRef("split_from"), status=DemandStatus.SPLIT)
        again = Q(split_from__isnull=False) & (~models.Exists(whole) | Q(merged_into=F("split_from")))
        return self.exclude(status=DemandStatus.SPLIT).exclude(again)

    def overdue(self, today: datetime.date | None = None) -> "DemandQuerySet":
        """Open ones past their current deadline: to answer or, once answered, to resolve."""
        return self.open().filter(due_on__lt=today or clock.today())

    def due_today(self, today: datetime.date | None = None) -> "DemandQuerySet":
        return self.open().filter(due_on=today or clock.today())

    def paused(self) -> "DemandQuerySet":
        """Those whose deadlines are paused until the resident replies."""
        return self.filter(paused_at__isnull=False)

    def urgent(self) -> "DemandQuerySet":
        """Open ones that staff have marked as urgent, or about which that is to be decided."""
        return self.open().filter(urgency__in=URGENT)

    def unassigned(self) -> "DemandQuerySet":
        return self.open().filter(assignee__isnull=True)

    def awaiting_publication(self) -> "DemandQuerySet":
        """Those whose residents agreed to publication, and that staff have not reviewed yet."""
        return self.filter(consent_publication=True, published_at__isnull=True, unpublished_at__isnull=True).exclude(
            status__in=GONE
        )

    def deletion_requested(self) -> "DemandQuerySet":
        return self.filter(deletion_requested_at__isnull=False, erased_at__isnull=True)

    def visible_to(self, user) -> "DemandQuerySet":
        """Those a member of staff may see: the demands of the areas they work for."""
        if user.is_superuser:
            return self
        return self.filter(area__in=areas_of(user))

    def expired(self, months: int) -> "DemandQuerySet":
        """Those closed, and here, for longer than personal data may be stored. Demo content is nobody's, and stays.

        A merged demand waits until its target is erased, a split one until its parts are, because its reporter is
        notified about them until then; a target that stays for good is not waited for.
        """
        left = Demand.objects.filter(erased_at__isnull=True)
        target = left.filter(NOT_KEPT | Q(status__in=OPEN), pk=models.OuterRef("merged_into"))
        return (
            self.alias(ended=Greatest("closed_at", "imported_at"))
            .filter(
                NOT_KEPT, status__in=CLOSED, ended__lt=clock.months_ago(months), erased_at__isnull=True, is_demo=False
            )
            .exclude(Q(status=DemandStatus.MERGED) & models.Exists(target))
            .exclude(Q(status=DemandStatus.SPLIT) & models.Exists(left.filter(split_from=models.OuterRef("pk"))))
        )

    def rows(self, *more: str) -> "DemandQuerySet":
        """Return the values of rows of the public list, as named tuples with keys of cached areas and categories.

        The status of its public links comes as two numbers (`demands.models.link_status`); NULL where there are none.
        """
        return self.annotate(meeting=link_status.meeting(), agreed=link_status.agreed()).values_list(
            "ref",
            "public_title",
            "status",
            "consulted_at",
            "due_on",
            "support_count",
            "area",
            "category",
            "is_demo",
            "imported_at",
            "meeting",
            "agreed",
            *more,
            named=True,
        )

    def with_last_move(self) -> "DemandQuerySet":
        """With `moved_at`, the time of the last change of status."""
        moves = DemandTransition.objects.filter(demand=models.OuterRef("pk")).order_by("-at", "-pk")
        return self.annotate(moved_at=models.Subquery(moves.values("at")[:1]))

    def with_links_stamp(self) -> "DemandQuerySet":
        """With `links_stamp`, part of cache keys: it changes whenever anything the demand is linked to changes."""
        return self.annotate(links_stamp=link_status.stamp())

    def with_place(self) -> "DemandQuerySet":
        return self.select_related("category", "area__parent__parent")


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
