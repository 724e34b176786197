"""Single steps of `deploy/upgrade.sh`, with the others left out; `test_upgrading.py` upgrades for real."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy/upgrade.sh"
# All but the last line, which begins.
PARTS = 'source <(sed "\\$d" "$0"); '
GOING_BACK = (
    "read_options --no-systemd; touched=1 old=/old new=/new old_version=1.0.0 old_port=1 new_port=2 site=s; "
    "point_current_to() { :; }; write_units() { :; }; runs() { :; }; answers() { :; }; web_port() { echo 1; }; "
    "stop() { :; }; restart_worker() { :; }; serves() { :; }; trap on_exit EXIT; trap 'exit 130' INT TERM HUP; "
)


def run(commands: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", "-c", PARTS + commands, SCRIPT],
        env=os.environ | environment,
        text=True,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    "meanwhile",
    ["answers() { kill -HUP $$; }", "answers() { kill -TERM $$; }", "write_units() { fail 'no room'; }"],
)
def test_whatever_happens_the_way_back_is_gone_to_its_end(meanwhile):
    done = run(f"{GOING_BACK} {meanwhile}; exit 3")
    assert done.returncode == 3, done.stderr
    assert "release 1.0.0 serves again" in done.stdout


def test_what_cannot_be_tidied_up_is_no_reason_to_go_back(tmp_path):
    (tmp_path / "opt/nanhu").mkdir(parents=True)
    (tmp_path / "opt/nanhu/current").symlink_to(tmp_path)
    (tmp_path / "etc/nanhu").mkdir(parents=True)
    (tmp_path / "etc/nanhu/portal.env").touch()
    steps = "".join(f"{name}() {{ :; }}; " for name in ("check", "make_release", "collect_static", "migrate"))
    steps += "change_over() { touched=1; }; tidy() { echo 'No space left' >&2; return 1; }; "
    done = run(f"{steps} main --no-systemd", NANHU_PREFIX=str(tmp_path))
    assert (done.returncode, done.stderr) == (1, "No space left\n")
    assert "Going back" not in done.stdout


def test_other_code_under_the_same_version_is_not_taken_for_what_is_there(tmp_path):
    source, release = tmp_path / "source", tmp_path / "releases/1.0.1"
    for folder in (source, release):
        folder.mkdir(parents=True)
    (source / "code.py").write_text("mended")
    (release / "code.py").write_text("broken")
    make = f"from={source} new={release} new_version=1.0.1; make_environment() {{ :; }}; make_release"
    for before in ("", "of another code"):
        (release / ".complete").write_text(before)
        assert "code and packages of 1.0.1" in run(make).stdout
        assert (release / "code.py").read_text() == "mended"
    assert "there already" in run(make).stdout
    # From the folder of the release itself there is nothing to take it from.
    (release / ".complete").unlink()
    refused = run(make.replace(str(source), str(release)))
    assert (refused.returncode, "is not complete" in refused.stderr) == (1, True)
    assert (release / "code.py").exists()


def test_the_portal_may_not_write_the_static_files_of_an_upgrade(tmp_path):
    (tmp_path / "state").mkdir()
    os.chown(tmp_path / "state", 65534, 65534)
    collect = f"STATE={tmp_path}/state old={tmp_path}/old new={tmp_path}/new; as_portal() {{ cat >/dev/null; }}; "
    collect += "manage() { umask 077 && mkdir $new/var/static && echo x >$new/var/static/a.css; }; collect_static"
    assert run(collect).returncode == 0
    made = [tmp_path / "new/var", *(tmp_path / "new/var").rglob("*")]
    assert {path.name: (path.stat().st_uid, path.stat().st_mode & 0o777) for path in made} == {
        "var": (0, 0o755),
        "static": (0, 0o755),
        "a.css": (0, 0o644),
    }


def test_an_archive_that_is_damaged_leaves_nothing_behind(tmp_path):
    (tmp_path / "var/tmp").mkdir(parents=True)
    (tmp_path / "bundle.tar.gz").write_text("not an archive")
    done = run(f"root={tmp_path} bundle={tmp_path}/bundle.tar.gz; hand_over")
    assert (done.returncode, "cannot be unpacked" in done.stderr) == (1, True)
    assert list((tmp_path / "var/tmp").iterdir()) == []


def test_the_way_back_in_a_folder_has_a_script_to_go_it(tmp_path):
    (tmp_path / "var/tmp").mkdir(parents=True)
    # Called with the folder and the script below it; it needs a Debian there.
    done = run(
        f'unshare() {{ grep -c hand_over "$7$8"; echo "${{@:9}}"; }}; root={tmp_path} back=1 source=1.0.0; hand_over'
    )
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "--back 1.0.0"), done.stderr
