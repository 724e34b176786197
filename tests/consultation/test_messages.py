"""The few texts that go to those who signed up for an event."""

import datetime

import pytest
from django.core.management import call_command

from consultation.messages import TEMPLATES, render
from consultation.models import Event
from consultation.services import events, sign_ups
from foundation import message_templates
from foundation.actors import SYSTEM
from foundation.outbox import OutboxMessage
from foundation.tokens import new_code
from tests import factories

pytestmark = pytest.mark.django_db

START = datetime.datetime.fromisoformat("2030-03-05T15:00:00+08:00")
LINK = "http://portal.example/events/signup/"


def sign_up(**values):
    defaults = {"title": "门禁怎么装", "starts_at": START, "place": "居委会二楼"}
    event = factories.event(**(defaults | values))
    return sign_ups.sign_up(event, code=new_code(), email="wang@example.com", called="王女士")[0]


# What stands before and after the link, by hand.
TEXTS = {
    "event_signed_up": (
        "报名成功：门禁怎么装",
        "您已成功报名“门禁怎么装”，时间：2030年3月5日 星期二 15:00，地点：居委会二楼。查看或取消：",
        "",
    ),
    "event_waiting": (
        "已排入候补：门禁怎么装",
        "“门禁怎么装”名额已满，您已排入候补。有空位时按次序递补，并通知您。查看或取消：",
        "",
    ),
    "event_moved_up": (
        "候补成功：门禁怎么装",
        (
            "“门禁怎么装”有了空位，您已候补成功，时间：2030年3月5日 星期二 15:00，"
            "地点：居委会二楼。如不能参加，请取消，把名额让给下一位："
        ),
        "",
    ),
    "event_changed": (
        "活动有变动：门禁怎么装",
        "您报名的活动有变动，现在是“门禁怎么装”，时间：2030年3月5日 星期二 15:00，地点：居委会二楼。查看或取消：",
        "",
    ),
    "event_cancelled": (
        "活动已取消：门禁怎么装",
        "您报名的“门禁怎么装”（原定 2030年3月5日 星期二 15:00）已取消，原因见：",
        "",
    ),
    "event_reminder": (
        "活动提醒：门禁怎么装",
        "您报名的“门禁怎么装”将于 2030年3月5日 星期二 15:00 开始，地点：居委会二楼。"
        "如不能参加，请取消，把名额让给他人：",
        "",
    ),
    "event_link": (
        "报名链接：门禁怎么装",
        "您申请了报名“门禁怎么装”的链接；如非您本人操作，请忽略。查看或取消：",
        "",
    ),
}


def test_these_are_all_texts_about_sign_ups():
    assert {template for template in TEMPLATES if template.startswith("event_")} == set(TEXTS)


@pytest.mark.parametrize("template", TEXTS)
def test_a_text_says_what_when_and_where_and_links_to_the_sign_up(template):
    row = sign_up()
    text = render(template, {"sign_up": row.pk})
    subject, before, after = TEXTS[template]
    link = text.parameters["link"]
    assert link.startswith(LINK)
    assert sign_ups.find(link.removeprefix(LINK).removesuffix("/")) == row
    assert text.subject == subject
    assert text.body == f"{before}{link}{after}\n\n——一线协商 · 湖东街道"


@pytest.mark.parametrize("template", TEXTS)
def test_a_text_holds_nothing_personal(template):
    row = sign_up()
    text = render(template, {"sign_up": row.pk})
    assert set(text.parameters) == {"title", "when", "place", "link"}
    for personal in ("王女士", "wang@example.com", row.code_hash):
        assert personal not in f"{text.subject}{text.body}{text.parameters}"


def test_a_text_is_written_when_it_is_sent():
    row = sign_up()
    event = row.event
    event.starts_at, event.ends_at = START + datetime.timedelta(days=1), START + datetime.timedelta(days=1, hours=1)
    events.change(event, ["starts_at", "ends_at"], actor=SYSTEM)
    message = OutboxMessage.objects.get(template="event_changed")
    # What is stored names rows only.
    assert message.parameters == {"sign_up": row.pk}
    text = render(message.template, message.parameters)
    assert text.parameters["when"] == "2030年3月6日 星期三 15:00"


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"place": "", "online_url": "https://meeting.example.com/1"}, "线上"),
        ({"place": "居委会二楼", "online_url": "https://meeting.example.com/1"}, "居委会二楼"),
    ],
)
def test_the_online_link_stays_on_the_page(values, place):
    text = render("event_reminder", {"sign_up": sign_up(**values).pk})
    assert text.parameters["place"] == place
    assert "meeting.example.com" not in text.body


def test_a_venue_is_named():
    row = sign_up(venue=factories.venue())
    assert render("event_signed_up", {"sign_up": row.pk}).parameters["place"] == "桂花苑小区云端工作站"


def test_a_title_with_a_percent_sign_is_written_as_it_is():
    row = sign_up(title="100%% 参与，90%(s) 满意")
    assert render("event_link", {"sign_up": row.pk}).subject == "报名链接：100%% 参与，90%(s) 满意"


def test_a_text_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        render("event_no_such", {"sign_up": sign_up().pk})


def test_the_worker_finds_and_sends_them(mailoutbox):
    row = sign_up()
    call_command("worker", "--once")
    [mail] = mailoutbox
    assert (mail.subject, mail.to) == ("报名成功：门禁怎么装", ["wang@example.com"])
    assert message_templates.render("event_waiting", {"sign_up": row.pk}).subject == "已排入候补：门禁怎么装"
    assert Event.objects.count() == 1
