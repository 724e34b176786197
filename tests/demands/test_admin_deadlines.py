"""Deadlines in the admin: the panel, the pages that pause, resume and extend, the queues, and who is notified."""

import datetime

import pytest
from django.utils import timezone

from demands import services
from demands.models import DeadlineChange, Demand, Escalation, EscalationRule
from demands.workflow import DemandStatus as S
from foundation.actors import RESIDENT, SYSTEM
from foundation.audit import AuditEntry
from foundation.outbox import OutboxMessage
from foundation.sending import send_next
from foundation.tokens import new_code
from foundation.workdays import add_workdays
from tests import factories
from tests.pages import form, told, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"
RULES = "/admin/demands/escalationrule/"
ACTS = ("pause", "resume", "extend")
SENT = {"pause": {"reason": "请告诉我们是几号楼。"}, "resume": {}, "extend": {"days": "3", "reason": "材料没到。"}}
DAY = datetime.timedelta(days=1)


def url(demand, act: str = "change") -> str:
    return f"{LIST}{demand.pk}/{act}/"


def send(client, demand, act: str, **changes):
    """Fill the act's form in and send it."""
    return form(client.get(url(demand, act)), "version").send(client, url(demand, act), **(SENT[act] | changes))


def offered(client, demand) -> list[str]:
    html = client.get(url(demand)).content.decode()
    return [act for act in ACTS if f'"{url(demand, act)}"' in html]


@pytest.fixture
def received():
    return factories.demand()


# --- What is offered -------------------------------------------------------------------------------------------------


def test_liaison_staff_are_offered_what_the_clock_allows(liaison_client):
    demand = factories.demand()
    assert offered(liaison_client, demand) == ["pause", "extend"]
    services.deadlines.pause(demand, "几号楼？", actor=liaison_client.user)
    assert offered(liaison_client, demand) == ["resume"]
    services.deadlines.resume(demand, actor=liaison_client.user)
    Demand.objects.update(response_due=timezone.localdate() - DAY)
    shown = liaison_client.get(url(demand))
    assert "期限已过，不能再暂停或延长。" in words(shown)
    assert not [act for act in ACTS if f'"{url(demand, act)}"' in shown.content.decode()]


def test_an_erased_demand_is_only_extended(liaison_client):
    demand = factories.demand()
    services.handling.erase(demand, actor=SYSTEM)
    assert offered(liaison_client, demand) == ["extend"]


@each_row(
    ("role", "status"),
    [("community", 403), ("auditor", 403), ("member", 302), ("resident", 302), ("admin", 200)],
    warm=True,
)
def test_only_who_handles_demands_may(request, received, role, status):
    demand = received
    client = request.getfixturevalue("resident" if role == "resident" else f"{role}_client")
    before = Demand.objects.filter(pk=demand.pk).values().get()
    for act in ACTS:
        assert client.get(url(demand, act)).status_code == status
        if status != 200:
            assert client.post(url(demand, act), SENT[act] | {"version": demand.version}).status_code == status
            assert Demand.objects.filter(pk=demand.pk).values().get() == before
    if role in ("community", "auditor"):
        assert offered(client, demand) == []


def test_elsewhere_it_is_not_there(liaison_client):
    far = factories.demand(area=factories.tree().far_compound)
    for act in ACTS:
        assert liaison_client.get(url(far, act)).status_code == 404
        assert liaison_client.post(url(far, act), SENT[act] | {"version": far.version}).status_code == 404
    assert not DeadlineChange.objects.exists()


# --- The acts --------------------------------------------------------------------------------------------------------


