"""The releases of the portal: which is newer, and what CHANGELOG.md says of each, for the page in the admin."""

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

FILES = {"zh-hans": "CHANGELOG.zh.md", "en": "CHANGELOG.md"}
HEADING = re.compile(r"## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?")
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


@dataclass
class Release:
    """One release. `parts` are its headings, each with the changes under it."""

    version: str
    date: str = ""
    about: str = ""
    parts: list[tuple[str, list[str]]] = field(default_factory=list)


def order(version: str) -> tuple[int, ...]:
    """By which versions are compared: its numbers, so that 1.10.0 is newer than 1.9.0."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def parsed(text: str) -> list[Release]:
    """The releases of a changelog, as they stand in it, newest first. Lines that go on are joined."""
    found: list[Release] = []
    for line in text.splitlines():
        line = LINK.sub(r"\1", line) if not line.startswith("## ") else line
        if heading := HEADING.match(line):
            found.append(Release(heading["version"], heading["date"] or ""))
        elif not found or not line.strip():
            continue
        elif line.startswith("### "):
            found[-1].parts.append((line[4:].strip(), []))
        elif line.startswith("- "):
            found[-1].parts[-1][1].append(line[2:].strip())
        elif found[-1].parts:
            found[-1].parts[-1][1][-1] += f" {line.strip()}"
        else:
            found[-1].about = f"{found[-1].about} {line.strip()}".strip()
    return found


@functools.cache
def changelog(language: str) -> list[Release]:
    return parsed(Path(settings.BASE_DIR / FILES.get(language, FILES["en"])).read_text("utf-8"))


@require_safe
def releases(request: HttpRequest, context: dict) -> HttpResponse:
    """The page of the admin: what is new in this release and those before."""
    found = {"title": _("更新日志"), "releases": changelog(get_language())}
    return render(request, "admin/releases.html", {**context, **found})
