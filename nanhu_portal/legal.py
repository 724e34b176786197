"""Pages required by law: the privacy notice, the consent texts and the accessibility statement.

Every number on these pages comes from the setting or constant that the code itself uses.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from consultation.services import sign_ups, topics
from foundation import clock, consent, devices, uploads, visitors
from members.services import receptions

from .middleware import CONTRAST_COOKIE, ELDER_COOKIE, LANGUAGE_COOKIE, TEXT_COOKIE
from .preferences import PREFERENCE_SECONDS

# The date of the current text; earlier texts are in the history of the source code.
NOTICE_OF = datetime.date(2026, 11, 28)
STATEMENT_OF = datetime.date(2026, 11, 25)
# The date of the results in docs/accessibility.md.
TESTED_ON = datetime.date(2026, 11, 25)

DAY = 24 * 3600
DRAFT_SECONDS = 7 * DAY  # as in static/js/draft.js
# Provider names by the scheme of SMS_BACKEND. The console sends nothing, so it is not among them.
SMS_PROVIDERS = {"aliyun": gettext_lazy("阿里云短信服务")}


@dataclass(frozen=True)
class Stored:
    """An item stored in the visitor's browser: its name, its purpose, and how long it lasts."""

    name: str
    purpose: str
    how_long: str


def _days(count: int) -> str:
    return ngettext("%(count)d 天", "%(count)d 天", count) % {"count": count}


def _hours(count: int) -> str:
    return ngettext("%(count)d 小时", "%(count)d 小时", count) % {"count": count}


def _months(count: int) -> str:
    return ngettext("%(count)d 个月", "%(count)d 个月", count) % {"count": count}


def backup_months(keep: Sequence[int]) -> int:
    """After how many months every backup is deleted, if the last one of so many days, weeks and months is kept."""
    days, weeks, months = keep
    return max(1, -(-days // 28), -(-weeks // 4), months)


def _lasts(seconds: int) -> str:
    """A duration in days, or in hours where these are not whole days."""
    return _hours(seconds // 3600) if seconds % DAY else _days(seconds // DAY)


def cookies() -> list[Stored]:
    """All cookies that the portal sets."""
    chosen = _lasts(PREFERENCE_SECONDS)
    return [
        Stored(LANGUAGE_COOKIE, _("记住您选择的语言"), chosen),
        Stored(ELDER_COOKIE, _("记住您使用长辈版"), chosen),
        Stored(TEXT_COOKIE, _("记住您选择的字号"), chosen),
        Stored(CONTRAST_COOKIE, _("记住您使用高对比度"), chosen),
        Stored(settings.CSRF_COOKIE_NAME, _("防止其他网站冒充您提交"), _lasts(settings.CSRF_COOKIE_AGE)),
        Stored(
            visitors.COOKIE,
            _("让“我也需要”“我关心”和现场签到每人只计一次，只保存一串随机字符"),
            _lasts(visitors.SECONDS),
        ),
        Stored("messages", _("把“已提交”等提示带到下一页"), _("显示一次后删除")),
        Stored(
            settings.SESSION_COOKIE_NAME,
            _("工作人员和委员登录后保持登录，最长 %(hours)d 小时；之后用来找回没有提交的内容")
            % {"hours": settings.STAFF_SESSION_HOURS},
            _lasts(settings.SESSION_COOKIE_AGE),
        ),
        Stored(devices.COOKIE, _("工作人员和委员登录过的设备，下次登录时认得"), _lasts(devices.SECONDS)),
    ]


def stored() -> list[Stored]:
    """Items in the browser's storage, which browsers do not send to the portal."""
    return [
        Stored(
            "draft:…", _("没有提交的草稿：您填写的需求、委员登记的履职；只有文字，可以随时删除"), _lasts(DRAFT_SECONDS)
        ),
        Stored("theme", _("工作人员在工作台选择的深浅外观"), _("清除浏览器数据时删除")),
    ]


def _senders() -> list[str]:
    """The providers that deliver messages for the portal, from the settings; none if messages are only printed."""
    provider = SMS_PROVIDERS.get(settings.SMS_BACKEND.partition("://")[0])
    host = settings.EMAIL_HOST if settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend") else ""
    found = [_("短信：%(who)s") % {"who": provider}] if provider else []
    return [*found, _("邮件：%(who)s") % {"who": host}] if host else found


@require_safe
def privacy(request):
    context = {
        "notice_of": NOTICE_OF,
        "keeping": {
            "demand": _months(settings.RETENTION_MONTHS),
            "sign_up": _days(sign_ups.CONTACT_RETENTION.days),
            "reception": _days(receptions.CONTACT_RETENTION.days),
            "order": _days(topics.CONTACT_DAYS),
            "photo": _lasts(round(uploads.STAGED_FOR.total_seconds())),
            "draft": _lasts(DRAFT_SECONDS),
            "backup": _months(backup_months(settings.BACKUP_KEEP)) if settings.BACKUP_DIR else "",
        },
        "cookies": cookies(),
        "stored": stored(),
        "senders": _senders(),
        "https": settings.HTTPS,
    }
    return render(request, "nanhu_portal/privacy.html", context)


@require_safe
def consents(request):
    """Every version of every consent text, newest first for each purpose, with the dates when it was in force."""
    now = clock.now()
    purposes = []
    for purpose in consent.Purpose:
        rows, until = [], None
        for text in sorted(consent.texts().values(), key=lambda text: text.starts_at, reverse=True):
            if text.purpose == purpose:
                rows.append({"text": text, "until": until, "to_come": text.starts_at > now})
                until = text.starts_at
        purposes.append((purpose, rows))
    return render(request, "nanhu_portal/consents.html", {"purposes": purposes, "now": now})


@require_safe
def accessibility(request):
    return render(request, "nanhu_portal/accessibility.html", {"statement_of": STATEMENT_OF, "tested_on": TESTED_ON})
