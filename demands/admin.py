"""The desk for demands: Django's admin shows the state, buttons move it. Nothing is edited in place."""

import functools

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from consultation import places
from consultation.models import AreaLevel
from foundation import contacts
from foundation.desk import AuditedAdmin, ReadOnlyAdmin
from foundation.tokens import new_code

from . import desk, services
from .categories import active, placed
from .chain import stations
from .deadlines import NONE, deadline
from .models import Category, Demand, DemandPhoto, PhotoReview, StandardReply
from .templatetags.demand_marks import status_pill
from .timeline import entries
from .views.photos import photo_response
from .workflow import DemandStatus, Party, TransitionNotAllowed


class DeskFilter(admin.SimpleListFilter):
    """The queues of the opening page."""

    title = gettext_lazy("待办")
    parameter_name = "queue"
    QUEUES = {
        "open": (gettext_lazy("未结束"), lambda demands, user: demands.open()),
        "overdue": (gettext_lazy("已超期"), lambda demands, user: demands.overdue()),
        "today": (gettext_lazy("今天到期"), lambda demands, user: demands.due_today()),
        "unassigned": (gettext_lazy("未分派"), lambda demands, user: demands.unassigned()),
        "mine": (gettext_lazy("我的"), lambda demands, user: demands.open().filter(assignee=user)),
        "to_publish": (gettext_lazy("待审公开"), lambda demands, user: demands.awaiting_publication()),
        "photos": (gettext_lazy("照片待审"), lambda demands, user: demands.with_photos_to_review()),
        "deletion": (gettext_lazy("待删除信息"), lambda demands, user: demands.deletion_requested()),
    }

    def lookups(self, request, model_admin):
        return [(key, label) for key, (label, _queue) in self.QUEUES.items()]

    def queryset(self, request, queryset):
        if self.value() in self.QUEUES:
            return self.QUEUES[self.value()][1](queryset, request.user)
        return queryset


class CommunityFilter(admin.SimpleListFilter):
    title = gettext_lazy("社区")
    parameter_name = "community"

    def lookups(self, request, model_admin):
        mine = None if request.user.is_superuser else places.areas_of(request.user)
        return [
            (area.code, str(area)) for area in places.of_level(AreaLevel.COMMUNITY) if mine is None or area.pk in mine
        ]

    def queryset(self, request, queryset):
        community = places.with_code(AreaLevel.COMMUNITY, self.value())
        return queryset.filter(area__in=places.within(community)) if community else queryset


class CategoryFilter(admin.SimpleListFilter):
    title = gettext_lazy("类别")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        return [(category.code, str(category)) for category in active()]

    def queryset(self, request, queryset):
        chosen = next((category for category in active() if category.code == self.value()), None)
        return queryset.filter(category=chosen) if chosen else queryset


