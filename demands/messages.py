"""What the portal writes to residents: a few approved texts with the reference and a link."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import portal
from foundation.sms import Text

from .tracking import signed_link

# id → (subject, text). An SMS provider approves these texts beforehand, with ${ref} and ${link} in their places.
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
    "link": (
        gettext_lazy("需求 %(ref)s 的查询链接"),
        gettext_lazy("您要的查询链接（需求 %(ref)s，7 天内有效）：%(link)s 如果不是您本人要的，请不必理会。"),
    ),
}


def render(template: str, parameters: dict) -> Text:
    """Write a message out. Raises `KeyError` for a template that does not exist."""
    subject, body = TEMPLATES[template]
    values = {"ref": parameters["ref"], "link": signed_link(parameters["ref"])}
    signature = _("——%(portal)s") % {"portal": portal.current()}
    return Text(subject % values, f"{body % values}\n\n{signature}", values)
