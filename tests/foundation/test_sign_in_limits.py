"""Guessing of passwords: slowed for whoever tries many, without stopping anybody else."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from foundation import sign_in_limits, throttle
from foundation.audit import AuditEntry
from foundation.sign_in_limits import ACCOUNT, ADDRESS, NETWORK
from tests import factories
from tests.pages import words
from tests.together import at_once

pytestmark = pytest.mark.django_db

OFFICE, NEXT_DOOR, ELSEWHERE = "192.0.2.10", "192.0.2.11", "198.51.100.20"


@pytest.fixture
def clock(monkeypatch):
    """Stop the time that limits are counted by."""

    class Clock:
        now = timezone.now()

        def forward(self, seconds: int) -> None:
            self.now += datetime.timedelta(seconds=seconds)

    clock = Clock()
    monkeypatch.setattr(throttle.timezone, "now", lambda: clock.now)
    return clock


WRONG = "wrong"


def attempt(username: str, password: str = WRONG, address: str = OFFICE, client: Client | None = None):
    client = client or Client()
    return client.post("/accounts/login/", {"username": username, "password": password}, REMOTE_ADDR=address)


def tried(limit, whom: str, times: int) -> None:
    """As if there had been so many attempts before, without waiting for each."""
    for _time in range(times):
        throttle.count_or_wait(limit._replace(free=10_000), whom)


def test_an_office_behind_one_address_may_mistype(clock):
    factories.liaison_staff()
    for limit, whom in ((NETWORK, "192.0.2.0/24"), (ADDRESS, OFFICE)):
        tried(limit, whom, 54)  # by 27 colleagues before these
    for number in range(3):
        assert [attempt(f"clerk{number}").status_code for _time in range(2)] == [200, 200]
    assert attempt("liaison", factories.PASSWORD).status_code == 302


def test_trying_many_names_is_slowed_more_and_more(clock):
    factories.liaison_staff()
    tried(ADDRESS, OFFICE, ADDRESS.free)
    waits = []
    for number in range(8):
        while (response := attempt(f"name{number}")).status_code == 429:
            waits.append(int(response["Retry-After"]))
            assert f"请 {waits[-1]} 秒后再试" in words(response)
            clock.forward(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    # Whoever waits as long as the page says gets in; elsewhere nobody waits, and the delay is forgotten.
    clock.forward(30)
    assert attempt("liaison", factories.PASSWORD).status_code == 302
    assert attempt("liaison", factories.PASSWORD, NEXT_DOOR).status_code == 302
    clock.forward(ADDRESS.forget)
    assert [attempt(f"other{number}").status_code for number in range(3)] == [200] * 3


def test_hammering_does_not_make_the_wait_longer(clock):
    tried(ADDRESS, OFFICE, ADDRESS.free + 4)
    assert [attempt(f"name{number}")["Retry-After"] for number in range(10)] == ["8"] * 10
    assert not AuditEntry.objects.exists()
    clock.forward(8)
    assert attempt("name").status_code == 200
    assert AuditEntry.objects.get().action == "sign_in_failed"


@pytest.mark.parametrize(
    ("limit", "whom", "address"),
    [
        (NETWORK, "192.0.2.0/24", NEXT_DOOR),
        (NETWORK, "2001:db8:1::/48", "2001:db8:1:7::9"),
        (ACCOUNT, "liaison", ELSEWHERE),
    ],
)
def test_many_addresses_are_slowed_together(clock, limit, whom, address):
    factories.liaison_staff()
    tried(limit, whom, limit.free + 2)
    assert attempt("liaison", factories.PASSWORD, address).status_code == 429


def test_the_holder_with_a_known_browser_waits_for_nobody_else(clock):
    factories.liaison_staff()
    own = Client()
    assert attempt("liaison", factories.PASSWORD, client=own).status_code == 302
    own.post("/accounts/logout/")
    for limit, whom in ((NETWORK, "192.0.2.0/24"), (ADDRESS, OFFICE), (ACCOUNT, "liaison")):
        tried(limit, whom, limit.free + 9)
    for _time in range(9):
        attempt("liaison")  # a stranger in the same office
        clock.forward(30)
    assert attempt("liaison", factories.PASSWORD).status_code == 429
    assert attempt("liaison", factories.PASSWORD, client=own).status_code == 302
    # Its own failures count, so that a stolen cookie is no free pass.
    own.post("/accounts/logout/")
    assert [attempt("liaison", client=own).status_code for _time in range(9)] == [200] * 8 + [429]
    # For other accounts the browser is as unknown as any.
    factories.superuser()
    attempt("somebody")
    assert attempt("admin", factories.PASSWORD, client=own).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_not_slip_through():
    factories.liaison_staff()
    statuses = at_once(*[lambda: attempt("liaison").status_code] * 12)
    assert sorted(statuses) == [200] * (sign_in_limits.NAME.free + 1) + [429] * 4
