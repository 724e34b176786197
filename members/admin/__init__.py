"""Admin pages of members, one module a subject."""

from . import attendance, duties, people, resources  # noqa: F401 - registers them
