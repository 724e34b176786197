"""Asking an outside office about a demand, and dealing with its answer."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.acts import Act

from .. import forms
from ..services import offices
from .acts import ANSWER_BUTTONS, DEMAND_ACTS

PERMISSION = "demands.handle_demand"


def panel(model_admin, request, demand) -> dict:
    """Return the offices asked; with the link, while it is open, for users who may send it."""
    may = request.user.has_perm(PERMISSION)
    # The timeline on the same page has fetched them already.
    asked = demand.office_requests.all()
    return {
        "offices": [(one, offices.link(one) if may and one.is_waiting else "") for one in asked],
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
