"""Robots in the group chats of WeCom, DingTalk and Feishu: what each is posted, how that is signed, what it answers.

The formats are those of the platforms' own pages:

- 企业微信 (WeCom): https://developer.work.weixin.qq.com/document/path/91770. The key in the address is all the secret.
  A text has at most 2048 bytes, a group 20 messages a minute.
- 钉钉 (DingTalk): https://open.dingtalk.com/document/orgapp/custom-robot-access. Where 加签 is on, the query gets
  `timestamp`, in milliseconds, and `sign`: HMAC-SHA256 of timestamp, line break and secret, with the secret as key, in
  base64. 20 messages a minute; a robot that sends more is stopped for ten.
- 飞书 (Feishu): https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot. Where 签名校验 is on, the body gets
  `timestamp`, in seconds, and `sign`: HMAC-SHA256 of nothing, with timestamp, line break and secret as key, in base64.
  100 messages a minute.

All answer with HTTP 200 whether they take a message or not, and say which by a number in their JSON.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from . import exchanges, failures, sealed
from .exchanges import Request
from .texts import NotTaken, Undeliverable

PURPOSE = "webhook"
# The shortest limit of the three: WeCom's, in bytes of UTF-8.
MAX_BYTES = 2048
MAX_WORDS = 200
# ASCII without spaces.
PRINTABLE = re.compile(r"[!-~]+")


class Platform(models.TextChoices):
    WECOM = "wecom", _("企业微信")
    DINGTALK = "dingtalk", _("钉钉")
    FEISHU = "feishu", _("飞书")


@dataclass(frozen=True)
class Rules:
    """What differs from platform to platform.

    Args:
        origins: scheme and host that an address of theirs begins with.
        path: of an address.
        key: the parameter of the query that holds its key; empty where that ends the path.
        code: where in the answer the number is, which is 0 for yes.
        words: where the answer says it in words.
        final: the numbers that another attempt would not change: an unknown key, a wrong signature, a missing keyword,
            a network that is not allowed.
    """

    origins: tuple[str, ...]
    path: str
    key: str
    code: str
    words: str
    final: tuple[int, ...]


RULES = {
    Platform.WECOM: Rules(
        ("https://qyapi.weixin.qq.com",), "/cgi-bin/webhook/send", "key", "errcode", "errmsg", (40058, 93000, 93008)
    ),
    Platform.DINGTALK: Rules(
        ("https://oapi.dingtalk.com",), "/robot/send", "access_token", "errcode", "errmsg", (40035, 300005, 310000)
    ),
    Platform.FEISHU: Rules(
        ("https://open.feishu.cn", "https://open.larksuite.com"),
        "/open-apis/bot/v2/hook/",
        "",
        "code",
        "msg",
        (19001, 19021, 19022, 19024),
    ),
}


class WrongAddress(ValueError):
    """The text is no address of a robot of this platform."""


def check_address(platform: str, text: str) -> SplitResult:
    """Read the address of a robot. Raises `WrongAddress`.

    Only addresses of robots on the platforms' own hosts are asked, and those on the hosts that `ROBOT_ORIGINS` adds, so
    that nobody can make the portal send a request to anywhere else, such as into its own network.
    """
    rules, written = RULES[Platform(platform)], text.strip()
    if PRINTABLE.fullmatch(written) is None:
        raise WrongAddress  # http.client refuses it only once it is connected
    try:
        address = urlsplit(written)
    except ValueError:
        raise WrongAddress from None
    if f"{address.scheme}://{address.netloc}" not in (*rules.origins, *settings.ROBOT_ORIGINS):
        raise WrongAddress
    if rules.key:
        is_robot = address.path == rules.path and bool(parse_qs(address.query).get(rules.key))
    else:
        rest = address.path.removeprefix(rules.path)
        is_robot = address.path.startswith(rules.path) and bool(rest) and "/" not in rest and not address.query
    if not is_robot or address.fragment:
        raise WrongAddress
    return address


class Webhook(models.Model):
    """A robot in a group chat. Its address is a secret: whoever knows it writes into the group."""

    name = models.CharField(_("名称"), max_length=40, help_text=_("如“湖东联络委工作群”，只有工作人员可以看到。"))
    platform = models.CharField(_("平台"), max_length=10, choices=Platform)
    # Address and signing secret, encrypted.
    sealed = models.TextField(editable=False)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def keep(self, address: str, secret: str) -> None:
        """Set address and signing secret; the caller saves."""
        self.sealed = sealed.seal([address, secret], purpose=PURPOSE)

    def opened(self) -> tuple[str, str]:
        """Address and signing secret. Raises `Undeliverable` if the key that they were encrypted with is lost."""
        try:
            address, secret = sealed.unseal(self.sealed, purpose=PURPOSE, seconds=None)
        except sealed.Broken:
            raise Undeliverable(failures.ROBOT_LOST) from None
        return address, secret

    @property
    def in_brief(self) -> str:
        """The host, and the end of the key, by which staff recognise the robot."""
        try:
            address, _secret = self.opened()
        except Undeliverable:
            return "—"
        return f"{urlsplit(address).hostname} …{address[-4:]}"


@transaction.atomic
def rotate() -> int:
    """Encrypt the addresses of all robots with the newest key, with their rows locked. Returns how many."""
    count = 0
    for row in Webhook.objects.select_for_update().order_by("pk"):
        with contextlib.suppress(Undeliverable):  # its key is lost already, and staff see that
            row.keep(*row.opened())
            row.save(update_fields=["sealed"])
            count += 1
    return count


# --- Sending ---------------------------------------------------------------------------------------------------------


class Answer(NamedTuple):
    """What a platform answered.

    Args:
        code: its number; 0 for yes.
        words: what it said, without the robot's secrets.
    """

    code: int
    words: str


def send(webhook: Webhook, text: str) -> None:
    """Post a text into the group. Raises `Undeliverable`, `NotTaken`, or whatever `exchanges.ask` raises."""
    answer = ask(webhook, text)
    if answer.code in RULES[Platform(webhook.platform)].final:
        raise Undeliverable(f"robot {answer.code}")
    if answer.code:
        raise NotTaken(f"robot {answer.code}")


def ask(webhook: Webhook, text: str) -> Answer:
    """Post a text into the group, and return the answer. Raises `Undeliverable`, or as `exchanges.ask` does."""
    platform = Platform(webhook.platform)
    rules, (written, secret) = RULES[platform], webhook.opened()
    try:
        address = check_address(platform, written)
    except WrongAddress:
        # Since it was entered, `ROBOT_ORIGINS` was changed.
        raise Undeliverable(failures.ROBOT_ELSEWHERE) from None
    given = json.loads(exchanges.ask(address, request(platform, address, secret, text)))
    code = given.get(rules.code) if isinstance(given, dict) else None
    if not isinstance(code, int):
        raise ValueError("the answer has no number")
    words = " ".join(str(given.get(rules.words, "")).split())
    for hidden in (written, secret, *written.split("=")[1:], written.rpartition("/")[2]):
        words = words.replace(hidden, "***") if hidden else words
    return Answer(code, words[:MAX_WORDS])


def request(platform: Platform, address: SplitResult, secret: str, text: str) -> Request:
    """The request that posts a text, signed if there is a secret."""
    body: dict[str, object] = {"msgtype": "text", "text": {"content": fitting(text)}}
    query, now = address.query, time.time()
    if platform == Platform.DINGTALK and secret:
        stamp = str(int(now * 1000))
        sign = _signature(secret, f"{stamp}\n{secret}")
        query += f"&timestamp={stamp}&sign={quote(sign, safe='')}"
    if platform == Platform.FEISHU:
        body = {"msg_type": "text", "content": {"text": fitting(text)}}
        if secret:
            stamp = str(int(now))
            body |= {"timestamp": stamp, "sign": _signature(f"{stamp}\n{secret}", "")}
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "portal", "Connection": "close"}
    target = f"{address.path}?{query}" if query else address.path
    return Request("POST", target, json.dumps(body, ensure_ascii=False).encode(), headers)


def _signature(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def fitting(text: str) -> str:
    """A text without the last lines that would be too long for a platform."""
    lines = text.split("\n")
    while len("\n".join(lines).encode()) > MAX_BYTES and len(lines) > 1:
        lines.pop()
    return "\n".join(lines)