def test_a_pause_is_made_seen_and_ended(liaison_client, resident):
    demand = factories.demand(code="7KXM-2345-ABCD-EFGH-JKMN-PQRS-TVWX")
    response = send(liaison_client, demand, "pause")
    assert told(response) == ["已暂停计时，居民会收到通知；居民补充后自动恢复。"]
    page = words(liaison_client.get(url(demand)))
    assert page.count("已暂停计时，待居民补充") == 2  # at the head and in the panel
    assert page.count("请您补充：请告诉我们是几号楼。") == 2  # in the panel and in the timeline
    assert "期限变更 1 次" in page
    own = words(resident.get("/demands/track/7KXM-2345-ABCD-EFGH-JKMN-PQRS-TVWX/"))
    assert "请您补充情况，补充前暂停计算期限" in own
    assert "请您补充：请告诉我们是几号楼。" in own
    assert "已暂停计时" in own
    response = send(liaison_client, demand, "resume")
    assert told(response) == ["已恢复计时，期限按暂停的工作日顺延。"]
    assert "期限变更 2 次" in words(liaison_client.get(url(demand)))


def test_an_extension_is_made_and_seen(liaison_client):
    demand = factories.demand()
    [after] = add_workdays(demand.response_due, 3)
    response = send(liaison_client, demand, "extend")
    assert told(response) == ["期限已延长，居民会收到通知。"]
    demand.refresh_from_db()
    assert demand.response_due == after
    page = words(liaison_client.get(url(demand)))
    assert "延长期限（3 个工作日） · 李四 · 回应期限" in page
    assert "原因：材料没到。" in page


def test_without_a_contact_staff_are_warned(liaison_client):
    demand = factories.demand(phone="", called="", consent_handling=False)
    assert "居民未留联系方式，收不到通知" in words(liaison_client.get(url(demand, "pause")))
    assert "收不到通知" not in words(liaison_client.get(url(factories.demand(), "pause")))


@each_row(
    ("act", "changes", "why"),
    [
        ("pause", {"reason": ""}, "请填写需要居民补充的内容"),
        ("pause", {"reason": "字" * 501}, "最多 500 个字"),
        ("pause", {"reason": "\x00"}, "无法保存的字符"),
        ("extend", {"reason": " "}, "请填写延长原因"),
        ("extend", {"days": ""}, "请填写延长的工作日数"),
        ("extend", {"days": "0"}, "至少延长 1 个工作日"),
        ("extend", {"days": "-5"}, "至少延长 1 个工作日"),
        ("extend", {"days": "61"}, "一次最多延长 60 个工作日"),
        ("extend", {"days": "9" * 30}, "一次最多延长 60 个工作日"),
        ("extend", {"days": "2026-12-01"}, "请填写整数"),
        ("extend", {"days": "1.5"}, "请填写整数"),
        ("resume", {}, "目前没有暂停计时。"),
    ],
    warm=True,
)
def test_what_is_not_right_comes_back_in_words(liaison_client, received, act, changes, why):
    response = liaison_client.post(url(received, act), {"version": received.version} | SENT[act] | changes)
    assert response.status_code == 422
    assert why in words(response)
    assert not DeadlineChange.objects.exists()


@pytest.mark.parametrize("act", ["pause", "extend"])
def test_a_stale_page_keeps_what_was_typed(liaison_client, act):
    demand = factories.demand()
    page = form(liaison_client.get(url(demand, act)), "version")
    services.handling.assign(demand, liaison_client.user, actor=liaison_client.user)
    response = page.send(liaison_client, url(demand, act), **SENT[act])
    assert response.status_code == 409
    assert form(response, "reason").values["reason"] == SENT[act]["reason"]
    assert not DeadlineChange.objects.exists()
    assert form(response, "reason").send(liaison_client, url(demand, act)).status_code == 302


def test_a_form_sent_twice_pauses_once(liaison_client):
    demand = factories.demand()
    page = form(liaison_client.get(url(demand, "pause")), "version")
    assert page.send(liaison_client, url(demand, "pause"), **SENT["pause"]).status_code == 302
    assert page.send(liaison_client, url(demand, "pause"), **SENT["pause"]).status_code == 409
    assert DeadlineChange.objects.count() == 1


