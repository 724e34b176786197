"""A disk without room for an upload is an error beside its field, and the rest of the form is there."""

import pytest
from django.core.files import uploadhandler
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import RequestFactory

from foundation.receiving import UnsavedUpload
from tests import factories
from tests.full import full_disk


@pytest.fixture
def received(settings, tmp_path):
    """A function that has a form of two files and a text received, on a disk without room for the first."""
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE, settings.FILE_UPLOAD_TEMP_DIR = 10, tmp_path
    yield lambda: RequestFactory().post(
        "/", {"first": factories.upload(bytes(5000)), "second": factories.upload(b"second"), "text": "好"}
    )
    assert list(tmp_path.iterdir()) == []


def test_what_did_not_fit_is_unsaved_and_the_rest_is_received(received):
    request = received()
    with full_disk():
        first, second = request.FILES["first"], request.FILES["second"]
    assert (type(first), first.size, first.name) == (UnsavedUpload, 5000, "photo.jpg")
    for act in (first.read, first.chunks, lambda: first.seek(0)):
        with pytest.raises(OSError, match="too large"):
            act()
    assert (second.read(), request.POST["text"]) == (b"second", "好")
    request.close()


def test_where_no_file_can_be_made_all_are_unsaved(received, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploadhandler, "TemporaryUploadedFile", full)
    request = received()
    assert {type(request.FILES[name]) for name in ("first", "second")} == {UnsavedUpload}
    request.close()


def test_with_room_both_are_on_the_disk(received):
    request = received()
    assert {type(request.FILES[name]) for name in ("first", "second")} == {TemporaryUploadedFile}
    request.close()
