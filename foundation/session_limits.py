"""How long a sign-in lasts: for everybody so many hours, and for staff so many minutes without doing anything.

A session that is over is not deleted at once, and its cookie lasts longer (`SESSION_COOKIE_AGE`): a form that arrives
with it is kept as a draft of its author (`drafts`), who is otherwise treated as signed out.
"""

import time

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

BEGAN, SEEN = "began", "seen"
# The sign-in follows one of the same account that expired here, and was neither ended nor signed out of.
CONTINUES = "continues"
# To the second would be a statement for each page.
SECONDS = 60


def begin(request: HttpRequest) -> None:
    """Count from now: somebody has signed in. Django empties a session that was another account's."""
    request.session[CONTINUES] = BEGAN in request.session
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def is_signed_in(request: HttpRequest) -> bool:
    # Without a cookie there is no session to look into, which would forbid caches to keep the page.
    return settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session


def is_over(request: HttpRequest) -> bool:
    """Whether the sign-in that a request carries has expired."""
    now = int(time.time())
    began, seen = (request.session.get(name, now) for name in (BEGAN, SEEN))
    if now - began > settings.STAFF_SESSION_HOURS * 3600:
        return True
    return now - seen > settings.STAFF_IDLE_MINUTES * 60 and request.user.is_staff


def note(request: HttpRequest) -> None:
    """Note that somebody is there, at most once a minute."""
    now = int(time.time())
    if now - request.session.get(SEEN, 0) >= SECONDS:
        request.session.setdefault(BEGAN, now)
        request.session[SEEN] = now
