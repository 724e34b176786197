"""Which pictures the handbooks have: the page of each, and what has a number on it."""

from urllib.parse import urlencode

from django.urls import reverse
from playwright.sync_api import Page

from consultation.models import Agreement, Event
from consultation.workflow import AgreementStatus, EventStatus
from demands.models import Demand, Dispatch
from demands.workflow import DemandStatus, DispatchStatus
from foundation.accounts import User, one_time_path
from members.models import Member

from .taking import PHONE, Picture

SIGN_IN = "/accounts/login/"
ANSWER = "您好，已联系物业和充电设施企业，下周三前增设 12 个充电位。施工期间请把车停在南门车棚。"


def everything() -> list[Picture]:
    return [*signing_in(), *desk(), *demand(), *meetings(), *running(), *community(), *member(), *member_work()]


def _admin(name: str, *arguments) -> str:
    return reverse(f"admin:{name}", args=arguments)


def _buttons(*words: str) -> tuple[str, ...]:
    return tuple(f'main :is(a:text-is("{word}"), button:text-is("{word}"), input[value="{word}"])' for word in words)


def signing_in() -> list[Picture]:
    return [
        Picture(
            "sign-in", "", SIGN_IN, ("#id_username", "#id_password", *_buttons("登录")), start="main h1", height=430
        ),
        Picture(
            "authenticator",
            "",
            SIGN_IN,
            (".scan", "#id_code", *_buttons("启用验证器")),
            start="main h1",
            height=880,
            act=_with_password,
        ),
    ]


def _with_password(page: Page) -> None:
    page.fill("#id_username", "liuying")
    page.fill("#id_password", "nanhu-demo")
    page.click('main button:text-is("登录")')
    page.wait_for_selector(".scan")


def desk() -> list[Picture]:
    tiles = ("已超期", "未分派", "消息未送达")
    return [
        Picture("desk", "liaison", "/admin/", tuple(f'.tiles a:has-text("{tile}")' for tile in tiles), height=560),
        Picture(
            "demands",
            "liaison",
            _admin("demands_demand_changelist") + "?queue=open",
            (
                "#changelist-search",
                "#changelist-filter details:first-of-type",
                ".actions select",
                ".object-tools li:last-child a",
            ),
            height=760,
        ),
    ]


def demand() -> list[Picture]:
    new = Demand.objects.filter(status=DemandStatus.RECEIVED, contact__isnull=False, consent_publication=True).earliest(
        "pk"
    )
    accepted = Demand.objects.get(
        status=DemandStatus.ACCEPTED, consent_publication=True, description__contains="充电位"
    )
    return [
        Picture(
            "demand",
            "liaison",
            _admin("demands_demand_change", new.pk),
            (
                ".own-words",
                'main a:text-is("查看…")',
                "#combined-heading",
                '.moves[aria-label="改变状态"]',
                ".timeline",
            ),
            height=1100,
        ),
        Picture(
            "combined",
            "liaison",
            _admin("demands_demand_change", new.pk),
            (".macros", "#id_accepts", "#id_answer", "#id_title", *_buttons("办理所勾选的")),
            start="#combined",
            height=1300,
            cut=700,
            act=_filling_in,
        ),
        Picture(
            "answer",
            "liaison",
            _admin("demands_demand_change", accepted.pk),
            ("#id_standard", "#id_answer", "[data-keep-draft]", *_buttons("办理所勾选的")),
            start="#combined",
            height=860,
            cut=700,
            act=_writing,
        ),
        Picture(
            "publish",
            "liaison",
            _admin("demands_demand_publish", accepted.pk),
            ("#id_title", "#id_summary", "#id_basis", *_buttons("预览", "公开")),
            start="main h1",
            height=720,
            cut=760,
            act=_rewording,
        ),
        Picture(
            "reveal",
            "liaison",
            _admin("demands_demand_reveal", new.pk),
            ("#id_reason", *_buttons("查看")),
            start="main h1",
            height=270,
            cut=760,
        ),
        Picture(
            "suggest",
            "liaison",
            _admin("demands_demand_suggest", accepted.pk),
            ("table td:nth-child(2)", "table .button >> nth=0"),
            start="main h1",
            height=370,
            cut=620,
        ),
        Picture(
            "intake",
            "liaison",
            _admin("demands_demand_add"),
            (
                "#id_channel_0",
                "#id_phone",
                "#id_consent_handling",
                "#id_description",
                "#id_area",
                *_buttons("登记"),
            ),
            start="main h1",
            height=780,
            act=_taking_down,
        ),
    ]


def _filling_in(page: Page) -> None:
    page.click('.macros a:has-text("受理告知并公开")')


def _writing(page: Page) -> None:
    page.check("#id_answers")
    page.fill("#id_answer", ANSWER)
    page.wait_for_selector("[data-keep-draft]:visible", timeout=20_000)


def _taking_down(page: Page) -> None:
    page.fill("#id_phone", "13800000000")
    page.fill("#id_description", "小区电动自行车多，没有地方充电，有人从楼上拉线下来")
    page.wait_for_selector("[data-part=similar] li", timeout=20_000)


def _rewording(page: Page) -> None:
    page.fill("#id_title", "叶语苑增设电动自行车充电位")
    page.fill("#id_summary", "小区电动自行车多、充电位少，居民希望增设集中充电位，消除飞线充电。")
    page.select_option("#id_basis", "web_consent")


