"""Private contacts in the admin: stored encrypted, shown masked, revealed with a recorded reason."""

from django import forms
from django.contrib import admin
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import contacts, subscriptions
from .forms import PhoneField, TextField
from .modeladmin import ActingAdmin, act

FIELDS = ("called", "phone", "email")
KEPT = gettext_lazy("加密保存，不公开，也不在这里显示。留空则保持不变。")


def contact_fields() -> dict[str, forms.Field]:
    return {
        "called": TextField(label=gettext_lazy("联系人"), max_length=20, required=False, help_text=KEPT),
        "phone": PhoneField(label=gettext_lazy("联系电话"), max_length=30, required=False, help_text=KEPT),
        "email": forms.EmailField(label=gettext_lazy("联系邮箱"), max_length=120, required=False, help_text=KEPT),
    }


def differs(contact: contacts.Contact | None, given: dict[str, str]) -> bool:
    """Whether a value given differs from the contact's; empty values are ignored."""
    known = contacts.open_contact(contact) if contact else {}
    return any(given.get(name) and given[name] != known.get(name) for name in FIELDS)


def keep(row, given: dict[str, str], *, forget: bool = False) -> None:
    """Store the given values as the contact of `row`; empty ones stay as they were, unless `forget` is true.

    Saves the contact and the row's `contact`, in the caller's transaction.
    """
    old = row.contact
    if not forget and not differs(old, given):
        return
    known = contacts.open_contact(old) if old and not forget else {}
    row.contact = contacts.store(**{name: given.get(name) or known.get(name, "") for name in FIELDS})
    row.save(update_fields=["contact"])
    if old:
        subscriptions.move(old, row.contact)
        old.delete()


class WithContactForm(forms.ModelForm):
    """A row's own fields, and fields for its contact, which never show the stored values."""

    called, phone, email = contact_fields().values()
    forget_contact = forms.BooleanField(label=gettext_lazy("删除已保存的联系方式"), required=False)


class WithContactAdmin(ActingAdmin):
    """For models with a `contact`. The form is a `WithContactForm`."""

    def get_queryset(self, request):
        # Django applies `list_select_related` only if the queryset has no `select_related` of its own.
        return super().get_queryset(request).select_related("contact", *(self.list_select_related or ()))

    def contact_fieldset(self, request, obj=None) -> tuple:
        may_change = self.has_change_permission(request, obj) if obj else True
        entered = (*FIELDS, "forget_contact") if obj and obj.contact_id else FIELDS
        fields = ("masked_contact", *(entered if may_change else ()))
        return (gettext_lazy("联系方式（不公开）"), {"fields": fields})

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), "masked_contact")

    @admin.display(description=gettext_lazy("已保存"))
    def masked_contact(self, row):
        return row.contact.masked if row.contact else _("未留联系方式")

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        keep(obj, form.cleaned_data, forget=form.cleaned_data.get("forget_contact", False))

    def get_urls(self):
        return [self.page("<int:pk>/contact/", self.reveal, "contact"), *super().get_urls()]

    @act("foundation.reveal_contact")
    def reveal(self, request, row):
        if row.contact is None:
            raise Http404
        return self.ask_to_reveal(request, row, row.contact, subject=row, example=_("约时间商量合作"))
