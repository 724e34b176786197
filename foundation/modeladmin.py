"""What every page of the admin shares."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Model
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from . import audit, cached, contacts
from .errors import Refused, Stale
from .forms import RevealForm
from .paging import CappedPaginator


class BaseAdmin(admin.ModelAdmin):
    """Long lists cost the same at any length; what is not there, or not theirs, is not found."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50

    def changelist_view(self, request, extra_context=None):
        # Django's filters hand what the address says to the database, which refuses NUL with an error.
        if any("\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])):
            raise SuspiciousOperation("NUL in a filter")
        # The list is called what its rows are, not after the act of choosing one.
        return super().changelist_view(request, {"title": self.opts.verbose_name_plural, **(extra_context or {})})

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        # Out of scope looks like not there at all.
        raise Http404


class VisibleAdmin(admin.ModelAdmin):
    """Rows that the person may see, of a model that knows which these are."""

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)


# Model label → the inlines that other apps add to its admin page.
_inlines: dict[str, list[type[admin.options.InlineModelAdmin]]] = {}


def add_inline(model: str, inline: type) -> None:
    """Add an inline to the page of a model of an app below, whose admin is an `ExtensibleAdmin`."""
    _inlines.setdefault(model, []).append(inline)


class ExtensibleAdmin(admin.ModelAdmin):
    """A page to which apps above add what they keep of the row."""

    def get_inlines(self, request, obj):
        return (*super().get_inlines(request, obj), *_inlines.get(self.opts.label, ()))


class AuditedAdmin(BaseAdmin):
    """Each change goes into the audit too, and is seen at once."""

    def log_addition(self, request, obj, message):
        audit.record(audit.AuditAction.ADDED, obj, actor=request.user)
        cached.forget_edited()
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        fields = [
            field for part in message if isinstance(part, dict) for field in part.get("changed", {}).get("fields", [])
        ]
        audit.record(audit.AuditAction.CHANGED, obj, actor=request.user, detail=", ".join(map(str, fields)))
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


