"""Test messages to oneself: what came of them, in plain words and in the server's own."""

import contextlib
import smtplib
import socket
import ssl

import pytest

from foundation import channels, sms, trials
from foundation.audit import AuditEntry
from foundation.errors import Refused
from foundation.trials import Outcome, Trial
from tests import factories
from tests.rows import each_row
from tests.servers import MailServer, free_port

pytestmark = pytest.mark.django_db

SMTP = "django.core.mail.backends.smtp.EmailBackend"
PASSWORD = "correct-horse-battery"
WITH_LOGIN = {"EHLO": "250-stub\r\n250 AUTH PLAIN"}


@pytest.fixture
def admin():
    account = factories.superuser()
    account.email = "zhang@example.org"
    account.save()
    return account


@contextlib.contextmanager
def mail_server(settings, **answers: str):
    """A mail server that the settings name, and what it says to some commands."""
    with MailServer(answers=WITH_LOGIN | answers) as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = server.server_address[1], False, False
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", PASSWORD
        yield server
        server.shutdown()


def test_a_mail_to_oneself_shows_what_the_server_said_to_it(settings, admin):
    with mail_server(settings, AUTH="235 welcome") as server:
        trial = trials.try_mail(admin)
    assert (trial.outcome, trial.answer, trial.remedy) == (Outcome.SENT, "250 accepted", "")
    assert "To: zhang@example.org" in server.received[0]
    assert Trial.objects.get(channel="email").outcome == "sent"
    entry = AuditEntry.objects.get(action="channel_tried")
    assert (entry.subject, entry.detail, entry.actor) == ("email", "sent", admin)


@each_row(
    ("answers", "outcome", "answer"),
    [
        ({"AUTH": f"535 not {PASSWORD}"}, "password", "535 not ***"),
        ({"AUTH": "235 welcome", "MAIL": "553 not your address"}, "sender", "553 not your address"),
        ({"AUTH": "235 welcome", "RCPT": "550 nobody 13912345678"}, "recipient", "550 nobody ***"),
    ],
)
def test_a_refusal_is_told_in_both_words_and_without_secrets(answers, outcome, answer, settings, admin):
    with mail_server(settings, **answers):
        trial = trials.try_mail(admin)
    assert (trial.outcome, trial.answer) == (outcome, answer)
    assert trial.remedy


def test_a_server_that_is_not_there_and_one_that_does_not_encrypt(settings, admin):
    with mail_server(settings):
        settings.EMAIL_USE_SSL = True
        assert trials.try_mail(admin).outcome == Outcome.INSECURE
    settings.EMAIL_USE_SSL, settings.EMAIL_PORT = False, free_port()
    assert trials.try_mail(admin).outcome == Outcome.REFUSED
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert trials.try_mail(admin).outcome == Outcome.PRINTED
    settings.EMAIL_BACKEND = "foundation.channels.OffBackend"
    assert trials.try_mail(admin).outcome == Outcome.OFF
    assert Trial.objects.count() == 1


