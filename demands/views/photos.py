"""Photos, each shown only to those who may see it."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from foundation.photos import photo_response
from foundation.uploads import StagedPhoto

from ..models import DemandPhoto
from ..selectors import tracking


@require_safe
def public_photo(request, ref: str, pk: int, small: bool):
    photo = get_object_or_404(DemandPhoto.objects.public(), pk=pk, demand__ref=ref)
    return photo_response(request, photo, small, store=True)


@require_safe
def tracking_photo(request, code: str, pk: int):
    demand = tracking.find(code)
    if demand is None:
        raise Http404
    return photo_response(request, get_object_or_404(demand.photos, pk=pk), small=True)


@require_safe
def staged_photo(request, key: str):
    # The browser may cache it, so that "back" after submitting still shows it among the answers.
    return photo_response(request, get_object_or_404(StagedPhoto.objects.waiting(), pk=key), small=True, store=True)
