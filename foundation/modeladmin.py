"""Base classes of the model admins."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, SuspiciousOperation
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from . import audit, cached, contacts, drafts, uploads
from .drafting import DraftingAdmin, answer_to_script, restore
from .errors import Refused, Stale
from .forms import RevealForm, add_stale
from .installation import works_for_all
from .paging import CappedPaginator
from .transition_forms import TransitionForm
from .workflow import Move, Moves, Table, allowed_moves


class GuardedAdmin(admin.ModelAdmin):
    """Answers only what the page itself asks.

    Django filters a list by any column that the query string names: `?door_key__regex=^a` spells out a column that no
    page shows, one answer at a time. Here a lookup must belong to a filter of the list, or be named in `lookups`.
    """

    # Lookups of links on our own pages that no filter of the list makes.
    lookups: tuple[str, ...] = ()

    def lookup_allowed(self, lookup, value, request):
        return lookup in self.lookups or lookup in filter_lookups(self, request)

    def to_field_allowed(self, request, to_field):
        # No row is looked up by another column than its key, neither for a page nor for the choices of a menu.
        return to_field == self.opts.pk.attname


def filter_lookups(model_admin: admin.ModelAdmin, request: HttpRequest) -> set[str]:
    """The names in the query string that the filters of a list use themselves."""
    allowed = {f"{model_admin.date_hierarchy}__{part}" for part in ("year", "month", "day")}
    for one in model_admin.get_list_filter(request):
        if isinstance(one, type):
            allowed.add(one.parameter_name)
        else:
            allowed |= _field_lookups(model_admin.model, one if isinstance(one, str) else one[0])
    return allowed


def _field_lookups(model: type[models.Model], name: str) -> set[str]:
    """The lookups of Django's own filter of a field."""
    field = get_fields_from_path(model, name)[-1]
    made = [f"{field.target_field.attname}__exact"] if field.is_relation else ["exact"]
    if isinstance(field, models.DateField):
        made = ["gte", "lt"]
    return {f"{name}__{lookup}" for lookup in (*made, "isnull")}


class BaseAdmin(GuardedAdmin, DraftingAdmin):
    """Lists whose cost does not grow with the table; a row that is missing or out of scope is a 404.

    The site gives this to every admin that is registered, those of other packages too (`nanhu_portal.admin_site`).
    """

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50

    def changelist_view(self, request, extra_context=None):
        # Django's filters pass the query string to the database, which raises an error on NUL.
        if any("\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])):
            raise SuspiciousOperation("NUL in a filter")
        # Title the list after its rows instead of Django's “Select … to change”.
        return super().changelist_view(request, {"title": self.opts.verbose_name_plural, **(extra_context or {})})

    def add_view(self, request, form_url="", extra_context=None):
        # In the word that the menu and the list have for it.
        title = _("新增%(name)s") % {"name": self.opts.verbose_name}
        return super().add_view(request, form_url, {"title": title, **(extra_context or {})})

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        # A row out of scope looks like one that does not exist.
        raise Http404


class VisibleAdmin(admin.ModelAdmin):
    """For models whose queryset has `visible_to(user)`: lists only the rows that the user may see."""

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)


class ManyRowsInline(admin.StackedInline):
    """Inline rows that a script adds, one for each choice; without it, a link asks for a few empty ones.

    Stacked, because Django's tabular inlines leave their fields without labels.
    """

    extra = 0
    EMPTY_ROWS = 3

    def get_extra(self, request, obj=None, **kwargs):
        return self.EMPTY_ROWS if "rows" in request.GET else self.extra


class PictureAdmin(BaseAdmin):
    """Of rows with a picture of their own: its two files are deleted along with the row."""

    def delete_model(self, request, obj):
        uploads.drop(obj.full, obj.thumbnail)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for row in queryset:
            uploads.drop(row.full, row.thumbnail)
        super().delete_queryset(request, queryset)


class AuditedAdmin(BaseAdmin):
    """Records each change in the audit, and clears caches so that it shows at once."""

    def addition_detail(self, obj) -> str:
        """What the audit says of a new row: codes, no personal text."""
        return ""

    def log_addition(self, request, obj, message):
        audit.record(audit.AuditAction.ADDED, obj, actor=request.user, detail=self.addition_detail(obj))
        cached.forget_edited()
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        parts = [words for part in message if isinstance(part, dict) for words in _changes(part)]
        audit.record(audit.AuditAction.CHANGED, obj, actor=request.user, detail=", ".join(parts))
        cached.forget_edited()
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            audit.record(audit.AuditAction.DELETED, obj, actor=request.user)
        return super().log_deletions(request, queryset)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        cached.forget_edited()

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        cached.forget_edited()


