"""From an empty Debian to a served portal, through the loss of it and an upgrade: one way, with the time of each step.

    .venv/bin/python -m tests.deploy.trying [--suite bookworm|trixie] [--bundle FILE] [--structure FILE] [--keep]

`make try-install` runs it. The machine is made by mmdebstrap, boots with its own systemd in systemd-nspawn, and has no
network while the portal is installed: what PyPI has comes in the bundle. Needs root.
"""

import argparse
import hashlib
import http.client
import itertools
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.deploy import machine
from tests.deploy.desk import REPLY, Chief
from tests.deploy.machine import Failed, Machine
from tests.deploy.resident import TEXT, Resident
from tests.pages import words
from tests.visitors import Unavailable

ROOT = Path(__file__).resolve().parents[2]
NEXT = "1000.0.0"  # later than any
HOST = "portal.example.org"
PYTHON = {"bookworm": "3.11", "trixie": "3.13"}
INSTALL = ("/mnt/bundle/unpacked/deploy/install.sh", "--bundle")
ANSWERS = ("--district=东山区", "--subdistrict=虹桥街道", "--phone=0000-12345678")
IN_ORDER = "All was in order, nothing was changed"


class Way:
    """The steps in their order. Each is a method, and what it says on the way is kept."""

    def __init__(self, suite: str, folder: Path, bundle: Path | None = None, structure: Path | None = None) -> None:
        self.suite, self.folder, self.structure = suite, folder, structure
        self.bundles = folder / "bundles"
        self.bundles.mkdir(parents=True)
        self.bundle = bundle
        self.machine = Machine(suite, folder, bundle=self.bundles)
        self.page = self.certificate = ""
        self.chief: Chief | None = None
        self.times: list[tuple[str, float]] = []
        self.said: dict[str, str] = {}

    def go(self) -> None:
        for step in STEPS:
            self.take(step)

    def take(self, step) -> None:
        title = step.__doc__.splitlines()[0].rstrip(".")
        begun = time.monotonic()
        self.said[step.__name__] = step(self) or ""
        self.times.append((title, time.monotonic() - begun))
        print(f"{self.times[-1][1]:7.1f} s  {title}", flush=True)

    def total(self) -> float:
        return sum(seconds for _title, seconds in self.times)

    # --- The steps ---------------------------------------------------------------------------------------------------

    def pack(self) -> str:
        """The archive of code and wheels (deploy/bundle)."""
        if self.bundle is None:
            kind = machine.run("uname", "-m").strip()
            command = (sys.executable, ROOT / "deploy/bundle", "--python", PYTHON[self.suite], "--machine", kind)
            machine.run(*command, self.bundles)
            [self.bundle] = self.bundles.glob("*.tar.gz")
        else:
            target = self.bundles / self.bundle.name
            target.write_bytes(self.bundle.read_bytes())
            self.bundle = target
        (self.bundles / "unpacked").mkdir()
        return machine.run(
            "tar", "-x", "-f", self.bundle, "-C", self.bundles / "unpacked", "--strip-components=1", "--no-same-owner"
        )

    def make_machine(self) -> None:
        """An empty Debian (mmdebstrap)."""
        self.machine.make()

    def install_packages(self) -> str:
        """Debian's packages, the last that needs a network (install.sh --packages)."""
        script = self.bundles / "unpacked/deploy/install.sh"
        return machine.run(script, "--root", self.machine.root, "--packages")

    def boot(self) -> None:
        """The machine boots, without a network."""
        self.machine.boot()

    def install(self) -> str:
        """The portal from the bundle (install.sh)."""
        said = self.machine.run(*INSTALL, f"/mnt/bundle/{self.bundle.name}", "--host", HOST)
        self.certificate = self.machine.run("cat", "/etc/nanhu/tls/portal.crt")
        return said

    def install_again(self) -> str:
        """Once more: nothing is changed (install.sh)."""
        said = self.machine.run(*INSTALL, f"/mnt/bundle/{self.bundle.name}")
        assert IN_ORDER in said, said
        return said

    def open_first_run(self) -> str:
        """The one-time link that the installation printed leads to the first-run page."""
        [path] = re.findall(rf"https://{HOST}(/setup/\S+)", self.said["install_again"])
        with self.machine.network():
            answer = self.resident().get(path)
        assert answer.status == 200, words(answer)
        return words(answer)

    def set_up(self) -> str:
        """Which place this is (nanhu setup)."""
        return self.machine.run("nanhu", "setup", "--non-interactive", "--english", *ANSWERS)

    def take_up(self) -> str:
        """The link: password, authenticator, and the questions of the first run, page by page."""
        [path] = re.findall(rf"https://{HOST}(/setup/\S+)", self.said["set_up"])
        self.chief = Chief(HOST, self.certificate)
        with self.machine.network():
            return f"{self.chief.begin(path)} questions"

    def import_structure(self) -> str:
        """Communities, venues, members and partners from a workbook (nanhu import_structure)."""
        if self.structure:
            (self.bundles / "structure.xlsx").write_bytes(self.structure.read_bytes())
            file = "/mnt/bundle/structure.xlsx"
        else:
            file = "/var/lib/nanhu/structure.xlsx"
            self.machine.run("nanhu", "export_structure", "--example", file)
        return self.machine.run("nanhu", "import_structure", file)

    def submit(self) -> str:
        """A resident submits a demand with a photo, over HTTPS."""
        with self.machine.network():
            resident = self.resident()
            self.page = resident.submit()
            answer = resident.get(self.page)
        assert TEXT in answer.text, words(answer)
        return words(answer)

    def answer(self) -> str:
        """The superuser answers it at the staff desk, and the resident reads the answer."""
        with self.machine.network():
            self.chief.answer()
            answer = self.resident().get(self.page)
        assert REPLY in answer.text, words(answer)
        return words(answer)

    def back_up(self) -> str:
        """The nightly backup, as the timer starts it."""
        self.machine.run("systemctl", "start", "nanhu-backup.service")
        [name] = self.machine.run("ls", "/var/lib/nanhu/backups").split()
        self.machine.run("systemctl", "start", "nanhu-verify.service")
        # What is kept elsewhere: the backup, and the settings with keys and passwords.
        for path in (f"/var/lib/nanhu/backups/{name}", "/etc/nanhu/portal.env", "/var/lib/nanhu/settings.env"):
            self.machine.run("cp", path, "/root/")
        return name

    def destroy(self) -> None:
        """Everything of the portal is lost: code, database, photos, settings."""
        self.machine.run("systemctl", "stop", "nanhu*")
        for what in ("DATABASE nanhu", "ROLE nanhu", "ROLE nanhu_owner", "ROLE nanhu_reader"):
            self.machine.run("runuser", "-u", "postgres", "--", "psql", "-qc", f"DROP {what}")
        self.machine.run("rm", "-r", "/opt/nanhu", "/var/lib/nanhu", "/etc/nanhu", "/usr/local/sbin/nanhu")
        self.machine.run("userdel", "nanhu")
        with self.machine.network():
            assert self.resident().get(self.page).status == 502

    def restore(self) -> str:
        """Installed anew with the settings that were kept, and restored from the backup (nanhu restore)."""
        self.machine.run("install", "-D", "-m", "0640", "/root/portal.env", "/etc/nanhu/portal.env")
        self.machine.run("install", "-D", "-m", "0600", "/root/settings.env", "/var/lib/nanhu/settings.env")
        self.machine.run(*INSTALL, f"/mnt/bundle/{self.bundle.name}")
        self.machine.run("systemctl", "stop", "nanhu*")
        name = self.said["back_up"]
        self.machine.run("install", "-o", "nanhu", "-m", "0600", f"/root/{name}", f"/var/lib/nanhu/backups/{name}")
        said = self.machine.run("nanhu", "restore", "--replace", "nanhu", f"/var/lib/nanhu/backups/{name}")
        self.machine.run("systemctl", "start", "nanhu.target")
        said += self.machine.run(*INSTALL, f"/mnt/bundle/{self.bundle.name}")
        return said

    def find_again(self) -> str:
        """The demand is found by its code, with its photo."""
        self.certificate = self.machine.run("cat", "/etc/nanhu/tls/portal.crt")
        with self.machine.network():
            resident = self.resident()
            answer = resident.get(self.page)
            assert TEXT in answer.text, words(answer)
            photos = re.findall(r'src="(/[^"]*\.jpg)"', answer.text)
            assert photos and all(resident.get(each).status == 200 for each in photos)
        return words(answer)

    def upgrade(self) -> str:
        """The next release from a bundle, and back again, while residents ask for pages (upgrade.sh)."""
        file = self._next_bundle()
        with Readers(self, (self.page, "/", "/demands/", "/demands/new/")) as readers:
            said = self.machine.run("/opt/nanhu/current/deploy/upgrade.sh", "--bundle", f"/mnt/bundle/{file.name}")
            assert f"release {NEXT} is in use" in said, said
            said += self.machine.run("/opt/nanhu/current/deploy/upgrade.sh", "--back")
        assert readers.answered > 100 and not readers.lost, (readers.answered, readers.lost[:5])
        print(f"           {readers.answered} requests meanwhile, none lost", flush=True)
        return said

    def _next_bundle(self) -> Path:
        """The same code and wheels under the next number."""
        name = f"nanhu-portal-{NEXT}"
        folder = self.folder / name
        machine.run("cp", "-r", self.bundles / "unpacked", folder)
        changed = {"nanhu_portal/__init__.py": r'__version__ = ".*"', "pyproject.toml": r'^version = ".*"'}
        for path, pattern in changed.items():
            machine.run("sed", "-i", f"s/{pattern}/{pattern.replace('.*', NEXT).lstrip('^')}/", folder / path)
        sums = (folder / "SHA256SUMS").read_text()
        for path in changed:
            digest = hashlib.sha256((folder / path).read_bytes()).hexdigest()
            sums = re.sub(rf"^[0-9a-f]{{64}}  {re.escape(path)}$", f"{digest}  {path}", sums, flags=re.MULTILINE)
        (folder / "SHA256SUMS").write_text(sums)
        machine.run("tar", "-czf", self.bundles / f"{name}.tar.gz", "-C", self.folder, name)
        return self.bundles / f"{name}.tar.gz"

    def resident(self) -> Resident:
        return Resident(HOST, self.certificate)


