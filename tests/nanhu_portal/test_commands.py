"""Commands that run as processes of their own, and the sync of roles."""

import io
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection

from foundation import contacts
from foundation.contacts import Contact
from nanhu_portal.management.commands import serve
from nanhu_portal.roles import sync
from tests import factories


def database_url() -> str:
    """The URL of the suite's own database, for a process."""
    row = connection.settings_dict
    return f"postgres://{row['USER']}:{row['PASSWORD']}@{row['HOST'].replace('/', '%2F')}:{row['PORT']}/{row['NAME']}"


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
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


@pytest.mark.django_db(transaction=True)
def test_the_deployment_check_is_clean_in_production():
    done = manage("check", "--deploy", "--database", "default", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.django_db(transaction=True)
def test_a_demo_account_stops_the_worker_in_production(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user = factories.liaison_staff()
    user.set_password("nanhu-demo")
    user.save()
    worker = manage("worker", "--once", **PRODUCTION)
    assert worker.returncode != 0
    assert "Demo accounts exist (liaison), and DEMO is not set." in worker.stderr


@pytest.mark.django_db
def test_contacts_are_encrypted_again_with_the_newest_key(settings, capsys):
    demand = factories.demand(phone="13912345678", email="wang@example.com", called="王女士")
    old = Contact.objects.get()
    settings.CONTACT_KEYS = ["another-key-of-contacts-0123456789012", *settings.CONTACT_KEYS]
    call_command("rotate_contact_keys")
    assert capsys.readouterr().out.splitlines() == [
        "1 contacts written with the newest key.",
        "0 authenticators written with the newest key.",
        "0 robots written with the newest key.",
    ]
    settings.CONTACT_KEYS = settings.CONTACT_KEYS[:1]
    fresh = Contact.objects.get()
    assert contacts.open_contact(fresh) == {"called": "王女士", "phone": "13912345678", "email": "wang@example.com"}
    assert (fresh.phone != old.phone, fresh.phone_hash != old.phone_hash) == (True, True)
    assert list(Contact.objects.reached_by("13912345678")) == [demand.contact]
    with pytest.raises(RuntimeError, match="CONTACT_KEYS lacks the key"):
        contacts.open_contact(old)


# --- Roles -----------------------------------------------------------------------------------------------------------

# tests/foundation/test_accounts.py lists by hand what each may do.
ROLES = ("committee_member", "community_staff", "liaison_staff", "auditor")


def held(role: str) -> set[str]:
    rows = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{code}" for app, code in rows}


@pytest.mark.django_db
def test_the_sync_mends_whatever_was_changed_by_hand():
    before = {role: held(role) for role in ROLES}
    group = Group.objects.get(name="community_staff")
    group.permissions.set(Permission.objects.all())
    Group.objects.get(name="auditor").delete()
    for _time in range(2):
        sync()
        assert {role: held(role) for role in ROLES} == before


@pytest.mark.django_db
def test_nobody_may_touch_the_audit_or_delete_a_demand():
    for role in ROLES:
        assert not held(role) & {
            *("foundation.add_auditentry", "foundation.change_auditentry", "foundation.delete_auditentry"),
            *("demands.delete_demand", "foundation.delete_user", "auth.change_group"),
        }


@pytest.mark.django_db
def test_accounts_are_opened_by_liaison_staff_alone():
    of_accounts = {"foundation.add_user", "foundation.change_user"}
    assert {role for role in ROLES if held(role) & of_accounts} == {"liaison_staff"}


# --- make run --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("demo", "loaded"), [(True, ["load_demo"]), (False, [])])
@pytest.mark.django_db
def test_serving_loads_data_into_an_empty_demo_alone(demo, loaded, monkeypatch, settings):
    settings.DEMO = demo
    called, output = [], io.StringIO()
    monkeypatch.setattr(serve, "call_command", lambda name, **options: called.append(name))
    monkeypatch.setattr(serve.Command, "_answers", lambda self: False)
    monkeypatch.setattr(serve.Command, "_run", lambda self: None)
    call_command("serve", stdout=output)
    assert called == ["migrate", *loaded, "collectstatic"]
    assert ("manage.py setup" in output.getvalue()) is not demo
    factories.tree()
    called.clear()
    call_command("serve", stdout=io.StringIO())
    assert called == ["migrate", "collectstatic"]


def test_a_signal_to_take_up_settings_is_passed_on_if_the_portal_would_start_with_them(monkeypatch):
    why, sent, output = ["RETENTION_MONTHS is wrong.", ""], [], io.StringIO()
    monkeypatch.setattr(serve.taking_up, "why_not_with", lambda file: why.pop(0))
    child = SimpleNamespace(send=sent.append)
    command = serve.Command(stdout=output)
    command._take_up(child, child)
    assert sent == []
    assert "not taken up: RETENTION_MONTHS is wrong." in output.getvalue()
    command._take_up(child, child)
    assert sent == [signal.SIGHUP] * 2
