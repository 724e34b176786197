"""The form of a member's own profile, and of its review."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.forms import PhoneField, PhotoField, PlainForm, ReasonField, TextField
from foundation.transition_forms import TransitionForm

from ..models import Member, ProfileChange
from ..services.profiles import Profile

CONTACT = _("加密保存，不公开，只用于联系您。留空则保持不变。")
TIMES = "times_{}"


class ProfileForm(PlainForm):
    """Filled in with what the member wrote last, if staff have not approved it, or else with what is published.

    Contacts are never filled in.
    """

    about = TextField(
        label=_("介绍"),
        help_text=_("请介绍您自己和您能提供的帮助。公开。"),
        lines=True,
        rows=5,
        max_length=1000,
        required=False,
        goes_out=True,
    )
    portrait = PhotoField(
        label=pgettext_lazy("portrait", "照片"),
        help_text=_("单人照，最大 10 MB；将裁成正方形，去除拍摄地点等信息。公开。"),
    )
    without_portrait = forms.BooleanField(label=_("不再公开照片"), required=False)
    phone = PhoneField(label=_("手机或电话"), help_text=CONTACT, max_length=30, required=False)
    email = forms.EmailField(label=_("电子邮箱"), help_text=CONTACT, max_length=120, required=False)

    def __init__(self, *args, member: Member, written: ProfileChange | None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        times = written.times if written else {}
        about = member.about if written is None or written.about is None else written.about
        self.initial |= {"about": about, "without_portrait": bool(written and written.without_portrait)}
        if not member.full:
            del self.fields["without_portrait"]
        self.hosts = list(member.hosted.select_related("venue"))
        for host in self.hosts:
            self.fields[TIMES.format(host.pk)] = TextField(
                label=_("%(venue)s的接待时间") % {"venue": host.venue},
                help_text=_("例如：每月第一个星期六 9:00–11:00。公开。"),
                max_length=80,
                required=False,
                initial=times.get(str(host.pk), host.times),
                goes_out=True,
            )
        self.order_fields(["about", *(TIMES.format(host.pk) for host in self.hosts)])

    @property
    def wanted(self) -> Profile:
        given = self.cleaned_data
        return Profile(
            about=given["about"],
            contact={name: given[name] for name in ("phone", "email")},
            times={host.pk: given[TIMES.format(host.pk)] for host in self.hosts},
            portrait=given["portrait"],
            without_portrait=given.get("without_portrait", False),
        )


class ReviewForm(TransitionForm):
    """The form of a move of a change."""

    reason = ReasonField(help_text=_("委员可以看到。"))
