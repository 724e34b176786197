"""The form of a paper's text."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.forms import ActForm, TextField
from foundation.paper_kinds import PaperKind


class PaperTemplateForm(ActForm):
    """Refuses placeholders that the kind does not know, at the field that has them."""

    title = TextField(label=_("标题"), max_length=80, goes_out=True, missing=_("请填写标题"))
    body = TextField(
        label=_("正文"),
        lines=True,
        rows=16,
        max_length=4000,
        goes_out=True,
        missing=_("请填写正文"),
        help_text=_("一行是一段。单独成行的“一、……”是小标题；第一行以冒号结尾的，是收文单位或称呼，顶格排。"),
    )
    signature = TextField(
        label=_("落款"), lines=True, rows=3, max_length=300, required=False, goes_out=True, help_text=_("每行靠右排。")
    )

    def __init__(self, *args, kind: PaperKind, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in ("title", "body", "signature"):
            self.initial.setdefault(name, getattr(self.row if self.row.pk else kind, name))

    def clean_title(self) -> str:
        return _checked(self.cleaned_data["title"], self.kind.problem_of_line)

    def clean_body(self) -> str:
        return _checked(self.cleaned_data["body"], self.kind.problem_of_body)

    def clean_signature(self) -> str:
        return _checked(self.cleaned_data["signature"], self.kind.problem_of_line)


def _checked(text: str, problem_of) -> str:
    if why := problem_of(text):
        raise ValidationError(why)
    return text
