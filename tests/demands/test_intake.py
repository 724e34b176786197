"""Taking a demand down for somebody: one page, what stands beside it, the slip, and what nobody else gets to see."""

import pytest
from django.contrib.auth.models import Permission

from demands.admin import intake as page_of_intake
from demands.models import Demand, Urgency
from demands.workflow import DemandStatus as S
from foundation import cached
from foundation.audit import AuditEntry
from foundation.drafts import Draft
from tests import factories
from tests.pages import form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"
ADD, EARLIER, SIMILAR = f"{LIST}add/", f"{LIST}add/earlier/", f"{LIST}add/similar/"
PHONE = "13912345678"


def entries(demand) -> list[tuple[str, str, str]]:
    """(action, who, detail) of each audit entry of a demand, oldest first."""
    found = AuditEntry.objects.filter(subject=demand.ref).order_by("pk")
    return [(entry.action, entry.actor.username if entry.actor else "", entry.detail) for entry in found]


def intake(client, **changes):
    values = {
        "channel": "window",
        "direction": "bottom_up",
        "description": "楼道灯不亮",
        "category": factories.category().pk,
        "area": factories.tree().compound.pk,
        "called": "李师傅",
        "phone": PHONE,
        "consent_handling": "on",
    }
    return form(client.get(ADD), "code").send(client, ADD, **(values | changes))


def test_a_need_is_taken_down_at_the_window_and_the_slip_has_its_code(community_client, resident):
    response = intake(community_client)
    assert response.status_code == 200
    demand = Demand.objects.get()
    assert (demand.channel, demand.status, demand.description) == ("window", "received", "楼道灯不亮")
    assert demand.transitions.get().party == "staff"
    assert entries(demand) == [("intake", "community", "window")]
    assert demand.ref in words(response)
    code = response.context["code"]
    assert code in words(response)
    assert demand.ref in words(resident.get(f"/demands/track/{code}/"))
    assert f"{demand.ref} 已登记。" in [str(message) for message in response.context["messages"]]


def test_the_same_intake_sent_twice_is_one_demand(community_client):
    factories.category()
    page = form(community_client.get(ADD), "code")
    values = {
        "description": "楼道灯不亮",
        "channel": "phone",
        "direction": "bottom_up",
        "category": factories.category().pk,
        "area": factories.tree().compound.pk,
    }
    slips = [page.send(community_client, ADD, **values) for _time in range(2)]
    assert Demand.objects.count() == 1
    assert slips[0].context["code"] == slips[1].context["code"]


@each_row(
    ("changes", "why"),
    [
        ({"description": ""}, "请填写发生了什么事"),
        ({"description": "\x00"}, "无法保存的字符"),
        ({"category": ""}, "请选择类别"),
        ({"area": ""}, "请选择地点"),
        ({"phone": "123"}, "请核对电话号码"),
        ({"consent_handling": None}, "填写联系方式，须先征得本人同意"),
        ({"channel": "web"}, "web"),
        ({"code": "x"}, "表单已失效"),
        ({"code": ""}, "必填"),
    ],
)
def test_an_intake_says_what_is_missing(community_client, changes, why):
    response = intake(community_client, **changes)
    assert response.status_code == 422
    assert why in words(response)
    assert not Demand.objects.exists()


def test_intake_keeps_to_ones_own_places(community_client, liaison_client):
    other = factories.tree().other_compound
    assert intake(community_client, area=other.pk).status_code == 422
    assert intake(liaison_client, area=factories.tree().far_compound.pk).status_code == 422
    assert intake(liaison_client, area=other.pk).status_code == 200
    assert Demand.objects.get().area == other


def test_a_department_reports_top_down(liaison_client):
    intake(liaison_client, channel="department", direction="top_down", called="", phone="", consent_handling=None)
    demand = Demand.objects.get()
    assert (demand.channel, demand.direction, demand.contact) == ("department", "top_down", None)


# --- Beside the form -------------------------------------------------------------------------------------------------


def part(response, name: str) -> str:
    """A part of the page that a script asked for."""
    assert response.status_code == 200
    return " ".join(response.json()["parts"][name].split())


