"""`manage.py serve`, which is `make run`, from its start to its end."""

import os
import signal
import subprocess
import sys
import urllib.request

import pytest
from django.conf import settings as django_settings

from tests import factories
from tests.faults.cluster import alive
from tests.faults.test_commands import database_url
from tests.servers import free_port

pytestmark = pytest.mark.faults


def children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.django_db(transaction=True)
def test_serving_announces_itself_answers_and_stops_all_it_started(stop, tmp_path):
    factories.tree()  # so that no data is loaded
    port = str(free_port())
    environment = {"DATABASE_URL": database_url(), "PORT": port, "WEB_WORKERS": "1", "MEDIA_ROOT": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "serve"],
        env=os.environ | environment | {"SITE_URL": f"http://127.0.0.1:{port}", "ALLOWED_HOSTS": "127.0.0.1"},
        cwd=django_settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = []
    try:
        for line in process.stdout:
            output.append(line)
            if "Stop with Ctrl-C." in line:
                break
        text = "".join(output)
        assert f"http://127.0.0.1:{port}/" in text
        assert "→ database: bringing tables up to date" in text
        assert "nanhu-demo" in text
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
            assert answer.status == 200
        started = children(process.pid)
        assert len(started) == 2
        process.send_signal(stop)
        rest, _none = process.communicate(timeout=60)
        assert process.returncode == 0, rest
        assert "→ stopping" in rest
        assert not any(alive(pid) for pid in started)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
