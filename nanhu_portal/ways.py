"""The page on which staff choose how they like to work in the admin."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from foundation.accounts import User


class WaysForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("opens_next", "uses_keys")


def ways(request: HttpRequest, context: dict) -> HttpResponse:
    """Each member of staff, for their own account alone.

    Args:
        context: what every page of the admin has.
    """
    # Not the account of the request: a form writes into its row even where it is invalid.
    form = WaysForm(request.POST if request.method == "POST" else None, instance=User.objects.get(pk=request.user.pk))
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("admin:index")
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("已保存。"))
        return redirect(back)
    context = {**context, "title": _("使用习惯"), "form": form, "back": back}
    return render(request, "admin/ways.html", context, status=422 if form.errors else 200)
