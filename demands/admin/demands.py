"""The desk for demands: Django's admin shows the state, buttons move it. Nothing is edited in place."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from foundation.errors import Refused
from foundation.modeladmin import ReadOnlyAdmin, act
from foundation.photos import photo_response
from foundation.tokens import new_code

from .. import forms
from ..models import Demand, PhotoReview
from ..selectors.chain import links_of, stations
from ..selectors.deadlines import deadline
from ..selectors.timeline import entries
from ..services import handling, intake, merging, publishing, transitions
from ..workflow import DemandStatus
from .batches import Sheets
from .bulk import Bulk
from .consulting import Consulted
from .deadlines import Clock
from .dispatches import DispatchActs
from .matching import SuggestionActs
from .merging import Merging
from .offices import Offices
from .queues import DemandQueues
from .search import SavedFilters
from .similar import Similar

S = DemandStatus
# Which service makes a move: by the target status, but out of these two another one.
SERVICES = {
    S.ACCEPTED: handling.accept,
    S.IN_CONSULTATION: handling.consult,
    S.IN_PROGRESS: handling.start,
    S.RESOLVED: handling.resolve,
    S.DECLINED: handling.decline,
    S.REOPENED: handling.reopen,
    S.MERGED: merging.merge,
}
UNDOING = {S.MERGED: merging.unmerge, S.SPLIT: merging.unsplit}


@admin.register(Demand)
class DemandAdmin(
    Merging,
    Clock,
    Offices,
    Similar,
    Sheets,
    Bulk,
    SavedFilters,
    Consulted,
    DispatchActs,
    SuggestionActs,
    DemandQueues,
    ReadOnlyAdmin,
):
    act_template = "admin/demands/demand/act.html"
    change_form_template = "admin/demands/demand/detail.html"

    # --- One demand ---

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
        # First, since it reads along what the rest of the page goes through too.
        timeline = entries(demand, for_staff=True)
        moves = transitions.allowed_moves(demand, request.user)
        user, links = request.user, links_of(demand)
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": demand.ref,
            "demand": demand,
            "due": deadline(demand),
            "moves": [(to, move, bool(move.requires) or move.confirm) for to, move in moves.items()],
            "entries": timeline,
            "photos": demand.photos.all(),
            "stations": stations(demand, demand.transitions.all(), links, draft=True),
            "links": links,
            **self.dispatch_context(request, demand),
            **self.demand_context(request, demand),
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
                    "link": "demands.handle_demand",
                }.items()
            },
        }

    def get_object(self, request, object_id, from_field=None):
        if not str(object_id).isdecimal():
            return None
        return (
            self.get_queryset(request)
            .with_place()
            .select_related("assignee", "contact", "venue", "resource", "merged_into", "split_from")
            .select_related("handling_text", "publication_text")
            .filter(pk=object_id)
            .first()
        )

    def get_urls(self):
        return [
            self.page("add/", self.intake, "add"),
            self.page("<int:pk>/move/<str:status>/", self.move),
            self.page("<int:pk>/answer/", self.answer),
            self.page("<int:pk>/note/", self.note),
            self.page("<int:pk>/assign/", self.assign),
            self.page("<int:pk>/reclassify/", self.reclassify),
            self.page("<int:pk>/publish/", self.publish),
            self.page("<int:pk>/unpublish/", self.unpublish),
            self.page("<int:pk>/reveal/", self.reveal),
            self.page("<int:pk>/erase/", self.erase),
            self.page("<int:pk>/photos/<int:photo>/", self.review_photo),
            self.page("<int:pk>/photos/<int:photo>.jpg", self.photo),
            *self.dispatch_urls(),
            *self.suggestion_urls(),
            *super().get_urls(),
        ]

    # --- Acts ---

    def act_page(self, request, row, form, heading, button, *, status=200, **more):
        return super().act_page(request, row, form, heading, button, status=status, demand=row, **more)

    def do(self, request, row, form, heading, button, act, said, **more):
        """The same, and where an answer is written, a standard reply can be laid into it first."""
        if request.method == "POST" and "fill" in request.POST and "standard" in form.fields:
            if not form.insert_reply():
                more["warning"] = _("请先选一条标准答复，再填入。")
            return self.act_page(request, row, form, heading, button, **more)
        return super().do(request, row, form, heading, button, act, said, **more)

    @act("demands.view_demand")
    def move(self, request, demand, status):
        possible = transitions.allowed_moves(demand, request.user).get(status)
        if possible is None:
            if status not in DemandStatus.values:
                raise Http404
            text = _("“%(from)s”的需求现在不能由您改为“%(to)s”。可能刚刚被别人处理过。")
            names = {"from": demand.get_status_display(), "to": DemandStatus(status).label}
            self.message_user(request, text % names, messages.WARNING)
            return redirect(self.back_to(demand))
        if status == DemandStatus.SPLIT:
            return self.split(request, demand, possible)
        form = forms.handling.MoveForm(
            self.data(request),
            demand=demand,
            user=request.user,
            move=possible,
            to=status,
            # Whoever comes from a similar demand has chosen it already.
            initial={"target": request.GET.get("target", "")},
        )

        service = UNDOING.get(demand.status) or SERVICES[status]

        def do(data):
            given = {name: value for name, value in data.items() if name != "standard"}
            if "answer" in given:
                # Where nobody else follows the demand, the form does not ask.
                given.setdefault("everybody", False)
            service(demand, actor=request.user, **given)

        said = _("%(ref)s：%(status)s。") % {"ref": demand.ref, "status": DemandStatus(status).label}
        warning = self.undoing(demand, possible, status)
        return self.do(request, demand, form, possible.label, possible.label, do, said, warning=warning)

    @act("demands.answer_demand")
    def answer(self, request, demand):
        form = forms.conversation.AnswerForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("答复居民"),
            _("发出答复"),
            lambda data: handling.answer(
                demand,
                data["answer"],
                actor=request.user,
                version=data["version"],
                everybody=data.get("everybody", False),
            ),
            _("答复已写上，居民会收到提醒。"),
        )

    @act("demands.note_demand")
    def note(self, request, demand):
        form = forms.conversation.NoteForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("内部备注"),
            _("记下"),
            lambda data: handling.note(demand, data["body"], actor=request.user),
            _("备注已记下。"),
        )

    @act("demands.assign_demand")
    def assign(self, request, demand):
        form = forms.handling.AssignForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("分派经办人"),
            _("分派"),
            lambda data: handling.assign(demand, data["assignee"], actor=request.user, version=data["version"]),
            _("已分派。"),
        )

    @act("demands.handle_demand")
    def reclassify(self, request, demand):
        form = forms.handling.ReclassifyForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("调整类别或地点"),
            _("保存"),
            lambda data: handling.reclassify(
                demand, category=data["category"], area=data["area"], actor=request.user, version=data["version"]
            ),
            _("已调整，期限按新类别从收到之日重算。"),
        )

    @act("demands.publish_demand")
    def publish(self, request, demand):
        form = forms.publishing.PublishForm(self.data(request), demand=demand, user=request.user)
        more = {"preview_button": True}
        if request.method == "POST" and "preview" in request.POST:
            if form.is_valid():
                more["preview"] = self._preview(demand, form.cleaned_data)
            status = 200 if form.is_valid() else 422
            return self.act_page(request, demand, form, _("公开"), _("公开"), status=status, **more)
        return self.do(
            request,
            demand,
            form,
            _("公开"),
            _("公开"),
            lambda data: publishing.publish(
                demand,
                publishing.Publication(
                    title=data["title"], summary=data["summary"], result=data["result"], basis=data["basis"]
                ),
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
            "stations": stations(demand, demand.transitions.all(), links_of(demand), draft=True),
            "photos": demand.photos.filter(review=PhotoReview.APPROVED),
            "preview": True,
        }
        return mark_safe(  # noqa: S308 - both are templates of ours, which escape
            render_to_string("demands/_demand_public.html", context)
            + render_to_string("demands/_demand_photos.html", context)
        )

    @act("demands.publish_demand")
    def unpublish(self, request, demand):
        form = forms.handling.ConfirmForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("撤下公开"),
            _("撤下公开"),
            lambda data: publishing.unpublish(demand, actor=request.user, version=data["version"]),
            _("已撤下，标题和摘要还留在工作台。"),
        )

    @act("demands.erase_demand")
    def erase(self, request, demand):
        form = forms.handling.ConfirmForm(self.data(request), demand=demand, user=request.user)
        return self.do(
            request,
            demand,
            form,
            _("删除个人信息"),
            _("删除"),
            lambda data: handling.erase(demand, actor=request.user),
            _("联系方式、原话、往来和照片已删除，编号和统计数字保留。"),
            warning=_("删除后不能恢复：联系方式、居民原话、往来文字和照片都会删除，公开页面也会撤下。"),
        )

    @act("foundation.reveal_contact")
    def reveal(self, request, demand):
        if demand.contact is None:
            raise Http404
        return self.ask_to_reveal(request, demand, demand.contact, subject=demand, example=_("约时间上门查看"))

    @act("demands.view_demand")
    def photo(self, request, demand, photo):
        return photo_response(request, get_object_or_404(demand.photos, pk=photo), "small" in request.GET)

    @act("demands.change_demandphoto")
    def review_photo(self, request, demand, photo):
        picture = get_object_or_404(demand.photos, pk=photo)

        def review():
            form = forms.publishing.PhotoForm(request.POST)
            if not form.is_valid():
                raise Refused(form.all_errors)
            publishing.review_photo(
                picture, form.cleaned_data["review"], actor=request.user, alt=form.cleaned_data["alt"]
            )

        return self.press(request, demand, review, _("照片已审核。"))

    # --- Intake ---

    def has_add_permission(self, request):
        return request.user.has_perm("demands.add_demand")

    def intake(self, request):
        """Enter a need for somebody at the window or on the phone; the slip with the code is printed afterwards."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = forms.intake.IntakeForm(self.data(request), user=request.user, initial={"code": new_code()})
        if request.method == "POST" and form.is_valid():
            try:
                demand, created = intake.submit(intake.Submission(**form.cleaned_data), actor=request.user)
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
            "warning": form.suggest() if form.errors else "",
            "button": _("录入"),
            "back": self.back_to(),
        }
        return render(request, "admin/demands/demand/act.html", context, status=422 if form.errors else 200)
