"""Visitors' addresses, and rate limits. Time stops unless a test moves it."""

import datetime
import ipaddress

import pytest
from django.utils import timezone

from foundation import throttle
from foundation.throttle import Throttle, client_address, is_first_today, is_over
from tests.together import at_once

NOBODY = "0.0.0.0"  # noqa: S104 - a placeholder, nothing listens on it
NOON = datetime.datetime(2026, 3, 2, 12, 0, tzinfo=datetime.UTC)


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    def forward(self, **span):
        self.now += datetime.timedelta(**span)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


def address(rf, remote, forwarded=None, **headers):
    request = rf.get("/", REMOTE_ADDR=remote, headers=headers)
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return client_address(request)


@pytest.mark.parametrize(
    ("remote", "forwarded", "visitor"),
    [
        ("203.0.113.7", None, "203.0.113.7"),
        ("203.0.113.7", "", "203.0.113.7"),
        # Only trusted proxies are trusted.
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1, 198.51.100.2", "203.0.113.7"),
        # A trusted proxy is trusted for the one address that it saw itself.
        ("10.0.0.5", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.5", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.5", "10.0.0.9, 203.0.113.7", "203.0.113.7"),
        # Two trusted proxies in a row.
        ("10.0.0.5", "203.0.113.7, 10.0.0.6", "203.0.113.7"),
        ("10.0.0.5", "198.51.100.1, 203.0.113.7, 10.0.0.6", "203.0.113.7"),
        ("10.0.0.5", " 203.0.113.7 ,, 10.0.0.6", "203.0.113.7"),
        # The proxy's own requests, such as health checks.
        ("10.0.0.5", None, "10.0.0.5"),
        ("10.0.0.5", "10.0.0.6", "10.0.0.6"),
        # An IPv6 visitor is a household: one /64.
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::"),
        ("2001:db8:1:2::1", None, "2001:db8:1:2::"),
        ("2001:db8:1:3::1", None, "2001:db8:1:3::"),
        ("10.0.0.5", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fd00::5", "203.0.113.7", "203.0.113.7"),
        # An IPv4 visitor on an IPv6 socket is the same visitor.
        ("::ffff:203.0.113.7", None, "203.0.113.7"),
        # Anything that is not an address counts as one visitor.
        ("10.0.0.5", "unknown", NOBODY),
        ("10.0.0.5", "<script>", NOBODY),
        ("", None, NOBODY),
        ("", "198.51.100.1", NOBODY),
        ("10.0.0.5", "", "10.0.0.5"),
        # Some proxies append the port, in their own addresses too.
        ("10.0.0.5", "203.0.113.7:51234", "203.0.113.7"),
        ("10.0.0.5", "198.51.100.1:1, 203.0.113.7:65535, 10.0.0.6:443", "203.0.113.7"),
        ("10.0.0.5", "[2001:db8:1:2::9]:51234", "2001:db8:1:2::"),
        ("10.0.0.5", "[2001:db8:1:2::9]", "2001:db8:1:2::"),
        ("10.0.0.5", "[::ffff:203.0.113.7]:51234", "203.0.113.7"),
        ("10.0.0.5", "203.0.113.7, [fd00::6]:443", "203.0.113.7"),
        ("10.0.0.5", "fe80::1%eth0", "fe80::"),
        ("10.0.0.5", "[fe80::1%25eth0]:80", "fe80::"),
        # What looks like a port and is none makes no address.
        *(
            ("10.0.0.5", junk, NOBODY)
            for junk in (
                "203.0.113.7:",
                "203.0.113.7:x",
                "203.0.113.7:123456",
                ":80",
                "[]:80",
                "[2001:db8::1",
                "1.2.3",
                "::1::2",
                "0x7f.1",
                "３.3.3.3",
                "%",
                "[%]:1",
            )
        ),
    ],
)
def test_the_visitor_behind_a_request(rf, settings, remote, forwarded, visitor):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
    assert address(rf, remote, forwarded) == visitor


def test_a_trusted_proxy_on_an_ipv6_socket_is_still_trusted(rf, settings):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    assert address(rf, "::ffff:10.0.0.5", "203.0.113.7") == "203.0.113.7"


def test_without_trusted_proxies_nothing_forwarded_is_believed(rf, settings):
    settings.TRUSTED_PROXIES = []
    assert address(rf, "10.0.0.5", "198.51.100.1") == "10.0.0.5"
    assert (
        address(rf, "127.0.0.1", "198.51.100.1", Forwarded="for=198.51.100.2", X_Real_Ip="198.51.100.3") == "127.0.0.1"
    )


# --- Counting --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_limit_is_the_last_one_allowed(clock):
    assert [is_over("submit", "203.0.113.7", 3, 3600) for _ in range(5)] == [False, False, False, True, True]


@pytest.mark.django_db
def test_visitors_and_acts_are_counted_apart(clock):
    assert not is_over("submit", "203.0.113.7", 1, 3600)
    assert not is_over("submit", "203.0.113.8", 1, 3600)
    assert not is_over("support", "203.0.113.7", 1, 3600)
    assert is_over("submit", "203.0.113.7", 1, 3600)


@pytest.mark.django_db
def test_a_new_window_begins_at_zero(clock):
    assert not is_over("submit", "203.0.113.7", 1, 3600)
    clock.forward(minutes=59, seconds=59)
    assert is_over("submit", "203.0.113.7", 1, 3600)
    clock.forward(seconds=1)
    assert not is_over("submit", "203.0.113.7", 1, 3600)


@pytest.mark.django_db
def test_a_forged_header_stays_in_the_same_bucket(rf, settings, clock):
    settings.TRUSTED_PROXIES = []
    over = [
        is_over(
            "code", address(rf, "203.0.113.7", f"198.51.100.{number}", Forwarded=f"for=198.51.100.{number}"), 3, 3600
        )
        for number in range(5)
    ]
    assert over == [False, False, False, True, True]


@pytest.mark.django_db
def test_nothing_but_a_hash_of_the_visitor_is_kept(clock):
    is_over("submit", "203.0.113.7", 3, 3600)
    counter = Throttle.objects.get()
    assert "203.0.113.7" not in counter.key
    assert len(counter.key) == 64
    assert counter.expires_at == NOON + datetime.timedelta(hours=1)


@pytest.mark.django_db
def test_sweeping_drops_only_windows_gone_by(clock):
    is_over("submit", "203.0.113.7", 3, 600)
    is_over("submit", "203.0.113.8", 3, 7200)
    clock.forward(hours=1)
    assert throttle.sweep() == 1
    assert Throttle.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_are_all_counted(clock):
    results = at_once(*[lambda: is_over("submit", "203.0.113.7", 5, 3600)] * 8)
    assert sorted(results) == [False] * 5 + [True] * 3
    assert Throttle.objects.get().count == 8


@pytest.mark.django_db
def test_what_is_done_once_a_day_is_one_workers(clock):
    """The day is Shanghai's: at noon in UTC four hours of it are left, and midnight in UTC is its morning."""
    assert is_first_today("sweep")
    clock.forward(hours=3)
    assert not is_first_today("sweep")
    assert is_first_today("count")
    for _day in range(2):
        clock.forward(hours=2)
        assert is_first_today("sweep")
        clock.forward(hours=22)
        assert not is_first_today("sweep")
