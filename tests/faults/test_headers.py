"""Cookies and headers under settings of production, which are read once a process."""

import json

import pytest

from .test_commands import python

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

VISIT = """
import json, django
django.setup()
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
from django.test import Client
client = Client(SERVER_NAME="portal.example")
page = client.get("/accounts/login/", secure=True)
plain = client.get("/", secure=False)
print(json.dumps({
    "status": page.status_code,
    "cookies": [morsel.OutputString() for morsel in page.cookies.values()],
    "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
                settings.SESSION_COOKIE_SAMESITE, settings.SESSION_COOKIE_PATH],
    "hsts": page.get("Strict-Transport-Security"),
    "plain": [plain.status_code, plain.get("Location")],
    "live": [client.get(path, secure=False).status_code for path in ("/healthz", "/readyz")],
    "preference": [
        morsel.OutputString()
        for name, morsel in client.get("/preferences/?elder=1", secure=True).cookies.items()
        if name.endswith("elder")
    ][0],
}))
"""


def visit(**environment) -> dict:
    """The response of a process with these settings, using the suite's own database."""
    done = python("-c", VISIT, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_over_https_cookies_are_locked_to_the_host():
    found = visit(SITE_URL="https://portal.example")
    assert found["status"] == 200
    [csrf] = found["cookies"]
    assert csrf.startswith("__Host-csrf=")
    for flag in ("HttpOnly", "Path=/;", "SameSite=Lax", "Secure"):
        assert flag in f"{csrf};"
    assert "Domain" not in csrf
    assert found["session"] == ["__Host-session", True, True, "Lax", "/"]
    assert found["preference"].startswith("__Host-elder=")
    assert "Secure" in found["preference"]
    assert "HttpOnly" in found["preference"]
    assert found["hsts"] == "max-age=31536000"
    assert found["plain"] == [301, "https://portal.example/"]
    assert found["live"] == [200, 200]


def test_under_a_parent_site_cookies_keep_to_their_path():
    found = visit(SITE_URL="https://portal.example", SCRIPT_NAME="/nanhu")
    [csrf] = found["cookies"]
    assert csrf.startswith("__Secure-csrf=")
    assert "Path=/nanhu/" in csrf
    assert found["session"] == ["__Secure-session", True, True, "Lax", "/nanhu/"]
    assert found["preference"].startswith("__Secure-elder=")
    assert "Path=/nanhu/" in found["preference"]
