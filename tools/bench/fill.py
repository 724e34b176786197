"""Rows like those of a busy portal after three years: old ones closed, recent ones in progress, the newest waiting.

Written with COPY instead of the services, which create one demand at a time. The random numbers are the same each time.
"""

import datetime
import hashlib
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection, models
from django.utils import timezone

from consultation.models import Area, AreaLevel
from demands.models import (
    Category,
    Channel,
    Demand,
    DemandCounter,
    DemandMessage,
    DemandTransition,
    MessageKind,
    PublicationBasis,
    Rating,
    Support,
    Verdict,
)
from demands.services import words
from demands.workflow import CLOSED, DeclineReason, DemandStatus
from foundation import clock, contacts
from foundation.actors import Party

S = DemandStatus
OFFICE = "南湖街道办事处"
CHUNK = 20_000
WAITING = 200
DAYS = 3 * 365
IN_WORK_DAYS = 45
PUBLISHED = 0.6
# So many different contacts are encrypted and then reused, because encryption is slow.
CONTACTS = 500
SUBJECTS = ["路灯不亮", "电梯常停", "楼道堆物", "门禁失灵", "雨天积水", "车位不够", "充电桩太少", "广场舞声音大"]
SUBJECTS += ["垃圾桶满溢", "绿化带踩秃", "健身器材损坏", "路面坑洼", "井盖松动", "污水外溢", "高空抛物", "没有排练场地"]
SUBJECTS += ["快递柜占道", "老年食堂排队久", "放学时段拥堵", "公共收益没有公示", "消防通道被占", "外墙渗水", "蚊虫很多"]
SPOTS = ["东门外", "西门口", "中心花园", "3 号楼旁", "8 号楼前", "地下车库", "公交站旁", "活动室门口", "小广场"]
WISHES = ["希望尽快修好", "希望大家商量个办法", "希望能安排人来看看", "希望公布处理时间", "希望长期有人管"]
# Every status after the first.
STATUSES = {
    S.RECEIVED: (),
    S.ACCEPTED: (S.ACCEPTED,),
    S.IN_CONSULTATION: (S.ACCEPTED, S.IN_CONSULTATION),
    S.IN_PROGRESS: (S.ACCEPTED, S.IN_PROGRESS),
    S.RESOLVED: (S.ACCEPTED, S.IN_CONSULTATION, S.IN_PROGRESS, S.RESOLVED),
    S.CONFIRMED: (S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED, S.CONFIRMED),
    S.DECLINED: (S.ACCEPTED, S.DECLINED),
    S.MERGED: (S.MERGED,),
    S.WITHDRAWN: (S.ACCEPTED, S.WITHDRAWN),
}
OLD = ((S.CONFIRMED, 55), (S.RESOLVED, 26), (S.DECLINED, 10), (S.MERGED, 6), (S.WITHDRAWN, 3))
IN_WORK = ((S.ACCEPTED, 20), (S.IN_CONSULTATION, 20), (S.IN_PROGRESS, 40), (S.RESOLVED, 15), (S.DECLINED, 5))


class Copy:
    """Collects rows of one model to insert; missing fields get their defaults, and keys count from 1."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        self.columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
        self.defaults = {field.attname: field.get_default() for field in fields}
        self.count = 0
        self.lines: list[str] = []

    def add(self, **values) -> int:
        """Add a row and return its key."""
        self.count += 1
        row = self.defaults | {"id": self.count} | values
        if len(row) > len(self.defaults):
            raise TypeError(f"{self.model.__name__} has no field {set(row) - set(self.defaults)}")
        self.lines.append("\t".join(map(_cell, row.values())))
        return self.count

    def flush(self) -> None:
        table = connection.ops.quote_name(self.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} ({self.columns}) FROM STDIN", io.StringIO("\n".join(self.lines)))
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {max(self.count, 1)})")
        self.lines.clear()


def _cell(value) -> str:
    if value is None:
        return r"\N"
    return str(value).replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")


def fill(rows: int, report: Callable[[str], None]) -> None:
    """Insert `rows` demands and everything that belongs to them into a database that has only the structure."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '512MB'")
    indexes = _drop_indexes(Demand)
    _copy(rows, report)
    report("data: building the indexes")
    with connection.cursor() as cursor:
        for definition in indexes:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    report("data: counting words")
    words.count_words()


def _drop_indexes(model: type[models.Model]) -> list[str]:
    """Drop the model's plain indexes and return SQL to recreate them, which is faster than updating them per row."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid = %s::regclass AND NOT indisunique
            """,
            [model._meta.db_table],
        )
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in found]


