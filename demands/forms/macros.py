"""The form in which staff make a macro of their own or, with the permission, one for their colleagues too."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.accounts import User
from foundation.installation import works_for_all

from ..models import Macro

SHARE = "demands.share_macro"


class MacroForm(forms.ModelForm):
    """`user` is set by the admin for each request."""

    user: User
    is_shared = forms.BooleanField(label=_("与同事共享"), required=False, help_text=_("不勾选则只有您自己能用。"))

    class Meta:
        model = Macro
        fields = ("name", "subdistrict", *("accepts", "assigns", "assignee", "sets_unit", "unit"))
        fields += ("answers", "reply", "publishes", "order")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.user.has_perm(SHARE):
            self.initial.setdefault("is_shared", bool(self.instance.pk and self.instance.owner_id is None))
        else:
            self.fields.pop("is_shared", None)
            self.fields.pop("subdistrict", None)

    def clean(self) -> dict:
        cleaned = super().clean()
        is_shared = bool(cleaned.get("is_shared"))
        self.instance.owner = None if is_shared else self.user
        if not is_shared:
            cleaned["subdistrict"] = None
        elif not cleaned.get("subdistrict") and not works_for_all(self.user):
            raise ValidationError({"subdistrict": _("请选择街道。")})
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # So that the constraints over these two are checked, with a sentence.
        return super()._get_validation_exclusions() - {"owner", "subdistrict"}
