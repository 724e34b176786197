"""Asking an outside office about a demand, and what is done with its answer."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from foundation.modeladmin import ActingAdmin, act

from .. import forms
from ..forms.offices import OfficeForm
from ..services import offices

MAY = "demands.handle_demand"


class Offices(ActingAdmin):
    def demand_context(self, request, demand) -> dict:
        """The panel: each office asked, with its link while it waits for those who may send it."""
        may = request.user.has_perm(MAY)
        # Those that the timeline on the same page has fetched.
        asked = demand.office_requests.all()
        return super().demand_context(request, demand) | {
            "offices": [(one, offices.link(one) if may and one.is_waiting else "") for one in asked],
            "may_ask": may and demand.is_open and not demand.erased_at,
            "may_pass_on": may and not demand.erased_at,
        }

    def get_urls(self):
        return [
            self.page("<int:pk>/ask-office/", self.ask_office),
            self.page("<int:pk>/offices/<int:office>/pass-on/", self.pass_on),
            self.page("<int:pk>/offices/<int:office>/set-aside/", self.set_aside),
            self.page("<int:pk>/offices/<int:office>/revoke/", self.revoke_office),
            *super().get_urls(),
        ]

    @act(MAY)
    def ask_office(self, request, demand):
        form = OfficeForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("请外部单位答复"),
            _("生成链接"),
            lambda data: offices.ask(demand, **data, actor=request.user),
            _("链接已生成，请复制后发给对方。对方答复前，这里都能再看到。"),
            then=f"{self.back_to(demand)}#offices",
        )

    @act(MAY)
    def pass_on(self, request, demand, office):
        asked = get_object_or_404(demand.office_requests, pk=office)
        form = forms.conversation.AnswerForm(
            self.data(request), demand=demand, user=request.user, initial={"answer": f"{asked.office}：{asked.answer}"}
        )
        return self.do(
            request,
            demand,
            form,
            _("把%(office)s的答复转告居民") % {"office": asked.office},
            _("发出答复"),
            lambda data: offices.pass_on(
                asked,
                data["answer"],
                actor=request.user,
                version=data["version"],
                everybody=data.get("everybody", False),
            ),
            _("已转告居民，居民会收到提醒。"),
        )

    @act(MAY)
    def set_aside(self, request, demand, office):
        asked = get_object_or_404(demand.office_requests, pk=office)
        return self.press(
            request, demand, lambda: offices.set_aside(asked, actor=request.user), _("这份答复已标为处理过。")
        )

    @act(MAY)
    def revoke_office(self, request, demand, office):
        asked = get_object_or_404(demand.office_requests, pk=office)
        return self.press(
            request, demand, lambda: offices.revoke(asked, actor=request.user), _("链接已收回，打不开了。")
        )
