"""Commands that change keys and start the portal, and the sync of roles."""

import io
import signal
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from foundation import contacts
from foundation.contacts import Contact
from nanhu_portal.management.commands import serve
from nanhu_portal.roles import sync
from tests import factories


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
