"""Receiving uploaded files: a full disk is an error of the file, beside what was typed, not of the whole request."""

from contextlib import suppress
from typing import NoReturn

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class UnsavedUpload(UploadedFile):
    """A file that was sent, and for which there was no room. Whoever reads it gets the `OSError`."""

    def __init__(self, error: OSError, **about) -> None:
        super().__init__(file=None, **about)
        self.error = error

    def _fail(self, *args, **kwargs) -> NoReturn:
        raise self.error

    read = seek = tell = open = chunks = _fail

    def close(self) -> None:
        """There is nothing to close."""


class DiskUploadHandler(TemporaryFileUploadHandler):
    """Receives large files on the disk. Where that fails the rest of the form is read on, and the file is unsaved."""

    def new_file(self, *args, **kwargs) -> None:
        self.error: OSError | None = None
        self.__dict__.pop("file", None)  # the one before this, which is whole
        self._try(super().new_file, *args, **kwargs)

    def receive_data_chunk(self, raw_data, start) -> None:
        self._try(super().receive_data_chunk, raw_data, start)

    def file_complete(self, file_size):
        received = self._try(super().file_complete, file_size)
        if self.error is None:
            return received
        about = {"name": self.file_name, "content_type": self.content_type, "charset": self.charset}
        return UnsavedUpload(self.error, size=file_size, **about)

    def _try(self, act, *args, **kwargs):
        if self.error is None:
            try:
                return act(*args, **kwargs)
            except OSError as error:
                self.error = error
                if hasattr(self, "file"):
                    with suppress(OSError):
                        self.file.close()  # which deletes it, and makes room again
        return None
