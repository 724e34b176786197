"""`deploy/upgrade.sh` for real, without systemd: nginx, two releases, and residents who submit all the time."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.deploy.machine import Failed
from tests.deploy.trying import IN_ORDER, Readers
from tests.faults.cluster import PATIENCE, Cluster, descendants, until
from tests.faults.portal import ROOT, Crowd, Portal, stored
from tests.faults.test_upgrading import NEXT
from tests.servers import MailServer, free_port

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")

NGINX_CONF = """
pid {root}/run/nginx.pid; error_log {root}/run/nginx.log; worker_processes 2; daemon on;
events {{ worker_connections 256; }}
http {{
    {paths}
    access_log off;
    include {root}/opt/nanhu/current/deploy/nginx/log.conf;
    include {root}/etc/nginx/nanhu-upstream.conf;
    server {{ listen 127.0.0.1:{port}; include {root}/etc/nginx/portal.conf; }}
}}
"""
SETTINGS = (
    *("DATABASE_URL", "MEDIA_ROOT", "SITE_URL", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "EMAIL_URL", "SMS_BACKEND"),
    *("SECRET_KEY", "CONTACT_KEYS", "BACKUP_KEY", "BACKUP_DIR", "DEMO", "WEB_WORKERS", "CACHE_URL", "LOG_FORMAT"),
)
# In the middle of the change: requests go to it already when this comes to light.
NO_WORKER = (
    "nanhu_portal/management/commands/worker.py",
    "        refuse_unsafe_start()\n",
    "        raise SystemExit(3)\n",
)
NO_PAGE = ("templates/demands/_submit.html", "{% load", "{{ 1|there_is_no_such_filter }}{% load")

FAILS = """
from django.db import migrations


def fail(apps, schema_editor):
    raise ValueError("a row that nobody thought of")


class Migration(migrations.Migration):
    dependencies = [("demands", "9003_validated")]
    operations = [migrations.RunPython(fail, migrations.RunPython.noop)]
