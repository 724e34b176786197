#!/usr/bin/env python3
"""Asks a portal whether it is ready, and for a few of its pages; ends with 1 and a sentence if anything is wrong.

    deploy/probe.py http://127.0.0.1:8002 --host portal.example.org --wait 60     # the instance itself
    deploy/probe.py https://portal.example.org --at 127.0.0.1 --seconds 10        # as residents reach it, through nginx

Needs nothing but Python, so that a release that does not even start can be asked.
"""

import argparse
import http.client
import re
import ssl
import sys
import time
from urllib.parse import urlsplit

PAGES = ("/", "/demands/", "/demands/new/", "/demands/track/", "/venues/", "/events/", "/rates/", "/accounts/login/")
SECONDS = 20
STATIC = re.compile(r'href="([^"?]*/static/[^"?]+\.css)"')


class Wrong(Exception):
    """What is not as it should be."""


class Portal:
    """Where to connect, and as whose visitor."""

    def __init__(self, address: str, host: str, at: str) -> None:
        self.parts = urlsplit(address)
        self.place = at or self.parts.hostname
        self.host = host or self.parts.netloc

    def ask(self, path: str) -> str:
        """The body of a page that has to be there. Raises `Wrong`."""
        line = self._connection()
        try:
            # As nginx would say it, so that the portal does not send us to HTTPS.
            line.request("GET", path, headers={"Host": self.host, "X-Forwarded-Proto": "https"})
            answer = line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Wrong(f"{path} is not answered: {error or type(error).__name__}") from None
        finally:
            line.close()
        if answer.status != 200:
            raise Wrong(f"{path} is answered with {answer.status}")
        return body.decode(errors="replace")

    def _connection(self) -> http.client.HTTPConnection:
        if self.parts.scheme == "http":
            return http.client.HTTPConnection(self.place, self.parts.port or 80, timeout=SECONDS)
        # Whether the portal answers is asked here, not who signed the certificate of this very machine.
        context = ssl._create_unverified_context()  # noqa: S323
        return http.client.HTTPSConnection(self.place, self.parts.port or 443, timeout=SECONDS, context=context)


def wait(portal: Portal, seconds: float) -> None:
    """Until it is ready."""
    end = time.monotonic() + seconds
    while True:
        try:
            portal.ask("/readyz")
            return
        except Wrong:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def look(portal: Portal) -> None:
    """Every page of the list, and a stylesheet that one of them names."""
    portal.ask("/readyz")
    pages = [portal.ask(path) for path in PAGES]
    style = STATIC.search(pages[0])
    if not style:
        raise Wrong("the home page names no stylesheet")
    portal.ask(urlsplit(style[1]).path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--host", default="", help="the name that residents use, if the address is another")
    parser.add_argument("--at", default="", help="connect to this machine instead")
    parser.add_argument("--wait", type=float, default=0, help="seconds until it has to be ready")
    parser.add_argument("--seconds", type=float, default=0, help="go on asking for so long")
    asked = parser.parse_args()
    portal = Portal(asked.address, asked.host, asked.at)
    try:
        wait(portal, asked.wait)
        end = time.monotonic() + asked.seconds
        look(portal)
        while time.monotonic() < end:
            time.sleep(0.5)
            look(portal)
    except Wrong as wrong:
        sys.exit(f"{asked.address}: {wrong}.")


if __name__ == "__main__":
    main()
