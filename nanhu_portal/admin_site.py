"""Django's admin under our name, with a home page that shows waiting work."""

import functools

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
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
        from . import (  # apps are ready only now  # the same
            alerts,
            calendar_page,
            district,
            find,
            handbooks,
            insight,
            lifting,
            menu,
            readiness,
            releases,
            structure,
            ways,
        )
        from .staff_figures import downloads  # the same
        from .staff_figures import page as staff_figures  # the same
        from .work_report import page as work_report  # the same

        pages = (
            ("insight/", insight.insight, "insight"),
            ("district/", district.desk, "district"),
            ("figures/", staff_figures.page, "figures"),
            ("readiness/", readiness.readiness, "readiness"),
            ("readiness/<str:channel>/", readiness.readiness, "readiness_trial"),
            ("structure/", structure.upload, "structure"),
            ("releases/", releases.releases, "releases"),
            ("ways/", ways.ways, "ways"),
            ("alerts/", alerts.choose, "alerts"),
            ("report/", work_report.report, "report"),
            ("menu/", menu.menu, "menu"),
            ("find/", find.find, "find"),
            ("calendar/", calendar_page.month_page, "calendar"),
            ("calendar/paper/", calendar_page.paper, "calendar_paper"),
            ("calendar/<str:day>/", calendar_page.day_page, "calendar_day"),
            ("handbook/", handbooks.handbooks, "handbooks"),
            ("handbook/<slug:name>/", handbooks.handbooks, "handbook"),
        )
        acts = (
            ("structure/confirm/", structure.confirm, "structure_confirm"),
            ("structure/empty.xlsx", structure.empty, "structure_empty"),
            ("structure/example.xlsx", structure.example, "structure_example"),
            ("structure/export/", structure.export, "structure_export"),
            ("lift-mark/<str:label>/<int:pk>/", functools.partial(lifting.lift, self), "lift_mark"),
            ("drafts/drop/", self.drop_draft, "drop_draft"),
            ("figures/figures.csv", downloads.as_csv, "figures_csv"),
            ("figures/figures.xlsx", downloads.as_xlsx, "figures_xlsx"),
        )
        return [
            *(path(route, self.admin_view(self._with_context(view)), name=name) for route, view, name in pages),
            *(path(route, self.admin_view(view), name=name) for route, view, name in acts),
            *super().get_urls(),
        ]

    def _with_context(self, view):
        """A view that is given, after the request, what every page of the admin has."""

        @functools.wraps(view)
        def page(request, *args, **kwargs):
            return view(request, self.each_context(request), *args, **kwargs)

        return page

    def each_context(self, request):
        # Whoever is not staff need not know which weaknesses to try.
        from .menu import rooms  # this module is imported before the apps are ready

        context = super().each_context(request)
        if not context["has_permission"]:
            return {**context, "version": "", "rooms": ()}
        return {**context, "version": __version__, "rooms": rooms(request)}

    def get_app_list(self, request, app_label=None):
        """Django's list, built only when it is read: every page of the admin receives it, and only the home page and
        those of one app show it. It asks for four permissions of each model.
        """
        return SimpleLazyObject(functools.partial(super().get_app_list, request, app_label))

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
        tiles, sections = _tiles(request.user), _sections(request.user)
        waiting = {
            "greeting": _greeting(),
            "tiles": sorted((tile for tile in tiles if tile["count"]), key=lambda tile: not tile["alarm"]),
            "zeros": [tile for tile in tiles if not tile["count"]],
            "pressing": sum(tile["count"] for tile in tiles if tile["alarm"]),
            "main": [one for one in sections if one["section"].is_main],
            "beside": [one for one in sections if not one["section"].is_main],
            "saved_filters": _filters(request.user),
            "notices": _notices(request.user),
            "reds": _reds(request.user),
        }
        context = {**self.each_context(request), "title": self.index_title, **waiting, **(extra_context or {})}
        return TemplateResponse(request, self.index_template, context)


def _greeting() -> str:
    """The day and the time of day, as one greets."""
    from foundation import clock  # models are not ready when this module loads

    now = timezone.localtime(clock.now())
    day = {"day": date_format(now, "l")}
    if now.hour < 12:
        return _("%(day)s，上午好。") % day
    return _("%(day)s，下午好。") % day if now.hour < 18 else _("%(day)s，晚上好。") % day


def _sections(user) -> list[dict]:
    from foundation import start_page  # models are not ready when this module loads

    return start_page.sections(user)


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


def _notices(user) -> list[str]:
    from foundation import portal, workdays  # models are not ready when this module loads

    notices = []
    if not portal.current().phone:
        notices.append(_("网站上没有可供居民拨打的电话。请管理员在“门户信息”中填写联系电话、办公时间和窗口地址。"))
    year = workdays.unknown_year_ahead()
    if year is not None:
        if workdays.may_enter(user):
            text = _(
                "%(year)d 年的节假日安排尚未录入，期限暂按周一至周五计算。请在“节假日调整”中录入国务院办公厅的通知。"
            )
        else:
            text = _("%(year)d 年的节假日安排尚未录入，期限暂按周一至周五计算。请管理员录入国务院办公厅的通知。")
        notices.append(text % {"year": year})
    return notices


class PortalAdminConfig(AdminConfig):
    default_site = "nanhu_portal.admin_site.PortalAdminSite"
