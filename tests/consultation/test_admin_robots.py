"""The robots of group chats in the admin: addresses of the platforms alone, secrets that are not shown, a trial."""

import datetime

import pytest

from consultation.models import Robot
from foundation import drafts, outbox
from foundation.audit import AuditEntry
from foundation.webhooks import Webhook
from tests import factories
from tests.consultation.test_alerts import platform  # noqa: F401 - a fixture
from tests.pages import form, words

pytestmark = pytest.mark.django_db

LIST = "/admin/consultation/robot/"
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a-key-of-ours"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=a-token-of-ours"


def added(client, *, page=None, **values):
    """The answer to the form of a new robot, filled in."""
    page = page or form(client.get(f"{LIST}add/"), "secret_address")
    usual = {"name": "工作群", "platform": "wecom", "secret_address": WECOM, "area": factories.tree().community.pk}
    return page.send(client, f"{LIST}add/", **usual | {"kinds": ["new", "deadline"]} | values)


def test_a_robot_is_added_and_its_secrets_are_not_shown_again(liaison_client):
    assert all("新增群机器人" in words(liaison_client.get(address)) for address in (LIST, f"{LIST}add/"))
    assert added(liaison_client, platform="dingtalk", secret_address=DINGTALK, secret="SEC123").status_code == 302
    made = Robot.objects.get()
    assert (made.kinds, made.is_active, made.opened()) == (["new", "deadline"], True, (DINGTALK, "SEC123"))
    for address in (LIST, f"{LIST}{made.pk}/change/", f"{LIST}{made.pk}/history/"):
        page = liaison_client.get(address).content.decode()
        assert "a-token-of-ours" not in page and "SEC123" not in page, address
    assert "oapi.dingtalk.com …ours" in words(liaison_client.get(LIST))
    assert "新需求、期限临近" in words(liaison_client.get(LIST))
    [entry] = AuditEntry.objects.filter(action="added", actor=liaison_client.user)
    assert "token" not in entry.detail


def test_what_does_not_fit_gets_a_sentence_and_what_was_typed_stays(liaison_client, subtests):
    page = form(liaison_client.get(f"{LIST}add/"), "secret_address")
    for values, said in (
        (
            {"secret_address": ""},
            "请填写企业微信群机器人的地址，形如 https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
        ),
        ({"secret_address": DINGTALK}, "请填写企业微信群机器人的地址"),
        ({"secret_address": "http://169.254.169.254/latest/"}, "请填写企业微信群机器人的地址"),
        ({"platform": "feishu"}, "请填写飞书群机器人的地址，形如 https://open.feishu.cn/open-apis/bot/v2/hook/…"),
        ({"secret": "SEC123"}, "企业微信的机器人没有签名密钥，请留空。"),
        ({"kinds": []}, "请至少选择一种"),
        ({"kinds": ["no-such-kind"]}, "请选择列表中的事"),
    ):
        response = added(liaison_client, page=page, name="社区工作群", **values)
        with subtests.test(str(values)):
            assert said in words(response)
            assert form(response, "secret_address").values["name"] == "社区工作群"
            assert not Robot.objects.exists()


def test_a_blank_address_keeps_the_old_one_and_a_new_one_replaces_both(liaison_client):
    made = factories.robot(address=DINGTALK, secret="SEC1", platform="dingtalk")
    page = f"{LIST}{made.pk}/change/"

    def edit(**values) -> tuple[str, str]:
        sent = form(liaison_client.get(page), "secret_address").send(liaison_client, page, kinds=["new"], **values)
        assert sent.status_code == 302
        made.refresh_from_db()
        return made.opened()

    assert "已保存 oapi.dingtalk.com …ours，不改就留空" in words(liaison_client.get(page))
    assert edit(name="新名") == (DINGTALK, "SEC1")
    assert edit(secret="SEC2") == (DINGTALK, "SEC2")
    assert edit(secret_address=f"{DINGTALK}2") == (f"{DINGTALK}2", "")
    sent = form(liaison_client.get(page), "secret_address").send(liaison_client, page, kinds=["new"], platform="feishu")
    assert "请填写飞书群机器人的地址" in words(sent)


