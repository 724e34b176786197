"""Forms in which demands are submitted: the residents' question pages, and the staff's intake."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consultation.forms.areas import choices_of
from consultation.models import Area, AreaLevel, places
from consultation.selectors.subdistricts import Here
from foundation.accounts import User
from foundation.combobox import Combobox
from foundation.consent import Purpose
from foundation.consent_forms import ConsentForm
from foundation.forms import EmailField, PhoneField, PlainForm, TextField
from foundation.photo_forms import REVIEWED, PhotoFields

from .. import suggestions
from ..models import Category, Channel, Direction
from ..models.categories import active, category
from ..services import urgency

MAX_ALT = 80
MAX_CHARACTERS = 2000


def area_choices(here: Here | None = None) -> list:
    """Return compounds grouped by community; each group begins with the community itself.

    Args:
        here: of the page: the communities of its subdistrict come first, and on its own host no others do.
    """
    groups = places.compounds_by_community() or places.compounds_by_community(fresh=True)
    if here and here.limit:
        groups = [group for group in groups if group[0].subdistrict == here.limit]
    several = len({community.parent_id for community, _compounds in groups}) > 1
    first, order = here.area if here else None, places.of_level(AreaLevel.SUBDISTRICT)
    groups.sort(key=lambda group: (group[0].parent != first, order.index(group[0].parent)))
    choices = []
    for community, compounds in groups:
        label = f"{community.parent} · {_marked(community)}" if several else _marked(community)
        whole = (str(community.pk), _("%(community)s（不限小区）") % {"community": community})
        choices.append((label, [whole, *((str(compound.pk), _marked(compound)) for compound in compounds)]))
    return choices


def _marked(area: Area) -> str:
    """Return the name of an area, marked where the area was invented for the demo."""
    return _("%(name)s（演示）") % {"name": area} if area.is_demo else str(area)


class Suggesting(PlainForm):
    """A form with `description` and `category`. Suggests a category from the description where none was chosen."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if suggestions.categories.trained():
            self.fields["category"].help_text = _("不确定的可以先不选，下一步会根据描述给出建议。")

    def suggest(self) -> str:
        """Preselect a category where none was chosen, instead of reporting an error; the form must still be resent.

        Returns a sentence for the user, or an empty string where no category can be suggested.
        """
        if not self.has_error("category", "required"):
            return ""
        found = suggestions.categories.suggest(self.data.get("description", ""))
        if found is None:
            return ""
        # Copy the data, in which only the empty category is replaced.
        self.data = self.data.copy()
        self.data["category"] = str(found.pk)
        del self.errors["category"]
        return _("您没有选择类别，系统已根据描述预选“%(category)s”。这只是建议，请核对，不合适可以修改。") % {
            "category": found
        }


def category_field(**kwargs) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("属于哪一类？"),
        coerce=lambda key: category(int(key)),
        empty_value=None,
        error_messages={
            "required": _("请选择类别，不确定的请选“其他”"),
            "invalid_choice": _("请选择列表中的类别"),
        },
        **kwargs,
    )


def category_choices() -> list[tuple[str, str]]:
    return [("", _("请选择")), *((str(category.pk), str(category)) for category in active())]


