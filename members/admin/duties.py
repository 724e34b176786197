"""Admin pages of duties: confirm or return what members logged, and correct or void what was confirmed."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from consultation.models import Venue
from foundation import audit, clock
from foundation.audit import AuditAction
from foundation.errors import Refused, Stale
from foundation.keys import key_of, keys_in
from foundation.modeladmin import ReadOnlyAdmin, TransitionAdmin, act
from foundation.paging import count_capped
from foundation.photos import photo_response
from foundation.queues import Queue, QueueList, Tile, register
from foundation.work_lists import WorkListAdmin

from .. import selectors, services, sheets
from ..forms.duties import CorrectForm, EnterForm, MoveForm
from ..models import DutyRecord, Member
from ..models.duties import WORK_ORDER
from ..templatetags.duty_pill import duty_pill
from ..workflow import DUTY_MOVES, DutyStatus

CONFIRM = "members.confirm_dutyrecord"
MAX_AT_ONCE = 50
YEARS = 5


class YearFilter(admin.SimpleListFilter):
    title = gettext_lazy("年份")
    parameter_name = "year"

    def lookups(self, request, model_admin):
        this_year = clock.today().year
        return [(str(year), _("%(year)d 年") % {"year": year}) for year in range(this_year, this_year - YEARS, -1)]

    def queryset(self, request, queryset):
        known = [value for value, _label in self.lookup_choices]
        return queryset.of_year(int(self.value())) if self.value() in known else queryset


class MemberFilter(admin.SimpleListFilter):
    """Only members in the user's areas."""

    title = gettext_lazy("委员")
    parameter_name = "member"

    def lookups(self, request, model_admin):
        return [(str(member.pk), str(member)) for member in Member.objects.visible_to(request.user)]

    def queryset(self, request, queryset):
        known = [value for value, _label in self.lookup_choices]
        return queryset.filter(member=int(self.value())) if self.value() in known else queryset


# The address of Django's own filter on the field.
register(
    QueueList(
        "members.DutyRecord",
        (
            Queue(
                DutyStatus.SUBMITTED.value,
                DutyStatus.SUBMITTED.label,
                lambda rows, user: rows.awaiting(),
                Tile(gettext_lazy("履职待确认"), 170),
            ),
        ),
        parameter="status__exact",
    )
)


