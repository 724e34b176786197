"""Proposals: what the public reads of them, and what a member writes in the workspace. Those of others raise 404."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consultation.models import places
from consultation.models.subdistricts import Voice
from consultation.selectors.subdistricts import enter, here_of, limited
from foundation.errors import Refused, Stale
from foundation.forms import add_stale
from foundation.keys import key_of
from foundation.paging import page_of
from foundation.paper_pages import word
from members.views.access import member_required

from .. import selectors
from ..forms.proposals import WordsForm
from ..models import Proposal
from ..services import evidence, proposal_moves, proposals
from ..workflow import ProposalStatus

PER_PAGE = 20
P = ProposalStatus
# What a member may do with a draft of their own, besides writing it.
SERVICES = {P.READY: proposal_moves.finish, P.DRAFT: proposal_moves.revise}


# --- For everybody ---------------------------------------------------------------------------------------------------


@require_safe
def proposal_list(request):
    rows = limited(Proposal.objects.public(), here_of(request).area, "subdistrict").select_related("author")
    page = page_of(request, rows.order_by("-filed_on", "-pk"), PER_PAGE)
    context = {"page": page, "items": list(page.object_list), "section": "demands"}
    return render(request, "demands/proposal_list.html", context)


@require_safe
def proposal_detail(request, pk: int):
    """Show a proposal on record, with those of its demands that are public."""
    proposal = get_object_or_404(Proposal.objects.public().select_related("author"), pk=pk)
    enter(request, proposal.subdistrict_id)
    context = {
        "proposal": proposal,
        "place": places.area(proposal.subdistrict_id),
        "evidence": evidence.in_words(selectors.proposals.evidence_of(proposal)),
        "demands": selectors.proposals.public_demands(proposal),
        "section": "demands",
    }
    return render(request, "demands/proposal_detail.html", context)


# --- For the member who signs it -------------------------------------------------------------------------------------


@require_safe
@member_required
def my_list(request):
    page = page_of(request, Proposal.objects.of_member(request.member), PER_PAGE)
    return render(
        request, "demands/my_proposals.html", {"page": page, "items": list(page.object_list), "section": "my"}
    )


def _mine(request, pk: int) -> Proposal:
    return get_object_or_404(Proposal.objects.of_member(request.member), pk=pk)


@require_safe
@member_required
def my_detail(request, pk: int):
    proposal = _mine(request, pk)
    context = {
        "proposal": proposal,
        "moves": proposal_moves.allowed_moves(proposal, request.user, request.member),
        "evidence": evidence.in_words(selectors.proposals.evidence_of(proposal)),
        "demands": selectors.proposals.public_demands(proposal),
        "transitions": list(proposal.transitions.all()),
        "section": "my",
    }
    return render(request, "demands/my_proposal.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def my_edit(request, pk: int):
    proposal = _mine(request, pk)
    if not proposal.is_draft:
        words = _("“%(status)s”的提案不能再修改。可能刚刚有人处理过。")
        messages.warning(request, words % {"status": proposal.state.label})
        return redirect("my_proposal", proposal.pk)
    form = WordsForm(request.POST if request.method == "POST" else None, row=proposal)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = {"actor": request.user, "member": request.member, "version": form.cleaned_data["version"]}
            try:
                proposals.edit(proposal, form.words, **given)
            except Refused as error:
                form.add_error(None, str(error))
            except Stale as error:
                add_stale(form, error, proposal)
                status = 409
            else:
                messages.success(request, _("已保存。"))
                return redirect("my_proposal", proposal.pk)
    context = {"proposal": proposal, "form": form, "section": "my"}
    return render(request, "demands/my_proposal_edit.html", context, status=status)


@require_safe
@member_required
def my_paper(request, pk: int):
    proposal = _mine(request, pk)
    return word([selectors.proposals.paper_of(proposal)], Voice(proposal.subdistrict_id))


@require_POST
@member_required
def my_move(request, pk: int, status: str):
    """Finish a draft, or go on writing it."""
    proposal = _mine(request, pk)
    service = SERVICES.get(status)
    if service is None:
        raise Http404
    version = key_of(request.POST.get("version"))
    try:
        service(proposal, actor=request.user, member=request.member, version=-1 if version is None else version)
    except (Refused, Stale) as error:
        messages.warning(request, str(error))
    else:
        done = _("已定稿，工作人员会为您报送。") if status == P.READY else _("可以继续修改了。")
        messages.success(request, done)
    return redirect("my_proposal", proposal.pk)
