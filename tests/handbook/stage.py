"""A portal with the demo content, on a day that is always the same, served by a thread of this process."""

import contextlib
import datetime
import os
import random
import secrets
import shutil
from collections.abc import Iterator
from unittest import mock
from zoneinfo import ZoneInfo

from nanhu_portal import embedded

# A Thursday in autumn, when something is under way everywhere.
NOW = datetime.datetime(2026, 11, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
FOLDER = embedded.VAR / "handbook"
LOADED = FOLDER / "loaded"
ENVIRONMENT = {
    "DEMO": "1",
    "SECRET_KEY": "only-for-the-pictures-of-the-handbooks-0123456789-0123456789",
    "CONTACT_KEYS": "only-for-the-pictures-of-the-handbooks-0123456789",
    "EMAIL_URL": "memorymail://",
    "SMS_BACKEND": "console://",
    "CACHE_URL": "locmemcache://",
    "DJANGO_SETTINGS_MODULE": "nanhu_portal.settings",
    "SITE_URL": "http://127.0.0.1",
    "MEDIA_ROOT": str(FOLDER / "media"),
}
# As in a portal that is in use: no banner of a demo, and addresses as residents would see them.
IN_USE = {"DEMO": False, "SITE_URL": "https://portal.example.org", "STAFF_OTP": True}
# What would be another in each run: of a one-time link, and of an authenticator.
LINK_TOKEN = "d2m8k1-4f0c9a7be1d35826c0f74a91be3d5286"
APP_KEY = "3c1f9a7be1d35826c0f74a91be3d52864f0c9a7b"


@contextlib.contextmanager
def portal(*, again: bool) -> Iterator[str]:
    """Serve the portal in this block. Gives its address.

    Args:
        again: take the database of the run before, for working at the pictures themselves.
    """
    if not (again and LOADED.exists()):
        shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "static").mkdir(parents=True, exist_ok=True)
    os.environ.update(ENVIRONMENT)
    os.environ["DATABASE_URL"] = embedded.start("postgres-handbook", durable=False)
    import django  # now that the environment is complete
    from django.conf import settings  # as above
    from django.test import override_settings  # as above
    from django.utils import timezone  # as above

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STATIC_ROOT = FOLDER / "static"
    with mock.patch.object(timezone, "now", lambda: NOW):
        django.setup()
        from foundation.drafts import Draft  # apps are ready only now

        if not LOADED.exists():
            _load()
            LOADED.touch()
        Draft.objects.all().delete()
        with override_settings(**IN_USE), _alike(), _served() as address:
            yield address


def _load() -> None:
    from django.core.management import call_command  # apps are ready only now
    from django.db import connection  # as above

    from tests.handbook import people  # as above

    print("→ loading the demo content")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    call_command("migrate", verbosity=0)
    # Codes are the same in each run.
    with mock.patch.object(secrets, "choice", random.Random(2026).choice):
        call_command("load_demo")
    people.settle()


@contextlib.contextmanager
def _alike() -> Iterator[None]:
    from foundation import second_factor  # apps are ready only now
    from foundation.accounts import LinkTokens  # as above

    with (
        mock.patch.object(second_factor, "new_key", lambda: APP_KEY),
        mock.patch.object(LinkTokens, "make_token", lambda tokens, user: LINK_TOKEN),
        mock.patch.object(LinkTokens, "check_token", lambda tokens, user, token: True),
    ):
        yield


@contextlib.contextmanager
def _served() -> Iterator[str]:
    from django.contrib.staticfiles.handlers import StaticFilesHandler  # apps are ready only now
    from django.core.servers.basehttp import WSGIRequestHandler  # as above
    from django.test.testcases import LiveServerThread  # as above

    WSGIRequestHandler.disable_nagle_algorithm = True
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    try:
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.terminate()
        thread.join()


def signed_in(role: str) -> tuple[str, str]:
    """Sign a demo account in, as by its second factor. Returns the name and the value of the cookie."""
    from django.conf import settings  # apps are ready only now
    from django.test import Client  # as above

    from foundation import second_factor  # as above
    from foundation.accounts import User  # as above

    client = Client()
    client.force_login(User.objects.get(username=role), backend="foundation.backends.RoleBackend")
    session = client.session
    session[second_factor.SESSION_KEY] = second_factor.APP
    session.save()
    return settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value
