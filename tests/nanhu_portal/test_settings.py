"""Settings: a missing or malformed one stops the start with a message that names it.

The settings module is run again for each row, in this process, with an environment of its own.
"""

import ipaddress
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from foundation import channels
from nanhu_portal import settings_file
from nanhu_portal.embedded import ROOT

PRODUCTION = {
    "SECRET_KEY": "a-secret-of-a-production-0123456789-abcdefghijklmnop",
    "CONTACT_KEYS": "a-key-of-a-production-0123456789abcdef",
    "SITE_URL": "https://portal.example.org",
    "ALLOWED_HOSTS": "portal.example.org",
    "DATABASE_URL": "postgres://portal:word@db.example.org:5432/portal",
    "MEDIA_ROOT": "/srv/media",
    "EMAIL_URL": "smtp+tls://user:word@mail.example.org:587",
    "SMS_BACKEND": "console://",
}
NAMES = [
    *PRODUCTION,
    *["DEMO", "DEBUG", "PORT", "WEB_WORKERS", "RETENTION_MONTHS", "SCRIPT_NAME", "TRUSTED_PROXIES"],
    *["MAIL_FROM"],
    *["STAFF_SESSION_HOURS", "STAFF_IDLE_MINUTES"],
    *["DATABASE_OWNER_URL", "CACHE_URL", "BACKUP_KEY", "BACKUP_DIR", "BACKUP_KEEP", "BACKUP_COPY"],
    *["LOG_FORMAT", "METRICS_TOKEN", "METRICS_NETWORKS"],
    *["STAFF_OTP", "STAFF_NETWORKS", "STAFF_TRUSTED_DEVICE_DAYS", "LANGUAGES", "SETTINGS_FILE"],
]


@pytest.fixture
def settings_of(monkeypatch):
    def run(**environment) -> dict:
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "nanhu_portal" / "settings.py"))

    return run


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "CONTACT_KEYS",
        "SITE_URL",
        "ALLOWED_HOSTS",
        "DATABASE_URL",
        "MEDIA_ROOT",
        "EMAIL_URL",
        "SMS_BACKEND",
    ],
)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_production_starts_with_none_of_these_missing(settings_of, name, value):
    environment = PRODUCTION | {name: value}
    if value is None:
        del environment[name]
    with pytest.raises(ImproperlyConfigured) as stopped:
        settings_of(**environment)
    sentence = str(stopped.value)
    assert name in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "too-short"),
        ("SECRET_KEY", "a-secret-of-49-characters-which-is-one-too-few-xx"),
        ("SECRET_KEY", "abcd" * 15),
        ("SECRET_KEY", f"django-insecure-{'0123456789' * 4}"),
        ("CONTACT_KEYS", "too-short"),
        ("CONTACT_KEYS", "a-key-of-a-production-0123456789abcdef,short"),
        ("CONTACT_KEYS", ","),
        ("SITE_URL", "portal.example.org"),
        ("SITE_URL", "ftp://portal.example.org"),
        ("SITE_URL", "https://"),
        ("SITE_URL", "https://portal.example.org/nanhu"),
        ("SITE_URL", "https://portal.example.org?x"),
        ("SITE_URL", "https://portal.example.org#x"),
        ("SITE_URL", "https://[portal"),
        ("SITE_URL", "https://portal.example.org:port"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "portal.example.org,*"),
        ("ALLOWED_HOSTS", "portal.example.org,a#;1e id;#"),
        ("ALLOWED_HOSTS", "portal.example.org,a;}server{b"),
        ("DATABASE_URL", "mysql://user@host/name"),
        ("DATABASE_URL", "sqlite:///portal.db"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgres://user@host:port/name"),
        ("DATABASE_URL", "postgres://[user@host/name"),
        ("DATABASE_OWNER_URL", "mysql://user@host/name"),
        ("CACHE_URL", "nonsense"),
        ("CACHE_URL", "carrierpigeon://host"),
        ("EMAIL_URL", "nonsense"),
        ("EMAIL_URL", "pigeon://host"),
        ("EMAIL_URL", "smtp://user:word@host:port"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "proxy.example.org"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("STAFF_NETWORKS", "10.0.0.1/8"),
        ("STAFF_NETWORKS", "office"),
        ("STAFF_NETWORKS", "2001:db8::1"),
        ("STAFF_OTP", "perhaps"),
        ("STAFF_TRUSTED_DEVICE_DAYS", "-1"),
        # As good as everybody.
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/1,128.0.0.0/1"),
        ("TRUSTED_PROXIES", "104.0.0.0/8"),
        ("TRUSTED_PROXIES", "2000::/3"),
        ("SCRIPT_NAME", "nanhu"),
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "-1"),
        ("WEB_WORKERS", "2.5"),
        ("WEB_WORKERS", "many"),
        ("RETENTION_MONTHS", "0"),
        ("RETENTION_MONTHS", "two"),
        ("STAFF_SESSION_HOURS", "0"),
        ("STAFF_IDLE_MINUTES", "never"),
        ("BACKUP_KEY", "short"),
        # A key of its own.
        ("BACKUP_KEY", PRODUCTION["SECRET_KEY"]),
        ("BACKUP_KEY", PRODUCTION["CONTACT_KEYS"]),
        # Without a key.
        ("BACKUP_DIR", "/srv/backups"),
        ("BACKUP_COPY", "rsync -a /srv/backups elsewhere:"),
        ("BACKUP_COPY", "{}"),
        ("BACKUP_COPY", "rsync '{}"),
        ("BACKUP_KEEP", "7,4"),
        ("BACKUP_KEEP", "7,4,-1"),
        ("BACKUP_KEEP", "a week"),
        ("DEMO", "maybe"),
        ("DEBUG", "2"),
        ("LOG_FORMAT", "xml"),
        ("METRICS_TOKEN", "too-short"),
        ("METRICS_NETWORKS", "monitor.example.org"),
        ("METRICS_NETWORKS", "0.0.0.0/0"),
        ("METRICS_NETWORKS", "10.0.0.5,::1"),
        ("LANGUAGES", "en"),
        ("LANGUAGES", "en,zh-hans"),
        ("LANGUAGES", "zh-hans,fr"),
    ],
)
def test_a_malformed_value_is_named(settings_of, name, value):
    with pytest.raises(ImproperlyConfigured) as stopped:
        settings_of(**(PRODUCTION | {name: value}))
    sentence = str(stopped.value)
    assert name in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("name", ["SECRET_KEY", "CONTACT_KEYS", "DATABASE_URL"])
