"""Who opens, locks, changes and closes whose account: a table written by hand, and the pages of liaison staff."""

import pytest
from django.core import mail
from django.test import Client

from consultation.models import StaffScope
from consultation.services import areas
from foundation import account_acts, audit, closing, sending, slips
from foundation.accounts import Role, User
from foundation.actors import SYSTEM
from foundation.audit import AuditAction, AuditEntry
from foundation.errors import Refused
from foundation.outbox import OutboxMessage
from members.models import Member
from members.services import accounts
from tests import factories
from tests.pages import form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

USERS = "/admin/foundation/user/"
ACTS = ("disable", "void_password", "close", "link", "rename")
# Whose account: who may do all acts to it. Everybody else may do none; `own` is the actor's own account.
TABLE = """
                             superuser  liaison  far_liaison  community  auditor  member
community                    yes        yes      no           no         no       no
other_community              yes        yes      no           no         no       no
two_communities              yes        yes      no           no         no       no
far_community                yes        no       yes          no         no       no
near_and_far                 yes        no       no           no         no       no
without_area                 yes        no       no           no         no       no
member                       yes        yes      no           no         no       no
far_member                   yes        no       yes          no         no       no
member_of_nobody             yes        no       no           no         no       no
member_and_community         yes        no       no           no         no       no
community_with_extra_power   yes        no       no           no         no       no
liaison                      yes        no       no           no         no       no
far_liaison                  yes        no       no           no         no       no
auditor                      yes        no       no           no         no       no
superuser                    yes        no       no           no         no       no
no_role                      yes        no       no           no         no       no
"""
ACTORS, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
# All acts ask the same question: one is tried on every account, all on these.
ALL_ACTS_ON = ("community", "far_community", "member_and_community", "far_liaison", "superuser")


def the(name: str) -> User:
    """The account of a row of the table; one of another name than an actor's of the same kind."""
    places = factories.tree()
    far_committee, _made = type(places.committee).objects.get_or_create(
        area=places.far_subdistrict, defaults={"name": "湖西", "ref_prefix": "HX"}
    )
    community, member = Role.COMMUNITY_STAFF, Role.COMMITTEE_MEMBER
    areas = {
        "community": (places.community,),
        "other_community": (places.other_community,),
        "two_communities": (places.community, places.other_community),
        "far_community": (places.far_community,),
        "near_and_far": (places.community, places.far_community),
        "without_area": (),
        "member_and_community": (places.community,),
        "community_with_extra_power": (places.community,),
    }
    if name in areas:
        account = factories.user(f"of_{name}", community, *areas[name])
        if name == "member_and_community":
            account.groups.add(factories.member("other").groups.get())
        if name == "community_with_extra_power":
            account.user_permissions.add(factories.liaison_staff("l2").groups.get().permissions.first())
        return account
    if name in ("member", "far_member", "member_of_nobody"):
        account = factories.user(f"of_{name}", member)
        if name != "member_of_nobody":
            committee = places.committee if name == "member" else far_committee
            Member.objects.create(name=name, committee=committee, user=account)
        return account
    if name == "liaison":
        return factories.liaison_staff("of_liaison")
    if name == "far_liaison":
        return factories.liaison_staff("of_far_liaison", places.far_subdistrict)
    return {
        "auditor": lambda: factories.auditor("of_auditor"),
        "superuser": lambda: factories.superuser("of_superuser"),
        "no_role": lambda: factories.user("of_no_role"),
    }[name]()


@pytest.fixture
def actors() -> dict[str, User]:
    return {
        "superuser": factories.superuser(),
        "liaison": factories.liaison_staff(),
        "far_liaison": factories.liaison_staff("far_chief", factories.tree().far_subdistrict),
        "community": factories.community_staff(),
        "auditor": factories.auditor(),
        "member": factories.member(),
    }


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account, "foundation.backends.RoleBackend")
    return client


def forged(client: Client, account: User, act: str):
    """A POST that no page offered."""
    why = {"reason": "试试", "version": account_acts.version_of(account)}
    if act == "rename":
        return client.post(f"{USERS}{account.pk}/change/", {"username": account.username, "email": "x@example.com"})
    return client.post(f"{USERS}{account.pk}/{act.replace('_', '-')}/", why)


