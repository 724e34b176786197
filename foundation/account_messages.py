"""The messages to the holder of an account about the account itself: by e-mail, its first link by text message too."""

import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from . import account_reach, contacts, outbox, portal
from .accounts import User, one_time_path
from .links import absolute
from .message_templates import Recipient, Template
from .sms import Text

# Somebody who asks again within so many seconds gets no second mail.
RESET_PAUSE = 300
TEMPLATES = {
    "account_link": Template(
        gettext_lazy("您的账号：请设置密码"),
        gettext_lazy("您的账号是 %(name)s。请在 3 天内打开链接设置密码，只能用一次：%(link)s"),
        to=Recipient.HOLDER,
        link_days=3,
    ),
    "password_reset": Template(
        gettext_lazy("重设密码"),
        gettext_lazy(
            "有人（多半是您）要求重设账号 %(name)s 的密码。请在 3 天内打开下面的链接：\n\n%(link)s\n\n"
            "如非您本人操作，请忽略。"
        ),
        to=Recipient.HOLDER,
        by_sms=False,
    ),
    "new_device": Template(
        gettext_lazy("您的账号在新设备上登录"),
        gettext_lazy(
            "账号 %(name)s 于 %(at)s 在一台没有用过的设备上登录（%(device)s，网络地址 %(address)s）。\n\n"
            "如果是您本人，不用处理。如果不是，请马上修改密码，并退出其他登录：\n\n%(account)s"
        ),
        to=Recipient.HOLDER,
        by_sms=False,
    ),
    "factor_set_up": Template(
        gettext_lazy("您的账号已启用手机验证器"),
        gettext_lazy(
            "账号 %(name)s 于 %(at)s 启用了手机验证器，以后登录要输入手机上的六位数字。\n\n"
            "如非您本人操作，请马上联系管理员。"
        ),
        to=Recipient.HOLDER,
        by_sms=False,
    ),
    "factor_removed": Template(
        gettext_lazy("您的账号已停用手机验证器"),
        gettext_lazy(
            "账号 %(name)s 于 %(at)s 停用了手机验证器，以后登录只要密码。\n\n"
            "如非您本人操作，请马上修改密码：\n\n%(account)s"
        ),
        to=Recipient.HOLDER,
        by_sms=False,
    ),
    "factor_reset": Template(
        gettext_lazy("管理员重置了您的手机验证器"),
        gettext_lazy(
            "管理员于 %(at)s 重置了账号 %(name)s 的手机验证器，所有登录已退出。下次登录时请重新设置。\n\n"
            "如果您没有提出过，请马上联系管理员。"
        ),
        to=Recipient.HOLDER,
        by_sms=False,
    ),
    "recovery_code_used": Template(
        gettext_lazy("您的账号用恢复码登录"),
        gettext_lazy(
            "账号 %(name)s 于 %(at)s 用一个恢复码登录，还剩 %(left)s 个没有用过。\n\n"
            "如果手机换了，请重新设置手机验证器。如非您本人操作，请马上修改密码：\n\n%(account)s"
        ),
        to=Recipient.HOLDER,
        by_sms=False,
    ),
}


def reset_password(email: str) -> None:
    """Enqueue the mail with the link for a new password to the accounts with this address, if there are any.

    The statements are the same whatever it finds, so that the time does not reveal whether there is an account.
    """
    window = int(timezone.now().timestamp()) // RESET_PAUSE
    parameters = {"language": get_language()}
    outbox.enqueue_to_accounts(_with_address(email), "password_reset", parameters, key=f"reset:{window}")


def _with_address(email: str) -> QuerySet[User]:
    found = User.objects.filter(email__iexact=email, is_active=True)
    # An account that never had a password begins with its slip, not with a mail.
    return found.exclude(**{"password__startswith": UNUSABLE_PASSWORD_PREFIX})


def send_link(user: User, contact: contacts.Contact | None) -> str:
    """Enqueue the one-time link that staff just made, by mail to the account's own address, or else to the contact.

    Returns the channel; empty where there is no address.
    """
    parameters = {"account": user.pk, "generation": user.generation, "serial": user.link_serial}
    parameters |= {"language": get_language(), "before": _password_in_brief(user)}
    about = {"ref": f"user:{user.pk}", "key": f"account_link:{user.pk}:{user.link_serial}"}
    if user.email:
        outbox.enqueue_for_staff(user, "account_link", parameters, **about)
        return outbox.Channel.EMAIL
    if contact is None or contact.is_empty:
        return ""
    outbox.enqueue(contact, "account_link", parameters, **about)
    return outbox.Channel.SMS if contact.phone else outbox.Channel.EMAIL


def _password_in_brief(user: User) -> str:
    """Differs once another password is set, and says nothing of either."""
    return salted_hmac("foundation.account_messages", user.password, algorithm="sha256").hexdigest()[:16]


def visible_to(user) -> Q:
    """Condition for the links that were sent to accounts which a member of staff manages."""
    accounts = account_reach.accounts_of(user).values("pk")
    mine = Q(user__in=accounts) | Q(contact__user__in=accounts)
    return Q(template="account_link") & mine


def notify(user: User, template: str, *, key: str, **parameters: str) -> None:
    """Enqueue a message to the holder of an account, if the account has an address.

    Args:
        key: distinguishes it from other messages by this template.
        parameters: short plain values of the template; `at` is an ISO time.
    """
    values = {"account": user.pk, "generation": user.generation, "language": get_language(), **parameters}
    outbox.enqueue_for_staff(user, template, values, ref=f"user:{user.pk}", key=f"{template}:{user.pk}:{key}")


def render(template: str, parameters: dict) -> Text:
    """Write a message. Raises `outbox.Dropped` if the account was closed since it was enqueued."""
    found = TEMPLATES[template]
    user = User.objects.filter(pk=parameters["account"], generation=parameters["generation"], is_active=True).first()
    if user is None:
        raise outbox.Dropped
    # A newer link has made this one worthless, or a password that was set since: by the link itself, which works once,
    # however often the short link in a text message is opened.
    now = {"serial": user.link_serial, "before": _password_in_brief(user)}
    if any(parameters.get(name, value) != value for name, value in now.items()):
        raise outbox.Dropped
    with translation.override(parameters["language"]):
        values = parameters | {"name": user.username, "account": absolute(reverse("account"))}
        if template in ("password_reset", "account_link"):
            values["link"] = absolute(one_time_path(user))
        if "device" in values:
            values["device"] = values["device"] or _("未知设备")
        if "at" in values:
            at = timezone.localtime(datetime.datetime.fromisoformat(values["at"]))
            values["at"] = date_format(at, "DATETIME_FORMAT")
        signature = _("——%(portal)s") % {"portal": portal.current()}
        in_sms = {"name": values["name"], "link": values["link"]} if found.by_sms else {}
        return Text(str(found.subject), f"{found.body % values}\n\n{signature}", in_sms)
