"""Proposals in the admin: made of demands, written, sent in, and what was answered."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from consultation.admin.bases import SubdistrictFilter, communities_of
from consultation.models.subdistricts import Voice
from foundation.acts import Act, ActTable, ActTableAdmin
from foundation.keys import key_of, keys_in
from foundation.modeladmin import ReadOnlyAdmin, TransitionAdmin, VisibleAdmin
from foundation.paper_pages import printed, word
from foundation.queues import Queue, QueueFilter, QueueList, Tile, register
from foundation.work_lists import WorkListAdmin

from .. import forms, selectors, suggestions
from ..models import Demand, Proposal
from ..models.categories import placed
from ..models.proposals import WORK_ORDER
from ..services import evidence, proposal_moves, proposal_records, proposals
from ..templatetags.proposal_marks import proposal_pill
from ..workflow import CHANGE_PROPOSAL, PROPOSAL_MOVES, ProposalStatus

ADD = "demands.add_proposal"
P = ProposalStatus

# --- Acts ------------------------------------------------------------------------------------------------------------

PROPOSAL_ACTS = ActTable()


def _why_not_editable(user, proposal) -> str:
    if not proposals.works_for(user, proposal.subdistrict_id):
        return _("这份提案由负责全街道的同事办理。")
    if proposal.is_unsubmitted:
        return ""
    return _("“%(status)s”的提案不能再修改。可能刚刚有人处理过。") % {"status": proposal.state.label}


def _why_not_correctable(user, proposal) -> str:
    if not proposals.works_for(user, proposal.subdistrict_id):
        return _("这份提案由负责全街道的同事办理。")
    return "" if proposal.is_on_record else _("还没有登记编号，没有可以更正的内容。")


def _linked(proposal, demand: int):
    """One of its demands, with the proposal at hand for the service."""
    found = get_object_or_404(proposal.links.select_related("demand"), demand=demand)
    found.proposal = proposal
    return found


def _edit(proposal, *, actor, version, **texts):
    return proposals.edit(proposal, proposals.Words(**texts), actor=actor, version=version)


def _remove(link, *, actor, version):
    return proposals.remove_demand(link.proposal, link.demand, actor=actor, version=version)


PROPOSAL_ACTS.add(
    Act(
        name="edit",
        permission=CHANGE_PROPOSAL,
        form=forms.proposals.WordsForm,
        service=_edit,
        why_not=_why_not_editable,
        heading=gettext_lazy("修改文字"),
        button=gettext_lazy("保存"),
        success_message=gettext_lazy("已保存。"),
    ),
    Act(
        name="set_author",
        permission=CHANGE_PROPOSAL,
        form=forms.proposals.AuthorForm,
        service=proposals.set_author,
        why_not=_why_not_editable,
        heading=gettext_lazy("确定提出委员"),
        button=gettext_lazy("保存"),
        success_message=gettext_lazy("已保存。"),
    ),
    Act(
        name="add_demands",
        permission=CHANGE_PROPOSAL,
        form=forms.proposals.AddDemandsForm,
        service=proposals.add_demands,
        why_not=_why_not_editable,
        heading=gettext_lazy("添加需求"),
        button=gettext_lazy("添加"),
        success_message=gettext_lazy("已添加。"),
    ),
    Act(
        name="correct",
        permission=CHANGE_PROPOSAL,
        form=forms.proposals.CorrectionForm,
        service=proposal_records.correct,
        why_not=_why_not_correctable,
        heading=gettext_lazy("更正登记的内容"),
        button=gettext_lazy("保存"),
        success_message=gettext_lazy("已更正，公开页面随之更新。"),
    ),
    Act(
        name="remove_demand",
        address="<int:pk>/demands/<int:demand>/remove/",
        permission=CHANGE_PROPOSAL,
        find=_linked,
        form=forms.handling.PressForm,
        service=_remove,
        success_message=lambda link: _("%(ref)s 已移出。") % {"ref": link.demand.ref},
        has_page=False,
    ),
)

# --- From demands ----------------------------------------------------------------------------------------------------


@admin.action(description=gettext_lazy("写进提案…"), permissions=["propose"])
def propose_chosen(model_admin, request, queryset):
    """The act on the list of demands."""
    limit = proposals.MAX_DEMANDS
    keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: limit + 1])
    if len(keys) > limit:
        text = _("一份提案最多写进 %(most)d 件需求。") % {"most": limit}
        return model_admin.message_user(request, text, messages.WARNING)
    return redirect(f"{_address('draft')}?{urlencode({'demand': keys}, doseq=True)}")


def _address(name: str) -> str:
    return admin.site.get_model_admin(Proposal).address(name)


def _chosen(request) -> list[Demand]:
    """The demands that `?demand=` names. Raises `Http404` where one is unknown or out of scope."""
    keys = keys_in(request.GET.getlist("demand"))
    rows = Demand.objects.visible_to(request.user).filter(pk__in=keys[: proposals.MAX_DEMANDS]).order_by("pk")
    chosen = [placed(demand) for demand in rows]
    if not chosen or len(chosen) != len(keys):
        raise Http404
    return chosen


@PROPOSAL_ACTS.page("draft/", ADD)
def draft(model_admin, request):
    """Write a new proposal beside the demands that it is made of, and what speaks for it."""
    chosen = _chosen(request)
    form = forms.proposals.DraftForm(model_admin.data(request), demands=chosen)
    made = []
    response = model_admin.do(
        request,
        None,
        form,
        _("起草提案"),
        _("保存草稿"),
        lambda data: made.append(proposals.draft(chosen, form.words, author=data["author"], actor=request.user)),
        _("草稿已保存。依据在报送前会自动更新。"),
        chosen=chosen,
        evidence=evidence.in_words(evidence.count([demand.pk for demand in chosen])),
        join=f"{model_admin.address('join')}?{request.GET.urlencode()}"
        if selectors.proposals.drafts_for(chosen, request.user).exists()
        else "",
    )
    return redirect(model_admin.back_to(made[0])) if made else response


@PROPOSAL_ACTS.page("join/", CHANGE_PROPOSAL)
def join(model_admin, request):
    """Write demands into a draft that is there already."""
    chosen = _chosen(request)
    form = forms.proposals.JoinForm(
        model_admin.data(request), drafts=selectors.proposals.drafts_for(chosen, request.user)
    )
    joined = []
    response = model_admin.do(
        request,
        None,
        form,
        _("加入已有的提案"),
        _("加入"),
        lambda data: joined.append(proposals.add_demands(data["into"], chosen, actor=request.user)),
        _("已加入。"),
        chosen=chosen,
    )
    return redirect(model_admin.back_to(joined[0])) if joined else response


@PROPOSAL_ACTS.page("recurring/", ADD, methods=("GET", "HEAD"))
def recurring(model_admin, request):
    """What comes up again and again, each with the demands that a proposal can be made of."""
    form = forms.proposals.RecurringForm(request.GET, communities=communities_of(request.user))
    asked = form.cleaned_data if form.is_valid() else {}
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("反复出现的问题"),
        "form": form,
        "problems": suggestions.proposals.recurring(
            request.user, within=asked.get("community") or None, subject=asked.get("subject") or None
        ),
        "least": suggestions.proposals.LEAST,
        "pool": suggestions.proposals.POOL,
    }
    return render(request, "admin/demands/proposal/recurring.html", context, status=422 if form.errors else 200)


# --- As a paper ------------------------------------------------------------------------------------------------------

VIEW = "demands.view_proposal"


@PROPOSAL_ACTS.page("<int:pk>/paper/", VIEW, methods=("GET", "HEAD"))
def paper(model_admin, request, proposal):
    """Show the paper as a page to print."""
    return printed(
        request,
        [selectors.proposals.paper_of(proposal)],
        title=proposal.title,
        back=model_admin.back_to(proposal),
        word_address=model_admin.address("paper_word", proposal.pk),
    )


@PROPOSAL_ACTS.page("<int:pk>/paper.docx", VIEW, methods=("GET", "HEAD"))
def paper_word(model_admin, request, proposal):
    return word([selectors.proposals.paper_of(proposal)], Voice(proposal.subdistrict_id))


def panel(model_admin, request, demand) -> dict:
    """The proposals that a demand is in, on its own page."""
    may_see = request.user.has_perm(VIEW)
    return {"proposals": selectors.proposals.with_demand(demand, request.user) if may_see else []}


# --- The list and one proposal ---------------------------------------------------------------------------------------

QUEUES = register(
    QueueList(
        "demands.Proposal",
        (
            Queue("drafts", gettext_lazy("起草中和待报送"), lambda rows, user: rows.unsubmitted()),
            Queue(
                "ready",
                gettext_lazy("待报送"),
                lambda rows, user: rows.filter(status=P.READY),
                Tile(gettext_lazy("提案待报送"), 165, is_rare=True),
            ),
            Queue(
                "waiting",
                gettext_lazy("等待立案、答复或结果"),
                lambda rows, user: rows.filter(status__in=(P.SUBMITTED, P.FILED, P.REPLIED)),
            ),
        ),
        permission="demands.view_proposal",
    )
)


class ProposalQueueFilter(QueueFilter):
    queues = QUEUES


class ProposalSubdistrictFilter(SubdistrictFilter):
    field = "subdistrict"


@admin.register(Proposal)
class ProposalAdmin(WorkListAdmin, ActTableAdmin, TransitionAdmin, VisibleAdmin, ReadOnlyAdmin):
    """Nothing is edited in place: acts change a draft, buttons move it."""

    act_table = PROPOSAL_ACTS
    table = PROPOSAL_MOVES
    transition_form = forms.proposals.ProposalTransitionForm
    moved_by = proposal_moves.MOVED_BY
    act_template = "admin/demands/proposal/act.html"
    change_list_template = "admin/demands/proposal/change_list.html"
    list_display = ("about", "state", "author", "demand_count", "drafted", "number", "sent")
    list_display_links = None
    list_filter = (ProposalQueueFilter, "status", "kind", ProposalSubdistrictFilter)
    list_select_related = ("author",)
    list_per_page = 20
    work_order = WORK_ORDER
    sortable_by = ("state", "drafted")
    search_fields = ("title", "number")
    search_help_text = gettext_lazy("案由或编号")
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = "—"

    def get_queryset(self, request):
        return selectors.proposals.with_counts(super().get_queryset(request))

    @admin.display(description=gettext_lazy("案由（标题）"))
    def about(self, proposal):
        return format_html(
            '<strong><a href="{}">{}</a></strong><br><small>{}</small>',
            self.back_to(proposal),
            proposal,
            proposal.get_kind_display(),
        )

    @admin.display(description=gettext_lazy("状态"), ordering="status")
    def state(self, proposal):
        return proposal_pill(proposal)

    @admin.display(description=pgettext_lazy("desk", "需求"))
    def demand_count(self, proposal):
        return proposal.demand_count

    @admin.display(description=gettext_lazy("起草时间"), ordering="created_at")
    def drafted(self, proposal):
        return date_format(timezone.localtime(proposal.created_at), "DATE_FORMAT")

    @admin.display(description=gettext_lazy("报送"))
    def sent(self, proposal):
        if proposal.submitted_on is None:
            return "—"
        return format_html("{}<br><small>{}</small>", proposal.recipient, date_format(proposal.submitted_on))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("author", "drafted_by")
        proposal = get_object_or_404(rows, pk=key_of(object_id))
        may_change = request.user.has_perm(CHANGE_PROPOSAL) and proposals.works_for(
            request.user, proposal.subdistrict_id
        )
        demands, hidden = selectors.proposals.demands_for(proposal, request.user)
        buttons, withdrawing = self.buttons(request, proposal), self.transition_address(proposal, P.WITHDRAWN)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": proposal.title,
            "proposal": proposal,
            # The table has the usual move first.
            "buttons": [button for button in buttons if button.address != withdrawing],
            "withdrawal": [button for button in buttons if button.address == withdrawing],
            "evidence": evidence.in_words(selectors.proposals.evidence_of(proposal)),
            "demands": demands,
            "hidden": hidden,
            "may_edit": may_change and proposal.is_unsubmitted,
            "may_correct": may_change and proposal.is_on_record,
            "transitions": list(proposal.transitions.select_related("actor")),
        }
        return render(request, "admin/demands/proposal/detail.html", context)

    def allowed_moves(self, request, row):
        return super().allowed_moves(request, row) if proposals.works_for(request.user, row.subdistrict_id) else {}

    def transition_message(self, row, move, to: str) -> str:
        return _("“%(title)s”：%(status)s。") % {
            "title": row.title,
            "status": Proposal(kind=row.kind, status=to).state.label,
        }

    def transition_context(self, row, move, to: str) -> dict:
        if to == P.SUBMITTED:
            return {"warning": _("报送后，正文和依据不再变动。")}
        if to == P.FILED:
            return {"warning": _("登记后，这份提案会在网站上公开，写进它的已公开需求也会显示它。")}
        return {}
