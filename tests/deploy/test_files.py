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


def test_our_own_certificate_is_made_again_before_it_ends(tmp_path):
    call = (
        ". deploy/lib.sh && . deploy/install/web.sh && TLS=$0/tls STATE=$0 ENVIRONMENT=$0/none certificate=''; "
        "host=p.example; folder() { mkdir -p $1; }; find_certificate; days=$1; "
        "openssl x509 -in $certificate_file -signkey $key_file -days $days -out $TLS/portal.crt 2>/dev/null; "
        "cp $TLS/portal.crt $TLS/self-signed; find_certificate; "
        "openssl x509 -in $certificate_file -noout -checkend 8640000 || true"
    )
    assert {days: "will not" in said("bash", "-euc", call, tmp_path / days, days) for days in ("20", "50")} == {
        "20": True,
        "50": False,
    }


def test_a_settings_file_that_is_a_link_is_not_read_for_the_portal(tmp_path):
    (tmp_path / "secret").write_text("of root\n")
    (tmp_path / "settings.env").symlink_to(tmp_path / "secret")
    call = (
        ". deploy/lib.sh && . deploy/install/database.sh && STATE=$0 ENVIRONMENT=$0/none host=p.example"
        " && ACCOUNT=$(id -un) && ! (write_portal_settings) 2>&1"
    )
    assert "is a link" in said("bash", "-uc", call, tmp_path)
    assert (tmp_path / "settings.env").is_symlink()


@pytest.mark.parametrize("failing", ["cat", "install", "mv"])
def test_a_file_that_cannot_be_written_whole_is_not_replaced_and_ends_the_script(failing, tmp_path):
    (tmp_path / "portal.env").write_text("BACKUP_KEY=the only one\n")
    call = (
        f". deploy/lib.sh; {failing}() {{ echo BACKUP; return 1; }}; "
        "put $0/portal.env 0600 $(id -un):$(id -gn) < <(printf 'BACKUP_KEY=another\\n') || true; echo went on"
    )
    done = subprocess.run(["bash", "-euc", call, tmp_path], cwd=ROOT, text=True, capture_output=True, check=False)
    assert (done.returncode, "portal.env was not written" in done.stderr) == (1, True), done.stdout + done.stderr
    assert "went on" not in done.stdout
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"portal.env": "BACKUP_KEY=the only one\n"}


def test_an_installation_into_a_folder_leaves_no_key_in_it(tmp_path):
    for name in ("usr/bin", "run"):
        (tmp_path / "root" / name).mkdir(parents=True)
    (tmp_path / "root/usr/bin/dpkg").touch(mode=0o755)
    for name in ("portal.crt", "portal.key"):
        (tmp_path / name).write_text("secret\n")
    pair = ("--certificate", tmp_path / "portal.crt", "--key", tmp_path / "portal.key")
    options = ("--root", tmp_path / "root", "--host", "portal.example.org", *pair)
    done = subprocess.run([DEPLOY / "install.sh", *options], capture_output=True, text=True, check=False)
    assert done.returncode, "there is no Debian in it"
    assert list((tmp_path / "root/run").iterdir()) == []


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
    kept = [
        re.findall(r"^ *((?:ssl_(?!certificate|session_cache)|server_tokens).*)$", text, re.MULTILINE) for text in pair
    ]
    assert set(kept[0]) == set(kept[1]) and len(kept[0]) == 4


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


def test_the_key_of_the_certificate_is_for_nginx_in_its_container_alone(tmp_path):
    shutil.copytree(DEPLOY / "docker", tmp_path / "docker")
    folder = tmp_path / "docker"
    (folder / "tls").mkdir()
    for name in ("portal.crt", "portal.key"):  # the real ones, as somebody has put them there
        (folder / "tls" / name).write_text("…")
    (folder / "tls/portal.key").chmod(0o644)
    said(folder / "prepare", "portal.example.org")
    key = (folder / "tls/portal.key").stat()
    [account] = re.findall(r"^USER (\d+):101$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert (key.st_mode & 0o777, key.st_uid) == (0o400, int(account))
    # Where the account that runs it cannot give files away, the folder keeps others out.
    assert folder.stat().st_mode & 0o077 == 0


def test_passwords_of_the_composition_s_database_are_in_no_list_of_processes():
    script = (DEPLOY / "docker/roles.sh").read_text()
    command = script[script.index("psql ") : script.index("<<'SQL'")]
    assert "PASSWORD" not in command and script.count("\\getenv ") == 2


def test_the_installer_says_what_is_wrong_with_its_options():
    for options, sentence in (
        (["--host"], "--host needs a value."),
        (["--bundle", "/nowhere"], "/nowhere does not exist."),
        (["--frob"], "--frob is no option"),
        (["--certificate", "/etc/hostname"], "--certificate and --key belong together."),
    ):
        done = subprocess.run([DEPLOY / "install.sh", *options], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and sentence in done.stderr, done.stderr
