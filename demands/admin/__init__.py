"""The desk of demands, one module a subject."""

from . import demands, settings, topics, venues  # noqa: F401 - registers them
