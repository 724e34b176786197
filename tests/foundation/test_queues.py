"""Queues: the tiles of the home page and the filters of the lists use the same declarations."""

import pytest

from foundation import queues
from foundation.queues import Queue, QueueList

# Model → its queues in the order of the list's filter, each with the position of its tile.
REGISTERED = {
    "demands.Demand": {
        "open": 110,
        "overdue": 10,
        "today": 20,
        "urgent": 25,
        "news": 28,
        "unassigned": 30,
        "mine": 50,
        "to_publish": 40,
        "photos": 60,
        "deletion": 70,
        "office": 80,
        "paused": 100,
        "escalated": 90,
    },
    "consultation.Event": {"week": None, "record": 120, "minutes": 130, "photos": None},
    "consultation.Picture": {"pending": 140},
    "consultation.Agreement": {"overdue": 150},
    "demands.DueErasure": {"waiting": 75},
    "demands.Dispatch": {"active": None, "overdue": None, "back": 160},
    "members.DutyRecord": {"submitted": 170},
    "members.ProfileChange": {"submitted": 175},
    "members.Resource": {
        "offered": 180,
        "reviewed": None,
        "open": None,
        "paused": None,
        "ended": None,
        "over": None,
    },
    "foundation.OutboxMessage": {"undeliverable": 190},
    "demands.Proposal": {"drafts": None, "ready": 165, "waiting": None},
    "members.Reception": {"coming": None, "over": None},
}


def test_each_list_has_these_queues():
    registered = {
        model: {queue.name: queue.tile and queue.tile.position for queue in of.queues}
        for model, of in queues._lists.items()
    }
    assert registered == REGISTERED
    assert {model: list(of) for model, of in registered.items()} == {
        model: list(of) for model, of in REGISTERED.items()
    }


def test_alarms_are_what_is_late_or_due_today():
    alarms = [
        (model, queue.name)
        for model, of in queues._lists.items()
        for queue in of.queues
        if queue.tile and queue.tile.is_alarm
    ]
    assert sorted(alarms) == [
        ("consultation.Agreement", "overdue"),
        ("demands.Demand", "overdue"),
        ("demands.Demand", "today"),
    ]


def test_a_second_list_of_the_same_model_is_refused():
    with pytest.raises(ValueError, match=r"demands\.Demand"):
        queues.register(QueueList("demands.Demand", (Queue("x", "x", lambda rows, user: rows),)))


@pytest.mark.django_db
def test_all_tiles_are_counted_in_one_query(admin_user, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert [tile["count"] for tile in queues.tiles(admin_user)] == [0] * 22
