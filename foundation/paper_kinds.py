"""The kinds of papers, their texts as the portal begins with them, and how a paper is made of a text.

Each app registers its kinds in `AppConfig.ready()`. Staff may change the texts (`consultation.models.papers`), whose
placeholders are the kind's: `words` stand within a line, `parts` are whole blocks, each alone on its line.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from . import placeholders
from .papers import Block, Paper, Style, Text
from .placeholders import PLACEHOLDER

# “一、办理情况” on a line of its own. A numbered sentence is no heading.
HEADING = re.compile(r"[一二三四五六七八九十]{1,3}、[^。；，：]{1,24}")
ADDRESSED = re.compile(r".{1,60}[：:]")


class Texts(Protocol):
    """What a paper is made of: the text of its kind, or one that staff wrote."""

    title: str
    body: str
    signature: str


@dataclass(frozen=True)
class Filling:
    """The values of the placeholders."""

    words: Mapping[str, str]
    parts: Mapping[str, tuple[Block, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PaperKind:
    """A kind of paper.

    Args:
        name: in addresses and names of files.
        label: what staff call it.
        words, parts: the placeholders, each with its meaning.
        sample: invented values for a preview.
        is_dense: as of `Paper`.
    """

    name: str
    label: str | Promise
    title: str
    body: str
    words: Mapping[str, str | Promise]
    sample: Callable[[], Filling]
    signature: str = "{落款}\n{日期}"
    parts: Mapping[str, str | Promise] = field(default_factory=dict)
    is_dense: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.words, *self.parts)

    def problem_of_body(self, text: str) -> str:
        """What is wrong with the placeholders of a body, in a sentence; empty if nothing is."""
        if why := placeholders.unknown(text, self.known, self.known):
            return why
        for line in text.splitlines():
            for found in PLACEHOLDER.finditer(line):
                if found[1] in self.parts and line.strip() != found[0]:
                    return _("%(part)s 是一整块内容，请单独放在一行。") % {"part": found[0]}
        return ""

    def problem_of_line(self, text: str) -> str:
        """The same for the title and the signature, which hold words alone."""
        return placeholders.unknown(text, self.words, self.words)


_kinds: dict[str, PaperKind] = {}


def register(*kinds: PaperKind) -> None:
    _kinds.update({kind.name: kind for kind in kinds})


def registered() -> tuple[PaperKind, ...]:
    return tuple(_kinds.values())


def named(name: str) -> PaperKind | None:
    return _kinds.get(name)


# --- Making a paper --------------------------------------------------------------------------------------------------


def used(texts: Texts) -> set[str]:
    """The names of the placeholders in a text: what is not used need not be read."""
    return set(PLACEHOLDER.findall(f"{texts.title}\n{texts.body}\n{texts.signature}"))


def compose(kind: PaperKind, texts: Texts, filling: Filling, *, name: str = "", below: str = "") -> Paper:
    """Fill a text in.

    A line is a paragraph; blank lines are not shown. A part without blocks leaves nothing. Placeholders that the kind
    does not know stay as they are.
    """
    blocks: list[Block] = []
    for line in texts.body.splitlines():
        found = PLACEHOLDER.fullmatch(line.strip())
        if found and found[1] in filling.parts:
            blocks += filling.parts[found[1]]
        else:
            blocks += _paragraphs(line, filling, is_first=not blocks)
    lines = (_fill(line, filling).strip() for line in texts.signature.splitlines())
    return Paper(
        title=_fill(texts.title, filling),
        blocks=tuple(blocks),
        signature=tuple(line for line in lines if line),
        name=name or kind.name,
        below=below,
        is_dense=kind.is_dense,
    )


def _paragraphs(line: str, filling: Filling, *, is_first: bool) -> list[Text]:
    """A value may have several lines, each of which is a paragraph."""
    found = [words for part in _fill(line, filling).splitlines() if (words := part.strip())]
    if is_first and found and ADDRESSED.fullmatch(found[0]):
        return [Text(found[0], Style.FLUSH), *map(Text, found[1:])]
    style = Style.HEADING if HEADING.fullmatch(line.strip()) else Style.BODY
    return [Text(words, style) for words in found]


def _fill(text: str, filling: Filling) -> str:
    return PLACEHOLDER.sub(lambda found: filling.words.get(found[1], found[0]), text)