def state(account: User) -> tuple:
    return User.objects.filter(pk=account.pk).values_list("is_active", "closed_at", "password", "email", "link_serial")[
        0
    ]


@each_row(("whose", "expected"), [(row[0], row[1:]) for row in ROWS])
def test_the_service_follows_the_table(actors, whose, expected):
    account = the(whose)
    for name, may in zip(ACTORS, expected, strict=True):
        actor, before = actors[name], state(account)
        if may == "yes":
            if whose in ALL_ACTS_ON:
                assert slips.make([account], actor=actor)[0].account == account
            assert not account_acts.disable(account, actor=actor, reason="休假").is_active
            assert account_acts.enable(account, actor=actor, reason="回来了").is_active
            continue
        with pytest.raises(Refused):
            account_acts.disable(account, actor=actor, reason="试试")
        if whose in ALL_ACTS_ON:
            for act in (account_acts.void_password, closing.close):
                with pytest.raises(Refused):
                    act(account, actor=actor, reason="试试")
            with pytest.raises(Refused):
                slips.make([account], actor=actor)
        assert state(account) == before, name


def test_forged_posts_do_what_the_table_says_and_no_more(actors, subtests):
    accounts_of = {whose: the(whose) for whose, *_expected in ROWS}
    for name in ("community", "auditor", "member", "liaison"):
        client = signed_in(actors[name])
        # Whoever may not act on any account is tried on a few.
        for whose, *expected in ROWS if name == "liaison" else ROWS[::4]:
            account, may = accounts_of[whose], expected[ACTORS.index(name)] == "yes"
            before = state(account)
            acts = ACTS if whose in ALL_ACTS_ON else ("disable", "rename")  # an act, and the form that is saved
            for act in acts if name == "liaison" and not may else ACTS[:1]:
                status = forged(client, account, act).status_code
                with subtests.test(f"{name} {whose} {act}"):
                    assert status in (302, 403, 404)
                    assert (state(account) != before) == may


def test_nobody_raises_an_account_through_an_act():
    actor, places = factories.liaison_staff(), factories.tree()
    account = the("community")
    for role in ("liaison_staff", "auditor", "superuser"):
        with pytest.raises(Refused):
            account_acts.set_role(account, role, actor=actor, reason="试试")
    client = signed_in(actor)
    assert "只有超级管理员" in words(client.post(f"{USERS}{account.pk}/promote/", {"reason": "x"}, follow=True))
    page = client.get(f"{USERS}{account.pk}/scope/")
    html = page.content.decode()
    assert f'value="{places.community.pk}"' in html
    assert f'value="{places.far_community.pk}"' not in html
    response = form(page, "reason").send(
        client, f"{USERS}{account.pk}/scope/", reason="x", areas=places.far_community.pk
    )
    assert response.status_code == 422
    # Without an area it would be nobody's.
    response = form(page, "reason").send(client, f"{USERS}{account.pk}/scope/", reason="x", areas=None)
    assert "不在您的管理范围内" in words(response)
    assert list(StaffScope.objects.filter(user=account).values_list("area", flat=True)) == [places.community.pk]


def test_who_was_promoted_or_moved_between_page_and_post_is_left_alone(liaison_client):
    places = factories.tree()
    for change in ("promote", "move"):
        account = factories.community_staff(f"{change}d")
        address = f"{USERS}{account.pk}/disable/"
        sent = form(liaison_client.get(address), "reason")
        if change == "promote":
            account_acts.set_role(account, "liaison_staff", actor=SYSTEM, reason="提拔")
        else:
            StaffScope.objects.filter(user=account).update(area=places.far_community)
        assert sent.send(liaison_client, address, reason="试试").status_code == 404
        account.refresh_from_db()
        assert account.is_active


def test_two_who_open_an_account_for_one_member_get_one():
    member, actor = factories.committee_member(), factories.liaison_staff()
    new = accounts.NewAccount(username="chen", role="committee_member", member=member)
    accounts.open_accounts([new], actor=actor)
    with pytest.raises(accounts.CannotOpen, match="已经有账号"):
        accounts.open_accounts([accounts.NewAccount(**vars(new) | {"username": "chen2"})], actor=actor)
    closing.close(User.objects.get(username="chen"), actor=actor, reason="改期")
    [again] = accounts.open_accounts([accounts.NewAccount(**vars(new) | {"username": "chen2"})], actor=actor)
    member.refresh_from_db()
    assert member.user == again


