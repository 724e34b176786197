"""Commands as processes of their own, on a database of the suite."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests import factories
from tests.servers import free_port

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


def database_url() -> str:
    """The URL of the suite's own database, for a process."""
    row = connection.settings_dict
    return f"postgres://{row['USER']}:{row['PASSWORD']}@{row['HOST'].replace('/', '%2F')}:{row['PORT']}/{row['NAME']}"


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return python("manage.py", *arguments, **environment)


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """A process of this Python on the suite's own database, once it has ended."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"DATABASE_URL": database_url()} | environment,
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


PRODUCTION = {
    "DEMO": "0",
    "SECRET_KEY": "K8sV0r3XyQm5nB7tZ1wJ9cF4hG6dLpAe2uRiTqOxWvNbMkYs-long",
    "CONTACT_KEYS": "a-key-of-contacts-for-this-test-0123456789",
    "SITE_URL": "https://portal.example",
    "ALLOWED_HOSTS": "portal.example",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
    "SMS_BACKEND": "console://",
    "MEDIA_ROOT": "/var/lib/portal/media",
}


def test_the_deployment_check_is_clean_in_production():
    done = manage("check", "--deploy", "--database", "default", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_a_demo_account_stops_the_worker_in_production(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user = factories.liaison_staff()
    user.set_password("nanhu-demo")
    user.save()
    worker = manage("worker", "--once", **PRODUCTION)
    assert worker.returncode != 0
    assert "Demo accounts exist (liaison), and DEMO is not set." in worker.stderr


def test_a_database_that_is_up_to_date_is_migrated():
    done = manage("migrate")
    assert (done.returncode, done.stderr) == (0, "")
    assert "No migrations to apply." in done.stdout


def test_serving_on_a_database_from_before_ends_in_one_sentence():
    MigrationRecorder(connection).record_applied("foundation", "0002_search_and_append_only")
    done = manage("serve", PORT=str(free_port()))
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: This database was made by an earlier, unreleased version")
    assert done.stderr.count("\n") == 1