def test_even_a_demo_needs_keys_and_a_database(settings_of, name):
    environment = {key: PRODUCTION[key] for key in ("SECRET_KEY", "CONTACT_KEYS", "DATABASE_URL")} | {"DEMO": "1"}
    assert settings_of(**environment)["DEMO"] is True
    del environment[name]
    with pytest.raises(ImproperlyConfigured, match=name):
        settings_of(**environment)


def test_no_sentence_shows_a_secret(settings_of):
    for name, value in (
        ("SECRET_KEY", "hunter2"),
        ("CONTACT_KEYS", "hunter2"),
        ("DATABASE_URL", "mysql://user:hunter2@host/name"),
        ("DATABASE_URL", "postgres://user:hunter2/x@host/name"),
        ("CACHE_URL", "redis://[hunter2"),
        ("EMAIL_URL", "pigeon://user:hunter2@host"),
    ):
        with pytest.raises(ImproperlyConfigured) as stopped:
            settings_of(**(PRODUCTION | {name: value}))
        assert "hunter2" not in str(stopped.value)


# --- Valid environments ----------------------------------------------------------------------------------------------


def test_no_value_stands_for_another_setting(settings_of):
    # django-environ would read the setting of that name, which may be secret or this one itself.
    key = f"$SECRET_KEY{'0123456789' * 5}"
    found = settings_of(**PRODUCTION | {"SECRET_KEY": key, "METRICS_TOKEN": "$METRICS_TOKEN-0123"})
    assert (found["SECRET_KEY"], found["METRICS_TOKEN"]) == (key, "$METRICS_TOKEN-0123")
    with pytest.raises(ImproperlyConfigured, match="MAIL_FROM is an address"):
        settings_of(**PRODUCTION | {"MAIL_FROM": "$DATABASE_URL"})


