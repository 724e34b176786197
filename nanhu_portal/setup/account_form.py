"""The name and password that whoever sets the portal up chooses."""

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts import User
from foundation.forms import PlainForm, TextField


class AccountForm(PlainForm):
    username = TextField(
        label=gettext_lazy("用户名"),
        max_length=150,
        missing=gettext_lazy("请填写用户名"),
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=gettext_lazy("登录时用，字母要分大小写。"),
    )
    password1 = forms.CharField(
        label=gettext_lazy("密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("请填写密码")},
        help_text=gettext_lazy("至少 10 个字符，不要用常见的密码。"),
    )
    password2 = forms.CharField(
        label=gettext_lazy("再填一次密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": gettext_lazy("请再填一次密码")},
    )

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, initial={"username": user.username}, **kwargs)
        self.user = user

    def clean_username(self) -> str:
        name = User.normalize_username(self.cleaned_data["username"])
        if User.objects.filter(username=name).exclude(pk=self.user.pk).exists():
            raise ValidationError(_("这个用户名已有人在用，请换一个。"))
        return name

    def clean(self) -> dict:
        found = super().clean()
        first, second = found.get("password1"), found.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("两次填的密码不一样，请重新填写。"))
        elif first:
            self.user.username = found.get("username", self.user.username)
            try:
                password_validation.validate_password(first, self.user)
            except ValidationError as error:
                self.add_error("password1", error)
        return found
