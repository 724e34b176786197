"""Forms in which staff answer residents and write notes."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from foundation.forms import PlainForm, TextField

from ..models import StandardReply
from ..models.conversation import unknown_placeholders
from ..services import replies
from ..services.lineage import followers
from .base import DemandForm

MAX_ANSWER = 2000


class AnswerField(TextField):
    def __init__(self, **kwargs) -> None:
        kwargs = {"label": _("给居民的答复"), "help_text": _("居民在进度页看到，署部门名，不署个人姓名。")} | kwargs
        super().__init__(lines=True, rows=6, max_length=MAX_ANSWER, goes_out=True, **kwargs)


class Answering(PlainForm):
    """An answer, typed or taken from the standard replies. Placeholders in braces are replaced when it is sent."""

    standard = forms.ModelChoiceField(
        label=_("标准答复"), queryset=StandardReply.objects.none(), required=False, empty_label=_("不用")
    )
    answer = AnswerField(
        required=False,
        help_text=_(
            "留空则使用所选的标准答复。居民在进度页看到，署部门名，不署个人姓名。"
            "可以使用 {编号}、{称呼}、{类别}、{地点}、{期限}、{部门}，发出时自动替换；{称呼}只有居民本人可以看到。"
        ),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.offer_replies()

    def offer_replies(self) -> None:
        self.fields["standard"].queryset = self.replies()

    def replies(self):
        """The standard replies that can be chosen."""
        return StandardReply.objects.filter(is_active=True)

    def clean(self) -> dict:
        return self.clean_answer_or_reply(super().clean())

    def clean_answer_or_reply(self, cleaned: dict) -> dict:
        """Take the chosen reply where nothing was typed; one of them is required."""
        if not cleaned.get("answer") and cleaned.get("standard"):
            cleaned["answer"] = cleaned["standard"].body
        if not cleaned.get("answer") and "answer" not in self.errors:
            self.add_error("answer", _("请填写给居民的答复，或选择一条标准答复"))
        if why := unknown_placeholders(cleaned.get("answer", "")):
            self.add_error("answer", why)
        return cleaned

    def insert_reply(self) -> bool:
        """Insert the chosen standard reply below the text typed so far, to be edited before it is sent.

        Other fields stay as they are, and the form is not validated yet. Returns whether a reply was chosen.
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
        """Return the text of a standard reply to be edited."""
        return body


class WithStandardReply(Answering, DemandForm):
    """An answer to a demand's reporter and, if chosen, to those of the demands merged into it."""

    everybody = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # The reporter of a split demand always reads the answers about its parts.
        others = [one for one in followers(self.demand)[1:] if one.pk != self.demand.split_from_id]
        if others:
            label = ngettext(
                "同时答复一并办理的另外 %(count)d 位提出人",
                "同时答复一并办理的另外 %(count)d 位提出人",
                len(others),
            )
            self.fields["everybody"].label = label % {"count": len(others)}
        else:
            del self.fields["everybody"]

    def replies(self):
        return super().replies().usable_in(self.demand.area_id)

    def worded(self, body: str) -> str:
        # An answer to several reporters keeps its placeholders, to be filled in for each.
        return body if "everybody" in self.fields else replies.fill(body, self.demand, self.user)


class AnswerForm(WithStandardReply):
    pass


class NoteForm(DemandForm):
    body = TextField(
        label=_("内部备注"),
        lines=True,
        rows=4,
        max_length=1000,
        help_text=_("只有工作人员可以看到。"),
        missing=_("请填写备注"),
    )
