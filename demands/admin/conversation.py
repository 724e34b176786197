"""Answering residents, notes among staff, and looking up how to reach a resident."""

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.acts import Act

from .. import forms, services
from ..selectors.timeline import masked_texts
from .acts import ANSWER_BUTTONS, DEMAND_ACTS


def _answer(demand, *, answer, actor, version, everybody=False, standard=None):
    return services.handling.answer(demand, answer, actor=actor, version=version, everybody=everybody)


def _note(demand, *, body, actor, version):
    # A note needs no version: it does not depend on what the page showed.
    return services.handling.note(demand, body, actor=actor)


DEMAND_ACTS.add(
    Act(
        name="answer",
        permission="demands.answer_demand",
        form=forms.conversation.AnswerForm,
        service=_answer,
        heading=gettext_lazy("答复居民"),
        button=gettext_lazy("发出答复"),
        success_message=gettext_lazy("答复已保存，居民会收到通知。"),
        buttons=ANSWER_BUTTONS,
    ),
    Act(
        name="note",
        permission="demands.note_demand",
        form=forms.conversation.NoteForm,
        service=_note,
        heading=gettext_lazy("内部备注"),
        button=gettext_lazy("保存"),
        success_message=gettext_lazy("备注已保存。"),
        stays=True,
    ),
)


@DEMAND_ACTS.page("<int:pk>/reveal/", "foundation.reveal_contact")
def reveal(model_admin, request, demand):
    texts = masked_texts(demand)
    if demand.contact is None and not texts:
        raise Http404
    return model_admin.ask_to_reveal(
        request, demand, demand.contact, subject=demand, example=_("约时间上门查看"), texts=texts
    )
