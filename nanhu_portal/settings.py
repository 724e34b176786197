"""Settings. The environment is read here and nowhere else; docs/settings.md lists every variable."""

import ipaddress
import math
import os
import re
import shlex
from email.utils import parseaddr
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from nanhu_portal import settings_file

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"
# python-docx brings lxml along, with which openpyxl would read and write other XML than what our limits are made for.
os.environ["OPENPYXL_LXML"] = "False"
SETTINGS_FILE = settings_file.path(os.environ)
# Before it is read: whoever changes it meanwhile is noticed.
SETTINGS_STAMP = settings_file.stamp(SETTINGS_FILE)
try:
    _in_file = settings_file.read(SETTINGS_FILE)
except settings_file.SettingsFileError as error:
    raise ImproperlyConfigured(str(error)) from None


class _Reader(environ.Env):
    """Reads the environment and the settings file below it, and remembers what it was asked for."""

    ENVIRON = settings_file.merged(os.environ, _in_file, settings_file.provisional)
    asked: ClassVar[set[str]] = set()

    def get_value(self, var, cast=None, *args, **kwargs):
        self.asked.add(var)
        value = self.ENVIRON.get(var, "")
        if value.startswith("$"):
            # As it stands: django-environ would take it for the name of another setting, perhaps a secret one.
            return self.parse_value(value, cast)
        return super().get_value(var, cast, *args, **kwargs)


env = _Reader()


def _flag(name: str, default: bool = False) -> bool:
    value = env.str(name, default="").strip().lower()
    if not value:
        return default
    if value in ("0", "no", "off", "false"):
        return False
    if value in ("1", "yes", "on", "true"):
        return True
    raise ImproperlyConfigured(f"{name} is on (1) or off (0), not {value!r}.")


def _number(name: str, default: int, least: int = 1) -> int:
    value = env.str(name, default="") or str(default)
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is a whole number from {least}, not {value!r}.")
    return int(value)


def _networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(item.strip()) for item in env.list(name, default=[]) if item.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} lists networks like 10.0.0.0/8: {error}.") from None


def _required(name: str, meaning: str, demo: str = "") -> str:
    value = env.str(name, default="").strip() or (demo if DEMO else "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {meaning}.")
    return value


def _unreadable(name: str) -> str:
    """What is wrong with an address that has a password in it, of which the error itself may show a part."""
    return f"{name} cannot be read as an address; in a password, write a / as %2F."


def _database(name: str, url: str) -> dict:
    try:
        scheme = urlsplit(url).scheme
        database = env.db_url_config(url) if scheme in ("postgres", "postgresql") else None
    except Exception:
        raise ImproperlyConfigured(_unreadable(name)) from None
    if database is None:
        raise ImproperlyConfigured(f"{name} is the address of a PostgreSQL database, like postgres://user@host/name.")
    if database["HOST"].startswith("%2F") or database["HOST"].startswith("%2f"):
        database["HOST"] = database["HOST"].replace("%2F", "/").replace("%2f", "/")
    # Of four joins at a time a page with fifteen is planned in 5 ms instead of 35: docs/decisions/0024.
    limits = {
        "connect_timeout": 5,
        "options": "-c statement_timeout=15000 -c lock_timeout=5000 -c join_collapse_limit=4",
    }
    # Options in the URL itself, such as ?sslmode=require, take precedence.
    options = limits | database.get("OPTIONS", {})
    return database | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


DEMO = _flag("DEMO")
DEBUG = _flag("DEBUG")
PORT = _number("PORT", 8000)
WEB_WORKERS = _number("WEB_WORKERS", 2)
SECRET_KEY = _required("SECRET_KEY", "a long random text that signs forms and sessions")
# As `check --deploy` wants it.
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure-"):
    raise ImproperlyConfigured("SECRET_KEY is too short or too simple: take at least 50 random characters.")
