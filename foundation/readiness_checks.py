"""What of accounts and settings has to be there before residents come."""

from django.urls import reverse
from django.utils.translation import gettext as _

from . import clock, portal, workdays
from .readiness import Finding, Level, Section, check


@check("phone", Section.SITE, permission="foundation.view_calendarday")
def phone(viewer):
    title, current = _("联系电话"), portal.current()
    if current.phone:
        yield Finding(Level.GREEN, title, current.phone)
        return
    yield Finding(
        Level.RED,
        title,
        _("网站上没有可供居民拨打的电话。"),
        _("请管理员在“门户信息”中填写联系电话、办公时间和窗口地址。"),
        reverse("admin:foundation_portal_changelist"),
    )


@check("holidays", Section.CONTENT, permission="foundation.view_calendarday")
def holidays(viewer):
    title, year = _("节假日安排"), workdays.unknown_year_ahead(clock.today())
    if year is None:
        yield Finding(Level.GREEN, title, _("已录入当前所需年份的节假日安排。"))
        return
    # The notice of the next year comes out in November; in the year itself deadlines are wrong already.
    level = Level.AMBER if year > clock.today().year else Level.RED
    yield Finding(
        level,
        title,
        _("%(year)d 年的节假日安排尚未录入，期限暂按周一至周五计算。") % {"year": year},
        _("请在“节假日调整”中录入国务院办公厅的通知。"),
        reverse("admin:foundation_calendarday_changelist"),
    )
