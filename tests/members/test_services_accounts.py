"""Opening accounts: who for whom, in which areas, and what a slip says."""

import pytest
from django.test import Client

from foundation import account_acts, slips
from foundation.accounts import Role, User
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, TransitionNotAllowed
from members.services import accounts
from members.services.accounts import CannotOpen, NewAccount
from tests import factories
from tests.pages import words
from tests.rows import each_row

pytestmark = pytest.mark.django_db


def staff(username: str = "zhou", **values) -> NewAccount:
    values = {"name": "周五", "role": "community_staff", "areas": (factories.tree().community,)} | values
    return NewAccount(username=username, **values)


def opens(link: str) -> bool:
    page = Client().get(link.removeprefix("http://portal.example"), follow=True)
    return "链接已失效" not in words(page)


def test_several_are_opened_at_once_each_with_its_slip():
    member = factories.committee_member()
    actor = factories.liaison_staff()
    wanted = [
        staff("zhou", office="桂花社区居委会", email="zhou@example.com", phone="139 0000 1111"),
        NewAccount(username="chen", name="陈委员", role="committee_member", member=member),
    ]
    first, second = accounts.open_with_slips(wanted, actor=actor)
    assert [first.account.username, second.account.username] == ["zhou", "chen"]
    assert opens(first.address)
    assert opens(second.address)
    zhou, chen = User.objects.get(username="zhou"), User.objects.get(username="chen")
    assert [scope.area for scope in zhou.scopes.all()] == [factories.tree().community]
    assert (zhou.is_staff, zhou.has_usable_password(), zhou.contact.masked) == (True, False, "139****1111")
    assert (chen.is_staff, chen.member) == (False, member)
    rows = AuditEntry.objects.order_by("pk").values_list("action", "subject", "actor__username", "detail")
    assert list(rows) == [
        ("added", f"user:{zhou.pk}", "liaison", "role community_staff, scope community"),
        ("added", f"user:{chen.pk}", "liaison", f"role committee_member, member {member.pk}"),
        ("account_link_made", f"user:{zhou.pk}", "liaison", ""),
        ("account_link_made", f"user:{chen.pk}", "liaison", ""),
    ]


def test_all_are_opened_or_none():
    with pytest.raises(CannotOpen) as error:
        accounts.open_with_slips([staff("zhou"), staff("zhou")], actor=factories.liaison_staff())
    assert (error.value.index, list(error.value.problems)) == (1, ["username"])
    assert not User.objects.filter(username="zhou").exists()


@each_row(
    ("values", "fields"),
    [
        ({"role": "liaison_staff"}, ["role"]),
        ({"role": "auditor"}, ["role"]),
        ({"role": "superuser"}, ["role"]),
        ({"areas": ()}, ["areas"]),
        ({"areas": ("far_community",)}, ["areas"]),
        ({"areas": ("community", "far_community")}, ["areas"]),
        ({"areas": ("district",)}, ["areas"]),
        ({"role": "committee_member", "areas": ()}, ["member"]),
        ({"username": "a b"}, ["username"]),
        ({"email": "zhou"}, ["email"]),
        ({"phone": "12"}, ["phone"]),
    ],
)
def test_liaison_staff_open_none_above_or_beside_their_own(values, fields):
    if "areas" in values:
        values["areas"] = tuple(getattr(factories.tree(), name) for name in values["areas"])
    with pytest.raises(CannotOpen) as error:
        accounts.open_accounts([staff(**values)], actor=factories.liaison_staff())
    assert list(error.value.problems) == fields


@each_row("who", ["community_staff", "auditor", "member"])
def test_others_open_none(who):
    with pytest.raises(Refused):
        accounts.open_accounts([staff()], actor=getattr(factories, who)())
    assert not User.objects.filter(username="zhou").exists()


def test_an_actor_who_lost_the_role_meanwhile_opens_none():
    actor = factories.liaison_staff()
    account_acts.set_role(actor, "community_staff", actor=SYSTEM, reason="转岗")
    with pytest.raises(CannotOpen):
        accounts.open_accounts([staff()], actor=actor)


def test_a_member_has_one_account():
    actor, member = factories.liaison_staff(), factories.committee_member()
    accounts.open_accounts([NewAccount(username="chen", role="committee_member", member=member)], actor=actor)
    again = NewAccount(username="chen2", role="committee_member", member=member)
    with pytest.raises(CannotOpen, match="已经有账号：chen"):
        accounts.open_accounts([again], actor=actor)


def test_a_new_link_makes_the_one_before_worthless():
    actor = factories.liaison_staff()
    [old] = accounts.open_with_slips([staff()], actor=actor)
    [new] = slips.make([old.account], actor=actor)
    assert not opens(old.address)
    assert opens(new.address)


def test_nobody_is_sent_links_without_end(monkeypatch):
    monkeypatch.setattr(accounts, "LINKS_AN_HOUR", 1)
    actor = factories.liaison_staff()
    [account] = accounts.open_accounts([staff(phone="139 0000 1111")], actor=actor)
    assert accounts.send_link(account, actor=actor) == "sms"
    with pytest.raises(Refused, match="一小时后"):
        accounts.send_link(account, actor=actor)


def test_there_is_no_link_for_a_locked_account_and_the_one_it_had_is_dead():
    actor = factories.liaison_staff()
    [slip] = accounts.open_with_slips([staff()], actor=actor)
    account_acts.disable(slip.account, actor=actor, reason="休假")
    with pytest.raises(Refused, match="停用"):
        slips.make([slip.account], actor=actor)
    account_acts.enable(slip.account, actor=actor, reason="回来了")
    assert not opens(slip.address)


def test_slips_are_made_for_all_that_were_chosen_or_for_none():
    actor = factories.liaison_staff()
    [slip] = accounts.open_with_slips([staff()], actor=actor)
    far = factories.community_staff("far", factories.tree().far_community)
    with pytest.raises(TransitionNotAllowed):
        slips.make([slip.account, far], actor=actor)
    assert opens(slip.address)


def test_whoever_has_no_bounds_opens_any_role():
    [account] = accounts.open_accounts([staff("wu", role=Role.AUDITOR)], actor=SYSTEM)
    assert account.groups.get().name == "auditor"