@each_row(
    ("error", "outcome"),
    [
        (TimeoutError("timed out"), Outcome.TIMED_OUT),
        (socket.gaierror(-2, "Name or service not known"), Outcome.UNKNOWN_HOST),
        (ssl.SSLCertVerificationError("self-signed certificate"), Outcome.INSECURE),
        (smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."), Outcome.INSECURE),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), Outcome.FAILED),
    ],
)
def test_what_the_network_comes_up_with_has_a_name(error, outcome):
    assert trials._mail_outcome(error) == outcome
    assert str(trials.REMEDIES[outcome])


class Provider:
    """Takes text messages, or refuses them with an error."""

    def __init__(self, codes: dict[str, str], error: Exception | None = None) -> None:
        self.codes, self.error, self.sent = codes, error, []

    def send(self, phone, template, text, number):
        if self.error:
            raise self.error
        self.sent.append((phone, template, text.parameters["ref"]))


@each_row(
    ("codes", "error", "outcome", "answer"),
    [
        ({"accepted": "SMS_1"}, None, "sent", ""),
        ({}, None, "no_code", ""),
        ({"accepted": "SMS_1"}, TimeoutError("timed out"), "timed_out", "timed out"),
        (
            {"accepted": "SMS_1"},
            ConnectionError("SignatureDoesNotMatch: key-id key-secret 13912345678"),
            "failed",
            "SignatureDoesNotMatch: *** *** ***",
        ),
    ],
)
def test_a_text_message_goes_by_a_template_that_the_provider_has(
    codes, error, outcome, answer, settings, monkeypatch, admin
):
    settings.SMS_BACKEND = "aliyun://key-id:key-secret@某某街道/?accepted=SMS_1"
    provider = Provider(codes, error)
    monkeypatch.setattr(sms, "backend", lambda: provider)
    trial = trials.try_sms("139 1234 5678", actor=admin)
    assert (trial.outcome, trial.answer) == (outcome, answer)
    assert provider.sent == ([("13912345678", "accepted", "NH-2026-00042")] if outcome == "sent" else [])


def test_a_code_of_the_provider_is_told_in_words(settings, monkeypatch, admin):
    monkeypatch.setattr(
        sms, "backend", lambda: Provider({"received": "SMS_1"}, sms.Undeliverable("isv.AMOUNT_NOT_ENOUGH"))
    )
    trial = trials.try_sms("13912345678", actor=admin)
    assert (trial.answer, trial.in_words) == ("isv.AMOUNT_NOT_ENOUGH", "短信账户余额不足")
    assert "充值" in trial.remedy


def test_what_cannot_be_tried_is_refused(settings, admin):
    with pytest.raises(Refused, match="手机号"):
        trials.try_sms("027-12345678", actor=admin)
    for _time in range(trials.AN_HOUR):
        trials.try_sms("13912345678", actor=admin)
    with pytest.raises(Refused, match="太多"):
        trials.try_sms("13912345678", actor=admin)
    admin.email = ""
    with pytest.raises(Refused, match="没有邮箱"):
        trials.try_mail(admin)


# --- With what is not in the settings yet ----------------------------------------------------------------------------


def test_what_is_no_mail_server_is_not_quoted():
    for error in (smtplib.SMTPConnectError(-1, b"-inner service, version 3"), smtplib.SMTPHeloError(0, b"x")):
        assert trials._smtp_words(error) == type(error).__name__
    assert trials._smtp_words(smtplib.SMTPConnectError(554, b"no service")) == "554 no service"


def test_a_server_that_is_to_be_is_tried_and_nothing_of_it_kept(settings):
    with MailServer(answers=WITH_LOGIN | {"AUTH": f"535 not {PASSWORD}"}) as server:
        entered = channels.MailServer("smtp", "127.0.0.1", server.server_address[1], "portal", PASSWORD)
        trial = trials.try_server(entered, "desk@example.org", "me@example.org")
        server.shutdown()
    assert (trial.outcome, trial.answer) == (Outcome.PASSWORD, "535 not ***")
    with MailServer() as server:
        entered = channels.MailServer("smtp", "127.0.0.1", server.server_address[1])
        trial = trials.try_server(entered, "desk@example.org", "me@example.org")
        server.shutdown()
    assert (trial.outcome, trial.answer) == (Outcome.SENT, "250 accepted")
    assert "From: desk@example.org" in server.received[0]
    assert not Trial.objects.exists()


def test_a_provider_that_is_to_be_is_tried_too(capsys):
    assert trials.try_provider("console://", "13812345678").outcome == Outcome.PRINTED
    assert capsys.readouterr().out
    assert trials.try_provider("pigeon://key:hunter2@x", "13812345678").outcome == Outcome.FAILED
    off = trials.try_provider("off://", "13812345678")
    assert (off.outcome, "SMS_BACKEND" in off.answer) == (Outcome.FAILED, True)
    assert not Trial.objects.exists()
