"""The liaison committee."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import Area, AreaLevel
from foundation.names import Named, in_language
from foundation.public_texts import PublicCharField


class LiaisonCommittee(Named):
    """The CPPCC liaison committee of one subdistrict 政协街道联络委, which its residents can contact."""

    area = models.OneToOneField(Area, models.PROTECT, related_name="committee", verbose_name=_("街道"))
    ref_prefix = models.CharField(
        _("编号前缀"),
        max_length=4,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{2,4}$", _("编号前缀是 2 到 4 个大写字母。"))],
        help_text=_("需求编号由它开头，如 AB-2026-00042。"),
    )
    phone = models.CharField(_("电话"), max_length=40, blank=True)
    hours = PublicCharField(_("办公时间"), max_length=80, blank=True)
    hours_en = PublicCharField(_("办公时间（英文）"), max_length=80, blank=True)
    address = PublicCharField(_("地址"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("政协联络委")
        verbose_name_plural = pgettext_lazy("desk", "政协联络委")

    def clean(self) -> None:
        if self.area_id and self.area.level != AreaLevel.SUBDISTRICT:
            raise ValidationError({"area": _("联络委设在街道一级。")})

    @property
    def opening_hours(self) -> str:
        return in_language(self, "hours")
