"""A changed settings file: tried before it is taken up, and asked for once."""

import os
import signal

import pytest
from django.db import OperationalError

from nanhu_portal import settings_file, taking_up


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Cannot start: PORT is a whole number from 1.\n", "PORT is a whole number from 1."),
        (
            "SystemCheckError: System check identified some issues:\n\nERRORS:\n?: (nanhu.E004) SMS_BACKEND is wrong.\n"
            "?: (nanhu.E003) Demo accounts exist.\n\tHINT: Delete them.\n\nSystem check identified 2 issues.\n",
            "SMS_BACKEND is wrong. Demo accounts exist.",
        ),
        ("Traceback (most recent call last):\n  File …\nOSError: nothing left\n", "OSError: nothing left"),
        ("", "The check ended without a word."),
    ],
)
def test_what_a_start_says_becomes_a_sentence(said, sentence):
    assert taking_up.sentence_in(said) == sentence


def test_settings_are_tried_by_a_process_of_their_own(settings):
    """Of the tests' own database, which it reaches by the name that they were started with."""
    assert taking_up.why_not({"RETENTION_MONTHS": "none"}) == "RETENTION_MONTHS is a whole number from 1, not 'none'."


def test_what_no_file_can_hold_is_not_even_tried():
    assert "EMAIL_URL holds a line break" in taking_up.why_not({"EMAIL_URL": "off://\nDEBUG=1"})


@pytest.fixture
def watch(settings, tmp_path, monkeypatch):
    """A watch on a file, with `why` that the portal would not start with it, and how often it was tried."""
    settings.SETTINGS_FILE = tmp_path / "settings.env"
    settings_file.write(settings.SETTINGS_FILE, {"RETENTION_MONTHS": "24"})
    settings.SETTINGS_STAMP = settings_file.stamp(settings.SETTINGS_FILE)
    made = taking_up.Watch()
    made.why, made.tried = "", 0

    def why_not_with(file):
        made.tried += 1
        return made.why

    monkeypatch.setattr(taking_up, "why_not_with", why_not_with)
    return made


def test_each_change_is_tried_once_and_taken_up_if_it_would_start(watch, settings, caplog):
    assert not watch.look()
    assert watch.tried == 0
    watch.why = "RETENTION_MONTHS is wrong."
    settings_file.write(settings.SETTINGS_FILE, {"RETENTION_MONTHS": "x"})
    assert [watch.look(), watch.look()] == [False, False]
    assert watch.tried == 1
    assert "the settings are not taken up: RETENTION_MONTHS is wrong." in caplog.text
    watch.why = ""
    settings_file.write(settings.SETTINGS_FILE, {"RETENTION_MONTHS": "36"})
    assert [watch.look(), watch.look()] == [True, False]


@pytest.mark.django_db
def test_one_of_a_server_s_processes_asks_it_to_replace_them(watch, monkeypatch, caplog):
    signals = []
    monkeypatch.setattr(os, "kill", lambda *args: signals.append(args))
    taking_up.replace_processes(watch)
    assert signals == [], "the tests were not started by granian"
    assert "start the web server again" in caplog.text
    monkeypatch.setattr(taking_up, "is_granian", lambda pid: True)
    monkeypatch.setattr(taking_up.connection, "close", lambda: None)
    taking_up.replace_processes(watch)
    taking_up.replace_processes(watch)
    assert signals == [(os.getppid(), signal.SIGHUP)]

    def away(*_args):
        raise OperationalError("away")

    monkeypatch.setattr(taking_up.throttle, "is_over", away)
    taking_up.replace_processes(watch)
    assert len(signals) == 2


def test_a_process_that_is_gone_is_no_server():
    assert not taking_up.is_granian(2**22 + 1)
