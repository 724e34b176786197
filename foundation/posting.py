"""Addresses that take a form of another page, and have no page of their own."""

from collections.abc import Callable
from functools import wraps

from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods


def posted_from(page: str) -> Callable:
    """Decorate a view that takes only POST, so that reading its address leads to the page that has the form.

    A form refused with errors is shown at the address it was sent to: whoever reloads that, sends it to their phone or
    comes back to it, reads it by GET. The act itself needs a POST as before.

    Args:
        page: the name of that page's URL, which has the same arguments.
    """

    def decorate(view: Callable) -> Callable:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def wrapper(request, *args, **kwargs):
            if request.method == "POST":
                return view(request, *args, **kwargs)
            return redirect(page, **request.resolver_match.kwargs)

        return wrapper

    return decorate
