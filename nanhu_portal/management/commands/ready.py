"""Says whether the portal is ready for residents, as the page in the admin does. Ends with 1 where something is red."""

import json
import sys

from django.conf import settings
from django.core.management.base import BaseCommand

from foundation.readiness import Level, findings

from ... import certificate

# Whoever runs a command waits longer for another host than a page does.
SECONDS = 10
MARKS = {Level.GREEN: "✓", Level.AMBER: "!", Level.RED: "✗"}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser) -> None:
        parser.add_argument("--json", action="store_true", help="a list of all findings, for monitoring")

    def handle(self, *args, **options) -> None:
        if settings.HTTPS:
            certificate.PROBE.answer(SECONDS)
        found = findings()
        self._write_json(found) if options["json"] else self._write(found)
        if any(finding.level == Level.RED for rows in found.values() for finding in rows):
            sys.exit(1)

    def _write(self, found) -> None:
        styles = {Level.GREEN: self.style.SUCCESS, Level.AMBER: self.style.WARNING, Level.RED: self.style.ERROR}
        for section, rows in found.items():
            self.stdout.write(f"\n{section.label}")
            for finding in rows:
                line = f"  {MARKS[finding.level]} {finding.title}：{finding.text}"
                self.stdout.write(styles[finding.level](line))
                if finding.remedy:
                    self.stdout.write(f"    → {finding.remedy} {_absolute(finding.address)}".rstrip())

    def _write_json(self, found) -> None:
        rows = [
            {
                "section": section.value,
                "level": finding.level.value,
                "title": finding.title,
                "text": finding.text,
                "remedy": finding.remedy,
                "address": _absolute(finding.address),
            }
            for section, rows in found.items()
            for finding in rows
        ]
        self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))


def _absolute(address: str) -> str:
    return f"{settings.SITE_URL}{address}" if address else ""
