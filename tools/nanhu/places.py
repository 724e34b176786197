"""Areas and the venue named in the article. It names one of the 6 communities, and none of the 28 compounds."""

from consultation.models import AreaLevel, VenueKind

# Code, name, English name.
Place = tuple[str, str, str]

DISTRICT: Place = ("wuchang", "武昌区", "Wuchang District")
SUBDISTRICT: Place = ("nanhu", "南湖街道", "Nanhu Subdistrict")
NAMED_COMMUNITY: Place = ("zhongyang-huayuan", "中央花园社区", "Zhongyang Huayuan Community")


def areas() -> list[dict]:
    """Field values, parents before their children; `parent` is a code."""
    levels = (
        (DISTRICT, AreaLevel.DISTRICT, None),
        (SUBDISTRICT, AreaLevel.SUBDISTRICT, DISTRICT[0]),
        (NAMED_COMMUNITY, AreaLevel.COMMUNITY, SUBDISTRICT[0]),
    )
    return [
        {"code": code, "name": name, "name_en": name_en, "level": level, "parent": parent, "order": 1}
        for (code, name, name_en), level, parent in levels
    ]


def venues() -> list[dict]:
    """Field values; `area` is a code."""
    code, name, _english = SUBDISTRICT
    return [
        {
            "slug": f"members-home-{code}",
            "name": f"{name}政协委员之家",
            "name_en": "Nanhu CPPCC Members' Home",
            "kind": VenueKind.MEMBERS_HOME,
            "area": code,
        }
    ]
