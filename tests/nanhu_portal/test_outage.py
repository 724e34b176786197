"""A database that does not answer: deadlines, what ends an outage, and the page that says so.

Real freezes are in tests/faults/test_frozen.py.
"""

import contextlib
import socket
import threading

import psycopg2
import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.db.utils import ConnectionHandler
from django.test import Client
from psycopg2.extensions import set_wait_callback

from foundation.portal import Portal
from nanhu_portal import health, patience, places
from nanhu_portal.handler import AWAY
from nanhu_portal.outage import Outage
from nanhu_portal.patience import TooLate
from nanhu_portal.places import Places
from tests.nanhu_portal.test_headers import check
from tests.pages import words

LONG = 60  # seconds that nothing here waits for


# --- What is known of an outage --------------------------------------------------------------------------------------


def test_an_outage_lasts_from_the_first_question_without_an_answer_to_the_next_answer():
    heard, seen = [False, False, True], []

    def answers():
        seen.append(outage.is_on)
        return heard.pop(0)

    outage = Outage(answers, pause=0)
    outage._watching.acquire()
    outage._watch()
    assert seen == [False, True, True]
    assert not outage.is_on


def test_an_outage_ends_where_asking_itself_fails():
    answers = iter([False])
    outage = Outage(lambda: next(answers), pause=0)
    outage._watching.acquire()
    with pytest.raises(StopIteration):
        outage._watch()
    assert not outage.is_on
    assert outage._watching.acquire(blocking=False), "it may be suspected again"


def test_an_answer_at_once_is_no_outage_and_one_thread_asks_for_all():
    asked, go_on = [], threading.Event()

    def answers():
        asked.append(outage.is_on)
        return go_on.wait(LONG)

    outage = Outage(answers, pause=0)
    for _suspicion in range(3):
        outage.suspect()
    go_on.set()
    assert outage._watching.acquire(timeout=LONG), "it ends by itself, and may be suspected again"
    assert asked == [False]
    assert not outage.is_on


# --- Deadlines -------------------------------------------------------------------------------------------------------


class Noted:
    """An outage that notes who suspects it."""

    def __init__(self, is_on: bool = False) -> None:
        self.is_on, self.suspicions = is_on, 0

    def suspect(self) -> None:
        self.suspicions += 1


@contextlib.contextmanager
def waiting(seconds: float, outage=None):
    set_wait_callback(patience.waiting(seconds, outage))
    try:
        yield
    finally:
        set_wait_callback(None)


