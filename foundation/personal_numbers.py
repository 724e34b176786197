"""Mobile numbers, identity card numbers and car plates in free text, in any spelling.

They are masked wherever residents' words are shown, and nothing that holds one is published or sent out. Landlines with
an area code, 400 and 800 numbers, hotlines, dates, amounts, house numbers and references are none of them.

A number may be written with spaces, dashes, dots, brackets or line breaks between its digits, full-width or circled,
in Chinese characters as read out (幺三八, 洞, 拐), or in a mixture. What looks like digits is found in one pass; each
run is then read as pieces of digits, and a number begins and ends where a piece does.
"""

import datetime
import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Kind(models.TextChoices):
    MOBILE = "mobile", gettext_lazy("手机号")
    IDENTITY = "identity", gettext_lazy("身份证号")
    PLATE = "plate", gettext_lazy("车牌号")


class Found(NamedTuple):
    kind: Kind
    start: int
    end: int
    plain: str  # as it is usually written: digits and capital letters only

    @property
    def masked(self) -> str:
        before, after = {Kind.MOBILE: (3, 4), Kind.IDENTITY: (3, 2), Kind.PLATE: (2, 2)}[self.kind]
        return self.plain[:before] + "*" * (len(self.plain) - before - after) + self.plain[-after:]


# --- Characters ------------------------------------------------------------------------------------------------------

_IN_CHINESE = dict(zip("零〇○一二三四五六七八九", "000123456789", strict=True))
# As on cheques, and as read out over the telephone.
_IN_CHINESE |= dict(zip("壹贰貳叁參肆伍陆陸柒捌玖幺两洞拐勾", "12233456678912079", strict=True))
# Circled, in brackets, with a full stop, raised and lowered: each is one digit, or a number up to 20.
_DRAWN = "①-⑳⑴-⒇⒈-⒛⓪⓵-⓾⓿❶-❿➀-➉➊-➓²³¹⁰⁴-⁹₀-₉㈠-㈩㊀-㊉"
_HAN = "".join(_IN_CHINESE)
# A letter that is read as nought, unless a word begins with it.
_NOUGHT = "[Oo](?![A-Za-z])"
_DIGIT = rf"[\d{_HAN}{_DRAWN}]"
# Not seen, and so no gap: joiners, and what makes a digit a key of a telephone.
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\u20e3\ufeff"
_DASHES = "\\-‐-―−－﹣~～_"
_DOTS = ".．·•・。"
_COMMAS = ",，、"
_GAP = rf"[\s{_DASHES}{_DOTS}{_COMMAS}()（）/／{_UNSEEN}]"
_RUN = re.compile(rf"{_DIGIT}(?:{_GAP}{{0,4}}(?:{_DIGIT}|{_NOUGHT})){{5,}}(?:{_GAP}{{0,2}}[XxＸｘ×](?![A-Za-z]))?")


def _digits_of(char: str) -> str:
    """The digits that a character means; none for a gap."""
    if char in _IN_CHINESE:
        return _IN_CHINESE[char]
    if char in "Oo":
        return "0"
    if char in "XxＸｘ×":
        return "X"
    number = unicodedata.numeric(char, -1)
    return "" if number < 0 else str(int(number))


class _Digit(NamedTuple):
    value: str
    start: int
    end: int
    gap: str  # the visible text before it
    is_han: bool


def _read(text: str, start: int, end: int) -> list[_Digit]:
    """The digits of a run, each with the gap before it."""
    digits, gap = [], ""
    for place in range(start, end):
        char = text[place]
        for turn, value in enumerate(_digits_of(char)):
            digits.append(_Digit(value, place, place + 1, "" if turn else gap, char in _IN_CHINESE))
            gap = ""
        if not _digits_of(char) and char not in _UNSEEN:
            gap += char
    return digits


def _edges(digits: list[_Digit]) -> list[int]:
    """Where a number may begin or end: at gaps, and anywhere among Chinese characters, as in 张三一三八 or 八一个.

    An X may be the last sign of a card, or a letter after another number.
    """
    inner = (
        turn
        for turn in range(1, len(digits))
        if digits[turn].gap or digits[turn].is_han or digits[turn - 1].is_han or digits[turn].value == "X"
    )
    return [0, *inner, len(digits)]


# --- Identity cards --------------------------------------------------------------------------------------------------

_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _is_day(text: str) -> bool:
    try:
        datetime.datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return False
    return "1890" < text[:4] < "2100"


def _is_identity(plain: str) -> bool:
    """Eighteen digits with the right check digit, or the fifteen of cards before 1999 (born after 1919)."""
    if not _PROVINCE.match(plain) or "X" in plain[:-1]:
        return False
    if len(plain) == 18:
        total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, plain[:17], strict=True))
        return "10X98765432"[total % 11] == plain[17] and _is_day(plain[6:14])
    return plain.isdecimal() and plain[6] in "23456789" and _is_day(f"19{plain[6:12]}")


# --- Mobile numbers --------------------------------------------------------------------------------------------------

_COUNTRY = re.compile(r"(?:0{0,2}86|0)(?=1[3-9])")
_MOBILE = re.compile(r"1[3-9]\d{9}")
# Groups that are a mobile number whatever is between them; others need the same sign throughout.
_USUAL = frozenset([(11,), (3, 8), (7, 4), (3, 4, 4), (1,) * 11])
# Not a number to dial: ¥13812345678, 13812345678.50 元.
_MONEY_BEFORE = re.compile(r"[¥￥$]\s*$")
_MONEY_AFTER = re.compile(r"(?:\.\d+)?\s*[万亿]?元(?!旦|宵)")


