"""An installation on an empty Debian, with its own systemd: what it left, and all that `make try-install` does."""

import http.client
import re

import pytest

from tests.deploy.machine import Failed
from tests.deploy.trying import HOST, IN_ORDER, INSTALL, STEPS, Way


def test_everything_runs_and_nothing_failed(way):
    assert way.machine.run("systemctl", "is-system-running").strip() == "running"
    units = (
        "nanhu-web@8001.service",
        "nanhu-worker.service",
        "nanhu-backup.timer",
        "nanhu-verify.timer",
        "nginx.service",
    )
    for unit in (*units, "nanhu.target"):
        assert way.machine.run("systemctl", "is-enabled", unit).strip() == "enabled", unit
        assert way.machine.run("systemctl", "is-active", unit).strip() == "active", unit


def test_keys_are_for_the_portal_alone(way):
    modes = way.machine.run(
        "stat", "-c", "%n %a %U:%G", "/etc/nanhu/portal.env", "/etc/nanhu/tls/portal.key", "/var/lib/nanhu"
    )
    assert modes.splitlines() == [
        "/etc/nanhu/portal.env 640 root:nanhu",
        "/etc/nanhu/tls/portal.key 600 root:root",
        "/var/lib/nanhu 750 nanhu:nanhu",
    ]


def test_nginx_takes_its_configuration_without_a_word(way):
    assert "warn" not in way.machine.run("nginx", "-t")
    listening = way.machine.run("ss", "-ltnH")
    for address in ("0.0.0.0:80", "0.0.0.0:443", "[::]:80", "[::]:443", "127.0.0.1:8001"):
        assert re.search(rf"\s{re.escape(address)}\s", listening), listening
    # Neither the portal nor the database is to be had from outside.
    assert not re.search(r"\s(0\.0\.0\.0|\[::\]|\*):(8001|5432)\s", listening)


def test_roles_have_the_rights_that_they_need(way):
    def ask(role: str, sql: str) -> str:
        if role == "portal":
            return way.machine.run("runuser", "-u", "nanhu", "--", "psql", "-qAtX", "-c", sql, "nanhu")
        url = way.machine.run("cat", "/etc/nanhu/reader.url").strip()
        return way.machine.run("psql", "-qAtX", "-c", sql, url)

    assert ask("portal", "SELECT count(*) >= 0 FROM foundation_user").strip() == "t"
    assert ask("reader", "SELECT count(*), min(received_at) FROM demands_demand").strip() == "0|"
    for role, sql in (
        ("portal", "ALTER TABLE demands_demand ADD COLUMN x int"),
        ("portal", "TRUNCATE foundation_auditentry"),
        ("portal", "DELETE FROM django_migrations"),
        ("portal", "CREATE TABLE x (x int)"),
        ("reader", "SELECT description FROM demands_demand"),
        ("reader", "SELECT * FROM foundation_contact"),
        ("reader", "UPDATE demands_demand SET status = 'closed'"),
    ):
        with pytest.raises(Failed, match=r"permission denied|must be owner"):
            ask(role, sql)


def where_http_leads(way, host: str) -> tuple[int, str]:
    with way.machine.network():
        line = http.client.HTTPConnection("127.0.0.1", 80, timeout=10)
        line.request("GET", "/demands/?page=2", headers={"Host": host})
        answer = line.getresponse()
        answer.read()
        line.close()
    return answer.status, answer.getheader("Location")


def test_http_leads_to_https(way):
    assert where_http_leads(way, HOST) == (301, f"https://{HOST}/demands/?page=2")


def test_the_installation_ends_with_the_link_of_the_first_run_until_it_is_used(way):
    assert re.search(rf"24 hours.*\n\s*https://{HOST}/setup/\S+/$", way.said["install"].strip())
    settings = way.machine.run("cat", "/etc/nanhu/portal.env", "/var/lib/nanhu/settings.env")
    assert settings.count("SITE_URL=") == settings.count("ALLOWED_HOSTS=") == 1
    assert settings.endswith("EMAIL_URL=off://\nSMS_BACKEND=off://\n")


def test_the_rest_of_the_way(way):
    """A demand with a photo, decoded by a confined service; lost with everything, and back from the backup."""
    # Upgrades are tried in test_upgrading.py, one that fails too.
    for step in STEPS[STEPS.index(Way.install_again) : STEPS.index(Way.upgrade)]:
        way.take(step)
    assert "is whole" in way.machine.run("journalctl", "-u", "nanhu-verify", "-o", "cat", "--no-pager")
    assert "restored as of" in way.said["restore"]
    # What the log says at the end: no fault of ours on the whole way.
    faults = way.machine.run("journalctl", "-u", "nanhu-web@8001", "-u", "nanhu-worker", "-o", "cat", "--no-pager")
    assert '"traceback"' not in faults, faults[-4000:]


def test_a_certificate_is_taken_if_it_fits(way):
    for name, host in (("own", HOST), ("foreign", "other.example.org")):
        subject = ("-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}")
        files = ("-keyout", f"/root/{name}.key", "-out", f"/root/{name}.pem")
        way.machine.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject, *files)
    install = (*INSTALL, f"/mnt/bundle/{way.bundle.name}", "--certificate")
    for certificate, key, sentence in (
        ("foreign.pem", "foreign.key", f"foreign.pem is not for {HOST}"),
        ("own.pem", "foreign.key", "foreign.key is not the key of"),
    ):
        with pytest.raises(Failed, match=sentence):
            way.machine.run(*install, f"/root/{certificate}", "--key", f"/root/{key}")
    assert "reloaded nginx" in way.machine.run(*install, "/root/own.pem", "--key", "/root/own.key")
    way.certificate = way.machine.run("cat", "/root/own.pem")
    with way.machine.network():
        assert way.resident().get("/readyz").status == 200


def test_a_setting_of_people_stays_and_is_put_into_force(way):
    way.machine.run("sh", "-c", "sleep 1; echo STAFF_IDLE_MINUTES=45 >>/etc/nanhu/portal.env")
    said = way.machine.run("/opt/nanhu/current/deploy/install.sh")
    assert "restarted nanhu-web@8001.service" in said
    assert IN_ORDER in way.machine.run("/opt/nanhu/current/deploy/install.sh")
    assert "STAFF_IDLE_MINUTES=45\n" in way.machine.run("cat", "/etc/nanhu/portal.env")


def test_another_host_is_put_into_force(way):
    """Given to the installation, or set in the portal; with what else the portal answers to."""
    install, script = way.machine.run, "/opt/nanhu/current/deploy/install.sh"
    install("nanhu", "setup", "--non-interactive", "--more-hosts=a.example.org")
    assert "reloaded nginx" in install(script)
    assert where_http_leads(way, "a.example.org") == (301, "https://a.example.org/demands/?page=2")
    said = install(script, "--host", "new.example.org")
    assert "https://new.example.org now" in said
    assert "The certificate is not for new.example.org a.example.org: browsers warn there." in said
    assert "server_name new.example.org a.example.org;" in install("cat", "/etc/nginx/sites-available/nanhu.conf")
    said = install("cat", "/var/lib/nanhu/settings.env")
    assert "ALLOWED_HOSTS=new.example.org,a.example.org,127.0.0.1,localhost\n" in said
    install("nanhu", "setup", "--non-interactive", f"--site-url=https://{HOST}", "--more-hosts=")
    assert f"https://{HOST}/" in install(script)
    assert f"server_name {HOST};" in install("cat", "/etc/nginx/sites-available/nanhu.conf")
    assert IN_ORDER in install(script)