def test_a_draft_holds_neither_address_nor_secret(liaison_client):
    page = form(liaison_client.get(f"{LIST}add/"), "secret_address")
    values = {"name": "工作群", "secret_address": WECOM, "secret": "SEC123", drafts.KEEP: "1"}
    page.send(liaison_client, f"{LIST}add/", **values)
    kept = drafts.find(liaison_client.user, f"{LIST}add/").posted
    assert kept.getlist("name") == ["工作群"]
    assert not {"secret_address", "secret"} & set(kept)


def test_staff_keep_the_robots_of_their_own_areas(liaison_client, community_client):
    there = factories.tree()
    mine, theirs = factories.robot(there.community), factories.robot(there.far_community, name="别处的群")
    assert "别处的群" not in words(liaison_client.get(LIST))
    assert liaison_client.get(f"{LIST}{theirs.pk}/change/").status_code == 404
    assert liaison_client.post(f"{LIST}{theirs.pk}/try/").status_code == 404
    assert "选择一个有效的选项" in words(added(liaison_client, area=there.far_community.pk))
    assert community_client.post(f"{LIST}{mine.pk}/try/").status_code == 403
    assert Robot.objects.count() == 2


def test_a_robot_goes_with_what_it_was_to_say(liaison_client):
    made = factories.robot()
    hour = datetime.timedelta(hours=1)
    outbox.enqueue_joined("alert", [["new", "NH-1", 1]], webhook=made, ref="NH-1", key="x", apart=hour)
    page = form(liaison_client.get(f"{LIST}{made.pk}/delete/"), "post")
    assert page.send(liaison_client, f"{LIST}{made.pk}/delete/").status_code == 302
    assert not Robot.objects.exists() and not Webhook.objects.exists() and not outbox.OutboxMessage.objects.exists()


# --- The trial -------------------------------------------------------------------------------------------------------


def tried(client, platform, answer: object, status: int = 200) -> str:  # noqa: F811 - the fixture's value
    platform.answer, platform.status = answer, status
    made = factories.robot(address=f"http://{platform.host}/cgi-bin/webhook/send?key=a-key-of-ours")
    return words(client.post(f"{LIST}{made.pk}/try/", follow=True))


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ({"errcode": 0, "errmsg": "ok"}, 200, "已发出，请在群里查看。平台的答复：0 ok"),
        (
            {"errcode": 93000, "errmsg": "invalid webhook url a-key-of-ours"},
            200,
            "平台没有接受。平台的答复：93000 invalid webhook url ***",
        ),
        ({"errcode": 0}, 302, "没有发出：服务商拒绝了请求。"),
        (b"<html>", 200, "没有发出：服务商的答复无法读懂。"),
    ],
)
def test_a_trial_shows_what_the_platform_answered(answer, status, said, liaison_client, platform):  # noqa: F811
    assert said in tried(liaison_client, platform, answer, status)
    assert "这是一条测试消息" in platform.asked[0]["body"].decode()
    assert AuditEntry.objects.filter(action="channel_tried", actor=liaison_client.user).count() == 1


def test_trials_are_few_and_reading_the_address_posts_nothing(liaison_client, platform, monkeypatch):  # noqa: F811
    from consultation.services import alerts  # patched here alone

    monkeypatch.setattr(alerts, "TRIALS_AN_HOUR", 1)
    made = factories.robot()
    assert liaison_client.get(f"{LIST}{made.pk}/try/").status_code == 302
    assert platform.asked == []
    tried(liaison_client, platform, {"errcode": 0})
    assert "一小时内试发得太多了" in tried(liaison_client, platform, {"errcode": 0})
    assert len(platform.asked) == 1
