"""What an account may do changes by acts alone: each with a reason, a row in the audit, and nobody above themselves."""

import pytest

from foundation import account_acts
from foundation.accounts import Role, User
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from tests import factories
from tests.pages import form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

USERS = "/admin/foundation/user/"


def fresh(account: User) -> User:
    return User.objects.get(pk=account.pk)


def trail(account: User) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(subject=f"user:{account.pk}").exclude(action__startswith="sign")
    return list(rows.order_by("pk").values_list("action", "detail"))


def send(client, account: User, act: str, **values):
    address = f"{USERS}{account.pk}/{act}/"
    return form(client.get(address), "reason").send(client, address, **({"reason": "已调离"} | values))


def controlling() -> User:
    """Somebody who may act on accounts without being a superuser."""
    return factories.liaison_staff("chief")


# --- A form saved for a name -----------------------------------------------------------------------------------------


def test_a_stale_form_saved_for_a_name_does_not_open_a_closed_account_again(admin_client):
    account = factories.liaison_staff("zhou")
    address = f"{USERS}{account.pk}/change/"
    sent = form(admin_client.get(address), "username", "name")
    account_acts.disable(account, actor=factories.superuser("other"), reason="已调离")
    sent.send(admin_client, address, name="周五", is_active="on", is_staff="on", is_superuser="on", groups="1")
    account = fresh(account)
    assert (account.name, account.is_active, account.is_superuser) == ("周五", False, False)
    assert [group.name for group in account.groups.all()] == ["liaison_staff"]


def test_the_form_holds_who_it_is_and_none_of_what_the_account_may_do(admin_client):
    page = admin_client.get(f"{USERS}{factories.liaison_staff('zhou').pk}/change/")
    fields = {name for name in form(page, "username").values if not name.startswith("_")} - {"csrfmiddlewaretoken"}
    assert fields == {"username", "name", "office", "email"}
    text = words(page)
    for shown in ("联络委工作人员", "停用账号…", "更改角色…", "设为超级管理员…", "作废密码…", "更改工作范围…"):
        assert shown in text
    assert admin_client.get(f"{USERS}{factories.user('wu').pk}/password/", follow=True).status_code == 404


# --- The acts --------------------------------------------------------------------------------------------------------


def test_an_account_is_closed_and_opened_with_a_reason(admin_client, liaison_client):
    account = liaison_client.user
    assert send(admin_client, account, "disable", reason="").status_code == 422
    assert fresh(account).is_active
    assert send(admin_client, account, "disable").status_code == 302
    assert not fresh(account).is_active
    assert liaison_client.get("/admin/").status_code == 302
    assert send(admin_client, account, "enable", reason="回来上班").status_code == 302
    assert fresh(account).is_active
    # What was ended stays ended.
    assert liaison_client.get("/admin/").status_code == 302
    assert trail(account) == [("account_disabled", "已调离"), ("account_enabled", "回来上班")]


def test_a_role_is_given_instead_of_another(admin_client):
    account = factories.liaison_staff("zhou")
    assert send(admin_client, account, "role", role="committee_member").status_code == 302
    account = fresh(account)
    assert ([group.name for group in account.groups.all()], account.is_staff) == (["committee_member"], False)
    assert trail(account) == [("role_changed", "liaison_staff → committee_member; 已调离")]
    assert "已经是这个角色" in words(send(admin_client, account, "role", role="committee_member"))


def test_full_control_is_given_and_taken(admin_client):
    account = factories.user("zhou", Role.COMMITTEE_MEMBER)
    assert send(admin_client, account, "promote").status_code == 302
    assert (fresh(account).is_superuser, fresh(account).is_staff) == (True, True)
    assert send(admin_client, account, "demote").status_code == 302
    assert (fresh(account).is_superuser, fresh(account).is_staff) == (False, False)
    assert [detail for _action, detail in trail(account)] == [
        "committee_member → superuser; 已调离",
        "superuser → committee_member; 已调离",
    ]


def test_a_scope_is_given_and_taken_before_and_after_in_the_audit(admin_client):
    places = factories.tree()
    account = factories.liaison_staff("zhou")
    assert send(admin_client, account, "scope", areas=places.community.pk).status_code == 302
    assert [scope.area for scope in account.scopes.all()] == [places.community]
    before, after = places.subdistrict.code, places.community.code
    assert trail(account) == [("scope_changed", f"{before} → {after}; 已调离")]
    assert "没有变化" in words(send(admin_client, account, "scope", areas=places.community.pk))
    assert send(admin_client, account, "scope", areas=None).status_code == 302
    assert trail(account)[-1] == ("scope_changed", f"{after} → -; 已调离")


def test_a_password_that_may_be_known_is_made_useless(admin_client):
    account = factories.liaison_staff("zhou")
    account.set_password("a-long-enough-secret")
    account.save()
    assert send(admin_client, account, "void_password".replace("_", "-")).status_code == 302
    assert not fresh(account).has_usable_password()
    assert trail(account) == [("password_voided", "已调离")]


