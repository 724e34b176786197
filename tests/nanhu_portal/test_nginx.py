"""nginx with the files that we deploy: its log is JSON, in UTC, and holds no secret of an address."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess

import pytest

from foundation.tokens import new_code
from nanhu_portal.embedded import ROOT
from tests.servers import free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
PHONE, CODE = "18899907531", new_code()
FRAME = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/start.log;
events {{ worker_connections 64; }}
http {{
    {paths}
    include {deploy}/log.conf;
    upstream nanhu_portal {{ server 127.0.0.1:{away}; }}
    server {{ listen 127.0.0.1:{port}; include {folder}/portal.conf; }}
}}
"""
PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@pytest.fixture
def nginx(tmp_path):
    """Start nginx before a portal that is away; returns its port and the function that stops it and reads its files."""
    if not NGINX:
        pytest.skip("nginx is not installed")
    deploy, port = ROOT / "deploy/nginx", free_port()
    portal = (deploy / "portal.conf").read_text()
    assert portal.count("/var/log/nginx/nanhu/") == 2
    (tmp_path / "portal.conf").write_text(portal.replace("/var/log/nginx/nanhu/", f"{tmp_path}/"))
    paths = " ".join(f"{name}_temp_path {tmp_path}/{name};" for name in PATHS)
    frame = FRAME.format(folder=tmp_path, deploy=deploy, port=port, away=free_port(), paths=paths)
    (tmp_path / "nginx.conf").write_text(frame)
    command = [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    process = subprocess.Popen(command, env={**os.environ, "TZ": "UTC"}, stderr=subprocess.DEVNULL)

    def stop() -> dict[str, str]:
        process.terminate()
        process.wait(10)
        return {path.name: path.read_text() for path in tmp_path.glob("*.log")}

    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
    assert process.poll() is None, (tmp_path / "start.log").read_text()
    yield port, stop
    process.kill()
    process.wait(10)


def test_the_log_of_nginx_holds_no_secret_of_an_address(nginx):
    port, stop = nginx
    asked = {
        f"/demands/track/{CODE}/": "/demands/",
        f"/demands/?q={PHONE}": "/demands/",
        f"/v/{CODE}/": "/v/",
        f"/{PHONE}/{CODE}": "",
        f"/{CODE}": "",
        "/demands/%0a{%22forged%22:1}": "/demands/",
        "/%0aforged/": "",
        "/": "/",
        "/robots.txt": "/robots.txt/",
    }
    browser = {"User-Agent": f"Phone {PHONE}", "Referer": f"http://portal.example/demands/track/{CODE}/"}
    for method in ("GET", PHONE.translate(str.maketrans("0123456789", "ABCDEFGHIJ"))):
        for address in asked:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            client.request(method, address, headers=browser)
            assert client.getresponse().status == 502
            client.close()
    written = stop()
    assert set(written) == {"portal.log", "portal-error.log", "start.log"}
    lines = [json.loads(line) for line in written["portal.log"].splitlines()]
    assert [line["path"] for line in lines] == [*asked.values()] * 2
    assert {line["method"] for line in lines} == {"GET", "other"}
    for line in lines:
        assert re.fullmatch("[0-9a-f]{12}", line["request_id"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line["at"])
    for name, text in written.items():
        for secret in (PHONE, CODE, "forged", "BIIJJJA"):
            assert secret not in text, name