class Readers:
    """Residents who ask for one page after the other, over HTTPS, until told to stop."""

    def __init__(self, way: Way, pages: tuple[str, ...], count: int = 2) -> None:
        self.way, self.pages = way, pages
        self.answered, self.lost = 0, []
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self._read, daemon=True) for _each in range(count)]

    def __enter__(self) -> "Readers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self.enough.set()
        for thread in self.threads:
            thread.join()

    def _read(self) -> None:
        with self.way.machine.network():
            resident = self.way.resident()
            for page in itertools.cycle(self.pages):
                if self.enough.wait(0.1):
                    return
                try:
                    status = resident.get(page).status
                except (OSError, http.client.HTTPException, Unavailable) as error:
                    status = repr(error)
                if status == 200:
                    self.answered += 1
                else:
                    self.lost.append(f"{page}: {status}")


STEPS = (
    Way.pack, Way.make_machine, Way.install_packages, Way.boot, Way.install, Way.install_again, Way.open_first_run,
    Way.set_up, Way.take_up, Way.import_structure, Way.submit, Way.answer, Way.back_up, Way.destroy, Way.restore,
    Way.find_again, Way.upgrade,
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", choices=list(PYTHON), default="trixie")
    parser.add_argument("--bundle", type=Path, help="instead of making one of what is committed")
    parser.add_argument("--structure", type=Path, help="a workbook to import instead of the example")
    parser.add_argument("--keep", action="store_true", help="leave the machine's folder there afterwards")
    asked = parser.parse_args()
    if lacking := machine.missing():
        sys.exit(f"This needs {', '.join(lacking)}.")
    folder = Path(tempfile.mkdtemp(prefix=f"nanhu-{asked.suite}-", dir="/var/tmp"))
    way = Way(asked.suite, folder, asked.bundle, asked.structure)
    try:
        way.go()
    except (Failed, AssertionError, subprocess.SubprocessError) as error:
        sys.exit(f"\n{error}")
    finally:
        way.machine.stop()
        if asked.keep:
            print(f"The machine is in {way.folder}.")
        else:
            way.machine.remove()
    print(f"{way.total():7.1f} s  together: {HOST} on {asked.suite}, back from its backup, and upgraded")


if __name__ == "__main__":
    main()
