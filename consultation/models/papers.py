"""The texts of papers 文书 that staff changed. Where there is no row, the portal's own text is used."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock, paper_kinds
from foundation.paper_kinds import PaperKind, Texts
from foundation.public_texts import PublicCharField, PublicTextField

from .shared import Shared


class PaperTemplate(Shared):
    """The text of a kind of paper, in one subdistrict or in all. Only `consultation.services.papers` saves it."""

    kind = models.SlugField(_("种类"), max_length=30)
    title = PublicCharField(_("标题"), max_length=80)
    body = PublicTextField(_("正文"), max_length=4000)
    signature = PublicTextField(_("落款"), max_length=300, blank=True)
    changed_at = models.DateTimeField(_("修改时间"), default=clock.now)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("one", "文书模板")
        verbose_name_plural = _("文书模板")
        ordering = ["kind", "pk"]
        default_permissions = ("change", "view")
        constraints = [
            models.UniqueConstraint(fields=["subdistrict", "kind"], nulls_distinct=False, name="paper_template_once"),
        ]

    def __str__(self) -> str:
        kind = paper_kinds.named(self.kind)
        return str(kind.label) if kind else self.kind

    def clean(self) -> None:
        kind = paper_kinds.named(self.kind)
        if kind is None:
            raise ValidationError({"kind": _("没有这种文书。")})
        problems = {
            "title": kind.problem_of_line(self.title),
            "body": kind.problem_of_body(self.body),
            "signature": kind.problem_of_line(self.signature),
        }
        if found := {name: why for name, why in problems.items() if why}:
            raise ValidationError(found)


def texts_of(kind: PaperKind, area: int) -> Texts:
    """The text of a kind in an area: of its subdistrict, or of all, or else the portal's own. One query."""
    own_first = F("subdistrict").asc(nulls_last=True)
    return PaperTemplate.objects.usable_in(area).filter(kind=kind.name).order_by(own_first).first() or kind
