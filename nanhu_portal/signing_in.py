"""Signing in, from the right password to the page that somebody wanted to see.

Who needs a second factor is not signed in by the password: until the code is right, their session names nobody. It only
notes for a quarter of an hour whose password was right, as a form between two pages does.
"""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from foundation import account_messages, devices, second_factor, sessions
from foundation.accounts import User
from members.models import Member

PENDING = "pending_sign_in"
MINUTES = 15


def is_member(user: User) -> bool:
    """Whether the account belongs to a CPPCC member in office."""
    return Member.objects.public().filter(user=user).exists()


def home_of(user: User) -> str:
    """Where somebody goes who wanted no particular page: staff to the admin, members to their workspace."""
    if user.is_staff:
        return reverse("admin:index")
    return reverse("my") if is_member(user) else reverse("account")


def password_was_right(request: HttpRequest, user: User, then: str) -> HttpResponse:
    """Go on after the password: to the second factor, or to the page wanted.

    Args:
        then: the page wanted, which must be on this site; empty for the account's own.
    """
    if devices.is_trusted(request, user):
        return finish(request, user, then, second_factor.DEVICE)
    has_one = second_factor.authenticator_of(user) is not None
    if not has_one and not second_factor.is_required(user):
        return finish(request, user, then)
    # A session that somebody else may have planted must not become that of an account.
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "backend": user.backend,
        "then": then,
        "at": timezone.now().timestamp(),
    }
    return redirect("second_factor" if has_one else "authenticator")


def pending_user(request: HttpRequest) -> User | None:
    """Whose password was right a moment ago, if their second factor is still to come."""
    pending = request.session.get(PENDING)
    if not pending or timezone.now().timestamp() - pending["at"] > MINUTES * 60:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    if user is None or not constant_time_compare(pending["hash"], user.get_session_auth_hash()):
        return None
    user.backend = pending["backend"]
    return user


def wanted(request: HttpRequest) -> str:
    """The page that somebody wanted whose second factor is still to come."""
    return request.session.get(PENDING, {}).get("then", "")


def finish(request: HttpRequest, user: User, then: str, factor: str = "", *, trusted: bool = False) -> HttpResponse:
    """Sign somebody in, notify them by mail if this browser is new to the account, and go to the page they wanted.

    Args:
        factor: the second factor they have shown, if any.
        trusted: they want this browser to sign in without a code for some days.
    """
    enter(request, user, factor)
    response = redirect(then or home_of(user))
    note_device(request, response, user, trusted=trusted)
    return response


def enter(request: HttpRequest, user: User, factor: str) -> None:
    """Sign somebody in."""
    request.session.pop(PENDING, None)
    login(request, user)
    # After that, since a session that was somebody else's is emptied.
    if factor:
        request.session[second_factor.SESSION_KEY] = factor


def note_device(request: HttpRequest, response: HttpResponse, user: User, *, trusted: bool = False) -> None:
    """Remember the browser with the response, and notify the account's holder if it is new."""
    if devices.remember(request, response, user, trusted=trusted):
        device, address, at = request.session[sessions.SIGNED_IN]
        account_messages.notify(user, "new_device", key=at, device=device, address=address, at=at)
