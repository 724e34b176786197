"""Log lines: one JSON object each, in UTC, with the request's number and nothing that is somebody's secret.

What a line may hold is decided here alone, because libraries write into the same log: of a request its route, never its
path or query string; of an exception where it was raised, and its text only if that kind of text never repeats a value.
"""

import datetime
import functools
import json
import logging
import logging.config
import re
import sys
import threading
import traceback
from contextvars import ContextVar
from http import HTTPStatus

# The number of the request that this thread answers; empty outside requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")

UNKNOWN = "unknown"
MAX_MESSAGE, MAX_FRAMES = 1000, 40

# Exceptions whose texts name code, and never the value that went wrong.
SAFE_TO_LOG = (
    ArithmeticError,
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    RecursionError,
    MemoryError,
)
# The same by name: this module is also loaded by the web server's main process, which has no Django.
SAFE_TO_LOG_NAMES = {"ImproperlyConfigured", "TemplateDoesNotExist", "TemplateSyntaxError", "InterfaceError"}

# In the texts of others. Digits include full-width ones.
SECRETS = [
    (
        re.compile(r"(?i)\b(password|secret|token|cookie|authorization|csrf\w*|session\w*)(['\"]?\s*[:=]\s*)\S+"),
        r"\1\2…",
    ),
    (re.compile(r"://[^/\s@]+@"), "://…@"),
    (re.compile(r"\?[^\s'\")]+"), "?…"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|\d{8,}[Xx]?"), "…"),
    (re.compile(r"(?=[\w:=.-]*\d)[\w:=.-]{24,}"), "…"),
    (re.compile(r"(?:[2-9A-Z]{4}-){2,}[2-9A-Z]{1,4}"), "…"),
]


@functools.lru_cache(64)  # most lines say the same
def scrub(text: str) -> str:
    """Mask what looks like a phone number, an address, a code, a password or a query string."""
    if len(text) > MAX_MESSAGE:
        # Between words, so that no half of a number is left, which would not look like one.
        text = text[:MAX_MESSAGE].rpartition(" ")[0] + " …"
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


def route_of(request) -> tuple[str, str]:
    """The name of the view that answers and the pattern of its address: `tracking`, `/demands/track/<str:code>/`."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name, f"/{match.route}") if match else (UNKNOWN, "")


class Line:
    """What a log record becomes, before it is written down."""

    def __init__(self, record: logging.LogRecord) -> None:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        self.fields = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(_message(record)),
        }
        if number := request_id.get():
            self.fields["request_id"] = number
        status = getattr(record, "status_code", None)
        if isinstance(status, int):
            view, path = route_of(getattr(record, "request", None))
            self.fields |= {"status": status, "view": view, "path": path}
        self.fields |= getattr(record, "fields", {})
        refused = isinstance(status, int) and status < 500
        self.frames = [] if refused or not record.exc_info else frames(record.exc_info[1])


def _message(record: logging.LogRecord) -> str:
    """The text of a record. Of Django's own about a request, which contain its path or Host, only what happened."""
    status = getattr(record, "status_code", None)
    if isinstance(status, int) and record.name.startswith("django."):
        # "Origin checking failed - https://… does not match": up to the words of others.
        reason = (
            re.match(r"[A-Za-z ]*", str(record.args[0]))[0] if record.name.endswith(".csrf") and record.args else ""
        )
        return f"{HTTPStatus(status).phrase}: {reason}".rstrip(": ")
    try:
        text = record.getMessage()
    except Exception:
        # Otherwise `logging` would print text and arguments as they are.
        text = str(record.msg)
    # The web server's own traceback, which ends with the exception's text.
    return text.partition("\nTraceback (most recent call last)")[0]


def frames(error: BaseException | None) -> list[str]:
    """Where an exception was raised, and before it those that led to it: `file:line in function` and what it was."""
    found: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        places = traceback.extract_tb(error.__traceback__, limit=-MAX_FRAMES)
        lines = [f"{place.filename}:{place.lineno} in {place.name}" for place in places]
        found = [*lines, described(error), *found]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def described(error: BaseException) -> str:
    """The kind of an exception, with its text if that repeats no value; of the database's, which rule was broken."""
    kind = type(error).__name__
    if isinstance(error, OSError):
        return f"{kind}: {error.strerror}" if error.strerror else kind
    if isinstance(error, SAFE_TO_LOG) or kind in SAFE_TO_LOG_NAMES:
        return f"{kind}: {scrub(str(error))}"
    diag = getattr(error, "diag", None)
    if diag is not None:
        safe = (error.pgcode, diag.table_name, diag.column_name, diag.constraint_name)
        return " ".join([f"{kind}:", *(part for part in safe if part)]).rstrip(":")
    return kind


_json = json.JSONEncoder(default=str).encode


class JsonFormatter(logging.Formatter):
    """One JSON object, on one line whatever it holds: everything but ASCII is escaped."""

    def format(self, record: logging.LogRecord) -> str:
        line = Line(record)
        if line.frames:
            line.fields["traceback"] = line.frames
        return _json(line.fields)


class PlainFormatter(logging.Formatter):
    """The same for people at a terminal; only a traceback has more than one line."""

    def format(self, record: logging.LogRecord) -> str:
        line = Line(record)
        start = " ".join(line.fields.pop(name) for name in ("at", "level", "logger", "message"))
        text = " ".join([start, *(f"{name}={value}" for name, value in line.fields.items())])
        printable = "".join(char if char.isprintable() else " " for char in text)
        return "\n    ".join([printable, *line.frames])


def configuration(form: str) -> dict:
    """The configuration of `logging` in one of the two forms."""
    formatter = JsonFormatter if form == "json" else PlainFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": {"()": f"{__name__}.{formatter.__name__}"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            # Without the handlers that Django gives it: mails to ADMINS, and a second line while debugging.
            "django": {"handlers": [], "level": "INFO"},
            # What is refused has its line in `nanhu.access`.
            "django.request": {"level": "ERROR"},
            # The development server would write whole addresses.
            "django.server": {"handlers": [], "propagate": False},
            "_granian": {"handlers": [], "level": "WARNING", "propagate": True},
            "nanhu": {"level": "INFO"},
            "nanhu.access": {"level": "INFO" if form == "json" else "ERROR"},
        },
    }


def configure(setting: dict) -> None:
    """What `LOGGING_CONFIG` names.

    Args:
        setting: `form` is "json", with a line for every request, for what nobody caught and for warnings of libraries;
            or "plain", for a terminal: warnings and errors alone.
    """
    logging.config.dictConfig(configuration(setting["form"]))
    if setting["form"] == "json":
        # Every request has a line, and no line names the place in the code that wrote it, the thread or the task.
        logging._srcfile = None
        logging.logThreads = logging.logProcesses = logging.logMultiprocessing = logging.logAsyncioTasks = False
        logging.captureWarnings(True)
        sys.excepthook = _uncaught
        threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind, error, trace) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("nanhu").critical("uncaught: the process or thread ends", exc_info=(kind, error, trace))
