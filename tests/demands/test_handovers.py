"""Leaving: all that an account holds goes to a colleague in one act, and the account is closed for ever."""

import datetime

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client

from consultation.models import StaffScope
from demands.models import Demand, EscalationRule
from demands.services import handling
from foundation import account_acts, closing, contacts, handovers, second_factor
from foundation.accounts import User, one_time_path
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, TransitionNotAllowed
from tests import factories
from tests.pages import form, words
from tests.together import at_once

pytestmark = pytest.mark.django_db

WHY = "调离"


def trail(subject: str) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(subject=subject).exclude(action__startswith="sign")
    return list(rows.order_by("pk").values_list("action", "detail"))


def held(account: User) -> dict[str, int]:
    return {work.name: count for work, count in handovers.held_by(account)}


def leaver() -> User:
    """Community staff with two open demands, one closed one, and a rule."""
    account = factories.community_staff("zhou")
    for status in ("accepted", "in_progress", "resolved"):
        demand = factories.demand(status)
        Demand.objects.filter(pk=demand.pk).update(assignee=account)
    EscalationRule.objects.create(area=factories.tree().community, when="before", days=1, user=account)
    return account


def test_all_that_is_open_goes_to_the_colleague_and_each_demand_says_so():
    account, to, actor = leaver(), factories.community_staff("wu"), factories.liaison_staff()
    assert held(account) == {"demands": 2, "rules": 1}
    assert handovers.hand_over(account, to=to, actor=actor, reason=WHY) == 3
    assert (held(account), held(to)) == ({}, {"demands": 2, "rules": 1})
    for demand in Demand.objects.filter(assignee=to):
        assert trail(demand.ref)[-1] == ("assigned", f"user:{to.pk}")
    # What was closed stays theirs.
    assert Demand.objects.get(status="resolved").assignee == account
    assert trail(f"user:{account.pk}") == [("work_handed_over", f"demands 2, rules 1 → user:{to.pk}; {WHY}")]
    with pytest.raises(Refused, match="没有需要移交"):
        handovers.hand_over(account, to=to, actor=actor, reason=WHY)


def test_a_rule_that_the_colleague_has_already_is_not_there_twice():
    account, to = leaver(), factories.community_staff("wu")
    EscalationRule.objects.create(area=factories.tree().community, when="before", days=1, user=to, is_active=False)
    handovers.hand_over(account, to=to, actor=factories.liaison_staff(), reason=WHY)
    assert list(EscalationRule.objects.filter(is_active=True).values_list("user", flat=True)) == [to.pk]


def test_a_colleague_must_work_where_the_demands_are_and_be_there():
    account, actor, places = leaver(), factories.liaison_staff(), factories.tree()
    far = factories.community_staff("far", places.far_community)
    gone = factories.community_staff("gone")
    account_acts.disable(gone, actor=SYSTEM, reason=WHY)
    compound = factories.community_staff("small", places.second_compound)
    inside = factories.community_staff("wu")
    assert set(handovers.takers_for(account)) == {actor, inside}
    for other in (far, gone, compound, factories.auditor(), account):
        with pytest.raises(Refused):
            handovers.hand_over(account, to=other, actor=actor, reason=WHY)
    assert held(account) == {"demands": 2, "rules": 1}


def test_who_leaves_hands_over_themselves_and_the_superuser_for_liaison_staff():
    account, to = leaver(), factories.liaison_staff()
    assert handovers.hand_over(account, to=to, actor=account) == 3
    other = factories.liaison_staff("other")
    with pytest.raises(TransitionNotAllowed):
        handovers.hand_over(to, to=other, actor=other, reason=WHY)
    assert handovers.hand_over(to, to=other, actor=factories.superuser(), reason=WHY) == 3


def test_a_member_who_leaves_has_their_dispatches_taken_over():
    member = factories.member_with_account("chen", name="陈委员")
    other = factories.member_with_account("lin", name="林委员")
    dispatch = factories.dispatch(member=member)
    handovers.hand_over(member.user, to=other.user, actor=factories.liaison_staff(), reason=WHY)
    dispatch.refresh_from_db()
    assert dispatch.status == "cancelled"
    new = dispatch.demand.dispatches.get(member=other)
    assert (new.status, new.ask) == ("offered", dispatch.ask)


