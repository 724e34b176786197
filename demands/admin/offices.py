"""Asking an outside office about a demand, and dealing with its answer."""

from django.contrib import admin
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.acts import Act
from foundation.modeladmin import ReadOnlyAdmin, VisibleAdmin
from foundation.personal_numbers import masked
from foundation.work_lists import WorkListAdmin

from .. import forms
from ..models import OfficeRequest
from ..models.offices import WORK_ORDER
from ..services import offices
from .acts import ANSWER_BUTTONS, DEMAND_ACTS
from .counted import CountedQuestions
from .units import UnitFilter

PERMISSION = "demands.handle_demand"


def panel(model_admin, request, demand) -> dict:
    """Return the offices asked, each with its link (while that is open, for users who may send it) and its photos."""
    may = request.user.has_perm(PERMISSION)
    # The timeline on the same page has fetched them already, and the photos.
    asked = demand.office_requests.all()
    photos = demand.photos.all()
    return {
        "offices": [
            (
                one,
                offices.link(one) if may and one.is_waiting else "",
                [photo for photo in photos if photo.office_request_id == one.pk],
            )
            for one in asked
        ],
        "may_ask": may and demand.is_open and not demand.erased_at,
        "may_pass_on": may and not demand.erased_at,
    }


def _request(demand, office: int):
    return get_object_or_404(demand.office_requests, pk=office)


def _pass_on(asked, *, answer, actor, version, everybody=False, standard=None):
    return offices.pass_on(asked, answer, actor=actor, version=version, everybody=everybody)


DEMAND_ACTS.add(
    Act(
        name="ask_office",
        permission=PERMISSION,
        form=forms.offices.OfficeForm,
        service=offices.ask,
        heading=gettext_lazy("请外部单位答复"),
        button=gettext_lazy("生成链接"),
        success_message=gettext_lazy("链接已生成，请复制后发给对方。对方答复前，可以在这里再次查看。"),
        anchor="offices",
    ),
    Act(
        name="pass_on",
        address="<int:pk>/offices/<int:office>/pass-on/",
        permission=PERMISSION,
        find=_request,
        form=forms.conversation.AnswerForm,
        form_arguments=lambda request, asked: {"initial": {"answer": f"{asked.office}：{asked.answer}"}},
        service=_pass_on,
        heading=lambda asked: _("把%(office)s的答复转告居民") % {"office": asked.office},
        button=gettext_lazy("发出答复"),
        success_message=gettext_lazy("已转告，居民会收到通知。"),
        buttons=ANSWER_BUTTONS,
    ),
    Act(
        name="set_aside",
        address="<int:pk>/offices/<int:office>/set-aside/",
        permission=PERMISSION,
        find=_request,
        service=offices.set_aside,
        success_message=gettext_lazy("这份答复已标为已处理。"),
        has_page=False,
    ),
    Act(
        name="revoke_office",
        address="<int:pk>/offices/<int:office>/revoke/",
        permission=PERMISSION,
        find=_request,
        service=offices.revoke,
        success_message=gettext_lazy("链接已收回，不能再打开。"),
        has_page=False,
    ),
)


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("状态")
    parameter_name = "state"
    states = {
        "waiting": (gettext_lazy("等待答复"), lambda rows: rows.waiting()),
        "late": (gettext_lazy("逾期未答复"), lambda rows: rows.late()),
        "answered": (gettext_lazy("已答复，待处理"), lambda rows: rows.to_pass_on()),
    }

    def lookups(self, request, model_admin):
        return [(name, label) for name, (label, _rows) in self.states.items()]

    def queryset(self, request, queryset):
        chosen = self.states.get(self.value())
        return chosen[1](queryset) if chosen else queryset


@admin.register(OfficeRequest)
class OfficeRequestAdmin(WorkListAdmin, VisibleAdmin, ReadOnlyAdmin):
    """Who was asked about which demand, until when, and what they answered. Acts are on the demand's page."""

    list_display = ("office", "need", "made_at", "expires_at", "state_shown", "answer_begins")
    list_display_links = None
    list_filter = (StateFilter, UnitFilter, CountedQuestions)
    list_select_related = ("demand",)
    list_per_page = 50
    work_order = WORK_ORDER
    sortable_by = ("made_at", "expires_at")
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=pgettext_lazy("one", "需求"))
    def need(self, asked):
        address = f"{reverse('admin:demands_demand_change', args=[asked.demand_id])}#offices"
        return format_html('<a href="{}">{}</a><br><small>{}</small>', address, asked.demand.ref, asked.demand.headline)

    @admin.display(description=gettext_lazy("状态"))
    def state_shown(self, asked):
        return asked.state

    @admin.display(description=gettext_lazy("对方的答复"))
    def answer_begins(self, asked):
        return Truncator(masked(asked.answer)).chars(60)
