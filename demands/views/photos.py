"""Photos, each shown only to those who may see it."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponseNotModified
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from foundation.uploads import StagedPhoto

from .. import tracking
from ..models import DemandPhoto


def photo_response(request, photo, small: bool, *, store: bool = False):
    """The file, asked for anew each time, so that a photo taken off the public pages is gone at once."""
    name = photo.thumbnail if small else photo.full
    etag = f'"{name.rpartition("/")[2]}"'
    if store and request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        try:
            response = FileResponse(default_storage.open(name), content_type="image/jpeg")
        except FileNotFoundError:
            raise Http404 from None
    response["Cache-Control"] = "private, no-cache" if store else "private, no-store"
    if store:
        response["ETag"] = etag
    return response


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
    # Kept by the browser: after submitting, "back" still shows it on the page of answers.
    return photo_response(request, get_object_or_404(StagedPhoto.objects.waiting(), pk=key), small=True, store=True)
