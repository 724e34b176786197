#!/usr/bin/env python
"""Django's command line. Without `DATABASE_URL` it brings its own PostgreSQL along, for trying things out."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanhu_portal.settings")
    from nanhu_portal import settings_file  # needs no settings

    try:
        below = settings_file.read(settings_file.path(os.environ))
    except settings_file.SettingsFileError as error:
        sys.exit(f"Cannot start: {error}")
    if sys.argv[1:2] == ["setup"]:
        from nanhu_portal.setup import starting  # only here: there may be no settings yet

        starting.stand_in(os.environ, below, sys.argv)
    if not (os.environ.get("DATABASE_URL") or below.get("DATABASE_URL")):
        from nanhu_portal import embedded  # only here: a production process never needs it

        try:
            embedded.provide(os.environ)
        except embedded.EmbeddedError as error:
            sys.exit(str(error))

    from django.core.exceptions import ImproperlyConfigured  # after the environment is complete
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Cannot start: {error}")


if __name__ == "__main__":
    main()
