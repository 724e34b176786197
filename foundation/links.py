"""Addresses that work outside the portal: in mail, text messages and printed codes."""

from django.conf import settings


def absolute(path: str) -> str:
    """The full address of a path as `reverse` gives it. Built from `SITE_URL`, never from a request's host."""
    return f"{settings.SITE_URL}{path}"
