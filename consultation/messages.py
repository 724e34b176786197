"""Messages to those who signed up, ordered a topic or receive study notes, and to staff: a few approved texts with a
link.
"""

from django.db.models import Model, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import outbox, portal
from foundation.links import absolute, on_main_host
from foundation.message_templates import Recipient, Template
from foundation.sms import Text

from .models import Event, Robot, SignUp, StudyNote, Topic
from .models.alerts import alert_kinds
from .models.subdistricts import voice_of
from .services import sign_ups

# Not one of the text's values, but for a digest.
SUMMARY = "summary"
MAX_SUMMARY = 300

TEMPLATES = {
    "event_signed_up": Template(
        gettext_lazy("报名成功：%(title)s"),
        gettext_lazy("您已成功报名“%(title)s”，时间：%(when)s，地点：%(place)s。查看或取消：%(link)s"),
    ),
    "event_waiting": Template(
        gettext_lazy("已排入候补：%(title)s"),
        gettext_lazy("“%(title)s”名额已满，您已排入候补。有空位时按次序递补，并通知您。查看或取消：%(link)s"),
    ),
    "event_moved_up": Template(
        gettext_lazy("候补成功：%(title)s"),
        gettext_lazy(
            "“%(title)s”有了空位，您已候补成功，时间：%(when)s，地点：%(place)s。如不能参加，请取消，把名额让给下一位：%(link)s"
        ),
    ),
    "event_changed": Template(
        gettext_lazy("活动有变动：%(title)s"),
        gettext_lazy("您报名的活动有变动，现在是“%(title)s”，时间：%(when)s，地点：%(place)s。查看或取消：%(link)s"),
    ),
    "event_cancelled": Template(
        gettext_lazy("活动已取消：%(title)s"),
        gettext_lazy("您报名的“%(title)s”（原定 %(when)s）已取消，原因见：%(link)s"),
    ),
    "event_reminder": Template(
        gettext_lazy("活动提醒：%(title)s"),
        gettext_lazy(
            "您报名的“%(title)s”将于 %(when)s 开始，地点：%(place)s。如不能参加，请取消，把名额让给他人：%(link)s"
        ),
    ),
    "event_link": Template(
        gettext_lazy("报名链接：%(title)s"),
        gettext_lazy("您申请了报名“%(title)s”的链接；如非您本人操作，请忽略。查看或取消：%(link)s"),
    ),
    "topic_scheduled": Template(
        gettext_lazy("您关心的议题已列入议程：%(title)s"),
        gettext_lazy("您关心的议题“%(title)s”已列入 %(when)s 的议程，地点：%(place)s，欢迎来一起商量：%(link)s"),
    ),
    "topic_back": Template(
        gettext_lazy("您关心的议题重新征集：%(title)s"),
        gettext_lazy("您关心的议题“%(title)s”重新开放征集，原定的活动这次不商量它。再列入议程时会告诉您：%(link)s"),
    ),
    "topic_discussed": Template(
        gettext_lazy("您关心的议题已经商量：%(title)s"),
        gettext_lazy("您关心的议题“%(title)s”已经商量过，结果见：%(link)s"),
    ),
    "topic_dropped": Template(
        gettext_lazy("您关心的议题不再列入：%(title)s"),
        gettext_lazy("您关心的议题“%(title)s”不再列入，原因见：%(link)s"),
    ),
    "study": Template(
        gettext_lazy("学习要点：%(title)s"),
        gettext_lazy("新的学习要点“%(title)s”已推送，请阅读：%(link)s"),
        to=Recipient.MEMBER,
    ),
    # To staff, of what happened: a kind, a reference and a link for each.
    "alert": Template(
        gettext_lazy("%(what)s"),
        gettext_lazy("%(lines)s\n\n选择收哪些、什么时候收：%(choose)s"),
        to=Recipient.STAFF,
        by_sms=False,
    ),
}
# So many in one message; more are counted.
MAX_LINES = 12


def _when_and_where(event: Event) -> dict[str, str]:
    starts_at = timezone.localtime(event.starts_at)
    return {
        "when": f"{date_format(starts_at, 'DATE_FORMAT')} {date_format(starts_at, 'H:i')}",
        "place": event.where,
    }


