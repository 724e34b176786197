"""Photos are served by views that check who may see them, never as static files."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponseNotModified


def photo_response(request, photo, small: bool, *, store: bool = False):
    """Serve the file so that browsers revalidate it each time, and a photo taken down disappears at once.

    Args:
        photo: a row with the storage names `full` and `thumbnail`.
        store: whether the browser may cache the file and revalidate it.
    """
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
