"""States with their word and tone: the one place that says how a state looks, on public pages and in the admin alike.

Each state is declared once, as `HELD = "held", Tone.DONE, _("已举行")`. Whatever draws it, a pill, a mark in a calendar
or a small square, takes word and tone from there. No word has two tones (`tests/nanhu_portal/test_states.py`).
"""

from enum import StrEnum

from django.db import models


class Tone(StrEnum):
    """The class in marks.css that gives a state its shape and colour."""

    TODO = "todo"  # an outline, a ring: to come
    NOW = "now"  # lake, a half disc: going on, open, in hand
    WAIT = "wait"  # amber, two bars: waits for somebody
    DONE = "done"  # camphor, a tick
    LATE = "late"  # plum, a cross: its day has passed, and it was not done
    OFF = "off"  # grey, a dash: ended without it, on purpose


class States(models.TextChoices):
    """Choices whose members have a `tone` between value and label."""

    def __new__(cls, value: str, tone: Tone):
        member = str.__new__(cls, value)
        member._value_ = value
        member.tone = tone
        return member
