"""Digests: one e-mail a day or a week instead of many, and with what nobody would send a message of its own about.

An app registers its kinds of digest, and for each kind the sections it contributes, in `AppConfig.ready`. What is in a
digest comes from two places: messages that `outbox.enqueue` held back for it, and the sections' collectors.

Everything happens once for each digest that is due: in one transaction the subscription is locked, the message is put
into the outbox, what it contains is marked, and the next time is set. A worker killed before the end leaves nothing;
after it, the outbox sends, as it does any message. The text is written when it is sent.
"""

import datetime
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from . import clock, outbox, portal
from .links import on_main_host
from .message_templates import Template
from .outbox import Channel, OutboxMessage, SendStatus
from .sms import Text
from .subscriptions import DigestSubscription, Person, next_time

logger = logging.getLogger("nanhu.digests")

TEMPLATE = "digest"
TEMPLATES = {
    TEMPLATE: Template(
        gettext_lazy("%(portal)s：%(kind)s（%(day)s）"),
        gettext_lazy("收信人选择的汇总邮件，每天或每周一封。"),
        by_sms=False,
    )
}
MAX_AT_ONCE = 200
MAX_HELD = 200  # in one digest; the rest are in the next


class Line(NamedTuple):
    """One thing in a digest. It names nobody but its recipient."""

    text: str
    link: str = ""
    details: str = ""


class Section(NamedTuple):
    heading: str
    lines: list[Line]


# What one section has to say to a subscriber, of the time since their last digest. It only reads.
Collector = Callable[[DigestSubscription, datetime.datetime, datetime.datetime], list[Line]]


@dataclass
class Kind:
    """A kind of digest.

    Args:
        label: its name, for the subject and for the page where people choose.
        about: what is in it, in a sentence.
        news: the heading of the messages that were held back for it.
        sections: heading and collector of each section.
        page: name of the URL where signed-in people choose instead, where there is such a page.
        on_stop: what else is done when a person stops it, before what was held for them is sent.
    """

    code: str
    label: str
    about: str
    news: str
    sections: list[tuple[str, Collector]] = field(default_factory=list)
    page: str = ""
    on_stop: Callable[[Person], None] | None = None


kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add a kind of digest. To be called from `AppConfig.ready`."""
    kinds.setdefault(kind.code, kind)


def add_section(code: str, heading: str, collector: Collector) -> None:
    """Add a section to a kind that this app or one below it has registered. To be called from `AppConfig.ready`."""
    section = (heading, collector)
    if section not in kinds[code].sections:
        kinds[code].sections.append(section)


# --- Enqueueing ------------------------------------------------------------------------------------------------------


def enqueue_due() -> int:
    """Enqueue the digests that are due, and skip those with nothing to say. Returns how many. The worker calls it."""
    due = DigestSubscription.objects.filter(next_at__lte=clock.now(), kind__in=kinds)
    keys = list(due.order_by("next_at", "pk").values_list("pk", flat=True)[:MAX_AT_ONCE])
    return sum(_enqueue(key) for key in keys)


@transaction.atomic
def _enqueue(key: int) -> bool:
    now = clock.now()
    # Another worker may be at it, or have done it.
    due = DigestSubscription.objects.filter(pk=key, next_at__lte=now)
    row = due.select_for_update(skip_locked=True, of=("self",)).select_related("contact", "user").first()
    if row is None:
        return False
    person = row.person
    if not person.email:
        row.delete()
        return False
    held = _held(person)
    made = bool(held or _collect(row, row.collected_at, now))
    if made:
        key = _key(row, f"{row.next_at:%Y%m%dT%H%M%z}")
        span = {"since": row.collected_at.isoformat(), "until": now.isoformat()}
        message = OutboxMessage.objects.create(
            contact=row.contact,
            user=row.user,
            channel=Channel.EMAIL,
            template=TEMPLATE,
            parameters={"subscription": row.pk, "key": key, **span},
            subject_ref=f"digest:{row.kind}",
            key=key,
        )
        OutboxMessage.objects.filter(pk__in=held).update(in_digest=message)
    # A worker that was away for weeks sends one digest and not one for each week.
    row.collected_at, row.next_at = now, next_time(row.frequency, row.weekday, row.hour, now)
    row.save(update_fields=["collected_at", "next_at"])
    return made


def _key(row: DigestSubscription, period: str = "") -> str:
    return f"digest:{row.pk}:{period}"


def _held(person: Person) -> list[int]:
    theirs = {"user": person.user} if person.user else {"contact__in": person.contacts}
    rows = OutboxMessage.objects.waiting_for_digest().filter(digest=person.kind, **theirs)
    return list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)[:MAX_HELD])


def _collect(row: DigestSubscription, since: datetime.datetime, until: datetime.datetime) -> list[Section]:
    """The sections that have something to say, in the current language."""
    sections = kinds[row.kind].sections
    found = [Section(str(heading), collector(row, since, until)) for heading, collector in sections]
    return [section for section in found if section.lines]


# --- Stopping --------------------------------------------------------------------------------------------------------


@transaction.atomic
def stop(person: Person) -> bool:
    """Stop a person's digest, also one that is about to be sent. Returns whether they had one.

    What was held back for it is sent in single messages again.
    """
    rows = list(person.subscriptions.select_for_update(of=("self",)).order_by("pk"))
    for row in rows:
        unsent = OutboxMessage.objects.filter(status=SendStatus.WAITING, key__startswith=_key(row))
        OutboxMessage.objects.filter(pk__in=[message.pk for message in unsent.select_for_update(of=("self",))]).delete()
        row.delete()
    on_stop = kinds[person.kind].on_stop
    if on_stop:
        on_stop(person)
    release()
    return bool(rows)


def release() -> int:
    """Send what was held back for people who no longer have a digest, for example since their contact was erased.

    Returns how many messages. The worker calls it.
    """
    theirs = DigestSubscription.objects.filter(
        Q(contact__email_hash=OuterRef("contact__email_hash")) | Q(user=OuterRef("user")), kind=OuterRef("digest")
    )
    return OutboxMessage.objects.waiting_for_digest().filter(~Exists(theirs)).send_now()


# --- Writing ---------------------------------------------------------------------------------------------------------


def render(template: str, parameters: dict) -> Text:
    """Render a digest as it reads now. Raises `outbox.Dropped` if it was stopped, or nothing is left to say."""
    rows = DigestSubscription.objects.select_related("contact", "user")
    row = rows.filter(pk=parameters["subscription"], kind__in=kinds).first()
    if row is None:
        raise outbox.Dropped
    since, until = (datetime.datetime.fromisoformat(parameters[name]) for name in ("since", "until"))
    with translation.override(row.read_in):
        sections = [*_news(row.kind, parameters["key"]), *_collect(row, since, until)]
        if not sections:
            raise outbox.Dropped
        return _write(row, sections, until)


def _news(kind: str, key: str) -> list[Section]:
    """The messages that were held back. What was deleted meanwhile is left out."""
    lines = []
    for message in OutboxMessage.objects.filter(in_digest__key=key).order_by("pk"):
        try:
            text = outbox.render(message)
        except ObjectDoesNotExist:
            logger.info("message %s is about something that is gone", message.pk)
            continue
        lines.append(Line(text.subject, text.parameters.get("link", ""), text.summary))
    return [Section(str(kinds[kind].news), lines)] if lines else []


def _write(row: DigestSubscription, sections: list[Section], until: datetime.datetime) -> Text:
    kind, person = kinds[row.kind], row.person
    stop_link = person.link("digest_stop")
    context = {
        "kind": kind,
        "sections": sections,
        "row": row,
        "portal": portal.shown(),
        "choose": on_main_host(reverse(kind.page)) if kind.page else person.link("digest"),
        "stop": stop_link,
    }
    day = date_format(timezone.localtime(until), "DATE_FORMAT")
    subject = TEMPLATES[TEMPLATE].subject % {"portal": portal.shown(), "kind": kind.label, "day": day}
    return Text(
        subject,
        render_to_string("foundation/digest.txt", context),
        {},
        html=render_to_string("foundation/digest.html", context),
        headers={
            # RFC 8058: the mail program unsubscribes with one POST; who opens the link is asked first.
            "List-Unsubscribe": f"<{stop_link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