"""


class Server:
    """The layout that install.sh makes, below a folder, with release 1.0.0 in use."""

    def __init__(self, root: Path, cluster: Cluster, mail: MailServer) -> None:
        self.root, self.ports, self.port = root, (free_port(), free_port()), free_port()
        self.started: list[subprocess.Popen] = []
        for folder in ("opt/nanhu/releases", "etc/nanhu", "etc/nginx", "var/lib/nanhu/backups", "run/nanhu", "var/log"):
            (root / folder).mkdir(parents=True)
        self.portal = Portal(
            cluster,
            root / "var/lib/nanhu",
            self.port,
            EMAIL_URL=mail.address,
            BACKUP_KEY="only-for-tests-a-key-of-backups-0123456789",
            BACKUP_DIR=str(root / "var/lib/nanhu/backups"),
            LOG_FORMAT="json",
            WEB_WORKERS="1",
        )
        chosen = {name: value for name, value in self.portal.environment.items() if name in SETTINGS}
        (root / "etc/nanhu/portal.env").write_text("".join(f"{name}={value}\n" for name, value in chosen.items()))
        self.release("1.0.0")
        (root / "opt/nanhu/current").symlink_to(root / "opt/nanhu/releases/1.0.0")
        self.write_nginx()
        self.portal.manage("migrate", "--verbosity=0")
        self.portal.manage("load_nanhu")
        self.run("collectstatic", "--no-input", "--verbosity=0")

    def release(self, version: str, *changes: tuple[str, str, str], migrations: dict[str, str] | None = None) -> Path:
        """A release with its packages, as upgrade.sh leaves it when it was interrupted after that."""
        left_out = shutil.ignore_patterns(".git", ".venv*", "var", "node_modules", "__pycache__", "tests", "docs")
        folder = self.root / "opt/nanhu/releases" / version
        shutil.copytree(ROOT, folder, ignore=left_out)
        (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
        (folder / ".complete").touch()
        named = ("nanhu_portal/__init__.py", r'__version__ = "[^"]*"', f'__version__ = "{version}"')
        for file, old, new in (named, *changes):
            text = (folder / file).read_text()
            changed = re.sub(old, new, text, count=1) if file == named[0] else text.replace(old, new, 1)
            assert changed != text or version == "1.0.0", file
            (folder / file).write_text(changed)
        place = folder / "demands/migrations"
        last = max(path.stem for path in place.glob("0*.py"))
        for name, source in (migrations or {}).items():
            (place / name).write_text(source % {"last": last} if "%(last)r" in source else source)
        return folder

    def write_nginx(self) -> None:
        root, deploy = self.root, ROOT / "deploy/nginx"
        paths = " ".join(f"{name}_temp_path {root}/run/{name};" for name in ("client_body", "proxy", "fastcgi"))
        paths += f" uwsgi_temp_path {root}/run/uwsgi; scgi_temp_path {root}/run/scgi;"
        portal = (deploy / "portal.conf").read_text().replace("/var/log/nginx/", f"{root}/run/")
        # Each resident has an address of their own.
        portal = portal.replace("X-Forwarded-For $remote_addr", "X-Forwarded-For $http_x_forwarded_for")
        (root / "etc/nginx/portal.conf").write_text(portal)
        upstream = f"upstream nanhu_portal {{ server 127.0.0.1:{self.ports[0]}; }}\n"
        (root / "etc/nginx/nanhu-upstream.conf").write_text(upstream)
        (root / "etc/nginx/nginx.conf").write_text(NGINX_CONF.format(root=root, port=self.port, paths=paths))

    def run(self, *arguments: str) -> str:
        """A command of the release in use."""
        return subprocess.run(
            [".venv/bin/python", "manage.py", *arguments],
            cwd=(self.root / "opt/nanhu/current").resolve(),
            env=self.portal.environment,
            check=True,
            text=True,
            capture_output=True,
        ).stdout

    def start(self) -> None:
        """As install.sh does: web server on the first port, worker and nginx."""
        current = (self.root / "opt/nanhu/current").resolve()
        commands = {
            f"web-{self.ports[0]}": ["deploy/serve-web", str(self.ports[0])],
            "worker": [".venv/bin/python", "manage.py", "worker"],
        }
        for name, command in commands.items():
            process = subprocess.Popen(
                command,
                cwd=current,
                env=self.portal.environment,
                stdout=self.portal.log,
                stderr=self.portal.log,
                start_new_session=True,
            )
            self.started.append(process)
            (self.root / f"run/nanhu/{name}.pid").write_text(f"{process.pid}\n")
        subprocess.run([NGINX, "-c", str(self.root / "etc/nginx/nginx.conf")], check=True)
        until(lambda: self.portal.answers("/readyz"), "the portal answers through nginx")

    def said(self) -> str:
        return self.portal.said() + "".join(log.read_text()[-2000:] for log in (self.root / "run").rglob("*.log"))

    def upgrade(self, *arguments: str) -> subprocess.CompletedProcess:
        environment = {
            "PATH": os.environ["PATH"],
            "NANHU_PREFIX": str(self.root),
            "PORTS": " ".join(map(str, self.ports)),
            "WATCH_SECONDS": "1",
            "READY_SECONDS": "30",
        }
        command = [str(ROOT / "deploy/upgrade.sh"), "--no-systemd", *arguments]
        return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)

    @property
    def version(self) -> str:
        return (self.root / "opt/nanhu/current").resolve().name

    def processes(self) -> dict[str, str]:
        """The release of each process that runs, by name."""
        found = {}
        for file in (self.root / "run/nanhu").glob("*.pid"):
            with contextlib.suppress(OSError):
                found[file.stem] = Path(os.readlink(f"/proc/{file.read_text().strip()}/cwd")).name
        return found

    def close(self) -> None:
        for file in [*(self.root / "run/nanhu").glob("*.pid"), self.root / "run/nginx.pid"]:
            with contextlib.suppress(OSError, ValueError):
                for pid in reversed(descendants(int(file.read_text()))):
                    os.kill(pid, signal.SIGKILL)
        for process in self.started:
            process.wait(PATIENCE)
        self.portal.close()


@pytest.fixture
def server(tmp_path):
    cluster, mail = Cluster(tmp_path / "pg"), MailServer()
    made = Server(tmp_path / "root", cluster, mail)
    try:
        made.start()
        yield made
    finally:
        made.close()
        mail.shutdown()
        mail.server_close()
        cluster.kill()


@pytest.mark.skipif(not NGINX, reason="needs nginx")
def test_upgrades_lose_no_request_and_a_broken_release_goes_back_by_itself(server):
    """One server and one crowd for all of it, because it takes minutes: there, back again, and three that fail."""
    mark = "升级不停机"
    first, second = (f"web-{port}" for port in server.ports)
    with Crowd(server.portal, mark, residents=3) as crowd:
        crowd.wait_for(2)
        done = server.upgrade(str(server.release("1.0.1", migrations=NEXT)))
        assert done.returncode == 0, done.stdout + done.stderr
        assert (server.version, server.processes()) == ("1.0.1", {second: "1.0.1", "worker": "1.0.1"})
        crowd.wait_for(2)

        # Whoever finds out later that something is wrong goes back by hand.
        done = server.upgrade("--back")
        assert done.returncode == 0, done.stdout + done.stderr
        assert (server.version, server.processes()) == ("1.0.0", {first: "1.0.0", "worker": "1.0.0"})
        crowd.wait_for(2)

        for version, change, sentence in (
            ("1.0.2", NO_PAGE, "/demands/new/ is answered with 500"),
            ("1.0.3", NO_WORKER, "the worker does not start"),
        ):
            done = server.upgrade(str(server.release(version, change, migrations=NEXT)))
            assert (done.returncode, sentence in done.stderr) == (1, True), done.stdout + done.stderr
            assert "release 1.0.0 serves again" in done.stdout
            assert (server.version, server.processes()) == ("1.0.0", {first: "1.0.0", "worker": "1.0.0"})
            crowd.wait_for(2)

        # One whose migrations fail on these rows is found out before they run.
        broken = server.release("1.0.4", migrations=NEXT | {"9004_fails.py": FAILS})
        done = server.upgrade(str(broken))
        assert (done.returncode, "9004_fails.py" in done.stderr) == (1, True), done.stdout + done.stderr
        assert "release 1.0.0 serves as before" in done.stdout
        assert (server.version, server.processes()) == ("1.0.0", {first: "1.0.0", "worker": "1.0.0"})
        refused = server.upgrade(str(server.release("0.9.9")))
        assert "0.9.9 is older than 1.0.0" in refused.stderr
    print(f"{len(crowd.acknowledged)} demands")
    assert (crowd.odd, crowd.failed) == ([], 0)
    assert stored(server.portal, mark) == sorted(crowd.acknowledged)


def test_a_server_with_systemd_is_upgraded_and_goes_back(way):
    """The same by its units: the instance of the new release starts with the machine, and readers notice nothing."""
    run = way.machine.run

    def units() -> dict[str, str]:
        names = ("nanhu-web@8001", "nanhu-web@8002", "nanhu-worker")
        told = {name: run("systemctl", "show", "-p", "ActiveState,UnitFileState,MainPID", name) for name in names}
        found = {}
        for name, text in told.items():
            shown = dict(line.split("=") for line in text.split())
            if shown["ActiveState"] == "active":
                folder = run("readlink", f"/proc/{shown['MainPID']}/cwd").strip()
                found[name] = f"{shown['UnitFileState']} {Path(folder).name}"
        return found

    first = run("sed", "-n", 's/^__version__ = "\\(.*\\)"/\\1/p', "/opt/nanhu/current/nanhu_portal/__init__.py").strip()
    before = {"nanhu-web@8001": f"enabled {first}", "nanhu-worker": f"enabled {first}"}
    assert units() == before
    for version in ("98.0.0", "99.0.0"):
        run("cp", "-r", "/mnt/bundle/unpacked", f"/root/{version}")
        change = f's/^__version__ = .*/__version__ = "{version}"/'
        run("sed", "-i", change, f"/root/{version}/nanhu_portal/__init__.py")
    with Readers(way, ("/", "/demands/", "/demands/new/")) as readers:
        assert "98.0.0 is in use" in run("/root/98.0.0/deploy/upgrade.sh")
        after = {"nanhu-web@8002": "enabled 98.0.0", "nanhu-worker": "enabled 98.0.0"}
        assert units() == after
        # One whose worker ends at once.
        worker = "/root/99.0.0/nanhu_portal/management/commands/worker.py"
        run("sed", "-i", "s/        refuse_unsafe_start()/        raise SystemExit(3)/", worker)
        with pytest.raises(Failed, match="the worker does not start") as failed:
            run("env", "READY_SECONDS=30", "/root/99.0.0/deploy/upgrade.sh")
        assert "release 98.0.0 serves again" in str(failed.value)
        assert units() == after
        run("/opt/nanhu/current/deploy/upgrade.sh", "--back", first)
    assert readers.answered > 100
    assert readers.lost == []
    print(f"{readers.answered} requests, none lost")
    assert units() == before
    assert IN_ORDER in run("/opt/nanhu/current/deploy/install.sh")
