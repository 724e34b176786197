"""Members, and what they host, present and further."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import AgendaItem, Area, Project, Venue
from foundation.contacts import Contact
from foundation.names import Named

from .committee import LiaisonCommittee


class MemberLevel(models.TextChoices):
    """Of which CPPCC committee somebody is a member."""

    PROVINCE = "province", _("省政协委员")
    CITY = "city", _("市政协委员")
    DISTRICT = "district", _("区政协委员")


class Sector(Named):
    """界别: the sector a member belongs to, as the CPPCC Charter names them. Not one of the five 政企社媒校."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("界别")
        ordering = ["order", "pk"]


class MemberQuerySet(models.QuerySet):
    def public(self) -> "MemberQuerySet":
        return self.filter(is_active=True)

    def visible_to(self, user) -> "MemberQuerySet":
        areas = Area.objects.within_scope_of(user).values("pk")
        return self if user.is_superuser else self.filter(committee__area__in=areas)


class Member(Named):
    """委员, a CPPCC member in the public role. How to reach them is private."""

    committee = models.ForeignKey(
        LiaisonCommittee, models.PROTECT, related_name="members", verbose_name=_("所属联络委")
    )
    # Empty where it is not known: the portal makes up nothing about a real person.
    level = models.CharField(_("级别"), max_length=12, choices=MemberLevel, blank=True)
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, blank=True, verbose_name=_("界别"))
    role = models.CharField(_("职务"), max_length=80, blank=True)
    role_en = models.CharField(_("职务（英文）"), max_length=160, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="member",
        verbose_name=_("账号"),
    )
    contact = models.OneToOneField(
        Contact, models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("联系方式")
    )
    order = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("在任"), default=True)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = pgettext_lazy("desk", "委员")
        ordering = ["order", "pk"]

    @property
    def title(self) -> str:
        """As an agenda names them: level and name."""
        return f"{self.get_level_display() or _('政协委员')} {self}"


class VenueHost(models.Model):
    """That a member receives residents at a venue."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="hosted", verbose_name=_("委员"))
    venue = models.ForeignKey(Venue, models.CASCADE, related_name="hosts", verbose_name=_("阵地"))
    times = models.CharField(_("接待时间"), max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("驻点委员")
        ordering = ["member__order", "pk"]
        constraints = [models.UniqueConstraint(fields=["member", "venue"], name="host_once")]

    def __str__(self) -> str:
        return self.times or str(_("驻点"))


class Presenter(models.Model):
    """That a member presents an agenda item."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="presented", verbose_name=_("委员"))
    agenda_item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="presenters", verbose_name=_("议程"))

    class Meta:
        verbose_name = verbose_name_plural = _("主讲委员")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["member", "agenda_item"], name="presenter_once")]

    def __str__(self) -> str:
        return f"{self.agenda_item_id} {self.member_id}"


class ProjectMember(models.Model):
    """That a member brought or furthers a project."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="projects", verbose_name=_("委员"))
    project = models.ForeignKey(Project, models.CASCADE, related_name="member_links", verbose_name=_("项目"))
    part = models.CharField(_("做什么"), max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("项目委员")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["member", "project"], name="project_member_once")]

    def __str__(self) -> str:
        return self.part or str(_("参与"))
