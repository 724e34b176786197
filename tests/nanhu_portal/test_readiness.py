"""Whether the portal is ready: what checks find, the page in the admin, and the command."""

import dataclasses
import datetime
import io
import json
import re
import socket
import ssl
import threading

import pytest
from django.core.cache import cache
from django.core.management import call_command

from consultation.models import AreaLevel
from consultation.selectors.staffing import areas_without_staff
from foundation import backups, cached, clock, installation, portal, readiness
from foundation.backups import BackupAct
from foundation.outbox import OutboxMessage
from foundation.portal import Portal
from foundation.probing import Probe
from foundation.second_factor import Authenticator
from nanhu_portal import certificate, readiness_checks
from tests import factories
from tests.pages import body, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/readiness/"
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def in_earnest(settings):
    """No demo, and nobody asks another host."""
    settings.DEMO, settings.HTTPS, settings.SITE_URL = False, False, "http://portal.example"
    cache.clear()


def found(name: str, viewer=None) -> list:
    return list(readiness._checks[name].find(viewer))


def levels(name: str) -> list[str]:
    return [finding.level.value for finding in found(name)]


# --- The page and the command ----------------------------------------------------------------------------------------


def test_liaison_staff_see_what_they_can_mend_and_superusers_all(client, settings, django_assert_max_num_queries):
    factories.tree()
    client.force_login(factories.liaison_staff())
    page = client.get(ADDRESS)
    shown = body(page).decode()
    assert "联系电话" in shown
    assert "密钥" not in shown
    assert "试发短信" not in shown
    admin = factories.superuser()
    admin.email = "zhang@example.org"
    admin.save()
    client.force_login(admin)
    with django_assert_max_num_queries(35):
        shown = body(client.get(ADDRESS)).decode()
    for name in ("联系电话", "密钥", "后台进程", "备份", "磁盘", "数据库升级", "时间", "试发短信", "zhang@example.org"):
        assert name in shown
    for secret in (settings.SECRET_KEY, *settings.CONTACT_KEYS, settings.BACKUP_KEY or "-none-"):
        assert secret not in shown


def test_a_check_that_fails_says_so_by_its_name_and_stops_no_other(monkeypatch):
    broken = dataclasses.replace(readiness._checks["phone"], find=lambda viewer: 1 / 0)
    monkeypatch.setitem(readiness._checks, "phone", broken)
    first, *others = readiness.findings()[readiness.Section.SITE]
    assert (first.level, first.title) == ("red", "检查项“phone”")
    assert "ZeroDivisionError" in first.text
    assert others


def test_the_start_page_counts_what_has_to_be_mended(client):
    client.force_login(factories.superuser())
    page = client.get(ADDRESS)
    reds = body(page).decode().count('<li class="red">')
    assert reds > 3
    start = client.get("/admin/")
    assert f"<b>{reds}</b>就绪检查须处理" in body(start).decode()
    # Counted by the start page itself where nobody has looked lately.
    cache.clear()
    Portal.objects.create(pk=1, name="一线协商", phone="027-87654321")
    portal.current.forget()
    assert f"<b>{reds - 1}</b>就绪检查须处理" in body(client.get("/admin/")).decode()
    client.force_login(factories.community_staff())
    assert "就绪检查" not in body(client.get("/admin/")).decode()


def test_a_trial_from_the_page_says_what_came_of_it(client):
    admin = factories.superuser()
    client.force_login(admin)
    page = client.post(f"{ADDRESS}sms/", {"phone": "13912345678"}, follow=True)
    # On a phone the top of the page is far away.
    assert page.redirect_chain == [(f"{ADDRESS}#about-messages", 302)]
    said = words(page)
    assert "邮件与短信 短信：没有发出：目前的设置只把消息打印在日志里" in said
    assert not re.search(r"139[\d*]{4}|5678", said)
    assert "您的账号没有邮箱" in words(client.post(f"{ADDRESS}email/", follow=True))
    assert client.get(f"{ADDRESS}fax/").status_code == 404


