"""A state has one word and one tone wherever it is shown; expected tones are by hand."""

import pytest

from consultation.models import SlotState
from consultation.models.events import SignUpStatus
from consultation.templatetags import state_pill
from consultation.workflow import AgreementStatus, EventStatus, Places, ProjectStatus, TopicStatus, TopicTime
from demands.workflow import DemandStatus, DispatchStatus, OpinionStatus, ProposalStatus, WithoutReporter
from foundation.states import States
from members.models import ReceptionState
from members.workflow import DutyStatus, ProfileStatus, ResourceStatus
from tests import factories

EXPECTED = {
    EventStatus: "todo now done done off",
    Places: "wait",
    SlotState: "todo done late",
    SignUpStatus: "done wait off",
    TopicStatus: "now todo done off",
    TopicTime: "wait",
    AgreementStatus: "todo now done late off",
    ProjectStatus: "wait todo now done off",
    ResourceStatus: "wait todo now off off",
    DutyStatus: "wait now done off",
    ProfileStatus: "wait done off off",
    ReceptionState: "now wait off off",
    DemandStatus: "now now now now wait done now off off off now",
    WithoutReporter: "done",
    DispatchStatus: "wait wait now off late off done",
    ProposalStatus: "now wait wait now now done off off",
    OpinionStatus: "now off",
}


def test_every_state_has_its_tone():
    assert set(EXPECTED) == set(States.__subclasses__())
    assert {states: " ".join(state.tone for state in states) for states in EXPECTED} == EXPECTED


def test_the_same_word_has_one_tone_everywhere():
    tones = {}
    for states in EXPECTED:
        for state in states:
            tones.setdefault(str(state.label), set()).add(state.tone)
    assert len(tones) > 30
    assert {word: found for word, found in tones.items() if len(found) > 1} == {}


def test_what_the_pill_of_a_stored_status_draws():
    kinds = (EventStatus, SlotState, SignUpStatus, TopicStatus, AgreementStatus, ProjectStatus)
    assert {state.value: state.tone for states in kinds for state in states} == state_pill.TONES
    for states in kinds:  # no value has another tone in another machine
        assert [state_pill.TONES[state.value] for state in states] == [state.tone for state in states]
    assert state_pill.slot_pill("missed") == f'<span class="pill late">{SlotState.MISSED.label}</span>'


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "capacity", "taken", "state"),
    [
        ("open", 2, 1, EventStatus.OPEN),
        ("open", 2, 2, Places.FULL),
        ("open", None, 2, EventStatus.OPEN),
        ("planned", 2, 0, EventStatus.PLANNED),
        ("cancelled", 2, 2, EventStatus.CANCELLED),
    ],
)
def test_an_event_without_a_place_left_says_so(status, capacity, taken, state):
    event = factories.event(status, capacity=capacity)
    event.taken = taken  # as `with_taken` reads it
    assert event.state is state
