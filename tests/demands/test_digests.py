"""Residents with several demands: one mail of the news of all of them; what asks something of them is sent at once."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from demands.models import Demand
from demands.services import deadlines, handling, lineage
from foundation import clock, digests, sending, subscriptions
from foundation.outbox import OutboxMessage
from foundation.subscriptions import Person
from tests import factories

pytestmark = pytest.mark.django_db
MAIL = "wang@example.com"


def mine(**values) -> Demand:
    found = factories.demand(phone="", email=MAIL, **values)
    return Demand.objects.get(pk=found.pk)


def test_news_of_all_demands_comes_in_one_mail_and_questions_at_once(client):
    first, second, other = mine(), mine(), factories.demand(phone="", email="li@example.com")
    OutboxMessage.objects.all().delete()  # the receipts
    subscriptions.subscribe(Person(lineage.DIGEST, first.contact), frequency="daily", hour=9)
    staff = factories.superuser()
    for demand in (first, second, other):
        handling.accept(demand, actor=staff)
    deadlines.pause(Demand.objects.get(pk=second.pk), "在几楼？", actor=staff)
    statuses = OutboxMessage.objects.order_by("pk").values_list("template", "status")
    assert list(statuses) == [
        ("accepted", "held"),
        ("accepted", "held"),
        ("accepted", "waiting"),
        ("needs_information", "waiting"),
    ]
    with clock.turned_to(timezone.now() + datetime.timedelta(days=2)):
        assert digests.enqueue_due() == 1
    while sending.send_next():
        pass
    (digest,) = [message for message in mail.outbox if "需求进展汇总" in message.subject]
    assert first.ref in digest.body and second.ref in digest.body and other.ref not in digest.body
    assert digest.to == [MAIL] and len(mail.outbox) == 3
    # Each line leads to its own demand, by a signed link.
    links = [word for word in digest.body.split() if "/demands/track/" in word]
    pages = [client.get(link.removeprefix("http://portal.example")).content.decode() for link in links]
    assert [first.ref in pages[0], second.ref in pages[1]] == [True, True]
    # Staff who may see the demands see where the messages went.
    assert OutboxMessage.objects.visible_to(staff).filter(template="digest").exists()
