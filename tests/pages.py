"""Read a page as a browser does: its forms with their values, and its text."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.contrib.messages import get_messages


@dataclass
class Form:
    """A form: its action, and the values it would submit unchanged."""

    action: str = ""
    method: str = "get"
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)  # (name, value)

    def send(self, client, address: str = "", /, **changes):
        """Submit it with changes; None leaves a field out. `address` is for forms without an action."""
        values = {name: value for name, value in (self.values | changes).items() if value is not None}
        return client.post(self.action or address, values)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag, attrs):
        got = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(got.get("action", ""), got.get("method", "get"))
            self.forms.append(self._form)
        if self._form is None:
            return
        name, kind = got.get("name"), got.get("type", "text")
        if tag == "textarea":
            self._area = name
            self._form.values[name] = ""
        elif tag == "select":
            self._select = name
            self._form.values[name] = ""
        elif tag == "option" and self._select and "selected" in got:
            self._form.values[self._select] = got.get("value", "")
        elif (tag == "button" or kind == "submit") and name:
            self._form.buttons.append((name, got.get("value", "")))
        elif tag == "input" and name and kind in ("checkbox", "radio"):
            if "checked" in got:
                self._form.values[name] = got.get("value", "on")
        elif tag == "input" and name and kind not in ("file", "submit"):
            self._form.values[name] = got.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data):
        if self._area is not None and self._form is not None:
            # Browsers drop a line break directly after the tag.
            self._form.values[self._area] += data if self._form.values[self._area] else data.removeprefix("\n")
        else:
            self.words.append(data)


def _read(response) -> _Reader:
    reader = _Reader()
    reader.feed(response.content.decode())
    reader.close()
    return reader


def forms(response) -> list[Form]:
    return _read(response).forms


def form(response, *names: str) -> Form:
    """The only form of the page that posts and has fields with these names."""
    found = [one for one in forms(response) if one.method == "post" and set(names) <= set(one.values)]
    assert len(found) == 1, f"{len(found)} forms with {names}"
    return found[0]


def told(response) -> list[str]:
    """What the next page says of what was done."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def words(response) -> str:
    """The text of the page, with whitespace collapsed."""
    return " ".join(" ".join(_read(response).words).split())


def tells_digits(text: str, digits: str) -> bool:
    """Whether the text contains these few digits of a phone, other than as part of a hash, token, time or key."""
    key = r'(?<![/=(,])(?<!=")(?<!":)'  # in an address, an attribute, a row, a JSON object
    return bool(re.search(rf"(?<![0-9A-Za-z.]){key}{digits}(?![0-9A-Za-z])", text))


# Browsers show no whitespace next to these.
_BLOCKS = (
    "article|aside|br|d[dlt]|div|fieldset|figcaption|figure|form|h[1-6]|li|ol|p|section|t[dhr]|table|tbody|thead|ul"
)


def flat(html: str) -> str:
    """Normalise whitespace: a single space, and none next to block-level tags, whatever the layout of templates."""
    return re.sub(rf" ?(</?(?:{_BLOCKS})\b[^>]*>) ?", r"\1", " ".join(html.split()))


def body(response) -> bytes:
    """What a response sends, read to its end so that its file is closed."""
    return b"".join(response.streaming_content) if response.streaming else response.content
