"""A member's own resources in the workspace: offer, edit, pause, reopen and end them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from consultation.models import places
from foundation.actors import Party
from foundation.errors import Refused, Stale
from foundation.forms import add_stale
from foundation.paging import page_of
from foundation.workflow import allowed_moves

from .. import selectors, services
from ..forms.resources import EditForm, MoveForm, OfferForm
from ..models import Resource
from ..workflow import RESOURCE_MOVES, ResourceStatus
from .access import member_required

PER_PAGE = 20


def _mine(request):
    return Resource.objects.of_member(request.member).select_related("category")


def _one(request, pk: int) -> Resource:
    """A resource of the member's own; 404 for others."""
    return get_object_or_404(_mine(request), pk=pk)


def _moves(request, resource: Resource) -> dict:
    return allowed_moves(RESOURCE_MOVES[resource.status], request.user, Party.MEMBER)


@require_safe
@member_required
def resource_list(request):
    page = page_of(request, selectors.resources.with_month(_mine(request)), PER_PAGE)
    context = {"page": page, "resources": list(page.object_list), "query": ""}
    return render(request, "members/my_resource_list.html", context)


@require_safe
@member_required
def resource_detail(request, pk: int):
    resource = get_object_or_404(selectors.resources.with_month(_mine(request)).prefetch_related("areas"), pk=pk)
    resource.area, resource.member = places.area(resource.area_id), request.member
    context = {
        "resource": resource,
        "moves": _moves(request, resource),
        "transitions": list(resource.transitions.order_by("-at", "-pk")),
    }
    return render(request, "members/my_resource_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def resource_new(request):
    form = OfferForm(request.POST if request.method == "POST" else None, member=request.member)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                offered = Resource(**form.written)
                made = services.resources.offer(offered, form.served, actor=request.user, party=Party.MEMBER)
            except Refused as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("已提交，联络委审核后会通知您。"))
                return redirect("my_resource", made.pk)
    return render(request, "members/my_resource_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def resource_edit(request, pk: int):
    resource = _one(request, pk)
    if resource.is_ended:
        messages.warning(request, _("这项资源已经结束，不能再修改。"))
        return redirect("my_resource", pk)
    form = EditForm(request.POST if request.method == "POST" else None, row=resource, party=Party.MEMBER)

    def save() -> str:
        who = {"actor": request.user, "party": Party.MEMBER, "version": form.cleaned_data["version"]}
        services.resources.edit(resource, form.written, areas=form.served, **who)
        return _("已保存。")

    return _do(request, resource, form, save, "members/my_resource_form.html")


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def resource_move(request, pk: int, status: str):
    if status not in ResourceStatus.values:
        raise Http404
    resource = _one(request, pk)
    move = _moves(request, resource).get(status)
    if move is None:
        text = _("“%(now)s”的资源目前不能这样修改。可能刚刚已经修改。") % {"now": resource.get_status_display()}
        messages.warning(request, text)
        return redirect("my_resource", pk)
    form = MoveForm(request.POST if request.method == "POST" else None, row=resource, move=move, to=status)
    service = services.resources.MOVED_BY[status]

    def press() -> str:
        who = {"actor": request.user, "party": Party.MEMBER, "version": form.cleaned_data["version"]}
        service(resource, **who, **form.given)
        return _("“%(resource)s”目前是“%(status)s”。") % {
            "resource": resource,
            "status": ResourceStatus(status).label,
        }

    return _do(request, resource, form, press, "members/my_resource_move.html", move=move)


def _do(request, resource: Resource, form, act, template: str, **more):
    """Show the form; on POST do the act, or show the form again with the reason for the refusal."""
    status = 200
    if request.method == "POST" and not form.is_valid():
        status = 422
    elif request.method == "POST":
        try:
            done = act()
        except Refused as error:
            form.add_error(None, str(error))
            status = 422
        except Stale as error:
            add_stale(form, error, resource)
            status = 409
        else:
            messages.success(request, done)
            return redirect("my_resource", resource.pk)
    return render(request, template, {"form": form, "resource": resource, **more}, status=status)
