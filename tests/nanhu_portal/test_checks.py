"""Reasons for the portal to refuse to start."""

import psycopg2
import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.utils import ConnectionHandler

from foundation import channels, sms
from foundation.accounts import Role
from nanhu_portal import checks
from tests import factories

pytestmark = pytest.mark.django_db


def ids(messages) -> list[str]:
    return [message.id for message in messages]


# --- Demo accounts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["liaison", "community", "member", "auditor", "admin"])
def test_a_demo_account_with_the_public_password_is_refused_in_production(settings, username):
    factories.of_demo(factories.user(username, Role.LIAISON_STAFF))
    assert checks.no_demo_accounts_in_production(None, ["default"]) == []
    settings.DEMO = False
    [error] = checks.no_demo_accounts_in_production(None, ["default"])
    assert error.id == "nanhu.E003"
    assert username in error.msg
    with pytest.raises(ImproperlyConfigured, match=username):
        checks.refuse_unsafe_start()


def test_an_account_of_that_name_with_another_password_is_fine(settings):
    settings.DEMO = False
    factories.liaison_staff()
    assert checks.no_demo_accounts_in_production(None, ["default"]) == []
    checks.refuse_unsafe_start()


def test_commands_refuse_too(settings):
    settings.DEMO = False
    factories.of_demo(factories.superuser())
    assert "nanhu.E003" in ids(run_checks(databases=["default"]))


# --- The database ----------------------------------------------------------------------------------------------------


@pytest.fixture
def plain_database(django_db_blocker):
    """An alias to a database whose ctype is plain C."""
    row = connection.settings_dict
    name = f"{row['NAME']}_plain"
    address = {"host": row["HOST"], "port": row["PORT"], "user": row["USER"], "password": row["PASSWORD"]}
    server = psycopg2.connect(dbname="postgres", **address)
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    connections.databases["plain"] = connections.databases["default"] | {"NAME": name}
    with django_db_blocker.unblock():
        yield "plain"
        connections["plain"].close()
    del connections["plain"]
    del connections.databases["plain"]
    with server.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")
    server.close()


def test_our_own_database_reads_chinese():
    assert checks.database_reads_chinese(None, ["default"]) == []


def test_a_database_that_does_not_read_chinese_is_refused(plain_database):
    [error] = checks.database_reads_chinese(None, [plain_database])
    assert error.id == "nanhu.E002"
    assert "CREATE DATABASE" in error.hint


def test_an_old_postgresql_is_refused(monkeypatch):
    monkeypatch.setattr(connection, "pg_version", 140012, raising=False)
    assert ids(checks.database_reads_chinese(None, ["default"])) == ["nanhu.E001"]


def test_a_database_that_does_not_answer_is_no_reason_not_to_start(monkeypatch):
    nowhere = connections.databases["default"] | {"HOST": "127.0.0.1", "PORT": "9"}
    monkeypatch.setattr(checks, "connections", ConnectionHandler({"default": nowhere}))
    with pytest.raises(OperationalError):
        checks.database_reads_chinese(None, ["default"])
    checks.refuse_unsafe_start()


# --- Settings --------------------------------------------------------------------------------------------------------


@pytest.fixture
def new_backend():
    """Clear the backend, which is created once in a process."""
    sms.backend.cache_clear()
    yield
    sms.backend.cache_clear()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("console://", []),
        ("off://", []),
        ("pigeon://somewhere", ["nanhu.E004"]),
        ("aliyun://key@signature", ["nanhu.E004"]),
        ("http://[", ["nanhu.E004"]),
    ],
)
def test_a_text_message_provider_that_is_none_is_refused(settings, new_backend, address, expected):
    settings.SMS_BACKEND = address
    assert ids(checks.sms_backend_is_usable(None)) == expected


def test_a_demo_is_warned_of_at_deployment(settings):
    assert ids(checks.no_demo_in_production(None)) == ["nanhu.W001"]
    settings.DEMO = False
    assert checks.no_demo_in_production(None) == []


def test_channels_that_are_off_are_warned_of_at_deployment(settings):
    assert ids(checks.messages_are_arranged(None)) == []
    settings.EMAIL_BACKEND, settings.SMS_BACKEND = channels.OFF_BACKEND, "off://"
    assert [warning.msg.split()[0] for warning in checks.messages_are_arranged(None)] == ["EMAIL_URL", "SMS_BACKEND"]


def test_staff_without_a_second_factor_are_warned_of_at_deployment(settings):
    for required, expected in ((True, []), (False, ["nanhu.W002"])):
        settings.STAFF_OTP = required
        assert ids(checks.staff_have_a_second_factor(None)) == expected


def test_the_project_itself_has_nothing_to_say():
    assert run_checks() == []
    assert run_checks(databases=["default"]) == []


def test_models_and_migrations_agree():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
