"""A disk without room, for a moment: this process can write no file longer than so many bytes."""

import contextlib
import resource


@contextlib.contextmanager
def full_disk(room: int = 100):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
