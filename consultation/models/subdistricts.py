"""Several subdistricts in one installation: what each says of itself, and which one a row, page or host belongs to.

With one subdistrict nothing here has an effect: the portal's row says everything.
"""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q, Value
from django.http.request import validate_host
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation import portal
from foundation.cached import Cached
from foundation.names import ENGLISH_HELP, in_language
from foundation.portal import PortalTexts
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.storage import StoredName

from . import places
from .areas import Area, AreaLevel

HOST = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
NOT_PLAIN = _("域名只含小写字母、数字、点和连字符，不含 https:// 和端口。")


class SubdistrictProfile(PortalTexts):
    """What one of several subdistricts says of itself. Where it says nothing, the portal's row does.

    A foreign key over (area, area_level), made in the migration, keeps it at a subdistrict.
    """

    name = PublicCharField(
        _("名称"), max_length=80, blank=True, help_text=_("不填则为门户名称加街道名称，其他各项不填则用门户信息。")
    )
    reply_days = None  # the same everywhere
    area = models.OneToOneField(
        Area,
        models.PROTECT,
        related_name="profile",
        limit_choices_to={"level": AreaLevel.SUBDISTRICT},
        verbose_name=_("街道"),
    )
    area_level = models.GeneratedField(
        expression=Value(AreaLevel.SUBDISTRICT.value), output_field=models.PositiveSmallIntegerField(), db_persist=True
    )
    host = models.CharField(
        _("域名"),
        max_length=120,
        blank=True,
        validators=[RegexValidator(HOST, NOT_PLAIN)],
        help_text=_("选填，如 lihu.example.org，须已指向本站并写入 ALLOWED_HOSTS。"),
    )
    privacy_note = PublicTextField(
        _("隐私说明的补充"), blank=True, max_length=1000, help_text=_("显示在本街道的隐私说明中；空一行分段。")
    )
    privacy_note_en = PublicTextField(_("隐私说明的补充（英文）"), blank=True, max_length=2000, help_text=ENGLISH_HELP)
    retention_note = PublicTextField(
        _("保存期限的补充"),
        blank=True,
        max_length=500,
        help_text=_("如由谁负责到期删除、向谁询问，显示在隐私说明“保存多久”一节。"),
    )
    retention_note_en = PublicTextField(
        _("保存期限的补充（英文）"), blank=True, max_length=1000, help_text=ENGLISH_HELP
    )
    # The logo, re-encoded; empty until one is uploaded.
    full = StoredName(blank=True, editable=False)
    thumbnail = StoredName(blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("街道信息")
        ordering = ["area__order", "area"]
        constraints = [
            models.CheckConstraint(
                condition=Q(host="") | Q(host__regex=HOST),
                name="profile_host_plain",
                violation_error_message=NOT_PLAIN,
            ),
            models.UniqueConstraint(
                fields=["host"],
                condition=~Q(host=""),
                name="profile_host_once",
                violation_error_message=_("这个域名已由另一个街道使用。"),
            ),
        ]

    def __str__(self) -> str:
        return super().__str__() or str(self.area)

    def clean(self) -> None:
        if self.host and self.host == urlsplit(settings.SITE_URL).hostname:
            raise ValidationError({"host": _("这是门户自己的域名（SITE_URL），街道须另用一个。")})
        if re.match(HOST, self.host) and not validate_host(self.host, settings.ALLOWED_HOSTS):
            raise ValidationError({"host": _("本站还不回应这个域名：请先把它写入 ALLOWED_HOSTS 并重新启动。")})

    @property
    def home(self) -> str:
        return super().home if self.host else reverse("subdistrict", args=[self.area.code])

    @property
    def privacy_paragraphs(self) -> list[str]:
        return portal.paragraphs(in_language(self, "privacy_note"))

    @property
    def retention_paragraphs(self) -> list[str]:
        return portal.paragraphs(in_language(self, "retention_note"))


# --- Which subdistrict -----------------------------------------------------------------------------------------------


def several() -> bool:
    """Whether there is more than one subdistrict, so that pages say which one they belong to."""
    return len(places.of_level(AreaLevel.SUBDISTRICT)) > 1


def works_for_all(user) -> bool:
    """Whether a member of staff works for every subdistrict; while there is one, everybody does."""
    return not several() or {found.pk for found in places.of_level(AreaLevel.SUBDISTRICT)} <= {*places.areas_of(user)}


def of_staff(user) -> list[Area]:
    """Return the subdistricts in which a member of staff works, if only for a part of one."""
    found = {places.area(key).subdistrict for key in places.areas_of(user)}
    return [area for area in places.of_level(AreaLevel.SUBDISTRICT) if area in found]


def subdistrict_of(key: int | None) -> Area | None:
    """Return the subdistrict that an area lies in; None for the whole district, and while there is only one."""
    return places.area(key).subdistrict if key is not None and several() else None


def with_code(code: str) -> Area | None:
    """Return the subdistrict with this code; None for an unknown one, and while there is only one."""
    return places.with_code(AreaLevel.SUBDISTRICT, code) if several() else None


def with_host(host: str) -> Area | None:
    """Return the subdistrict that has this host name to itself; None for the portal's own and for unknown ones."""
    if host == urlsplit(settings.SITE_URL).hostname:
        return None
    return next((found for found in with_hosts() if texts_of(found).host == host), None)


def with_hosts() -> list[Area]:
    """Return the subdistricts that have a host name to themselves; none while there is only one."""
    return [found for found in places.of_level(AreaLevel.SUBDISTRICT) if texts_of(found).host] if several() else []


# --- What it says ----------------------------------------------------------------------------------------------------

# Each text with its English, and the three of the story together: half of one's own and half of another's is neither's.
TOGETHER = (
    *((field, f"{field}_en") for field in ("organiser", "hours", "address", "privacy_contact")),
    *((field,) for field in ("phone", "email", "icp_record", "police_record", "site_code")),
    *((field,) for field in ("report_errors_url", "institution_mark_url")),
    tuple(f"{field}{language}" for field in ("story", "story_title", "story_source") for language in ("", "_en")),
)


def _fill(subdistrict: Area) -> SubdistrictProfile:
    """Return what a subdistrict shows: its own texts, and those of the portal's row where it has none."""
    general = portal.current()
    own = getattr(subdistrict, "profile", None)
    shown = copy.copy(own) if own else SubdistrictProfile(area=subdistrict)
    shown.area = subdistrict
    shown.reply_days = general.reply_days
    shown.changed_at = max(filter(None, (general.changed_at, own and own.changed_at)), default=None)
    if not shown.name:
        shown.name = f"{general.name} · {subdistrict.name}"
        shown.name_en = f"{general.name_en or general.name} · {subdistrict.name_en or subdistrict.name}"
    for fields in TOGETHER:
        if not getattr(shown, fields[0]):
            for field in fields:
                setattr(shown, field, getattr(general, field))
    return shown


_texts = Cached(lambda: {found.pk: _fill(found) for found in places.of_level(AreaLevel.SUBDISTRICT)})


def texts_of(subdistrict: Area | None) -> PortalTexts:
    """Return the texts of a subdistrict, or of the installation where there is none."""
    return _texts.row(subdistrict.pk) if subdistrict else portal.current()


# --- Its address -----------------------------------------------------------------------------------------------------


def site_of(subdistrict: Area | None) -> str:
    """Return scheme and host, and the port of `SITE_URL`, of where a subdistrict is found."""
    host = texts_of(subdistrict).host if subdistrict else ""
    if not host:
        return settings.SITE_URL
    main = urlsplit(settings.SITE_URL)
    return f"{main.scheme}://{host}{f':{main.port}' if main.port else ''}"


@dataclass(frozen=True)
class Voice:
    """Whoever speaks of something in this area; of the whole installation where it is None."""

    key: int | None

    @property
    def texts(self) -> PortalTexts:
        return texts_of(subdistrict_of(self.key))

    @property
    def site(self) -> str:
        return site_of(subdistrict_of(self.key))


Areas = Mapping[str, tuple[type[models.Model], str, str]]


def area_of(areas: Areas, parameters: Mapping[str, object]) -> int | None:
    """Return the key of the area of the row that a message with these parameters is about.

    Args:
        areas: for the name of a parameter, the model, the field that it is a value of, and the lookup of its area.
    """
    name = next((name for name in areas if name in parameters), None)
    if name is None:
        return None
    model, field, area = areas[name]
    return model._base_manager.filter(**{field: parameters[name]}).values_list(area, flat=True).first()


def voice_of(areas: Areas, parameters: Mapping[str, object]) -> Voice:
    """Return who writes a message with these parameters; `areas` as for `area_of`."""
    return Voice(area_of(areas, parameters) if several() else None)
