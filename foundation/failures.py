"""Why a message did not arrive: codes that rows store, and what they mean to staff, with what to do about it.

A row holds a code of ours or of the provider, never what a server said, which may repeat the address.
"""

import re
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# A message that waited in a restored backup.
MAY_BE_SENT = "may-be-sent"
# The provider did not answer, and cannot be asked whether it took the message.
OUTCOME_UNKNOWN = "outcome-unknown"
NO_TEMPLATE = "template-missing"
LANDLINE = "landline"
# A robot whose address cannot be decrypted, or is none any more.
ROBOT_LOST = "robot lost-key"
ROBOT_ELSEWHERE = "robot elsewhere"
# A person has to find out first; the other channel would send it a second time.
UNCERTAIN = (MAY_BE_SENT, OUTCOME_UNKNOWN)


class Meaning(NamedTuple):
    reason: str | Promise
    remedy: str | Promise


_CALL = _("请核对联系方式后重新发送，或电话告知。")
_ADMIN = _("请管理员处理后重新发送。")
_LOOK = _("请先问清对方是否已收到，没有收到的再重新发送。")
_MEANINGS: list[tuple[re.Pattern, Meaning]] = [
    (re.compile(pattern), Meaning(reason, remedy))
    for pattern, reason, remedy in (
        (MAY_BE_SENT, _("恢复自备份，可能已经发送"), _LOOK),
        (OUTCOME_UNKNOWN, _("短信服务商没有答复，可能已经发送"), _LOOK),
        (
            NO_TEMPLATE,
            _("这种短信还没有登记服务商的模板代码"),
            _("请管理员按“消息模板”页申请并登记，然后重新发送。"),
        ),
        (LANDLINE, _("号码是固定电话，不能接收短信"), _("请电话告知。")),
        (r"isv\.MOBILE_NUMBER_ILLEGAL", _("手机号码无效"), _CALL),
        (r"isv\.(BLACK_KEY_CONTROL_LIMIT|MOBILE_IN_BLACK)", _("号码在运营商的黑名单上，或已退订"), _("请电话告知。")),
        (r"isv\.(OUT_OF_SERVICE|AMOUNT_NOT_ENOUGH)", _("短信账户余额不足"), _("请管理员充值后重新发送。")),
        (
            r"isv\.(SMS_SIGN|SMS_TEMPLATE|TEMPLATE|SIGN_|PARAM|INVALID_PARAMETERS|SMS_CONTENT)",
            _("服务商不接受短信的签名、模板或内容"),
            _("请管理员在服务商处核对签名和模板，然后重新发送。"),
        ),
        (r"isv\.(BUSINESS|DAY|MONTH)_LIMIT", _("超过服务商的发送数量限制"), _("请过一天再重新发送。")),
        (r"(SMTP|DSN) .*\b5\.1\.\d|(SMTP|DSN) 55[0135] ?$", _("邮箱地址不存在，或不接收邮件"), _CALL),
        (r"(SMTP|DSN) .*\b[45]\.2\.2|(SMTP|DSN) 552", _("对方邮箱已满"), _("请过几天再重新发送，或电话告知。")),
        (
            r"(SMTP|DSN) .*\b5\.7\.\d|(SMTP|DSN) 554",
            _("邮件被对方服务器当作垃圾邮件拒收"),
            _("请管理员核对发信域名的 SPF 和 DKIM 设置，然后重新发送。"),
        ),
        (r"(SMTP|DSN) ", _("邮件被退回"), _CALL),
        ("SMTPSenderRefused", _("邮件服务器不接受发件人地址"), _("请管理员把 MAIL_FROM 改为登录用的邮箱。")),
        ("SMTPAuthenticationError", _("邮件服务器不接受登录名或密码"), _("请管理员核对 EMAIL_URL。")),
        (
            rf"{ROBOT_LOST}|{ROBOT_ELSEWHERE}|robot (93000|93008|40058|300005|19001)",
            _("群机器人的地址已失效"),
            _("请在“群机器人”中填写新的地址，然后重新发送。"),
        ),
        (
            r"robot (310000|40035|1902\d)",
            _("平台不接受群机器人的签名、关键词或来源网络"),
            _("请核对机器人在平台上的安全设置和这里的签名密钥，然后重新发送。"),
        ),
        (r"robot ", _("群机器人所在的平台没有接受这条消息"), _("请在“群机器人”中发一条试试，看平台怎么答复。")),
        (
            r"TimeoutError|ConnectionRefusedError|gaierror|SMTP\w+|SSL\w+|URLError|OSError|UnretryableException",
            _("连不上邮件服务器、短信服务商或群机器人的平台"),
            _ADMIN,
        ),
        (r"(JSONDecode|UnicodeDecode|Value)Error", _("服务商的答复无法读懂"), _ADMIN),
        (
            r"HTTP \d+|refused|\d+$|TeaException",
            _("服务商拒绝了请求"),
            _("请管理员核对短信服务商的账号和设置，然后重新发送。"),
        ),
        (r"receipt ", _("运营商回执：未送达（停机、关机、空号或被拦截）"), _CALL),
        ("LostKey", _("联系方式无法读取：加密密钥已丢失。"), _("请向本人重新询问联系方式。")),
        ("DoesNotExist", _("消息所说的内容已经删除"), _("不用再发送。")),
        ("Unlisted", _("这个版本不再发送这种消息"), _("不用再发送。")),
        (r"\w+(Error|Exception|Configured)\b", _("发送时程序出错"), _ADMIN),
    )
]


def in_words(failure: str) -> Meaning:
    """What a stored code means. One that is not known is shown as it is."""
    for pattern, meaning in _MEANINGS:
        if pattern.match(failure):
            return meaning
    return Meaning(failure or "—", _CALL)
