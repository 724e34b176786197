"""What staff are notified of, who chose how, and the robots of their group chats."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock
from foundation.webhooks import Webhook

from .areas import Area
from .places import areas_of


class How(models.TextChoices):
    AT_ONCE = "at_once", _("立即发邮件")
    DIGEST = "digest", _("每日汇总")
    NOT = "not", _("不通知")


@dataclass(frozen=True)
class AlertKind:
    """Something that happens and that staff are notified of. The apps register theirs.

    Args:
        label: shown before the reference, in a mail and in a chat.
        about: when that is, in a sentence, for whoever chooses.
        permission: of those who can do something about it; only they are notified.
        page: name of the URL of the row's page in the admin, with the row's key as argument.
        order: its place among all, a number.
        how: what holds for whoever has not chosen.
    """

    code: str
    label: str | Promise
    about: str | Promise
    permission: str
    page: str
    order: int
    how: How = How.AT_ONCE


_kinds: dict[str, AlertKind] = {}


def register(*kinds: AlertKind) -> None:
    """To be called from `AppConfig.ready`."""
    for kind in kinds:
        _kinds[kind.code] = kind


def alert_kinds() -> dict[str, AlertKind]:
    """All kinds by their codes, in their order."""
    return {kind.code: kind for kind in sorted(_kinds.values(), key=lambda kind: kind.order)}


class Alert(models.Model):
    """Something that happened, inserted in the transaction of the act. The worker spreads it to those concerned.

    It names a row and its reference, and nobody.
    """

    kind = models.CharField(max_length=20)
    ref = models.CharField(max_length=30)
    row = models.PositiveBigIntegerField()
    # Without indexes, which every submission would pay for and nobody looks through.
    area = models.ForeignKey(Area, models.CASCADE, null=True, related_name="+", db_index=False)
    # Whoever handles the row: notified instead of all others.
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    # Whoever did it, and knows.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    key = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField(default=clock.now, db_index=True)
    spread_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["id"], name="alert_to_spread", condition=Q(spread_at__isnull=True))]

    def __str__(self) -> str:
        return self.key


class AlertChoice(models.Model):
    """How somebody wants to be notified of a kind."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="alert_choices")
    kind = models.CharField(max_length=20)
    how = models.CharField(max_length=10, choices=How)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="alert_choice_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.how}"


class RobotQuerySet(models.QuerySet):
    def visible_to(self, user) -> "RobotQuerySet":
        return self if user.is_superuser else self.filter(area__in=areas_of(user))


class Robot(Webhook):
    """A robot that posts in a group chat what happens in an area and below it."""

    area = models.ForeignKey(Area, models.PROTECT, verbose_name=_("区域"), help_text=_("只通知这个区域和它下面的事。"))
    kinds = ArrayField(models.CharField(max_length=20), default=list, verbose_name=_("通知哪些事"))

    objects = RobotQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "群机器人")
        verbose_name_plural = pgettext_lazy("desk", "群机器人")
        ordering = ["name", "pk"]
