"""Messages to residents about their demands, to members about dispatches and proposals, and to staff: a few texts."""

import datetime

from django.db.models import Exists, Model, OuterRef, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models.subdistricts import voice_of
from foundation import portal
from foundation.links import absolute, on_main_host
from foundation.message_templates import Recipient, Template
from foundation.sms import Text

from .models import Demand, Dispatch, Proposal, Support
from .selectors import supports
from .selectors.tracking import LINK_SECONDS, signed_link

LINK_DAYS = datetime.timedelta(seconds=LINK_SECONDS).days
TEMPLATES = {
    "received": Template(
        gettext_lazy("需求 %(ref)s 已收到"),
        gettext_lazy("您的需求 %(ref)s 已收到，我们会按期回应。查看进度（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "accepted": Template(
        gettext_lazy("需求 %(ref)s 已受理"),
        gettext_lazy("您的需求 %(ref)s 已受理。查看进度（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "answered": Template(
        gettext_lazy("需求 %(ref)s 有新的答复"),
        gettext_lazy("您的需求 %(ref)s 有新的答复。查看（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "moved": Template(
        gettext_lazy("需求 %(ref)s 有新进展"),
        gettext_lazy("您的需求 %(ref)s 有新进展。查看（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "resolved": Template(
        gettext_lazy("需求 %(ref)s 已办结，请您评价"),
        gettext_lazy("您的需求 %(ref)s 已办结，是否真正解决，请您评价。查看和评价（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "declined": Template(
        gettext_lazy("需求 %(ref)s 未予办理"),
        gettext_lazy("您的需求 %(ref)s 未予办理，原因已写明。查看（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "merged": Template(
        gettext_lazy("需求 %(ref)s 已并入相同需求"),
        gettext_lazy("您的需求 %(ref)s 与另一件相同，已一并办理。查看（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "in_topic": Template(
        gettext_lazy("需求 %(ref)s 已合成征集议题"),
        gettext_lazy("您的需求 %(ref)s 与相近的需求合成了征集议题，正在征集。查看（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "in_agenda": Template(
        gettext_lazy("需求 %(ref)s 已列入议程"),
        gettext_lazy("您的需求 %(ref)s 已列入议程，欢迎来一起商量。时间和地点（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "talked_over": Template(
        gettext_lazy("需求 %(ref)s 已经商量过"),
        gettext_lazy("您的需求 %(ref)s 已经在议事活动上商量过。查看结果（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "needs_information": Template(
        gettext_lazy("需求 %(ref)s 请您补充"),
        gettext_lazy("办理您的需求 %(ref)s 需要您补充情况，补充前暂停计算期限。查看和补充（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "extended": Template(
        gettext_lazy("需求 %(ref)s 的期限已延长"),
        gettext_lazy("您的需求 %(ref)s 需要更多时间，期限已延长。查看新的期限（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    "recheck": Template(
        gettext_lazy("需求 %(ref)s 回访"),
        gettext_lazy("您的需求 %(ref)s 已办结一段时间，问题有没有再次出现？请您回答（7 天内有效）：%(link)s"),
        link_days=LINK_DAYS,
    ),
    # To those who support a public demand.
    "supported": Template(
        gettext_lazy("您也需要的事有新进展：%(title)s"),
        gettext_lazy("您也需要的“%(title)s”目前是“%(status)s”。查看或停止接收：%(link)s"),
    ),
    # To staff, by escalation rules.
    "escalation": Template(
        gettext_lazy("期限提醒：%(passed)d 件需求已超期，%(near)d 件即将到期"),
        gettext_lazy(
            "%(passed)d 件需求已超期，%(near)d 件即将到期，最紧急的是 %(ref)s。详见工作台“我收到的期限提醒”：%(link)s"
        ),
        to=Recipient.STAFF,
        by_sms=False,
    ),
    # To members.
    "dispatched": Template(
        gettext_lazy("需求 %(ref)s 请您协助"),
        gettext_lazy("需求 %(ref)s 请您协助，请于%(day)s前答复是否接受。查看和答复：%(link)s"),
        to=Recipient.MEMBER,
    ),
    "dispatch_reminder": Template(
        gettext_lazy("需求 %(ref)s 等您答复"),
        gettext_lazy("需求 %(ref)s 还在等您答复，期限是%(day)s。接受或谢绝：%(link)s"),
        to=Recipient.MEMBER,
    ),
    "dispatch_cancelled": Template(
        gettext_lazy("需求 %(ref)s 无需再办理"),
        gettext_lazy("请您协助的需求 %(ref)s 已收回，无需再办理，谢谢您。原因：%(link)s"),
        to=Recipient.MEMBER,
    ),
    "proposal_given": Template(
        gettext_lazy("请您修改和定稿：%(title)s"),
        gettext_lazy("以您名义提出的“%(title)s”已起草，请您修改和定稿：%(link)s"),
        to=Recipient.MEMBER,
    ),
    "link": Template(
        gettext_lazy("需求 %(ref)s 的查询链接"),
        gettext_lazy("您申请了需求 %(ref)s 的查询链接，7 天内有效；如非您本人操作，请忽略：%(link)s"),
        link_days=LINK_DAYS,
    ),
}


# Parameter that names a row → where the area of such a row is, by which its subdistrict signs.
AREAS: dict[str, tuple[type[Model], str, str]] = {
    "dispatch": (Dispatch, "pk", "demand__area"),
    "proposal": (Proposal, "pk", "subdistrict"),
    "support": (Support, "pk", "demand__area"),
    "ref": (Demand, "ref", "area"),
}


def render(template: str, parameters: dict) -> Text:
    """Render a message. Raises `KeyError` for a template that does not exist."""
    # What is due may be due in several subdistricts.
    with portal.showing(voice_of({} if template == "escalation" else AREAS, parameters)):
        return _write(template, parameters)._replace(writer=portal.shown())


def _write(template: str, parameters: dict) -> Text:
    found = TEMPLATES[template]
    values = _values(template, parameters)
    signature = _("——%(portal)s") % {"portal": portal.shown()}
    return Text(found.subject % values, f"{found.body % values}\n\n{signature}", values)


def _values(template: str, parameters: dict) -> dict:
    if template == "escalation":
        return parameters | {"link": on_main_host(f"{reverse('admin:demands_demand_changelist')}?queue=escalated")}
    if "dispatch" in parameters:
        return _of_dispatch(parameters["dispatch"])
    if "proposal" in parameters:
        return _of_proposal(parameters["proposal"])
    if "support" in parameters:
        return _for_supporter(parameters["support"])
    if template == "recheck":
        return {"ref": parameters["ref"], "link": signed_link(parameters["ref"], "tracking_recheck")}
    return _of_demand(parameters["ref"])


def _for_supporter(pk: int) -> dict:
    demand = Support.objects.select_related("demand").get(pk=pk).demand
    # It may have been unpublished since.
    title = demand.public_title if demand.is_public else demand.ref
    return {"title": title, "status": str(demand.get_status_display()), "link": supports.signed_link(pk)}


def _of_demand(ref: str) -> dict:
    return {"ref": ref, "link": signed_link(ref)}


def _of_dispatch(pk: int) -> dict:
    dispatch = Dispatch.objects.select_related("demand").get(pk=pk)
    return {
        "ref": dispatch.demand.ref,
        "day": date_format(dispatch.reply_by),
        "link": absolute(reverse("my_demand", args=[pk])),
    }


def _of_proposal(pk: int) -> dict:
    return {"title": Proposal.objects.get(pk=pk).title, "link": absolute(reverse("my_proposal", args=[pk]))}


def visible_to(user) -> Q:
    """Return the condition on messages, to residents or staff, about demands that a member of staff may see."""
    demands = Demand.objects.visible_to(user)
    keys = demands.values("pk")
    return (
        Q(contact__demand__in=keys)
        | Q(contact__support__demand__in=keys)
        | Q(Exists(demands.filter(ref=OuterRef("subject_ref"))), user__isnull=False)
    )
