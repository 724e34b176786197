"""What members change of their own profile, until staff have reviewed it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.contacts import Contact
from foundation.public_texts import PublicTextField
from foundation.storage import StoredName
from foundation.transitions import Transition
from foundation.work_order import WorkOrder

from ..workflow import ProfileStatus
from .people import Member

# Those that wait for review, the oldest first; then the rest.
WORK_ORDER = WorkOrder("created_at", models.Case(models.When(status=ProfileStatus.SUBMITTED, then="created_at")))


class ProfileChangeQuerySet(models.QuerySet):
    def awaiting(self) -> "ProfileChangeQuerySet":
        return self.filter(status=ProfileStatus.SUBMITTED)

    def visible_to(self, user) -> "ProfileChangeQuerySet":
        return self if user.is_superuser else self.filter(member__in=Member.objects.visible_to(user).values("pk"))


class ProfileChange(models.Model):
    """What a member wants changed; what is published stays until it is approved. Only what differs is stored.

    The contact and the files of a portrait are the member's once it is approved, and deleted if it is not.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="profile_changes", verbose_name=_("委员"))
    status = models.CharField(_("状态"), max_length=10, choices=ProfileStatus, default=ProfileStatus.SUBMITTED)
    about = PublicTextField(_("介绍"), max_length=1000, null=True, blank=True)
    # The key of a `VenueHost` → the times.
    times = models.JSONField(_("接待时间"), default=dict, blank=True)
    contact = models.OneToOneField(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("联系方式")
    )
    full = StoredName(blank=True)
    thumbnail = StoredName(blank=True)
    without_portrait = models.BooleanField(_("不再公开照片"), default=False)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("提交时间"), default=clock.now)
    version = models.PositiveIntegerField(default=0)

    objects = ProfileChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("委员资料修改")
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("review_profilechange", _("可审核委员修改的资料"))]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ProfileStatus.values), name="profile_status_known"),
            models.UniqueConstraint(
                fields=["member"], condition=Q(status=ProfileStatus.SUBMITTED), name="profile_change_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(status=ProfileStatus.REFUSED) | ~Q(reason=""), name="profile_refused_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-created_at", "-id"], name="profile_status"),
            *WORK_ORDER.indexes("profile_due"),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.get_status_display()}"

    @property
    def is_open(self) -> bool:
        return self.status == ProfileStatus.SUBMITTED


class ProfileTransition(Transition):
    """One move of a change of a profile."""

    change = models.ForeignKey(
        ProfileChange, models.PROTECT, related_name="transitions", verbose_name=_("委员资料修改")
    )
    from_status = models.CharField(_("从"), max_length=10, choices=ProfileStatus, blank=True)
    to_status = models.CharField(_("到"), max_length=10, choices=ProfileStatus)

    class Meta(Transition.Meta):
        verbose_name = verbose_name_plural = _("委员资料流转记录")
        indexes = [models.Index(fields=["change", "at", "id"], name="transition_of_profile")]