class DemandList(ChangeList):
    """The list's rows with their places and categories, which are kept in memory."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = [placed(demand) for demand in self.result_list]


def act(permission: str):
    """A custom page about one demand: permission and scope are checked anew, refusals become sentences.

    A stale or refused act shows its page again with what was typed, and the demand as it is now.
    """

    def decorate(view):
        @functools.wraps(view)
        def wrapper(self, request, pk: int, **kwargs):
            if not (request.user.has_perm("demands.view_demand") and request.user.has_perm(permission)):
                raise PermissionDenied
            demand = get_object_or_404(self.get_queryset(request), pk=pk)
            return view(self, request, demand, **kwargs)

        return wrapper

    return decorate


@admin.register(Demand)
class DemandAdmin(ReadOnlyAdmin):
    change_form_template = "admin/demands/demand/detail.html"
    change_list_template = "admin/demands/demand/change_list.html"
    list_display = ("ref", "need", "category", "state", "due", "assigned", "way")
    list_display_links = ("ref",)
    list_filter = (DeskFilter, "status", CommunityFilter, CategoryFilter, "direction", "channel")
    list_select_related = ("assignee",)
    list_per_page = 20
    ordering = ("-received_at", "-pk")
    sortable_by = ()
    search_fields = ("ref",)
    search_help_text = gettext_lazy("编号、文字，或电话后四位")
    show_facets = admin.ShowFacets.NEVER
    actions = ("publish_prepared",)

    # --- The list ---

    def get_queryset(self, request):
        return Demand.objects.visible_to(request.user)

    def get_changelist(self, request, **kwargs):
        return DemandList

    def action_checkbox(self, demand):
        # Django draws a widget's template for each row; this is what it comes to.
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            helpers.ACTION_CHECKBOX_NAME,
            demand.pk,
            demand.ref,
        )

    def get_search_results(self, request, queryset, search_term):
        return (queryset.search_at_desk(search_term) if search_term.strip() else queryset), False

    @admin.display(description=gettext_lazy("需求"))
    def need(self, demand):
        return format_html("<strong>{}</strong><br><small>{}</small>", demand.headline, demand.area.place)

    @admin.display(description=gettext_lazy("状态"))
    def state(self, demand):
        return status_pill(demand.status)

    @admin.display(description=gettext_lazy("期限"))
    def due(self, demand):
        limit = deadline(demand)
        if limit.state == NONE:
            return limit.words
        return format_html('<span class="due {}">{}</span>', limit.state, limit.words)

    @admin.display(description=gettext_lazy("经办人"))
    def assigned(self, demand):
        return demand.assignee or _("未分派")

    @admin.display(description=gettext_lazy("方向"))
    def way(self, demand):
        return demand.get_direction_display().partition("（")[0].partition(" (")[0]

    @admin.action(description=gettext_lazy("公开所选（已备好标题、摘要和依据的）"), permissions=["publish"])
    def publish_prepared(self, request, queryset):
        done = skipped = 0
        for demand in queryset:
            try:
                services.publish(
                    demand,
                    title=demand.public_title,
                    summary=demand.public_summary,
                    result=demand.public_result,
                    basis=demand.publication_basis,
                    actor=request.user,
                    version=demand.version,
                )
                done += 1
            except (services.Refused, services.Stale):
                skipped += 1
        self.message_user(request, _("已公开 %(count)d 件。") % {"count": done}, messages.SUCCESS)
        if skipped:
            text = _("%(count)d 件没有公开：还没有备好标题、摘要或依据，或刚刚被别人改动。")
            self.message_user(request, text % {"count": skipped}, messages.WARNING)

    def has_publish_permission(self, request):
        return request.user.has_perm("demands.publish_demand")

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": pgettext("desk", "需求"), **(extra_context or {})})

    # --- One demand ---

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        # Out of scope looks like not there at all.
        raise Http404

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        demand = self.get_object(request, object_id)
        if demand is None:
            raise Http404
        if not self.has_view_permission(request, demand):
            raise PermissionDenied
        return render(request, self.change_form_template, self._context(request, demand))

    def _context(self, request, demand: Demand) -> dict:
        moves = services.allowed_moves(demand, request.user)
        user = request.user
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": demand.ref,
            "demand": demand,
            "due": deadline(demand),
            "moves": [(to, move, bool(move.owes)) for to, move in moves.items()],
            "entries": entries(demand, for_staff=True),
            "photos": demand.photos.all(),
            "stations": stations(demand, list(demand.transitions.all())),
            "can": {
                name: user.has_perm(permission)
                for name, permission in {
                    "answer": "demands.answer_demand",
                    "note": "demands.note_demand",
                    "assign": "demands.assign_demand",
                    "reclassify": "demands.handle_demand",
                    "publish": "demands.publish_demand",
                    "reveal": "foundation.reveal_contact",
                    "erase": "demands.erase_demand",
                    "photos": "demands.change_demandphoto",
                }.items()
            },
        }

    def get_object(self, request, object_id, from_field=None):
        if not str(object_id).isdecimal():
            return None
        return (
            self.get_queryset(request)
            .with_place()
            .select_related("assignee", "contact", "venue", "merged_into")
            .filter(pk=object_id)
            .first()
        )

    def get_urls(self):
        def to(route: str, view, name: str):
            return path(f"<int:pk>/{route}", self.admin_site.admin_view(view), name=f"demands_demand_{name}")

        return [
            path("add/", self.admin_site.admin_view(self.intake), name="demands_demand_add"),
            to("move/<str:status>/", self.move, "move"),
            to("answer/", self.answer, "answer"),
            to("note/", self.note, "note"),
            to("assign/", self.assign, "assign"),
            to("reclassify/", self.reclassify, "reclassify"),
            to("publish/", self.publish, "publish"),
            to("unpublish/", self.unpublish, "unpublish"),
            to("reveal/", self.reveal, "reveal"),
            to("erase/", self.erase, "erase"),
            to("photos/<int:photo>/", self.review_photo, "review_photo"),
            to("photos/<int:photo>.jpg", self.photo, "photo"),
            *super().get_urls(),
        ]

    # --- Acts ---

    def _form_page(self, request, demand, form, heading, button, *, status=200, **more):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": heading,
            "demand": demand,
            "form": form,
            "button": button,
            "back": reverse("admin:demands_demand_change", args=[demand.pk]),
            **more,
        }
        return render(request, "admin/demands/demand/act.html", context, status=status)

    def _do(self, request, demand, form, heading, button, act, said, **more):
        """Show the form; on POST do the act, or show what stood against it beside what was typed."""
        status = 200
        if request.method == "POST" and not form.is_valid():
            status = 422
        elif request.method == "POST":
            try:
                act(form.cleaned_data)
            except (TransitionNotAllowed, services.Refused) as error:
                form.add_error(None, str(error))
                status = 422
            except services.Stale as error:
                form.add_error(None, str(error))
                # The next click is made knowing what the page now shows.
                demand.refresh_from_db()
                form.data = form.data.copy()
                form.data["version"] = demand.version
                status = 409
            else:
                self.message_user(request, said, messages.SUCCESS)
                return redirect("admin:demands_demand_change", demand.pk)
        return self._form_page(request, demand, form, heading, button, status=status, **more)

    def _data(self, request):
        return request.POST if request.method == "POST" else None

    @act("demands.view_demand")
    def move(self, request, demand, status):
        possible = services.allowed_moves(demand, request.user).get(status)
        if possible is None:
            if status not in DemandStatus.values:
                raise Http404
            text = _("“%(from)s”的需求现在不能由您改为“%(to)s”。可能刚刚被别人处理过。")
            names = {"from": demand.get_status_display(), "to": DemandStatus(status).label}
            self.message_user(request, text % names, messages.WARNING)
            return redirect("admin:demands_demand_change", demand.pk)
        form = desk.MoveForm(self._data(request), demand=demand, user=request.user, move=possible, to=status)

        def do(data):
            services.change_status(
                demand,
                status,
                party=Party.STAFF,
                actor=request.user,
                version=data["version"],
                answer=data.get("answer", ""),
                reason=data.get("reason", ""),
                decline_reason=data.get("decline_reason", ""),
                responsible=data.get("responsible", ""),
                target=data.get("target"),
            )

        said = _("%(ref)s：%(status)s。") % {"ref": demand.ref, "status": DemandStatus(status).label}
        return self._do(request, demand, form, possible.label, possible.label, do, said)

    @act("demands.answer_demand")
    def answer(self, request, demand):
        form = desk.AnswerForm(self._data(request), demand=demand, user=request.user)
        return self._do(
            request,
            demand,
            form,
            _("答复居民"),
            _("发出答复"),
            lambda data: services.answer(demand, data["answer"], actor=request.user, version=data["version"]),
            _("答复已写上，居民会收到提醒。"),
        )

    @act("demands.note_demand")
    def note(self, request, demand):
        form = desk.NoteForm(self._data(request), demand=demand, user=request.user)
        return self._do(
            request,
            demand,
            form,
            _("内部备注"),
            _("记下"),
            lambda data: services.note(demand, data["body"], actor=request.user),
            _("备注已记下。"),
        )

    @act("demands.assign_demand")
    def assign(self, request, demand):
        form = desk.AssignForm(self._data(request), demand=demand, user=request.user)
        return self._do(
            request,
            demand,
            form,
            _("分派经办人"),
            _("分派"),
            lambda data: services.assign(demand, data["assignee"], actor=request.user, version=data["version"]),
            _("已分派。"),
        )

    @act("demands.handle_demand")
    def reclassify(self, request, demand):
        form = desk.ReclassifyForm(self._data(request), demand=demand, user=request.user)
        return self._do(
            request,
            demand,
            form,
            _("调整类别或地点"),
            _("保存"),
            lambda data: services.reclassify(
                demand, category=data["category"], area=data["area"], actor=request.user, version=data["version"]
            ),
            _("已调整，期限按新类别从收到之日重算。"),
        )

    @act("demands.publish_demand")
    def publish(self, request, demand):
        form = desk.PublishForm(self._data(request), demand=demand, user=request.user)
        more = {"preview_button": True}
        if request.method == "POST" and "preview" in request.POST:
            if form.is_valid():
                more["preview"] = self._preview(demand, form.cleaned_data)
            status = 200 if form.is_valid() else 422
            return self._form_page(request, demand, form, _("公开"), _("公开"), status=status, **more)
        return self._do(
            request,
            demand,
            form,
            _("公开"),
            _("公开"),
            lambda data: services.publish(
                demand,
                title=data["title"],
                summary=data["summary"],
                result=data["result"],
                basis=data["basis"],
                actor=request.user,
                version=data["version"],
            ),
            _("已公开。"),
            **more,
        )

    def _preview(self, demand, data) -> str:
        """What the public will see, drawn by the public page's own template."""
        demand.public_title, demand.public_summary = data["title"], data["summary"]
        demand.public_result = data["result"]
        context = {
            "demand": demand,
            "stations": stations(demand, list(demand.transitions.all())),
            "photos": demand.photos.filter(review=PhotoReview.APPROVED),
            "preview": True,
        }
        return mark_safe(  # noqa: S308 - both are templates of ours, which escape
            render_to_string("demands/_demand_public.html", context)
            + render_to_string("demands/_demand_photos.html", context)
        )

    @act("demands.publish_demand")
    def unpublish(self, request, demand):
        form = desk.ConfirmForm(self._data(request), demand=demand, user=request.user)
        return self._do(
            request,
            demand,
            form,
            _("撤下公开"),
            _("撤下公开"),
            lambda data: services.unpublish(demand, actor=request.user, version=data["version"]),
            _("已撤下，标题和摘要还留在工作台。"),
        )

    @act("demands.erase_demand")
    def erase(self, request, demand):
        form = desk.ConfirmForm(self._data(request), demand=demand, user=request.user)
        return self._do(
            request,
            demand,
            form,
            _("删除个人信息"),
            _("删除"),
            lambda data: services.erase(demand, actor=request.user),
            _("联系方式、原话、往来和照片已删除，编号和统计数字保留。"),
            warning=_("删除后不能恢复：联系方式、居民原话、往来文字和照片都会删除，公开页面也会撤下。"),
        )

    @act("foundation.reveal_contact")
    def reveal(self, request, demand):
        if demand.contact is None:
            raise Http404
        form = desk.RevealForm(self._data(request), demand=demand, user=request.user)
        if request.method == "POST" and form.is_valid():
            shown = contacts.reveal(
                demand.contact, subject=demand, actor=request.user, reason=form.cleaned_data["reason"]
            )
            response = self._form_page(request, demand, None, _("联系方式"), "", shown=shown)
            response["Cache-Control"] = "no-store"
            return response
        status = 422 if form.errors else 200
        return self._form_page(request, demand, form, _("查看联系方式"), _("查看"), status=status)

    @act("demands.view_demand")
    def photo(self, request, demand, photo):
        return photo_response(request, get_object_or_404(demand.photos, pk=photo), "small" in request.GET)

    @act("demands.change_demandphoto")
    def review_photo(self, request, demand, photo):
        if request.method != "POST":
            return redirect("admin:demands_demand_change", demand.pk)
        picture = get_object_or_404(DemandPhoto, demand=demand, pk=photo)
        form = desk.PhotoForm(request.POST)
        if form.is_valid():
            services.review_photo(
                picture, form.cleaned_data["review"], actor=request.user, alt=form.cleaned_data["alt"]
            )
            self.message_user(request, _("照片已审核。"), messages.SUCCESS)
        else:
            text = " ".join(message for errors in form.errors.values() for message in errors)
            self.message_user(request, text, messages.ERROR)
        return redirect("admin:demands_demand_change", demand.pk)

    # --- Intake ---

    def has_add_permission(self, request):
        return request.user.has_perm("demands.add_demand")

    def intake(self, request):
        """Enter a need for somebody at the window or on the phone; the slip with the code is printed afterwards."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = desk.IntakeForm(self._data(request), user=request.user, initial={"code": new_code()})
        if request.method == "POST" and form.is_valid():
            try:
                demand, created = services.submit(services.Submission(**form.cleaned_data), actor=request.user)
            except ValueError:
                form.add_error(None, _("表单已失效，请刷新页面再录一次。"))
            else:
                if created:
                    self.message_user(request, _("%(ref)s 已录入。") % {"ref": demand.ref}, messages.SUCCESS)
                context = {
                    **self.admin_site.each_context(request),
                    "opts": self.opts,
                    "title": _("回执"),
                    "demand": demand,
                    "code": form.cleaned_data["code"],
                }
                return render(request, "admin/demands/demand/slip.html", context)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("代录需求"),
            "form": form,
            "button": _("录入"),
            "back": reverse("admin:demands_demand_changelist"),
        }
        return render(request, "admin/demands/demand/act.html", context, status=422 if form.errors else 200)


@admin.register(Category)
class CategoryAdmin(AuditedAdmin):
    list_display = ("name", "name_en", "response_days", "resolution_days", "order", "is_active")
    prepopulated_fields = {"code": ("name_en",)}


@admin.register(StandardReply)
class StandardReplyAdmin(AuditedAdmin):
    list_display = ("title", "order", "is_active")
