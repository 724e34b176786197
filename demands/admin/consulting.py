"""What a demand came to in consultation, as pages of its desk."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from foundation.modeladmin import ActingAdmin, act

from .. import forms
from ..services import consulting


class Consulted(ActingAdmin):
    def get_urls(self):
        return [
            self.page("<int:pk>/link-item/", self.link_item),
            self.page("<int:pk>/link-item/<int:link>/remove/", self.unlink_item),
            self.page("<int:pk>/link-agreement/", self.link_agreement),
            self.page("<int:pk>/link-agreement/<int:link>/remove/", self.unlink_agreement),
            *super().get_urls(),
        ]

    @act("demands.handle_demand")
    def link_item(self, request, demand):
        form = forms.consulting.LinkItemForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("关联议程"),
            _("关联"),
            lambda data: consulting.link_agenda_item(demand, data["item"], actor=request.user, version=data["version"]),
            _("已列入议程，公开页面会显示这场活动。"),
        )

    @act("demands.handle_demand")
    def link_agreement(self, request, demand):
        form = forms.consulting.LinkAgreementForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("关联约定"),
            _("关联"),
            lambda data: consulting.link_agreement(
                demand, data["agreement"], actor=request.user, version=data["version"]
            ),
            _("已关联约定；活动的纪要公布以后，公开页面会显示它。"),
        )

    @act("demands.handle_demand")
    def unlink_item(self, request, demand, link):
        link = get_object_or_404(demand.agenda_links.with_event(), pk=link)
        return self._unlink(request, demand, consulting.unlink_agenda_item, link.agenda_item)

    @act("demands.handle_demand")
    def unlink_agreement(self, request, demand, link):
        link = get_object_or_404(demand.agreement_links.with_agreement(), pk=link)
        return self._unlink(request, demand, consulting.unlink_agreement, link.agreement)

    def _unlink(self, request, demand, unlink, what):
        """A page that asks once more; the link is gone with the POST."""
        form = forms.handling.ConfirmForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("取消关联：%(what)s") % {"what": what},
            _("取消关联"),
            lambda data: unlink(demand, what, actor=request.user, version=data["version"]),
            _("已取消关联。"),
        )
