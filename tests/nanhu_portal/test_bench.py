"""The benchmark measures what it claims, and fails rather than measure something else."""

import io
import os
import re
import socketserver
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command

from tests import factories
from tests.servers import serve
from tools.bench import client, database
from tools.bench.rounds import percentile

# Some of the pages, with what they aim at: one of residents, one that writes, and one of staff.
PAGES = {"tracking page": 0.35, "submit": 0.15, "staff list": 0.06}
ORDER = {"requests": ["GET /a HTTP/1.1\r\nHost: x\r\n\r\n"], "status": 200, "connections": 2, "seconds": 0.2}


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7], 50, 7),
        ([7], 99, 7),
        ([3, 1, 2], 50, 2),
        ([4, 3, 2, 1], 50, 2),
        (list(range(1, 101)), 50, 50),
        (list(range(1, 101)), 99, 99),
        (list(range(1, 1001)), 99, 990),
    ],
)
def test_a_percentile_is_one_of_the_values(values, percent, expected):
    assert percentile(values, percent) == expected


@contextmanager
def answering(answer: bytes):
    """A server with the same response to every request, and its count of requests."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while self.rfile.readline():
                while self.rfile.readline() not in (b"\r\n", b""):
                    pass
                server.taken += 1
                self.wfile.write(answer)
                if b"close" in answer:
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        server.taken = 0
        serve(server)
        yield server
        server.shutdown()


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_the_client_counts_every_answer(connection):
    answer = f"HTTP/1.1 200 OK\r\nConnection: {connection}\r\nContent-Length: 2\r\n\r\nok".encode()
    with answering(answer) as server:
        result = client.run(client.Order(server.server_address[1], **ORDER))
    assert len(result.latencies) == server.taken > 0
    assert result.rate == pytest.approx(server.taken / result.elapsed)


def test_the_client_sends_requests_meant_once_only_once():
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as server:
        order = client.Order(server.server_address[1], **(ORDER | {"requests": ORDER["requests"] * 5}), once=True)
        assert len(client.run(order).latencies) == server.taken == 5


def test_a_wrong_status_fails_loudly():
    with (
        answering(b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n") as server,
        pytest.raises(client.WrongAnswer, match=r"GET /a HTTP/1\.1 was answered with 429 instead of 200"),
    ):
        client.measure(client.Order(server.server_address[1], **ORDER))


def test_sizes_that_measure_nothing_are_refused():
    with pytest.raises(CommandError, match="20 rows"):
        call_command("bench", rows=3)


@pytest.mark.django_db
def test_the_databases_of_the_benchmark_come_and_go():
    name = f"made_{os.getpid()}"
    database.create(name)
    assert database.exists(name)
    database.drop(name)
    assert not database.exists(name)


@pytest.mark.django_db
def test_searches_are_measured_in_any_database():
    factories.publish(factories.demand(), title="路灯坏了", summary="晚上很黑。")
    out = io.StringIO()
    call_command("measure_search", "路燈", "不能使用", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "1 demands, 1 of them public"
    assert [re.split(r"  +", line)[1::4] for line in lines[3:]] == [["1", "路燈"], ["0", "不能使用"]]
