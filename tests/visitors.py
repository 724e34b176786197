"""Visitors who reach a portal over the network, as browsers do."""

import http.client
import urllib.parse
from dataclasses import dataclass
from email.message import Message

from tests.pages import form
from tests.servers import PATIENCE


@dataclass
class Answer:
    status: int
    headers: Message
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()


class Unavailable(Exception):
    """A page said 503."""


class Visitor:
    """One browser with cookies of its own, at an address of its own behind the trusted proxy."""

    def __init__(self, port: int, address: str = "203.0.113.1", *, seconds: float = PATIENCE) -> None:
        self.port, self.address, self.seconds = port, address, seconds
        self.cookies: dict[str, str] = {}

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.seconds)

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> Answer:
        """One request, without following redirects. Raises `Unavailable` for a 503, and OSError or
        HTTPException if the server breaks off.
        """
        line = self.connection()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"X-Forwarded-For": self.address, **({"Cookie": cookies} if cookies else {}), **(headers or {})}
        try:
            line.request(method, path, body, sent)
            response = line.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            line.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status == 503:
            raise Unavailable(path)
        return answer

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, values: dict) -> Answer:
        body = urllib.parse.urlencode(values).encode()
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def write_demand(self, text: str, area: str, category: str, *, email: str):
        """Answer every question, and return the last page's form, which `send(self, "/demands/new/")` submits."""
        answer = self.get("/demands/new/")
        assert answer.status == 200, answer.text
        for values in (
            {"description": text, "category": category, "area": area, "place": "门外"},
            {"called": "王女士", "phone": "", "email": email, "consent_handling": "on"},
        ):
            answer = form(answer, "state").send(self, "/demands/new/", go="next", **values)
            assert answer.status == 200, answer.text
        last = form(answer, "state")
        last.values["go"] = "submit"
        return last