# --- The pages -------------------------------------------------------------------------------------------------------


def test_an_account_is_opened_with_one_form_and_its_slip_follows(liaison_client):
    places = factories.tree()
    page = liaison_client.get(f"{USERS}add/")
    text = words(page)
    assert "社区工作人员" in text
    for hidden in ("联络委工作人员", "审计", places.far_community.name, places.subdistrict.name):
        assert hidden not in text.partition("开通账号")[2].partition("返回")[0], hidden
    assert "哪位委员（委员账号必选） 只列出" in text
    sent = form(page, "role")
    response = sent.send(liaison_client, f"{USERS}add/", name="周五", areas=places.community.pk)
    account = User.objects.get(name="周五")
    assert account.username == "zhouwu"
    text = words(response)
    for said in ("账号开通单 · 周五", "zhouwu", "用手机扫二维码", "至少 10 位", "有效期至", "地址只能用一次"):
        assert said in text
    assert "no-store" in response["Cache-Control"]
    # The next of that name gets a number; nobody's password is anywhere.
    sent.send(liaison_client, f"{USERS}add/", name="周五", areas=places.community.pk)
    assert User.objects.filter(username="zhouwu2").exists()


def test_areas_are_offered_as_they_lie_in_each_other(client):
    places = factories.tree()
    client.force_login(factories.superuser())
    offered = client.get(f"{USERS}add/").context["form"].fields["areas"].choices
    labels = [label for _key, label in offered]
    first = labels.index(places.community.name)
    assert labels[first - 1] == places.subdistrict.name
    assert labels[first + 1] == f"{places.community.name} · {places.compound.name}"


def test_a_form_that_is_not_complete_says_what_is_missing(liaison_client):
    sent = form(liaison_client.get(f"{USERS}add/"), "role")
    for values, why in (
        ({"name": "周五"}, "请至少选择一个社区"),
        ({"name": "周五", "role": "committee_member"}, "请选择这是哪位委员"),
        ({"areas": factories.tree().community.pk}, "请填写用户名，或者填写姓名"),
        ({"name": "周五", "areas": factories.tree().far_community.pk}, "选择一个有效的选项"),
        ({"name": "周五", "role": "liaison_staff"}, "选择一个有效的选项"),
    ):
        response = sent.send(liaison_client, f"{USERS}add/", **values)
        assert response.status_code == 422
        assert why in words(response).replace("。", ""), words(response)
    assert not User.objects.filter(name="周五").exists()


def test_a_link_is_sent_by_mail_or_text_message_and_only_the_newest_works(liaison_client, capsys):
    values = {"name": "周五", "areas": factories.tree().community.pk, "phone": "139 0000 1111", "send": "1"}
    response = form(liaison_client.get(f"{USERS}add/"), "role").send(liaison_client, f"{USERS}add/", **values)
    account = User.objects.get(name="周五")
    assert response["Location"] == f"{USERS}{account.pk}/change/"
    [first] = OutboxMessage.objects.all()
    assert (first.channel, first.subject_ref) == ("sms", f"user:{account.pk}")
    assert "/accounts/reset/" not in str(first.parameters)
    account.email = "zhou@example.com"
    account.save()
    assert liaison_client.post(f"{USERS}{account.pk}/send-link/").status_code == 302
    while sending.send_next():
        pass
    # The text message was overtaken by the mail.
    assert [message.template for message in OutboxMessage.objects.all()] == ["account_link"]
    assert "SMS" not in capsys.readouterr().out
    [sent] = mail.outbox
    assert "您的账号是 zhouwu" in sent.body
    link = sent.body.partition("http://portal.example")[2].split()[0]
    assert "链接已失效" not in words(Client().get(link, follow=True))
    rows = AuditEntry.objects.filter(subject=f"user:{account.pk}", action="account_link_made")
    assert list(rows.order_by("pk").values_list("detail", flat=True)) == ["sms", "email"]
    shown = liaison_client.get("/admin/foundation/outboxmessage/").context["cl"].result_list
    assert [message.template for message in shown] == ["account_link"]