@pytest.mark.parametrize("changes", [0, 3])
def test_the_panel_asks_once_however_much_was_changed(liaison_client, django_assert_num_queries, changes):
    demand = factories.demand()
    for _time in range(changes):
        services.deadlines.pause(demand, "几号楼？", actor=liaison_client.user)
        services.deadlines.resume(demand, actor=liaison_client.user)
    liaison_client.get(url(demand))
    from django.db import connection  # counted by table, since other panels have queries of their own
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        response = liaison_client.get(url(demand))
    about = [query for query in queries if "demands_deadlinechange" in query["sql"]]
    assert (response.status_code, len(about)) == (200, 1)


# --- In words everywhere ---------------------------------------------------------------------------------------------


@pytest.fixture
def monday(monkeypatch):
    """Today is Monday 28 September 2026, after the holiday of the middle of autumn (Friday to Sunday)."""
    moment = datetime.datetime.fromisoformat("2026-09-28T10:00+08:00")
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    return moment


HOW_LATE = [
    ("2026-09-30", "距回应期限 2 个工作日", ""),
    ("2026-09-28", "今天到期（回应）", ""),
    ("2026-09-24", "回应已超期 1 个工作日", "已超期 1 个工作日（期限2026年9月24日 星期四）"),
    # Sunday the 20th was worked: 20 to 24 and 28.
    ("2026-09-18", "回应已超期 6 个工作日", "已超期 6 个工作日（期限2026年9月18日 星期五）"),
]


def test_how_late_it_is_stands_everywhere(monday, liaison_client, resident):
    codes = [new_code() for _ in HOW_LATE]
    demands = [factories.demand(public=True, code=code) for code in codes]
    for demand, (due, _words, _public) in zip(demands, HOW_LATE, strict=True):
        Demand.objects.filter(pk=demand.pk).update(response_due=due)
    desk, public_list = words(liaison_client.get(LIST)), words(resident.get("/demands/"))
    assert public_list.count("已超期") == 2
    for demand, code, (due, words_, public) in zip(demands, codes, HOW_LATE, strict=True):
        assert words_ in desk and words_ in words(liaison_client.get(url(demand)))
        assert f"2026年9月{int(due[-2:])}日" in desk
        assert public in public_list
        for address in (f"/demands/{demand.ref}/", f"/demands/track/{code}/"):
            text = words(resident.get(address))
            assert ("已超期" in text) == bool(public), address
            assert public in text, address


def test_that_it_is_paused_stands_everywhere(liaison_client, resident):
    code = "7KXM-2345-ABCD-EFGH-JKMN-PQRS-TVWX"
    demand = factories.demand(public=True, code=code)
    addresses = ("/demands/", f"/demands/{demand.ref}/", f"/demands/track/{code}/")
    for address in addresses:
        assert "已暂停" not in words(resident.get(address)), address
    services.deadlines.pause(demand, "请王女士说说是几号楼。", actor=liaison_client.user)
    Demand.objects.update(response_due=timezone.localdate() - 5 * DAY)
    for address in addresses:
        text = words(resident.get(address))
        assert "已暂停计时" in text, address
        assert "已超期" not in text, address
        # What is asked for is between the office and the resident.
        assert ("请王女士说说" in text) == ("track" in address), address
    for address in (LIST, url(demand)):
        assert "已暂停计时，待居民补充" in words(liaison_client.get(address)), address


def test_a_row_kept_from_yesterday_counts_one_day_more_today(resident, monkeypatch):
    factories.demand(public=True)
    Demand.objects.update(response_due="2026-09-28")
    for text, days in (("2026-09-29", 1), ("2026-09-30", 2), ("2026-10-08", 3)):
        moment = datetime.datetime.fromisoformat(f"{text}T10:00+08:00")
        monkeypatch.setattr("django.utils.timezone.now", lambda moment=moment: moment)
        for _time in range(2):
            assert f"已超期 {days} 个工作日（期限2026年9月28日 星期一）" in words(resident.get("/demands/"))


# --- Queues ----------------------------------------------------------------------------------------------------------


