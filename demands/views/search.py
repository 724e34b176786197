"""Similar demands and a suggested category while a resident types, as JSON for the form's script.

By POST, so that the text appears in no log; it is never stored. Without the script, "check answers" shows the same.
"""

from django.http import JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from consultation.models import Area, places
from foundation import throttle
from foundation.keys import key_of

from .. import suggestions
from ..suggestions import similar

ASKED_AN_HOUR = 600


@never_cache
@require_POST
def similar_demands(request):
    """Return demands similar to `text`, near `area` (a key, optional). Malformed values count as missing."""
    if is_asked_too_often(request):
        return JsonResponse({"similar": [], "category": None}, status=429)
    text = request.POST.get("text", "")
    category = suggestions.categories.suggest(text)
    found = similar.for_resident(text, chosen_area(request.POST.get("area", "")), category and category.pk)
    answer = {
        "similar": [_item(demand) for demand in found],
        "category": {"key": str(category.pk), "name": str(category)} if category else None,
    }
    return JsonResponse(answer)


def is_asked_too_often(request) -> bool:
    return throttle.is_over("similar", throttle.client_address(request), ASKED_AN_HOUR, 3600)


def chosen_area(key: str) -> Area | None:
    """Return the area with the key that a form sent, or None."""
    return places.areas().get(key_of(key))


def _item(demand: similar.Similar) -> dict:
    return {
        "ref": demand.ref,
        "title": demand.title,
        "status": demand.label,
        "place": demand.area.place,
        "support_count": demand.support_count,
        "people": demand.people,
        "url": reverse("demand_detail", args=[demand.ref]),
        "support_url": reverse("demand_support", args=[demand.ref]),
    }