# Newest first: the first encrypts, all of them decrypt.
CONTACT_KEYS = [
    key.strip() for key in _required("CONTACT_KEYS", "keys that encrypt contacts").split(",") if key.strip()
]
if min(map(len, CONTACT_KEYS), default=0) < 32:
    raise ImproperlyConfigured("CONTACT_KEYS has a key that is too short: take at least 32 random characters each.")
RETENTION_MONTHS = _number("RETENTION_MONTHS", 24)

# --- Backups -----------------------------------------------------------------------------------------------------
# Needed only where a backup is made or read. Kept apart from the backups, like the keys above, which are in none.
BACKUP_KEY = env.str("BACKUP_KEY", default="").strip()
if BACKUP_KEY and len(BACKUP_KEY) < 32:
    raise ImproperlyConfigured("BACKUP_KEY is too short: take at least 32 random characters.")
if BACKUP_KEY in (SECRET_KEY, *CONTACT_KEYS):
    raise ImproperlyConfigured("BACKUP_KEY is a key of its own, not SECRET_KEY or one of CONTACT_KEYS.")
_backup_dir = env.str("BACKUP_DIR", default="").strip()
BACKUP_DIR = Path(_backup_dir) if _backup_dir else None
if BACKUP_DIR and not BACKUP_KEY:
    raise ImproperlyConfigured("BACKUP_DIR is set and BACKUP_KEY is not: the key that encrypts backups.")
# Of how many days, weeks and months the last one is kept.
_keep = env.str("BACKUP_KEEP", default="").strip() or "7,4,3"
BACKUP_KEEP = [int(part) if part.strip().isdecimal() else -1 for part in _keep.split(",")]
if len(BACKUP_KEEP) != 3 or min(BACKUP_KEEP) < 0:
    raise ImproperlyConfigured(f"BACKUP_KEEP is three numbers: of days, weeks and months, like 7,4,3; not {_keep!r}.")
# Takes the nightly backup to another machine: {} is the file. Run as it is, not by a shell.
try:
    BACKUP_COPY = shlex.split(env.str("BACKUP_COPY", default=""))
except ValueError as error:
    raise ImproperlyConfigured(f"BACKUP_COPY cannot be read as a command ({error}).") from None
if BACKUP_COPY and not any("{}" in part for part in BACKUP_COPY[1:]):
    raise ImproperlyConfigured("BACKUP_COPY is a command with {} for the file, like rsync -a {} backup@host:portal/")

# --- Addresses ---------------------------------------------------------------------------------------------------
SITE_URL = _required(
    "SITE_URL", "where residents reach the portal, like https://example.org", f"http://127.0.0.1:{PORT}"
)
SITE_URL = SITE_URL.rstrip("/")
try:
    _site = urlsplit(SITE_URL)
    _site.port  # noqa: B018 - raises for a port that is not a number
except ValueError as error:
    raise ImproperlyConfigured(f"SITE_URL cannot be read as an address ({error}).") from None
if _site.scheme not in ("http", "https") or not _site.hostname or _site.path or re.search("[?#]", SITE_URL):
    raise ImproperlyConfigured("SITE_URL is a scheme and a host without a path, like https://example.org.")
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_site.hostname, "127.0.0.1", "localhost"] if DEMO else [])
ALLOWED_HOSTS = [host.strip() for host in ALLOWED_HOSTS if host.strip()]
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS names the hosts this portal answers for, separated by commas; * is refused."
    )
if not all(map(settings_file.HOST.fullmatch, ALLOWED_HOSTS)):
    raise ImproperlyConfigured("ALLOWED_HOSTS: a host has letters, digits, dots and hyphens alone, and no port.")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
FORCE_SCRIPT_NAME = env.str("SCRIPT_NAME", default="").rstrip("/") or None
if FORCE_SCRIPT_NAME and not FORCE_SCRIPT_NAME.startswith("/"):
    raise ImproperlyConfigured("SCRIPT_NAME starts with a slash, like /nanhu.")
