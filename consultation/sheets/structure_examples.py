"""Rows of an invented subdistrict, as staff fill them in: what the example workbook shows."""

from typing import Any

Rows = tuple[dict[str, Any], ...]

COMMUNITIES: Rows = (
    {"name": "桂花社区", "code": "guihua", "name_en": "Guihua Community", "order": 1},
    {"name": "柳园社区", "code": "liuyuan", "name_en": "Liuyuan Community", "order": 2},
    {"name": "荷塘社区", "order": 3},
)
COMPOUNDS: Rows = (
    {"name": "桂花苑", "code": "guihua-yuan", "parent": "桂花社区"},
    {"name": "桂花新村", "parent": "桂花社区"},
    {"name": "柳园小区", "parent": "柳园社区"},
    {"name": "荷塘月色", "parent": "荷塘社区"},
    {"name": "三号院", "parent": "荷塘社区"},
)
HOURS = "周一至周五 9:00—17:00"
VENUES: Rows = (
    {
        "name": "桂花社区协商议事之家",
        "slug": "guihua-home",
        "kind": "协商议事之家",
        "area": "桂花社区",
        "name_en": "Guihua Deliberation Home",
        "address": "桂花路 8 号一楼",
        "hours": HOURS,
        "phone": "027-87654321",
        "step_free": "是",
    },
    {"name": "柳园社区协商工作室", "kind": "协商工作室", "area": "柳园社区", "address": "柳园路 2 号", "hours": HOURS},
    {"name": "荷塘社区协商议事之家", "kind": "协商议事之家", "area": "荷塘社区"},
    {"name": "桂花苑云端工作站", "kind": "小区云端工作站", "area": "桂花苑", "address": "桂花苑南门岗亭旁"},
    {"name": "柳园小区云端工作站", "kind": "小区云端工作站", "area": "柳园小区"},
)
PLATFORMS: Rows = (
    {
        "name": "香樟树下",
        "venue": "桂花社区协商议事之家",
        "style": "露天围坐，谁都能说",
        "summary": "每月第二个周六下午，在院子里的香樟树下议一件事。",
    },
    {"name": "荷塘夜话", "venue": "荷塘社区协商议事之家", "style": "晚饭后边走边谈"},
)
ORGANISATIONS: Rows = (
    {
        "name": "桂花物业服务有限公司",
        "kind": "物业公司",
        "area": "桂花社区",
        "about": "服务桂花苑和桂花新村。",
        "cooperation_since": "2023-9-1",
        "has_agreement": "是",
        "called": "王女士",
        "phone": "027-87654321",
    },
    {"name": "柳园社区居委会", "kind": "社区居委会", "area": "柳园社区"},
    {"name": "荷塘小学", "kind": "学校", "area": "荷塘社区", "website": "https://www.example.com"},
    {"name": "荷塘合唱队", "kind": "备案社团", "area": "荷塘社区", "nurtured_years": "2025、2026"},
)
SERIES: Rows = (
    {"name": "周周学", "code": "weekly-study", "kind": "工作机制", "cadence": "每周", "name_en": "Weekly Study"},
    {
        "name": "月月谈",
        "code": "monthly-talk",
        "kind": "工作机制",
        "cadence": "每月",
        "by_venue": "是",
        "name_en": "Monthly Talk",
        "about": "各阵地每月谈一件居民关心的事。",
    },
    {"name": "邻里节", "kind": "主题活动", "cadence": "不定期", "brand_set": "街道四大品牌活动"},
)
