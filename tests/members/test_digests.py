"""The digest of a member: study notes, what waits for them, what is coming; and nothing of anybody else."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from demands.workflow import DemandStatus
from demands.workflow import DispatchStatus as D
from foundation import clock, contacts, digests, sending, subscriptions
from foundation.outbox import OutboxMessage
from foundation.subscriptions import Person
from members import services
from members.selectors.digests import person_of
from members.services.studies import DIGEST
from members.workflow import DutyStatus
from tests import factories

pytestmark = pytest.mark.django_db
WEEK = datetime.timedelta(days=7)
SECRET = "王女士家厨房漏水"


@pytest.fixture
def member(db):
    found = factories.member_with_account()
    found.contact = contacts.store(phone="13912345678", email="chen@example.com")
    found.save()
    return found


def week_later() -> int:
    with clock.turned_to(timezone.now() + WEEK):
        count = digests.enqueue_due()
    while sending.send_next():
        pass
    return count


def test_a_member_without_a_digest_gets_the_note_by_text_message_and_with_one_by_mail(member):
    series = factories.series()
    services.studies.push(factories.study_note(series, "第一篇", published=False), actor=factories.superuser())
    assert OutboxMessage.objects.get().status == "waiting"
    subscriptions.subscribe(person_of(member), frequency="weekly")
    note = factories.study_note(series, "第二篇", published=False, body="三句话的要点。" * 100)
    services.studies.push(note, actor=factories.superuser("other"))
    assert OutboxMessage.objects.latest("pk").status == "held"
    assert week_later() == 1
    (sent,) = mail.outbox
    assert "委员工作汇总" in sent.subject
    assert "学习要点：第二篇" in sent.body and "三句话的要点。" in sent.body and f"/studies/{note.pk}/" in sent.body
    assert "第一篇" not in sent.body


def test_it_says_what_waits_for_the_member_and_names_no_resident(member):
    subscriptions.subscribe(person_of(member), frequency="weekly")
    asked, open_ = (
        factories.demand(DemandStatus.ACCEPTED, description=SECRET, place="5 栋 2 单元") for _number in range(2)
    )
    factories.dispatch(D.OFFERED, demand_=asked, member=member)
    factories.dispatch(D.OPEN, demand_=open_)
    factories.duty(member, DutyStatus.RETURNED)
    with clock.turned_to(timezone.now() + WEEK):
        event = factories.event(starts_at=timezone.now() + WEEK + datetime.timedelta(days=3), agenda=1)
        services.people.present(event.agenda.get(), [member], actor=factories.superuser())
        factories.event(title="别人的活动", place="别处", starts_at=timezone.now() + WEEK + datetime.timedelta(days=3))
    assert week_later() == 1
    body = mail.outbox[0].body
    for said in ("请您协助的需求", asked.ref, "前答复", "新开放认领的需求", open_.ref, "退回的履职记录", event.title):
        assert said in body
    assert "别人的活动" not in body
    assert SECRET not in body and "5 栋" not in body


def test_a_quiet_week_sends_nothing_nor_does_the_end_of_the_term(member):
    subscriptions.subscribe(person_of(member), frequency="weekly")
    assert week_later() == 0
    factories.dispatch(D.OFFERED, member=member)
    member.is_active = False
    member.save()
    with clock.turned_to(timezone.now() + 2 * WEEK):
        assert digests.enqueue_due() == 0


def test_without_an_address_there_is_no_digest(member):
    assert person_of(member) == Person(DIGEST, member.contact)
    member.contact = contacts.store(phone="13912345678")
    assert person_of(member) is None
    member.contact = None
    assert person_of(member) is None
