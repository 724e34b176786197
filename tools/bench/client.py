"""The load generator: a few keep-alive connections that send requests back to back, in a process of its own.

Reads an order as JSON from standard input and writes a result as JSON to standard output. Does not import Django, so
that it starts at once and takes little of the two cores that it shares with the server.
"""

import itertools
import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 30


class WrongAnswer(Exception):
    """The response is not the one the order expects; the text says how it differs."""


@dataclass(frozen=True)
class Order:
    """What to request. `requests`: whole requests as latin-1 text; with `once` each is sent at most once."""

    port: int
    requests: list[str]
    status: int
    connections: int
    seconds: float
    once: bool = False


@dataclass(frozen=True)
class Result:
    """`latencies`: seconds from sending each request to its last byte; `elapsed`: seconds from first to last.

    `cpu`: seconds of CPU time used by the client.
    """

    latencies: list[float]
    elapsed: float
    cpu: float

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.elapsed


def measure(order: Order) -> Result:
    """Run the order in a process of its own. Raises `WrongAnswer`."""
    done = subprocess.run(
        [sys.executable, "-m", __name__], input=json.dumps(asdict(order)), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise WrongAnswer(done.stderr.strip().splitlines()[-1])
    return Result(**json.loads(done.stdout))


def run(order: Order) -> Result:
    """Send requests until the time is up or every request was sent. Raises `WrongAnswer`."""
    requests = [text.encode("latin-1") for text in order.requests]
    waiting = iter(requests) if order.once else itertools.cycle(requests)
    latencies: list[float] = []
    failures: list[Exception] = []
    connections = [Connection(order.port, order.status) for _ in range(order.connections)]
    begin, cpu = time.perf_counter(), time.process_time()

    def ask(connection: Connection) -> None:
        try:
            while not failures and time.perf_counter() - begin < order.seconds:
                request = next(waiting, None)  # an iterator written in C, so threads may share it
                if request is None:
                    return
                sent = time.perf_counter()
                connection.ask(request)
                latencies.append(time.perf_counter() - sent)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begin
    for connection in connections:
        connection.close()
    if failures:
        raise WrongAnswer(f"{type(failures[0]).__name__}: {failures[0]}") from failures[0]
    return Result(latencies, elapsed, time.process_time() - cpu)


class Connection:
    """One HTTP/1.1 connection, reopened if the server closes it after a response."""

    def __init__(self, port: int, status: int) -> None:
        self.port, self.status = port, status
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection((HOST, self.port), TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> None:
        self.socket.sendall(request)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._receive()
        head = answer[:end].lower()
        status = int(head[9:12])
        if status != self.status:
            line = request.partition(b"\r\n")[0].decode("latin-1")
            raise WrongAnswer(f"{line} was answered with {status} instead of {self.status}")
        length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        if not length:
            raise WrongAnswer("an answer without Content-Length")
        missing = int(length) - (len(answer) - end - 4)
        while missing > 0:
            missing -= len(self._receive())
        if b"\r\nconnection: close" in head:
            self.close()
            self._open()

    def _receive(self) -> bytes:
        data = self.socket.recv(1 << 18)
        if not data:
            raise WrongAnswer("the server closed the connection in the middle of an answer")
        return data

    def close(self) -> None:
        self.socket.close()


def main() -> None:
    try:
        result = run(Order(**json.load(sys.stdin)))
    except (WrongAnswer, OSError) as error:
        sys.exit(str(error))
    json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    main()