class DescribeForm(PhotoFields, PlainForm):
    """Page 1: what and where, with photos. The draft carries the photos staged earlier."""

    photo_help = REVIEWED
    description = TextField(
        label=_("发生了什么事，希望怎样解决？"),
        help_text=_("请勿填写他人姓名、电话等个人信息。"),
        lines=True,
        rows=6,
        max_length=MAX_CHARACTERS,
        missing=_("请填写发生了什么事"),
    )
    # Asked for again before submitting.
    category = category_field(required=False)
    area = forms.TypedChoiceField(
        label=_("在哪个小区？"),
        coerce=lambda key: places.area(int(key)),
        error_messages={"required": _("请选择事情发生在哪个小区"), "invalid_choice": _("请选择列表中的小区")},
    )
    place = TextField(label=_("具体位置"), help_text=_("例如：3 号门外公交站旁"), max_length=100, required=False)
    for_other = forms.BooleanField(
        label=_("我在替家人、邻居填写"), help_text=_("请先征得本人同意；未成年人的事由监护人填写。"), required=False
    )

    def __init__(self, *args, here: Here | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            # Chosen from the page of another process, which may have read them later than this one.
            places.read_again_without(self.data.get("area"))
        self.fields["category"].choices = category_choices()
        if suggestions.categories.trained():
            self.fields["category"].help_text = _("不确定的可以先不选，提交前会根据描述给出建议。")
        self.fields["area"].choices = [("", _("请选择")), *area_choices(here)]


def alt_text(text: str) -> str:
    """Truncate a photo's description to the length of its column, rather than refuse it."""
    return "".join(char for char in text if char.isprintable())[:MAX_ALT].strip()


class CategoryForm(PlainForm):
    """On "check answers": the category, where none was chosen before, with the one that the description suggests."""

    category = category_field()

    def __init__(self, *args, description: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        field.choices = category_choices()
        found = suggestions.categories.suggest(description)
        if found:
            self.initial["category"] = str(found.pk)
            field.help_text = _("系统已根据您的描述预选类别。这只是建议，不合适可以修改。")


class ContactForm(ConsentForm):
    """Page 2: how to reach the resident, and two separate consents.

    Whoever submits for somebody else, as page 1 says, agrees to another text.
    """

    boxes = {"consent_handling": Purpose.HANDLING, "consent_publication": Purpose.PUBLICATION}
    called = TextField(
        label=_("怎样称呼您？"),
        help_text=_("例如：王女士、李师傅"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = PhoneField(
        label=_("手机或座机"),
        help_text=_("用于通知您进展。只有经办工作人员和接手的委员可以看到，不会公开。"),
        required=False,
        max_length=30,
    )
    email = EmailField()
    consent_handling = forms.BooleanField(error_messages={"required": _("您同意为办理这件事使用信息后，才能提交")})
    consent_publication = forms.BooleanField(required=False)

    def __init__(self, *args, for_other: bool = False, **kwargs) -> None:
        if for_other:
            self.boxes = self.boxes | {"consent_handling": Purpose.HANDLING_FOR_OTHER}
        super().__init__(*args, **kwargs)
        if for_other:
            self.fields["phone"].help_text = _(
                "请填写您的或本人的，用于通知进展。只有经办工作人员和接手的委员可以看到，不会公开。"
            )


class IntakeForm(ConsentForm, Suggesting):
    """A demand taken down for somebody at the window or on the telephone, or reported by a department."""

    boxes = {"consent_handling": Purpose.INTAKE}
    code = forms.CharField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label=_("来源"),
        choices=[
            (channel.value, channel.label)
            for channel in (Channel.PHONE, Channel.WINDOW, Channel.MEETING, Channel.DEPARTMENT)
        ],
        initial=Channel.PHONE,
        widget=forms.RadioSelect,
    )
    phone = PhoneField(label=_("电话"), max_length=30, required=False)
    called = TextField(label=_("称呼"), max_length=20, required=False)
    consent_handling = forms.BooleanField(required=False)
    description = TextField(
        label=_("发生了什么事，希望怎样解决"),
        lines=True,
        rows=4,
        max_length=MAX_CHARACTERS,
        missing=_("请填写发生了什么事"),
    )
    urgent = forms.BooleanField(label=_("紧急"), required=False)
    area = forms.TypedChoiceField(
        label=_("地点"),
        coerce=lambda key: places.area(int(key)),
        error_messages={"required": _("请选择地点")},
        widget=Combobox,
    )
    place = TextField(label=_("具体位置"), max_length=100, required=False)
    category = forms.ModelChoiceField(
        label=_("类别"),
        queryset=Category.objects.filter(is_active=True),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择类别")},
    )
    direction = forms.ChoiceField(label=_("方向"), choices=Direction.choices, initial=Direction.BOTTOM_UP)
    email = forms.EmailField(label=_("电子邮箱"), max_length=120, required=False)

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            places.read_again_without(self.data.get("area"))
        self.fields["area"].choices = [("", _("请选择")), *choices_of(user)]
        if self.fields["category"].help_text:
            self.fields["category"].help_text = _("不确定的可以先不选，系统会根据描述给出建议。")
        # A caller's number is not filled in from what the browser knows of the member of staff.
        self.fields["phone"].widget.attrs["autocomplete"] = "off"
        if not user.has_perm(urgency.PERMISSION):
            del self.fields["urgent"]

    @property
    def is_more_filled_in(self) -> bool:
        """Whether the folded questions have answers of their own, or errors."""
        changed = self["email"].value() or self["direction"].value() not in (None, Direction.BOTTOM_UP)
        return bool(changed or self.errors.keys() & {"email", "direction"})

    def clean(self) -> dict:
        cleaned = super().clean()
        if any(cleaned.get(name) for name in ("called", "phone", "email")) and not cleaned.get("consent_handling"):
            self.add_error("consent_handling", _("填写联系方式，须先征得本人同意；不愿意留的，请清空"))
        return cleaned
