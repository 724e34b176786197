"""Who runs this installation: one row, edited by the superuser, shown in header, footer and on the home page.

Where several subdistricts share an installation, each page and each message shows the texts of the one that it belongs
to. Like the language, these are set for the request or the message, and everything below reads `shown()`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .cached import Cached
from .names import Named, in_language
from .public_texts import PublicCharField, PublicTextField


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, which are separated by blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


class PortalTexts(Named):
    """What a portal says of who runs it. Empty texts are not shown, and no phone number is ever made up."""

    organiser = PublicCharField(_("主办单位"), max_length=80, blank=True)
    organiser_en = PublicCharField(_("主办单位（英文）"), max_length=120, blank=True)
    phone = models.CharField(_("联系电话"), max_length=40, blank=True)
    hours = PublicCharField(_("办公时间"), max_length=80, blank=True)
    hours_en = PublicCharField(_("办公时间（英文）"), max_length=80, blank=True)
    email = models.EmailField(_("电子邮箱"), blank=True)
    address = PublicCharField(_("地址"), max_length=120, blank=True)
    address_en = PublicCharField(_("地址（英文）"), max_length=160, blank=True)
    icp_record = models.CharField(_("ICP 备案号"), max_length=60, blank=True)
    police_record = models.CharField(_("公安备案号"), max_length=60, blank=True)
    site_code = models.CharField(_("网站标识码"), max_length=40, blank=True)
    report_errors_url = models.URLField(_("“找错”链接"), blank=True)
    institution_mark_url = models.URLField(_("党政机关标识链接"), blank=True)
    privacy_contact = PublicCharField(
        _("个人信息保护负责人"), max_length=80, blank=True, help_text=_("个人或科室，显示在隐私说明中。")
    )
    privacy_contact_en = PublicCharField(_("个人信息保护负责人（英文）"), max_length=120, blank=True)
    # Stated in the privacy notice and in the accessibility statement.
    reply_days = models.PositiveSmallIntegerField(
        _("答复个人信息请求和无障碍意见的工作日"),
        default=15,
        db_default=15,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("1 至 20 个工作日，显示在隐私说明和无障碍声明中。"),
    )
    story_title = PublicCharField(_("首页故事的标题"), max_length=60, blank=True)
    story_title_en = PublicCharField(_("首页故事的标题（英文）"), max_length=120, blank=True)
    story = PublicTextField(_("首页故事"), blank=True, help_text=_("介绍协商做法的由来；空一行分段。"))
    story_en = PublicTextField(_("首页故事（英文）"), blank=True)
    story_source = PublicCharField(_("故事出处"), max_length=120, blank=True)
    story_source_en = PublicCharField(_("故事出处（英文）"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("修改时间"), auto_now=True)

    class Meta:
        abstract = True

    @property
    def home(self) -> str:
        """The path of its home page."""
        return reverse("home")

    @property
    def organiser_name(self) -> str:
        return in_language(self, "organiser")

    @property
    def opening_hours(self) -> str:
        return in_language(self, "hours")

    @property
    def place(self) -> str:
        return in_language(self, "address")

    @property
    def story_heading(self) -> str:
        return in_language(self, "story_title") or str(_("协商做法的由来"))

    @property
    def story_paragraphs(self) -> list[str]:
        """The paragraphs of the story in the current language, separated by blank lines in the field."""
        return paragraphs(in_language(self, "story"))

    @property
    def story_origin(self) -> str:
        return in_language(self, "story_source")

    @property
    def privacy_office(self) -> str:
        return in_language(self, "privacy_contact")


class Portal(PortalTexts):
    """The texts of this installation."""

    class Meta:
        verbose_name = verbose_name_plural = _("门户信息")
        # Of the installation as a whole.
        permissions = [("view_readiness", _("查看就绪检查")), ("lift_demo_mark", _("取消演示标记"))]
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="portal_is_one_row")]


def _read() -> Portal:
    return Portal.objects.filter(pk=1).first() or Portal(pk=1, name="一线协商", name_en="Consultation portal")


# The portal's row, or an unsaved empty one.
current = Cached(_read)


class Voice(Protocol):
    """Whoever a page or message comes from: the texts of theirs, and the scheme and host of their pages."""

    @property
    def texts(self) -> PortalTexts: ...

    @property
    def site(self) -> str: ...


_voice: ContextVar[Voice | None] = ContextVar("voice", default=None)


def shown() -> PortalTexts:
    """The texts of whoever this page or message comes from: of its subdistrict, or else of the installation."""
    voice = _voice.get()
    return voice.texts if voice else current()


def site() -> str:
    """Scheme and host of where their pages are found."""
    voice = _voice.get()
    return voice.site if voice else settings.SITE_URL


@contextmanager
def showing(voice: Voice) -> Iterator[None]:
    """Let this page or message come from `voice`, which is asked only when something is needed of it."""
    token = _voice.set(voice)
    try:
        yield
    finally:
        _voice.reset(token)
