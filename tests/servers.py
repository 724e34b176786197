"""Ports, and a mail server that tests hold in their hands."""

import contextlib
import re
import socket
import socketserver
import threading

PATIENCE = 60  # seconds until a test that hangs fails; nothing waits for them to pass


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
        threading.Thread(target=self.serve_forever, daemon=True).start()

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
