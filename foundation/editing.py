"""Edit a row in the admin without overwriting what somebody else saved meanwhile.

A form carries a short hash of each value that it showed, those of its inline rows too. When it is saved, the row is
locked and the hashes of the stored values are compared. Where they differ nothing is saved: the form is shown again,
with what its user has changed kept, what only others have changed brought up to date, and both listed side by side.
"""

import copy
import datetime
import decimal
import json
from collections.abc import Iterator
from typing import NamedTuple

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.utils.crypto import salted_hmac
from django.utils.formats import localize
from django.utils.translation import gettext as _

from .errors import Stale

# The hidden input with the hashes.
SHOWN = "_shown"
# Columns that count as shown although no field edits them: what increments or replaces them changes what is edited.
SHOWN_TOO = ("version", "contact_id")


class Difference(NamedTuple):
    """A value that is stored now, and what was typed in its place, in words."""

    label: str
    stored: str
    typed: str


class Value(NamedTuple):
    """A field of a form of the row or of one of its inline rows, the latter named by its key."""

    key: str
    form: forms.ModelForm
    name: str

    @property
    def field(self) -> forms.Field:
        return self.form.fields[self.name]

    @property
    def stored(self):
        return self.form.get_initial_for_field(self.field, self.name)

    @property
    def label(self) -> str:
        return str(self.form[self.name].label)


def plain(field: forms.Field, value) -> object:
    """A value in the one spelling in which two of a field can be compared, typed or stored."""
    value = field.prepare_value(value)
    if isinstance(value, list | tuple | set | models.QuerySet):
        return sorted(str(getattr(one, "pk", one)) for one in value)
    if isinstance(value, decimal.Decimal | float):
        return str(decimal.Decimal(str(value)).normalize())
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, bool):
        return value
    return "" if value is None else str(getattr(value, "pk", value)).replace("\r\n", "\n").strip()


def in_words(field: forms.Field, value) -> str:
    """A value as the page would show it."""
    if isinstance(field, forms.BooleanField):
        return _("是") if value in (True, "on", "True", "true", "1") else _("否")
    if value in (None, "", [], ()):
        return _("（空）")
    if isinstance(field, forms.ModelChoiceField | forms.ChoiceField):
        chosen = {str(one) for one in plain(field, value)} if isinstance(value, list | tuple) else {plain(field, value)}
        if isinstance(field, forms.ModelChoiceField):
            return "、".join(map(field.label_from_instance, field.queryset.filter(pk__in=chosen))) or str(value)
        return "、".join(str(label) for key, label in field.choices if str(key) in chosen) or str(value)
    if isinstance(value, list | tuple):
        return " ".join(filter(None, map(str, value)))
    return str(localize(field.prepare_value(value)))


class Shown:
    """The forms of a row and its inline rows, unbound: all that a page of the row lets somebody edit."""

    def __init__(self, form: forms.ModelForm, formsets: list[BaseInlineFormSet]) -> None:
        self.form, self.formsets, self.row = form, formsets, form.instance

    def values(self) -> Iterator[Value]:
        for name in self.form.fields:
            if name in self.form.initial:
                yield Value(name, self.form, name)
        for formset in self.formsets:
            for form in formset.initial_forms:
                for name in _own_fields(formset, form):
                    yield Value(f"{formset.prefix}:{form.instance.pk}:{name}", form, name)

    def inline_rows(self) -> dict[str, forms.ModelForm]:
        return {f"{one.prefix}:{form.instance.pk}": form for one in self.formsets for form in one.initial_forms}

    def hashes(self) -> dict[str, str]:
        """A hash of each value, by its key. Keyed, so that none can be guessed from its hash."""
        found = {value.key: self.hash_of(value.key, plain(value.field, value.stored)) for value in self.values()}
        found |= dict.fromkeys(self.inline_rows(), "")
        for name in SHOWN_TOO:
            if hasattr(self.row, name):
                found[f":{name}"] = self.hash_of(name, getattr(self.row, name))
        return found

    def hash_of(self, key: str, value: object) -> str:
        return salted_hmac(f"shown:{self.row._meta.label}:{self.row.pk}:{key}", repr(value)).hexdigest()[:12]


def _own_fields(formset: BaseInlineFormSet, form: forms.ModelForm) -> list[str]:
    """The fields that a person fills in: neither the row's key nor its parent's, nor the box to delete it."""
    hidden = {formset.fk.name, form._meta.model._meta.pk.name, DELETION_FIELD_NAME}
    return [name for name in form.fields if name not in hidden]