@pytest.fixture
def silent():
    """Parameters of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield {"host": "127.0.0.1", "port": server.getsockname()[1], "user": "nobody", "dbname": "none"}


@pytest.fixture
def line(db):
    made = psycopg2.connect(**connection.get_connection_params())
    yield made
    made.close()


def test_connecting_to_a_silent_server_ends_at_the_deadline(silent):
    with waiting(0.05), pytest.raises(TooLate):
        psycopg2.connect(**silent)
    with waiting(LONG), patience.within(0.05), pytest.raises(TooLate):
        psycopg2.connect(**silent)
    assert getattr(patience._own, "until", None) is None


def test_whoever_waits_long_suspects_an_outage_and_whoever_knows_of_one_gives_up(silent, monkeypatch):
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(patience, "SUSPICIOUS_SECONDS", 0)
    with waiting(0.1, noted := Noted()), pytest.raises(TooLate):
        psycopg2.connect(**silent)
    assert noted.suspicions
    with waiting(LONG, Noted(is_on=True)), pytest.raises(TooLate):
        psycopg2.connect(**silent)
    # Who has a deadline of their own asks on, because that is how the end of an outage is noticed.
    with waiting(LONG, noted := Noted(is_on=True)), patience.within(0.05), pytest.raises(TooLate):
        psycopg2.connect(**silent)
    assert not noted.suspicions


def test_only_silence_counts_as_no_answer(silent, monkeypatch, db):
    monkeypatch.setattr(patience, "ASK_SECONDS", 0.05)
    with waiting(LONG):
        assert patience.answers(silent) is False
        assert patience.answers(silent | {"port": 9}) is True, "refused"
        assert patience.answers(connection.get_connection_params() | {"dbname": "nowhere"}) is True, "refused by name"
        monkeypatch.setattr(patience, "ASK_SECONDS", LONG)
        assert patience.answers(connection.get_connection_params()) is True


def test_a_connection_whose_answer_came_too_late_is_closed(line):
    with waiting(LONG), line.cursor() as cursor:
        cursor.execute("SELECT generate_series(1, 100000)")
        assert len(cursor.fetchall()) == 100_000
        with pytest.raises(TooLate), patience.within(0.05):
            cursor.execute("SELECT pg_sleep(0.5)")
    assert line.closed
    with pytest.raises(psycopg2.InterfaceError):
        line.cursor()


# --- Places ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def handler(monkeypatch):
    """Connections of threads, apart from those of the tests."""
    found = ConnectionHandler({"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "none"}})
    monkeypatch.setattr(places, "connections", found)
    return found


def test_a_place_brings_its_connections_to_whichever_thread_takes_it(handler):
    found, one = [], Places(count=1)

    def request():
        place = one.take()
        found.append(handler["default"])
        found[-1].validate_thread_sharing()
        one.give_back(place)
        assert handler.all(initialized_only=True) == []

    for _request in range(2):
        thread = threading.Thread(target=request)
        thread.start()
        thread.join()
    assert found[0] is found[1]


def test_who_finds_no_place_in_time_has_none(handler):
    one = Places(count=1)
    place = one.take()
    assert one.take(seconds=0) is None
    one.give_back(place)
    assert one.take(seconds=0) is place
    one.give_back(place)


# --- What visitors see -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_while_the_database_is_away_a_page_says_so_without_asking_it(resident, django_assert_num_queries):
    Portal.objects.create(pk=1, name="湖东协商", phone="027-80000000", address="桂花路 1 号")
    resident.get("/")  # reads the portal's row
    away = {AWAY: True}
    with django_assert_num_queries(0):
        responses = {path: resident.get(path, **away) for path in ("/", "/demands/", "/admin/", "/nowhere/")}
        posted = resident.post("/demands/new/", **away)
        english = Client(headers={"Cookie": "lang=en"}).get("/", **away)
    for response in (*responses.values(), posted, english):
        check(response, 503)
        assert response["Retry-After"] == "10"
        assert response["X-Robots-Tag"] == "noindex"
        assert "no-store" in response["Cache-Control"]
        assert not response.cookies
    text = words(responses["/"])
    for found in ("暂时无法访问", "打电话： 027-80000000", "到窗口：桂花路 1 号", "重新打开本页"):
        assert found in text
    assert "不会重复登记" in words(posted)
    assert "重新打开本页" not in words(posted), "a form is not sent again by a link"
    assert "temporarily unavailable" in words(english)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "accept", "is_json"),
    [
        ("/demands/similar/", "*/*", True),
        ("/demands/NH-2026-00001/trail.json", "*/*", True),
        ("/admin/autocomplete/", "*/*", True),
        ("/demands/", "application/json", True),
        ("/nowhere", "application/json, */*", True),
        ("/demands/", "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8", False),
        ("/nowhere", "", False),
    ],
)
def test_scripts_get_json(resident, path, accept, is_json):
    response = resident.post(path, headers={"accept": accept}, **{AWAY: True})
    check(response, 503)
    assert response["Retry-After"] == "10"
    if is_json:
        assert response.json() == {"status": "unavailable", "retry_after": 10}
    else:
        assert response["Content-Type"].startswith("text/html")


def _raised(error: Exception, while_handling: Exception | None = None):
    def view(*args, **kwargs):
        try:
            raise while_handling or error
        except Exception:
            raise error  # noqa: B904 - this is how an error comes by its context

    return view


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("view", "status"),
    [
        (_raised(OperationalError("server closed the connection unexpectedly")), 503),
        (_raised(OperationalError("FATAL: sorry, too many clients already")), 503),
        (_raised(InterfaceError("connection already closed")), 503),
        (_raised(ValueError("in the template"), while_handling=OperationalError("lost")), 503),
        (_raised(ProgrammingError("column does not exist")), 500),
        (_raised(ValueError("ours")), 500),
    ],
)
def test_a_lost_database_is_503_and_a_mistake_of_ours_is_500(monkeypatch, view, status):
    monkeypatch.setattr("demands.views.publishing.PublicDemandFilter", view)
    response = Client(raise_request_exception=False).get("/demands/")
    check(response, status)
    assert ("Retry-After" in response) is (status == 503)


@pytest.mark.django_db
def test_readiness_waits_for_a_silent_database_less_than_three_seconds(resident, silent, monkeypatch):
    assert health.READY_SECONDS < 3
    monkeypatch.setattr(health, "READY_SECONDS", 0.05)
    aside = connection.settings_dict | {"HOST": silent["host"], "PORT": silent["port"], "CONN_HEALTH_CHECKS": False}
    monkeypatch.setattr(health, "connection", ConnectionHandler({"default": aside})["default"])
    with waiting(LONG):
        response = resident.get("/readyz")
    assert (response.status_code, response.json()["database"]) == (503, False)
