"""The pages that the benchmark requests, with the cookies and codes they need."""

import ipaddress
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Max, Min
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from consultation.models import Area, AreaLevel, StaffScope
from demands.models import Category, Demand
from demands.views.intake import CHECK, Draft
from foundation import consent
from foundation.accounts import Role, User, give_role
from foundation.consent import Purpose
from foundation.tokens import code_hash, new_code

from .client import HOST

SEARCHED = "路灯"
SEARCHED_TRADITIONAL = "路燈 花園"
SEARCHED_RARE = "老年食堂排队久 公交站旁"
# So many different demands are requested in turn.
DIFFERENT = 100
STAFF = "bench-liaison"
CSRF = "b" * 32


@dataclass(frozen=True)
class Ask:
    """One request."""

    path: str
    cookies: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = ""  # of the visitor, as set by a proxy

    def raw(self) -> str:
        """The raw HTTP request, as latin-1 text."""
        lines = [f"{'POST' if self.body else 'GET'} {self.path} HTTP/1.1", f"Host: {HOST}"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if self.address:
            lines.append(f"X-Forwarded-For: {self.address}")
        if self.body:
            lines += [f"Content-Type: {MULTIPART_CONTENT}", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]) + self.body.decode("latin-1")

    def through(self, client):
        """The response to the request, from Django's test client."""
        client.cookies.load(self.cookies)
        extra = {"HTTP_HOST": HOST, "REMOTE_ADDR": HOST}
        if self.address:
            extra["HTTP_X_FORWARDED_FOR"] = self.address
        if self.body:
            return client.generic("POST", self.path, self.body, MULTIPART_CONTENT, **extra)
        return client.get(self.path, **extra)


@dataclass
class Page:
    """A page under test. `aim`: the share of the floor's rate to reach; `holds`: text of a correct response."""

    name: str
    aim: float
    asks: Iterator[Ask]
    status: int = 200
    holds: str = ""
    once: bool = False  # each request inserts a row and is sent once

    def some(self, count: int) -> list[Ask]:
        return list(itertools.islice(self.asks, count))


def pages() -> list[Page]:
    """All pages. Creates the account for the admin, and gives some demands a known tracking code."""
    public = Demand.objects.public().select_related("area__parent").order_by("-published_at", "-pk")
    newest = list(public[:DIFFERENT])
    mark = f"<mark>{SEARCHED}</mark>" if public.filter(public_title__contains=SEARCHED).exists() else ""
    community = next(filter(None, (demand.area.community for demand in newest)))
    tracked = _with_codes(_spread())
    session = {settings.SESSION_COOKIE_NAME: _session()}
    listing, staff = reverse("demand_list"), reverse("admin:demands_demand_changelist")
    waiting = Demand.objects.by_deadline().values_list("ref", flat=True)[0]
    return [
        Page("public list", 0.35, _again(Ask(listing)), holds=newest[0].ref),
        Page("list of a community", 0.35, _again(Ask(f"{listing}?community={community.code}")), holds=community.name),
        Page("list searched", 0.35, _again(_search(listing, SEARCHED)), holds=mark),
        Page("searched, traditional", 0.35, _again(_search(listing, SEARCHED_TRADITIONAL))),
        Page("searched, rare", 0.35, _again(_search(listing, SEARCHED_RARE))),
        Page("public page", 0.35, _again(*(Ask(reverse("demand_detail", args=[demand.ref])) for demand in newest))),
        Page("tracking page", 0.35, _again(*(Ask(reverse("tracking", args=[code])) for code in tracked))),
        Page("similar demands", 0.06, _typed(newest), holds='"ref"'),
        Page("submit", 0.15, _submissions(), status=302, once=True),
        Page("staff list", 0.06, _again(Ask(staff, session)), holds=waiting),
        Page("staff list searched", 0.06, _again(_search(staff, SEARCHED, session))),
    ]


def _search(path: str, typed: str, cookies: dict[str, str] | None = None) -> Ask:
    return Ask(f"{path}?q={quote(typed)}", cookies or {})


def _typed(demands: list[Demand]) -> Iterator[Ask]:
    """Titles that residents type for which there are similar demands, each from an IP address of its own."""
    first_address = int(ipaddress.ip_address("11.0.0.1"))
    for number in itertools.count():
        demand = demands[number % len(demands)]
        text = f"{demand.public_title}，有两周了，希望有人来看看。"
        form = {"csrfmiddlewaretoken": CSRF, "text": text, "area": str(demand.area_id)}
        yield Ask(
            reverse("similar_demands"),
            {settings.CSRF_COOKIE_NAME: CSRF},
            encode_multipart(BOUNDARY, form),
            str(ipaddress.ip_address(first_address + number % 10**6)),
        )


def _again(*asks: Ask) -> Iterator[Ask]:
    return itertools.cycle(asks)


def _spread() -> list[Demand]:
    """Demands of all ages, oldest first."""
    ends = Demand.objects.aggregate(first=Min("pk"), last=Max("pk"))
    step = max((ends["last"] - ends["first"]) // DIFFERENT, 1)
    return list(Demand.objects.filter(pk__in=range(ends["first"], ends["last"] + 1, step)).order_by("pk"))


def _with_codes(demands: list[Demand]) -> list[str]:
    codes = []
    for demand in demands[:DIFFERENT]:
        codes.append(new_code())
        Demand.objects.filter(pk=demand.pk).update(code_hash=code_hash(codes[-1]))
    return codes


def _session() -> str:
    """Sign a member of the liaison staff in, without the password, and return the session's key."""
    user, created = User.objects.get_or_create(username=STAFF)
    if created:
        user.set_unusable_password()
        user.save()
        give_role(user, Role.LIAISON_STAFF)
        StaffScope.objects.create(user=user, area=Area.objects.get(level=AreaLevel.SUBDISTRICT))
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def _submissions() -> Iterator[Ask]:
    """Submissions of the form's last page, each with a code and an IP address of its own."""
    categories = [str(category.pk) for category in Category.objects.all()]
    areas = [str(area.pk) for area in Area.objects.filter(level=AreaLevel.COMPOUND)]
    shown = consent.show(Purpose.HANDLING, Purpose.PUBLICATION).signed()
    first_address = int(ipaddress.ip_address("10.0.0.1"))
    for number in itertools.count():
        answers = {
            "description": f"{SEARCHED}坏了两周，晚上看不清台阶，希望尽快修好。（{number}）",
            "category": categories[number % len(categories)],
            "area": areas[number % len(areas)],
            "place": "3 号门外",
            "called": "王女士",
            "phone": f"138{number % 10**8:08d}",
            "email": "",
            "consent_handling": "on",
            "consent_publication": "on",
            "shown": shown,
        }
        form = {
            "csrfmiddlewaretoken": CSRF,
            "state": Draft(answers=answers, checked=True).signed(),
            "step": str(CHECK),
            "go": "submit",
        }
        yield Ask(
            reverse("demand_new"),
            {settings.CSRF_COOKIE_NAME: CSRF},
            encode_multipart(BOUNDARY, form),
            str(ipaddress.ip_address(first_address + number % 10**6)),
        )