TRUSTED_PROXIES = _networks("TRUSTED_PROXIES")
# A proxy's network may be private, or a few addresses of a provider. A wider one lets visitors choose their address.
for _network in TRUSTED_PROXIES:
    _widest = {4: 8, 6: 7} if _network.is_private else {4: 12, 6: 29}
    if _network.prefixlen < _widest[_network.version]:
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES: {_network} holds far more than your proxies, and whoever is in it may claim any address."
        )
if HTTPS and TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Applications ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "nanhu_portal.admin_site.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_filters",
    "crispy_forms",
    "axes",
    "csp",
    "foundation",
    "consultation",
    "members",
    "demands",
    "nanhu_portal.apps.PortalConfig",
    "tools",
]
MIDDLEWARE = [
    # Outermost, so that error pages have the request's number too.
    "nanhu_portal.request_log.request_log",
    "django.middleware.security.SecurityMiddleware",
    "nanhu_portal.middleware.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "nanhu_portal.middleware.reporting",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "nanhu_portal.middleware.preferences",
    "nanhu_portal.middleware.unlisted",
    # Before anything asks the database.
    "nanhu_portal.middleware.refused_early",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "nanhu_portal.middleware.of_subdistrict",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # Their `process_view` runs in this order, after the check of the token: a request from a foreign network leaves
    # no draft.
    "nanhu_portal.staff_gate.StaffGate",
    "nanhu_portal.expiry.SessionLimits",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "nanhu_portal.urls"
WSGI_APPLICATION = "nanhu_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nanhu_portal.context.portal",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_TEMPLATE_PACK = "nanhu"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["nanhu"]
CSRF_FAILURE_VIEW = "nanhu_portal.errors.csrf_failure"

# --- Database, cache, files --------------------------------------------------------------------------------------
_database_url = _required("DATABASE_URL", "the PostgreSQL database (only manage.py brings its own along)")
DATABASES = {"default": _database("DATABASE_URL", _database_url)}
# Migrations and erasure run as the owner of the tables, everything else as a role with fewer rights.
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="")
if DATABASE_OWNER_URL:
    DATABASES["owner"] = _database("DATABASE_OWNER_URL", DATABASE_OWNER_URL) | {"TEST": {"MIRROR": "default"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
try:
    CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}
except (environ.ImproperlyConfigured, ValueError):
    raise ImproperlyConfigured(_unreadable("CACHE_URL")) from None
except KeyError as error:
    raise ImproperlyConfigured(f"CACHE_URL names a kind of cache that is not known: {error}.") from None
# Pages of residents: in the memory of this process only, wherever the other cache is.
CACHES["private"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "private",
    "OPTIONS": {"MAX_ENTRIES": 500},
}
if CACHES["default"]["BACKEND"].endswith("LocMemCache"):
    CACHES["default"].setdefault("OPTIONS", {}).setdefault("MAX_ENTRIES", 5000)

STATIC_URL = f"{FORCE_SCRIPT_NAME or ''}/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", ("handbook", BASE_DIR / "docs" / "zh" / "pictures")]
MEDIA_ROOT = Path(_required("MEDIA_ROOT", "the folder that keeps photos", str(VAR / "media")))
STORAGES = {
    "default": {"BACKEND": "foundation.storage.WholeFileStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# The rest of a form beside its files: photos of 10 MB, lists of 20 MB. Files of more than 1 MB wait on the disk.
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "foundation.receiving.DiskUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 5
# For the account of the portal, and for its group, such as that of a backup. Nobody else reads photos.
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

# --- People ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "foundation.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "account"
LOGOUT_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "foundation.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
    + ("NumericPasswordValidator",)
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}
# Whoever may open the admin needs a second factor to sign in.
STAFF_OTP = _flag("STAFF_OTP", default=not DEMO)
# The admin answers only to these networks; to all if there are none.
STAFF_NETWORKS = _networks("STAFF_NETWORKS")
if any(network.version == 6 and network.prefixlen > 64 for network in STAFF_NETWORKS):
    raise ImproperlyConfigured("STAFF_NETWORKS: IPv6 networks are /64 or larger, because visitors are counted by /64.")
# For so many days staff may let a browser sign in without a code of their authenticator; with 0 they may not.
STAFF_TRUSTED_DEVICE_DAYS = _number("STAFF_TRUSTED_DEVICE_DAYS", 0, least=0)
# Printed slips may not be used for a few days.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
# A sign-in lasts so many hours; that of staff ends earlier, after so many minutes without doing anything.
STAFF_SESSION_HOURS = _number("STAFF_SESSION_HOURS", 12)
STAFF_IDLE_MINUTES = _number("STAFF_IDLE_MINUTES", 30)
# Three days longer, over a weekend: a form that arrives after the sign-in is over is kept as its author's draft.
SESSION_COOKIE_AGE = (math.ceil(STAFF_SESSION_HOURS / 24) + 3) * 24 * 3600
SESSION_ENGINE = "foundation.sessions"
SESSION_SAVE_EVERY_REQUEST = False
# How often passwords may be tried is decided there; django-axes asks before each attempt.
AXES_HANDLER = "foundation.sign_in_limits.Limits"
AXES_CLIENT_IP_CALLABLE = "foundation.throttle.client_address"
AXES_LOCKOUT_CALLABLE = "nanhu_portal.accounts.locked_out"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # our own audit records sign-ins

# --- Language and time -------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
_languages = {"zh-hans": "简体中文", "en": "English"}
_chosen = [code.strip() for code in env.list("LANGUAGES", default=[]) if code.strip()] or list(_languages)
if _chosen not in (["zh-hans", "en"], ["zh-hans"]):
    raise ImproperlyConfigured("LANGUAGES is zh-hans,en or zh-hans alone: texts are written in Chinese first.")
LANGUAGES = [(code, _languages[code]) for code in _chosen]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = ["nanhu_portal.formats"]

# --- Mail and SMS ------------------------------------------------------------------------------------------------
EMAIL_URL = _required("EMAIL_URL", "how mail leaves, like smtp+tls://user:password@host:587", "consolemail://")
try:
    if urlsplit(EMAIL_URL).scheme == "off":
        EMAIL_BACKEND = "foundation.channels.OffBackend"
    else:
        vars().update(env.email_url_config(EMAIL_URL))
except (KeyError, ValueError, environ.ImproperlyConfigured):
    raise ImproperlyConfigured("EMAIL_URL cannot be read, write it like smtp+tls://user:password@host:587.") from None
EMAIL_TIMEOUT = 20
# It may have a name, by default the portal's.
MAIL_FROM = env.str("MAIL_FROM", default="").strip()
DEFAULT_FROM_EMAIL = MAIL_FROM or settings_file.default_sender(vars().get("EMAIL_HOST_USER") or "", _site.hostname)
if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", parseaddr(DEFAULT_FROM_EMAIL)[1]) or not DEFAULT_FROM_EMAIL.isprintable():
    raise ImproperlyConfigured("MAIL_FROM is an address, or a name and an address: Our street <talk@example.org>.")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# `off://`, `console://`, or `aliyun://key-id:key-secret@signature/?received=SMS_1&...` (docs/settings.md).
SMS_BACKEND = _required("SMS_BACKEND", "how text messages leave; off:// keeps them waiting", "console://")

# How to ask a platform that SMS_BACKEND names by https+signed://, a JSON file without secrets (docs/messages.md).
SMS_CONFIG = env.str("SMS_CONFIG", default="").strip()
# How receipts come: the provider posts them, or is asked for them where it cannot reach us.
SMS_RECEIPTS = env.str("SMS_RECEIPTS", default="").strip() or "posted"
if SMS_RECEIPTS not in ("posted", "asked"):
    raise ImproperlyConfigured(f"SMS_RECEIPTS is posted or asked, not {SMS_RECEIPTS!r}.")
# The mailbox that mail comes back to, which the worker reads: imaps://user:password@host:993/INBOX.
BOUNCE_URL = env.str("BOUNCE_URL", default="").strip()
try:
    _box = urlsplit(BOUNCE_URL)
    _box.port  # noqa: B018 - raises for a port that is not a number
except ValueError:
    raise ImproperlyConfigured("BOUNCE_URL cannot be read, write it like imaps://user:password@host:993.") from None
# Without TLS only to this machine, as in a trial.
_box_is_safe = _box.scheme == "imaps" or (_box.scheme == "imap" and _box.hostname in ("127.0.0.1", "localhost"))
if BOUNCE_URL and not (_box_is_safe and _box.hostname and _box.username and _box.password):
    raise ImproperlyConfigured("BOUNCE_URL names a mailbox, like imaps://user:password@host:993.")
# Where robots of group chats may be besides the platforms' own hosts, as where a platform runs in an inner network.
ROBOT_ORIGINS = [origin.strip().rstrip("/") for origin in env.list("ROBOT_ORIGINS", default=[]) if origin.strip()]
if not all(re.fullmatch(r"https?://[\w.-]+(:\d+)?", origin, re.ASCII) for origin in ROBOT_ORIGINS):
    raise ImproperlyConfigured(
        "ROBOT_ORIGINS names schemes and hosts, separated by commas, like https://chat.example.org."
    )

# --- Headers -----------------------------------------------------------------------------------------------------
POLICY_REPORTS = f"{FORCE_SCRIPT_NAME or ''}/csp-reports/"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        # The first for browsers that do not know the second.
        "report-uri": POLICY_REPORTS,
        "report-to": "csp",
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
# URLs with a tracking code are secret, so no other site may get them as the referrer.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
# A subdistrict does not decide on HSTS for other hosts below its domain.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Browsers take a cookie of such a name from this host alone, and over HTTPS.
COOKIE_PREFIX = "" if not HTTPS else "__Secure-" if FORCE_SCRIPT_NAME else "__Host-"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{FORCE_SCRIPT_NAME}/" if FORCE_SCRIPT_NAME else "/"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- Logs --------------------------------------------------------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="") or ("plain" if DEMO else "json")
if LOG_FORMAT not in ("json", "plain"):
    raise ImproperlyConfigured(f"LOG_FORMAT is json or plain, not {LOG_FORMAT!r}.")
LOGGING_CONFIG = "nanhu_portal.logs.configure"
LOGGING = {"form": LOG_FORMAT}

# --- Metrics -----------------------------------------------------------------------------------------------------
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise ImproperlyConfigured("METRICS_TOKEN is too short: take at least 16 random characters.")
METRICS_NETWORKS = _networks("METRICS_NETWORKS")
if any(not 8 <= network.prefixlen <= (32 if network.version == 4 else 64) for network in METRICS_NETWORKS):
    raise ImproperlyConfigured("METRICS_NETWORKS: take networks from /8 to /32, of IPv6 from /8 to /64.")

# --- The settings file -------------------------------------------------------------------------------------------
_unknown = sorted(_in_file.keys() - _Reader.asked)
# What the environment itself sets, so that the file cannot change it.
SET_OUTSIDE = frozenset(name for name in _Reader.asked if os.environ.get(name, "").strip())
# The web server may write the file. A command in it would run with the rights of whoever makes backups, and what is put
# into a cache of files is run where it is read.
for _name in ("BACKUP_COPY", "CACHE_URL"):
    if _name in _in_file:
        raise ImproperlyConfigured(f"{SETTINGS_FILE}: {_name} is set in the environment alone.")
if _unknown:
    raise ImproperlyConfigured(f"{SETTINGS_FILE}: no setting is called {_unknown[0]}; docs/settings.md lists them all.")
