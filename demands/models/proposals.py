"""Proposals 提案 and 社情民意信息 that the committee makes of demands which come up again and again."""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import Area, AreaLevel, places, subdistricts
from foundation import clock
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.states import States
from foundation.transitions import Transition
from foundation.work_order import WorkOrder
from members.models import Member

from ..workflow import (
    ENDED_UNFILED,
    NOT_WHOLLY_ADOPTED,
    ON_RECORD,
    UNSUBMITTED,
    OpinionStatus,
    Outcome,
    OutcomeReason,
    ProposalReason,
    ProposalStatus,
)
from .demand import Demand

MAX_TITLE, MAX_WORDS = 80, 3000


class ProposalKind(models.TextChoices):
    PROPOSAL = "proposal", pgettext_lazy("kind", "提案")
    OPINION = "opinion", _("社情民意信息")


# Of an opinion, these two have words of their own.
_OF_OPINIONS = {
    ProposalStatus.FILED: OpinionStatus.RECORDED,
    ProposalStatus.NOT_FILED: OpinionStatus.NOT_RECORDED,
}


@dataclass(frozen=True)
class Place:
    """An area, and how many of the reports come from it. `name` is the one it had when they were counted."""

    area: int
    name: str
    count: int

    def __str__(self) -> str:
        area = places.areas().get(self.area)
        return str(area) if area else self.name


@dataclass(frozen=True)
class Evidence:
    """How often something came up, where, since when, and what was tried.

    Args:
        reports: of residents or departments; those of demands merged into a linked one are counted too.
        supporters: residents who support one of them.
        places: communities, or other areas that lie in none, most reports first.
        again: those that came back after they were resolved.
        meetings, agreements: that the demands are linked to; of the agreements, `kept` and `missed`.
        helped: dispatches that members have done.
        asked: answers from responsible units.
        refs: references of the linked demands.
    """

    reports: int = 0
    supporters: int = 0
    places: tuple[Place, ...] = ()
    first: datetime.date | None = None
    last: datetime.date | None = None
    unfinished: int = 0
    answered: int = 0
    again: int = 0
    meetings: int = 0
    agreements: int = 0
    kept: int = 0
    missed: int = 0
    helped: int = 0
    asked: int = 0
    refs: tuple[str, ...] = ()

    @property
    def as_json(self) -> dict[str, Any]:
        days = {name: getattr(self, name) and getattr(self, name).isoformat() for name in ("first", "last")}
        return asdict(self) | days

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Evidence":
        """Read what `as_json` wrote; a part that was not stored yet is its default."""
        known = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        for name in ("first", "last"):
            known[name] = datetime.date.fromisoformat(stored[name]) if stored.get(name) else None
        return cls(**known | {"places": tuple(Place(**one) for one in stored["places"]), "refs": tuple(stored["refs"])})


# Those that are written, or wait to be filed, answered or closed, the oldest first; then those that have ended.
WORK_ORDER = WorkOrder(
    "created_at", models.Case(models.When(~Q(status__in=(*ENDED_UNFILED, ProposalStatus.CLOSED)), then="created_at"))
)


class ProposalQuerySet(models.QuerySet):
    def public(self) -> "ProposalQuerySet":
        """Those on record with a number; a draft is nobody's business."""
        return self.filter(status__in=ON_RECORD)

    def of_member(self, member: Member) -> "ProposalQuerySet":
        return self.filter(author=member)

    def unsubmitted(self) -> "ProposalQuerySet":
        return self.filter(status__in=UNSUBMITTED)

    def visible_to(self, user) -> "ProposalQuerySet":
        """Those of the subdistricts that a member of staff works in, if only for a part of one."""
        return self if user.is_superuser else self.filter(subdistrict__in=subdistricts.of_staff(user))


