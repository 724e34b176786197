"""An uploaded list before it comes in: each of its rows to edit."""

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from ..forms.staging import RowForm
from ..models import BatchStatus, ImportBatch, ImportRow
from ..services import staging
from ..sheets.demands import LABELS
from .acts import DEMAND_ACTS

IMPORT = "demands.import_demand"


def batch_of(request, pk: int) -> ImportBatch:
    """A batch that the user may see. Raises `Http404`."""
    return get_object_or_404(ImportBatch.objects.visible_to(request.user).select_related("made_by"), pk=pk)


def page_of_batch(batch: ImportBatch) -> str:
    return reverse("admin:demands_demand_import_batch", args=[batch.pk])


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
    names |= {columns[place]: name for name, place in plan.at.items() if columns[place]}
    problems = staging.try_out(row, typed).problems
    for problem in problems:
        name = names.get(problem.column)
        form.add_error(name if name in form.fields else None, problem.text)
    return bool(problems)