def meetings() -> list[Picture]:
    held = Event.objects.filter(status=EventStatus.HELD).earliest("pk")
    agreement = Agreement.objects.filter(status=AgreementStatus.UNDER_WAY).earliest("pk")
    return [
        Picture(
            "event",
            "liaison",
            _admin("consultation_event_change", held.pk),
            _buttons("登记到场…", "写纪要…", "登记约定…", "审定并公布纪要…"),
            height=640,
        ),
        Picture(
            "agreement",
            "liaison",
            _admin("consultation_agreement_change", agreement.pk),
            (".moves >> nth=0", *_buttons("照片…")),
            height=520,
        ),
    ]


def running() -> list[Picture]:
    community = User.objects.get(username="community")
    lost = _admin("foundation_outboxmessage_changelist") + "?status__exact=undeliverable"
    return [
        Picture(
            "account",
            "liaison",
            _admin("foundation_user_change", community.pk),
            _buttons("打印开通单", "停用账号…", "移交工作…", "注销账号…"),
            height=640,
        ),
        Picture(
            "open-account",
            "liaison",
            _admin("foundation_user_add"),
            ("fieldset >> nth=0", "fieldset >> nth=1", *_buttons("开通并打印单子")),
            start="main h1",
            height=1130,
            cut=760,
        ),
        Picture(
            "hand-over",
            "liaison",
            reverse("hand_over"),
            ("#id_to", "#id_reason", *_buttons("全部移交")),
            start="main h1",
            height=640,
        ),
        Picture(
            "structure",
            "liaison",
            _admin("structure"),
            (".button:text-is('填好的示例')", "#id_file", *_buttons("检查")),
            start="main h1",
            height=480,
        ),
        Picture("messages", "liaison", lost, ("#result_list tbody tr >> nth=0", ".actions select"), 1280, height=640),
        Picture("readiness", "liaison", _admin("readiness"), ("section >> nth=0", "section >> nth=1"), height=720),
    ]


def community() -> list[Picture]:
    new = Demand.objects.visible_to(User.objects.get(username="community")).filter(status=DemandStatus.RECEIVED)
    today = Event.objects.filter(status=EventStatus.OPEN).earliest("starts_at")
    return [
        Picture(
            "community-desk",
            "community",
            "/admin/",
            tuple(f'.tiles a:has-text("{tile}")' for tile in ("已超期", "今天到期", "我的")),
            height=420,
        ),
        Picture(
            "community-demand",
            "community",
            _admin("demands_demand_change", new.earliest("pk").pk),
            ("#id_accepts", "#id_answers", *_buttons("办理所勾选的", "内部备注…"), ".due"),
            height=1200,
        ),
        Picture(
            "door",
            "liaison",
            _admin("consultation_event_door", today.pk),
            ("main svg >> nth=0", *_buttons("换新签到码")),
            start="main h1",
            height=700,
        ),
    ]


def member() -> list[Picture]:
    user = User.objects.get(username="member")
    return [
        Picture(
            "slip",
            "liaison",
            _admin("foundation_user_change", user.pk),
            (".account-slip .code", ".account-slip .username"),
            start=".account-slip",
            height=560,
            cut=440,
            act=_on_paper,
        ),
        Picture(
            "member-password",
            "",
            one_time_path(user),
            ("#id_new_password1", "#id_new_password2", *_buttons("保存密码")),
            PHONE,
            "main h1",
            520,
        ),
        Picture(
            "member-sign-in",
            "",
            SIGN_IN,
            ("#id_username", "#id_password", *_buttons("登录")),
            PHONE,
            "main h1",
            460,
        ),
        Picture(
            "member-home", "member", "/my/", ("main .acts a", ".my-rooms", "main .item >> nth=0"), PHONE, "main h1", 700
        ),
    ]


def _on_paper(page: Page) -> None:
    page.click('main :is(a, button):text-is("打印开通单")')
    page.wait_for_selector(".account-slip")
    page.emulate_media(media="print")


def member_work() -> list[Picture]:
    member = Member.objects.get(user__username="member")
    offered = Dispatch.objects.get(member=member, status=DispatchStatus.OFFERED)
    taken = Dispatch.objects.get(member=member, status=DispatchStatus.ACCEPTED)
    today = Event.objects.filter(status=EventStatus.OPEN).earliest("starts_at")
    door = f"{reverse('event_check_in', args=[today.pk])}?{urlencode({'door': today.door_key})}"
    return [
        Picture(
            "member-offered",
            "member",
            reverse("my_demand", args=[offered.pk]),
            _buttons("接受", "谢绝…"),
            PHONE,
            "main h1",
            780,
        ),
        Picture(
            "member-taken",
            "member",
            reverse("my_demand", args=[taken.pk]),
            _buttons("报告完成", "查看联系方式", "告诉工作人员", "无法办理，退回…"),
            PHONE,
            "main h1",
            1260,
        ),
        Picture(
            "member-duty",
            "member",
            reverse("my_duty_new"),
            ("main fieldset >> nth=0", "#id_text", "#id_hours", *_buttons("提交")),
            PHONE,
            "main h1",
            960,
        ),
        Picture(
            "member-resources",
            "member",
            reverse("my_resources"),
            (*_buttons("提供一项资源"), "main .item >> nth=0"),
            PHONE,
            "main h1",
            500,
        ),
        Picture("member-check-in", "member", door, _buttons("签到"), PHONE, "main h1", 420),
    ]
