"""Error responses."""

from django.shortcuts import render

from demands.views.intake import submit_after_csrf_failure


def csrf_failure(request, reason=""):
    """Response to a POST without a valid token: nothing was saved. Text typed in the submit form is shown again."""
    if request.resolver_match and request.resolver_match.view_name == "demand_new":
        return submit_after_csrf_failure(request)
    return render(request, "403.html", {"expired": True}, status=403)
