"""Accounts: a link that works once, and one role each."""

import datetime

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from foundation.accounts import Role, User, give_role, link_tokens, one_time_path
from nanhu_portal import roles
from tests import factories

pytestmark = pytest.mark.django_db

SECRET = "correct-horse-battery"


def set_password(client, path: str, password: str = SECRET):
    """Follow the link as a person does: open the page, then submit its form."""
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
    later = datetime.datetime.now() + datetime.timedelta(days=3, minutes=-1)
    monkeypatch.setattr(link_tokens, "_now", lambda: later)
    assert Client().get(path, follow=True).context["validlink"]
    monkeypatch.setattr(link_tokens, "_now", lambda: later + datetime.timedelta(minutes=2))
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
    ("role", "opens_the_admin"),
    [
        (Role.COMMITTEE_MEMBER, False),
        (Role.COMMUNITY_STAFF, True),
        (Role.LIAISON_STAFF, True),
        (Role.AUDITOR, True),
    ],
)
def test_a_role_opens_the_admin_or_not(role, opens_the_admin):
    user = User.objects.create_user("somebody")
    give_role(user, role)
    user.refresh_from_db()
    assert user.is_staff is opens_the_admin
    assert [group.name for group in user.groups.all()] == [role.value]


def test_a_new_role_replaces_the_old_one():
    user = factories.liaison_staff()
    give_role(user, Role.COMMITTEE_MEMBER)
    user = User.objects.get(pk=user.pk)
    assert [group.name for group in user.groups.all()] == ["committee_member"]
    assert not user.is_staff
    assert not user.has_perm("demands.view_demand")


def test_a_superuser_may_open_the_admin_in_every_role():
    user = factories.superuser()
    give_role(user, Role.COMMITTEE_MEMBER)
    assert User.objects.get(pk=user.pk).is_staff


def test_an_account_is_called_by_its_name():
    assert str(User(username="wang", name="王芳")) == "王芳"
    assert str(User(username="wang")) == "wang"


# --- What each role may do, written by hand --------------------------------------------------------------------------

