"""The WSGI application that the web server loads; see docs/decisions/0021-when-the-database-is-away.md."""

import os
import time

import django
from django.conf import settings
from django.db import connection, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanhu_portal.settings")
django.setup(set_prefix=False)

from foundation import counts  # noqa: E402 - like all that follow, needs the apps

from . import patience, taking_up  # noqa: E402
from .bodies import NoRoom, TooLarge, read_ahead  # noqa: E402
from .checks import refuse_unsafe_start  # noqa: E402
from .frames import in_one_piece  # noqa: E402
from .handler import ARRIVED, AWAY, UNREADABLE, Handler  # noqa: E402
from .health import HEALTH  # noqa: E402
from .middleware import StaticFiles  # noqa: E402
from .outage import Outage  # noqa: E402
from .places import Places  # noqa: E402

# The server ends a statement of a page after 8 seconds. After 9 it is taken for frozen.
STATEMENT_MILLISECONDS, ANSWER_SECONDS = 8000, 9

for database in settings.DATABASES.values():
    database["OPTIONS"]["options"] += f" -c statement_timeout={STATEMENT_MILLISECONDS}"
outage = Outage(lambda: patience.answers(connection.get_connection_params()))
patience.install(ANSWER_SECONDS, outage)
refuse_unsafe_start()
taking_up.keep_watching()
_handler = Handler()
_places = Places()


class Streamed:
    """A response that is sent bit by bit, without a place; connections that it opens are closed with it."""

    def __init__(self, response) -> None:
        self._response = response

    def __iter__(self):
        return iter(self._response)

    def close(self) -> None:
        try:
            self._response.close()
        finally:
            connections.close_all()


def _answer(environ, start_response):
    response = _handler(environ, start_response)
    return response if isinstance(response, list) else Streamed(response)


def application(environ, start_response):
    """The portal, also below `SCRIPT_NAME` if a parent site passes the full path on."""
    counts.keep_flushing()
    prefix = settings.FORCE_SCRIPT_NAME
    if prefix and environ["PATH_INFO"].startswith(f"{prefix}/"):
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(prefix)
    if environ["PATH_INFO"] in HEALTH or environ["PATH_INFO"] in StaticFiles.addresses:
        try:
            return _answer(environ, start_response)
        finally:
            connections.close_all()
    try:
        with read_ahead(environ):
            return in_one_piece(_in_a_place, environ, start_response)
    except NoRoom:
        environ[AWAY] = True
    except TooLarge:
        environ[UNREADABLE] = True
    return _answer(environ, start_response)


def _in_a_place(environ, start_response):
    environ[ARRIVED] = time.perf_counter()
    place = None if outage.is_on else _places.take()
    try:
        # During an outage whoever waited for a place leaves it at once.
        if place is None or outage.is_on:
            environ[AWAY] = True
        return _answer(environ, start_response)
    finally:
        if place:
            _places.give_back(place)
