"""`python -m tests.releases`: writes the fixture of this release, from a scratch cluster."""

import os
import tempfile
from pathlib import Path
from urllib.parse import quote

import django

from nanhu_portal import embedded

with embedded.scratch(Path(tempfile.gettempdir())) as sockets:
    os.environ["DATABASE_URL"] = f"postgres://{embedded.OWNER}@{quote(str(sockets), safe='')}/postgres"
    from tests import conftest  # noqa: F401 - the tests' keys and settings, which it gives the environment

    django.setup()
    from tests.releases.make import main  # apps are ready only now

    main()
