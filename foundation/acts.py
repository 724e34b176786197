"""The actions staff can take on the rows of a model, as a table that one admin view serves."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from .errors import Refused
from .modeladmin import ActingAdmin, check_permission


def _nothing(*args) -> dict:
    return {}


def _no_words(*args) -> str:
    return ""


def _worded(words, subject: Model) -> str:
    """The text of an act, which may be a function of its subject."""
    return str(words(subject) if callable(words) else words)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something staff can do with a row: a page with a form, or a single button.

    `service` is called with the subject, `actor`, and the form's cleaned data as keyword arguments. It may raise
    `Refused` or `Stale`, whose text is shown on the form next to the input.

    The subject is the row itself, or what `find` returns for the row and the further key in the address. `heading`,
    `button` and `success_message` are strings, or functions of the subject that return one.
    """

    name: str  # of the URL, after the model's
    permission: str
    service: Callable[..., object]
    success_message: Any
    form: Callable[..., Form] | None = None
    heading: Any = ""
    button: Any = ""
    address: str = ""  # relative to the list; by default below the row, with the act's name
    find: Callable[..., Model] | None = None
    has_page: bool = True  # otherwise a button does it, and a message shows a refusal
    # Further keyword arguments of the form, besides its data, the row and the user.
    form_arguments: Callable[[HttpRequest, Any], dict] = _nothing
    # A sentence saying why the page is not available; empty if it is.
    why_not: Callable[[Any, Any], str] = _no_words
    warning: Callable[[Any], str] = _no_words
    # Further buttons of the form, by name: each changes the form and returns context for the page.
    buttons: Mapping[str, Callable[[Form, Any], dict]] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    anchor: str = ""  # of the row's page, to go to afterwards
    stays: bool = False  # afterwards the row's page is shown again, whatever its list and the user's ways

    def __post_init__(self) -> None:
        if not self.address:
            object.__setattr__(self, "address", f"<int:pk>/{self.name.replace('_', '-')}/")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page that is not an act. `view` takes the model admin, the request, the row if the address has a `pk`, and
    whatever else the address captures.
    """

    name: str
    address: str
    permission: str
    view: Callable[..., HttpResponse]
    methods: tuple[str, ...] = ()  # empty for all
    keeps_drafts: bool = True  # a form that it shows can be opened again by its address alone

    @property
    def is_about_row(self) -> bool:
        return "<int:pk>" in self.address


class ActTable:
    """The acts and further pages of a model, registered by the modules of its admin."""

    def __init__(self) -> None:
        self.acts: dict[str, Act] = {}
        self.pages: dict[str, Page] = {}

    def add(self, *acts: Act) -> None:
        for one in acts:
            self._check_new(one.name)
            self.acts[one.name] = one

    def page(self, address: str, permission: str = "", *, name: str = "", **more):
        """Register the decorated function as a page, by default under the function's name. `more`: as of `Page`."""

        def register(view):
            page = Page(name=name or view.__name__, address=address, permission=permission, view=view, **more)
            self._check_new(page.name)
            self.pages[page.name] = page
            return view

        return register

    def _check_new(self, name: str) -> None:
        if name in self.acts or name in self.pages:
            raise ValueError(f"two acts or pages are called {name}")


class ActTableAdmin(ActingAdmin):
    """Serves the acts and pages of a table; one view serves all acts."""

    act_table: ActTable

    def get_urls(self):
        return [
            *(
                self.page(one.address, self._act_view(one), one.name, keeps_drafts=one.has_page)
                for one in self.act_table.acts.values()
            ),
            *(
                self.page(one.address, self._page_view(one), one.name, keeps_drafts=one.keeps_drafts)
                for one in self.act_table.pages.values()
            ),
            *super().get_urls(),
        ]

    def _row(self, request, permission: str, pk: int) -> Model:
        """The row that the address names. Raises `PermissionDenied`, or `Http404` also for a row out of scope."""
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
        """Show the act's form; on POST call its service with the cleaned data."""
        if sentence := act.why_not(request.user, subject):
            self.message_user(request, sentence, messages.WARNING)
            request.draft_is_done = False
            return redirect(self.back_from(request, row))
        then = ""
        if act.anchor or act.stays:
            then = f"{self.back_from(request, row)}{f'#{act.anchor}' if act.anchor else ''}"
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
    """Do an act without a page. Raises `Refused`, also when the submitted data is invalid."""
    data = {}
    if act.form is not None:
        form = act.form(request.POST)
        if not form.is_valid():
            raise Refused(form.all_errors)
        data = form.cleaned_data
    act.service(subject, actor=request.user, **data)
