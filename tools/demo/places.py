"""Invented places: five communities besides the one named in the article, their compounds and venues."""

from decimal import Decimal

from consultation.models import AreaLevel, VenueKind

from ..nanhu.places import NAMED_COMMUNITY, SUBDISTRICT, Place

# Each community with its compounds.
COMMUNITIES = {
    NAMED_COMMUNITY: [
        ("tinghe-yuan", "听荷苑", "Tinghe Court"),
        ("mufeng-yuan", "沐风苑", "Mufeng Court"),
        ("chunhe-yuan", "春和苑", "Chunhe Court"),
        ("qiushi-yuan", "秋实苑", "Qiushi Court"),
        ("qinglu-yuan", "清露苑", "Qinglu Court"),
    ],
    ("xiangzhang", "香樟社区", "Xiangzhang Community"): [
        ("zhangying-yuan", "樟影苑", "Zhangying Court"),
        ("zhangyin-li", "樟荫里", "Zhangyin Court"),
        ("yeyu-yuan", "叶语苑", "Yeyu Court"),
        ("qinghe-yuan", "青禾苑", "Qinghe Court"),
        ("xiaofeng-yuan", "晓风苑", "Xiaofeng Court"),
    ],
    ("guihua", "桂花社区", "Guihua Community"): [
        ("guiyu-ting", "桂语庭", "Guiyu Court"),
        ("guiying-li", "桂影里", "Guiying Court"),
        ("yuejian-yuan", "月笺苑", "Yuejian Court"),
        ("qiulan-yuan", "秋岚苑", "Qiulan Court"),
        ("muxi-yuan", "木樨苑", "Muxi Court"),
    ],
    ("yulan", "玉兰社区", "Yulan Community"): [
        ("wangchun-yuan", "望春苑", "Wangchun Court"),
        ("xinyi-li", "辛夷里", "Xinyi Court"),
        ("lanting-yuan", "兰庭苑", "Lanting Court"),
        ("suxin-yuan", "素心苑", "Suxin Court"),
        ("tingyu-yuan", "听雨苑", "Tingyu Court"),
    ],
    ("yinxing", "银杏社区", "Yinxing Community"): [
        ("xingying-yuan", "杏影苑", "Xingying Court"),
        ("jinye-yuan", "金叶苑", "Jinye Court"),
        ("nuanyang-li", "暖阳里", "Nuanyang Court"),
        ("zhiqiu-ting", "知秋庭", "Zhiqiu Court"),
    ],
    ("wutong", "梧桐社区", "Wutong Community"): [
        ("tongyin-yuan", "桐荫苑", "Tongyin Court"),
        ("fengqi-li", "凤栖里", "Fengqi Court"),
        ("shuyu-yuan", "疏雨苑", "Shuyu Court"),
        ("changqing-ting", "长青庭", "Changqing Court"),
    ],
}

# Code of an area, compound or community, → code of its community.
COMMUNITY_OF = {
    code: community[0] for community, compounds in COMMUNITIES.items() for code, *_names in (community, *compounds)
}


# The communities of the deliberation homes and studios are invented; their numbers are not.
DELIBERATION_HOMES = ("zhongyang-huayuan", "xiangzhang", "guihua")
CONSULTATION_STUDIOS = ("yulan", "yinxing", "wutong")


def areas() -> list[dict]:
    """Field values of all invented areas, parents before their children; `parent` is a code."""
    rows = []
    for number, (community, compounds) in enumerate(COMMUNITIES.items(), 1):
        if community != NAMED_COMMUNITY:
            rows.append(_area(community, AreaLevel.COMMUNITY, SUBDISTRICT[0], number))
        rows += [
            _area(compound, AreaLevel.COMPOUND, community[0], order)
            for order, compound in enumerate(compounds, number * 100 + 1)
        ]
    return rows


def _area(place: Place, level: AreaLevel, parent: str, order: int) -> dict:
    code, name, name_en = place
    return {
        "code": code,
        "name": name,
        "name_en": name_en,
        "level": level,
        "parent": parent,
        "order": order,
        "is_demo": True,
    }


def venues() -> list[dict]:
    """Field values of all invented venues; `area` is a code."""
    rows = []
    for community, compounds in COMMUNITIES.items():
        if community[0] in DELIBERATION_HOMES:
            kind = VenueKind.DELIBERATION_HOME
            rows.append(_venue("deliberation-home", community, "协商议事之家", "Deliberation Home", kind))
        if community[0] in CONSULTATION_STUDIOS:
            kind = VenueKind.CONSULTATION_STUDIO
            rows.append(_venue("consultation-studio", community, "协商工作室", "Consultation Studio", kind))
        rows += [
            _venue("cloud-station", compound, "云端工作站", "Cloud Station", VenueKind.CLOUD_STATION)
            for compound in compounds
        ]
    return [row | _details(row, number) for number, row in enumerate(rows)]


def _venue(slug: str, place: Place, label: str, label_en: str, kind: VenueKind) -> dict:
    code, name, name_en = place
    station = kind == VenueKind.CLOUD_STATION
    return {
        "slug": f"{slug}-{code}",
        "name": f"{name}{label}",
        "name_en": f"{name_en} {label_en}",
        "kind": kind,
        "area": code,
        "address": f"{name}{'东门值班室旁' if station else '党群服务中心一楼'}",
        "is_demo": True,
    }


def _details(row: dict, number: int) -> dict:
    """Hours, access and coordinates of a venue, within a square of about 2 km."""
    hours = ("周二至周六 9:00–17:30", "Tue to Sat 9:00–17:30")
    if row["kind"] == VenueKind.CLOUD_STATION:
        hours = ("每天 8:00–20:00", "Every day 8:00–20:00")
    return {
        "hours": hours[0],
        "hours_en": hours[1],
        "step_free": (True, True, False, None)[number % 4],
        "latitude": Decimal("30.4930") + Decimal(number % 6) * Decimal("0.0027"),
        "longitude": Decimal("114.3240") + Decimal(number // 6) * Decimal("0.0031"),
    }


def community_of_venue(slug: str) -> str:
    """The community of an invented venue, whose slug is its kind, two words, and the code of its area."""
    return COMMUNITY_OF[slug.split("-", 2)[2]]
