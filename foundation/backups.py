"""When the portal was last saved, checked and restored; the commands of `nanhu_portal.backups` write it."""

import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from . import clock


class BackupAct(models.TextChoices):
    MADE = "made", _("备份")
    VERIFIED = "verified", _("试恢复")
    RESTORED = "restored", _("恢复")
    COPIED = "copied", _("异地存放")


class BackupRun(models.Model):
    """One backup, copy, trial or restore that succeeded. Those that failed leave no row."""

    act = models.CharField(_("操作"), max_length=10, choices=BackupAct)
    # Everything up to then is in the backup.
    state_at = models.DateTimeField(_("备份时间"))
    done_at = models.DateTimeField(_("完成时间"), default=clock.now)
    file = models.CharField(_("文件"), max_length=200)
    size = models.PositiveBigIntegerField(_("大小"))

    class Meta:
        default_permissions = ()
        ordering = ["-state_at", "-pk"]
        indexes = [models.Index(fields=["act", "-state_at"], name="backup_act")]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.file}"


def record(act: BackupAct, *, state_at: datetime.datetime, file: str, size: int) -> BackupRun:
    """Note a success.

    Args:
        state_at: the time whose state the backup has.
        file: its name, without the folder.
        size: in bytes.
    """
    return BackupRun.objects.create(act=act, state_at=state_at, file=file[-200:], size=size)


def last_backup() -> datetime.datetime | None:
    """The time whose state the newest good backup has; None if there is none."""
    return BackupRun.objects.filter(act=BackupAct.MADE).values_list("state_at", flat=True).first()


def last_copy() -> datetime.datetime | None:
    """The time whose state the newest backup on another machine has; None if the portal took none there."""
    return BackupRun.objects.filter(act=BackupAct.COPIED).values_list("state_at", flat=True).first()
