"""Runs everything for `make run`: database, data, static files, web server and worker, until Ctrl-C or SIGTERM.

SIGHUP lets them take up changed settings: the web server replaces its processes one by one, the worker restarts.
"""

import http.client
import signal
import socket
import sys
import threading
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from consultation.models import Area

from ... import taking_up
from ...checks import DEMO_ACCOUNTS, DEMO_PASSWORD
from ...supervising import STEADY_SECONDS, CannotStart, Kept

# Requests that a web process takes on at once. Most wait for a place (places.py); some must be left for liveness.
THREADS = 256


def log_options() -> list[str]:
    """Let the server's own lines have the form of all others; at a terminal it has a plain one of its own."""
    if settings.LOG_FORMAT == "plain":
        return []
    return [f"--log-config={settings.BASE_DIR / 'deploy' / 'granian-log.json'}"]


def web_command(port: int, application: str = "nanhu_portal.wsgi:application") -> list[str]:
    """The web server's command line, on this machine only; see docs/decisions/0003-application-server.md."""
    return [
        str(Path(sys.executable).with_name("granian")),
        "--interface=wsgi",
        "--host=127.0.0.1",
        f"--port={port}",
        f"--workers={settings.WEB_WORKERS}",
        "--respawn-failed-workers",
        f"--blocking-threads={THREADS}",
        f"--backpressure={THREADS}",
        "--no-ws",
        # SIGHUP replaces the processes one by one. Each has so many seconds to start before the next is ended.
        "--respawn-interval=15",
        # Not `warning`: granian warns of this many threads.
        "--log-level=error",
        *log_options(),
        application,
    ]


class Command(BaseCommand):
    help = __doc__
    requires_migrations_checks = False

    def handle(self, *args, **options):
        if self._answers():
            raise CommandError(f"Port {settings.PORT} is taken. Take another: PORT={settings.PORT + 1} make run")
        self._report("database: bringing tables up to date")
        call_command("migrate", verbosity=0, database="owner" if "owner" in settings.DATABASES else "default")
        if not Area.objects.exists():
            if settings.DEMO:
                self._report("data: loading demo content")
                call_command("load_demo", stdout=self.stdout)
            else:
                self._report("data: none yet; `manage.py setup` asks for what the portal needs to begin")
        self._report("static files: collecting")
        call_command("collectstatic", interactive=False, verbosity=0)
        settings.MEDIA_ROOT.mkdir(settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS, parents=True, exist_ok=True)
        self._report("starting web server and worker")
        self._run()

    def _report(self, text: str) -> None:
        self.stdout.write(f"→ {text}")
        self.stdout.flush()

    def _run(self) -> None:
        stop, restart = threading.Event(), threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_args: stop.set())
        signal.signal(signal.SIGHUP, lambda *_args: restart.set())
        web = Kept("web server", web_command(settings.PORT), self._report, lambda _seconds: self._responds())
        command = [sys.executable, "manage.py", "worker"]
        worker = Kept("worker", command, self._report, lambda seconds: seconds >= STEADY_SECONDS)
        is_announced = False
        try:
            while not stop.wait(0.1):
                for child in (web, worker):
                    child.keep()
                if restart.is_set():
                    restart.clear()
                    self._take_up(web, worker)
                if web.has_worked and not is_announced:
                    is_announced = True
                    self._announce()
        except CannotStart as error:
            raise CommandError(str(error)) from None
        finally:
            self._report("stopping")
            for child in (web, worker):
                child.terminate()
            for child in (web, worker):
                child.wait()

    def _take_up(self, *children: Kept) -> None:
        if why := taking_up.why_not_with(settings.SETTINGS_FILE):
            self._report(f"the settings are not taken up: {why}")
            return
        self._report("taking up the settings")
        for child in children:
            child.send(signal.SIGHUP)

    def _answers(self) -> bool:
        """Whether something listens on our port."""
        with socket.socket() as probe:
            probe.settimeout(0.2)
            return probe.connect_ex(("127.0.0.1", settings.PORT)) == 0

    def _responds(self) -> bool:
        """Whether the web server answers requests; it listens before it can."""
        connection = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return bool(connection.getresponse().status)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _announce(self) -> None:
        lines = ["", f"  The portal:   {settings.SITE_URL}/", f"  Staff desk:   {settings.SITE_URL}/admin/"]
        if settings.DEMO:
            lines.append(f"  Demo accounts (password {DEMO_PASSWORD}): {', '.join(DEMO_ACCOUNTS)}")
        self.stdout.write("\n".join([*lines, "  Stop with Ctrl-C.", ""]))
        self.stdout.flush()
