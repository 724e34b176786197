"""The papers about a demand: as Word, as a page to print, and with the resident's contact for a recorded reason."""

from django.http import Http404
from django.utils.translation import gettext as _

from consultation.models.subdistricts import Voice
from foundation import contacts, drafts
from foundation.paper_forms import UncoveredPaperForm
from foundation.paper_kinds import PaperKind
from foundation.paper_pages import Ways, listed, printed, word

from ..selectors.papers import KINDS, paper_of, why_not
from ..selectors.timeline import masked_texts
from . import place
from .acts import DEMAND_ACTS

VIEW = "demands.view_demand"


def _kind(demand, name: str) -> PaperKind:
    """The kind that an address names. Raises `Http404` where it cannot be made."""
    kind = next((kind for kind in KINDS if kind.name == name), None)
    if kind is None or why_not(demand, kind):
        raise Http404
    return kind


@DEMAND_ACTS.page("<int:pk>/papers/", VIEW)
def papers(model_admin, request, demand):
    """List the papers that can be made about a demand."""
    may_reveal = request.user.has_perm("foundation.reveal_contact") and _is_covered(demand)
    at = place.carried(request)
    ways = [
        Ways(
            kind.label,
            why_not(demand, kind),
            model_admin.address("paper_word", demand.pk, kind.name),
            f"{model_admin.address('paper', demand.pk, kind.name)}{at}",
            f"{model_admin.address('uncovered_paper', demand.pk, kind.name)}{at}" if may_reveal else "",
        )
        for kind in KINDS
    ]
    return listed(model_admin, request, demand, ways, _("文书里的联系方式和个人号码已遮盖。"))


def _is_covered(demand) -> bool:
    """Whether something of it is masked in papers."""
    return demand.contact is not None or bool(masked_texts(demand))


@DEMAND_ACTS.page("<int:pk>/papers/<slug:kind>/", VIEW)
def paper(model_admin, request, demand, kind: str):
    """Show a paper as a page to print."""
    found = _kind(demand, kind)
    at = place.carried(request)
    return printed(
        request,
        [paper_of(demand, found)],
        title=f"{found.label} {demand.ref}",
        back=f"{model_admin.address('papers', demand.pk)}{at}",
        word_address=f"{model_admin.address('paper_word', demand.pk, kind)}",
    )


@DEMAND_ACTS.page("<int:pk>/papers/<slug:kind>.docx", VIEW)
def paper_word(model_admin, request, demand, kind: str):
    return word([paper_of(demand, _kind(demand, kind))], Voice(demand.area_id))


@DEMAND_ACTS.page("<int:pk>/papers/<slug:kind>/reveal/", "foundation.reveal_contact", keeps_drafts=False)
def uncovered_paper(model_admin, request, demand, kind: str):
    """Ask for a reason and make the paper with the contact; records who, when and why."""
    found = _kind(demand, kind)
    if not _is_covered(demand):
        raise Http404
    back = f"{model_admin.address('papers', demand.pk)}{place.carried(request)}"
    form = UncoveredPaperForm(model_admin.data(request), example=_("请物业与居民约时间上门"))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            shown = contacts.reveal(demand.contact, subject=demand, actor=request.user, reason=reason)
        except contacts.LostKey:
            form.add_error(None, contacts.LOST_KEY)
        else:
            drafts.done(request)
            made = [paper_of(demand, found, shown=shown)]
            if form.cleaned_data["format"] == "word":
                return word(made, Voice(demand.area_id))
            return printed(request, made, title=f"{found.label} {demand.ref}", back=back, uncovered=True)
    return model_admin.act_page(
        request,
        demand,
        form,
        _("%(kind)s，含联系方式") % {"kind": found.label},
        _("生成"),
        status=422 if form.errors else 200,
        back=back,
    )
