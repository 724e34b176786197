"""Ports, and servers of mail and of a text message platform that tests hold in their hands."""

import contextlib
import http.server
import json
import re
import socket
import socketserver
import threading
from urllib.parse import parse_qs

PATIENCE = 60  # seconds until a test that hangs fails; nothing waits for them to pass
LOOKS = 0.01  # seconds between a server's looks at whether to stop; Python's own 0.5 would be most of a test's time


def serve(server: socketserver.BaseServer) -> None:
    """Answer in a thread of its own, until `server.shutdown()`."""
    threading.Thread(target=server.serve_forever, args=[LOOKS], daemon=True).start()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks just enough SMTP. It stops where `hold` says, tells so, and goes on when it is let go.

    `answers` are lines that it says to a command instead of “250 ok”.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, hold: str = "", answers: dict[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.hold, self.answers = hold, answers or {}
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.received: list[str] = []
        self.accepted: list[str] = []  # Message-IDs of mails we said 250 to
        serve(self)

    @property
    def address(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def stop_at(self, place: str) -> None:
        if self.hold == place:
            self.reached.set()
            self.go_on.wait(PATIENCE)


class _Conversation(socketserver.StreamRequestHandler):
    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the other side is killed, which is what the tests do
            self._talk()

    def _talk(self) -> None:
        self.say("220 stub")
        for raw in self.rfile:
            word = raw.split()[0].upper().decode() if raw.split() else ""
            if word == "DATA":
                self.say("354 go on")
                self._take()
            elif word == "QUIT":
                self.server.stop_at("after accepting")
                self.say("221 bye")
                return
            else:
                self.say(self.server.answers.get(word, "250 ok"))

    def _take(self) -> None:
        text = b""
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            text += raw
        mail = text.decode()
        self.server.received.append(mail)
        self.server.stop_at("before accepting")
        self.server.accepted.append(re.search(r"Message-ID: (\S+)", mail)[1])
        self.say("250 accepted")


class Platform(http.server.ThreadingHTTPServer):
    """A platform that takes text messages: it keeps what it was asked, and answers what it is told to.

    Attributes:
        answer: its JSON, or bytes as they are; "slow" answers only when `go_on` is set, "drop by drop" a byte of its
            headers at a time until then.
        status: of the answer.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.asked: list[dict] = []
        self.answer: object = {"code": "0"}
        self.status, self.location = 200, ""
        self.go_on = threading.Event()
        serve(self)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Asked(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append({"path": self.path, "headers": dict(self.headers), "body": body})
        if self.server.answer == "slow":
            self.server.go_on.wait(PATIENCE)
            return
        if self.server.answer == "drop by drop":
            with contextlib.suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
                while not self.server.go_on.wait(0.05):
                    self.wfile.write(b"x")
            return
        answer = self.server.answer
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        with contextlib.suppress(OSError):
            self.send_response(self.server.status)
            if self.server.location:
                self.send_header("Location", self.server.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    do_GET = do_POST


def form_of(body: bytes, charset: str = "utf-8") -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode("ascii"), encoding=charset).items()}


class Mailbox(socketserver.ThreadingTCPServer):
    """Speaks just enough IMAP for one mailbox. Its mails are bytes; who may sign in, and which were seen, stand beside.

    Attributes:
        named: whether a program named itself, without which the mailbox does not open, as at 163.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, mails: list[bytes], login: tuple[str, str] = ("talk@nanhu.example", "word")) -> None:
        super().__init__(("127.0.0.1", 0), _Imap)
        self.mails, self.login, self.seen, self.named = mails, login, set(), False
        serve(self)

    @property
    def address(self) -> str:
        return f"imap://talk%40nanhu.example:word@127.0.0.1:{self.server_address[1]}"


class _Imap(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"* OK stub\r\n")
        for raw in self.rfile:
            tag, word, rest = (*raw.strip().split(b" ", 2), b"")[:3]
            self.answer(tag, word.upper().decode("latin-1"), rest)
            if word.upper() == b"LOGOUT":
                return

    def answer(self, tag: bytes, word: str, rest: bytes) -> None:
        result = b"OK done"
        if word == "CAPABILITY":
            self.say(b"* CAPABILITY IMAP4rev1 ID")
        elif word == "LOGIN" and rest.decode().replace('"', "").split() != list(self.server.login):
            result = b"NO wrong"
        elif word == "ID":
            self.server.named = True
        elif word == "SELECT":
            result = b"OK done" if self.server.named else b"NO Unsafe Login"
        elif word == "SEARCH":
            sender = rest.rpartition(b"FROM ")[2].strip(b'"').lower()
            numbers = [
                str(number).encode()
                for number, mail in enumerate(self.server.mails, 1)
                if number not in self.server.seen and sender in mail.partition(b"\n")[0].lower()
            ]
            self.say(b" ".join([b"* SEARCH", *numbers]))
        elif word == "FETCH":
            mail = self.server.mails[int(rest.split()[0]) - 1]
            self.say(b"* %s FETCH (BODY[]<0> {%d}\r\n%s)" % (rest.split()[0], len(mail), mail))
        elif word == "STORE":
            self.server.seen.add(int(rest.split()[0]))
        self.say(tag + b" " + result)

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")
