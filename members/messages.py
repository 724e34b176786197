"""The messages to members about their resources and duties, and to residents who booked a turn at a reception: approved
texts with a link, no personal text.
"""

from django.db.models import Model, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models.subdistricts import voice_of
from foundation import portal
from foundation.links import absolute
from foundation.message_templates import Recipient, Template
from foundation.sms import Text

from .models import DutyRecord, Member, ProfileChange, Reception, ReceptionBooking, Resource
from .services import receptions

TEMPLATES = {
    "resource_reviewed": Template(
        gettext_lazy("资源已审核通过：%(title)s"),
        gettext_lazy("您提供的资源“%(title)s”已审核通过，开放后居民可以看到。查看和开放：%(link)s"),
        to=Recipient.MEMBER,
    ),
    "resource_turned_down": Template(
        gettext_lazy("资源未采用：%(title)s"),
        gettext_lazy("您提供的资源“%(title)s”这次没有采用，原因见：%(link)s"),
        to=Recipient.MEMBER,
    ),
    "duty_returned": Template(
        gettext_lazy("履职登记需要补充：%(day)s %(kind)s"),
        gettext_lazy("您登记的%(day)s的%(kind)s需要补充或更正，请查看原因，修改后重新提交：%(link)s"),
        to=Recipient.MEMBER,
    ),
    "profile_approved": Template(
        gettext_lazy("您的资料已更新"),
        gettext_lazy("您修改的资料已通过审核。查看：%(link)s"),
        to=Recipient.MEMBER,
    ),
    "profile_refused": Template(
        gettext_lazy("您修改的资料未采用"),
        gettext_lazy("您修改的资料这次未采用，公开页面仍显示原内容。原因见：%(link)s"),
        to=Recipient.MEMBER,
    ),
    "reception_booked": Template(
        gettext_lazy("预约成功：%(who)s接待"),
        gettext_lazy("您已预约%(who)s的接待，时间：%(when)s，地点：%(place)s。查看或取消：%(link)s"),
    ),
    "reception_cancelled": Template(
        gettext_lazy("接待已取消：%(who)s"),
        gettext_lazy("您预约的%(who)s接待（原定 %(when)s）已取消，原因见：%(link)s"),
    ),
    "reception_reminder": Template(
        gettext_lazy("接待提醒：%(who)s"),
        gettext_lazy(
            "您预约了%(who)s的接待，时间：%(when)s，地点：%(place)s。如不能来，请取消，把时间让给他人：%(link)s"
        ),
    ),
    "reception_link": Template(
        gettext_lazy("预约链接：%(who)s接待"),
        gettext_lazy("您申请了预约%(who)s接待的链接；如非您本人操作，请忽略。查看或取消：%(link)s"),
    ),
}


def _of_resource(key: int) -> dict[str, str]:
    resource = Resource.objects.get(pk=key)
    return {"title": resource.title, "link": absolute(reverse("my_resource", args=[key]))}


def _of_duty(key: int) -> dict[str, str]:
    record = DutyRecord.objects.get(pk=key)
    link = absolute(reverse("my_duty", args=[key]))
    return {"day": date_format(record.day, "DATE_FORMAT"), "kind": record.get_kind_display(), "link": link}


def _of_booking(key: int) -> dict[str, str]:
    rows = ReceptionBooking.objects.select_related("reception__member", "reception__venue")
    booking = rows.get(pk=key)
    starts_at = timezone.localtime(booking.starts_at)
    return {
        "who": booking.reception.member.title,
        "when": f"{date_format(starts_at, 'DATE_FORMAT')} {date_format(starts_at, 'H:i')}",
        "place": booking.reception.where,
        "link": receptions.signed_link(booking),
    }


# Parameter that contains a row's key → function returning the values of that row when the message is sent.
WORDS = {
    "resource": _of_resource,
    "duty": _of_duty,
    "reception_booking": _of_booking,
    "profile": lambda key: {"link": absolute(reverse("my_profile"))},
}


# The same names → where the area of such a row is, by which its subdistrict signs.
AREAS: dict[str, tuple[type[Model], str, str]] = {
    "resource": (Resource, "pk", "area"),
    "duty": (DutyRecord, "pk", "member__committee__area"),
    "profile": (ProfileChange, "pk", "member__committee__area"),
    "reception_booking": (ReceptionBooking, "pk", "reception__member__committee__area"),
}


def render(template: str, parameters: dict) -> Text:
    """Render a message. Raises `KeyError` for a template that does not exist."""
    with portal.showing(voice_of(AREAS, parameters)):
        return _write(template, parameters)._replace(writer=portal.shown())


def _write(template: str, parameters: dict) -> Text:
    found = TEMPLATES[template]
    values = {}
    for name, key in parameters.items():
        values |= WORDS[name](key)
    signature = _("——%(portal)s") % {"portal": portal.shown()}
    return Text(found.subject % values, f"{found.body % values}\n\n{signature}", values)


def visible_to(user) -> Q:
    """Condition for messages to members, and about their receptions, that a member of staff may see."""
    return Q(contact__member__in=Member.objects.visible_to(user).values("pk")) | Q(
        contact__reception_booking__reception__in=Reception.objects.visible_to(user).values("pk")
    )