class ReadOnlyAdmin(BaseAdmin):
    """Rows to look at."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def check_permission(model_admin: admin.ModelAdmin, request: HttpRequest, permission: str = "") -> None:
    """Raise `PermissionDenied` for those who may not see the rows, or lack the permission where one is named."""
    if not (model_admin.has_view_permission(request) and (not permission or request.user.has_perm(permission))):
        raise PermissionDenied


def act(permission: str = ""):
    """A custom page about one row, for those who may see it and, where one is named, have the permission.

    Permission and scope are checked anew. Out of scope looks like not there.
    """

    def decorate(view):
        @functools.wraps(view)
        def wrapper(self, request, pk: int, **kwargs):
            check_permission(self, request, permission)
            return view(self, request, get_object_or_404(self.get_queryset(request), pk=pk), **kwargs)

        return wrapper

    return decorate


class ActingAdmin(admin.ModelAdmin):
    """The state is shown, buttons move it. Each act is a page of its own with a form that carries `version`."""

    act_template = "admin/act.html"

    def page(self, route: str, view, name: str = ""):
        """The entry of a custom page among the addresses; it is called as its view unless said."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_{name or view.__name__}"
        return path(route, self.admin_site.admin_view(view), name=name)

    def address(self, name: str, *args) -> str:
        """Where a page of this model is."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def back_to(self, row=None) -> str:
        """The row's page, or the list where there is none."""
        return self.address("change", row.pk) if row else self.address("changelist")

    def data(self, request: HttpRequest):
        return request.POST if request.method == "POST" else None

    def act_page(
        self, request, row, form, heading, button, *, status: int = 200, template: str = "", **more
    ) -> HttpResponse:
        """The form of an act. `more`: further context; `warning` is shown above the form."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": heading,
            "row": row,
            "form": form,
            "button": button,
            "back": self.back_to(row),
            **more,
        }
        return render(request, template or self.act_template, context, status=status)

    def do(self, request, row, form, heading, button, act, success_message: str, **more) -> HttpResponse:
        """Show the form; on POST do the act, or show why it was refused beside what was typed.

        Args:
            act: called with the form's cleaned data; may raise `Refused` or `Stale`.
            success_message: what the person reads when it is done.
            more: further context of the page; `then` is where to go when it is done, else the row's page.
        """
        then, status = more.pop("then", ""), 200
        if request.method == "POST" and not form.is_valid():
            status = 422
        elif request.method == "POST":
            try:
                act(form.cleaned_data)
            except Refused as error:
                form.add_error(None, str(error))
                status = 422
            except Stale as error:
                form.add_error(None, str(error))
                # The next click is made knowing what the page now shows.
                row.refresh_from_db()
                form.data = form.data.copy()
                form.data["version"] = row.version
                status = 409
            else:
                self.message_user(request, success_message, messages.SUCCESS)
                return redirect(then or self.back_to(row))
        return self.act_page(request, row, form, heading, button, status=status, **more)

    def press(self, request, row, act, success_message: str, *, then: str = "") -> HttpResponse:
        """An act of one click, by POST: done, or the person reads why not. Looking at the address does nothing."""
        if request.method == "POST":
            try:
                act()
            except Refused as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, success_message, messages.SUCCESS)
        return redirect(then or self.back_to(row))

    def ask_to_reveal(self, request, row, contact, *, subject, example: str, heading: str = "") -> HttpResponse:
        """Show a contact once, to those who say why; who, when and why is recorded.

        Args:
            subject: what the contact belongs to, as the record names it.
            example: a good reason, for those who give none.
        """
        form, heading = RevealForm(self.data(request), example=example), heading or _("查看联系方式")
        if request.method == "POST" and form.is_valid():
            shown = contacts.reveal(contact, subject=subject, actor=request.user, reason=form.cleaned_data["reason"])
            response = self.act_page(request, row, None, heading, "", shown=shown)
            response["Cache-Control"] = "no-store"
            return response
        return self.act_page(request, row, form, heading, _("查看"), status=422 if form.errors else 200)


# --- Acts and pages as a table ---------------------------------------------------------------------------------------


def _nothing(*args) -> dict:
    return {}


def _no_words(*args) -> str:
    return ""


def _worded(words, subject: Model) -> str:
    """Words of an act, which may depend on what it is done with."""
    return str(words(subject) if callable(words) else words)


@dataclass(frozen=True, kw_only=True)
class Act:
    """What staff can do with a row: a page with a form, or one press of a button.

    `service` is called with the subject, `actor`, and what the form's fields were filled in with, by name. It may raise
    `Refused` or `Stale`, which the person reads beside what they typed.

    The subject is the row itself, or what `find` returns for the row and the further key in the address. `heading`,
    `button` and `success_message` are words, or functions of the subject that return them.
    """

    name: str  # of the address, after the model's
    permission: str
    service: Callable[..., object]
    success_message: Any
    form: Callable[..., Form] | None = None
    heading: Any = ""
    button: Any = ""
    address: str = ""  # below the list's; unless said, below the row's and called as the act
    find: Callable[..., Model] | None = None
    has_page: bool = True  # else it is done by the press of a button, and refused by a message
    # What the form takes besides its data, the row and the user.
    form_arguments: Callable[[HttpRequest, Any], dict] = _nothing
    # Why the page is not even shown, in a sentence.
    why_not: Callable[[Any, Any], str] = _no_words
    warning: Callable[[Any], str] = _no_words
    # Further buttons of the form by their names: each changes the form, and returns context of the page that is shown.
    buttons: Mapping[str, Callable[[Form, Any], dict]] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    anchor: str = ""  # where on the row's page one arrives when it is done

    def __post_init__(self) -> None:
        if not self.address:
            object.__setattr__(self, "address", f"<int:pk>/{self.name.replace('_', '-')}/")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page that is no act. `view` takes the model admin, the request, for an address with a row's `pk` the row, and
    whatever else the address names.
    """

    name: str
    address: str
    permission: str
    view: Callable[..., HttpResponse]
    methods: tuple[str, ...] = ()  # all unless said

    @property
    def is_about_row(self) -> bool:
        return "<int:pk>" in self.address


