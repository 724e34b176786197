"""Words of danger, by which a demand is suggested as urgent when it comes in."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.words import fold


class DangerWord(models.Model):
    """A word that residents use of what cannot wait for a deadline."""

    word = models.CharField(
        _("危险用词"),
        max_length=20,
        unique=True,
        help_text=_("居民的说法，例如“燃气泄漏”。用词宜具体：太宽的词会把普通需求也提示为紧急。"),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("危险用词")
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word

    def clean(self) -> None:
        self.word = "".join(self.word.split())
        if len(fold(self.word)) < 2:
            raise ValidationError({"word": _("请至少填写两个字。")})