def test_without_an_address_the_holder_gets_a_slip(liaison_client):
    account = factories.community_staff("zhou")
    response = liaison_client.post(f"{USERS}{account.pk}/send-link/", follow=True)
    assert "请打印开通单" in words(response)
    assert not OutboxMessage.objects.exists()


def test_the_list_shows_ones_own_and_prints_and_locks_several(liaison_client, django_assert_num_queries):
    near = [factories.community_staff(name) for name in ("a", "b", "c")]
    far = factories.community_staff("far", factories.tree().far_community)
    chief = factories.superuser()
    page = liaison_client.get(USERS)
    assert {row.username for row in page.context["cl"].result_list} == {"a", "b", "c"}
    assert "桂花社区" in words(page)
    with django_assert_num_queries(8):
        liaison_client.get(USERS)
    chosen = [account.pk for account in (near[0], near[1], far, chief)]
    response = liaison_client.post(USERS, {"action": "print_slips", "_selected_action": chosen})
    assert [slip["holder"].username for slip in response.context["slips"]] == ["a", "b"]
    far.refresh_from_db()
    assert far.link_serial == 0
    response = liaison_client.post(USERS, {"action": "lock", "_selected_action": chosen})
    address = f"{response['Location']},{far.pk}"
    page = liaison_client.get(address)
    assert "停用 2 个账号" in words(page)
    assert form(page, "reason").send(liaison_client, address, reason="").status_code == 422
    assert form(page, "reason").send(liaison_client, address, reason="机构调整").status_code == 302
    active = User.objects.filter(is_active=True).values_list("username", flat=True)
    assert set(active) == {"c", "far", "admin", "liaison"}
    assert AuditEntry.objects.filter(action="account_disabled", detail="机构调整").count() == 2
    assert "所选账号都已停用" in words(liaison_client.get(address, follow=True))


@pytest.mark.parametrize("count", [1, 4])
def test_whether_many_accounts_may_be_acted_on_takes_as_few_queries_as_one(count, django_assert_num_queries):
    actor = factories.liaison_staff()
    chosen = [factories.community_staff(f"zhou{number}") for number in range(count)]
    # The savepoint and its end, superusers, accounts, the actor's permissions, scope, areas; twice roles and reach.
    with django_assert_num_queries(11), account_acts.acting_on_all(chosen, actor=actor):
        pass


def test_an_account_with_work_is_closed_on_one_page_that_asks_for_the_colleague(liaison_client):
    account, to = factories.community_staff("zhou"), factories.community_staff("wu")
    demand = factories.demand("accepted")
    type(demand).objects.filter(pk=demand.pk).update(assignee=account)
    address = f"{USERS}{account.pk}/close/"
    page = liaison_client.get(address)
    assert "未办结的需求 1" in words(page)
    assert form(page, "reason").send(liaison_client, address, reason="调离").status_code == 422
    assert form(page, "reason").send(liaison_client, address, reason="调离", to=to.pk).status_code == 302
    demand.refresh_from_db()
    assert demand.assignee == to
    text = words(liaison_client.get(f"{USERS}{account.pk}/change/"))
    assert "已注销" in text
    assert "打印开通单" not in text
    history = words(liaison_client.get(f"{USERS}{account.pk}/history/"))
    assert f"移交工作 {liaison_client.user} 未办结的需求 1 → {to}；调离" in history


def test_the_history_of_an_account_names_roles_and_areas_and_has_room_for_acts_alone(
    admin_client, django_assert_num_queries
):
    account, chief, place = factories.community_staff("zhou"), factories.superuser(), factories.tree().other_community
    areas.set_scope(account, [place], actor=chief, reason="轮岗, 一年")
    account_acts.set_role(account, "auditor", actor=chief, reason="转岗")
    audit.record(AuditAction.ADDED, account, actor=chief, detail=f"role community_staff, scope {place.code}")
    for _time in range(200):
        audit.record(AuditAction.SIGNED_IN, account, actor=account)
    with django_assert_num_queries(5):
        found = admin_client.get(f"{USERS}{account.pk}/history/").context["lines"]
    assert [line.detail for line in found] == [
        "角色 社区工作人员；工作范围 柳园社区",
        "社区工作人员 → 审计；转岗",
        "桂花社区 → 柳园社区；轮岗, 一年",
    ]