def test_the_command_says_the_same_and_ends_with_1_where_something_is_red():
    output = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("ready", stdout=output, no_color=True)
    assert ended.value.code == 1
    assert "✗ 联系电话：网站上没有可供居民拨打的电话。" in output.getvalue()
    assert "http://portal.example/admin/foundation/portal/1/change/" in output.getvalue()
    output = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("ready", "--json", stdout=output)
    rows = json.loads(output.getvalue())
    phone = next(row for row in rows if row["title"] == "联系电话")
    assert (phone["section"], phone["level"]) == ("site", "red")
    assert phone["remedy"]


def test_the_command_ends_with_0_where_nothing_is_red(monkeypatch):
    monkeypatch.setattr(readiness, "_checks", {})
    call_command("ready", stdout=io.StringIO())


# --- What checks find ------------------------------------------------------------------------------------------------


@each_row(
    ("changed", "level"),
    [
        ({}, "green"),
        ({"SECRET_KEY": "made-up-for-a-demo"}, "red"),
        ({"CONTACT_KEYS": ["new", "made-up-for-a-demo"]}, "red"),
        ({"SECRET_KEY": "same", "CONTACT_KEYS": ["same"]}, "red"),
    ],
)
def test_keys_are_all_different_and_not_those_of_a_demo(changed, level, settings, tmp_path):
    (tmp_path / "secret_key").write_text("made-up-for-a-demo\n")
    settings.VAR, settings.BACKUP_KEY = tmp_path, "backup-key"
    for name, value in changed.items():
        setattr(settings, name, value)
    assert levels("keys") == [level]
    settings.BACKUP_KEY = ""
    assert levels("keys") == [level, "red"]


@each_row(
    ("url", "hosts", "level"),
    [
        ("https://portal.example", ["portal.example"], "green"),
        ("https://portal.example:8443", [".example"], "green"),
        ("https://portal.example", ["other.example"], "red"),
        ("http://portal.example", ["portal.example"], "red"),
    ],
)
def test_the_address_is_answered_and_encrypted(url, hosts, level, settings):
    settings.SITE_URL, settings.HTTPS, settings.ALLOWED_HOSTS = url, url.startswith("https"), hosts
    assert levels("addresses") == [level]


@each_row(
    ("days", "error", "level"),
    [
        (60, None, "green"),
        (20, None, "amber"),
        (6, None, "red"),
        (0, ssl.SSLCertVerificationError("expired"), "red"),
        (0, TimeoutError("timed out"), "amber"),
    ],
)
def test_a_certificate_is_renewed_in_time(days, error, level, settings, monkeypatch):
    def ask():
        if error:
            raise error
        return clock.now() + datetime.timedelta(days=days, hours=1)

    settings.HTTPS = True
    monkeypatch.setattr(certificate, "PROBE", Probe(ask))
    assert levels("certificate") == [level]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(-2, "Name or service not known"), "服务器查不到这个域名的地址"),
        (ConnectionRefusedError(111, "Connection refused"), "连接被拒绝"),
        (TimeoutError("timed out"), "没有应答"),
        (ConnectionResetError(104, "reset"), "ConnectionResetError"),
    ],
)
def test_why_a_certificate_could_not_be_read_is_said_plainly(error, said):
    assert readiness_checks._why_unread(error) == said


def test_no_page_waits_for_a_host_that_hangs_and_its_answer_is_shown_later(settings, monkeypatch):
    answers, asked = threading.Event(), []

    def ask():
        asked.append(1)
        answers.wait(60)
        return clock.now() + datetime.timedelta(days=90)

    settings.HTTPS = True
    probe = Probe(ask)
    monkeypatch.setattr(certificate, "PROBE", probe)
    monkeypatch.setattr(readiness_checks, "PAGE_SECONDS", 0.01)
    assert levels("certificate") == ["amber"]
    assert levels("certificate") == ["amber"]
    answers.set()
    assert probe.answer(60).error is None
    assert levels("certificate") == ["green"]
    assert asked == [1]


