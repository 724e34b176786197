"""How long the certificate of SITE_URL is valid, as a browser would be shown it."""

import datetime
import socket
import ssl
from urllib.parse import urlsplit

from django.conf import settings

from foundation.probing import Probe

CONNECT_SECONDS = 5


def valid_until() -> datetime.datetime:
    """Raises `ssl.SSLCertVerificationError` for a certificate that browsers refuse, and `OSError`."""
    site = urlsplit(settings.SITE_URL)
    with (
        socket.create_connection((site.hostname, site.port or 443), timeout=CONNECT_SECONDS) as line,
        ssl.create_default_context().wrap_socket(line, server_hostname=site.hostname) as encrypted,
    ):
        ends = ssl.cert_time_to_seconds(encrypted.getpeercert()["notAfter"])
    return datetime.datetime.fromtimestamp(ends, tz=datetime.UTC)


PROBE = Probe(valid_until)
