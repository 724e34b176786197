"""What of places has to be there before residents come."""

from django.conf import settings
from django.http.request import validate_host
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.readiness import STAFF, Finding, Level, Section, check
from foundation.readiness_checks import listed

from ..models import AreaLevel, places, subdistricts


@check("places", Section.CONTENT, permission=STAFF)
def places_to_choose(viewer):
    """Whether residents find their community in the form; each subdistrict has to have one."""
    title, address = _("社区和小区"), reverse("admin:structure")
    communities, compounds = places.of_level(AreaLevel.COMMUNITY), places.of_level(AreaLevel.COMPOUND)
    remedy = _("请用表格导入，或者在“区域”中逐个增加。")
    if not communities:
        text = _("还没有社区和小区，居民提需求时没有地点可选，提交不了。")
        yield Finding(Level.RED, title, text, remedy, address)
        return
    begun = {community.subdistrict for community in communities}
    if empty := [str(area) for area in places.of_level(AreaLevel.SUBDISTRICT) if area not in begun]:
        yield Finding(Level.AMBER, title, _("还没有社区：%(names)s。") % {"names": listed(empty)}, remedy, address)
        return
    counts = {"communities": len(communities), "compounds": len(compounds)}
    yield Finding(Level.GREEN, title, _("社区 %(communities)d 个，小区 %(compounds)d 个。") % counts)


@check("subdistricts", Section.SITE, permission="consultation.change_subdistrictprofile")
def subdistrict_profiles(viewer):
    """Where there are several subdistricts: whether each says whom to call, and its host name is answered."""
    if not subdistricts.several():
        return
    address = reverse("admin:consultation_subdistrictprofile_changelist")
    mine = places.areas() if viewer is None else places.areas_of(viewer)
    for area in [found for found in places.of_level(AreaLevel.SUBDISTRICT) if found.pk in mine]:
        own = getattr(area, "profile", None)
        title = _("街道信息：%(area)s") % {"area": area}
        if own and own.host and not validate_host(own.host, settings.ALLOWED_HOSTS):
            text = _("本站不回应域名 %(host)s，发出的链接打不开。") % {"host": own.host}
            yield Finding(Level.RED, title, text, _("请把它写入 ALLOWED_HOSTS，或在“街道信息”中去掉。"), address)
        elif not (own and own.phone):
            remedy = _("请在“街道信息”中填写本街道的电话、办公时间和窗口地址。")
            yield Finding(Level.AMBER, title, _("没有自己的电话，页面显示的是门户的电话。"), remedy, address)
        else:
            yield Finding(Level.GREEN, title, own.phone)
