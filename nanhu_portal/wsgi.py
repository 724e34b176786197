"""The WSGI application that the web server loads."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanhu_portal.settings")

_portal = get_wsgi_application()

from foundation import counts  # noqa: E402 - needs the models to be loaded

from .checks import refuse_unsafe_start  # noqa: E402 - as above

refuse_unsafe_start()


def application(environ, start_response):
    """The portal, also below `SCRIPT_NAME` if a parent site passes the full path on."""
    counts.keep_flushing()
    prefix = settings.FORCE_SCRIPT_NAME
    if prefix and environ["PATH_INFO"].startswith(f"{prefix}/"):
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(prefix)
    return _portal(environ, start_response)
