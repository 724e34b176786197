"""What staff fill in at the desk."""

import datetime
from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from consultation import places
from consultation.models import AgendaItem, Agreement, Area, AreaLevel, Event
from consultation.workflow import EventStatus
from foundation.accounts import Role, User
from foundation.consent import Purpose
from foundation.consent_forms import ConsentForm
from foundation.forms import ActForm, PhoneField, PlainForm, TextField

from . import replies
from .forms import Suggesting
from .models import Category, Channel, Demand, Direction, PublicationBasis, StandardReply
from .services.reporters import followers
from .workflow import DeclineReason, DemandStatus, Move, Owed

MOST_ANSWER = 2000


class DeskForm(ActForm):
    def __init__(self, *args, demand: Demand, user: User, **kwargs) -> None:
        super().__init__(*args, row=demand, **kwargs)
        self.demand, self.user = demand, user


class AnswerField(TextField):
    def __init__(self, **kwargs) -> None:
        kwargs = {"label": _("给居民的答复"), "help_text": _("居民在查询页上看到，署部门名，不署人名。")} | kwargs
        super().__init__(lines=True, rows=6, max_length=MOST_ANSWER, **kwargs)


class Answering(PlainForm):
    """An answer, written or taken from the standard replies; what stands in {} is replaced when it is sent."""

    standard = forms.ModelChoiceField(
        label=_("标准答复"), queryset=StandardReply.objects.none(), required=False, empty_label=_("不用")
    )
    answer = AnswerField(
        required=False,
        help_text=_(
            "留空则使用所选的标准答复。居民在查询页上看到，署部门名，不署人名。"
            "可以写 {编号}、{称呼}、{类别}、{地点}、{期限}、{部门}，发出时替换；{称呼}只有居民自己看得到。"
        ),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["standard"].queryset = StandardReply.objects.filter(is_active=True)

    def clean(self) -> dict:
        cleaned = super().clean()
        if not cleaned.get("answer") and cleaned.get("standard"):
            cleaned["answer"] = cleaned["standard"].body
        if not cleaned.get("answer") and "answer" not in self.errors:
            self.add_error("answer", _("请写下给居民的答复，或选一条标准答复"))
        if why := replies.unknown(cleaned.get("answer", "")):
            self.add_error("answer", why)
        return cleaned

    def lay_in(self) -> bool:
        """Lay the chosen standard reply below what was typed, to be edited before it is sent; all else stays as it
        was filled in, and nothing is complained of yet. Returns whether one was chosen.
        """
        typed = {name: self.data.get(self.add_prefix(name), "") for name in self.fields}
        try:
            chosen = self.fields["standard"].clean(typed["standard"])
        except ValidationError:
            chosen = None
        if chosen:
            typed |= {"answer": f"{typed['answer']}\n\n{self.worded(chosen.body)}".strip(), "standard": ""}
        self.initial, self.is_bound = self.initial | typed, False
        return chosen is not None

    def worded(self, body: str) -> str:
        """How a standard reply reads while it is edited."""
        return body


class WithStandardReply(Answering, DeskForm):
    """An answer about one demand, and to the reporters of those merged into it."""

    everybody = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Who raised the whole of a part reads the answers to it in any case.
        others = [one for one in followers(self.demand)[1:] if one.pk != self.demand.split_from_id]
        if others:
            label = ngettext(
                "同样答复并在一起办理的另外 %(count)d 位提出人",
                "同样答复并在一起办理的另外 %(count)d 位提出人",
                len(others),
            )
            self.fields["everybody"].label = label % {"count": len(others)}
        else:
            del self.fields["everybody"]

    def worded(self, body: str) -> str:
        # Sent to the reporters of several demands, it is put into words for each of them.
        return body if "everybody" in self.fields else replies.fill(body, self.demand, self.user)


class AnswerForm(WithStandardReply):
    pass


class NoteForm(DeskForm):
    body = TextField(
        label=_("内部备注"),
        lines=True,
        rows=4,
        max_length=1000,
        help_text=_("只有工作人员看得到。"),
        missing=_("备注是空的"),
    )


class MoveForm(WithStandardReply):
    """What a move owes, and nothing else."""

    decline_reason = forms.ChoiceField(label=_("原因"), choices=[("", _("请选择")), *DeclineReason.choices])
    responsible = TextField(
        label=_("应由谁负责"), max_length=80, required=False, help_text=_("不在职责范围时必填，居民会看到。")
    )
    reason = TextField(label=_("理由"), lines=True, rows=3, max_length=1000, missing=_("请写明理由"))
    target = TextField(
        label=_("并入哪一件"), max_length=20, help_text=_("编号，例如 NH-2026-00042"), missing=_("请写编号")
    )

    def __init__(self, *args, move: Move, to: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        wanted = {"version"}
        if Owed.ANSWER in move.owes:
            wanted |= {"standard", "answer", "everybody"}
        if Owed.TARGET in move.owes:
            wanted |= {"target"}
        if to == DemandStatus.DECLINED:
            wanted |= {"decline_reason", "responsible"}
        elif Owed.REASON in move.owes:
            wanted |= {"reason"}
        for name in self.fields.keys() - wanted:
            del self.fields[name]

    def clean(self) -> dict:
        if "answer" in self.fields:
            return super().clean()
        return self.cleaned_data

    def clean_target(self) -> Demand:
        target = Demand.objects.visible_to(self.user).filter(ref=self.cleaned_data["target"].strip().upper()).first()
        if target is None:
            raise ValidationError(_("没有找到这个编号的需求"))
        return target


def staff_of(areas: Iterable[int] | None):
    """Staff, once each, who work for one of these areas, by key; None: for any."""
    staff = User.objects.filter(is_active=True, groups__name__in=(Role.LIAISON_STAFF, Role.COMMUNITY_STAFF))
    return (staff if areas is None else staff.filter(scopes__area__in=areas)).distinct()


def colleagues(user: User):
    """Staff who work for some of the areas that this one works for, or for one above."""
    if user.is_superuser:
        return staff_of(None)
    return staff_of({key for area in places.areas_of(user) for key in places.upwards(area)})


class AssignForm(DeskForm):
    assignee = forms.ModelChoiceField(
        label=_("经办人"), queryset=User.objects.none(), required=False, empty_label=_("未分派")
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Those who see the demand: their scope holds its area or one above it.
        self.fields["assignee"].queryset = staff_of(places.upwards(self.demand.area_id))
        self.initial.setdefault("assignee", self.demand.assignee_id)


def scoped_areas(user: User):
    return Area.objects.within_scope_of(user).with_parents()


class AreaChoice(forms.ModelChoiceField):
    def label_from_instance(self, area: Area) -> str:
        return area.place


class ReclassifyForm(DeskForm):
    category = forms.ModelChoiceField(label=_("类别"), queryset=Category.objects.all(), empty_label=None)
    area = AreaChoice(label=_("地点"), queryset=Area.objects.none(), empty_label=None)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = scoped_areas(self.user)
        self.initial.setdefault("category", self.demand.category_id)
        self.initial.setdefault("area", self.demand.area_id)


class PublishForm(DeskForm):
    title = TextField(
        label=_("公开标题"),
        max_length=60,
        missing=_("请写公开标题"),
        help_text=_("一句话说清是什么事，不含人名和门牌。"),
    )
    summary = TextField(
        label=_("公开摘要"),
        lines=True,
        rows=5,
        max_length=1000,
        missing=_("请写公开摘要"),
        help_text=_("用自己的话写：去掉姓名、电话和小区以外的具体位置。"),
    )
    result = TextField(label=_("公开的办理结果"), lines=True, rows=4, max_length=1000, required=False)
    basis = forms.ChoiceField(label=_("公开依据"), error_messages={"required": _("请选择公开依据")})

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            choice
            for choice in PublicationBasis.choices
            if choice[0] != PublicationBasis.WEB_CONSENT or self.demand.consent_publication
        ]
        self.fields["basis"].choices = [("", _("请选择")), *choices]
        for name, value in (
            ("title", self.demand.public_title),
            ("summary", self.demand.public_summary),
            ("result", self.demand.public_result),
            ("basis", self.demand.publication_basis),
        ):
            self.initial.setdefault(name, value)


class ConfirmForm(DeskForm):
    """Nothing but the question itself."""


class ItemChoice(forms.ModelChoiceField):
    def label_from_instance(self, item: AgendaItem) -> str:
        day = date_format(timezone.localtime(item.event.starts_at), "DATE_FORMAT")
        return f"{day} {item.event} · {item.order}. {item}"


class AgreementChoice(forms.ModelChoiceField):
    def label_from_instance(self, agreement: Agreement) -> str:
        day = date_format(timezone.localtime(agreement.event.starts_at), "DATE_FORMAT")
        return f"{day} {agreement.event} · {agreement.number}. {agreement}"


class LinkItemForm(DeskForm):
    """Under which agenda item the demand was, or will be, discussed: events of its subdistrict, the newest first."""

    item = ItemChoice(
        label=_("哪场活动的哪个议题"),
        queryset=AgendaItem.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择议题")},
        help_text=_("本街道一年以来和将要举行的活动。"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        events = _events_around(self.demand, self.user).exclude(status=EventStatus.CANCELLED)
        items = AgendaItem.objects.filter(event__in=events).exclude(demand_links__demand=self.demand)
        self.fields["item"].queryset = items.select_related("event").order_by("-event__starts_at", "event", "order")


class LinkAgreementForm(DeskForm):
    """Which agreement answers the demand."""

    agreement = AgreementChoice(
        label=_("哪一项约定"),
        queryset=Agreement.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择约定")},
        help_text=_("本街道一年以来的活动记下的约定；活动的纪要公布以后，居民才看得到。"),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        agreements = Agreement.objects.filter(event__in=_events_around(self.demand, self.user))
        self.fields["agreement"].queryset = (
            agreements.exclude(demand_links__demand=self.demand)
            .select_related("event")
            .order_by("-event__starts_at", "event", "number")
        )


def _events_around(demand: Demand, user: User):
    """The events of the demand's subdistrict, of the past year and to come, that this member of staff works with."""
    subdistrict = places.area(demand.area_id).up_to(AreaLevel.SUBDISTRICT) or places.area(demand.area_id)
    since = timezone.now() - datetime.timedelta(days=365)
    return Event.objects.visible_to(user).filter(area__in=places.within(subdistrict), starts_at__gte=since)


class PhotoForm(PlainForm):
    review = forms.ChoiceField(choices=[("approved", _("可公开")), ("rejected", _("不公开"))])
    alt = TextField(max_length=80, required=False)


class IntakeForm(ConsentForm, Suggesting):
    """A need entered for somebody without internet, or reported by a department."""

    boxes = {"consent_handling": Purpose.INTAKE}
    code = forms.CharField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label=_("来源"),
        choices=[
            (channel.value, channel.label)
            for channel in (Channel.WINDOW, Channel.PHONE, Channel.MEETING, Channel.DEPARTMENT)
        ],
    )
    direction = forms.ChoiceField(label=_("方向"), choices=Direction.choices)
    description = TextField(
        label=_("发生了什么事，希望怎样解决"), lines=True, rows=5, max_length=2000, missing=_("请写下发生了什么事")
    )
    category = forms.ModelChoiceField(
        label=_("类别"),
        queryset=Category.objects.filter(is_active=True),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择类别")},
    )
    area = AreaChoice(
        label=_("地点"),
        queryset=Area.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择地点")},
    )
    place = TextField(label=_("具体位置"), max_length=100, required=False)
    called = TextField(label=_("称呼"), max_length=20, required=False)
    phone = PhoneField(label=_("电话"), max_length=30, required=False)
    email = forms.EmailField(label=_("电子邮箱"), max_length=120, required=False)
    consent_handling = forms.BooleanField(required=False)

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = scoped_areas(user)

    def clean(self) -> dict:
        cleaned = super().clean()
        if any(cleaned.get(name) for name in ("called", "phone", "email")) and not cleaned.get("consent_handling"):
            self.add_error("consent_handling", _("留了联系方式，就要先征得本人同意"))
        return cleaned


class BundleForm(PlainForm):
    """One topic out of several demands. `areas` hold all of them, the smallest first."""

    title = TextField(
        label=_("议题"), max_length=80, missing=_("请写议题"), help_text=_("一句话说清要商量什么，会公开。")
    )
    summary = TextField(
        label=_("说明"),
        lines=True,
        rows=5,
        max_length=1000,
        missing=_("请写说明"),
        help_text=_("会公开。用自己的话写，不照抄居民原话，不含姓名、电话和小区以外的具体位置。"),
    )
    area = AreaChoice(label=_("区域"), queryset=Area.objects.none(), empty_label=None)
    closes_on = forms.DateField(
        label=_("点单截止"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("留空表示不限期。"),
        error_messages={"invalid": _("请按 2026-01-31 的样子写日期")},
    )

    def __init__(self, *args, areas: list[Area], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        keys = [area.pk for area in areas]
        # The smallest area, which stands lowest in the tree, is offered first.
        self.fields["area"].queryset = Area.objects.filter(pk__in=keys).with_parents().order_by("-level")
