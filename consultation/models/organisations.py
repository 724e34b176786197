"""Partners of the five sectors 政企社媒校, with a contact that stays private."""

import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import search
from foundation.contacts import Contact
from foundation.names import Named
from foundation.public_texts import PublicCharField

from .areas import Area


class PartnerSector(models.TextChoices):
    """政企社媒校, the five sectors that take part in a consultation."""

    GOVERNMENT = "government", pgettext_lazy("sector", "政府部门")
    ENTERPRISE = "enterprise", pgettext_lazy("sector", "企业")
    SOCIETY = "society", pgettext_lazy("sector", "社会组织")
    MEDIA = "media", pgettext_lazy("sector", "媒体")
    SCHOOL = "school", pgettext_lazy("sector", "学校")


class OrganisationKind(models.TextChoices):
    DEPARTMENT = "department", _("政府部门")
    PUBLIC_BODY = "public_body", _("事业单位")
    RESIDENTS_COMMITTEE = "residents_committee", _("社区居委会")
    ENTERPRISE = "enterprise", _("企业")
    BANK = "bank", _("金融机构")
    PROPERTY_MANAGER = "property_manager", _("物业公司")
    SHOP = "shop", _("商户")
    ASSOCIATION = "association", _("备案社团")
    SOCIAL_ORGANISATION = "social_organisation", _("社会组织")
    MEDIA = "media", _("媒体")
    SCHOOL = "school", _("学校")
    KINDERGARTEN = "kindergarten", _("幼儿园")


K, X = OrganisationKind, PartnerSector
SECTOR_OF = {
    K.DEPARTMENT: X.GOVERNMENT,
    K.PUBLIC_BODY: X.GOVERNMENT,
    K.RESIDENTS_COMMITTEE: X.GOVERNMENT,
    K.ENTERPRISE: X.ENTERPRISE,
    K.BANK: X.ENTERPRISE,
    K.PROPERTY_MANAGER: X.ENTERPRISE,
    K.SHOP: X.ENTERPRISE,
    K.ASSOCIATION: X.SOCIETY,
    K.SOCIAL_ORGANISATION: X.SOCIETY,
    K.MEDIA: X.MEDIA,
    K.SCHOOL: X.SCHOOL,
    K.KINDERGARTEN: X.SCHOOL,
}


# Those with a cooperation agreement first, the newest of them leading.
PARTNERS_FIRST = (F("has_agreement").desc(), F("cooperation_since").desc(nulls_last=True), F("id").asc())
# The generated column that the public search looks through: names and introduction.
PARTNER_WORDS = search.Words("partner_words")


class OrganisationQuerySet(models.QuerySet):
    def public(self) -> "OrganisationQuerySet":
        return self.filter(is_active=True)

    def cooperating(self) -> "OrganisationQuerySet":
        """Those with a cooperation agreement."""
        return self.public().filter(has_agreement=True)

    def cooperating_by(self, year: int) -> "OrganisationQuerySet":
        """Those that had one by the end of that year, or on a day that is not known."""
        by_then = Q(cooperation_since__lte=datetime.date(year, 12, 31))
        return self.cooperating().filter(by_then | Q(cooperation_since__isnull=True))

    def nurtured_in(self, year: int) -> "OrganisationQuerySet":
        return self.filter(nurtured_years__contains=[year])

    def partners_first(self) -> "OrganisationQuerySet":
        return self.order_by(*PARTNERS_FIRST)

    def matching(self, text: str) -> "OrganisationQuerySet":
        return search.matching(self, PARTNER_WORDS, text)

    def visible_to(self, user) -> "OrganisationQuerySet":
        return self if user.is_superuser else self.filter(area__in=Area.objects.within_scope_of(user).values("pk"))


class Organisation(Named):
    """A partner. The sector is derived from the kind."""

    kind = models.CharField(_("性质"), max_length=30, choices=OrganisationKind)
    sector = models.GeneratedField(
        expression=Case(
            *(When(kind=kind, then=Value(sector.value)) for kind, sector in SECTOR_OF.items()), default=Value("")
        ),
        output_field=models.CharField(max_length=20, choices=PartnerSector),
        db_persist=True,
        verbose_name=_("所属方面"),
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="organisations", verbose_name=_("区域"))
    about = PublicCharField(_("简介"), max_length=200, blank=True)
    website = models.URLField(_("网址"), blank=True)
    has_agreement = models.BooleanField(_("签有合作协议"), default=False, db_default=False)
    cooperation_since = models.DateField(
        _("合作开始日期"), null=True, blank=True, help_text=_("签有合作协议的填写；签订日期不详的留空。")
    )
    # Each year's list is one of its own, so that a later one does not change what an earlier year counted.
    nurtured_years = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        verbose_name=_("孵化培育年份"),
        help_text=_("列入联络委孵化培育名单的年份，如 2023、2024；年度成果展按年份统计。"),
    )
    contact = models.OneToOneField(
        Contact, models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("联系方式")
    )
    is_active = models.BooleanField(_("启用"), default=True)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "合作单位")
        verbose_name_plural = _("合作单位")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=OrganisationKind.values), name="organisation_kind_known"),
            models.CheckConstraint(
                condition=Q(has_agreement=True) | Q(cooperation_since__isnull=True),
                name="organisation_agreed_on_a_day",
                violation_error_message=_("填写合作开始日期的，请勾选“签有合作协议”。"),
            ),
            models.UniqueConstraint(
                fields=["area", "name"],
                name="organisation_once",
                violation_error_message=_("这个区域已有同名的单位。"),
            ),
        ]
        indexes = [
            models.Index(fields=["sector", "name", "id"], name="organisation_sector"),
            models.Index(fields=["kind", "name", "id"], name="organisation_kind"),
            # Of the public list, in its order.
            models.Index(*PARTNERS_FIRST, name="partner_first", condition=Q(is_active=True)),
            models.Index("sector", *PARTNERS_FIRST, name="partner_sector", condition=Q(is_active=True)),
            models.Index("kind", *PARTNERS_FIRST, name="partner_kind", condition=Q(is_active=True)),
            models.Index("area", *PARTNERS_FIRST, name="partner_area", condition=Q(is_active=True)),
            GinIndex(fields=["nurtured_years"], name="partner_nurtured", condition=Q(is_active=True)),
        ]

    def get_sector_display(self) -> str:
        """Return the sector's label. Django adds no such method for a generated field."""
        return str(dict(PartnerSector.choices).get(self.sector, ""))