@each_row(
    ("hours", "verified", "expected"),
    [
        (None, None, ["red"]),
        (3, 24, ["green", "green"]),
        (30, 24 * 9, ["amber", "amber"]),
        (24 * 4, None, ["red", "amber"]),
    ],
)
def test_a_backup_is_new_and_was_tried(hours, verified, expected):
    now = clock.now()
    if hours is not None:
        backups.record(BackupAct.MADE, state_at=now - hours * HOUR, file="a", size=1)
    if verified is not None:
        with clock.turned_to(now - verified * HOUR):
            backups.record(BackupAct.VERIFIED, state_at=now - verified * HOUR, file="a", size=1)
    assert levels("backup") == expected


@each_row(("hours", "expected"), [(None, "red"), (3, "green"), (30, "amber"), (24 * 4, "red")])
def test_a_backup_is_on_another_machine(settings, hours, expected):
    settings.BACKUP_COPY = []
    assert levels("backup_copy") == ["amber"]
    settings.BACKUP_COPY = ["cp", "{}", "elsewhere"]
    if hours is not None:
        backups.record(BackupAct.COPIED, state_at=clock.now() - hours * HOUR, file="a", size=1)
    assert levels("backup_copy") == [expected]


def test_a_disk_is_named_once_and_red_when_it_is_full(settings, monkeypatch, tmp_path):
    settings.MEDIA_ROOT, settings.BACKUP_DIR = tmp_path / "media", tmp_path / "backups"
    monkeypatch.setattr(readiness_checks, "_database_folder", lambda: None)
    free = iter((50_000_000_000, 49_999_000_000))  # somebody writes meanwhile
    monkeypatch.setattr(readiness_checks.storage, "space", lambda folder: (next(free), 100_000_000_000))
    (disk,) = found("disks")
    assert (disk.level, disk.title) == ("green", "磁盘（照片、备份）")
    monkeypatch.setattr(readiness_checks.storage, "space", lambda folder: (1_000_000_000, 100_000_000_000))
    assert levels("disks") == ["red"]


def test_messages_that_failed_are_counted_within_what_somebody_sees():
    places = factories.tree()
    demand = factories.demand(area=places.compound)
    OutboxMessage.objects.filter(subject_ref=demand.ref).update(status="undeliverable")
    assert levels("undelivered") == ["amber"]
    far = factories.liaison_staff("far", places.far_subdistrict)
    near = factories.liaison_staff("near", places.subdistrict)
    check = readiness._checks["undelivered"]
    assert [next(iter(check.find(one))).level for one in (far, near)] == ["green", "amber"]


def test_places_without_staff_are_named_to_who_is_responsible_for_them():
    places = factories.tree()
    near = factories.liaison_staff("near", places.subdistrict)
    factories.community_staff("zhou", places.community)
    assert areas_without_staff(near) == [places.other_community]
    assert areas_without_staff(None) == [places.far_subdistrict, places.other_community, places.far_community]
    assert levels("areas_without_staff") == ["amber"]


def test_staff_without_a_mailbox_are_counted_for_who_gave_them_their_accounts():
    places = factories.tree()
    near = factories.liaison_staff("near", places.subdistrict)
    assert levels("staff_without_mail") == ["amber"]
    type(near).objects.update(email="near@example.org")
    assert levels("staff_without_mail") == ["green"]
    factories.community_staff("zhou", places.community)
    factories.community_staff("far", places.far_community)
    (all_of_them,), (mine,) = (found("staff_without_mail", viewer) for viewer in (None, near))
    assert [one.text[:8] for one in (all_of_them, mine)] == ["2 个工作人员账", "1 个工作人员账"]


