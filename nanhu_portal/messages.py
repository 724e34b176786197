"""The texts of the messages of all apps."""

from consultation import messages as consultation
from demands import messages as demands
from foundation import account_messages, digests
from foundation.sms import Text
from members import messages as members

APPS = (demands, members, consultation, digests, account_messages)


def render(template: str, parameters: dict) -> Text:
    """Render a message. Raises `KeyError` for a template that no app has."""
    for app in APPS:
        if template in app.TEMPLATES:
            return app.render(template, parameters)
    raise KeyError(template)