class ActTable:
    """The acts and further pages of a model, in which the modules of its admin register theirs."""

    def __init__(self) -> None:
        self.acts: dict[str, Act] = {}
        self.pages: dict[str, Page] = {}

    def add(self, *acts: Act) -> None:
        for one in acts:
            self._check_new(one.name)
            self.acts[one.name] = one

    def page(self, address: str, permission: str = "", *, name: str = "", methods: tuple[str, ...] = ()):
        """Register the decorated function as a page; it is called as the function unless said."""

        def register(view):
            page = Page(name=name or view.__name__, address=address, permission=permission, view=view, methods=methods)
            self._check_new(page.name)
            self.pages[page.name] = page
            return view

        return register

    def _check_new(self, name: str) -> None:
        if name in self.acts or name in self.pages:
            raise ValueError(f"two acts or pages are called {name}")


class TableAdmin(ActingAdmin):
    """Serves the acts and pages of a table, all acts by one view."""

    table: ActTable

    def get_urls(self):
        return [
            *(self.page(one.address, self._act_view(one), one.name) for one in self.table.acts.values()),
            *(self.page(one.address, self._page_view(one), one.name) for one in self.table.pages.values()),
            *super().get_urls(),
        ]

    def _row(self, request, permission: str, pk: int) -> Model:
        """The row that the address names, for those who may. Out of scope looks like not there."""
        check_permission(self, request, permission)
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _act_view(self, act: Act):
        def view(request, pk: int, **key):
            row = self._row(request, act.permission, pk)
            return self.serve(request, act, row, act.find(row, **key) if act.find else row)

        return view

    def _page_view(self, page: Page):
        def view(request, **keys):
            if page.is_about_row:
                return page.view(self, request, self._row(request, page.permission, keys.pop("pk")), **keys)
            check_permission(self, request, page.permission)
            return page.view(self, request, **keys)

        return require_http_methods(page.methods)(view) if page.methods else view

    def serve(self, request, act: Act, row: Model, subject: Model) -> HttpResponse:
        """Show the act's form; on POST call its service with what was filled in."""
        if sentence := act.why_not(request.user, subject):
            self.message_user(request, sentence, messages.WARNING)
            return redirect(self.back_to(row))
        then = f"{self.back_to(row)}#{act.anchor}" if act.anchor else ""
        success_message = _worded(act.success_message, subject)
        if not act.has_page:
            press = functools.partial(_press, act, subject, request)
            return self.press(request, row, press, success_message, then=then)
        form = act.form(
            self.data(request),
            request.FILES or None,
            row=row,
            user=request.user,
            **act.form_arguments(request, subject),
        )
        heading, button = _worded(act.heading, subject), _worded(act.button, subject)
        more = {"warning": act.warning(subject), **act.context}
        for name, change in act.buttons.items():
            if request.method == "POST" and name in request.POST:
                more |= change(form, subject)
                status = 422 if form.errors else 200
                return self.act_page(request, row, form, heading, button, status=status, **more)

        def do(data: dict):
            return act.service(subject, actor=request.user, **data)

        return self.do(request, row, form, heading, button, do, success_message, then=then, **more)


def _press(act: Act, subject: Model, request: HttpRequest) -> None:
    """Do an act of one press. Raises `Refused`, also where what was sent along with it is wrong."""
    data = {}
    if act.form is not None:
        form = act.form(request.POST)
        if not form.is_valid():
            raise Refused(form.all_errors)
        data = form.cleaned_data
    act.service(subject, actor=request.user, **data)
