"""Addresses that work outside the portal: in mail, text messages and printed codes."""

from django.conf import settings

from . import portal


def absolute(path: str) -> str:
    """The full URL of a path that `reverse` returned, on the host of the subdistrict whose page or message it is in.

    Built from `SITE_URL` and the host names that staff entered, never from what a request says.
    """
    return f"{portal.site()}{path}"


def on_main_host(path: str) -> str:
    """The full URL on the portal's own host: of pages for staff, and of whatever has one address for all."""
    return f"{settings.SITE_URL}{path}"
