"""Suggest the title and the summary under which a demand could be published: staff reword them before they publish.

Only what is said of the matter is taken over. Numbers of people and of doors are left out, and so is every clause that
speaks of somebody: residents' own words are not for the public.
"""

import re
from typing import NamedTuple

from foundation import personal_numbers

# A title is one line; a summary says it in a few.
MAX_TITLE, MAX_SUMMARY = 24, 200
# Between clauses. A full stop, a question mark or a new line also ends a sentence.
_CLAUSE = re.compile(r"([，,；;。！!？?\n]+)")
_ENDS = "。！!？?\n"
# What is no more than a greeting or thanks.
_PHRASE = re.compile(r"^(?:您|你)们?好|^(?:尊敬的|各位)?领导|^(?:谢谢|感谢|多谢|辛苦)|^(?:请问|麻烦)(?:一下)?$")
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_TITLES = "先生|女士|小姐|阿姨|大爷|大妈|大叔|叔叔|伯伯|爷爷|奶奶|师傅|老师|医生|主任|书记|经理|某"
# Of somebody: the one who writes, their household, or a person by name.
_PERSON = re.compile(
    r"我(?:姓|叫|是|家|妈|爸|父|母|爷|奶|孩|儿|女|老|丈|妻|今年|本人|的?(?:电话|手机|名字))|本人|联系人|姓名|独居|独自|一个人"
    rf"|[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}(?:{_TITLES})"
    r"|[老小][王李张刘陈杨黄赵周吴徐孙马朱胡郭林罗](?![路树区林])"
    # Their name in a messenger.
    r"|(?:微信|[Qq]{2})号?\s*[:：是为]?\s*[A-Za-z\d]"
)
# Closer than the compound: buildings, entrances, floors, rooms and gates.
_NUMERAL = r"(?:\d+|[一二三四五六七八九十]+|[A-Za-z])"
# A room without its word, as in 2单元501; no number of days, people or things.
_BARE_ROOM = r"(?:\d{3,4}(?![\d.年天日个月人名户次元米度斤%％号]))?"
_DOOR = re.compile(
    rf"(?:第?{_NUMERAL}\s*(?:[-－—]\s*\d+\s*)*(?:号楼|栋|幢|座|单元|号门|号院|号|室|门|楼层|层(?![灰尘土泥霜冰])|楼)\s*){{1,5}}"
    rf"{_BARE_ROOM}(?:[门楼]?[外内前后旁边里口上下]+)?|{_NUMERAL}(?:\s*[-－—]\s*{_NUMERAL}){{2,}}"
)
# Telephone numbers that are not personal, and whatever else has so many digits.
_DIGITS = re.compile(r"\d[\d\s-]{6,}\d")


class Texts(NamedTuple):
    title: str
    summary: str


def suggested(description: str, *, place: str, category: str) -> Texts:
    """Return a title and a summary made of a resident's words, as far as they speak of the matter alone.

    Args:
        place: the name of its area.
        category: its name; both are named where nothing else can be said.
    """
    # Masked as a whole, because a number may be written with commas between its digits.
    text = personal_numbers.masked(description)
    sentences = [clauses for sentence in _sentences(text) if (clauses := _about_the_matter(sentence))]
    if not sentences:
        title = f"{place}的{category}问题"
        return Texts(title[:MAX_TITLE], f"居民反映{title}。")
    title = sentences[0][0]
    if len(title) < 6 and len(sentences[0]) > 1:
        title = "，".join(sentences[0][:2])
    said = ""
    for clauses in sentences:
        further = f"{said}{'，'.join(clauses)}。"
        if len(further) > MAX_SUMMARY and said:
            break
        said = further
    return Texts(_shortened(title, MAX_TITLE), _shortened(f"居民反映：{said}", MAX_SUMMARY + 6))


def _sentences(text: str) -> list[list[str]]:
    """The clauses of each sentence."""
    found: list[list[str]] = [[]]
    for part in _CLAUSE.split(text):
        if part and _CLAUSE.fullmatch(part):
            if any(sign in _ENDS for sign in part):
                found.append([])
        elif part.strip():
            found[-1].append(part.strip())
    return found


def _about_the_matter(clauses: list[str]) -> list[str]:
    """The clauses that speak of nobody, without doors."""
    kept = [_without_doors(clause) for clause in clauses if not _speaks_of_somebody(clause)]
    return [clause for clause in kept if len(clause) > 1]


def _without_doors(clause: str) -> str:
    kept, doors = _DOOR.subn("", clause)
    # What joined the door to the rest goes with it.
    return kept.strip(" 的、-") if doors else kept


def _speaks_of_somebody(clause: str) -> bool:
    return bool("**" in clause or _PERSON.search(clause) or _PHRASE.search(clause) or _DIGITS.search(clause))


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
