"""Runs everything for `make run`: database, data, static files, web server and worker, until Ctrl-C or SIGTERM."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from consultation.models import Area

from ...checks import DEMO_ACCOUNTS, DEMO_PASSWORD

STOP_SECONDS = 20
# Requests that a web process takes on at once. Most wait for a place (places.py); some must be left for liveness.
THREADS = 256


def web_command(port: int, application: str = "nanhu_portal.wsgi:application") -> list[str]:
    """The web server's command line, on this machine only; see docs/decisions/0003-application-server.md."""
    return [
        str(Path(sys.executable).with_name("granian")),
        "--interface=wsgi",
        "--host=127.0.0.1",
        f"--port={port}",
        f"--workers={settings.WEB_WORKERS}",
        f"--blocking-threads={THREADS}",
        f"--backpressure={THREADS}",
        "--no-ws",
        # SIGHUP replaces the processes one by one. Each has so many seconds to start before the next is ended.
        "--respawn-interval=15",
        # Not `warning`: granian warns of this many threads.
        "--log-level=error",
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
            self._report("data: loading Nanhu" + (" with demo content" if settings.DEMO else ""))
            call_command("load_demo" if settings.DEMO else "load_nanhu", stdout=self.stdout)
        self._report("static files: collecting")
        call_command("collectstatic", interactive=False, verbosity=0)
        Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
        self._report("starting web server and worker")
        self._run()

    def _report(self, text: str) -> None:
        self.stdout.write(f"→ {text}")
        self.stdout.flush()

    def _run(self) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_args: stop.set())
        # Children get sessions of their own, so that Ctrl-C reaches only us and we stop them in order.
        web = subprocess.Popen(
            web_command(settings.PORT), env=os.environ, cwd=settings.BASE_DIR, start_new_session=True
        )
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], env=os.environ, cwd=settings.BASE_DIR, start_new_session=True
        )
        try:
            if self._wait_for_web(web, stop):
                self._announce()
            while not stop.wait(0.5):
                for name, child in (("web server", web), ("worker", worker)):
                    if child.poll() is not None:
                        raise CommandError(f"The {name} ended by itself (exit code {child.returncode}).")
        finally:
            self._report("stopping")
            for child in (web, worker):
                child.terminate()
            for child in (web, worker):
                try:
                    child.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    child.kill()

    def _answers(self) -> bool:
        """Whether something listens on our port."""
        with socket.socket() as probe:
            probe.settimeout(0.2)
            return probe.connect_ex(("127.0.0.1", settings.PORT)) == 0

    def _wait_for_web(self, web: subprocess.Popen, stop: threading.Event) -> bool:
        while not stop.wait(0.1) and web.poll() is None:
            if self._answers():
                return True
        return False

    def _announce(self) -> None:
        lines = ["", f"  The portal:   {settings.SITE_URL}/", f"  Staff desk:   {settings.SITE_URL}/admin/"]
        if settings.DEMO:
            lines.append(f"  Demo accounts (password {DEMO_PASSWORD}): {', '.join(DEMO_ACCOUNTS)}")
        self.stdout.write("\n".join([*lines, "  Stop with Ctrl-C.", ""]))
        self.stdout.flush()