class Typed:
    """What somebody typed into the forms of a row, compared with what is stored now.

    Args:
        then: the hashes of what they were shown.
        posted: the form's data as it was submitted.
        is_draft: it was kept, without what is never kept; fields that it lacks were not emptied by anybody.
    """

    def __init__(self, now: Shown, then: dict[str, str], posted, *, is_draft: bool = False) -> None:
        self.now, self.then, self.posted, self.is_draft = now, then, posted, is_draft

    # --- What was typed ---

    def _prefixes(self) -> dict[str, str]:
        """The prefix under which each inline row was submitted, by its key; those of new rows have none."""
        found = {}
        for formset in self.now.formsets:
            for number in range(self._count(formset)):
                prefix = f"{formset.prefix}-{number}"
                if key := self.posted.get(f"{prefix}-{formset.model._meta.pk.name}"):
                    found[f"{formset.prefix}:{key}"] = prefix
        return found

    def _count(self, formset: BaseInlineFormSet) -> int:
        try:
            return min(int(self.posted.get(f"{formset.prefix}-TOTAL_FORMS", 0)), formset.absolute_max)
        except ValueError:
            return 0

    def _raw(self, field: forms.Field, name: str, prefix: str = ""):
        full = f"{prefix}-{name}" if prefix else name
        return field.widget.value_from_datadict(self.posted, {}, full)

    def _is_missing(self, field: forms.Field, name: str, prefix: str) -> bool:
        return field.widget.value_omitted_from_data(self.posted, {}, f"{prefix}-{name}" if prefix else name)

    def _is_own(self, value: Value, raw) -> bool:
        """Whether somebody typed this, rather than left what they were shown."""
        try:
            cleaned = value.field.clean(raw)
        except ValidationError:
            return True
        return self.then.get(value.key) != self.now.hash_of(value.key, plain(value.field, cleaned))

    def changed(self) -> Iterator[tuple[Value, object]]:
        """Each value that would be overwritten by another, with what was typed."""
        prefixes = self._prefixes()
        for value in self.now.values():
            row, _, name = value.key.rpartition(":")
            if row and row not in prefixes:
                continue
            prefix = prefixes.get(row, "")
            if self.is_draft and self._is_missing(value.field, name, prefix):
                continue
            raw = self._raw(value.field, name, prefix)
            if not value.field.disabled and value.field.has_changed(value.stored, raw):
                yield value, raw

    def _without_stored(self) -> Iterator[tuple[str, object]]:
        """What was typed into fields that never show what is stored, such as those of a contact."""
        for name, field in self.now.form.fields.items():
            if name not in self.now.form.initial and (raw := self._raw(field, name)):
                yield name, raw

    def _new_rows(self, formset: BaseInlineFormSet) -> list[dict]:
        """What was typed into rows that are not stored yet."""
        blank, found = formset.empty_form, []
        for number in range(self._count(formset)):
            prefix = f"{formset.prefix}-{number}"
            if not self.posted.get(f"{prefix}-{formset.model._meta.pk.name}"):
                raw = {name: self._raw(blank.fields[name], name, prefix) for name in _own_fields(formset, blank)}
                if any(blank.fields[name].has_changed(blank[name].initial, one) for name, one in raw.items()):
                    found.append(raw)
        return found

    # --- The page ---

    def differences(self) -> list[Difference]:
        """What is stored now beside what was typed, for each value where these are not the same."""
        rows = self.now.inline_rows()
        found = [
            Difference(self._label(value, rows), in_words(value.field, value.stored), in_words(value.field, raw))
            for value, raw in self.changed()
        ]
        contact = getattr(getattr(self.now.row, "contact", None), "masked", "") or _("（空）")
        fields = self.now.form.fields
        found += [
            Difference(str(self.now.form[name].label), contact, in_words(fields[name], raw))
            for name, raw in self._without_stored()
        ]
        return found + self._rows_come_and_gone(rows)

    def _label(self, value: Value, rows: dict[str, forms.ModelForm]) -> str:
        row = value.key.rpartition(":")[0]
        if not row:
            return value.label
        instance = rows[row].instance
        return f"{instance._meta.verbose_name} {instance}：{value.label}"

    def _rows_come_and_gone(self, rows: dict[str, forms.ModelForm]) -> list[Difference]:
        """Inline rows that only others added or deleted, or only the user."""
        found, prefixes = [], self._prefixes()
        for key, form in rows.items():
            label = f"{form.instance._meta.verbose_name} {form.instance}"
            if key not in self.then:
                found.append(Difference(label, _("他人新增"), _("（没有这一行）")))
            elif self.posted.get(f"{prefixes.get(key, '')}-{DELETION_FIELD_NAME}"):
                found.append(Difference(label, _("保留"), _("删除")))
        for formset in self.now.formsets:
            name, blank = str(formset.model._meta.verbose_name), formset.empty_form
            for key, prefix in prefixes.items():
                if key.startswith(f"{formset.prefix}:") and key not in rows:
                    raw = {one: self._raw(blank.fields[one], one, prefix) for one in _own_fields(formset, blank)}
                    found.append(Difference(name, _("已被他人删除"), _row_in_words(blank, raw)))
            found += [
                Difference(name, _("（没有这一行）"), _row_in_words(blank, raw)) for raw in self._new_rows(formset)
            ]
        return found

    def fill(self, shown: Shown) -> None:
        """Put what the user changed themselves into forms that show what is stored now."""
        own = {value.key: raw for value, raw in self.changed() if self._is_own(value, raw)}
        for value in shown.values():
            if value.key in own:
                value.form.initial[value.name] = own[value.key]
        shown.form.initial |= dict(self._without_stored())
        prefixes = self._prefixes()
        for key, form in shown.inline_rows().items():
            if self.posted.get(f"{prefixes.get(key, '')}-{DELETION_FIELD_NAME}"):
                form.initial[DELETION_FIELD_NAME] = True
        for formset in shown.formsets:
            if new := self._new_rows(formset):
                formset.initial_extra, formset.extra = new, max(formset.extra, len(new))
                formset.__dict__.pop("forms", None)


