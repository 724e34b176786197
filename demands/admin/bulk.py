"""What is done with several demands at once, each act with a page that asks first."""

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.modeladmin import ActingAdmin

from ..models.categories import placed
from . import bulk_acts
from .queues import keys_in

# The list that one came from, as Django's own pages carry it.
LIST = "_changelist_filters"


class ChoosingForm(helpers.ActionForm):
    """What to do, and whether with the ticked ones or with all that the filter finds; the latter by a box that works
    without scripts too.
    """

    select_across = forms.BooleanField(
        label=gettext_lazy("筛选出的全部"), required=False, widget=forms.CheckboxInput, label_suffix=""
    )


class Bulk(ActingAdmin):
    action_form = ChoosingForm

    def get_urls(self):
        return [self.page("bulk/<str:name>/", self.bulk), *super().get_urls()]

    def get_actions(self, request):
        mine = {
            f"bulk_{name}": (self._asking(name), f"bulk_{name}", f"{act.label}…")
            for name, act in bulk_acts.ACTS.items()
            if request.user.has_perm(act.permission)
        }
        return mine | super().get_actions(request)

    def changelist_view(self, request, extra_context=None):
        if request.method == "POST" and request.POST.get("select_across") and "index" in request.POST:
            # Django wants a row ticked even where all are meant.
            request.POST = request.POST.copy()
            request.POST.setdefault(helpers.ACTION_CHECKBOX_NAME, "0")
        return super().changelist_view(request, extra_context)

    def _asking(self, name: str):
        def ask(self, request, queryset):
            keys = list(queryset.values_list("pk", flat=True)[: bulk_acts.MAX_DEMANDS + 1])
            if len(keys) > bulk_acts.MAX_DEMANDS:
                text = _("一次最多处理 %(most)d 件，这里是排在最前的 %(most)d 件；处理完可以再来一次。")
                self.message_user(request, text % {"most": bulk_acts.MAX_DEMANDS}, messages.WARNING)
            query = [("demand", key) for key in keys[: bulk_acts.MAX_DEMANDS]] + [(LIST, request.GET.urlencode())]
            return redirect(f"{self.address('bulk', name)}?{urlencode(query)}")

        return ask

    def bulk(self, request, name: str):
        """List the chosen demands with what would become of each; do it when that is confirmed.

        Where something is filled in, the page shows what it comes to for each demand before it asks.
        """
        act = bulk_acts.ACTS.get(name)
        if act is None:
            raise Http404
        if not (self.has_view_permission(request) and request.user.has_perm(act.permission)):
            raise PermissionDenied
        keys = keys_in(request.GET.getlist("demand"))
        if not 0 < len(keys) <= bulk_acts.MAX_DEMANDS:
            raise Http404
        found = self.get_queryset(request).select_related("assignee").in_bulk(keys)
        # In the order of the list that they were chosen from.
        demands = [placed(found[key]) for key in keys if key in found]
        if not demands:
            raise Http404
        back = f"{self.back_to()}?{request.GET.get(LIST, '')}"
        form = act.form(self.data(request) if act.asks else None, user=request.user)
        versions = _versions(request.POST.getlist("one")) if request.method == "POST" else None
        warning, is_asked, data = "", not act.asks, {}
        if request.method == "POST" and "fill" in request.POST and "standard" in form.fields:
            warning = "" if form.insert_reply() else _("请先选一条标准答复，再填入。")
        elif request.method == "POST" and "again" in request.POST:
            form.initial, form.is_bound = form.data, False
        elif request.method == "POST" and (not act.asks or form.is_valid()):
            is_asked, data = True, form.cleaned_data if act.asks else {}
        rows = bulk_acts.plan(act, demands, request.user, data, None if versions is None else set(versions))
        if request.method == "POST" and is_asked:
            if not versions:
                warning = _("请至少勾选一件。")
            elif "confirm" in request.POST:
                ticked = [row for row in rows if row.demand.pk in versions]
                self._report(request, act, *bulk_acts.run(act, ticked, request.user, data, versions))
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": act.label,
            "act": act,
            "form": form,
            "rows": [row for row in rows if not row.why_not],
            "left_out": [row for row in rows if row.why_not],
            "is_asked": is_asked,
            "warning": warning,
            "back": back,
        }
        status = 422 if form.errors or (warning and is_asked) else 200
        return render(request, "admin/demands/demand/bulk.html", context, status=status)

    def _report(self, request, act, done: int, failed: dict[str, list[str]]) -> None:
        if done:
            self.message_user(request, act.done % {"count": done}, messages.SUCCESS)
        for why, refs in failed.items():
            text = _("%(count)d 件没有“%(act)s”：%(refs)s。原因：%(why)s")
            told = {"count": len(refs), "act": act.label, "refs": _("、").join(refs), "why": why}
            self.message_user(request, text % told, messages.WARNING)


def _versions(ticked: list[str]) -> dict[int, int]:
    """Key of each ticked demand → the version that the page showed."""
    pairs = [value.partition("-")[::2] for value in ticked[: bulk_acts.MAX_DEMANDS]]
    return {
        int(pk): int(version)
        for pk, version in pairs
        if all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (pk, version))
    }
