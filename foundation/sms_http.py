"""Text messages through any platform that takes a signed HTTP request, as carriers' platforms do.

`SMS_BACKEND` gives the address and the keys, `https+signed://key-id:key-secret@host/path`, and the JSON file that
`SMS_CONFIG` names says the rest: what the request looks like, how it is signed, and how the answer is read. The file
holds no secret. docs/messages.md explains each entry.
"""

import base64
import datetime
import hashlib
import hmac
import ipaddress
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlencode, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from . import exchanges, failures
from .exchanges import Request
from .texts import NotTaken, Receipt, Text, Undeliverable

PLACE = re.compile(r"\{(\w+)\}")
PLACES = {
    *("phone", "text", "template", "parameters", "values", "number", "signature"),
    *("key_id", "key_secret", "timestamp", "nonce", "sign_name"),
}
HASHES = ("md5", "sha1", "sha256", "hmac-md5", "hmac-sha1", "hmac-sha256")
ENCODINGS = ("hex", "HEX", "base64")


@dataclass(frozen=True)
class Answers:
    """How a JSON answer, or a receipt, says yes or no.

    Args:
        path: where the word is in the JSON, like `data.0.code`.
        yes: the words that mean that it was accepted, or delivered.
        final: those of refusals that a later attempt would not change.
    """

    path: str
    yes: tuple[str, ...]
    final: tuple[str, ...] = ()


@dataclass(frozen=True)
class Receipts:
    """How the platform's receipts read: where the list is, and what the fields of one are called."""

    state: Answers
    list: str = ""
    number: str = ""
    provider_id: str = ""
    reason: str = ""
    answer: object = "ok"


@dataclass(frozen=True)
class Config:
    """The file. Each field is an entry of it, see docs/messages.md."""

    body: Mapping[str, object]
    success: Answers
    method: str = "POST"
    format: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict)
    charset: str = "utf-8"
    timestamp: str = "seconds"
    hash: str = "hmac-sha256"
    encoding: str = "hex"
    sign: str = "{key_id}{timestamp}{nonce}"
    sign_name: str = ""
    provider_id: str = ""
    drops_repeats: bool = False
    templates: Mapping[str, str] | None = None
    receipts: Receipts | None = None

    def __post_init__(self) -> None:
        problems = {
            "method": self.method in ("POST", "GET"),
            "format": self.format in ("json", "form", "base64-json"),
            "hash": self.hash in HASHES,
            "encoding": self.encoding in ENCODINGS,
            "success": bool(self.success.path and self.success.yes),
            "timestamp": self.timestamp in ("seconds", "milliseconds") or "%" in self.timestamp,
        }
        for name, is_fine in problems.items():
            if not is_fine:
                raise ValueError(f"{name} is not one of those that docs/messages.md lists")
        unknown = set(PLACE.findall(json.dumps([self.body, self.headers, self.sign]))) - PLACES
        if unknown:
            raise ValueError(f"{{{unknown.pop()}}} is no placeholder")
        "".encode(self.charset)


def read(path: str) -> Config:
    """Read the file that `SMS_CONFIG` names. Raises `ImproperlyConfigured`."""
    if not path:
        raise ImproperlyConfigured("SMS_BACKEND=https+signed://… needs SMS_CONFIG: the file that says how to ask.")
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8"))
        entries["success"] = _answers(entries["success"])
        if layout := entries.get("receipts"):
            entries["receipts"] = Receipts(**{**layout, "state": _answers(layout["state"])})
        return Config(**entries)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, LookupError) as error:
        raise ImproperlyConfigured(f"SMS_CONFIG: {path} cannot be used ({type(error).__name__}: {error}).") from None


def _answers(entry: dict) -> Answers:
    return Answers(entry["path"], tuple(map(str, entry["yes"])), tuple(map(str, entry.get("final", ()))))


