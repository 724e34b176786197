"""Codes of failures, and what staff read."""

import pytest

from foundation.failures import in_words


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("may-be-sent", "恢复自备份，可能已经发送"),
        ("outcome-unknown", "短信服务商没有答复，可能已经发送"),
        ("template-missing", "这种短信还没有登记服务商的模板代码"),
        ("isv.MOBILE_NUMBER_ILLEGAL", "手机号码无效"),
        ("isv.AMOUNT_NOT_ENOUGH", "短信账户余额不足"),
        ("isv.SMS_TEMPLATE_ILLEGAL", "服务商不接受短信的签名、模板或内容"),
        ("receipt MK:0001", "运营商回执：未送达（停机、关机、空号或被拦截）"),
        ("SMTP 550 5.1.1", "邮箱地址不存在，或不接收邮件"),
        ("SMTP 550", "邮箱地址不存在，或不接收邮件"),
        ("DSN 550", "邮箱地址不存在，或不接收邮件"),
        ("SMTP 550 5.7.1", "邮件被对方服务器当作垃圾邮件拒收"),
        ("DSN 5.2.2", "对方邮箱已满"),
        ("DSN ", "邮件被退回"),
        ("SMTPSenderRefused 501", "邮件服务器不接受发件人地址"),
        ("TimeoutError", "连不上邮件服务器、短信服务商或群机器人的平台"),
        ("HTTP 403", "服务商拒绝了请求"),
        ("5002", "服务商拒绝了请求"),
        ("UnretryableException", "连不上邮件服务器、短信服务商或群机器人的平台"),
        ("TeaException", "服务商拒绝了请求"),
        ("Unlisted", "这个版本不再发送这种消息"),
        ("something new", "something new"),
        ("", "—"),
    ],
)
def test_a_code_is_put_in_words_with_a_remedy(failure, reason):
    meaning = in_words(failure)
    assert str(meaning.reason) == reason
    assert str(meaning.remedy).startswith(("请", "不用"))


@pytest.mark.parametrize("failure", ["ImproperlyConfigured", "KeyError", "DataError", "UnretryableException"])
def test_what_is_no_fault_of_the_address_is_for_the_administrator(failure):
    assert "管理员" in str(in_words(failure).remedy)
