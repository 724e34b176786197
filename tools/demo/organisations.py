"""Invented partners of the five sectors."""

import datetime

from consultation.models import OrganisationKind as Kind

from .places import COMMUNITIES, COMMUNITY_OF

# Trade names, and the kind of business in one word.
_TRADES = ("樟叶", "荷风", "桐荫", "桂语", "兰汀", "杏影", "听雨", "清和", "望春", "秋实", "木樨", "青禾", "晓风")
_LINES = ("家政服务部", "便民超市", "餐饮店", "口腔门诊", "教育咨询部")
PROPERTY_MANAGERS = {community[0]: f"{community[1].removesuffix('社区')}物业服务中心" for community in COMMUNITIES}
OFFICES = (
    ("街道公共管理办公室", Kind.DEPARTMENT),
    ("街道公共服务办公室", Kind.DEPARTMENT),
    ("街道城管执法中心", Kind.DEPARTMENT),
    ("街道党群服务中心", Kind.PUBLIC_BODY),
)
MEDIA = ("南湖街坊报编辑部", "樟树下广播站")
SCHOOLS = (
    ("湖畔第一小学", Kind.SCHOOL),
    ("湖畔第二小学", Kind.SCHOOL),
    ("清禾中学", Kind.SCHOOL),
    ("小樟树幼儿园", Kind.KINDERGARTEN),
)
_CLUBS = ("合唱队", "太极拳社", "广场舞队", "书画社", "志愿服务队", "读书会", "棋友会")

# The year of which the article tells.
REPORTED = 2023
FIRST_AGREEMENT, LAST_AGREEMENT = datetime.date(2022, 3, 1), datetime.date(2023, 11, 20)


def enterprises() -> list[dict]:
    """The 65 enterprises, of which 63 have an agreement: all but the last two."""
    names = [f"{trade}{line}" for line in _LINES for trade in _TRADES]
    span = (LAST_AGREEMENT - FIRST_AGREEMENT).days
    rows = []
    for number, name in enumerate(names):
        agreed = FIRST_AGREEMENT + datetime.timedelta(days=number * span // len(names))
        cooperates = number < len(names) - 2
        kind = Kind.SHOP if name.endswith(("超市", "餐饮店")) else Kind.ENTERPRISE
        since = agreed if cooperates else None
        rows.append({"name": name, "kind": kind, "has_agreement": cooperates, "cooperation_since": since})
    return rows


def associations() -> list[dict]:
    """The 123 registered associations, as many as were reported of 2023, spread over the compounds."""
    compounds = [names for group in COMMUNITIES.values() for names in group]
    rows = [{"name": f"{name}{club}", "area": code} for club in _CLUBS for code, name, _english in compounds]
    return [row | {"kind": Kind.ASSOCIATION, "nurtured_years": [REPORTED]} for row in rows[:123]]


def others() -> list[dict]:
    rows = [
        {"name": name, "kind": Kind.PROPERTY_MANAGER, "area": community}
        for community, name in PROPERTY_MANAGERS.items()
    ]
    rows += [{"name": name, "kind": kind} for name, kind in (*OFFICES, *SCHOOLS)]
    return rows + [{"name": name, "kind": Kind.MEDIA} for name in MEDIA]


def clubs_around(area: str) -> list[str]:
    """The associations of the community of this area; all of them for the subdistrict."""
    community = COMMUNITY_OF.get(area)
    return [row["name"] for row in associations() if community in (None, COMMUNITY_OF[row["area"]])]


def property_manager(area: str) -> str:
    """The property manager of the compound with this code, or of the community's compounds."""
    return PROPERTY_MANAGERS[COMMUNITY_OF[area]]
