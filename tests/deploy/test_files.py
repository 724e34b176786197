"""What `deploy/` holds is well formed: scripts, units, nginx, the image and its composition."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
MAX_EXPOSURE = 2.5


def program(name: str) -> str:
    """One of the requirements for development, or of this machine."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found, f"{name} is missing: pip install -r requirements-dev.txt"
    return found


def said(*command: str | Path) -> str:
    done = subprocess.run(list(map(str, command)), cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def scripts() -> list[Path]:
    found = [path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [path for path in found if path.suffix == ".sh" or re.match(rb"#!/bin/(ba)?sh", path.read_bytes())]


def test_shell_scripts_are_clean():
    found = scripts()
    assert len(found) >= 8
    said(program("shellcheck"), "--external-sources", "--severity=style", *found)


def test_a_folder_that_is_a_link_leads_root_to_no_other(tmp_path):
    (tmp_path / "etc").mkdir(mode=0o755)
    (tmp_path / "media").symlink_to(tmp_path / "etc")
    call = ". deploy/lib.sh && for name in media photos; do folder $0/$name 0700 $(id -un):$(id -gn); done"
    said("bash", "-euc", call, tmp_path)
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("etc", "photos")}
    assert modes == {"etc": 0o755, "photos": 0o700}


def test_what_is_no_host_gets_into_no_file_of_root(tmp_path):
    (tmp_path / "settings.env").write_text(
        "ALLOWED_HOSTS='10.0.0.8,a#;1e,id,b;}server{,[2001:db8::1],c.example,localhost'\n"
    )
    call = ". deploy/lib.sh && . deploy/install/web.sh && STATE=$0 ENVIRONMENT=$0/none host=p.example && hosts_of_site"
    assert said("bash", "-euc", call, tmp_path).split() == ["p.example", "10.0.0.8", "id", "[2001:db8::1]", "c.example"]


def test_a_settings_file_that_is_a_link_is_not_read_for_the_portal(tmp_path):
    (tmp_path / "secret").write_text("of root\n")
    (tmp_path / "settings.env").symlink_to(tmp_path / "secret")
    call = (
        ". deploy/lib.sh && . deploy/install/database.sh && STATE=$0 ENVIRONMENT=$0/none host=p.example"
        " && ACCOUNT=$(id -un) && ! (write_portal_settings) 2>&1"
    )
    assert "is a link" in said("bash", "-uc", call, tmp_path)
    assert (tmp_path / "settings.env").is_symlink()


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_a_service_is_exposed_no_more_than_it_must(unit):
    text = said("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    exposure = float(re.search(r"Overall exposure level for .*: ([\d.]+)", text)[1])
    assert exposure <= MAX_EXPOSURE, text


def test_the_web_server_and_the_worker_do_not_have_the_owner_of_the_tables():
    for name in ("nanhu-web@.service", "nanhu-worker.service"):
        [taken] = re.findall(r"^UnsetEnvironment=(.*)$", (DEPLOY / "systemd" / name).read_text(), re.MULTILINE)
        assert "DATABASE_OWNER_URL" in taken.split()


def test_units_share_their_confinement():
    """Written out in each, because a drop-in would be in force only where somebody put it; so they must not drift."""
    marks = [
        unit.read_text().partition("# What it may touch:")[2].partition("\n[Install]")[0].strip() for unit in SERVICES
    ]
    assert len(marks) == 4 and marks[0]
    assert len(set(marks)) == 1


def test_the_image_is_written_as_it_should_be():
    said(program("hadolint"), "Dockerfile")


def test_the_composition_follows_its_specification():
    linter = ROOT / "tests/node/node_modules/.bin/dclint"
    assert linter.exists(), "the linter is missing: npm ci --prefix tests/node"
    said(linter, "--max-warnings", "0", "--config", ROOT / "tests/deploy/dclint.json", "compose.yaml")


def test_the_image_and_a_server_have_the_same_nginx():
    """TLS and what is before it is written twice, because a container has other ports and paths."""
    pair = [(DEPLOY / "nginx/site.conf").read_text(), (DEPLOY / "docker/nginx.conf").read_text()]
    for line in ("ssl_protocols TLSv1.2 TLSv1.3;", "ssl_session_tickets off;", "server_tokens off;"):
        assert all(line in text for text in pair), line


def test_docker_prepares_keys_once(tmp_path):
    shutil.copytree(DEPLOY / "docker", tmp_path / "docker")
    script = tmp_path / "docker/prepare"
    said(script, "portal.example.org")
    made = {name: (tmp_path / "docker" / name).read_text() for name in ("portal.env", "owner.env", "db.env")}
    assert all((tmp_path / "docker" / name).stat().st_mode & 0o077 == 0 for name in made)
    assert "SITE_URL=https://portal.example.org\n" in made["portal.env"]
    keys = re.findall(r"^(?:SECRET_KEY|CONTACT_KEYS|BACKUP_KEY)=(.+)$", made["portal.env"], re.MULTILINE)
    assert len(set(keys)) == 3 and min(map(len, keys)) >= 50
    assert said(script, "portal.example.org") == ""
    assert made == {name: (tmp_path / "docker" / name).read_text() for name in made}
    done = subprocess.run([script, "https://portal.example.org"], capture_output=True, text=True, check=False)
    assert (done.returncode, "leave out https://" in done.stderr) == (1, True)


def test_the_installer_says_what_is_wrong_with_its_options():
    for options, sentence in (
        (["--host"], "--host needs a value."),
        (["--bundle", "/nowhere"], "/nowhere does not exist."),
        (["--frob"], "--frob is no option"),
        (["--certificate", "/etc/hostname"], "--certificate and --key belong together."),
    ):
        done = subprocess.run([DEPLOY / "install.sh", *options], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and sentence in done.stderr, done.stderr
