"""Partners of the five sectors 政企社媒校, with a contact that stays private."""

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.contacts import Contact
from foundation.names import Named

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


class OrganisationQuerySet(models.QuerySet):
    def public(self) -> "OrganisationQuerySet":
        return self.filter(is_active=True)

    def cooperating(self) -> "OrganisationQuerySet":
        """Those with a cooperation agreement."""
        return self.public().filter(cooperation_since__isnull=False)

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
    about = models.CharField(_("简介"), max_length=200, blank=True)
    website = models.URLField(_("网址"), blank=True)
    cooperation_since = models.DateField(
        _("合作开始日期"), null=True, blank=True, help_text=_("已签合作协议的填写，没有协议的留空。")
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
            models.UniqueConstraint(
                fields=["area", "name"],
                name="organisation_once",
                violation_error_message=_("这个区域已有同名的单位。"),
            ),
        ]
        indexes = [
            models.Index(fields=["sector", "name", "id"], name="organisation_sector"),
            models.Index(fields=["kind", "name", "id"], name="organisation_kind"),
        ]

    def get_sector_display(self) -> str:
        """Return the sector's label. Django adds no such method for a generated field."""
        return str(dict(PartnerSector.choices).get(self.sector, ""))
