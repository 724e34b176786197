"""Photos go out by views that ask who may see them, never as files of the web server."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponseNotModified


def photo_response(request, photo, small: bool, *, store: bool = False):
    """The file, asked for anew each time, so that a photo taken off the public pages is gone at once.

    Args:
        photo: a row with the names `full` and `thumbnail`.
        store: whether the browser may keep it and ask whether it is still the same.
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
