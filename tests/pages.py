"""Read a page as a browser does: its forms with their values, and its text."""

import re
from dataclasses import dataclass, field

from django.contrib.messages import get_messages
from lxml.etree import XPath
from lxml.html import HtmlElement, document_fromstring

# All but what somebody is still writing.
_TEXTS = XPath("//text()[not(ancestor::textarea)]")


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


def _read(response) -> HtmlElement:
    return document_fromstring(response.content.decode() or "<html></html>")


def forms(response) -> list[Form]:
    return [_form(element) for element in _read(response).iter("form")]


def _form(element: HtmlElement) -> Form:
    found = Form(element.get("action", ""), element.get("method", "get"))
    for control in element.iter("button", "input", "select", "textarea"):
        name, kind = control.get("name"), control.get("type", "text")
        if control.tag == "textarea":
            # Browsers drop a line break directly after the tag.
            found.values[name] = (control.text or "").removeprefix("\n")
        elif control.tag == "select":
            chosen = [option.get("value", "") for option in control.iter("option") if "selected" in option.attrib]
            found.values[name] = chosen[-1] if chosen else ""
        elif not name:
            continue
        elif control.tag == "button" or kind == "submit":
            found.buttons.append((name, control.get("value", "")))
        elif kind in ("checkbox", "radio"):
            if "checked" in control.attrib:
                found.values[name] = control.get("value", "on")
        elif kind != "file":
            found.values[name] = control.get("value", "")
    return found


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
    return " ".join(" ".join(_TEXTS(_read(response))).split())


def as_shown(text: str) -> str:
    """What a field shows of a text that comes back in it: browsers, too, have a sign for a character that is none."""
    return text.strip().replace("\0", "\N{REPLACEMENT CHARACTER}")


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
