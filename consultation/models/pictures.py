"""Photos of venues, events, agreements and projects: of places and results, shown after review."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock
from foundation.public_texts import PublicCharField
from foundation.storage import StoredName
from foundation.uploads import PhotoReview, review_version
from foundation.work_order import WorkOrder

from .agreements import Agreement
from .areas import Area
from .events import Event
from .projects import Project
from .venues import Venue

OWNERS = ("venue", "event", "agreement", "project")


class Moment(models.TextChoices):
    """What a photo of a project or an agreement shows: how it was, or what became of it."""

    BEFORE = "before", pgettext_lazy("photo", "之前")
    AFTER = "after", pgettext_lazy("photo", "之后")


# Those that wait for review, the oldest first; then the rest.
WORK_ORDER = WorkOrder("created_at", models.Case(models.When(review=PhotoReview.PENDING, then="created_at")))


class PictureQuerySet(models.QuerySet):
    def public(self) -> "PictureQuerySet":
        return self.filter(review=PhotoReview.APPROVED)

    def pending(self) -> "PictureQuerySet":
        return self.filter(review=PhotoReview.PENDING)

    def visible_to(self, user) -> "PictureQuerySet":
        if user.is_superuser:
            return self
        areas = Area.objects.within_scope_of(user).values("pk")
        return self.filter(
            Q(venue__area__in=areas)
            | Q(event__area__in=areas)
            | Q(agreement__event__area__in=areas)
            | Q(project__area__in=areas)
        )


class Picture(models.Model):
    """A photo of exactly one venue, event, agreement or project, re-encoded without its metadata."""

    venue = models.ForeignKey(
        Venue, models.PROTECT, null=True, blank=True, related_name="pictures", verbose_name=_("议事点")
    )
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, related_name="pictures", verbose_name=_("活动")
    )
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, blank=True, related_name="pictures", verbose_name=_("约定事项")
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="pictures", verbose_name=_("项目")
    )
    full = StoredName(editable=False)
    thumbnail = StoredName(editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = PublicCharField(_("图片说明"), max_length=80)
    moment = models.CharField(_("之前还是之后"), max_length=6, choices=Moment, blank=True)
    review = models.CharField(_("审核"), max_length=10, choices=PhotoReview, default=PhotoReview.PENDING)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("上传人")
    )
    created_at = models.DateTimeField(_("上传时间"), default=clock.now)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "现场照片")
        verbose_name_plural = pgettext_lazy("desk", "现场照片")
        ordering = ["pk"]
        default_permissions = ("add", "change", "delete", "view")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *(
                        Q(
                            **{f"{owner}__isnull": False},
                            **{f"{other}__isnull": True for other in OWNERS if other != owner},
                        )
                        for owner in OWNERS
                    ),
                    _connector=Q.OR,
                ),
                name="picture_of_one_thing",
            )
        ]
        indexes = [
            models.Index(fields=["created_at"], name="pictures_to_review", condition=Q(review="pending")),
            models.Index(fields=["-created_at", "-id"], name="picture_newest"),
            *WORK_ORDER.indexes("picture_due"),
        ]

    def __str__(self) -> str:
        return self.alt

    @property
    def review_version(self) -> str:
        """What a page for review showed, so that a stale one does not make public what a colleague has just refused."""
        return review_version(self, self.review, self.moment, self.alt)

    @property
    def owner(self) -> models.Model:
        """The row that the photo belongs to."""
        return self.venue or self.event or self.agreement or self.project
