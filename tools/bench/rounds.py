"""Measure the floor and each page in turns, so that other load on the machine affects both equally."""

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

from . import processor
from .client import Order, Result, WrongAnswer, measure
from .pages import Ask, Page
from .servers import FLOOR, PORTAL, Server, serving

ROUNDS = 3
WARM_UP_SECONDS = 1.0
# Requests to be sent once are prepared beforehand, more than any server can handle.
MAX_SUBMISSIONS_A_SECOND = 600


@dataclass(frozen=True)
class Slice:
    """One page requested for a while. `server`, `database`: seconds of CPU time that they used."""

    result: Result
    server: float
    database: float

    @property
    def cost(self) -> float:
        """CPU time of one request in seconds: of server, database and client."""
        return (self.server + self.database + self.result.cpu) / len(self.result.latencies)


@dataclass
class Row:
    """A line of the table: one page on one server."""

    page: str
    server: str
    aim: float | None = None
    queries: int = 1
    slices: list[Slice] = field(default_factory=list)
    floors: list[Slice] = field(default_factory=list)  # measured right before each slice

    @property
    def count(self) -> int:
        return sum(len(slice.result.latencies) for slice in self.slices)

    @property
    def rate(self) -> float:
        return self.count / sum(slice.result.elapsed for slice in self.slices)

    @property
    def cpu_milliseconds(self) -> float:
        """CPU time of the server for one request, without database and client."""
        return sum(slice.server for slice in self.slices) * 1000 / self.count

    @property
    def of_floor(self) -> float:
        """The page's rate over the floor's; the median of the rounds, so that one disturbed round does not matter."""
        pairs = zip(self.slices, self.floors, strict=True)
        return statistics.median(page.result.rate / floor.result.rate for page, floor in pairs)

    @property
    def of_floor_by_cpu(self) -> float:
        """The same from CPU time: what the ratio would be on an otherwise idle machine."""
        return statistics.median(floor.cost / page.cost for page, floor in zip(self.slices, self.floors, strict=True))

    def milliseconds(self, percent: float) -> float:
        return percentile([latency for slice in self.slices for latency in slice.result.latencies], percent) * 1000


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that at least `percent` per cent of all values do not exceed. Raises if there are none."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]


def queries_of(page: Page) -> int:
    """How many SQL queries the page takes, once caches are warm. Raises `WrongAnswer`."""
    client = Client()
    for ask in page.some(2) if page.once else page.some(1) * 2:
        with CaptureQueriesContext(connection) as captured:
            answer = ask.through(client)
        if answer.status_code != page.status:
            raise WrongAnswer(f"{page.name}: {ask.path} was answered with {answer.status_code}")
        if page.holds and page.holds not in answer.content.decode():
            raise WrongAnswer(f"{page.name}: {ask.path} does not contain {page.holds}")
    return len(captured)


def measure_all(
    pages: list[Page], kinds: list[str], *, seconds: float, connections: int, report: Callable[[str], None]
) -> list[Row]:
    """Measure every page on every kind of server, for `seconds` each in total; floors come first in the result.

    Raises `WrongAnswer` at the first unexpected response, and `ServerFailed` if a server does not start.
    """
    length = seconds / ROUNDS
    queries = {page.name: queries_of(page) for page in pages}
    floors = {kind: Row("floor", kind) for kind in kinds}
    rows = {(page.name, kind): Row(page.name, kind, page.aim, queries[page.name]) for page in pages for kind in kinds}

    def load(server: Server, page: Page, length: float) -> Slice:
        count = math.ceil(MAX_SUBMISSIONS_A_SECOND * length) if page.once else 100
        requests = [ask.raw() for ask in page.some(count)]
        rows_before = Demand.objects.count() if page.once else 0
        of_server, of_database = processor.of_group(server.group), processor.of_database()
        result = measure(Order(server.port, requests, page.status, connections, length, page.once))
        of_server, of_database = processor.of_group(server.group) - of_server, processor.of_database() - of_database
        if page.once and Demand.objects.count() - rows_before != len(result.latencies):
            raise WrongAnswer(f"{page.name}: {len(result.latencies)} answers, but not as many new rows")
        return Slice(result, of_server, of_database)

    floor_page = Page("floor", 1.0, itertools.repeat(Ask("/")))
    with ExitStack() as running:
        running_servers = {
            kind: tuple(running.enter_context(serving(kind, application)) for application in (FLOOR, PORTAL))
            for kind in kinds
        }
        report("warming up")
        for floor_server, portal_server in running_servers.values():
            # No longer than a round, which is very short in tests.
            load(floor_server, floor_page, min(WARM_UP_SECONDS, length))
            for page in pages:
                load(portal_server, page, min(WARM_UP_SECONDS, length))
        for number in range(1, ROUNDS + 1):
            report(f"measuring: round {number} of {ROUNDS}")
            for page in pages:
                for kind, (floor_server, portal_server) in running_servers.items():
                    floor = load(floor_server, floor_page, length / 2)
                    row = rows[page.name, kind]
                    row.floors.append(floor)
                    row.slices.append(load(portal_server, page, length))
                    floors[kind].slices.append(floor)
                    floors[kind].floors.append(floor)
    return [*floors.values(), *rows.values()]
