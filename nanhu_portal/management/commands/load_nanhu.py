"""`manage.py load_nanhu`: what a portal for Nanhu starts with; with `--demo` also invented content and accounts."""

import hashlib

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from consultation.models import Area, StaffScope, Venue, VenueKind
from demands.models import Category, Demand, StandardReply
from demands.workflow import DemandStatus
from foundation import kept, portal
from foundation.accounts import User, give_role
from foundation.tokens import ALPHABET
from members.models import LiaisonCommittee
from nanhu_portal.checks import DEMO_ACCOUNTS, DEMO_PASSWORD
from nanhu_portal.nanhu_data import desk, pictures, places, recent, season
from nanhu_portal.nanhu_data.accounts import ACCOUNTS
from nanhu_portal.nanhu_data.telling import Teller, stage

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
            kept.forget_all()
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
        kept.forget_all()

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
        self._report("categories", [_ensure(Category, *row) for row in _categories()])
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
        now = timezone.now()
        newest = recent.stories(now)
        told = [*season.stories(recent.titles(newest)), *newest]
        self._say(f"Loading {len(told)} invented demands, each through all its moves.")
        Teller(now).tell(told, photos, self._say)
        demands = Demand.objects.filter(is_demo=True)
        resolved = demands.filter(status__in=(DemandStatus.RESOLVED, DemandStatus.CONFIRMED))
        for label, rows in (
            ("demands", demands),
            ("of them published", demands.public()),
            ("of them open", demands.open()),
            (f"received in {season.YEAR}", demands.filter(received_at__year=season.YEAR)),
            (f"received in {season.YEAR} and resolved", resolved.filter(received_at__year=season.YEAR)),
        ):
            self._say(f"  {label}: {rows.count()}")


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
