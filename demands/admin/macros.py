"""Macros: one's own, and those that are shared where one works."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts import User

from ..forms.macros import SHARE, MacroForm
from ..models import Macro, StandardReply, Unit
from ..models.macros import ACTS
from ..selectors.staff import colleagues
from .settings import SharedAdmin


@admin.register(Macro)
class MacroAdmin(SharedAdmin):
    """Everybody who works on demands keeps their own; shared ones are changed by those who may share."""

    form = MacroForm
    list_display = ("name", "whose", "acts", "missing", "order")
    list_select_related = ("assignee", "unit", "reply")

    def get_fields(self, request, obj=None):
        if obj and not self.has_change_permission(request, obj):
            shared = ("whose", "subdistrict")
        else:
            shared = ("is_shared", "subdistrict") if request.user.has_perm(SHARE) else ()
        hidden = self.get_exclude(request, obj)
        names = ("name", *shared, "accepts", "assigns", "assignee", "sets_unit", "unit", "answers", "reply")
        return [name for name in (*names, "publishes", "order") if name not in hidden]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        return form

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.remote_field.model is User:
            kwargs["queryset"] = colleagues(request.user).order_by("name", "username")
        elif db_field.remote_field.model in (Unit, StandardReply):
            rows = db_field.remote_field.model.objects.filter(is_active=True)
            kwargs["queryset"] = rows.visible_to(request.user)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "subdistrict":
            # One's own has none.
            field.required = False
        return field

    # --- Who may ---

    def has_change_permission(self, request, obj=None):
        return self._may(request, obj, super().has_change_permission)

    def has_delete_permission(self, request, obj=None):
        return self._may(request, obj, super().has_delete_permission)

    def _may(self, request, macro: Macro | None, rule) -> bool:
        if macro is None or macro.owner_id == request.user.pk:
            return rule(request, None)
        return macro.owner_id is None and request.user.has_perm(SHARE) and rule(request, macro)

    # --- The list ---

    @admin.display(description=gettext_lazy("谁可以用"))
    def whose(self, macro):
        return _("同事共用") if macro.owner_id is None else _("仅自己")

    @admin.display(description=gettext_lazy("包含的步骤"))
    def acts(self, macro):
        return _("、").join(str(Macro._meta.get_field(act).verbose_name) for act in ACTS if getattr(macro, act))

    @admin.display(description=gettext_lazy("须更改"))
    def missing(self, macro):
        return " ".join(macro.missing.values())
