"""The web manifest: how a phone puts the portal on its home screen."""

from django.conf import settings
from django.http import JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from foundation import portal

HOUR = 3600


@require_safe
@cache_control(public=True, max_age=HOUR)
def manifest(request):
    """The manifest, in Chinese for everybody, because browsers fetch it without cookies."""
    with override(settings.LANGUAGE_CODE):
        row = portal.shown()
        entries = {
            "name": f"{row} · {row.organiser_name}" if row.organiser_name else str(row),
            "short_name": str(row),
            "lang": "zh-Hans",
            "dir": "ltr",
            "id": reverse("home"),
            "start_url": reverse("home"),
            "scope": reverse("home"),
            # Shows the browser's back button; without it a phone user can get stuck on a page.
            "display": "minimal-ui",
            "background_color": "#fbfaf6",
            "theme_color": "#0a3f4c",
            "icons": list(_icons()),
            "shortcuts": [
                {"name": _("我要提需求"), "url": reverse("demand_new")},
                {"name": _("查进度"), "url": reverse("track")},
            ],
        }
    response = JsonResponse(
        entries, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )
    response["Content-Language"] = settings.LANGUAGE_CODE
    return response


def _icons():
    """The logo on white; launchers crop maskable icons, but only white margin."""
    yield {"src": static("img/favicon.svg"), "type": "image/svg+xml", "sizes": "any"}
    for size in (192, 512):
        icon = {"src": static(f"img/icon-{size}.png"), "type": "image/png", "sizes": f"{size}x{size}"}
        yield icon | {"purpose": "any"}
        yield icon | {"purpose": "maskable"}
