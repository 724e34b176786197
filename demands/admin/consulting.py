"""Linking demands to agenda items and agreements, and bundling several demands into one topic."""

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.models import places
from foundation.acts import Act
from foundation.keys import keys_in

from .. import forms
from ..models.categories import placed
from ..services import consulting
from .acts import DEMAND_ACTS

# --- Links -----------------------------------------------------------------------------------------------------------


def _agenda_link(demand, link: int):
    return get_object_or_404(demand.agenda_links.with_event(), pk=link)


def _agreement_link(demand, link: int):
    return get_object_or_404(demand.agreement_links.with_agreement(), pk=link)


def _unlink_item(link, *, actor, version):
    return consulting.unlink_agenda_item(link.demand, link.agenda_item, actor=actor, version=version)


def _unlink_agreement(link, *, actor, version):
    return consulting.unlink_agreement(link.demand, link.agreement, actor=actor, version=version)


DEMAND_ACTS.add(
    Act(
        name="link_item",
        permission="demands.handle_demand",
        form=forms.consulting.LinkItemForm,
        service=consulting.link_agenda_item,
        heading=gettext_lazy("关联议程"),
        button=gettext_lazy("关联"),
        success_message=gettext_lazy("已列入议程，公开页面会显示这场活动。"),
        stays=True,
    ),
    Act(
        name="link_agreement",
        permission="demands.handle_demand",
        form=forms.consulting.LinkAgreementForm,
        service=consulting.link_agreement,
        heading=gettext_lazy("关联约定"),
        button=gettext_lazy("关联"),
        success_message=gettext_lazy("已关联约定；活动的纪要公布以后，公开页面会显示它。"),
        stays=True,
    ),
    Act(
        name="unlink_item",
        address="<int:pk>/link-item/<int:link>/remove/",
        permission="demands.handle_demand",
        find=_agenda_link,
        form=forms.handling.ConfirmForm,
        service=_unlink_item,
        heading=lambda link: _("取消关联：%(what)s") % {"what": link.agenda_item},
        button=gettext_lazy("取消关联"),
        success_message=gettext_lazy("已取消关联。"),
        stays=True,
    ),
    Act(
        name="unlink_agreement",
        address="<int:pk>/link-agreement/<int:link>/remove/",
        permission="demands.handle_demand",
        find=_agreement_link,
        form=forms.handling.ConfirmForm,
        service=_unlink_agreement,
        heading=lambda link: _("取消关联：%(what)s") % {"what": link.agreement},
        button=gettext_lazy("取消关联"),
        success_message=gettext_lazy("已取消关联。"),
        stays=True,
    ),
)


# --- Several demands, one topic --------------------------------------------------------------------------------------

BUNDLE = "consultation.add_topic"


@admin.action(description=gettext_lazy("合成征集议题…"), permissions=["bundle"])
def bundle_chosen(model_admin, request, queryset):
    limit = consulting.MAX_BUNDLED
    keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: limit + 1])
    if len(keys) > limit:
        text = _("一个议题最多由 %(most)s 件需求合成。") % {"most": limit}
        return model_admin.message_user(request, text, messages.WARNING)
    return redirect(f"{model_admin.address('bundle')}?{urlencode({'demand': keys}, doseq=True)}")


@DEMAND_ACTS.page("bundle/", BUNDLE)
def bundle(model_admin, request):
    """Write the topic's public text beside the demands it will grow from."""
    keys = keys_in(request.GET.getlist("demand"))
    chosen = [placed(demand) for demand in model_admin.get_queryset(request).filter(pk__in=keys).order_by("pk")]
    if not chosen or len(chosen) != len(keys) or len(keys) > consulting.MAX_BUNDLED:
        raise Http404
    mine = places.areas_of(request.user)
    areas = [area for area in consulting.common_areas(chosen) if area.pk in mine]
    form = forms.consulting.BundleForm(model_admin.data(request), areas=areas)
    made = []
    response = model_admin.do(
        request,
        None,
        form,
        _("合成征集议题"),
        _("发布议题"),
        lambda data: made.append(consulting.bundle(chosen, **data, actor=request.user)),
        _("议题已发布，开始征集。留了联系方式的提出人会收到消息。"),
        chosen=chosen,
        warning="" if areas else _("这些需求不在您负责的同一个区域里，不能由您合成一个议题。"),
    )
    return redirect("admin:consultation_topic_change", made[0].pk) if made else response
