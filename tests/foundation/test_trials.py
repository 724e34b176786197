"""Messages sent for trial, and what comes back in words."""

import smtplib

import pytest

from foundation import sms, trials
from foundation.channels import MailServer, Security
from tests import servers

TEXT = sms.Text("", "测试短信", {"ref": "TEST"})


@pytest.fixture
def mail():
    server = servers.MailServer()
    yield server
    server.shutdown()
    server.server_close()


def test_a_mail_for_trial_arrives_and_the_server_s_last_answer_is_told(mail):
    server = MailServer(Security.NONE, "127.0.0.1", mail.server_address[1])
    trial = trials.send_mail(server, "desk@example.org", "me@example.org")
    assert (trial.sent, trial.said) == (True, "250 accepted")
    assert trial.reply == "对方的回答：250 accepted"
    [text] = mail.received
    assert "From: desk@example.org" in text
    assert "To: me@example.org" in text


def test_a_server_that_is_not_there_is_said(mail):
    trial = trials.send_mail(MailServer(Security.NONE, "127.0.0.1", servers.free_port()), "a@b.example", "c@d.example")
    assert not trial.sent
    assert trial.reply.startswith("没有连上：ConnectionRefusedError")


def test_a_login_that_the_server_does_not_know_is_said_in_its_words(mail):
    """The stub knows no AUTH at all."""
    server = MailServer(Security.NONE, "127.0.0.1", mail.server_address[1], "desk", "word")
    trial = trials.send_mail(server, "a@b.example", "c@d.example")
    assert not trial.sent
    assert "AUTH" in trial.reply
    assert "word" not in trial.reply


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 wrong"), "535 5.7.8 wrong"),
        (smtplib.SMTPDataError(554, "spam"), "554 spam"),
        (smtplib.SMTPRecipientsRefused({"me@example.org": (550, b"no such user")}), "550 no such user"),
        (smtplib.SMTPServerDisconnected("closed"), "closed (220 stub)"),
        (TimeoutError("timed out"), "TimeoutError: timed out"),
    ],
)
def test_what_a_server_says_is_told_as_it_said_it(error, told):
    assert trials._said(error, ["220 stub"]) == told


def test_a_provider_s_answer_is_told_too(capsys):
    assert trials.send_sms("console://", "13812345678", "received", TEXT).sent
    assert "测试短信" in capsys.readouterr().out
    for url, told in (("off://", "NotArranged"), ("pigeon://x", "SMS_BACKEND is"), ("aliyun://a:b@c/", "pip install")):
        trial = trials.send_sms(url, "13812345678", "received", TEXT)
        assert not trial.sent
        assert told in trial.said
