"""The gate before the admin."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import render
from django.urls import reverse

from foundation import second_factor, throttle

# The desk, and the pages that set the portal up.
BEHIND = {"admin", "setup"}


class StaffGate:
    """Opens the admin to `STAFF_NETWORKS`, and to nobody who has not shown a second factor where one is required.

    Elsewhere a session without it cannot come about (`signing_in`): this ends those from before it was required.
    """

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not BEHIND.intersection(request.resolver_match.app_names):
            return None
        if not comes_from_staff(request):
            # Before anything is asked, so that it says nothing about who asks.
            return render(request, "403.html", {"elsewhere": True}, status=403)
        if request.resolver_match.url_name in ("login", "logout"):
            return None
        user = request.user
        if user.is_authenticated and second_factor.is_required(user) and not second_factor.is_shown(request):
            logout(request)
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return None


def comes_from_staff(request) -> bool:
    """Whether the request comes from one of `STAFF_NETWORKS`, where there are any."""
    return not settings.STAFF_NETWORKS or throttle.comes_from(request, settings.STAFF_NETWORKS)