def _row_in_words(form: forms.ModelForm, raw: dict) -> str:
    """The values of an inline row that are not empty."""
    words = (f"{form[name].label} {in_words(form.fields[name], one)}" for name, one in raw.items() if one)
    return "；".join(words)


class EditingAdmin(admin.ModelAdmin):
    """Refuses a form whose row somebody else has changed since it was shown, and shows both."""

    def _shown(self, request, row: models.Model) -> Shown:
        """The forms of a row as a page of it shows them now."""
        asking = _as_get(request)
        fields = flatten_fieldsets(self.get_fieldsets(asking, row))
        form = self.get_form(asking, row, change=True, fields=fields)(instance=row)
        return Shown(form, self._create_formsets(asking, row, change=True)[0])

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if object_id is None or request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            typed = self._typed(request, object_id)
            if typed is None or not (differences := typed.differences()):
                return super().changeform_view(request, object_id, form_url, extra_context)
        asking = _as_get(request)
        asking.typed = typed
        more = {"differences": differences, "stale": str(Stale())}
        response = super().changeform_view(asking, object_id, form_url, {**(extra_context or {}), **more})
        response.status_code = 409
        return response

    def _typed(self, request, object_id: str) -> Typed | None:
        """What was typed into a stale form; None if the form is not stale. Locks the row."""
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_change_permission(request, row):
            return None
        self.model._base_manager.select_for_update().get(pk=row.pk)
        row = self.get_object(request, unquote(object_id))  # as it is now that nobody else changes it
        now, then = self._shown(request, row), read_hashes(request.POST.get(SHOWN, ""))
        return None if now.hashes() == then else Typed(now, then, request.POST)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if change and self.has_change_permission(request, obj):
            if request.method == "POST":
                # The form comes back with a mistake in it: it was still shown then.
                context[SHOWN[1:]] = request.POST.get(SHOWN, "")
            else:
                formsets = [one.formset for one in context["inline_admin_formsets"]]
                shown = Shown(context["adminform"].form, formsets)
                context[SHOWN[1:]] = json.dumps(shown.hashes(), separators=(",", ":"))
                if typed := getattr(request, "typed", None):
                    typed.fill(shown)
        return super().render_change_form(request, context, add, change, form_url, obj)


def _as_get(request):
    """The request as if it only asked for the page."""
    asking = copy.copy(request)
    asking.method = "GET"
    return asking


def read_hashes(text: str) -> dict[str, str]:
    """The hashes that a form carries; none if they are not what the page wrote."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
