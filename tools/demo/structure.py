"""Create the rows that invented demands need: places, accounts, partners, members, resources and receptions."""

import datetime

from django.db.models import Q
from django.utils import timezone

from consultation.models import Area, Cadence, Organisation, Platform, Series, SeriesKind, StaffScope, Venue
from foundation import clock
from foundation.accounts import User, give_role
from foundation.actors import SYSTEM
from foundation.portal import Portal
from members.models import LiaisonCommittee, Member, Reception, Resource, ResourceCategory, Sector, VenueHost
from members.services import receptions, resources
from nanhu_portal.beginning.rows import Report, counted, ensure, numbered
from nanhu_portal.checks import DEMO_ACCOUNTS, DEMO_PASSWORD

from ..nanhu.rows import ensure_areas, ensure_venues
from ..nanhu.structure import subdistrict
from . import organisations, people, places
from .accounts import ACCOUNTS
from .platforms import PLATFORMS

HOURS = ("工作日 9:00–17:00", "Working days 9:00–17:00")
# Rings nowhere, and pages mark it.
PHONE = "027-00000000"
WINDOW = (
    "南湖街道办事处一楼服务大厅（演示地址）",
    "Service hall, ground floor, Nanhu Subdistrict Office (demo address)",
)
ADDRESSES = (("address", WINDOW[0]), ("address_en", WINDOW[1]))
# In how many days invented members receive residents, at which hour, and about what.
RECEPTIONS = ((2, 14, "物业、停车和加装电梯"), (6, 9, "老人就医和用药"), (9, 15, ""))
# Members named in the article come before these.
FIRST_ORDER = 200


def load_places(report: Report) -> None:
    """Create areas, venues and platforms. Existing rows stay as they are."""
    report(counted("invented areas", ensure_areas(places.areas())))
    report(counted("invented venues", ensure_venues(places.venues())))
    report(counted("platforms", [_platform(number, row) for number, row in numbered(PLATFORMS)]))


def load(report: Report) -> None:
    """Create everything else, once."""
    report("Loading invented places, accounts and members.")
    load_places(report)
    report(counted("series", [_series()]))
    _set_contact()
    report(counted("accounts", [_account(name) for name in DEMO_ACCOUNTS]))
    _organisations()
    _members()
    _resources()
    _receptions()


def _series() -> bool:
    """The article tells of culture and education for associations and children, and names no series of it."""
    values = {
        "name": "文化教育进社区",
        "name_en": "Culture and Education",
        "kind": SeriesKind.BRAND,
        "cadence": Cadence.NONE,
        "about": "为社区社团和孩子们链接文化教育服务。",
        "about_en": "Culture and education brought to associations and children.",
        "order": 110,
        "is_demo": True,
    }
    return ensure(Series, {"area": subdistrict(), "code": "culture-and-education"}, values)


def _platform(number: int, row: tuple) -> bool:
    slug, *texts, venue = row
    values = dict(zip(("name", "name_en", "style", "style_en", "summary", "summary_en"), texts, strict=True))
    home = Venue.objects.get(slug=venue)
    return ensure(Platform, {"slug": slug}, values | {"venue": home, "order": number, "is_demo": True})


def _set_contact() -> None:
    """Fill in when, where and by what number the offices are reached, unless a demo was given its own."""
    for model in (Portal, LiaisonCommittee):
        for row in model.objects.filter(hours="", phone="", address=""):
            row.hours, row.hours_en = HOURS
            row.phone = PHONE
            row.address = WINDOW[0]
            if model is Portal:
                row.address_en = WINDOW[1]
            row.save()


def unset_contact() -> None:
    """Take out what `_set_contact` filled in and nobody has changed."""
    for model in (Portal, LiaisonCommittee):
        for row in model.objects.filter(Q(phone=PHONE) | Q(address=WINDOW[0])):
            # The hours may be real ones; they are not where the rest is invented.
            for name, invented in (("hours", HOURS[0]), ("hours_en", HOURS[1]), ("phone", PHONE), *ADDRESSES):
                if getattr(row, name, None) == invented:
                    setattr(row, name, "")
            row.save()


def _account(username: str) -> bool:
    name, office, role, area = ACCOUNTS[username]
    if User.objects.filter(username=username).exists():
        return False
    create = User.objects.create_user if role else User.objects.create_superuser
    user = create(username, password=DEMO_PASSWORD, name=name, office=office)
    if role:
        give_role(user, role)
    if area:
        StaffScope.objects.create(user=user, area=Area.objects.get(code=area))
    return True


def _organisations() -> None:
    areas, whole = {area.code: area for area in Area.objects.all()}, subdistrict().code
    Organisation.objects.bulk_create(
        Organisation(is_demo=True, **row | {"area": areas[row.get("area", whole)]})
        for row in (*organisations.enterprises(), *organisations.associations(), *organisations.others())
    )


def _members() -> None:
    committee = LiaisonCommittee.objects.get(area=subdistrict())
    sectors = {sector.code: sector for sector in Sector.objects.all()}
    for number, (name, name_en, level, sector, role, role_en, venue, times) in numbered(people.INVENTED, FIRST_ORDER):
        member = Member.objects.create(
            committee=committee,
            name=name,
            name_en=name_en,
            level=level,
            sector=sectors[sector],
            role=role,
            role_en=role_en,
            order=number,
            # The member without a venue belongs to the demo account.
            user=None if venue else User.objects.get(username="member"),
            is_demo=True,
        )
        if venue:
            VenueHost.objects.create(member=member, venue=Venue.objects.get(slug=venue), times=times)


def _resources() -> None:
    area = subdistrict()
    categories = {category.code: category for category in ResourceCategory.objects.all()}
    for category, title, about, provider in people.RESOURCES:
        offered = Resource(
            area=area,
            category=categories[category],
            title=title,
            about=about,
            languages="普通话、本地话",
            member=Member.objects.get(name=provider),
            is_demo=True,
        )
        _open(resources.offer(offered, [], actor=SYSTEM))
    own = Member.objects.get(user__username="member")
    for number, (category, title, about, capacity) in enumerate(people.OF_DEMO_MEMBER):
        offered = Resource(area=area, category=categories[category], title=title, about=about, member=own)
        offered.capacity, offered.is_demo = capacity, True
        offered = resources.offer(offered, [], actor=SYSTEM)
        if number == 0:
            _open(offered)


def _open(offered: Resource) -> None:
    resources.open_(resources.review(offered, actor=SYSTEM), actor=SYSTEM)


def _receptions() -> None:
    """Whoever receives at a venue does so there; the member with the demo account, at the office."""
    members = list(Member.objects.filter(is_demo=True).with_hosted().order_by("user", "order")[: len(RECEPTIONS)])
    today = timezone.localtime(clock.now()).replace(minute=0, second=0, microsecond=0)
    for member, (days, hour, about) in zip(members, RECEPTIONS, strict=True):
        venue = member.receives[0].venue if member.receives else None
        starts_at = (today + datetime.timedelta(days=days)).replace(hour=hour)
        there = {"venue": venue, "place": "" if venue else WINDOW[0]}
        receptions.announce(
            Reception(member=member, starts_at=starts_at, minutes=20, turns=6, about=about, is_demo=True, **there),
            actor=SYSTEM,
        )