def _of_sign_up(key: int) -> dict[str, str]:
    sign_up = SignUp.objects.select_related("event__venue").get(pk=key)
    words = {"title": sign_up.event.title, "link": sign_ups.signed_link(sign_up)}
    return words | _when_and_where(sign_up.event)


def _of_topic(key: int) -> dict[str, str]:
    topic = Topic.objects.get(pk=key)
    return {"title": topic.title, "link": absolute(reverse("topic_detail", args=[topic.pk]))}


def _of_topic_event(key: int) -> dict[str, str]:
    return _when_and_where(Event.objects.select_related("venue").get(pk=key))


def _of_study(key: int) -> dict[str, str]:
    note = StudyNote.objects.get(pk=key)
    link = absolute(reverse("study_detail", args=[note.pk]))
    return {"title": note.title, "link": link, SUMMARY: Truncator(note.body).chars(MAX_SUMMARY)}


# Name of a parameter that holds a row's key → function that returns the text's values for that row at sending time.
WORDS = {"sign_up": _of_sign_up, "topic": _of_topic, "topic_event": _of_topic_event, "study": _of_study}


# The same names → where the area of such a row is, by which its subdistrict signs.
AREAS: dict[str, tuple[type[Model], str, str]] = {
    "sign_up": (SignUp, "pk", "event__area"),
    "topic": (Topic, "pk", "area"),
    "study": (StudyNote, "pk", "series__area"),
}


def render(template: str, parameters: dict) -> Text:
    """Render a message. Raises `KeyError` for a template that does not exist."""
    with portal.showing(voice_of(AREAS, parameters)):
        return _write(template, parameters)._replace(writer=portal.shown())


def _write(template: str, parameters: dict) -> Text:
    if template == "alert":
        return _alert(parameters["items"])
    found = TEMPLATES[template]
    values = {}
    for name, key in parameters.items():
        values |= WORDS[name](key)
    summary = values.pop(SUMMARY, "")
    signature = _("——%(portal)s") % {"portal": portal.shown()}
    return Text(found.subject % values, f"{found.body % values}\n\n{signature}", values, summary)


def _alert(items: list[list]) -> Text:
    """Write what happened. Raises `outbox.Dropped` if this release knows none of it."""
    kinds, lines = alert_kinds(), {}
    for code, ref, row in items:
        if code in kinds:
            what = f"{kinds[code].label} {ref}"
            lines[what] = on_main_host(reverse(kinds[code].page, args=[row]))
    if not lines:
        raise outbox.Dropped
    first, link = next(iter(lines.items()))
    what = _("%(first)s 等 %(count)d 件") % {"first": first, "count": len(lines)} if len(lines) > 1 else first
    written = [_("%(what)s：%(link)s") % {"what": what, "link": link} for what, link in lines.items()][:MAX_LINES]
    if len(lines) > MAX_LINES:
        rest = {"count": len(lines) - MAX_LINES, "link": on_main_host(reverse("admin:index"))}
        written.append(_("另有 %(count)d 件，见工作台：%(link)s") % rest)
    values = {"what": what, "lines": "\n".join(written), "choose": on_main_host(reverse("admin:alerts"))}
    signature = _("——%(portal)s") % {"portal": portal.shown()}
    heading = _("%(portal)s：工作提醒") % {"portal": portal.shown()}
    return Text(
        TEMPLATES["alert"].subject % values,
        f"{TEMPLATES['alert'].body % values}\n\n{signature}",
        {"link": link},
        in_chat=f"{heading}\n{values['lines']}",
    )


def visible_to(user) -> Q:
    """Return the condition on messages about sign-ups and orders, to robots, and to themselves, that a member of staff
    may see.
    """
    return (
        Q(contact__sign_up__event__in=Event.objects.visible_to(user).values("pk"))
        | Q(contact__topic_order__topic__in=Topic.objects.visible_to(user).values("pk"))
        | Q(webhook__in=Robot.objects.visible_to(user).values("pk"))
        | Q(template="alert", user=user)
    )
