"""What every subdistrict needs to begin: categories, sectors of members, standard replies, macros.

Staff change them later. Rows that exist stay as they are; nothing is created twice. Holidays come with a library
(`foundation/workdays.py`), and texts of consent with the tables.
"""

from demands.models import Category, CategoryMatch, Macro, StandardReply, Unit, UnitKind
from members.models import ResourceCategory, Sector

from . import categories, macros, replies, sectors
from .rows import Report, counted, ensure, numbered

# The city's line for everything, and the two departments whose lists of problems come down to a subdistrict.
UNITS = (
    (UnitKind.HOTLINE, "12345政务服务便民热线", "12345 government service line"),
    (UnitKind.DEPARTMENT, "民政部门", "Civil affairs"),
    (UnitKind.DEPARTMENT, "城管部门", "Urban management"),
)


def load(report: Report) -> None:
    for what, create in (
        ("members' sectors", _sectors),
        ("resource categories", _resource_categories),
        ("categories", _demand_categories),
        ("category matches", _category_matches),
        ("standard replies", _replies),
        ("macros", _macros),
        ("responsible units", _units),
    ):
        report(counted(what, create()))


# Each of these returns for every row whether it was created.


def _sectors() -> list[bool]:
    return [
        ensure(Sector, {"code": code}, {"name": name, "name_en": name_en, "order": number})
        for number, (code, name, name_en) in numbered(sectors.SECTORS)
    ]


def _resource_categories() -> list[bool]:
    return [
        ensure(ResourceCategory, {"code": code}, {"name": name, "name_en": name_en, "order": number})
        for number, (code, name, name_en) in numbered(categories.RESOURCE_CATEGORIES)
    ]


def _demand_categories() -> list[bool]:
    names = ("name", "name_en", "hint", "hint_en", "response_days", "resolution_days")
    return [
        ensure(Category, {"code": code}, dict(zip(names, values, strict=True)) | {"order": number})
        for number, (code, *values) in numbered(categories.DEMAND_CATEGORIES)
    ]


def _category_matches() -> list[bool]:
    demands = {category.code: category for category in Category.objects.all()}
    resources = {category.code: category for category in ResourceCategory.objects.all()}
    return [
        ensure(CategoryMatch, {"demand_category": demands[category], "resource_category": resources[kind]}, {})
        for category, kind in categories.MATCHES
        if category in demands and kind in resources
    ]


def _replies() -> list[bool]:
    return [
        ensure(StandardReply, {"title": title, "subdistrict": None}, {"body": body, "order": number})
        for number, (title, body) in numbered(replies.STANDARD_REPLIES)
    ]


def _macros() -> list[bool]:
    replies_of_all = {reply.title: reply for reply in StandardReply.objects.filter(subdistrict=None)}
    return [
        ensure(
            Macro,
            {"name": name, "subdistrict": None, "owner": None},
            dict.fromkeys(acts, True) | {"reply": replies_of_all.get(reply), "order": number},
        )
        for number, (name, acts, reply) in numbered(macros.MACROS)
    ]


def _units() -> list[bool]:
    return [
        ensure(Unit, {"name": name, "subdistrict": None}, {"name_en": name_en, "kind": kind})
        for kind, name, name_en in UNITS
    ]
