"""Import and export lists of demands as spreadsheets."""

import hashlib

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import audit, clock, drafts, raw_sheets, sheets
from foundation.audit import AuditAction
from foundation.errors import Refused
from foundation.forms import PlainForm, TextField
from foundation.modeladmin import ReadOnlyAdmin, VisibleAdmin
from foundation.sheets import CONTENT_TYPE, CSV_TYPE, Column, SheetError
from foundation.work_lists import WorkListAdmin

from ..forms.batches import ExportForm, ImportForm
from ..models import BatchStatus, ImportBatch
from ..models.batches import WORK_ORDER
from ..services import batches, staging, undoing
from ..sheets import demands as demand_list
from ..sheets import mapping
from .acts import DEMAND_ACTS
from .staging import IMPORT, batch_of, decide, page_of_batch, plan_form, preview

EXPORT = "demands.export_demand"
SHOWN_PROBLEMS, SHOWN_BATCHES, SHOWN_SPANS = 100, 10, 20
MAX_EXPORTED = 10_000


# --- Import ----------------------------------------------------------------------------------------------------------


@DEMAND_ACTS.page("import/", IMPORT, name="import")
def import_list(model_admin, request):
    """Upload a file; its columns are guessed and its rows checked. Nothing comes in before somebody confirms."""
    form = ImportForm(model_admin.data(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(page_of_batch(_received(request.user, form.cleaned_data["file"])))
        except SheetError as error:
            form.add_error("file", [str(problem) for problem in error.problems])
        except Refused as error:
            form.add_error(None, str(error))
    return model_admin.act_page(
        request,
        None,
        form,
        _("导入需求清单"),
        _("检查"),
        status=422 if form.errors else 200,
        template="admin/demands/demand/import.html",
        batches=ImportBatch.objects.visible_to(request.user)[:SHOWN_BATCHES],
    )


def _received(user, file) -> ImportBatch:
    table = raw_sheets.read(file, known=mapping.meanings())
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    return staging.receive(table, file_name=file.name, digest=digest, actor=user)


@DEMAND_ACTS.page("import/template.xlsx", IMPORT)
def import_template(model_admin, request):
    return _download(demand_list.template(), "demands-template.xlsx")


@DEMAND_ACTS.page("import/<int:batch>/", IMPORT, keeps_drafts=False)
def import_batch(model_admin, request, batch: int):
    """Show one batch: what would become of it, the progress of its import, or the result."""
    found = batch_of(request, batch)
    if found.status == BatchStatus.CHECKED and found.plan:
        return preview(model_admin, request, found)
    is_done = found.status == BatchStatus.DONE
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": found.file_name,
        "batch": found,
        "worked": found.done + found.failed,
        "failed": found.rows.failing()[:SHOWN_PROBLEMS] if is_done else [],
        "numbers": _numbers(found) if is_done else "",
    }
    return render(request, "admin/demands/demand/import_batch.html", context)


def _numbers(batch: ImportBatch) -> str:
    """Return the numbers of the demands that a batch became, in words."""
    spans = batches.spans(batch.rows.filter(demand__isnull=False).values_list("demand__ref", flat=True))
    said = [
        first if first == last else _("%(first)s 至 %(last)s") % {"first": first, "last": last} for first, last in spans
    ]
    return _("、").join(said[:SHOWN_SPANS]) + ("……" if len(said) > SHOWN_SPANS else "")


@DEMAND_ACTS.page("import/<int:batch>/confirm/", IMPORT, methods=("POST",))
def import_confirm(model_admin, request, batch: int):
    """Confirm a batch. What was filled in on its page and not checked yet is checked first, and shown."""
    found = batch_of(request, batch)
    if found.status == BatchStatus.CHECKED and found.plan and "area" in request.POST:
        form = plan_form(request, found)
        if not form.is_valid():
            return preview(model_admin, request, found)
        if decide(found, form):
            model_admin.message_user(request, _("已按新的设置重新核对，请看过后再确认。"), messages.WARNING)
            return redirect(page_of_batch(found))
    return model_admin.press(
        request,
        None,
        lambda: batches.confirm(found, actor=request.user, again="again" in request.POST),
        _("开始导入，本页会显示进度。"),
        then=page_of_batch(found),
    )


@DEMAND_ACTS.page("import/<int:batch>/drop/", IMPORT, methods=("POST",))
def import_drop(model_admin, request, batch: int):
    found = batch_of(request, batch)
    return model_admin.press(
        request,
        None,
        lambda: batches.drop(found),
        _("已放弃，没有导入任何内容。"),
        then=model_admin.address("import"),
    )


@DEMAND_ACTS.page("import/<int:batch>/undo/", IMPORT, keeps_drafts=False)
def import_undo(model_admin, request, batch: int):
    """Ask whether a whole import is to be deleted again, and do it."""
    found = batch_of(request, batch)
    return model_admin.do(
        request,
        None,
        PlainForm(model_admin.data(request)),
        _("撤销这次导入"),
        _("删除这些需求"),
        lambda _data: undoing.undo(found, actor=request.user),
        _("已撤销，这次导入的需求都已删除。"),
        then=page_of_batch(found),
        template="admin/demands/demand/import_undo.html",
        batch=found,
        numbers=_numbers(found),
        obstacle=undoing.why_not(found, request.user),
        back=page_of_batch(found),
    )


@DEMAND_ACTS.page("import/<int:batch>/report.xlsx", IMPORT)
def import_report(model_admin, request, batch: int):
    """Download a report: for each row, the demand it became, or why it became none."""
    found = batch_of(request, batch)
    rows = found.rows.values_list("number", "source", "reference", "demand__ref", "problem")
    text = demand_list.LABELS
    heads = [_("行"), text["source"], text["reference"], _("需求编号"), _("未导入的原因")]
    report = sheets.write([Column("", head, TextField()) for head in heads], rows.iterator(), title=_("导入结果"))
    return _download(report, f"import-{found.pk}.xlsx")


# --- Export ----------------------------------------------------------------------------------------------------------


@DEMAND_ACTS.page("export/", EXPORT)
def export(model_admin, request):
    """Download the filtered list once a reason is given; the query string carries the filters."""
    if "%00" in request.META["QUERY_STRING"]:
        raise SuspiciousOperation("NUL in a filter")
    try:
        shown = model_admin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return redirect(model_admin.back_to())
    found = shown.queryset.select_related(None)
    count = found.order_by()[: MAX_EXPORTED + 1].count()
    chosen = _filters(shown)
    form, warning = ExportForm(model_admin.data(request)), _why_no_export(count)
    if not warning and request.method == "POST" and form.is_valid():
        return _exported(request, found, count, chosen, **form.cleaned_data)
    return model_admin.act_page(
        request,
        None,
        form,
        _("导出需求"),
        _("导出"),
        status=422 if request.method == "POST" else 200,
        template="admin/demands/demand/export.html",
        warning=warning,
        count=0 if warning else count,
        chosen=chosen,
        searched=shown.query,
        back=model_admin.back_to() + shown.get_query_string(remove=["p"]),
    )


def _why_no_export(count: int) -> str:
    if not count:
        return _("没有符合条件的需求，无法导出。")
    if count > MAX_EXPORTED:
        text = _("符合条件的需求超过 %(most)s 件。请回到列表缩小筛选范围，分几次导出。")
        return text % {"most": f"{MAX_EXPORTED:,}"}
    return ""


def _exported(request, found, count: int, chosen, *, reason: str, format: str):
    # The audit log must not hold the search words, which may be somebody's name.
    words = [f"{name}={value}" for name, value in chosen] + ([_("搜索")] if request.GET.get("q") else [])
    detail = f"{count} {format}: {reason} ({', '.join(words)})" if words else f"{count} {format}: {reason}"
    audit.record(AuditAction.EXPORTED, "demand", actor=request.user, detail=detail)
    drafts.done(request)
    whole = request.user.has_perm("foundation.reveal_contact")
    rows, name = demand_list.exported(found, whole=whole), f"demands-{clock.today():%Y%m%d}.{format}"
    if format == "xlsx":
        return _download(demand_list.as_workbook(rows), name)
    response = StreamingHttpResponse(demand_list.as_csv(rows), content_type=CSV_TYPE)
    return _as_file(response, name)


def _filters(shown) -> list[tuple[str, str]]:
    """Return the active filters of a list, in words."""
    return [
        (str(one.title), str(choice["display"]))
        for one in shown.filter_specs
        if one.has_output()
        for place, choice in enumerate(one.choices(shown))
        if place and choice.get("selected")
    ]


def _download(content: bytes, name: str) -> HttpResponse:
    return _as_file(HttpResponse(content, content_type=CONTENT_TYPE), name)


def _as_file(response, name: str):
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@admin.register(ImportBatch)
class ImportBatchAdmin(WorkListAdmin, VisibleAdmin, ReadOnlyAdmin):
    """All batches; each row leads to the batch's own page."""

    list_display = ("file", "made_at", "status", "total", "done", "failed", "finished_at")
    list_display_links = None
    list_filter = ("status",)
    work_order = WORK_ORDER
    sortable_by = ("made_at",)
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description=gettext_lazy("文件名"))
    def file(self, batch):
        return format_html('<a href="{}">{}</a>', page_of_batch(batch), batch.file_name)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        batch = self.get_object(request, object_id)
        if batch is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return redirect(page_of_batch(batch))