def refs(client, query: str) -> set[str]:
    return {row.ref for row in client.get(f"{LIST}?{query}").context["cl"].result_list}


def test_the_queues_and_tiles_of_paused_and_told(liaison_client, community_client):
    places = factories.tree()
    near = factories.demand(description="即将到期")
    elsewhere = factories.demand(description="别的社区", area=places.other_compound)
    waits = factories.demand(description="等补充")
    services.deadlines.pause(waits, "几号楼？", actor=liaison_client.user)
    for client, area in ((liaison_client, places.subdistrict), (community_client, places.community)):
        EscalationRule.objects.create(area=area, when="before", days=60, user=client.user)
    services.deadlines.escalate()
    assert refs(liaison_client, "queue=paused") == refs(community_client, "queue=paused") == {waits.ref}
    assert refs(liaison_client, "queue=escalated") == {near.ref, elsewhere.ref}
    assert refs(community_client, "queue=escalated") == {near.ref}
    counts = {
        tile["url"].partition("queue=")[2]: tile["count"] for tile in liaison_client.get("/admin/").context["tiles"]
    }
    assert (counts["paused"], counts["escalated"]) == (1, 2)
    factories.make_move(near, S.WITHDRAWN, actor=RESIDENT)
    assert refs(liaison_client, "queue=escalated") == {elsewhere.ref}


# --- Rules -----------------------------------------------------------------------------------------------------------


def new_rule(holder, /, **changes) -> dict:
    place = factories.tree().subdistrict
    values = {"area": place.pk, "category": "", "when": "before", "days": "1", "user": holder.pk, "is_active": "on"}
    return values | changes


def test_liaison_staff_say_who_is_told(liaison_client):
    colleague = factories.community_staff()
    response = liaison_client.post(f"{RULES}add/", new_rule(colleague))
    assert response.status_code == 302
    [rule] = EscalationRule.objects.all()
    assert (rule.user, rule.when, rule.days, rule.is_active) == (colleague, "before", 1, True)
    assert AuditEntry.objects.filter(action="added", actor=liaison_client.user).count() == 1
    # Switched off, and nothing else changed, whatever is sent.
    address = f"{RULES}{rule.pk}/change/"
    sent = new_rule(liaison_client.user, days="9") | {"is_active": ""}
    page = form(liaison_client.get(address), "is_active")
    assert page.send(liaison_client, address, **sent).status_code == 302
    rule.refresh_from_db()
    assert (rule.user, rule.days, rule.is_active) == (colleague, 1, False)


@pytest.fixture
def accounts():
    """Areas and accounts by name that do not fit, or fit only somewhere else."""
    places = factories.tree()
    gone = factories.community_staff("gone")
    gone.is_active = False
    gone.save()
    return {
        "far": factories.liaison_staff("far", places.far_subdistrict).pk,
        "far area": places.far_subdistrict.pk,
        "other": places.other_community.pk,
        "community": factories.community_staff().pk,
        "member": factories.member().pk,
        "gone": gone.pk,
    }


@each_row(
    ("changes", "why"),
    [
        ({"days": "61"}, "最多 60 个工作日。"),
        ({"days": "-1"}, "大于或等于0"),
        ({"days": ""}, "这个字段是必填项"),
        ({"days": "x"}, "输入整数"),
        ({"when": "never"}, "不在可用的选项中"),
        ({"user": ""}, "这个字段是必填项"),
        ({"area": "far area"}, "选择一个有效的选项"),
        ({"user": "far"}, "选择一个有效的选项"),
        ({"user": "member"}, "选择一个有效的选项"),
        ({"user": "gone"}, "选择一个有效的选项"),
        ({"area": "other", "user": "community"}, "这个账号看不到该区域的需求"),
    ],
    warm=True,
)
def test_a_rule_that_could_tell_nobody_is_refused(liaison_client, accounts, changes, why):
    changes = {name: accounts.get(value, value) for name, value in changes.items()}
    response = liaison_client.post(f"{RULES}add/", new_rule(liaison_client.user, **changes))
    assert response.status_code == 200
    assert why in words(response)
    assert not EscalationRule.objects.exists()


