"""`manage.py load_nanhu`: what a portal for Nanhu starts with; with `--demo` also invented content and accounts."""

import hashlib

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from consultation.models import (
    Agreement,
    Area,
    Event,
    Organisation,
    Platform,
    Series,
    StaffScope,
    StudyNote,
    Venue,
    VenueKind,
)
from demands.models import Category, Demand, StandardReply
from demands.services import words
from demands.statistics import editions
from demands.workflow import SOLVED
from foundation import cached, portal
from foundation.accounts import User, give_role
from foundation.actors import SYSTEM
from foundation.tokens import ALPHABET
from members.models import LiaisonCommittee, Member, Resource, ResourceCategory, Sector, VenueHost
from members.services import resources
from members.workflow import ResourceStatus
from nanhu_portal.checks import DEMO_ACCOUNTS, DEMO_PASSWORD

from ...nanhu import desk, partners, people, pictures, places, recent, reported, rhythm, season
from ...nanhu.accounts import ACCOUNTS
from ...nanhu.at_desk import work_at_desk
from ...nanhu.convening import Convener, hang_pictures
from ...nanhu.helping import match_categories, tell_of_members
from ...nanhu.telling import Teller, stage

CODE_LENGTH = 8


class Command(BaseCommand):
    help = (
        "Load Nanhu's areas, venues, categories and standard replies. Rows that exist already stay as they are, "
        "so it may be repeated."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="also load demo accounts and invented demands (only where DEMO is on)"
        )

    def handle(self, *args, demo: bool, **options) -> None:
        if not demo:
            with transaction.atomic():
                self._load_structure()
            editions.publish_daily()
            words.relearn()
            cached.forget_all()
            return
        _check_demo_allowed()
        if Demand.objects.filter(is_demo=True).exists():
            self._say("The demo content is here already; nothing was changed.")
            return
        # Staged before the rest, as with a resident's form: should the load fail, the worker sweeps them.
        photos = stage(pictures.ALTS)
        with transaction.atomic():
            self._load_structure()
            self._load_demo(photos)
            editions.publish()
            words.count_words()
            words.learn(actor=SYSTEM)
        # Files cannot be rolled back, so they come when the rest stands.
        hang_pictures()
        cached.forget_all()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    # --- Structure -----------------------------------------------------------------------------------------------

    def _load_structure(self) -> None:
        self._say("Loading the structure of Nanhu; rows that exist stay as they are.")
        self._report("portal", [_ensure(portal.Portal, {"pk": 1}, desk.PORTAL)])
        areas, created = {}, []
        for row in places.areas():
            parent = areas.get(row.pop("parent"))
            area, new = Area.objects.get_or_create(code=row.pop("code"), defaults=row | {"parent": parent})
            areas[area.code] = area
            created.append(new)
        self._report("areas", created)
        self._report("venues", [_ensure_venue(row, areas) for row in places.venues()])
        committee_area = areas[places.SUBDISTRICT[0]]
        self._report("committee", [_ensure(LiaisonCommittee, {"area": committee_area}, desk.COMMITTEE)])
        self._report(
            "series", [_ensure_series(number, row, committee_area) for number, row in _numbered(rhythm.SERIES)]
        )
        self._report("platforms", [_ensure_platform(number, row) for number, row in _numbered(rhythm.PLATFORMS)])
        for what, model, rows in (
            ("members' sectors", Sector, people.SECTORS),
            ("resource categories", ResourceCategory, people.RESOURCE_CATEGORIES),
        ):
            self._report(
                what,
                [
                    _ensure(model, {"code": code}, {"name": name, "name_en": name_en, "order": number})
                    for number, (code, name, name_en) in _numbered(rows)
                ],
            )
        committee = LiaisonCommittee.objects.get(area=committee_area)
        self._report("members named in the report", reported.members(committee))
        self._report("partners named in the report", reported.organisations(committee_area))
        self._report("projects named in the report", reported.built(areas))
        self._report("categories", [_ensure(Category, *row) for row in _categories()])
        self._report("category matches", match_categories())
        replies = enumerate(desk.STANDARD_REPLIES, 1)
        self._report(
            "standard replies",
            [
                _ensure(StandardReply, {"title": title}, {"body": body, "order": number * 10})
                for number, (title, body) in replies
            ],
        )

    def _report(self, what: str, created: list[bool]) -> None:
        new = sum(created)
        self._say(f"  {what}: {new} created, {len(created) - new} there already")

    # --- Demo ----------------------------------------------------------------------------------------------------

    def _load_demo(self, photos: dict[str, str]) -> None:
        self._say("Loading demo accounts.")
        for model in (portal.Portal, LiaisonCommittee):
            for row in model.objects.filter(hours=""):
                row.hours, row.hours_en = desk.DEMO_HOURS
                row.save()
        self._report("accounts", [_ensure_account(name) for name in DEMO_ACCOUNTS])
        self._load_people()
        now = timezone.now()
        newest = recent.stories(now)
        told = [*season.stories(recent.titles(newest)), *newest]
        self._say(f"Loading {len(told)} invented demands, each through all its moves.")
        teller = Teller(now)
        teller.tell(told, photos, self._say)
        convener = Convener(teller)
        convener.convene(self._say)
        self._say("Members' dispatches and duties.")
        tell_of_members(now, convener.by_need, teller.staff)
        self._say("The desk: demands split, merged, paused and asked about; a department's list.")
        work_at_desk(teller)
        demands = Demand.objects.filter(is_demo=True)
        resolved = demands.filter(status__in=SOLVED)
        for label, rows in (
            ("demands", demands),
            ("of them published", demands.public()),
            ("of them open", demands.open()),
            (f"received in {season.YEAR}", demands.filter(received_at__year=season.YEAR)),
            (f"received in {season.YEAR} and resolved", resolved.filter(received_at__year=season.YEAR)),
            (f"events held in {season.YEAR}", Event.objects.took_place().filter(starts_at__year=season.YEAR)),
            (f"studies of {season.YEAR}", StudyNote.objects.published().filter(published_at__year=season.YEAR)),
            ("agreements", Agreement.objects.all()),
            ("partner organisations", Organisation.objects.all()),
        ):
            self._say(f"  {label}: {rows.count()}")

    def _load_people(self) -> None:
        """Invented: where venues are and when they open, who receives there, partners, and resources."""
        venues = Venue.objects.filter(is_demo=True).select_related("area__parent").order_by("pk")
        for number, venue in enumerate(venues):
            for field, value in places.invented_details(venue, number).items():
                setattr(venue, field, value)
            venue.save()
        area = Area.objects.get(code=places.SUBDISTRICT[0])
        Organisation.objects.bulk_create(
            Organisation(area=area, is_demo=True, **row)
            for row in (*partners.enterprises(), *partners.associations(), *partners.others())
        )
        committee = LiaisonCommittee.objects.get(area=area)
        sectors = {sector.code: sector for sector in Sector.objects.all()}
        for number, (name, name_en, level, sector, role, role_en, venue, times) in _numbered(people.INVENTED, 200):
            member = Member.objects.create(
                committee=committee,
                name=name,
                name_en=name_en,
                level=level,
                sector=sectors[sector],
                role=role,
                role_en=role_en,
                order=number,
                is_demo=True,
            )
            if venue:
                VenueHost.objects.create(member=member, venue=Venue.objects.get(slug=venue), times=times)
            else:
                member.user = User.objects.get(username="member")
                member.save()
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
            _open(resources.offer(offered, [], actor=None))
        own = Member.objects.get(user__username="member")
        for number, (category, title, about, capacity) in enumerate(people.OF_DEMO_MEMBER):
            offered = Resource(area=area, category=categories[category], title=title, about=about, member=own)
            offered.capacity, offered.is_demo = capacity, True
            offered = resources.offer(offered, [], actor=None)
            if number == 0:
                _open(offered)