@admin.register(DutyRecord)
class DutyRecordAdmin(WorkListAdmin, TransitionAdmin, ReadOnlyAdmin):
    table = DUTY_MOVES
    transition_form = MoveForm
    moved_by = services.duties.records.MOVED_BY
    act_template = "admin/members/dutyrecord/act.html"
    change_list_template = "admin/members/dutyrecord/change_list.html"
    list_display = ("day", "member", "kind", "what", "hours", "people_served", "state", "source")
    list_display_links = ("what",)
    list_filter = ("status", "kind", "source", YearFilter, MemberFilter)
    list_select_related = ("member",)
    work_order = WORK_ORDER
    sortable_by = ("day", "kind", "state", "source")
    search_fields = ("member__name", "text")
    search_help_text = gettext_lazy("委员姓名或履职内容")
    show_facets = admin.ShowFacets.NEVER
    actions = ("confirm_chosen",)

    # --- The list ---

    def get_queryset(self, request):
        return DutyRecord.objects.visible_to(request.user)

    @admin.display(description=gettext_lazy("做了什么"))
    def what(self, record):
        return record.text if len(record.text) <= 60 else f"{record.text[:59]}…"

    @admin.display(description=gettext_lazy("状态"), ordering="status")
    def state(self, record):
        return duty_pill(record)

    def changelist_view(self, request, extra_context=None):
        shown = {
            "may_enter": request.user.has_perm("members.add_dutyrecord"),
            "waiting": count_capped(self.get_queryset(request).awaiting()),
        }
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    # --- One record ---

    def get_urls(self):
        return [
            self.page("add/", self.enter, "add"),
            self.page("confirm/", self.confirm),
            self.page("<int:pk>/correct/", self.correct),
            self.page("<int:pk>/photos/<int:photo>.jpg", self.photo),
            self.page("member/<int:member>/<int:year>/sheet/", require_safe(self.sheet), "sheet"),
            self.page("member/<int:member>/<int:year>.xlsx", require_POST(self.export), "export"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("member__committee", "event", "entered_by")
        record = get_object_or_404(rows, pk=key_of(object_id))
        correctable = record.status == DutyStatus.CONFIRMED and request.user.has_perm("members.change_dutyrecord")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(record),
            "record": record,
            "buttons": self.buttons(request, record),
            "correctable": correctable,
            "may_export": self.has_confirm_permission(request),
            "photos": list(record.photos.all()),
            "history": selectors.duties.history(record),
            "may_open_event": request.user.has_perm("consultation.view_event"),
        }
        return render(request, "admin/members/dutyrecord/detail.html", context)

    def refuse_transition(self, request, row, to):
        if not self.has_confirm_permission(request):
            raise PermissionDenied
        return super().refuse_transition(request, row, to)

    @act("members.change_dutyrecord")
    def correct(self, request, record):
        if record.status != DutyStatus.CONFIRMED:
            self.message_user(request, _("只有已确认的记录可以更正。"), messages.WARNING)
            return redirect(self.back_to(record))
        form = CorrectForm(self.data(request), row=record)

        def do(data):
            given = {"reason": data["reason"], "version": data["version"]}
            services.duties.records.correct(record, form.written, actor=request.user, **given)

        return self.do(
            request,
            record,
            form,
            _("更正"),
            _("更正"),
            do,
            _("已更正，委员可以看到更正内容。"),
            venues=_venues(request.user),
        )

    @act("members.view_dutyphoto")
    def photo(self, request, record, photo):
        return photo_response(request, get_object_or_404(record.photos, pk=photo), "small" in request.GET)

    # --- For a member who does not use the portal ---

    def enter(self, request):
        if not (self.has_view_permission(request) and request.user.has_perm("members.add_dutyrecord")):
            raise PermissionDenied
        form = EnterForm(self.data(request), user=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                member, key = form.cleaned_data["member"], form.cleaned_data["key"]
                record = services.duties.records.log(member, form.activity, key=key, actor=request.user)
            except Refused as error:
                form.add_error(None, str(error))
            else:
                self.message_user(request, _("已代录，并已确认。"), messages.SUCCESS)
                return redirect(self.back_to(record))
        status = 422 if form.is_bound else 200
        return self.act_page(request, None, form, _("代录履职"), _("保存"), status=status, venues=_venues(request.user))

    # --- Several at once ---

    def has_confirm_permission(self, request):
        return request.user.has_perm(CONFIRM)

    @admin.action(description=gettext_lazy("确认所选…"), permissions=["confirm"])
    def confirm_chosen(self, request, queryset):
        keys = queryset.awaiting().order_by("pk").values_list("pk", flat=True)[:MAX_AT_ONCE]
        ids = ",".join(str(key) for key in keys)
        return redirect(f"{self.address('confirm')}?{urlencode({'ids': ids})}")

    def confirm(self, request):
        """Show the current records named in `?ids=`; on POST confirm those that have not changed since."""
        if not (self.has_view_permission(request) and self.has_confirm_permission(request)):
            raise PermissionDenied
        if request.method == "POST":
            return self._confirm(request)
        keys = keys_in(request.GET.get("ids", "").split(","))[:MAX_AT_ONCE]
        chosen = list(self.get_queryset(request).awaiting().filter(pk__in=keys).select_related("member"))
        if not chosen:
            self.message_user(request, _("所选记录中没有待确认的。"), messages.WARNING)
            return redirect(self.back_to())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("确认所选"),
            "chosen": chosen,
            "back": self.back_to(),
        }
        return render(request, "admin/members/dutyrecord/confirm.html", context)

    def _confirm(self, request):
        pairs = [text.partition(":") for text in request.POST.getlist("record")[:MAX_AT_ONCE]]
        numbers = ((key_of(key), key_of(version)) for key, _colon, version in pairs)
        versions = {key: version for key, version in numbers if key is not None and version is not None}
        done = 0
        for record in self.get_queryset(request).filter(pk__in=versions).order_by("pk"):
            try:
                services.duties.records.confirm(record, actor=request.user, version=versions[record.pk])
            except (Refused, Stale) as error:
                self.message_user(request, f"{record}：{error}", messages.WARNING)
            else:
                done += 1
        if done:
            text = ngettext("已确认 %(count)d 条。", "已确认 %(count)d 条。", done) % {"count": done}
            self.message_user(request, text, messages.SUCCESS)
        return redirect(self.back_to())

    # --- A member's year ---

    def _member(self, request, pk: int, year: int) -> Member:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not selectors.duties.is_year(year):
            raise Http404
        return get_object_or_404(Member.objects.visible_to(request.user).select_related("committee"), pk=pk)

    def sheet(self, request, member, year):
        found = selectors.duties.printed_year(self._member(request, member, year), year)
        return render(request, "members/duty_sheet.html", {**found, "in_admin": True})

    def export(self, request, member, year):
        """Download a member's year. Requires POST, because it is audited, and the permission to manage records."""
        if not self.has_confirm_permission(request):
            raise PermissionDenied
        found = self._member(request, member, year)
        audit.record(AuditAction.EXPORTED, found, actor=request.user, detail=f"duties {year}")
        return sheets.duties.download(found, year, selectors.duties.overview(found, year))


def _venues(user) -> list[str]:
    return list(Venue.objects.public().visible_to(user).order_by("name").values_list("name", flat=True)[:100])