def test_production_over_https_is_strict(settings_of):
    found = settings_of(**PRODUCTION)
    expected = {
        "DEMO": False,
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31536000,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_PATH": "/",
        "ALLOWED_HOSTS": ["portal.example.org"],
        "CSRF_TRUSTED_ORIGINS": ["https://portal.example.org"],
        "DEFAULT_FROM_EMAIL": "no-reply@portal.example.org",
        "RETENTION_MONTHS": 24,
        "EMAIL_HOST": "mail.example.org",
        "EMAIL_USE_TLS": True,
        "STATIC_URL": "/static/",
        "TRUSTED_PROXIES": [],
        "STAFF_OTP": True,
        "STAFF_NETWORKS": [],
        "STAFF_TRUSTED_DEVICE_DAYS": 0,
    }
    assert {name: found[name] for name in expected} == expected
    assert "SECURE_PROXY_SSL_HEADER" not in found, "without a trusted proxy nobody's X-Forwarded-Proto is believed"


def test_under_a_sub_path_cookies_and_files_stay_there(settings_of):
    found = settings_of(**PRODUCTION, SCRIPT_NAME="/nanhu/")
    expected = {
        "FORCE_SCRIPT_NAME": "/nanhu",
        "STATIC_URL": "/nanhu/static/",
        "SESSION_COOKIE_PATH": "/nanhu/",
        "CSRF_COOKIE_PATH": "/nanhu/",
        "SESSION_COOKIE_NAME": "__Secure-session",
    }
    assert {name: found[name] for name in expected} == expected


def test_lists_numbers_and_flags_are_read(settings_of):
    found = settings_of(
        **PRODUCTION | {"CONTACT_KEYS": f"{'n' * 32}, {'o' * 32}"},
        TRUSTED_PROXIES="10.0.0.0/8,fd00::/8,192.0.2.1",
        RETENTION_MONTHS="36",
        DEBUG="off",
        STAFF_OTP="no",
        STAFF_NETWORKS="192.0.2.0/24, 2001:db8::/32",
        DATABASE_OWNER_URL="postgres://owner:word@db.example.org/portal",
        BACKUP_KEY="b" * 32,
        BACKUP_DIR="/srv/backups",
        BACKUP_KEEP="14, 8,6",
    )
    assert (found["BACKUP_DIR"], found["BACKUP_KEEP"]) == (Path("/srv/backups"), [14, 8, 6])
    assert found["CONTACT_KEYS"] == ["n" * 32, "o" * 32]
    assert found["STAFF_OTP"] is False
    assert [str(network) for network in found["STAFF_NETWORKS"]] == ["192.0.2.0/24", "2001:db8::/32"]
    assert found["TRUSTED_PROXIES"] == [
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("fd00::/8"),
        ipaddress.ip_network("192.0.2.1/32"),
    ]
    assert found["RETENTION_MONTHS"] == 36
    assert found["DEBUG"] is False
    assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert found["DATABASES"]["owner"]["USER"] == "owner"


def test_a_socket_folder_is_read_from_the_address(settings_of):
    found = settings_of(**PRODUCTION | {"DATABASE_URL": "postgres://nanhu@%2Fvar%2Frun%2Fpostgresql/portal"})
    database = found["DATABASES"]["default"]
    assert (database["HOST"], database["USER"], database["NAME"]) == ("/var/run/postgresql", "nanhu", "portal")


def test_languages_are_both_or_chinese_alone(settings_of):
    assert [code for code, _name in settings_of(**PRODUCTION)["LANGUAGES"]] == ["zh-hans", "en"]
    assert settings_of(**PRODUCTION, LANGUAGES="zh-hans")["LANGUAGES"] == [("zh-hans", "简体中文")]


def test_mail_that_is_off_has_a_backend_that_sends_nothing(settings_of):
    assert settings_of(**PRODUCTION | {"EMAIL_URL": "off://"})["EMAIL_BACKEND"] == channels.OFF_BACKEND


# --- The settings file -----------------------------------------------------------------------------------------------


