"""The agenda of an event, written as a whole."""

import datetime

import pytest

from consultation.models import AgendaItem
from consultation.services import agenda
from consultation.services.agenda import Line
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from tests import factories

pytestmark = pytest.mark.django_db


def rows(event) -> list[tuple]:
    return [(item.order, item.title, str(item.starts_at or ""), item.presenter) for item in event.agenda.all()]


def test_it_consists_of_the_lines_in_their_order_and_items_keep_their_rows():
    event = factories.event(agenda=3)
    first, second, third = event.agenda.all()
    staff = factories.community_staff()
    lines = [
        Line("第 3 个议题", item=third.pk),
        Line("插进来的", datetime.time(9, 30), "周经理"),
        Line("改了名的", item=first.pk),
    ]
    assert agenda.write(event, lines, actor=staff) is True
    assert rows(event) == [
        (1, "第 3 个议题", "", ""),
        (2, "插进来的", "09:30:00", "周经理"),
        (3, "改了名的", "", ""),
    ]
    assert [item.pk for item in event.agenda.all()][::2] == [third.pk, first.pk]
    assert not AgendaItem.objects.filter(pk=second.pk).exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.detail) == ("changed", f"event:{event.pk}", "agenda")


def test_the_same_lines_again_change_nothing():
    event = factories.event(agenda=2)
    lines = [Line(item.title, item=item.pk) for item in event.agenda.all()]
    before = event.version
    assert agenda.write(event, lines, actor=factories.community_staff(), version=before) is False
    event.refresh_from_db()
    assert event.version == before
    assert not AuditEntry.objects.exists()


def test_an_item_from_a_topic_leaves_the_agenda_by_its_own_door_only():
    event = factories.event(agenda=1)
    item = event.agenda.get()
    AgendaItem.objects.filter(pk=item.pk).update(topic=factories.topic())
    with pytest.raises(Refused) as refusal:
        agenda.write(event, [], actor=SYSTEM)
    assert str(refusal.value) == "“第 1 个议题”来自议题征集，不能在这里删除；请到征集议题里修改。"
    assert agenda.write(event, [Line("新的"), Line("第 1 个议题", item=item.pk)], actor=SYSTEM)
    assert [(row.title, row.topic_id is None) for row in event.agenda.all()] == [("新的", True), ("第 1 个议题", False)]


def test_a_stale_page_a_cancelled_event_and_a_person_without_permission_are_refused():
    event = factories.event()
    version = event.version
    agenda.write(event, [Line("同事写的")], actor=SYSTEM)
    with pytest.raises(Stale):
        agenda.write(event, [Line("我写的")], actor=SYSTEM, version=version)
    with pytest.raises(TransitionNotAllowed):
        agenda.write(event, [Line("我写的")], actor=factories.auditor())
    assert [row[1] for row in rows(event)] == ["同事写的"]
    with pytest.raises(Refused):
        agenda.write(factories.event("cancelled"), [Line("我写的")], actor=SYSTEM)