def _groups(digits: list[_Digit]) -> tuple[int, ...]:
    starts = [0, *(turn for turn in range(1, len(digits)) if digits[turn].gap), len(digits)]
    return tuple(after - before for before, after in itertools.pairwise(starts))


def _reads_as_mobile(digits: list[_Digit]) -> bool:
    """Whether the groups are those of one number, and not those of a list, an address on the net or an amount."""
    groups, gaps = _groups(digits), {digit.gap.strip() or " " for digit in digits[1:] if digit.gap}
    if groups in _USUAL:
        return True
    if len(gaps) > 1 or gaps & set(_COMMAS) or (gaps & set(_DOTS) and len(groups) in (2, 4)):
        return False
    values, place = [], 0
    for length in groups:
        values.append(int("".join(digit.value for digit in digits[place : place + length])))
        place += length
    rises = all(before < after for before, after in itertools.pairwise(values))
    return not (rises and len(groups) > 3)


def _is_money(text: str, start: int, end: int) -> bool:
    return bool(_MONEY_BEFORE.search(text[max(0, start - 4) : start]) or _MONEY_AFTER.match(text[end : end + 20]))


# --- Runs of digits --------------------------------------------------------------------------------------------------


def _number_at(text: str, digits: list[_Digit], start: int, ends: set[int]) -> tuple[Kind, int, str] | None:
    """The number that begins at a digit of a run: its kind, the digit it ends before, and how it is usually written."""
    plain = "".join(digit.value for digit in digits[start : start + 18])
    for length in (18, 15):
        end = start + length
        if end in ends and _is_identity(plain[:length]):
            part = digits[start:end]
            if length == 18 or len(_groups(part)) == 1 or _groups(part) == (6, 6, 3):
                return Kind.IDENTITY, end, plain[:length]
    country = _COUNTRY.match(plain)
    first = start + (country.end() if country else 0)
    mobile = _MOBILE.match(plain[first - start :])
    end = first + 11
    if not mobile or end not in ends or not _reads_as_mobile(digits[first:end]):
        return None
    if _is_money(text, digits[start].start, digits[end - 1].end):
        return None
    return Kind.MOBILE, end, mobile[0]


def _in_run(text: str, run: re.Match) -> Iterator[Found]:
    digits = _read(text, *run.span())
    edges, done = _edges(digits), 0
    ends = set(edges)
    for start in edges[:-1]:
        if start >= done and (found := _number_at(text, digits, start, ends)):
            kind, done, plain = found
            yield Found(kind, digits[start].start, digits[done - 1].end, plain)


# --- Plates ----------------------------------------------------------------------------------------------------------

_SPACE = rf"[ \t\u3000{_UNSEEN}]{{0,2}}"
_SIGN = rf"[A-Za-zＡ-Ｚａ-ｚ\d{_HAN}]"
_PLATE = re.compile(
    rf"(?P<head>[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]{_SPACE}"
    rf"[A-HJ-NP-Za-hj-np-zＡ-ＨＪ-ＮＰ-Ｚａ-ｈｊ-ｎｐ-ｚ])[\s{_DASHES}{_DOTS}{_UNSEEN}]{{0,3}}"
    rf"(?P<rest>{_SIGN}(?:{_SPACE}{_SIGN}){{3,5}}(?:{_SPACE}[挂学警港澳])?)(?![A-Za-z\d])"
)
# Five signs, four and what the car is for, or the six of a car with a battery.
_REST = re.compile(r"[A-Z\d]{4}[挂学警港澳]|[A-Z\d]{5}[挂学警港澳]?|[A-HJK][A-Z\d]\d{4}|\d{5}[A-HJK]")
MAX_LETTERS = 2  # among those signs


def _plates(text: str) -> Iterator[Found]:
    for match in _PLATE.finditer(text):
        signs = [_IN_CHINESE.get(char, char) for char in _plain(match["rest"])]
        if _REST.fullmatch("".join(signs)) and sum(sign.isascii() and sign.isalpha() for sign in signs) <= MAX_LETTERS:
            yield Found(Kind.PLATE, *match.span(), "".join([*_plain(match["head"]), *signs]))


def _plain(text: str) -> str:
    """Half-width capitals and digits, without the gaps."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())


# --- What others use -------------------------------------------------------------------------------------------------


def find(text: str) -> list[Found]:
    """The numbers in a text, in their order. Takes time in proportion to its length."""
    found = [one for run in _RUN.finditer(text) for one in _in_run(text, run)]
    taken = {place for one in found for place in range(one.start, one.end)}
    found += (one for one in _plates(text) if taken.isdisjoint(range(one.start, one.end)))
    return sorted(found, key=lambda one: one.start)


def masked(text: str) -> str:
    """The text with its numbers as 138****1234."""
    pieces, place = [], 0
    for one in find(text):
        pieces += [text[place : one.start], one.masked]
        place = one.end
    return "".join([*pieces, text[place:]])


def sentence(text: str) -> str:
    """What was found and where, to show at a field: “第 2 段有手机号 138****1234”. Empty where nothing was."""
    said = []
    for one in find(text):
        words = {"kind": one.kind.label, "number": one.masked, "paragraph": _paragraph(text, one.start)}
        if "\n" in text.strip():
            said.append(_("第 %(paragraph)d 段有%(kind)s %(number)s") % words)
        else:
            said.append(_("有%(kind)s %(number)s") % words)
    return _("；").join(dict.fromkeys(said))


def _paragraph(text: str, place: int) -> int:
    """Which paragraph it is, counting from one and leaving out empty lines."""
    return sum(bool(line.strip()) for line in text[: place + 1].splitlines())