def _open(offered: Resource) -> None:
    for status in (ResourceStatus.REVIEWED, ResourceStatus.OPEN):
        resources.move(offered, status, actor=None)


def _check_demo_allowed() -> None:
    """Invented demands never come among real ones. Raises `CommandError`."""
    if not settings.DEMO:
        raise CommandError("Demo content is loaded only where DEMO is on: it brings accounts whose password is public.")
    if Demand.objects.filter(is_demo=False).exists():
        raise CommandError("There are real demands in this database, so no demo content is loaded beside them.")


def _ensure(model, key: dict, values: dict) -> bool:
    """Whether the row had to be created; one that exists keeps what staff made of it."""
    return model.objects.get_or_create(**key, defaults=values)[1]


def _ensure_venue(row: dict, areas: dict[str, Area]) -> bool:
    area = areas[row["area"]]
    values = row | {"area": area, "code": venue_code(row["slug"])}
    # A compound has one station, whatever staff called it.
    key = {"area": area, "kind": row["kind"]} if row["kind"] == VenueKind.CLOUD_STATION else {"slug": row["slug"]}
    return _ensure(Venue, key, values)


def _numbered(rows, start: int = 0):
    """Rows with the number that orders them, in tens, so that there is room between."""
    return [(start + 10 * number, row) for number, row in enumerate(rows, 1)]


def _ensure_series(number: int, row: tuple, area: Area) -> bool:
    code, name, name_en, kind, cadence, about, about_en = row
    values = {"name": name, "name_en": name_en, "kind": kind, "cadence": cadence, "about": about, "about_en": about_en}
    return _ensure(Series, {"area": area, "code": code}, values | {"order": number})


def _ensure_platform(number: int, row: tuple) -> bool:
    slug, name, name_en, style, style_en, summary, venue = row
    values = {"name": name, "name_en": name_en, "style": style, "style_en": style_en, "summary": summary}
    # The name is real; its manner and home are invented.
    home = Venue.objects.get(slug=venue)
    return _ensure(Platform, {"slug": slug}, values | {"venue": home, "order": number, "is_demo": True})


def venue_code(slug: str) -> str:
    """The code in a venue's QR code: the same at every load, since it is printed on posters."""
    number = int.from_bytes(hashlib.sha256(slug.encode()).digest())
    code = ""
    for _place in range(CODE_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        code += ALPHABET[rest]
    return code


def _categories():
    for number, row in enumerate(desk.CATEGORIES, 1):
        code, name, name_en, hint, hint_en, response_days, resolution_days = row
        yield (
            {"code": code},
            {
                "name": name,
                "name_en": name_en,
                "hint": hint,
                "hint_en": hint_en,
                "response_days": response_days,
                "resolution_days": resolution_days,
                "order": number * 10,
            },
        )


def _ensure_account(username: str) -> bool:
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
