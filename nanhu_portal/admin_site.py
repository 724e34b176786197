"""Django's admin under our name, with a home page that shows waiting work."""

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import __version__


class PortalAdminSite(AdminSite):
    site_title = gettext_lazy("工作台")
    site_header = gettext_lazy("工作台")
    index_title = gettext_lazy("工作台")
    index_template = "admin/home.html"
    # Tables need the width, and the home page links everywhere.
    enable_nav_sidebar = False

    def get_urls(self):
        return [
            path("insight/", self.admin_view(self.insight), name="insight"),
            path("district/", self.admin_view(self.district), name="district"),
            path("lift-mark/<str:label>/<int:pk>/", self.admin_view(self.lift_mark), name="lift_mark"),
            path("readiness/", self.admin_view(self.readiness), name="readiness"),
            path("readiness/<str:channel>/", self.admin_view(self.readiness), name="readiness_trial"),
            path("structure/", self.admin_view(self.structure), name="structure"),
            *self.structure_urls(),
            path("releases/", self.admin_view(self.releases), name="releases"),
            path("handbook/", self.admin_view(self.handbooks), name="handbooks"),
            path("handbook/<slug:name>/", self.admin_view(self.handbooks), name="handbook"),
            path("drafts/drop/", self.admin_view(self.drop_draft), name="drop_draft"),
            *super().get_urls(),
        ]

    def insight(self, request):
        from .insight import insight  # this module is imported before the apps are ready

        return insight(request, self.each_context(request))

    def district(self, request):
        from .district import desk  # this module is imported before the apps are ready

        return desk(request, self.each_context(request))

    def readiness(self, request, channel: str = ""):
        from .readiness import readiness  # this module is imported before the apps are ready

        return readiness(request, self.each_context(request), channel)

    def structure(self, request):
        from .structure import upload  # this module is imported before the apps are ready

        return upload(request, self.each_context(request))

    def structure_urls(self):
        from . import structure  # this module is imported before the apps are ready

        return [
            path("structure/confirm/", self.admin_view(structure.confirm), name="structure_confirm"),
            path("structure/empty.xlsx", self.admin_view(structure.empty), name="structure_empty"),
            path("structure/example.xlsx", self.admin_view(structure.example), name="structure_example"),
            path("structure/export/", self.admin_view(structure.export), name="structure_export"),
        ]

    def releases(self, request):
        from .releases import releases  # as above

        return releases(request, self.each_context(request))

    def handbooks(self, request, name: str = ""):
        from .handbooks import handbooks  # this module is imported before the apps are ready

        return handbooks(request, self.each_context(request), name)

    def each_context(self, request):
        # Whoever is not staff need not know which weaknesses to try.
        context = super().each_context(request)
        return {**context, "version": __version__ if context["has_permission"] else ""}

    def lift_mark(self, request, label: str, pk: int):
        from .lifting import lift  # this module is imported before the apps are ready

        return lift(self, request, label, pk)

    def register(self, model_or_iterable, admin_class=None, **options):
        """Register as Django does, and give every admin our base, those of other packages too."""
        from foundation.modeladmin import BaseAdmin  # models are not ready when this module loads

        admin_class = admin_class or BaseAdmin
        if not issubclass(admin_class, BaseAdmin):
            admin_class = type(admin_class.__name__, (BaseAdmin, admin_class), {})
        super().register(model_or_iterable, admin_class, **options)

    def logout(self, request, extra_context=None):
        from .accounts import FORGET  # this module is imported before the apps are ready

        response = super().logout(request, extra_context)
        response["Clear-Site-Data"] = FORGET
        return response

    def login(self, request, extra_context=None):
        from .accounts import AdminSignIn  # this module is imported before the apps are ready

        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        names = {"title": _("登录"), "subtitle": None, "app_path": request.get_full_path()}
        context = {**self.each_context(request), **names, "username": request.user.get_username()}
        return AdminSignIn.as_view(extra_context={**context, **(extra_context or {})})(request)

    def drop_draft(self, request):
        """Delete the user's own draft of the form at an address, and open the form without it."""
        from foundation import drafts  # models are not ready when this module loads

        address = request.POST.get("address", "")
        # Only the addresses of drafts are led to, so to none elsewhere.
        if request.method != "POST" or not drafts.drop(request.user, address):
            return redirect("admin:index")
        messages.success(request, _("草稿已丢弃。"))
        return redirect(address)

    def index(self, request, extra_context=None):
        from . import district, insight  # this module is imported before the apps are ready

        waiting = {"tiles": _tiles(request.user), "saved_filters": _filters(request.user), "notices": _notices()}
        waiting |= {"reds": _reds(request.user), "may_view_insight": insight.may_view(request.user)}
        waiting["may_view_district"] = district.may_view(request.user)
        return super().index(request, {**waiting, **(extra_context or {})})


def _filters(user) -> list:
    """The user's saved filters of the demand list. One query."""
    from demands.selectors.search import chips  # this module is imported before the apps are ready

    return chips(user) if user.has_perm("demands.view_demand") else []


def _tiles(user) -> list[dict]:
    from foundation.queues import tiles  # this module is imported before the apps are ready

    return tiles(user) if user.has_perm("demands.view_demand") else []


def _reds(user) -> int:
    """How many things have to be mended before the portal is ready."""
    from foundation import readiness  # models are not ready when this module loads

    return readiness.reds(user) if user.has_perm(readiness.STAFF) else 0


def _notices() -> list[str]:
    from foundation import portal  # models are not ready when this module loads
    from foundation.workdays import unknown_year_ahead  # as above

    notices = []
    if not portal.current().phone:
        notices.append(_("网站上没有可供居民拨打的电话。请管理员在“门户信息”中填写联系电话、办公时间和窗口地址。"))
    year = unknown_year_ahead()
    if year is not None:
        text = _("%(year)d 年的节假日安排尚未录入，期限暂按周一至周五计算。请在“节假日调整”中录入国务院办公厅的通知。")
        notices.append(text % {"year": year})
    return notices


class PortalAdminConfig(AdminConfig):
    default_site = "nanhu_portal.admin_site.PortalAdminSite"
