"""The staff desk is Django's admin, under our name."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(AdminSite):
    site_title = _("工作台")
    site_header = _("工作台")
    index_title = _("工作台")


class PortalAdminConfig(AdminConfig):
    default_site = "nanhu_portal.admin_site.PortalAdminSite"