def test_a_caller_is_known_by_the_number_and_only_where_staff_work(community_client, django_assert_num_queries):
    mine = factories.demand(S.ACCEPTED, phone=PHONE, description="楼道灯不亮，电话 13812345678")
    elsewhere = [
        factories.demand(phone=PHONE, area=area, description="别处的事")
        for area in (factories.tree().other_compound, factories.tree().far_compound)
    ]
    other = factories.demand(phone="13900000000", description="别人的事")
    community_client.get(ADD)
    with django_assert_num_queries(7):
        shown = part(community_client.post(EARLIER, {"phone": "+86 139 1234-5678"}), "earlier")
    assert f"{mine.ref} 楼道灯不亮，电话 138****5678" in shown and "已受理" in shown and "桂花社区 · 桂花苑" in shown
    assert not any(demand.ref in shown for demand in (*elsewhere, other))
    assert PHONE not in shown
    assert "您的工作范围内没有。" in part(community_client.post(EARLIER, {"phone": "13811112222"}), "earlier")
    for few in ("", "5678", "1391234567", "x"):
        assert "填完电话" in part(community_client.post(EARLIER, {"phone": few}), "earlier")


def test_only_the_newest_of_a_caller_are_listed_with_the_same_number_of_queries(
    community_client, django_assert_num_queries
):
    refs = [factories.demand(phone=PHONE).ref for _time in range(10)]
    community_client.get(ADD)
    with django_assert_num_queries(7):
        shown = part(community_client.post(EARLIER, {"phone": PHONE}), "earlier")
    assert [ref for ref in refs if ref in shown] == refs[2:]


def test_a_number_is_looked_up_by_who_may_see_contacts_and_so_often_an_hour(liaison_client, monkeypatch):
    demand = factories.demand(phone=PHONE)
    monkeypatch.setattr(page_of_intake, "PHONES_AN_HOUR", 1)
    assert demand.ref in part(liaison_client.post(EARLIER, {"phone": PHONE}), "earlier")
    often = liaison_client.post(EARLIER, {"phone": PHONE})
    assert often.status_code == 429 and "查得太频繁" in often.json()["parts"]["earlier"]
    page = words(liaison_client.post(ADD, {"phone": PHONE, "look": "1"}))
    assert "查得太频繁" in page and demand.ref not in page
    # The demand can be taken down all the same.
    assert intake(liaison_client).status_code == 200
    liaison_client.user.groups.get().permissions.remove(permission("reveal_contact"))
    assert liaison_client.post(EARLIER, {"phone": PHONE}).status_code == 403
    page = words(liaison_client.post(ADD, {"phone": PHONE, "look": "1"}))
    assert "这个电话以前提过的" not in page and demand.ref not in page


def permission(codename: str) -> Permission:
    return Permission.objects.get(codename=codename)


def test_similar_ones_are_listed_while_staff_write(liaison_client, django_assert_num_queries):
    lift = factories.demand(description="3 号楼电梯又停了，老人下不了楼。")
    far = factories.demand(description="3 号楼电梯又停了，老人下不了楼。", area=factories.tree().far_compound)
    typed = {"description": "3 号楼电梯停了，我母亲被困在里面", "area": factories.tree().compound.pk}
    liaison_client.get(ADD)
    with django_assert_num_queries(9):
        answer = liaison_client.post(SIMILAR, typed)
    shown = part(answer, "similar")
    assert lift.ref in shown and "都提到：" in shown and "同一小区" in shown
    assert far.ref not in shown
    assert "提到“被困”，可能紧急。" in part(answer, "danger")
    assert answer.json()["category"] == ""
    nothing = liaison_client.post(SIMILAR, {"description": "想学太极拳", "area": "x", "category": "x"})
    assert "没有相近的。" in part(nothing, "similar") and part(nothing, "danger") == ""
    assert "写了发生什么事" in part(liaison_client.post(SIMILAR), "similar")


def test_similar_ones_are_asked_for_so_often_an_hour(liaison_client, monkeypatch):
    monkeypatch.setattr(page_of_intake, "TEXTS_AN_HOUR", 0)
    answer = liaison_client.post(SIMILAR, {"description": "电梯停了"})
    assert (answer.status_code, answer.json()) == (429, {"parts": {}})


