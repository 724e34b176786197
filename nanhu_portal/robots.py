"""robots.txt: what search engines may open."""

from django.http import HttpResponse
from django.urls import get_script_prefix, reverse
from django.views.decorators.http import require_safe

from foundation.links import absolute

# Personal pages, and URLs that only redirect. Some Chinese search engines respect only this file.
PERSONAL = (
    "admin/",
    "accounts/",
    "demands/news/",
    "demands/office/",
    "demands/track/",
    "digests/",
    "events/signup/",
    "members/receptions/booking/",
    "l/",
    "my/",
    "preferences/",
    "receipts/",
    "setup/",
    "v/",
)


@require_safe
def robots(request):
    root = get_script_prefix()
    lines = ["User-agent: *", *(f"Disallow: {root}{path}" for path in PERSONAL)]
    return HttpResponse(
        "\n".join([*lines, f"Sitemap: {absolute(reverse('sitemap'))}", ""]), "text/plain; charset=utf-8"
    )
