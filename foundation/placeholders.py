"""Placeholders in texts that staff write: a name in braces, replaced by its value where the text is used."""

import re
from collections.abc import Container, Iterable

from django.utils.translation import gettext as _

PLACEHOLDER = re.compile(r"\{([^{}\n]{1,20})\}")


def unknown(text: str, known: Container[str], offered: Iterable[str]) -> str:
    """Return a sentence that names the unknown placeholders of a text; empty where all are known.

    Args:
        offered: those that the sentence names instead.
    """
    strange = [found[0] for found in PLACEHOLDER.finditer(text) if found[1] not in known]
    if not strange:
        return ""
    sentence = _("不能使用 %(strange)s，可以使用的有 %(known)s。")
    return sentence % {"strange": "".join(strange), "known": "".join(f"{{{name}}}" for name in offered)}
