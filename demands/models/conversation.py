"""Messages, photos, support and ratings of a demand, and standard replies."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consultation.models.shared import Shared
from foundation import clock, consent, placeholders
from foundation.actors import Party
from foundation.cached import Cached
from foundation.consent import Consented
from foundation.contacts import Contact
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.storage import StoredName
from foundation.uploads import PhotoReview, review_version

from .demand import Demand, DemandTransition


class MessageKind(models.TextChoices):
    ANSWER = "answer", _("答复居民")
    NOTE = "note", _("内部备注")
    ADDITION = "addition", _("居民补充")
    # News from elsewhere, written by the portal: shown to the resident, but not counted as an answer.
    PROGRESS = "progress", _("进展")
    REASON = "reason", _("居民说明的理由")
    # From the member who has the demand in hand, to staff.
    MEMBER = "member", _("委员报告的进展")


class DemandMessageQuerySet(models.QuerySet):
    def for_resident(self) -> "DemandMessageQuerySet":
        return self.exclude(kind__in=(MessageKind.NOTE, MessageKind.MEMBER))

    def of_member_since(self, member, moment) -> "DemandMessageQuerySet":
        """What a member reported to staff since a time, the latest first."""
        return self.filter(kind=MessageKind.MEMBER, author=member.user_id, at__gte=moment).order_by("-at", "-pk")


class DemandMessage(models.Model):
    """A message about a demand: to its resident, by its resident, or among staff."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="messages", verbose_name=_("需求"))
    kind = models.CharField(_("类型"), max_length=10, choices=MessageKind)
    body = models.TextField(_("内容"))
    at = models.DateTimeField(_("时间"), default=clock.now)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("作者"),
    )
    office = models.CharField(_("部门"), max_length=60, blank=True)
    # From the form, so that sending the same form twice leaves one message.
    key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects = DemandMessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("往来")
        ordering = ["at", "pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["demand", "at", "id"], name="message_of_demand")]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.get_kind_display()}"


class DemandPhotoQuerySet(models.QuerySet):
    def pending(self) -> "DemandPhotoQuerySet":
        return self.filter(review=PhotoReview.PENDING)

    def public(self) -> "DemandPhotoQuerySet":
        return self.filter(review=PhotoReview.APPROVED, demand__published_at__isnull=False)


class DemandPhoto(models.Model):
    """A photo of a demand, re-encoded without its metadata."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="photos", verbose_name=_("需求"))
    full = StoredName(editable=False)
    thumbnail = StoredName(editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = models.CharField(_("图片说明"), max_length=80, blank=True)
    party = models.CharField(_("来自"), max_length=10, choices=Party, default=Party.RESIDENT)
    # Where it came with the answer of an outside office.
    office_request = models.ForeignKey(
        "OfficeRequest",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="photos",
        verbose_name=_("外部答复"),
    )
    review = models.CharField(_("审核"), max_length=10, choices=PhotoReview, default=PhotoReview.PENDING)
    created_at = models.DateTimeField(_("上传时间"), default=clock.now)

    objects = DemandPhotoQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("照片")
        ordering = ["pk"]
        default_permissions = ("view", "change")
        indexes = [
            models.Index(fields=["demand"], name="photos_to_review", condition=Q(review=PhotoReview.PENDING)),
            models.Index(fields=["office_request"], name="photos_of_answer", condition=Q(office_request__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.pk}"

    @property
    def whose(self) -> str:
        """Who provided it, where it has no description."""
        if self.office_request_id:
            return gettext("责任单位提供的照片")
        return gettext("委员提供的照片") if self.party == Party.MEMBER else gettext("居民提供的照片")

    @property
    def review_version(self) -> str:
        """What a page for review showed, so that a stale one does not make public what a colleague has just refused."""
        return review_version(self, self.review, self.alt)


class Support(Consented):
    """附议: one visitor needs the same. Identified by the hash of a random cookie; may carry a contact, for news."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="supports", verbose_name=_("需求"))
    visitor = models.CharField(max_length=64, editable=False)
    contact = models.OneToOneField(
        Contact, models.SET_NULL, null=True, blank=True, related_name="support", verbose_name=_("联系方式")
    )
    consent_text = consent.text_key(_("同意的文字"))
    at = models.DateTimeField(_("时间"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("附议")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["demand", "visitor"], name="support_once")]

    def __str__(self) -> str:
        return f"{self.demand_id}"


class Verdict(models.TextChoices):
    SATISFIED = "satisfied", _("满意")
    UNSATISFIED = "unsatisfied", _("不满意")
    UNSURE = "unsure", _("说不清")


# With the result or with the work.
UNSATISFIED = Q(result=Verdict.UNSATISFIED) | Q(work=Verdict.UNSATISFIED)


class RatingQuerySet(models.QuerySet):
    def unsatisfied(self) -> "RatingQuerySet":
        return self.filter(UNSATISFIED)


class Rating(models.Model):
    """The resident's rating of the result and, if they want, of the work; one for each closing of the demand."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="ratings", verbose_name=_("需求"))
    # A closing of the demand itself, or of the one it was merged into: every reporter rates it separately.
    closing = models.ForeignKey(DemandTransition, models.PROTECT, related_name="ratings", verbose_name=_("办结"))
    work = models.CharField(_("对办理过程"), max_length=12, choices=Verdict, blank=True)
    result = models.CharField(_("对办理结果"), max_length=12, choices=Verdict)
    comment = models.TextField(_("原因"), max_length=500, blank=True)
    at = models.DateTimeField(_("时间"), default=clock.now)

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("评价")
        ordering = ["at", "pk"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["demand", "closing"], name="rating_once_a_closing")]
        indexes = [models.Index(fields=["demand", "at"], name="ratings_unsatisfied", condition=UNSATISFIED)]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.result}"


# Placeholder of answers, written in braces → the language of the text around it, and the value's name.
PLACEHOLDERS = {
    "编号": ("zh-hans", "ref"),
    "称呼": ("zh-hans", "called"),
    "类别": ("zh-hans", "category"),
    "地点": ("zh-hans", "place"),
    "期限": ("zh-hans", "due"),
    "部门": ("zh-hans", "office"),
    **{name: ("en", name) for name in ("ref", "called", "category", "place", "due", "office")},
}


def unknown_placeholders(body: str) -> str:
    """Return a sentence that names the unknown placeholders of a text; empty where all are known."""
    offered = [word for word, (language, _name) in PLACEHOLDERS.items() if language == "zh-hans"]
    return placeholders.unknown(body, PLACEHOLDERS, offered)


class StandardReply(Shared):
    """A text that staff often answer with, in one subdistrict or in all."""

    title = PublicCharField(_("名称"), max_length=40)
    body = PublicTextField(
        _("正文"),
        max_length=1000,
        help_text=_(
            "可以使用 {编号}、{称呼}、{类别}、{地点}、{期限}（办结期限）、{部门}，答复时自动替换为该需求的内容。"
        ),
    )
    order = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("标准答复")
        verbose_name_plural = pgettext_lazy("desk", "标准答复")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subdistrict", "title"],
                nulls_distinct=False,
                name="standard_reply_once",
                violation_error_message=_("已有同名的标准答复。"),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if why := unknown_placeholders(self.body):
            raise ValidationError({"body": why})


_replies = Cached(lambda: list(StandardReply.objects.filter(is_active=True)))


def replies_in(area: int) -> list[StandardReply]:
    """The standard replies in use for demands of an area, from the cache."""
    return [reply for reply in _replies() if reply.is_usable_in(area)]
