"""What is sent and what is said of it: a rendered message, a refusal, a receipt."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .portal import PortalTexts


class Text(NamedTuple):
    """A rendered message: for e-mail, for staff to read, and as the parameters of an approved template.

    Args:
        summary: the beginning of what it is about, for a digest.
        html: the same body for e-mail programs that show HTML.
        headers: further headers of the e-mail.
        writer: whoever it comes from, if that is not the portal itself.
        in_chat: the same in a group chat.
    """

    subject: str
    body: str
    parameters: dict[str, str]
    summary: str = ""
    html: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    writer: PortalTexts | None = None
    in_chat: str = ""


class Undeliverable(Exception):
    """This message will not be delivered unless somebody mends something, so staff try it again, not we.

    Its text is a code, see `failures`.
    """


class NotTaken(ConnectionError):
    """It was certainly not taken, and may be later: whoever tries again need not ask first.

    Its text is a code, see `failures`.
    """


class Receipt(NamedTuple):
    """What became of a message that was sent. It is named by our number, or by what the provider calls it.

    Args:
        reason: a code of the provider, if it was not delivered.
    """

    delivered: bool
    number: str = ""
    provider_id: str = ""
    reason: str = ""