def test_residents_have_a_community_to_choose():
    assert levels("places") == ["red"]
    district = factories.tree().district
    cached.forget_all()
    assert levels("places") == ["green"]
    factories.area(AreaLevel.SUBDISTRICT, district, code="north", name="湖北街道")
    cached.forget_all()
    (empty,) = found("places")
    assert (empty.level, empty.text) == ("amber", "还没有社区：湖北街道。")


def test_commands_are_named_as_they_are_typed_on_this_server(monkeypatch, tmp_path):
    assert "请运行 manage.py backup，" in found("backup")[0].remedy
    monkeypatch.setattr(installation, "INSTALLED", tmp_path)
    assert "请运行 sudo nanhu backup，" in found("backup")[0].remedy
    assert "请运行 sudo systemctl start nanhu-worker，" in found("worker")[0].remedy


def test_accounts_and_demo_rows():
    assert levels("staff") == ["red"]
    assert levels("second_factor") == levels("demo_rows") == levels("demo_accounts") == ["green"]
    admin = factories.superuser("zhang")
    assert "zhang" in found("second_factor")[0].text
    Authenticator.objects.create(user=admin, sealed_key="sealed")
    assert levels("second_factor") == ["green"]
    liaison = factories.liaison_staff("liaison")
    assert levels("staff") == ["green"]
    # Of that name alone it is somebody's.
    assert levels("demo_accounts") == ["green"]
    factories.of_demo(liaison)
    assert levels("demo_accounts") == ["red"]
    place = factories.tree().compound
    type(place).objects.filter(pk=place.pk).update(is_demo=True)
    (rows,) = found("demo_rows")
    assert (rows.level, rows.text) == ("red", "还有 1 行演示内容：区域 1。")


@each_row(
    ("backend", "tried", "expected"),
    [
        ("off://", "", ["red", []]),
        ("console://", "", ["red", ["green"]]),
        ("aliyun://id:secret@某某街道/?received=SMS_1", "sent", ["green", ["amber"]]),
        ("aliyun://id:secret@某某街道/", "no_code", ["red", ["red"]]),
    ],
)
def test_text_messages_are_tried_and_every_template_has_a_code(backend, tried, expected, settings, monkeypatch):
    from foundation import sms  # the module whose backend is replaced
    from foundation.trials import Trial

    settings.SMS_BACKEND = backend
    codes = dict(part.split("=") for part in backend.partition("?")[2].split("&") if part)
    provider = type("Provider", (), {"codes": codes})() if backend.startswith("aliyun") else sms.Console()
    monkeypatch.setattr(sms, "backend", lambda: provider)
    if tried:
        Trial.objects.create(channel="sms", outcome=tried)
    _mail, text_messages = found("channels")
    assert [text_messages.level, levels("templates")] == expected


@each_row(
    ("name", "broken", "level"),
    [
        ("modes", {"DEBUG": True}, "red"),
        ("modes", {"STAFF_OTP": False}, "red"),
        ("modes", {"STAFF_OTP": True}, "green"),
        ("modes", {"DEMO": True, "STAFF_OTP": True}, "amber"),
        ("files", {"MEDIA_ROOT": "/proc/nothing"}, "red"),
        ("clocks", {}, "green"),
        ("migrations", {}, "green"),
        ("worker", {}, "red"),
        ("contacts", {}, "green"),
    ],
)
def test_other_checks(name, broken, level, settings):
    for setting, value in ({"DEBUG": False, "DEMO": False, "STAFF_OTP": True} | broken).items():
        setattr(settings, setting, value)
    assert levels(name)[0] == level


def test_contacts_that_no_key_opens_are_noticed(settings):
    factories.demand()
    assert levels("contacts") == ["green"]
    settings.CONTACT_KEYS = ["another-key-of-more-than-thirty-two-characters"]
    assert levels("contacts") == ["red"]


def test_in_a_demo_nothing_is_red_that_only_a_demo_has(settings):
    settings.DEMO = True
    factories.of_demo(factories.liaison_staff("liaison"))
    assert levels("demo_accounts") == ["amber"]
