"""Which places nobody works for, and whom no alert reaches."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.accounts import Role, User
from foundation.readiness import STAFF, Finding, Level, Section, check
from foundation.readiness_checks import listed

from ..models import Area, AreaLevel, StaffScope, places
from .accounts import within_areas

# Who works for a place of each level. Staff of a subdistrict do not stand in for those of its communities.
OF_LEVEL = {AreaLevel.SUBDISTRICT: Role.LIAISON_STAFF, AreaLevel.COMMUNITY: Role.COMMUNITY_STAFF}


def areas_without_staff(viewer) -> list[Area]:
    """Subdistricts without liaison staff and communities without staff of their own, among those that somebody sees.

    Args:
        viewer: a member of staff, or None for all.
    """
    of_role = StaffScope.objects.filter(user__is_active=True, user__groups__name__in=OF_LEVEL.values())
    served = {
        (role, key)
        for role, area in of_role.values_list("user__groups__name", "area")
        for key in places.within(places.area(area))
    }
    seen = Area.objects.filter(level__in=OF_LEVEL)
    if viewer is not None:
        seen = seen.within_scope_of(viewer)
    return [area for area in seen if (OF_LEVEL[AreaLevel(area.level)], area.pk) not in served]


@check("areas_without_staff", Section.PEOPLE, permission=STAFF)
def staffing(viewer):
    title, areas = _("各处的工作人员"), areas_without_staff(viewer)
    if not areas:
        yield Finding(Level.GREEN, title, _("街道和每个社区都有工作人员。"))
        return
    text = _("没有工作人员账号：%(names)s。") % {"names": listed([str(area) for area in areas])}
    remedy = _("请开通账号，并设置工作范围；在此之前，这些地方的需求由上一级处理。")
    yield Finding(Level.AMBER, title, text, remedy, reverse("admin:foundation_user_changelist"))


@check("staff_without_mail", Section.PEOPLE, permission=STAFF)
def reached_by_mail(viewer):
    title, staff = _("工作提醒"), User.objects.filter(is_active=True, email="", groups__name__in=OF_LEVEL.values())
    if viewer is not None and not viewer.is_superuser:
        staff = staff.filter(within_areas(viewer))
    count = staff.distinct().count()
    if not count:
        yield Finding(Level.GREEN, title, _("工作人员的账号都有邮箱，能收到工作提醒。"))
        return
    text = ngettext(
        "%(count)d 个工作人员账号没有邮箱，收不到新需求等提醒。",
        "%(count)d 个工作人员账号没有邮箱，收不到新需求等提醒。",
        count,
    ) % {"count": count}
    yield Finding(Level.AMBER, title, text, _("请在账号里填写邮箱。"), reverse("admin:foundation_user_changelist"))
