"""Addresses that work outside the portal: in mail, text messages and printed codes."""

from django.conf import settings


def absolute(path: str) -> str:
    """The full URL of a path that `reverse` returned. Built from `SITE_URL`, never from a request's host."""
    return f"{settings.SITE_URL}{path}"