def test_staff_hand_over_on_their_own_page(community_client, liaison_client, member_client):
    account, to = community_client.user, liaison_client.user
    assert "没有需要移交" in words(community_client.get("/accounts/hand-over/"))
    demand = factories.demand("accepted")
    Demand.objects.filter(pk=demand.pk).update(assignee=account)
    page = community_client.get("/accounts/hand-over/")
    assert "未办结的需求 1" in words(page)
    sent = form(page, "reason")
    assert sent.send(community_client, "/accounts/hand-over/", reason="产假").status_code == 422
    assert sent.send(community_client, "/accounts/hand-over/", reason="产假", to=to.pk).status_code == 302
    demand.refresh_from_db()
    assert demand.assignee == to
    assert trail(f"user:{account.pk}") == [("work_handed_over", f"demands 1 → user:{to.pk}; 产假")]
    assert member_client.get("/accounts/hand-over/").status_code == 403


# --- Closing ---------------------------------------------------------------------------------------------------------


def test_an_account_with_work_is_not_closed_before_a_colleague_has_it():
    account, to, actor = leaver(), factories.community_staff("wu"), factories.liaison_staff()
    with pytest.raises(Refused, match="未办结的需求 2、期限提醒规则 1"):
        closing.close(account, actor=actor, reason=WHY)
    account.refresh_from_db()
    assert account.is_active
    closing.close(account, actor=actor, reason=WHY, to=to)
    assert (held(account), held(to)) == ({}, {"demands": 2, "rules": 1})
    assert [action for action, _detail in trail(f"user:{account.pk}")] == ["work_handed_over", "account_closed"]


def test_everything_ends_for_ever():
    account, actor = factories.community_staff("zhou"), factories.liaison_staff()
    account.email = "zhou@example.com"
    account.contact = contacts.store(phone="13900001111")
    account.save()
    second_factor.RecoveryCode.objects.create(user=account, code_hash="x")
    client, link = Client(), one_time_path(account)
    client.force_login(account, "foundation.backends.RoleBackend")
    closed = closing.close(account, actor=actor, reason=WHY)
    assert client.get("/admin/").status_code == 302
    assert "链接已失效" in words(Client().get(link, follow=True))
    assert (closed.is_active, closed.email, closed.contact, closed.has_usable_password()) == (False, "", None, False)
    assert not contacts.Contact.objects.exists()
    assert not account.recovery_codes.exists()
    assert str(closed) == "张三（已离职）"
    for act in (account_acts.enable, account_acts.disable, account_acts.void_password, closing.close):
        with pytest.raises(TransitionNotAllowed, match="已经注销"):
            act(closed, actor=factories.superuser(), reason="试试")


def test_names_go_after_the_time_of_keeping_and_what_was_done_stays_readable():
    account, kept = factories.community_staff("zhou"), factories.community_staff("wu")
    log = LogEntry.objects
    for one in (account, kept):
        log.log_actions(factories.superuser().pk, [one], CHANGE, "name", single_object=True)
        closing.close(one, actor=factories.liaison_staff(), reason=WHY)
    old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=24 * 31)
    User.objects.filter(pk=account.pk).update(closed_at=old)
    assert (closing.forget_closed(24), closing.forget_closed(24)) == (1, 0)
    account.refresh_from_db()
    assert (account.name, account.username, str(account)) == ("", f"#{account.pk}", f"已离职人员 {account.pk}")
    assert str(User.objects.get(pk=kept.pk)) == "张三（已离职）"
    # Django's own log of the admin names rows as they were called then.
    assert [entry.object_repr for entry in log.order_by("pk")] == [f"#{account.pk}", "张三"]
    assert trail(f"user:{account.pk}")[-1] == ("account_forgotten", "")


def test_nobody_is_assigned_who_has_left():
    account = factories.community_staff("zhou")
    closing.close(User.objects.get(pk=account.pk), actor=factories.liaison_staff(), reason=WHY)
    with pytest.raises(Refused, match="请换一位经办人"):
        handling.assign(factories.demand("accepted"), account, actor=factories.liaison_staff())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_an_account_at_once_the_second_is_told():
    account, to, actor = leaver(), factories.community_staff("wu"), factories.liaison_staff()
    other = factories.liaison_staff("other")

    def attempt(who: User):
        return lambda: closing.close(account, actor=who, reason=WHY, to=to)

    results = at_once(attempt(actor), attempt(other))
    assert sorted(type(result).__name__ for result in results) == ["TransitionNotAllowed", "User"]
    assert [action for action, _detail in trail(f"user:{account.pk}")] == ["work_handed_over", "account_closed"]


def test_an_account_moved_out_of_the_areas_meanwhile_is_not_closed():
    account, actor = factories.community_staff("zhou"), factories.liaison_staff()
    version = account_acts.version_of(account)
    StaffScope.objects.filter(user=account).update(area=factories.tree().far_community)
    with pytest.raises(TransitionNotAllowed):
        closing.close(account, actor=actor, reason=WHY, version=version)