def test_without_a_script_a_button_shows_the_same_and_keeps_what_was_typed(community_client):
    before = factories.demand(phone=PHONE, description="楼道灯不亮")
    typed = {"phone": PHONE, "description": "楼道灯又不亮了，怕触电", "called": "李师傅", "consent_handling": "on"}
    page = form(community_client.get(ADD), "code")
    looked = page.send(community_client, ADD, look="先查一查", channel="window", **typed)
    assert looked.status_code == 200 and Demand.objects.count() == 1
    shown = words(looked)
    assert shown.count(before.ref) == 2  # the caller's, and a similar one
    assert "提到“触电”，可能紧急。" in shown and "请选择地点" not in shown
    kept = form(looked, "code").values
    assert {name: kept[name] for name in typed} == typed
    assert (kept["channel"], kept["code"]) == ("window", page.values["code"])
    # A form that comes back shows them too.
    refused = form(looked, "code").send(community_client, ADD)
    assert refused.status_code == 422 and "请选择地点" in words(refused)
    assert words(refused).count(before.ref) == 2


def test_what_is_urgent_is_decided_while_it_is_taken_down(community_client):
    intake(community_client, urgent="on")
    demand = Demand.objects.get()
    assert demand.urgency == Urgency.URGENT
    assert entries(demand) == [("intake", "community", "window, urgency: urgent")]
    intake(community_client, description="楼道里燃气泄漏", phone="13811112222")
    assert Demand.objects.latest("pk").urgency == Urgency.SUGGESTED


def test_urgency_is_decided_by_who_may_triage(community_client):
    community_client.user.groups.get().permissions.remove(permission("accept_demand"))
    assert "urgent" not in form(community_client.get(ADD), "code").values
    intake(community_client, urgent="on")
    assert Demand.objects.get().urgency == Urgency.ORDINARY


def test_what_is_being_taken_down_is_kept_while_staff_write(community_client):
    page = form(community_client.get(ADD), "code")
    kept = page.send(community_client, ADD, _draft="1", description="楼道灯不亮", phone=PHONE, consent_handling="on")
    assert kept.json()["kept"] and not Demand.objects.exists()
    [draft] = Draft.objects.all()
    assert PHONE not in draft.sealed and "楼道灯" not in draft.sealed
    again = community_client.get(ADD)
    assert "未提交的草稿" in words(again)
    found = form(again, "code").values
    assert (found["description"], found["phone"], found["consent_handling"]) == ("楼道灯不亮", PHONE, "on")
    values = {"category": factories.category().pk, "area": factories.tree().compound.pk}
    form(again, "code").send(community_client, ADD, **values)
    assert Demand.objects.count() == 1 and not Draft.objects.exists()


def test_places_are_offered_with_what_people_type_for_them(community_client):
    page = community_client.get(ADD).content.decode()
    assert 'data-keys="ghsq guihuashequ ghso guihuasheou ghy guihuayuan">桂花社区 · 桂花苑</option>' in page
    places = community_client.get(ADD).context["form"].fields["area"].choices
    assert [label for _key, label in places] == ["请选择", "桂花社区", "桂花社区 · 桂花苑", "桂花社区 · 桂花新村"]


def test_taking_a_demand_down_takes_few_queries(community_client, django_assert_num_queries):
    factories.demand(phone=PHONE, description="楼道灯不亮")
    cached.forget_all()
    intake(community_client)
    with django_assert_num_queries(5):
        page = form(community_client.get(ADD), "code")
    values = {"description": "楼道灯又不亮了", "phone": PHONE, "called": "李师傅", "consent_handling": "on"}
    values |= {"category": factories.category().pk, "area": factories.tree().compound.pk, "urgent": "on"}
    with django_assert_num_queries(12):
        page.send(community_client, ADD, look="1", **values)
    with django_assert_num_queries(15):
        slip = page.send(community_client, ADD, **values)
    assert slip.context["demand"].urgency == Urgency.URGENT


def test_the_slip_leads_to_the_page_of_the_demand_and_on(community_client, settings):
    slip = intake(community_client)
    demand, code = Demand.objects.get(), slip.context["code"]
    assert slip.context["address"] == f"{settings.SITE_URL}/demands/track/{code}/"
    html = slip.content.decode()
    assert "<svg" in html and "环境卫生 · 桂花社区 · 桂花苑" in words(slip)
    assert f'href="{LIST}{demand.pk}/change/">打开这件</a>' in html and f'href="{ADD}">再登一件</a>' in html
    assert "楼道灯" not in html and PHONE not in html and "李师傅" not in html