def test_the_same_rule_twice_is_one_too_many(liaison_client):
    assert liaison_client.post(f"{RULES}add/", new_rule(liaison_client.user)).status_code == 302
    response = liaison_client.post(f"{RULES}add/", new_rule(liaison_client.user))
    assert "这条规则已存在。" in words(response)
    assert EscalationRule.objects.count() == 1


def test_a_rule_that_has_told_somebody_is_not_deleted(liaison_client):
    factories.demand()
    rule = EscalationRule.objects.create(
        area=factories.tree().subdistrict, when="before", days=60, user=liaison_client.user
    )
    services.deadlines.escalate()
    liaison_client.post(f"{RULES}{rule.pk}/delete/", {"post": "yes"})
    assert EscalationRule.objects.filter(pk=rule.pk).exists()
    Escalation.objects.all().delete()
    assert liaison_client.post(f"{RULES}{rule.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not EscalationRule.objects.exists()


@pytest.mark.parametrize(
    ("role", "look", "add"),
    [("community", 200, 403), ("auditor", 200, 403), ("member", 302, 302), ("liaison", 200, 200), ("admin", 200, 200)],
)
def test_who_may_look_at_rules_and_make_them(request, role, look, add):
    client = request.getfixturevalue(f"{role}_client")
    places = factories.tree()
    holder = factories.liaison_staff("holder")
    for area in (places.community, places.far_community):
        EscalationRule.objects.create(area=area, when="after", days=0, user=holder)
    response = client.get(RULES)
    assert response.status_code == look
    if look == 200:
        assert len(response.context["cl"].result_list) == (2 if role == "admin" else 1)
    assert client.get(f"{RULES}add/").status_code == add


def test_the_rules_cost_the_same_at_any_number(liaison_client, django_assert_num_queries):
    place, user = factories.tree().subdistrict, liaison_client.user
    EscalationRule.objects.create(area=place, when="after", days=0, user=user)
    liaison_client.get(RULES)
    with django_assert_num_queries(6):
        liaison_client.get(RULES)
    for days in range(1, 4):
        EscalationRule.objects.create(area=place, when="after", days=days, user=user)
    with django_assert_num_queries(6):
        liaison_client.get(RULES)


def test_the_mail_leads_to_the_queue(liaison_client, mailoutbox):
    user = liaison_client.user
    user.email = "li@example.com"
    user.save(update_fields=["email"])
    demand = factories.demand(phone="", called="", consent_handling=False)
    EscalationRule.objects.create(area=factories.tree().subdistrict, when="before", days=60, user=user)
    services.deadlines.escalate()
    while send_next():
        pass
    [mail] = mailoutbox
    assert mail.to == ["li@example.com"]
    assert mail.subject == "期限提醒：0 件需求已超期，1 件即将到期"
    assert f"最紧急的是 {demand.ref}" in mail.body
    assert demand.description not in mail.body
    address = mail.body.partition("http://portal.example")[2].split()[0]
    assert [row.ref for row in liaison_client.get(address).context["cl"].result_list] == [demand.ref]


def test_such_a_message_is_seen_by_who_may_see_the_demand(liaison_client, auditor_client):
    far = factories.liaison_staff("far", factories.tree().far_subdistrict)
    for user, area in ((far, factories.tree().far_compound), (liaison_client.user, factories.tree().compound)):
        user.email = f"{user.username}@example.com"
        user.save(update_fields=["email"])
        factories.demand(area=area, phone="", called="", consent_handling=False)
        EscalationRule.objects.create(area=area, when="before", days=60, user=user)
    services.deadlines.escalate()
    assert OutboxMessage.objects.filter(template="escalation").count() == 2
    for client in (liaison_client, auditor_client):
        rows = client.get("/admin/foundation/outboxmessage/").context["cl"].result_list
        assert [row.user for row in rows] == [liaison_client.user]
