"""The admin of consultation, one module a subject."""

from . import agreements, areas, events, organisations, pictures, projects, rhythm, topics, venues  # noqa: F401 - registers them