class SignedHttp:
    """A platform that takes one signed request for each message."""

    def __init__(self, url: str, key_id: str, key_secret: str, config: Config) -> None:
        self.address, self.target = urlsplit(url), urlsplit(url)._replace(scheme="", netloc="").geturl() or "/"
        self.key_id, self.key_secret, self.config = key_id, key_secret, config
        self.signature = config.sign_name
        # None if every text is taken.
        self.codes = None if config.templates is None else dict(config.templates)

    @classmethod
    def at(cls, address: SplitResult, path: str) -> "SignedHttp":
        """Raises `ImproperlyConfigured`."""
        user, host = address.username, address.netloc.rpartition("@")[2]
        if not (user and address.password and address.hostname):
            raise ImproperlyConfigured("SMS_BACKEND is written https+signed://key-id:key-secret@host/path.")
        scheme = address.scheme.partition("+")[0]
        if scheme == "http" and not _is_inside(address.hostname):
            raise ImproperlyConfigured(
                "SMS_BACKEND: http+signed:// is for inner networks; elsewhere use https+signed://."
            )
        url = address._replace(scheme=scheme, netloc=host, fragment="").geturl()
        return cls(url, unquote(user), unquote(address.password), read(path))

    # --- Sending ---

    def send(self, phone: str, template: str, text: Text, number: str) -> str | None:
        if self.codes is not None and template not in self.codes:
            raise Undeliverable(failures.NO_TEMPLATE)
        given = {"phone": phone, "text": self._with_name(text.body), "number": number}
        given |= {"template": (self.codes or {}).get(template, template), "parameters": text.parameters}
        given["values"] = list(text.parameters.values())
        answer = self._answer(self._request(given))
        word = str(at(answer, self.config.success.path))
        if word in self.config.success.yes:
            return str(at(answer, self.config.provider_id) or "")[:80] if self.config.provider_id else None
        if word in self.config.success.final:
            raise Undeliverable(as_code(word))
        raise NotTaken(as_code(word))

    def was_sent(self, phone: str, number: str, since: datetime.datetime) -> bool:
        """It cannot be asked. Either it drops what it got twice under one number, or a person has to find out."""
        if self.config.drops_repeats:
            return False
        raise Undeliverable(failures.OUTCOME_UNKNOWN)

    def _with_name(self, body: str) -> str:
        return f"【{self.config.sign_name}】{body}" if self.config.sign_name else body

    def _request(self, given: dict) -> Request:
        config = self.config
        given = given | {"key_id": self.key_id, "key_secret": self.key_secret, "nonce": secrets.token_hex(8)}
        given |= {"timestamp": _timestamp(config.timestamp), "sign_name": config.sign_name}
        given["signature"] = self._signature(given)
        body = {name: _filled(value, given) for name, value in config.body.items()}
        headers = {name: str(_filled(value, given)) for name, value in config.headers.items()}
        headers = {"User-Agent": "portal", "Connection": "close"} | headers
        if config.method == "GET":
            joint = "&" if "?" in self.target else "?"
            return Request("GET", f"{self.target}{joint}{self._form(body)}", None, headers)
        if config.format == "form":
            kind, data = "application/x-www-form-urlencoded", self._form(body).encode("ascii")
        else:
            kind, data = "application/json", json.dumps(body, ensure_ascii=False).encode(config.charset)
            if config.format == "base64-json":
                data = base64.b64encode(data)
        return Request("POST", self.target, data, {"Content-Type": f"{kind}; charset={config.charset}"} | headers)

    def _form(self, body: Mapping[str, object]) -> str:
        texts = {name: value if isinstance(value, str) else _json(value) for name, value in body.items()}
        return urlencode(texts, encoding=self.config.charset, errors="replace")

    def _signature(self, given: dict) -> str:
        text = str(_filled(self.config.sign, given, whole=False)).encode(self.config.charset, "replace")
        kind = self.config.hash
        if kind.startswith("hmac-"):
            digest = hmac.new(self.key_secret.encode(), text, kind.removeprefix("hmac-")).digest()
        else:
            digest = hashlib.new(kind, text, usedforsecurity=False).digest()
        if self.config.encoding == "base64":
            return base64.b64encode(digest).decode()
        return digest.hex().upper() if self.config.encoding == "HEX" else digest.hex()

    def _answer(self, request: Request) -> object:
        """The JSON of an answer. Raises as `exchanges.ask` does."""
        return json.loads(exchanges.ask(self.address, request).decode(self.config.charset))

    # --- Receipts ---

    def receipts(self, body: bytes, content_type: str) -> tuple[list[Receipt], dict | str]:
        layout = self.config.receipts
        if layout is None:
            raise ValueError("SMS_CONFIG says nothing of receipts")
        text = body.decode(self.config.charset)
        if content_type == "application/x-www-form-urlencoded":
            sent: object = {name: values[-1] for name, values in parse_qs(text, encoding=self.config.charset).items()}
        else:
            sent = json.loads(text)
        rows = at(sent, layout.list) if layout.list else sent
        rows = json.loads(rows) if isinstance(rows, str) else rows
        rows = rows if isinstance(rows, list) else [rows]
        return [_receipt(row, layout) for row in rows], layout.answer


def _receipt(row: object, layout: Receipts) -> Receipt:
    state = at(row, layout.state.path)
    if state is None:
        raise ValueError("a receipt has no state")
    delivered = str(state) in layout.state.yes
    reason = str(at(row, layout.reason) or state) if layout.reason else str(state)
    number, provider_id = (str(at(row, path) or "") if path else "" for path in (layout.number, layout.provider_id))
    return Receipt(delivered, number, provider_id, "" if delivered else f"receipt {as_code(reason)}")


def at(data: object, path: str) -> object:
    """The value at a path like `data.0.code`; None if there is nothing."""
    for part in path.split("."):
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def as_code(word: str) -> str:
    """A provider's word as a code that may be stored: a sentence, or what could be a phone number, is left out."""
    word = word.strip()[:40]
    return word if re.fullmatch(r"[\w.:\-]+", word, re.ASCII) and not re.search(r"\d{7}", word) else "refused"


def _filled(value: object, given: Mapping[str, object], *, whole: bool = True) -> object:
    """A value of the file with its placeholders filled in, in lists and objects too.

    Args:
        whole: a text that is nothing but a placeholder becomes the value itself, such as an object.
    """
    if isinstance(value, dict):
        return {name: _filled(one, given) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, given) for one in value]
    if not isinstance(value, str):
        return value
    if whole and (only := PLACE.fullmatch(value)):
        return given[only[1]]
    return PLACE.sub(lambda place: _text(given[place[1]]), value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _timestamp(form: str) -> str:
    now = timezone.localtime()
    if form in ("seconds", "milliseconds"):
        return str(int(now.timestamp() * (1000 if form == "milliseconds" else 1)))
    return now.strftime(form)


def _is_inside(host: str) -> bool:
    """Whether an address is one of an inner network, where a carrier's own line may end."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"