def _copy(rows: int, report: Callable[[str], None]) -> None:
    draw = random.Random(1)  # nosec B311 # noqa: S311 - test data
    tables = Tables()
    areas = list(Area.objects.filter(level__gte=AreaLevel.COMMUNITY))
    categories = list(Category.objects.all())
    reachable = _some_contacts()
    numbers: Counter[int] = Counter()
    last_plain = 0
    for number, (received_at, status) in enumerate(_lives(rows, draw), 1):
        if status == S.MERGED and not last_plain:
            status = S.CONFIRMED
        year = timezone.localdate(received_at).year
        numbers[year] += 1
        life = Life(
            ref=f"NH-{year}-{numbers[year]:05d}",
            received_at=received_at,
            status=status,
            area=draw.choice(areas),
            category=draw.choice(categories),
            contact=draw.choice(reachable) if draw.random() < 0.5 else None,
            merged_into=last_plain if status == S.MERGED else None,
        )
        tables.add(life, Details.of(life, draw))
        if status not in (S.MERGED, S.WITHDRAWN):
            last_plain = number
        if number % CHUNK == 0 or number == rows:
            tables.flush()
            report(f"data: {number:,} of {rows:,} demands")
    DemandCounter.objects.bulk_create(
        DemandCounter(prefix="NH", year=year, last=last) for year, last in numbers.items()
    )


def _some_contacts() -> list[dict]:
    names = ("called", "phone", "email", "phone_hash", "email_hash", "last4_hash")
    made = [
        contacts.store(called=f"住户{number}", phone=f"139{number:08d}", email="") for number in range(1, CONTACTS + 1)
    ]
    contacts.Contact.objects.all().delete()
    return [{name: getattr(contact, name) for name in names} for contact in made]


