"""The desk of demands, one module a subject."""

from . import demands, settings  # noqa: F401 - registers them