def test_the_file_stands_below_the_environment(settings_of, tmp_path):
    file = tmp_path / "settings.env"
    file.write_text("SITE_URL=https://file.example.org\nRETENTION_MONTHS='12' # not a comment\n")
    with pytest.raises(ImproperlyConfigured, match="RETENTION_MONTHS"):
        settings_of(**PRODUCTION, SETTINGS_FILE=str(file))
    file.write_text("SITE_URL=https://file.example.org\nRETENTION_MONTHS=12\nSMS_BACKEND=off://\n")
    found = settings_of(**PRODUCTION | {"SMS_BACKEND": " "}, SETTINGS_FILE=str(file))
    assert found["SITE_URL"] == "https://portal.example.org"
    assert found["RETENTION_MONTHS"] == 12
    assert found["SMS_BACKEND"] == "off://", "a variable that is set to nothing does not count"
    assert found["SETTINGS_STAMP"] == settings_file.stamp(file)


def test_a_file_that_is_not_there_yet_is_an_empty_one(settings_of, tmp_path):
    assert settings_of(**PRODUCTION, SETTINGS_FILE=str(tmp_path / "settings.env"))["SETTINGS_STAMP"] is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SITE_URL", "line 1 is not KEY=value"),
        ("# fine\n\nexport SITE_URL=x", "line 3 is not KEY=value"),
        ("RETENTION_MONTHS=12\nRETENTION_MONTHS=13", "line 2: RETENTION_MONTHS is there twice"),
        ("SECRET_KEY='hunter2", "line 1: SECRET_KEY: a quote does not end"),
        ("RETENTION_MONTH=12", "no setting is called RETENTION_MONTH"),
        ("BACKUP_COPY='sh -c id {}'", "BACKUP_COPY is set in the environment alone"),
        ("CACHE_URL=filecache:///tmp/x", "CACHE_URL is set in the environment alone"),
    ],
)
def test_a_file_with_a_mistake_stops_the_start_with_one_sentence(settings_of, tmp_path, text, said):
    file = tmp_path / "settings.env"
    file.write_text(text)
    with pytest.raises(ImproperlyConfigured) as stopped:
        settings_of(**PRODUCTION, SETTINGS_FILE=str(file))
    sentence = str(stopped.value)
    assert said in sentence
    assert str(file) in sentence
    assert "hunter2" not in sentence
    assert "\n" not in sentence


def test_a_file_that_cannot_be_read_stops_the_start(settings_of, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        settings_of(**PRODUCTION, SETTINGS_FILE=str(tmp_path))
    file = tmp_path / "settings.env"
    file.write_bytes("SITE_URL=https://湖.example".encode("gbk"))
    with pytest.raises(ImproperlyConfigured, match="not UTF-8"):
        settings_of(**PRODUCTION, SETTINGS_FILE=str(file))


# --- In a process ----------------------------------------------------------------------------------------------------


def test_manage_says_one_sentence_and_no_traceback():
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    environment["DATABASE_URL"] = PRODUCTION["DATABASE_URL"]
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Cannot start: SECRET_KEY is not set: a long random text that signs forms and sessions."
    )


# --- Sender ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "sender"),
    [
        ({}, "no-reply@portal.example.org"),
        ({"EMAIL_URL": "smtp+ssl://talk%40nanhu.example:word@smtp.exmail.qq.com:465"}, "talk@nanhu.example"),
        ({"MAIL_FROM": "南湖街道 <talk@nanhu.example>"}, "南湖街道 <talk@nanhu.example>"),
    ],
)
def test_mail_comes_from_the_login_unless_a_sender_is_named(settings_of, environment, sender):
    assert settings_of(**PRODUCTION | environment)["DEFAULT_FROM_EMAIL"] == sender


@pytest.mark.parametrize("sender", ["南湖街道", "a@b@c", "<>", "a b@c.example", "x <a@b.example>\nBcc: y"])
def test_a_sender_that_is_no_address_stops_the_start(settings_of, sender):
    with pytest.raises(ImproperlyConfigured, match="MAIL_FROM"):
        settings_of(**PRODUCTION, MAIL_FROM=sender)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"), [("statement_timeout", "15s"), ("lock_timeout", "5s"), ("join_collapse_limit", "4")]
)
def test_a_connection_has_its_limits(name, value):
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        assert cursor.fetchone() == (value,)
