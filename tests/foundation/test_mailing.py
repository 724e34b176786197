"""E-mails: who sends them, where replies go, and headers that no machine answers."""

import pytest

from foundation import mailing, portal
from foundation.portal import Portal
from foundation.sms import Text

TEXT = Text("主题", "正文", {}, headers={"List-Unsubscribe": "<http://portal.example/stop>"})


@pytest.mark.django_db
def test_a_mail_names_the_portal_and_takes_replies_at_its_own_address(settings):
    Portal.objects.update_or_create(pk=1, defaults={"name": "南湖协商", "email": "office@nanhu.example"})
    portal.current.forget()
    settings.DEFAULT_FROM_EMAIL = "notice@nanhu.example"
    mail = mailing.compose("wang@example.com", TEXT, headers={"Message-ID": "<1@x>"})
    sent = mail.message()
    assert str(sent["From"]) == "=?utf-8?b?5Y2X5rmW5Y2P5ZWG?= <notice@nanhu.example>"
    assert (sent["Reply-To"], sent["Auto-Submitted"]) == ("office@nanhu.example", "auto-generated")
    assert (sent["List-Unsubscribe"], sent["Message-ID"]) == ("<http://portal.example/stop>", "<1@x>")
    settings.DEFAULT_FROM_EMAIL = "南湖街道 <office@nanhu.example>"
    again = mailing.compose("wang@example.com", TEXT, headers={}).message()
    assert (again["Reply-To"], mailing.domain()) == (None, "nanhu.example")
    assert str(again["From"]) == "=?utf-8?b?5Y2X5rmW6KGX6YGT?= <office@nanhu.example>"
