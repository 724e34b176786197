"""A resident's own page of a demand: the answer first, then what they can do now, the chain, and what is folded.

What stays the same until something changes is drawn once and kept in the memory of this process: its pieces hold texts
of residents and addresses with their codes, which belong into no shared cache.
"""

import datetime
import hashlib
import uuid
from dataclasses import dataclass

from django.core.cache import caches
from django.db.models import prefetch_related_objects
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language

from foundation import clock
from foundation.links import absolute
from foundation.tokens import grouped, normal_code
from members.selectors.committees import committee_of

from ..forms.residents import AddForm, AgainForm, RateForm
from ..models import Demand, page_stamp
from ..models.categories import placed
from ..selectors import own_page, tracking
from ..selectors.chain import Links, links_of, stations
from ..selectors.lineage import lineage_of
from ..selectors.timeline import entries
from ..services import lineage, rechecks
from ..workflow import DemandStatus

KEPT_SECONDS = 600
# So long after submitting the code and its QR code stand open; later they are folded. Nothing is stored for that.
OPEN_FOR = datetime.timedelta(minutes=30)
# Of a part of the page: its template.
PIECES = {
    "top": "demands/_own_top.html",
    "parts": "demands/_own_parts.html",
    "story": "demands/_own_story.html",
    "submitted": "demands/_own_submitted.html",
}


@dataclass(frozen=True)
class Drawn:
    """What is kept of a page: its pieces as HTML, and what the rest depends on."""

    state: str
    pieces: dict[str, str]
    parts: tuple[tuple[str, str], ...]  # reference and title of each that can be reopened
    can_rate: bool
    can_reopen: bool
    declined: bool
    question: int  # after how many days the reporter is asked again; 0 for no question
    reached_by: str  # phone, email, or empty


def stamped(code: str) -> Demand | None:
    """Return the demand that a code opens, with the stamp that `show` needs."""
    return tracking.find(code, page_stamp.stamped(Demand.objects.all()))


def show(request, demand: Demand, code: str, *, status: int = 200, **forms):
    """Render the page. `forms`: one that was refused, under its name in the template."""
    by_link = ":" in code
    code = code if by_link else grouped(normal_code(code))
    drawn = _kept(demand, code)
    just_sent = demand.status == DemandStatus.RECEIVED and demand.received_at > clock.now() - OPEN_FOR
    added = forms.get("add_form")
    context = {
        "demand": demand,
        "drawn": drawn,
        "code": code,
        "by_link": by_link,
        "entrance": absolute(reverse("track")),
        "draft_key": tracking.draft_key(code),
        "just_sent": just_sent,
        "code_open": not by_link and (just_sent or "code" in request.GET),
        "committee": committee_of(demand.area),
        # Sent twice, an addition is added once.
        "key": added["key"].value() if added else uuid.uuid4(),
        # Callables, so that the forms are made only where their fields are not in the cache.
        "blank": {
            "add": AddForm,
            "rate": lambda: RateForm(parts=drawn.parts),
            "again": lambda: AgainForm(parts=drawn.parts),
        },
        "error_form": next(iter(forms.values()), None),
        "section": "track",
        **forms,
    }
    return render(request, "demands/tracking.html", context, status=status)


def _kept(demand: Demand, code: str) -> Drawn:
    """Return what is kept of the page, drawn now unless nothing has changed since."""
    among = lineage.deciding(demand)
    # Deadlines pass at midnight. The names of places and categories are cached rows, without a version.
    depends = [
        demand.pk,
        demand.page_stamp,
        *_stamps_of_others(among, demand),
        demand.area.place,
        demand.category,
        clock.today(),
    ]
    key = hashlib.sha256(":".join([get_language(), code, *map(str, depends)]).encode()).hexdigest()
    return caches["private"].get_or_set(key, lambda: _draw(demand, code, among), KEPT_SECONDS)


def _stamps_of_others(among: dict[int, Demand], demand: Demand) -> list[tuple[int, str]]:
    """Return the keys and stamps of the demands that decide this one's outcome. One query, or none."""
    others = [key for key in among if key != demand.pk]
    found = page_stamp.stamped(Demand.objects.filter(pk__in=others).order_by("pk"))
    return list(found.values_list("pk", "page_stamp")) if others else []


def _draw(demand: Demand, code: str, among: dict[int, Demand]) -> Drawn:
    stamp = page_stamp.read(demand.page_stamp)
    # The timeline and other parts of the page use them.
    prefetch_related_objects([demand], "transitions", "ratings")
    family = lineage_of(demand, among)
    effective = placed(family.effective)
    can_rate = own_page.can_rate(demand, family)
    timeline = entries(demand)
    answer = own_page.latest_answer(timeline)
    # A merged demand shows the chain of its target.
    links = links_of(effective) if effective.pk != demand.pk or stamp.has_links else Links()
    question = rechecks.question(demand) if stamp.recheck else None
    context = {
        "demand": demand,
        "code": code,
        "state": own_page.state(demand, family, can_rate=can_rate),
        "answer": answer,
        "entries": [entry for entry in timeline if entry is not answer],
        "lineage": family,
        "stations": stations(effective, effective.transitions.all(), links, parts=family.words),
        "parts": [(part, decides, own_page.next_step(decides, of=demand)) for part, decides in family.parts],
        "photos": list(demand.photos.all()) if stamp.photo else [],
        "next_step": own_page.next_step(effective, of=demand),
    }
    return Drawn(
        state=context["state"],
        pieces={name: render_to_string(template, context) for name, template in PIECES.items()},
        parts=tuple((part.ref, part.public_title) for part, decides in family.parts if decides.is_rated),
        can_rate=can_rate,
        can_reopen=effective.is_rated,
        declined=effective.is_declined,
        question=question.day if question else 0,
        reached_by=_reached_by(demand),
    )


def _reached_by(demand: Demand) -> str:
    """Return by what the reporter would get a message: phone, email, or empty."""
    contact = demand.contact
    if contact is None or contact.is_empty:
        return ""
    return "phone" if contact.phone else "email"
