"""The logo of a subdistrict."""

from django.http import Http404
from django.views.decorators.http import require_safe

from foundation.photos import photo_response

from ..models import AreaLevel, places


@require_safe
def logo(request, code: str):
    profile = getattr(places.with_code(AreaLevel.SUBDISTRICT, code), "profile", None)
    if profile is None or not profile.full:
        raise Http404
    return photo_response(request, profile, small=True, store=True)
