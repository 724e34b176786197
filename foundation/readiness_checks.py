"""What of texts, calendar, messages and accounts has to be there before residents come."""

from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import channels, clock, message_templates, portal, workdays
from .accounts import STAFF_ROLES, User
from .installation import command, works_for_all
from .outbox import Channel, OutboxMessage
from .readiness import STAFF, Finding, Level, Section, bad, check
from .trials import Outcome, Trial

MAX_NAMES = 10


def listed(names: list[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = len(names) - MAX_NAMES
    shown = _("、").join(names[:MAX_NAMES])
    return shown if more <= 0 else _("%(names)s 等 %(count)d 个") % {"names": shown, "count": len(names)}


# --- Texts and calendar ----------------------------------------------------------------------------------------------


def _details() -> str:
    return reverse("admin:foundation_portal_change", args=[1])


@check("phone", Section.SITE, permission=STAFF)
def phone(viewer):
    title, current = _("联系电话"), portal.current()
    if current.phone:
        yield Finding(Level.GREEN, title, current.phone)
        return
    yield Finding(
        Level.RED,
        title,
        _("网站上没有可供居民拨打的电话。"),
        _("请管理员在“门户信息”中填写联系电话、办公时间和窗口地址。"),
        _details(),
    )


@check("legal", Section.SITE, permission=STAFF)
def legal(viewer):
    current = portal.current()
    title, remedy = _("个人信息保护负责人"), _("请管理员在“门户信息”中填写。")
    if current.privacy_contact:
        yield Finding(Level.GREEN, title, current.privacy_contact)
    else:
        text = _("隐私说明没有写明向谁询问个人信息，《个人信息保护法》要求公开负责人的联系方式。")
        yield Finding(bad(), title, text, remedy, _details())
    title, records = _("网站备案"), [current.icp_record, current.police_record]
    if all(records):
        yield Finding(Level.GREEN, title, _("、").join(records))
    else:
        text = _("页脚没有 ICP 备案号。") if not records[0] else _("页脚没有公安备案号。")
        yield Finding(Level.AMBER, title, text, _("取得备案号后，请管理员在“门户信息”中填写。"), _details())


@check("holidays", Section.CONTENT, permission=STAFF)
def holidays(viewer):
    title, year = _("节假日安排"), workdays.unknown_year_ahead(clock.today())
    if year is None:
        yield Finding(Level.GREEN, title, _("已录入当前所需年份的节假日安排。"))
        return
    # The notice of the next year comes out in November; in the year itself deadlines are wrong already.
    level = Level.AMBER if year > clock.today().year else Level.RED
    text = _("%(year)d 年的节假日安排尚未录入，期限暂按周一至周五计算。") % {"year": year}
    if viewer is None or workdays.may_enter(viewer):
        remedy, address = (
            _("请在“节假日调整”中录入国务院办公厅的通知。"),
            reverse("admin:foundation_calendarday_changelist"),
        )
    else:
        remedy, address = _("请管理员录入国务院办公厅的通知。"), ""
    yield Finding(level, title, text, remedy, address)


# --- Messages --------------------------------------------------------------------------------------------------------


@check("channels", Section.MESSAGES, permission=STAFF)
def channels_tried(viewer):
    trials = {trial.channel: trial for trial in Trial.objects.all()}
    for channel, title, is_off in (
        (Channel.EMAIL, _("邮件"), channels.mail_is_off()),
        (Channel.SMS, _("短信"), channels.sms_is_off()),
    ):
        yield _off(title) if is_off else _tried(title, trials.get(channel))


def _off(title: str) -> Finding:
    text = _("还没有设置，消息会一直等待，设置后才发出。")
    return Finding(
        bad(), title, text, _("请管理员在服务器上运行 %(command)s，逐页填写。") % {"command": command("setup --link")}
    )


def _tried(title: str, trial: Trial | None) -> Finding:
    if trial is None:
        return Finding(bad(), title, _("还没有试发过。"), _("请管理员在本页给自己试发一条。"))
    names = {"at": date_format(trial.tried_at, "DATETIME_FORMAT"), "outcome": trial.in_words}
    text = _("%(at)s 试发：%(outcome)s。") % names
    if trial.answer:
        text += " " + _("对方答复：%(answer)s") % {"answer": trial.answer}
    return Finding(Level.GREEN if trial.outcome == Outcome.SENT else bad(), title, text, trial.remedy)


@check("templates", Section.MESSAGES, permission=STAFF)
def templates(viewer):
    title = _("短信模板")
    if channels.sms_is_off():
        return
    if message_templates.provider_codes() is None:
        yield Finding(Level.GREEN, title, _("这个短信通道不用报批模板。"))
        return
    missing, count = message_templates.without_code(), len(message_templates.by_sms())
    if not missing:
        yield Finding(Level.GREEN, title, _("%(count)d 个短信模板都有服务商的编号。") % {"count": count})
        return
    names = {"missing": len(missing), "count": count, "names": listed(missing)}
    text = _("%(count)d 个短信模板中有 %(missing)d 个没有服务商的编号，这些消息不能以短信发出：%(names)s。") % names
    level = Level.RED if len(missing) == count else Level.AMBER
    yield Finding(level, title, text, _("请在短信服务商处报批，把编号写入 SMS_BACKEND。"))


@check("undelivered", Section.MESSAGES, permission="foundation.view_outboxmessage")
def undelivered(viewer):
    rows = OutboxMessage.objects.undeliverable()
    count = (rows.visible_to(viewer) if viewer else rows).count()
    title = _("无法送达的消息")
    if not count:
        yield Finding(Level.GREEN, title, _("没有。"))
        return
    text = ngettext("有 %(count)d 条消息无法送达。", "有 %(count)d 条消息无法送达。", count) % {"count": count}
    address = f"{reverse('admin:foundation_outboxmessage_changelist')}?status__exact=undeliverable"
    yield Finding(Level.AMBER, title, text, _("请核对联系方式后重发，或电话告知居民。"), address)


# --- Accounts --------------------------------------------------------------------------------------------------------


@check("staff", Section.PEOPLE, permission=STAFF)
def staff(viewer):
    if viewer is not None and not works_for_all(viewer):
        return
    title, address = _("工作人员账号"), reverse("admin:foundation_user_changelist")
    groups = Group.objects.filter(name__in=STAFF_ROLES)
    count = User.objects.filter(is_active=True, is_superuser=False, groups__in=groups).distinct().count()
    if count:
        text = ngettext("有 %(count)d 个工作人员账号。", "有 %(count)d 个工作人员账号。", count) % {"count": count}
        yield Finding(Level.GREEN, title, text)
        return
    text = _("除超级管理员外没有工作人员账号，日常工作会用到最大的权限。")
    yield Finding(Level.RED, title, text, _("请为联络委和社区的工作人员开通账号。"), address)


@check("second_factor", Section.PEOPLE)
def second_factor(viewer):
    title = _("超级管理员的手机验证器")
    without = User.objects.filter(is_active=True, is_superuser=True, authenticator__isnull=True)
    names = [account.username for account in without.order_by("username")]
    if not names:
        yield Finding(Level.GREEN, title, _("每个超级管理员都启用了手机验证器。"))
        return
    text = _("没有启用手机验证器：%(names)s。") % {"names": listed(names)}
    remedy = _("请本人登录后在“账号”页启用；不再使用的账号请停用。")
    yield Finding(bad(), title, text, remedy, reverse("admin:foundation_user_changelist"))