def _changes(part: dict) -> Iterator[str]:
    """What a part of Django's message says of a change: names of fields; of inline rows, their kind and what was done.

    No values, which may be personal text.
    """
    for done, about in part.items():
        names = [str(name) for name in about.get("fields", [])]
        if kind := about.get("name"):
            yield f"{kind}: {'/'.join(names) or done}"
        else:
            yield from names


class OfAllAdmin(admin.ModelAdmin):
    """Rows of the whole installation, which all staff use: those who work for all of it change them."""

    def has_add_permission(self, request):
        return works_for_all(request.user) and super().has_add_permission(request)

    def has_change_permission(self, request, obj=None):
        return works_for_all(request.user) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return works_for_all(request.user) and super().has_delete_permission(request, obj)


class ReadOnlyAdmin(BaseAdmin):
    """Rows that can only be viewed."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def extends(model: type[models.Model]):
    """Register the decorated admin in place of the current one of `model`, which it must inherit from.

    This lets an app add its own columns, inlines and pages to the admin of a model in an app below it. The site looks
    the admin up at each request, so the last one registered is used.
    """

    def register(extended: type[admin.ModelAdmin]) -> type[admin.ModelAdmin]:
        site = admin.site
        registered = type(site.get_model_admin(model))
        if not issubclass(extended, registered):
            raise ImproperlyConfigured(f"{extended} would replace {registered} and what that adds")
        site.unregister(model)
        site.register(model, extended)
        return extended

    return register


def check_permission(model_admin: admin.ModelAdmin, request: HttpRequest, permission: str = "") -> None:
    """Raise `PermissionDenied` if the user may not view the rows, or lacks the permission, if one is given."""
    if not (model_admin.has_view_permission(request) and (not permission or request.user.has_perm(permission))):
        raise PermissionDenied


def act(permission: str = ""):
    """A custom page about one row, for users who may view it and have the permission, if one is given.

    The page checks permission and scope itself. A row out of scope looks like one that does not exist.
    """

    def decorate(view):
        @functools.wraps(view)
        def wrapper(self, request, pk: int, **kwargs):
            check_permission(self, request, permission)
            return view(self, request, get_object_or_404(self.rows_to_act_on(request), pk=pk), **kwargs)

        return wrapper

    return decorate


class ActingAdmin(admin.ModelAdmin):
    """Shows the state, and changes it through buttons. Each act is a page of its own, whose form carries `version`."""

    act_template = "admin/act.html"

    def rows_to_act_on(self, request: HttpRequest):
        """The rows that the user may act on: by default all that they see."""
        return self.get_queryset(request)

    def page(self, route: str, view, name: str = "", *, keeps_drafts: bool = True):
        """The URL pattern of a custom page, by default named after its view.

        Args:
            keeps_drafts: its form, if it has one, can be opened and filled in again.
        """
        name = f"{self.opts.app_label}_{self.opts.model_name}_{name or view.__name__}"
        wrapped = self.admin_site.admin_view(view)
        wrapped.model_admin, wrapped.keeps_drafts = self, keeps_drafts
        return path(route, wrapped, name=name)

    def address(self, name: str, *args) -> str:
        """The URL of a page of this model."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def back_to(self, row=None) -> str:
        """The URL of the row's page, or of the list without a row."""
        return self.address("change", row.pk) if row else self.address("changelist")

    def back_from(self, request: HttpRequest, row=None) -> str:
        """The URL to go back to from a page about the row."""
        return self.back_to(row)

    def after_act(self, request: HttpRequest, row=None) -> str:
        """The URL to go to after an act on the row."""
        return self.back_from(request, row)

    def data(self, request: HttpRequest):
        return request.POST if request.method == "POST" else None

    def act_page(
        self, request, row, form, heading, button, *, status: int = 200, template: str = "", **more
    ) -> HttpResponse:
        """Render the form of an act. `more`: further context; `warning` is shown above the form."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": heading,
            "row": row,
            "form": form,
            "button": button,
            "back": self.back_from(request, row),
            **restore(request, form),
            **more,
        }
        return render(request, template or self.act_template, context, status=status)

    def do(self, request, row, form, heading, button, act, success_message: str, **more) -> HttpResponse:
        """Show the form; on POST do the act, or show the form again with the reason for the refusal.

        Args:
            act: called with the form's cleaned data; may raise `Refused` or `Stale`.
            success_message: shown afterwards.
            more: further context of the page; `then` is the URL to go to afterwards, by default that of `after_act`.
        """
        then, status = more.pop("then", ""), 200
        if request.method == "POST" and drafts.KEEP in request.POST:
            return answer_to_script(request)
        if request.method == "POST" and not form.is_valid():
            status = 422
        elif request.method == "POST":
            try:
                act(form.cleaned_data)
            except Refused as error:
                form.add_error(None, str(error))
                status = 422
            except Stale as error:
                add_stale(form, error, row)
                status = 409
            else:
                self.message_user(request, success_message, messages.SUCCESS)
                return redirect(then or self.after_act(request, row))
        return self.act_page(request, row, form, heading, button, status=status, keeps_drafts=True, **more)

    def press(self, request, row, act, success_message: str, *, then: str = "") -> HttpResponse:
        """Do an act that has no page, by POST, and show a message about the result. GET only redirects."""
        if request.method == "POST":
            try:
                act()
            except (Refused, Stale) as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, success_message, messages.SUCCESS)
        return redirect(then or self.back_from(request, row))

    def ask_to_reveal(self, request, row, contact, *, subject, example: str, heading: str = "", texts=()):
        """Ask for a reason and then show a contact once; records who, when and why.

        Args:
            contact: None where only `texts` are shown.
            subject: what the contact belongs to, as `audit.record` takes it.
            example: a good reason, shown with the error if none is given.
            texts: texts that the row's page shows masked.
        """
        form, heading = RevealForm(self.data(request), example=example), heading or _("查看联系方式")
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                shown = contacts.reveal(contact, subject=subject, actor=request.user, reason=reason)
            except contacts.LostKey:
                form.add_error(None, contacts.LOST_KEY)
                return self.act_page(request, row, form, heading, _("查看"), status=422)
            drafts.done(request)
            response = self.act_page(request, row, None, heading, "", shown=shown, texts=texts)
            response["Cache-Control"] = "no-store"
            return response
        return self.act_page(request, row, form, heading, _("查看"), status=422 if form.errors else 200)


class Button(NamedTuple):
    """A move that the user may make now: its URL, its label, and whether its page asks for something first."""

    address: str
    label: object
    asks: bool


class TransitionAdmin(ActingAdmin):
    """Rows whose status changes through buttons, by a table of moves.

    A subclass sets the table, the form of its moves, and for each status the service that moves a row there. The
    service takes the row and, as keyword arguments, `actor`, `version` and what the form gives.
    """

    table: Table
    transition_form: type[TransitionForm] = TransitionForm
    moved_by: Mapping[str, Callable]

    def get_urls(self):
        return [self.page("<int:pk>/move/<str:status>/", self.move), *super().get_urls()]

    def allowed_moves(self, request, row) -> Moves:
        """The moves the user may make now, by target status."""
        return allowed_moves(self.table[row.status], request.user)

    def buttons(self, request, row) -> list[Button]:
        """The moves the user may make now, as buttons."""
        optional = self.transition_form.optional_fields
        return [
            Button(self.transition_address(row, to), move.label, bool(move.requires or move.confirm or to in optional))
            for to, move in self.allowed_moves(request, row).items()
        ]

    def transition_address(self, row, to: str) -> str:
        return self.address("move", row.pk, to)

    def transition_message(self, row, move: Move, to: str) -> str:
        """The success message of a move."""
        return _("已保存：%(move)s。") % {"move": move.label}

    def transition_context(self, row, move: Move, to: str) -> dict:
        """Further context of the page of a move."""
        return {}

    @act()
    def move(self, request, row, status: str):
        return self.transition_page(request, row, status)

    def transition_page(self, request, row, status: str) -> HttpResponse:
        """Show the form of a move; on POST make the move."""
        if status not in self.table:
            raise Http404
        move = self.allowed_moves(request, row).get(status)
        if move is None:
            return self.refuse_transition(request, row, status)
        form = self.transition_form(self.data(request), row=row, move=move, to=status)

        def make(data) -> None:
            self.moved_by[status](row, actor=request.user, version=data["version"], **form.given)

        message, more = self.transition_message(row, move, status), self.transition_context(row, move, status)
        return self.do(request, row, form, move.label, move.label, make, message, **more)

    def refuse_transition(self, request, row, to: str) -> HttpResponse:
        """Explain that a move is not available: somebody else was faster, or the user may not make it."""
        names = {"kind": self.opts.verbose_name, "from": row.get_status_display()}
        names["to"] = dict(self.opts.get_field("status").flatchoices)[to]
        text = _("“%(from)s”的%(kind)s目前不能由您改为“%(to)s”。可能刚刚有人处理过。") % names
        self.message_user(request, text, messages.WARNING)
        return redirect(self.back_to(row))
