"""Which members present an agenda item, and who may be chosen."""

import pytest

from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Stale, TransitionNotAllowed
from members import selectors, services
from members.models import Presenter
from tests import factories

pytestmark = pytest.mark.django_db


def test_presenting_is_set_as_a_whole_by_whom_it_is_permitted():
    event = factories.event()
    item = event.agenda.get()
    first, second = factories.committee_member(), factories.committee_member("林岚")
    services.people.present(item, [first], actor=factories.community_staff())
    services.people.present(item, [second], actor=factories.community_staff())
    assert [row.member for row in Presenter.objects.filter(agenda_item=item)] == [second]
    with pytest.raises(TransitionNotAllowed):
        services.people.present(item, [first], actor=factories.auditor())


def test_members_around_an_event_are_those_in_office_of_its_subdistrict():
    event = factories.event()
    here = factories.committee_member()
    factories.committee_member("离任", is_active=False)
    assert list(selectors.people.members_around(event)) == [here]
    far = factories.event(area=factories.tree().far_community, place="远处")
    assert list(selectors.people.members_around(far)) == []


def test_a_stale_page_is_refused_and_what_was_set_is_in_the_audit():
    event = factories.event()
    item, member = event.agenda.get(), factories.committee_member()
    with pytest.raises(Stale):
        services.people.present(item, [member], actor=SYSTEM, version=event.version + 1)
    assert not Presenter.objects.exists()
    services.people.present(item, [member], actor=factories.liaison_staff(), version=event.version)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.detail) == ("changed", f"event:{event.pk}", f"presenters {item.pk}")
