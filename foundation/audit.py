"""What staff did, in append-only rows (database triggers refuse UPDATE, DELETE and TRUNCATE)."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .actors import Party


class AuditAction(models.TextChoices):
    SIGNED_IN = "signed_in", _("登录")
    SIGNED_OUT = "signed_out", _("退出")
    SIGN_IN_FAILED = "sign_in_failed", _("登录失败")
    SIGN_INS_ENDED = "sign_ins_ended", _("结束登录")
    FACTOR_SET_UP = "factor_set_up", _("启用手机验证器")
    FACTOR_REMOVED = "factor_removed", _("停用手机验证器")
    FACTOR_RESET = "factor_reset", _("重置手机验证器")
    RECOVERY_CODE_USED = "recovery_code_used", _("用恢复码登录")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("生成恢复码")
    ADDED = "added", _("新增")
    CHANGED = "changed", _("修改")
    DELETED = "deleted", _("删除")
    ACCOUNT_DISABLED = "account_disabled", _("停用账号")
    ACCOUNT_ENABLED = "account_enabled", _("重新启用账号")
    ROLE_CHANGED = "role_changed", _("更改账号角色")
    SCOPE_CHANGED = "scope_changed", _("更改账号的工作范围")
    PASSWORD_VOIDED = "password_voided", _("作废账号密码")
    ACCOUNT_CLOSED = "account_closed", _("注销账号")
    ACCOUNT_FORGOTTEN = "account_forgotten", _("删除已注销账号的个人信息")
    WORK_HANDED_OVER = "work_handed_over", _("移交工作")
    ACCOUNT_LINK_MADE = "account_link_made", _("生成账号一次性链接")
    CONTACT_REVEALED = "contact_revealed", _("查看联系方式")
    MOVED = "moved", _("变更状态")
    ANSWERED = "answered", _("答复居民")
    NOTED = "noted", _("内部备注")
    ASSIGNED = "assigned", _("分派")
    RECLASSIFIED = "reclassified", _("调整类别或地点")
    PUBLISHED = "published", _("公开")
    UNPUBLISHED = "unpublished", _("撤下公开")
    PHOTO_REVIEWED = "photo_reviewed", _("审核照片")
    INTAKE = "intake", _("代录需求")
    IMPORTED = "imported", _("导入")
    EXPORTED = "exported", _("导出")
    ERASED = "erased", _("删除个人信息")
    PURGED = "purged", _("清除数据")
    CHANNEL_TRIED = "channel_tried", _("试发消息")
    MARK_LIFTED = "mark_lifted", _("取消演示标记")
    RESENT = "resent", _("重新发送")
    YEAR_PLANNED = "year_planned", _("安排全年")
    SLOT_MOVED = "slot_moved", _("调整档期")
    SLOT_DROPPED = "slot_dropped", _("取消档期")
    PUSHED = "pushed", _("推送学习要点")
    MINUTES_WRITTEN = "minutes_written", _("编写纪要")
    ATTENDANCE = "attendance", _("登记到场")
    LINKED = "linked", _("关联")
    UNLINKED = "unlinked", _("取消关联")
    DISPATCHED = "dispatched", _("派单")
    DUTY_ENTERED = "duty_entered", _("代录履职")
    CORRECTED = "corrected", _("更正")
    BUNDLED = "bundled", _("合成议题")
    SPLIT = "split", _("拆分")
    PAUSED = "paused", _("暂停计时")
    RESUMED = "resumed", _("恢复计时")
    EXTENDED = "extended", _("延长期限")
    OFFICE_ASKED = "office_asked", _("请外部单位答复")
    OFFICE_REVOKED = "office_revoked", _("收回外部答复链接")
    TRAINED = "trained", _("学习类别用词")
    SET_UP = "set_up", _("初次设置")


class AuditEntry(models.Model):
    """One act. Contains no personal text: `subject` is a reference or a row's key, `detail` a code or field names."""

    at = models.DateTimeField(_("时间"), auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("操作人"),
    )
    action = models.CharField(_("操作"), max_length=30, choices=AuditAction)
    subject = models.CharField(_("对象"), max_length=80)
    detail = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("操作记录")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_at"),
            models.Index(fields=["subject", "-at"], name="audit_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.subject}"


def record(action: AuditAction, subject: object, *, actor=None, detail: str = "") -> AuditEntry:
    """Record one act, in the caller's transaction.

    Args:
        subject: a row, recorded by its `ref` or else as `model:key`; or a plain string.
        actor: the account or other actor; None if unknown, as for a failed sign-in.
        detail: a code, a reason chosen from a list, names of fields. No personal text.
    """
    entry = _entry(action, subject, actor, detail)
    entry.save()
    return entry


def record_all(action: AuditAction, acts: Iterable[tuple[object, str]], *, actor) -> None:
    """Record several acts, each with its subject and detail, as `record` does one."""
    AuditEntry.objects.bulk_create([_entry(action, subject, actor, detail) for subject, detail in acts], batch_size=500)


def _entry(action: AuditAction, subject: object, actor, detail: str) -> AuditEntry:
    if isinstance(subject, models.Model):
        subject = getattr(subject, "ref", None) or f"{subject._meta.model_name}:{subject.pk}"
    return AuditEntry(action=action, subject=str(subject)[:80], actor_id=actor and actor.pk, detail=detail[:200])


def record_act(action: AuditAction, subject: object, *, actor, party: str = "", detail: str = "") -> None:
    """Record an act if staff did it; what others and the portal itself do is only in the row's own log.

    Args: as for `record`; `party` is the capacity in which the actor acts, by default the actor's own.
    """
    if (party or actor.party) == Party.STAFF:
        record(action, subject, actor=actor, detail=detail)
