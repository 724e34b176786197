"""Measuring: the floor and each page in turns, so that whatever else the machine does hits both alike."""

import itertools
import math
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demands.models import Demand

from .client import Order, Result, WrongAnswer, measure
from .pages import Ask, Page
from .servers import FLOOR, PORTAL, Server, serving

ROUNDS = 3
WARM_UP_SECONDS = 1.0
# Requests that are sent once are laid ready beforehand, more than any server will take.
MOST_SUBMISSIONS_A_SECOND = 600


@dataclass
class Row:
    """A line of the table: one page on one server."""

    page: str
    server: str
    aim: float | None = None
    queries: int = 1
    results: list[Result] = field(default_factory=list)
    beside: list[Result] = field(default_factory=list)  # the floor, measured right before each of them
    cpu_seconds: float = 0.0  # that the server took, its database apart

    def add(self, result: Result, cpu_seconds: float, *, beside: Result) -> None:
        self.results.append(result)
        self.beside.append(beside)
        self.cpu_seconds += cpu_seconds

    @property
    def cpu_milliseconds(self) -> float:
        """Of each request; this hardly depends on what else the machine does."""
        return self.cpu_seconds * 1000 / sum(len(result.latencies) for result in self.results)

    @property
    def rate(self) -> float:
        return sum(len(result.latencies) for result in self.results) / sum(result.elapsed for result in self.results)

    @property
    def of_floor(self) -> float:
        """Median over the rounds, so that one disturbed round decides nothing."""
        return statistics.median(
            result.rate / floor.rate for result, floor in zip(self.results, self.beside, strict=True)
        )

    def milliseconds(self, percent: float) -> float:
        return percentile([latency for result in self.results for latency in result.latencies], percent) * 1000


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that at least `percent` per cent of all values do not exceed. Raises for no values."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]


def queries_of(page: Page) -> int:
    """How many SQL queries the page takes, once caches are warm. Raises `WrongAnswer`."""
    client = Client()
    for ask in page.some(2):
        with CaptureQueriesContext(connection) as captured:
            answer = ask.through(client)
        if answer.status_code != page.status:
            raise WrongAnswer(f"{page.name}: {ask.path} was answered with {answer.status_code}")
        if page.holds and page.holds not in answer.content.decode():
            raise WrongAnswer(f"{page.name}: {ask.path} does not hold {page.holds}")
    return len(captured)


def measure_all(
    pages: list[Page], kinds: list[str], *, seconds: float, connections: int, say: Callable[[str], None]
) -> list[Row]:
    """Measure every page on every kind of server, `seconds` in all for each; floors come first in the answer.

    Raises `WrongAnswer` as soon as one answer is not the one expected, `ServerFailed` when a server does not start.
    """
    length = seconds / ROUNDS
    queries = {page.name: queries_of(page) for page in pages}
    floors = {kind: Row("floor", kind) for kind in kinds}
    rows = {(page.name, kind): Row(page.name, kind, page.aim, queries[page.name]) for page in pages for kind in kinds}

    def load(server: Server, page: Page, length: float) -> tuple[Result, float]:
        count = math.ceil(MOST_SUBMISSIONS_A_SECOND * length) if page.once else 100
        requests = [ask.raw() for ask in page.some(count)]
        before, cpu = Demand.objects.count() if page.once else 0, server.cpu_seconds()
        result = measure(Order(server.port, requests, page.status, connections, length, page.once))
        cpu = server.cpu_seconds() - cpu
        if page.once and Demand.objects.count() - before != len(result.latencies):
            raise WrongAnswer(f"{page.name}: {len(result.latencies)} answers, but not as many new rows")
        return result, cpu

    floor_page = Page("floor", 1.0, itertools.repeat(Ask("/")))
    with ExitStack() as running:
        running_servers = {
            kind: tuple(running.enter_context(serving(kind, application)) for application in (FLOOR, PORTAL))
            for kind in kinds
        }
        say("warming up")
        for floor_server, portal_server in running_servers.values():
            load(floor_server, floor_page, WARM_UP_SECONDS)
            for page in pages:
                load(portal_server, page, WARM_UP_SECONDS)
        for number in range(1, ROUNDS + 1):
            say(f"measuring: round {number} of {ROUNDS}")
            for page in pages:
                for kind, (floor_server, portal_server) in running_servers.items():
                    floor = load(floor_server, floor_page, length / 2)
                    floors[kind].add(*floor, beside=floor[0])
                    rows[page.name, kind].add(*load(portal_server, page, length), beside=floor[0])
    return [*floors.values(), *rows.values()]
