"""Accounts: opened by a link that works once, and one role each."""

import datetime

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from foundation.accounts import Role, User, give_role, one_time_path
from nanhu_portal import roles
from tests import factories

pytestmark = pytest.mark.django_db

SECRET = "correct-horse-battery"


def set_password(client, path: str, password: str = SECRET):
    """Follow the link as a person does: the page, then its form."""
    page = client.get(path, follow=True)
    if page.context is None or not page.context.get("validlink"):
        return None
    return client.post(page.request["PATH_INFO"], {"new_password1": password, "new_password2": password})


@pytest.fixture
def newcomer():
    user = factories.user("newcomer", Role.COMMUNITY_STAFF)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return user


def test_a_one_time_link_sets_the_password_once(newcomer):
    path = one_time_path(newcomer)
    assert set_password(Client(), path).status_code == 302
    newcomer.refresh_from_db()
    assert newcomer.check_password(SECRET)

    assert set_password(Client(), path, "another-password-entirely") is None
    newcomer.refresh_from_db()
    assert newcomer.check_password(SECRET)


def test_a_used_link_shows_a_page_that_says_so(newcomer):
    path = one_time_path(newcomer)
    set_password(Client(), path)
    page = Client().get(path)
    assert page.status_code == 200
    assert not page.context["validlink"]


def test_a_link_ends_after_three_days(newcomer, monkeypatch):
    path = one_time_path(newcomer)
    from django.contrib.auth.tokens import default_token_generator as generator  # its clock is turned here only

    later = datetime.datetime.now() + datetime.timedelta(days=3, minutes=-1)
    monkeypatch.setattr(generator, "_now", lambda: later)
    assert Client().get(path, follow=True).context["validlink"]
    monkeypatch.setattr(generator, "_now", lambda: later + datetime.timedelta(minutes=2))
    assert not Client().get(path, follow=True).context["validlink"]


def test_signing_in_voids_an_older_link(newcomer):
    path = one_time_path(newcomer)
    newcomer.last_login = timezone.now()
    newcomer.save(update_fields=["last_login"])
    assert set_password(Client(), path) is None


def test_one_persons_link_opens_no_other_account(newcomer):
    other = factories.superuser()
    uid = one_time_path(other).split("/")[-3]
    token = one_time_path(newcomer).split("/")[-2]
    assert set_password(Client(), f"/accounts/reset/{uid}/{token}/") is None


@pytest.mark.parametrize(
    ("role", "opens_the_desk"),
    [
        (Role.COMMITTEE_MEMBER, False),
        (Role.COMMUNITY_STAFF, True),
        (Role.LIAISON_STAFF, True),
        (Role.AUDITOR, True),
    ],
)
def test_a_role_opens_the_desk_or_not(role, opens_the_desk):
    user = User.objects.create_user("somebody")
    give_role(user, role)
    user.refresh_from_db()
    assert user.is_staff is opens_the_desk
    assert [group.name for group in user.groups.all()] == [role.value]


def test_a_new_role_replaces_the_old_one():
    user = factories.liaison_staff()
    give_role(user, Role.COMMITTEE_MEMBER)
    user = User.objects.get(pk=user.pk)
    assert [group.name for group in user.groups.all()] == ["committee_member"]
    assert not user.is_staff
    assert not user.has_perm("demands.view_demand")


def test_a_superuser_keeps_the_desk_in_every_role():
    user = factories.superuser()
    give_role(user, Role.COMMITTEE_MEMBER)
    assert User.objects.get(pk=user.pk).is_staff


def test_an_account_is_called_by_its_name():
    assert str(User(username="wang", name="王芳")) == "王芳"
    assert str(User(username="wang")) == "wang"


# --- What each role may do, by hand ----------------------------------------------------------------------------------

READ = {
    "demands.view_demand",
    "demands.view_demandtransition",
    "demands.view_demandmessage",
    "demands.view_demandphoto",
    "demands.view_rating",
    "demands.view_support",
    "demands.view_category",
    "demands.view_standardreply",
    "consultation.view_area",
    "consultation.view_venue",
    "members.view_liaisoncommittee",
    "foundation.view_contact",
}
MAY = {
    "committee_member": set(),
    "community_staff": READ
    | {
        "demands.add_demand",
        "demands.change_demand",
        "demands.accept_demand",
        "demands.answer_demand",
        "demands.note_demand",
        "foundation.reveal_contact",
        "consultation.change_venue",
    },
    "auditor": READ
    | {
        "foundation.view_auditentry",
        "foundation.view_outboxmessage",
        "foundation.view_calendarday",
        "foundation.view_user",
        "foundation.view_portal",
        "consultation.view_staffscope",
    },
    "liaison_staff": READ
    | {
        "demands.add_demand",
        "demands.change_demand",
        "demands.accept_demand",
        "demands.handle_demand",
        "demands.decline_demand",
        "demands.merge_demand",
        "demands.answer_demand",
        "demands.note_demand",
        "demands.assign_demand",
        "demands.publish_demand",
        "demands.erase_demand",
        "demands.change_demandphoto",
        "demands.add_standardreply",
        "demands.change_standardreply",
        "foundation.reveal_contact",
        "foundation.view_outboxmessage",
        "foundation.change_outboxmessage",
        "consultation.add_venue",
        "consultation.change_venue",
        "consultation.add_area",
        "consultation.change_area",
        "foundation.add_calendarday",
        "foundation.change_calendarday",
        "foundation.delete_calendarday",
        "foundation.view_calendarday",
        "members.change_liaisoncommittee",
    },
}


def permissions(role: str) -> set[str]:
    found = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{code}" for app, code in found}


@pytest.mark.parametrize("role", list(MAY))
def test_a_role_holds_exactly_its_permissions(role):
    assert permissions(role) == MAY[role]


def test_nobody_but_the_superuser_may_touch_accounts_or_what_was_written_once():
    for role in MAY:
        for permission in permissions(role):
            assert not permission.startswith("auth.")
            code = permission.partition(".")[2]
            act, _, model = code.partition("_")
            if model in ("user", "auditentry", "demandtransition", "staffscope", "portal"):
                assert act == "view", f"{role}: {permission}"


def test_the_sync_takes_away_what_somebody_added_by_hand():
    group = Group.objects.get(name="auditor")
    liaison = Group.objects.get(name="liaison_staff")
    group.permissions.add(*liaison.permissions.all())
    roles.sync()
    roles.sync()
    assert permissions("auditor") == MAY["auditor"]
    assert Group.objects.filter(name__in=MAY).count() == 4


def test_a_permission_that_does_not_exist_stops_the_sync(monkeypatch):
    monkeypatch.setitem(roles.PERMISSIONS, Role.AUDITOR, ["demands.no_such_thing"])
    with pytest.raises(LookupError, match="no_such_thing"):
        roles.sync()
    assert permissions("auditor") == MAY["auditor"]