class Proposal(models.Model):
    """A proposal or 社情民意信息 of one subdistrict. Only `demands.services.proposal_moves` assigns the status.

    All its texts are public once it is on record. `evidence` is empty until it is submitted, and what it was then
    afterwards: a paper that has gone out does not change.
    """

    kind = models.CharField(_("种类"), max_length=10, choices=ProposalKind, default=ProposalKind.PROPOSAL)
    status = models.CharField(_("状态"), max_length=12, choices=ProposalStatus, default=ProposalStatus.DRAFT)
    subdistrict = models.ForeignKey(
        Area,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"level": AreaLevel.SUBDISTRICT},
        verbose_name=_("街道"),
    )
    # The member who writes and signs it; empty where staff draft it.
    author = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="proposals", verbose_name=_("提出委员")
    )
    title = PublicCharField(_("案由（标题）"), max_length=MAX_TITLE)
    situation = PublicTextField(_("居民反映的情况"), max_length=MAX_WORDS)
    analysis = PublicTextField(_("原因分析"), max_length=MAX_WORDS, blank=True)
    suggestions = PublicTextField(_("具体建议"), max_length=MAX_WORDS, blank=True)
    demands = models.ManyToManyField(
        Demand, through="ProposalDemand", related_name="proposals", verbose_name=pgettext_lazy("desk", "需求")
    )
    evidence = models.JSONField(_("报送时的依据"), default=dict, blank=True, editable=False)

    recipient = PublicCharField(_("报送单位"), max_length=60, blank=True)
    submitted_on = models.DateField(_("报送日期"), null=True, blank=True)
    number = PublicCharField(_("立案号或编号"), max_length=40, blank=True)
    filed_on = models.DateField(_("立案日期"), null=True, blank=True)
    replied_by = PublicCharField(_("答复单位"), max_length=60, blank=True)
    reply = PublicTextField(_("答复内容"), max_length=MAX_WORDS, blank=True)
    replied_on = models.DateField(_("答复日期"), null=True, blank=True)
    outcome = models.CharField(_("采纳情况"), max_length=12, choices=Outcome, blank=True)
    outcome_reason = models.CharField(_("未全部采纳的原因"), max_length=20, choices=OutcomeReason, blank=True)
    closed_on = models.DateField(_("结果日期"), null=True, blank=True)
    # Why it was not filed, or was withdrawn.
    reason = models.CharField(_("原因"), max_length=20, choices=ProposalReason, blank=True)

    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("起草人")
    )
    created_at = models.DateTimeField(_("起草时间"), default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "提案")
        verbose_name_plural = pgettext_lazy("desk", "提案和社情民意")
        ordering = ["-created_at", "-pk"]
        default_permissions = ("add", "change", "view")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ProposalStatus.values), name="proposal_status_known"),
            models.CheckConstraint(condition=Q(kind__in=ProposalKind.values), name="proposal_kind_known"),
            models.CheckConstraint(
                condition=Q(status__in=(*UNSUBMITTED, ProposalStatus.WITHDRAWN))
                | (~Q(recipient="") & Q(submitted_on__isnull=False) & ~Q(evidence={})),
                name="proposal_submitted_has_evidence",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ON_RECORD, filed_on__isnull=False) & ~Q(number="")
                | ~Q(status__in=ON_RECORD) & Q(filed_on__isnull=True, number=""),
                name="proposal_on_record_has_number",
            ),
            models.UniqueConstraint(
                fields=["recipient", "number"],
                condition=~Q(number=""),
                name="proposal_number_once",
                violation_error_message=_("这个编号已登记在另一份提案上，请核对。"),
            ),
            models.CheckConstraint(
                condition=~Q(status=ProposalStatus.REPLIED) | (~Q(reply="") & Q(replied_on__isnull=False)),
                name="proposal_replied_has_reply",
            ),
            models.CheckConstraint(
                condition=Q(status=ProposalStatus.CLOSED, closed_on__isnull=False) & ~Q(outcome="")
                | ~Q(status=ProposalStatus.CLOSED) & Q(closed_on__isnull=True, outcome=""),
                name="proposal_closed_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=NOT_WHOLLY_ADOPTED) ^ Q(outcome_reason=""),
                name="proposal_not_adopted_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ENDED_UNFILED) ^ Q(reason=""), name="proposal_ended_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-created_at", "-id"], name="proposal_status"),
            *WORK_ORDER.indexes("proposal_due"),
            models.Index(fields=["author", "-created_at", "-id"], name="proposal_of_member"),
            models.Index(fields=["subdistrict", "-created_at", "-id"], name="proposal_subdistrict"),
            models.Index(fields=["-filed_on", "-id"], name="proposal_public", condition=Q(status__in=ON_RECORD)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("proposal_detail", args=[self.pk])

    @property
    def state(self) -> States:
        """What pages show: its status, in the words of its kind."""
        status = ProposalStatus(self.status)
        return _OF_OPINIONS.get(status, status) if self.kind == ProposalKind.OPINION else status

    @property
    def is_unsubmitted(self) -> bool:
        return self.status in UNSUBMITTED

    @property
    def is_draft(self) -> bool:
        return self.status == ProposalStatus.DRAFT

    @property
    def is_on_record(self) -> bool:
        return self.status in ON_RECORD

    @property
    def frozen_evidence(self) -> Evidence | None:
        """The evidence with which it was submitted; None while it is still counted."""
        return Evidence.of_json(self.evidence) if self.evidence else None


class ProposalDemand(models.Model):
    """A demand is written into a proposal."""

    proposal = models.ForeignKey(
        Proposal, models.CASCADE, related_name="links", verbose_name=pgettext_lazy("one", "提案")
    )
    demand = models.ForeignKey(
        Demand, models.PROTECT, related_name="proposal_links", verbose_name=pgettext_lazy("one", "需求")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("提案所含需求")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["proposal", "demand"], name="proposal_demand_once")]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.demand_id}"


class ProposalTransition(Transition):
    """One move of a proposal."""

    proposal = models.ForeignKey(
        Proposal, models.PROTECT, related_name="transitions", verbose_name=pgettext_lazy("one", "提案")
    )
    from_status = models.CharField(_("从"), max_length=20, choices=ProposalStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=20, choices=ProposalStatus)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("提案流转记录")
        indexes = [models.Index(fields=["proposal", "at", "id"], name="transition_of_proposal")]
