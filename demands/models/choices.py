"""How a demand came in, and on what basis it is public; and what follows from both."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    BOTTOM_UP = "bottom_up", _("自下而上（居民提出）")
    TOP_DOWN = "top_down", _("自上而下（部门提出）")


class Channel(models.TextChoices):
    WEB = "web", _("网页")
    VENUE_QR = "venue_qr", _("扫议事点二维码")
    WINDOW = "window", _("窗口")
    PHONE = "phone", _("电话")
    MEETING = "meeting", _("议事活动")
    DEPARTMENT = "department", _("部门清单")


class Urgency(models.TextChoices):
    """How urgent a demand is. Danger words in its text suggest that it is, and staff decide."""

    ORDINARY = "", _("一般")
    SUGGESTED = "suggested", _("可能紧急")
    URGENT = "urgent", _("紧急")
    DISMISSED = "dismissed", _("已确认不紧急")


# What staff look at first.
URGENT = (Urgency.URGENT, Urgency.SUGGESTED)


class PublicationBasis(models.TextChoices):
    WEB_CONSENT = "web_consent", _("居民在网页上同意公开")
    ORAL_CONSENT = "oral_consent", _("居民口头同意，工作人员已记录")
    NOBODY_CONCERNED = "nobody_concerned", _("不涉及任何个人")
    ALREADY_PUBLIC = "already_public", _("原本就已公开")


# An import that was public before is public record: it stays for as long as it is published on that basis.
NOT_KEPT = (
    Q(imported_at__isnull=True) | Q(published_at__isnull=True) | ~Q(publication_basis=PublicationBasis.ALREADY_PUBLIC)
)
# Published here by somebody; or by an import, or when it had come with its answer long before.
NEWS = Q(published_at__isnull=False) & (Q(imported_at__isnull=True) | Q(published_at__gt=F("imported_at")))
HISTORY = Q(published_at__lte=F("imported_at"))
# The most of a public text: as much as an import may bring.
MAX_PUBLIC = 20_000
