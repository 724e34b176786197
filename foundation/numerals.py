"""Numbers in figures and in Chinese characters: 5号线 is 五号线, 12栋 is 十二栋."""

import re

from .words import HAN

DIGITS = "零一二三四五六七八九"
_FIGURES = re.compile(rf"(?<![a-z0-9])(\d{{1,2}})(?=[{HAN}])")
_CHARACTERS = re.compile(rf"(?<![{DIGITS}十百])([{DIGITS[1:]}]?十[{DIGITS[1:]}]?|[{DIGITS[1:]}])(?=[{HAN}])(?![十百])")


def _in_characters(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def _in_figures(text: str) -> str:
    tens, ten, ones = text.rpartition("十")
    number = DIGITS.index(ones) if ones else 0
    return str(number + (10 * (DIGITS.index(tens) if tens else 1) if ten else 0))


def rewritten(text: str) -> list[tuple[int, int, str]]:
    """The numbers below 100 in a folded text, each with the character that follows it: start, end, and the other way
    to write these characters.
    """
    found = []
    for pattern, rewrite in ((_FIGURES, lambda figures: _in_characters(int(figures))), (_CHARACTERS, _in_figures)):
        for match in pattern.finditer(text):
            start, end = match.span(1)
            found.append((start, end + 1, rewrite(match[1]) + text[end]))
    return found
