"""An uploaded list before it comes in: what its columns hold, what would become of its rows, and each row to edit."""

from collections import Counter
from dataclasses import asdict

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from consultation.models import places
from foundation import sheets
from foundation.errors import Refused
from foundation.paging import page_of
from foundation.personal_numbers import masked

from ..forms.staging import PlanForm, RowForm
from ..models import BatchStatus, ImportBatch, ImportRow, categories
from ..services import batches, retention, staging
from ..sheets import mapping
from ..sheets.demands import LABELS
from ..workflow import CLOSED, shown, state_of
from .acts import DEMAND_ACTS

IMPORT = "demands.import_demand"
SHOWN_ROWS, SAMPLED_ROWS, SAMPLE = 20, 8, 40


def batch_of(request, pk: int) -> ImportBatch:
    """A batch that the user may see. Raises `Http404`."""
    return get_object_or_404(ImportBatch.objects.visible_to(request.user).select_related("made_by"), pk=pk)


def page_of_batch(batch: ImportBatch) -> str:
    return reverse("admin:demands_demand_import_batch", args=[batch.pk])


def plan_form(request, batch: ImportBatch) -> PlanForm:
    data = request.POST if request.method == "POST" else None
    return PlanForm(data, user=request.user, batch=batch, plan=staging.plan_of(batch))


def decide(batch: ImportBatch, form: PlanForm) -> bool:
    """Check all rows by what was filled in. Returns whether that is anything new. Raises `Refused`."""
    plan, publish_as = form.plan(), form.cleaned_data.get("publish_as", "")
    if asdict(plan) == asdict(staging.plan_of(batch)) and publish_as == batch.publish_as:
        return False
    staging.decide(batch, plan, publish_as=publish_as)
    return True


def preview(model_admin, request, batch: ImportBatch) -> HttpResponse:
    """Show what would become of a list; on POST check it again by what was filled in."""
    form = plan_form(request, batch)
    if request.method == "POST" and form.is_valid():
        try:
            decide(batch, form)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            model_admin.message_user(request, _("已按新的设置重新核对。"), messages.SUCCESS)
            return redirect(page_of_batch(batch))
    page, plan = page_of(request, batch.rows.by_need(), SHOWN_ROWS), staging.plan_of(batch)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": batch.file_name,
        "batch": batch,
        "form": form,
        "page": page,
        "rows": [_shown(row, plan) for row in page],
        "columns": _columns(batch, plan, form),
        "missing": mapping.missing(plan.where),
        **_sums(batch),
    }
    return render(request, "admin/demands/demand/import_preview.html", context, status=422 if form.errors else 200)


def _columns(batch: ImportBatch, plan: staging.Plan, form: PlanForm) -> list[dict]:
    """The columns of a file with what they begin with, to be mapped."""
    first = [staging.opened(row) for row in batch.rows.order_by("number")[:SAMPLED_ROWS]]
    by_content = {plan.where.get(name) for name in plan.by_content}
    return [
        {
            "field": field,
            "heading": batch.columns[place] or _("第 %(number)d 列（没有列名）") % {"number": place + 1},
            "sample": Truncator(masked(next(filter(None, (row.raw.cell(place) for row in first)), ""))).chars(SAMPLE),
            "by_content": place in by_content,
        }
        for place, field in enumerate(form.columns)
    ]


def _shown(row: ImportRow, plan: staging.Plan) -> dict:
    staged = staging.opened(row)
    texts = {name: masked(staged.text(name, plan.where)) for name in ("title", "body", "posted_at", "category", "area")}
    return {
        "number": row.number,
        "problem": row.problem,
        "is_suggested": row.values.get("suggested"),
        **texts,
        "category": named(categories.category, row.values["category"]) if row.values else texts["category"],
        "area": named(_place, row.values["area"]) if row.values else texts["area"],
        "status": _status(row.values["status"]) if row.values else "",
    }


def _sums(batch: ImportBatch) -> dict:
    """What would come in, counted."""
    names = ("category", "area", "status", "suggested")
    values = [f"values__{name}" for name in names]
    by: dict[str, Counter] = {name: Counter() for name in names}
    for *found, count in batch.rows.waiting().order_by().values_list(*values).annotate(count=Count("pk")):
        for name, value in zip(names, found, strict=True):
            by[name][value] += count
    closed = sum(count for status, count in by["status"].items() if status in CLOSED)
    ready = by["category"].total()
    return {
        "ready": ready,
        "failing": batch.total - ready,
        "suggested": by["suggested"][True],
        "closed": closed,
        "by_category": _most_frequent(by["category"], categories.category),
        "by_area": _most_frequent(by["area"], _place),
        "by_status": _most_frequent(by["status"], _status),
        "expiring": retention.falling_under(closed, batch.publish_as),
        "months": settings.RETENTION_MONTHS,
        "earlier": batches.same_file(batch),
        "not_read": sheets.not_read(batch.unread),
    }


def _most_frequent(counts: Counter, find) -> list[tuple[str, int]]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(named(find, value), count) for value, count in ordered]


def _status(status: str) -> str:
    return str(state_of(shown(status, is_imported=True)).label)


def _place(pk: int) -> str:
    return places.area(pk).place


def named(find, pk: int) -> str:
    """Return the name of a row, or a dash where the row was deleted since the list was checked."""
    try:
        return str(find(pk))
    except KeyError:
        return "—"


@DEMAND_ACTS.page("import/<int:batch>/rows/<int:number>/", IMPORT, name="import_row", keeps_drafts=False)
def import_row(model_admin, request, batch: int, number: int):
    """One row of a list, to be edited or left out."""
    found = batch_of(request, batch)
    if found.status != BatchStatus.CHECKED or not found.plan:
        return redirect(page_of_batch(found))
    row = get_object_or_404(found.rows.select_related("batch__made_by"), number=number)
    staged, plan = staging.opened(row), staging.plan_of(found)
    form = RowForm(model_admin.data(request), user=request.user, row=staged, plan=plan)
    if request.method == "POST" and form.is_valid():
        left_out = "leave_out" in request.POST
        if left_out or not _add_problems(form, row, form.typed()):
            return model_admin.press(
                request,
                None,
                lambda: staging.edit(row, form.typed(), left_out=left_out),
                _("这一行不会导入。") if left_out else _("已保存，这一行可以导入。"),
                then=page_of_batch(found),
            )
    elif request.method == "GET" and not staged.left_out:
        # What is wrong is said beside the fields at once.
        form = RowForm(form.initial, user=request.user, row=staged, plan=plan)
        _add_problems(form, row, {})
    return model_admin.act_page(
        request,
        None,
        form,
        _("第 %(number)d 行") % {"number": number},
        _("保存"),
        status=422 if request.method == "POST" else 200,
        template="admin/demands/demand/import_row.html",
        batch=found,
        left_out=staged.left_out,
        back=page_of_batch(found),
    )


def _add_problems(form: RowForm, row: ImportRow, typed: dict[str, str]) -> bool:
    """Say beside the fields what would be wrong with a row. Returns whether anything would."""
    form.full_clean()
    plan, columns = staging.plan_of(row.batch), row.batch.columns
    names = {str(label): name for name, label in LABELS.items()}
    names |= {columns[place]: name for name, place in plan.where.items() if columns[place]}
    problems = staging.try_out(row, typed).problems
    for problem in problems:
        name = names.get(problem.column)
        form.add_error(name if name in form.fields else None, problem.text)
    return bool(problems)
