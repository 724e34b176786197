"""Admin pages of members, one module a subject."""

from . import attendance, duties, events, people, profiles, projects, resources, studies  # noqa: F401 - registers them