@pytest.mark.parametrize("act", ["disable", "role", "promote", "scope"])
def test_a_stale_page_of_an_act_does_nothing(admin_client, act):
    account = factories.liaison_staff("zhou")
    values = {"role": {"role": "auditor"}, "scope": {"areas": factories.tree().community.pk}}.get(act, {})
    address = f"{USERS}{account.pk}/{act}/"
    sent = form(admin_client.get(address), "reason")
    other = factories.superuser("other")
    if act == "scope":
        account.scopes.all().delete()
    else:
        account_acts.set_role(account, "committee_member", actor=other, reason="改任委员")
    before = trail(account)
    response = sent.send(admin_client, address, reason="已调离", **values)
    assert response.status_code == 409
    assert "内容刚刚被他人修改" in words(response)
    assert (fresh(account).is_active, fresh(account).is_superuser, trail(account)) == (True, False, before)
    assert form(response, "reason").send(admin_client, address, reason="已调离", **values).status_code == 302


# --- Nobody above themselves -----------------------------------------------------------------------------------------

ACTS = {
    "disable": lambda account, **about: account_acts.disable(account, **about),
    "role": lambda account, **about: account_acts.set_role(account, "auditor", **about),
    "promote": lambda account, **about: account_acts.set_superuser(account, True, **about),
    "void": lambda account, **about: account_acts.void_password(account, **about),
}


@each_row("name", list(ACTS))
def test_nobody_acts_on_themselves_or_above_themselves_or_without_permission(name):
    act, chief, chairman = ACTS[name], controlling(), factories.superuser()
    for account, actor in (
        (chief, chief),
        (chairman, chairman),
        (chairman, chief),
        (factories.user("zhou"), factories.community_staff("wu")),
        (factories.user("zheng"), factories.auditor()),
    ):
        if name == "promote" and account.is_superuser:
            continue
        with pytest.raises(TransitionNotAllowed):
            act(account, actor=actor, reason="试试")
        assert trail(account) == []


def test_nobody_gives_what_is_not_below_their_own_role():
    chief, account = controlling(), factories.community_staff("zhou")
    for role in ("auditor", "liaison_staff"):
        with pytest.raises(TransitionNotAllowed, match="比自己权限更大"):
            account_acts.set_role(account, role, actor=chief, reason="试试")
    with pytest.raises(TransitionNotAllowed):
        account_acts.set_superuser(account, True, actor=chief, reason="试试")
    # No member has this account: it would be out of everybody's reach but the superuser's.
    with pytest.raises(TransitionNotAllowed, match="不在您的管理范围内"):
        account_acts.set_role(account, "committee_member", actor=chief, reason="试试")
    factories.committee_member(user=account)
    assert not account_acts.set_role(account, "committee_member", actor=chief, reason="改任委员").is_staff


def test_somebody_below_does_not_rename_a_superuser_or_make_them_a_link(client, settings):
    chairman = factories.superuser()
    client.force_login(controlling(), settings.AUTHENTICATION_BACKENDS[-1])
    assert client.post(f"{USERS}{chairman.pk}/link/").status_code == 404
    assert client.post(f"{USERS}{chairman.pk}/change/", {"email": "me@example.com"}).status_code == 404


def test_the_last_superuser_stays():
    chairman, account = factories.superuser(), factories.user("zhou")
    for act in (account_acts.disable, lambda one, **about: account_acts.set_superuser(one, False, **about)):
        with pytest.raises(Refused, match="最后一个超级管理员"):
            act(chairman, actor=SYSTEM, reason="试试")
    assert (fresh(chairman).is_active, fresh(chairman).is_superuser) == (True, True)
    account_acts.disable(account, actor=SYSTEM, reason="已调离")


def test_of_two_who_take_full_control_from_each_other_one_keeps_it():
    one, other = factories.superuser("one"), factories.superuser("other")
    account_acts.set_superuser(other, False, actor=one, reason="换人")
    # Their request began while they still were one.
    assert other.is_superuser
    with pytest.raises(TransitionNotAllowed):
        account_acts.set_superuser(one, False, actor=other, reason="换人")
    assert User.objects.filter(is_superuser=True).get() == one


def test_an_account_is_never_deleted(admin_client):
    account = factories.user("zhou")
    assert admin_client.post(f"{USERS}{account.pk}/delete/", {"post": "yes"}).status_code == 403
    admin_client.post(USERS, {"action": "delete_selected", "_selected_action": [account.pk], "post": "yes"})
    assert User.objects.filter(pk=account.pk).exists()


def test_a_stale_version_is_told_by_the_service_too():
    account, actor = factories.liaison_staff("zhou"), factories.superuser()
    version = account_acts.version_of(account)
    account_acts.set_role(account, "auditor", actor=actor, reason="转岗")
    with pytest.raises(Stale):
        account_acts.disable(account, actor=actor, reason="已调离", version=version)
