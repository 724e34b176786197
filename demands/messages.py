"""What the portal writes to residents, and to members about what is dispatched to them: a few approved texts."""

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import portal
from foundation.links import absolute
from foundation.sms import Text

from .models import Dispatch
from .tracking import signed_link

# id → (subject, text). An SMS provider approves these texts beforehand, with ${ref} and so on in their places.
TEMPLATES = {
    "received": (
        gettext_lazy("需求 %(ref)s 已收到"),
        gettext_lazy("您的需求 %(ref)s 已收到，我们会按期回应。查看进度（7 天内有效）：%(link)s"),
    ),
    "accepted": (
        gettext_lazy("需求 %(ref)s 已受理"),
        gettext_lazy("您的需求 %(ref)s 已受理。查看进度（7 天内有效）：%(link)s"),
    ),
    "answered": (
        gettext_lazy("需求 %(ref)s 有新的答复"),
        gettext_lazy("您的需求 %(ref)s 有新的答复。查看（7 天内有效）：%(link)s"),
    ),
    "moved": (
        gettext_lazy("需求 %(ref)s 有新进展"),
        gettext_lazy("您的需求 %(ref)s 有新进展。查看（7 天内有效）：%(link)s"),
    ),
    "resolved": (
        gettext_lazy("需求 %(ref)s 已办结，请您评价"),
        gettext_lazy("您的需求 %(ref)s 已办结，是否真的解决了由您来说。查看和评价（7 天内有效）：%(link)s"),
    ),
    "declined": (
        gettext_lazy("需求 %(ref)s 未予办理"),
        gettext_lazy("您的需求 %(ref)s 未予办理，原因已写明。查看（7 天内有效）：%(link)s"),
    ),
    "merged": (
        gettext_lazy("需求 %(ref)s 已并入相同需求"),
        gettext_lazy("您的需求 %(ref)s 与另一件相同，已并在一起办理。查看（7 天内有效）：%(link)s"),
    ),
    "in_topic": (
        gettext_lazy("需求 %(ref)s 合成了点单议题"),
        gettext_lazy("您的需求 %(ref)s 与相近的需求合成了点单议题，大家正在点。查看（7 天内有效）：%(link)s"),
    ),
    "in_agenda": (
        gettext_lazy("需求 %(ref)s 排上了议程"),
        gettext_lazy("您的需求 %(ref)s 排上了议程，欢迎来一起商量。时间和地点（7 天内有效）：%(link)s"),
    ),
    "talked_over": (
        gettext_lazy("需求 %(ref)s 已经商量过"),
        gettext_lazy("您的需求 %(ref)s 已经在议事活动上商量过。查看结果（7 天内有效）：%(link)s"),
    ),
    # To members.
    "dispatched": (
        gettext_lazy("需求 %(ref)s 请您协助"),
        gettext_lazy("需求 %(ref)s 请您协助，请于%(day)s前答复是否接受。查看和答复：%(link)s"),
    ),
    "dispatch_reminder": (
        gettext_lazy("需求 %(ref)s 等您答复"),
        gettext_lazy("需求 %(ref)s 还在等您答复，期限是%(day)s。接受或谢绝：%(link)s"),
    ),
    "dispatch_cancelled": (
        gettext_lazy("需求 %(ref)s 不用再办"),
        gettext_lazy("派给您的需求 %(ref)s 已经收回，不用再办，谢谢您。原因：%(link)s"),
    ),
    "link": (
        gettext_lazy("需求 %(ref)s 的查询链接"),
        gettext_lazy("您要的查询链接（需求 %(ref)s，7 天内有效）：%(link)s 如果不是您本人要的，请不必理会。"),
    ),
}


def render(template: str, parameters: dict) -> Text:
    """Write a message out. Raises `KeyError` for a template that does not exist."""
    subject, body = TEMPLATES[template]
    values = _of_dispatch(parameters["dispatch"]) if "dispatch" in parameters else _of_demand(parameters["ref"])
    signature = _("——%(portal)s") % {"portal": portal.current()}
    return Text(subject % values, f"{body % values}\n\n{signature}", values)


def _of_demand(ref: str) -> dict:
    return {"ref": ref, "link": signed_link(ref)}


def _of_dispatch(pk: int) -> dict:
    dispatch = Dispatch.objects.select_related("demand").get(pk=pk)
    return {
        "ref": dispatch.demand.ref,
        "day": date_format(dispatch.reply_by),
        "link": absolute(reverse("my_demand", args=[pk])),
    }