READ = {
    "demands.view_demand",
    "demands.view_demandtransition",
    "demands.view_demandmessage",
    "demands.view_demandphoto",
    "demands.view_rating",
    "demands.view_support",
    "demands.view_category",
    "demands.view_standardreply",
    "demands.view_unit",
    "demands.view_dangerword",
    "demands.view_macro",
    "demands.view_synonym",
    "demands.view_missedsearch",
    "consultation.view_area",
    "consultation.view_subdistrictprofile",
    "consultation.view_venue",
    "consultation.view_venuescan",
    "consultation.view_papertemplate",
    "consultation.view_platform",
    "consultation.view_organisation",
    "consultation.view_series",
    "consultation.view_slot",
    "consultation.view_studynote",
    "consultation.view_event",
    "consultation.view_eventtransition",
    "consultation.view_agendaitem",
    "consultation.view_signup",
    "consultation.view_topic",
    "consultation.view_topicorder",
    "consultation.view_agreement",
    "consultation.view_agreementtransition",
    "consultation.view_projecttransition",
    "consultation.view_topictransition",
    "consultation.view_project",
    "consultation.view_projectpartner",
    "consultation.view_milestone",
    "consultation.view_projectplace",
    "consultation.view_picture",
    "members.view_liaisoncommittee",
    "members.view_sector",
    "members.view_member",
    "members.view_venuehost",
    "members.view_presenter",
    "members.view_projectmember",
    "members.view_attendance",
    "members.view_studymark",
    "members.view_reception",
    "members.view_receptionbooking",
    "members.view_resource",
    "members.view_resourcecategory",
    "members.view_resourcetransition",
    "members.view_resourcebooking",
    "members.view_agreementmember",
    "members.view_story",
    "members.view_dutyrecord",
    "members.view_dutycorrection",
    "members.view_dutytransition",
    "members.view_dutyphoto",
    "members.view_profilechange",
    "members.view_profiletransition",
    "demands.view_categorymatch",
    "demands.view_dispatch",
    "demands.view_dispatchtransition",
    "demands.view_proposal",
    "demands.view_proposaldemand",
    "demands.view_proposaltransition",
    "demands.view_deadlinechange",
    "demands.view_escalationrule",
    "demands.view_escalation",
    "demands.view_recheck",
    "demands.view_officerequest",
    "demands.view_trailentry",
    "foundation.view_contact",
}
# Events in the user's own area, up to the draft minutes.
MEETINGS = {
    "consultation.add_event",
    "consultation.add_agendaitem",
    "consultation.add_picture",
    "consultation.change_event",
    "consultation.change_agendaitem",
    "consultation.delete_agendaitem",
    "consultation.reveal_sign_up",
    "members.add_attendance",
    "members.delete_attendance",
    "members.add_presenter",
    "members.change_presenter",
    "members.delete_presenter",
}
MAY = {
    "committee_member": set(),
    "community_staff": READ
    | MEETINGS
    | {
        "demands.add_demand",
        "demands.change_demand",
        "demands.accept_demand",
        "demands.answer_demand",
        "demands.note_demand",
        "demands.add_macro",
        "demands.change_macro",
        "demands.delete_macro",
        "foundation.reveal_contact",
        "consultation.change_venue",
    },
    "auditor": READ
    | {
        "demands.view_dueerasure",
        "foundation.view_auditentry",
        "foundation.view_outboxmessage",
        "foundation.view_calendarday",
        "foundation.view_user",
        "foundation.view_portal",
        "foundation.view_consenttext",
        "foundation.view_insightslot",
        "consultation.view_staffscope",
        "consultation.view_robot",
    },
    "liaison_staff": READ
    | MEETINGS
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
        "demands.import_demand",
        "demands.export_demand",
        "demands.view_importbatch",
        "demands.share_filter",
        "demands.view_dueerasure",
        "demands.add_escalationrule",
        "demands.change_escalationrule",
        "demands.delete_escalationrule",
        "demands.change_demandphoto",
        "demands.add_standardreply",
        "demands.change_standardreply",
        "demands.add_unit",
        "demands.add_macro",
        "demands.change_macro",
        "demands.delete_macro",
        "demands.share_macro",
        "demands.add_dangerword",
        "demands.change_dangerword",
        "demands.delete_dangerword",
        "demands.change_unit",
        "demands.add_proposal",
        "demands.change_proposal",
        "demands.add_synonym",
        "demands.change_synonym",
        "demands.delete_synonym",
        "foundation.reveal_contact",
        "foundation.view_user",
        "foundation.add_user",
        "foundation.change_user",
        "foundation.view_readiness",
        "foundation.lift_demo_mark",
        "consultation.view_robot",
        "consultation.add_robot",
        "consultation.change_robot",
        "consultation.delete_robot",
        "foundation.control_user",
        "foundation.view_outboxmessage",
        "foundation.change_outboxmessage",
        "consultation.add_venue",
        "consultation.change_venue",
        "consultation.add_area",
        "consultation.change_area",
        "consultation.change_subdistrictprofile",
        "consultation.change_papertemplate",
        "foundation.add_calendarday",
        "foundation.change_calendarday",
        "foundation.delete_calendarday",
        "foundation.view_calendarday",
        "members.change_liaisoncommittee",
        "consultation.approve_minutes",
        "consultation.push_studynote",
        "consultation.add_platform",
        "consultation.add_organisation",
        "consultation.add_series",
        "consultation.add_studynote",
        "consultation.add_topic",
        "consultation.add_agreement",
        "consultation.add_project",
        "consultation.add_projectpartner",
        "consultation.add_milestone",
        "consultation.add_projectplace",
        "consultation.add_slot",
        "consultation.change_platform",
        "consultation.change_organisation",
        "consultation.change_series",
        "consultation.change_studynote",
        "consultation.change_topic",
        "consultation.change_agreement",
        "consultation.change_project",
        "consultation.change_projectpartner",
        "consultation.change_milestone",
        "consultation.change_projectplace",
        "consultation.change_slot",
        "consultation.change_picture",
        "consultation.delete_picture",
        "consultation.delete_projectpartner",
        "consultation.delete_milestone",
        "consultation.delete_projectplace",
        "members.add_member",
        "members.add_venuehost",
        "members.add_projectmember",
        "members.add_reception",
        "members.add_resource",
        "members.change_member",
        "members.change_venuehost",
        "members.change_projectmember",
        "members.change_reception",
        "members.change_resource",
        "members.delete_venuehost",
        "members.delete_projectmember",
        "members.add_dutyrecord",
        "members.add_story",
        "members.add_agreementmember",
        "members.change_dutyrecord",
        "members.change_story",
        "members.change_agreementmember",
        "members.delete_agreementmember",
        "members.review_resource",
        "members.review_profilechange",
        "members.confirm_dutyrecord",
        "demands.dispatch_demand",
    },
}


def permissions(role: str) -> set[str]:
    found = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{code}" for app, code in found}


@pytest.mark.parametrize("role", list(MAY))
def test_a_role_holds_exactly_its_permissions(role):
    assert permissions(role) == MAY[role]


WRITTEN_ONCE = (
    "auditentry",
    "demandtransition",
    "dispatchtransition",
    "resourcetransition",
    "dutycorrection",
    "dutytransition",
    "profiletransition",
)


def test_nobody_but_the_superuser_and_the_liaison_office_may_touch_accounts_and_nobody_what_was_written_once():
    for role in MAY:
        for permission in permissions(role):
            assert not permission.startswith("auth.")
            code = permission.partition(".")[2]
            act, _, model = code.partition("_")
            if model == "user" and role == "liaison_staff":
                continue  # which accounts, the reach says
            if model in ("user", "staffscope", "portal", "dispatch", *WRITTEN_ONCE):
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
