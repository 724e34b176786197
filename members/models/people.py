"""Members, and what they host, present and support."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Prefetch, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.models import AgendaItem, Agreement, Area, Project, Venue
from foundation.contacts import Contact
from foundation.names import ENGLISH_HELP, Named, in_language
from foundation.public_texts import PublicCharField, PublicTextField
from foundation.storage import StoredName

from .committees import LiaisonCommittee


class MemberLevel(models.TextChoices):
    """The level of the CPPCC committee that somebody is a member of."""

    PROVINCE = "province", _("省政协委员")
    CITY = "city", _("市政协委员")
    DISTRICT = "district", _("区政协委员")


# The province's members first, those of unknown level last.
BY_LEVEL = (
    Case(
        *(When(level=level, then=Value(number)) for number, level in enumerate(MemberLevel)),
        default=Value(len(MemberLevel)),
        output_field=models.PositiveSmallIntegerField(),
    ),
    "order",
    "id",
)


class Sector(Named):
    """界别: the sector a member belongs to, as the CPPCC Charter names them. Not one of the five 政企社媒校."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = _("界别")
        verbose_name_plural = pgettext_lazy("desk", "界别")
        ordering = ["order", "pk"]


class MemberQuerySet(models.QuerySet):
    def public(self) -> "MemberQuerySet":
        return self.filter(is_active=True)

    def by_level(self) -> "MemberQuerySet":
        return self.order_by(*BY_LEVEL)

    def with_hosted(self) -> "MemberQuerySet":
        """Prefetch `receives`: the open venues where they receive residents. Takes one more query."""
        open_ones = VenueHost.objects.filter(venue__is_open=True).select_related("venue").order_by("pk")
        return self.prefetch_related(Prefetch("hosted", open_ones, to_attr="receives"))

    def visible_to(self, user) -> "MemberQuerySet":
        areas = Area.objects.within_scope_of(user).values("pk")
        return self if user.is_superuser else self.filter(committee__area__in=areas)


class Member(Named):
    """委员, a CPPCC member in their public role. Their contact is private."""

    committee = models.ForeignKey(
        LiaisonCommittee, models.PROTECT, related_name="members", verbose_name=_("所属联络委")
    )
    # Empty if unknown: the portal makes up nothing about a real person.
    level = models.CharField(_("级别"), max_length=12, choices=MemberLevel, blank=True)
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, blank=True, verbose_name=_("界别"))
    role = PublicCharField(_("职务"), max_length=80, blank=True)
    role_en = PublicCharField(_("职务（英文）"), max_length=160, blank=True)
    about = PublicTextField(_("介绍"), max_length=1000, blank=True)
    # The portrait, stored without its metadata; empty until staff upload one.
    full = StoredName(blank=True, editable=False)
    thumbnail = StoredName(blank=True, editable=False)
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
        verbose_name = pgettext_lazy("one", "委员")
        verbose_name_plural = pgettext_lazy("desk", "委员")
        ordering = ["order", "pk"]
        indexes = [models.Index(*BY_LEVEL, name="member_by_level", condition=Q(is_active=True))]

    @property
    def position(self) -> str:
        return in_language(self, "role")

    @property
    def initial(self) -> str:
        """The letter shown in place of a portrait."""
        return str(self)[:1]

    @property
    def title(self) -> str:
        """Level and name, as on an agenda."""
        return f"{self.get_level_display() or _('政协委员')} {self}"

    def belongs_to(self, user) -> bool:
        """Whether `user` is this member's account."""
        return user is not None and self.user_id == user.pk


class VenueHost(models.Model):
    """A member receives residents at a venue."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="hosted", verbose_name=_("委员"))
    venue = models.ForeignKey(Venue, models.CASCADE, related_name="hosts", verbose_name=_("议事点"))
    times = PublicCharField(_("接待时间"), max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("驻点委员")
        ordering = ["member__order", "pk"]
        constraints = [models.UniqueConstraint(fields=["member", "venue"], name="host_once")]

    def __str__(self) -> str:
        return self.times or str(_("驻点"))


class Presenter(models.Model):
    """A member presents an agenda item."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="presented", verbose_name=_("委员"))
    agenda_item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="presenters", verbose_name=_("议程"))

    class Meta:
        verbose_name = verbose_name_plural = _("主讲委员")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["member", "agenda_item"], name="presenter_once")]

    def __str__(self) -> str:
        return f"{self.agenda_item_id} {self.member_id}"


class ProjectMember(models.Model):
    """A member initiated or supports a project."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="projects", verbose_name=_("委员"))
    project = models.ForeignKey(Project, models.CASCADE, related_name="member_links", verbose_name=_("项目"))
    part = PublicCharField(_("做什么"), max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("项目委员")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["member", "project"], name="project_member_once")]

    def __str__(self) -> str:
        return self.part or str(_("参与"))


class AgreementMember(models.Model):
    """A member supports an agreement; once it is kept, it creates a duty record."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="agreements", verbose_name=_("委员"))
    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="member_links", verbose_name=_("约定事项"))

    class Meta:
        verbose_name = verbose_name_plural = _("推动约定的委员")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["member", "agreement"], name="agreement_member_once")]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.member_id}"


class StoryQuerySet(models.QuerySet):
    def public(self) -> "StoryQuerySet":
        return self.filter(is_chosen=True, member__is_active=True)

    def visible_to(self, user) -> "StoryQuerySet":
        return self if user.is_superuser else self.filter(member__in=Member.objects.visible_to(user).values("pk"))


class Story(models.Model):
    """A story of what a member did in a year, for the annual showcase 年年展; staff choose which are shown."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="stories", verbose_name=_("委员"))
    year = models.PositiveSmallIntegerField(_("年份"))
    title = PublicCharField(_("标题"), max_length=60)
    title_en = PublicCharField(_("标题（英文）"), max_length=120, blank=True, help_text=ENGLISH_HELP)
    body = PublicTextField(_("正文"), max_length=1000)
    body_en = PublicTextField(_("正文（英文）"), max_length=2000, blank=True, help_text=ENGLISH_HELP)
    is_chosen = models.BooleanField(_("入选年度成果展"), default=False)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_demo = models.BooleanField(_("演示数据"), default=False, editable=False)

    objects = StoryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("委员故事")
        ordering = ["year", "order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__range=(2000, 2100)), name="story_year", violation_error_message=_("请核对年份。")
            )
        ]

    def __str__(self) -> str:
        return in_language(self, "title")
