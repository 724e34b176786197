"""Areas and venues. Real are the district, the subdistrict and 中央花园社区; every other name is invented."""

from decimal import Decimal

from consultation.models import AreaLevel, VenueKind

# Code, name, English name.
DISTRICT = ("wuchang", "武昌区", "Wuchang District")
SUBDISTRICT = ("nanhu", "南湖街道", "Nanhu Subdistrict")
REAL_COMMUNITIES = frozenset({"zhongyang-huayuan"})

COMMUNITIES = {
    ("zhongyang-huayuan", "中央花园社区", "Zhongyang Huayuan Community"): [
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

# In which communities the deliberation homes and the studios stand is invented; how many there are is not.
DELIBERATION_HOMES = ("zhongyang-huayuan", "xiangzhang", "guihua")
CONSULTATION_STUDIOS = ("yulan", "yinxing", "wutong")


def areas() -> list[dict]:
    """All areas as values of rows, parents before their children; `parent` is a code."""
    district = _area(DISTRICT, AreaLevel.DISTRICT, None, 1, is_demo=False)
    rows = [district, _area(SUBDISTRICT, AreaLevel.SUBDISTRICT, DISTRICT[0], 1, is_demo=False)]
    for number, (community, compounds) in enumerate(COMMUNITIES.items(), 1):
        invented = community[0] not in REAL_COMMUNITIES
        rows.append(_area(community, AreaLevel.COMMUNITY, SUBDISTRICT[0], number, is_demo=invented))
        rows += [
            _area(compound, AreaLevel.COMPOUND, community[0], order, is_demo=True)
            for order, compound in enumerate(compounds, number * 100 + 1)
        ]
    return rows


def _area(names: tuple, level: AreaLevel, parent: str | None, order: int, *, is_demo: bool) -> dict:
    code, name, name_en = names
    return {
        "code": code,
        "name": name,
        "name_en": name_en,
        "level": level,
        "parent": parent,
        "order": order,
        "is_demo": is_demo,
    }


def venues() -> list[dict]:
    """All venues as values of rows; `area` is a code."""
    code, name, _english = SUBDISTRICT
    rows = [
        {
            "slug": f"members-home-{code}",
            "name": f"{name}政协委员之家",
            "name_en": "Nanhu CPPCC Members' Home",
            "kind": VenueKind.MEMBERS_HOME,
            "area": code,
            "is_demo": False,
        }
    ]
    for community, compounds in COMMUNITIES.items():
        code = community[0]
        if code in DELIBERATION_HOMES:
            rows.append(
                _venue("deliberation-home", community, "协商议事之家", "Deliberation Home", VenueKind.DELIBERATION_HOME)
            )
        if code in CONSULTATION_STUDIOS:
            rows.append(
                _venue(
                    "consultation-studio",
                    community,
                    "协商工作室",
                    "Consultation Studio",
                    VenueKind.CONSULTATION_STUDIO,
                )
            )
        rows += [
            _venue("cloud-station", compound, "云端工作站", "Cloud Station", VenueKind.CLOUD_STATION)
            for compound in compounds
        ]
    return rows


def _venue(slug: str, area: tuple, label: str, label_en: str, kind: VenueKind) -> dict:
    code, name, name_en = area
    return {
        "slug": f"{slug}-{code}",
        "name": f"{name}{label}",
        "name_en": f"{name_en} {label_en}",
        "kind": kind,
        "area": code,
        "is_demo": True,
    }


def invented_details(venue, number: int) -> dict:
    """Address, hours, access and coordinates of an invented venue, spread over a square of some 2 km."""
    station = venue.kind == VenueKind.CLOUD_STATION
    hours, hours_en = (
        ("每天 8:00–20:00", "Every day 8:00–20:00") if station else ("周二至周六 9:00–17:30", "Tue to Sat 9:00–17:30")
    )
    return {
        "address": f"{venue.area.name}{'东门值班室旁' if station else '党群服务中心一楼'}",
        "hours": hours,
        "hours_en": hours_en,
        "step_free": (True, True, False, None)[number % 4],
        "latitude": Decimal("30.4930") + Decimal(number % 6) * Decimal("0.0027"),
        "longitude": Decimal("114.3240") + Decimal(number // 6) * Decimal("0.0031"),
    }