def _lives(rows: int, draw: random.Random) -> Iterator[tuple[datetime.datetime, str]]:
    """When each demand was received, oldest first, and its current status."""
    now = clock.now()
    waiting = min(WAITING, rows // 2)
    old, in_work = ([status for status, _share in shares] for shares in (OLD, IN_WORK))
    old_shares, in_work_shares = ([share for _status, share in shares] for shares in (OLD, IN_WORK))
    for number in range(rows - waiting):
        age = DAYS - number * (DAYS - 1) / max(rows - waiting, 1)
        status = draw.choices(old, old_shares)[0] if age > IN_WORK_DAYS else draw.choices(in_work, in_work_shares)[0]
        yield now - datetime.timedelta(days=age), status
    for number in range(waiting):
        yield now - datetime.timedelta(hours=20 * (waiting - number) / waiting), S.RECEIVED


@dataclass(frozen=True)
class Life:
    """One demand: when it was received, what it is about, and its current status."""

    ref: str
    received_at: datetime.datetime
    status: str
    area: Area
    category: Category
    contact: dict | None  # values of its row
    merged_into: int | None

    @property
    def statuses(self) -> tuple[str, ...]:
        """Every status it had, in order."""
        return (S.RECEIVED, *STATUSES[self.status])


@dataclass(frozen=True)
class Details:
    """The random values for one demand."""

    times: list[datetime.datetime]  # of its statuses
    answered: bool
    consents: bool
    public: bool
    title: str
    wish: str
    supports: int
    channel: str
    added_to: bool  # the resident wrote again

    @classmethod
    def of(cls, life: Life, draw: random.Random) -> "Details":
        # Its moves are spread over at most three weeks, and none is in the future.
        span = min(datetime.timedelta(days=21), clock.now() - life.received_at)
        count = len(life.statuses)
        ended = life.status in (S.RESOLVED, S.CONFIRMED, S.DECLINED)
        answered = ended or (S.ACCEPTED in life.statuses and draw.random() < 0.5)
        consents = draw.random() < 0.85
        hidden = life.status in (S.RECEIVED, S.MERGED, S.WITHDRAWN)
        public = not hidden and draw.random() < PUBLISHED / 0.91
        return cls(
            times=[life.received_at + span * (place / count) for place in range(count)],
            answered=answered,
            consents=consents,
            public=public,
            title=f"{life.area.name}{draw.choice(SPOTS)}{draw.choice(SUBJECTS)}",
            wish=draw.choice(WISHES),
            supports=draw.choice((0, 0, 0, 0, 1, 1, 2, 5)) if public else 0,
            channel=draw.choice((Channel.WEB, Channel.WEB, Channel.VENUE_QR, Channel.WINDOW, Channel.PHONE)),
            added_to=draw.random() < 0.2,
        )


class Tables:
    """The rows of demands and of all that belongs to them."""

    def __init__(self) -> None:
        # Contacts come first, because demands refer to them.
        models = (contacts.Contact, Demand, DemandTransition, DemandMessage, Support, Rating)
        self.copies = {model: Copy(model) for model in models}

    def flush(self) -> None:
        for copy in self.copies.values():
            copy.flush()

    def add(self, life: Life, details: Details) -> None:
        """One demand with its contact, transitions, messages, supports and rating."""
        contact = self.copies[contacts.Contact].add(**life.contact) if life.contact else None
        demand = self.copies[Demand].add(
            contact_id=contact, **_received(life, details), **_dates(life, details), **_published(life, details)
        )
        resolved = self._add_transitions(demand, life, details)
        self._add_messages(demand, details)
        last = details.times[-1]
        for visitor in range(details.supports):
            self.copies[Support].add(demand_id=demand, visitor=_hash(f"{life.ref} {visitor}"), at=last)
        if life.status == S.CONFIRMED:
            verdict = Verdict.SATISFIED
            self.copies[Rating].add(demand_id=demand, closing_id=resolved, work=verdict, result=verdict, at=last)

    def _add_transitions(self, demand: int, life: Life, details: Details) -> int | None:
        """Add the transitions and return the key of the one that resolved the demand, if any."""
        resolved = None
        for before, after, at in zip(("", *life.statuses), life.statuses, details.times, strict=False):
            party = Party.RESIDENT if after in (S.RECEIVED, S.CONFIRMED, S.WITHDRAWN) else Party.STAFF
            key = self.copies[DemandTransition].add(
                demand_id=demand,
                at=at,
                from_status=before,
                to_status=after,
                party=party,
                office=OFFICE if party == Party.STAFF else "",
                reason=DeclineReason.OUT_OF_REMIT if after == S.DECLINED else "",
            )
            resolved = key if after == S.RESOLVED else resolved
        return resolved

    def _add_messages(self, demand: int, details: Details) -> None:
        at = details.times[-1]
        if details.answered:
            body = f"您好，{details.title}的事情我们已经到现场看过，正在和物业一起处理，进展会写在这里。"
            self.copies[DemandMessage].add(demand_id=demand, kind=MessageKind.ANSWER, body=body, at=at, office=OFFICE)
        if details.added_to:
            self.copies[DemandMessage].add(demand_id=demand, kind=MessageKind.ADDITION, body="还是老样子。", at=at)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _received(life: Life, details: Details) -> dict:
    """The fields the resident filled in, and the status."""
    declined = life.status == S.DECLINED
    return {
        "ref": life.ref,
        "form_hash": _hash(life.ref),
        "code_hash": _hash(life.ref),
        "status": life.status,
        "channel": details.channel,
        "category_id": life.category.pk,
        "area_id": life.area.pk,
        "description": f"{details.title}，大概有两周了，物业说要等。{details.wish}，谢谢！",
        "place": details.title.removeprefix(life.area.name),
        "consent_handling": True,
        "consent_publication": details.consents,
        "merged_into_id": life.merged_into,
        "decline_reason": DeclineReason.OUT_OF_REMIT if declined else "",
        "responsible": "供水公司" if declined else "",
        "version": len(life.statuses) - 1,
    }


def _dates(life: Life, details: Details) -> dict:
    def due(days: int) -> datetime.date:
        return (life.received_at + datetime.timedelta(days=days * 1.5)).date()

    last = details.times[-1]
    return {
        "received_at": life.received_at,
        "answered_at": last if details.answered else None,
        "closed_at": last if life.status in CLOSED else None,
        "response_due": due(life.category.response_days),
        "resolution_due": due(life.category.resolution_days),
    }


def _published(life: Life, details: Details) -> dict:
    """The public fields; empty if the demand is not published."""
    if not details.public:
        return {}
    title, wish = details.title, details.wish
    return {
        "public_title": title,
        "public_summary": f"居民反映{title}，已经有一段时间了，早晚出入不便，老人和孩子尤其受影响。{wish}。",
        "public_result": f"{title}一事已处理完毕，社区将继续留意。" if life.status in CLOSED else "",
        "publication_basis": PublicationBasis.WEB_CONSENT if details.consents else PublicationBasis.NOBODY_CONCERNED,
        "published_at": details.times[1],
        "support_count": details.supports,
    }
