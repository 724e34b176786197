"""Rows for tests, created as the portal does: demands reach their status through services, by allowed moves.

Plain functions. Those for surroundings (`tree`, `category`, `venue`, accounts by name) return the same row when called
again.
"""

import contextlib
import datetime
import io
import itertools
import uuid
from contextlib import nullcontext
from dataclasses import dataclass

import pillow_heif
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.utils import timezone
from PIL import Image

from consultation.models import (
    AgendaItem,
    Agreement,
    Area,
    AreaLevel,
    Cadence,
    Event,
    Organisation,
    OrganisationKind,
    PartnerSector,
    Picture,
    Platform,
    Project,
    Robot,
    Series,
    SeriesKind,
    SignUp,
    Slot,
    StaffScope,
    StudyNote,
    SubdistrictProfile,
    Topic,
    Venue,
    VenueKind,
)
from consultation.services import agreements, pictures, rhythm, sign_ups
from consultation.services import events as meetings
from consultation.services import topics as orders
from consultation.workflow import EventStatus
from demands import services
from demands.models import Category, Demand, Dispatch, OfficeRequest, Proposal, PublicationBasis
from demands.services import dispatches, proposal_moves, proposals
from demands.sheets.demands import DemandRow
from demands.workflow import OPEN, DeclineReason, DemandStatus, DispatchStatus, Outcome, ProposalReason
from foundation import clock, consent, contacts, uploads
from foundation.accounts import Role, User, give_role
from foundation.actors import RESIDENT, SYSTEM
from foundation.cached import forget_all
from foundation.consent import Purpose
from foundation.tokens import new_code
from foundation.uploads import PhotoReview
from members.models import (
    Attendance,
    DutyKind,
    DutyPhoto,
    DutyRecord,
    LiaisonCommittee,
    Member,
    ProfileChange,
    Reception,
    ReceptionBooking,
    Resource,
    ResourceCategory,
    StudyMark,
)
from members.services import attendance, people, receptions, studies
from members.services import resources as offers
from members.services.duties import records
from members.services.duties.activity import Activity
from members.workflow import DutyStatus, ResourceStatus
from tests.again import again

pillow_heif.register_heif_opener()

PASSWORD = "a-password-for-tests"
S = DemandStatus
# --- Places --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tree:
    """A district with two subdistricts. The first has two communities, one with two compounds, one with one."""

    district: Area
    subdistrict: Area
    community: Area
    compound: Area
    second_compound: Area  # in the same community
    other_community: Area  # in the same subdistrict
    other_compound: Area  # in the other community
    far_subdistrict: Area
    far_community: Area
    far_compound: Area
    committee: LiaisonCommittee  # of the first subdistrict; references start with NH


def area(level: int, parent: Area | None = None, *, code: str, name: str = "", name_en: str = "") -> Area:
    found, _created = Area.objects.get_or_create(
        code=code, defaults={"level": level, "parent": parent, "name": name or code, "name_en": name_en}
    )
    return found


# From the top: field of the tree, level, field of the parent, code, name, English name.
PLACES = [
    ("district", AreaLevel.DISTRICT, None, "district", "南湖区", "Nanhu District"),
    ("subdistrict", AreaLevel.SUBDISTRICT, "district", "subdistrict", "湖东街道", ""),
    ("far_subdistrict", AreaLevel.SUBDISTRICT, "district", "far-subdistrict", "湖西街道", ""),
    ("community", AreaLevel.COMMUNITY, "subdistrict", "community", "桂花社区", "Guihua Community"),
    ("other_community", AreaLevel.COMMUNITY, "subdistrict", "other-community", "柳园社区", ""),
    ("far_community", AreaLevel.COMMUNITY, "far_subdistrict", "far-community", "松林社区", ""),
    ("compound", AreaLevel.COMPOUND, "community", "compound", "桂花苑", ""),
    ("second_compound", AreaLevel.COMPOUND, "community", "second-compound", "桂花新村", ""),
    ("other_compound", AreaLevel.COMPOUND, "other_community", "other-compound", "柳园小区", ""),
    ("far_compound", AreaLevel.COMPOUND, "far_community", "far-compound", "松林小区", ""),
]


# Of demands that no committee numbered.
numbers = itertools.count(1)
# Rows that exist already in this test; `tests/conftest.py` clears it.
existing: dict[str, Tree | Category] = {}


def tree() -> Tree:
    """The tree of areas. Nearly every row needs it, so it is created once a test, with few queries."""
    if "tree" not in existing:
        existing["tree"] = _tree()
    return existing["tree"]


def _tree() -> Tree:
    there = Area.objects.filter(code__in=[code for _f, _l, _p, code, *_ in PLACES])
    if not there.exists():
        return again(("tree",), lambda: _planted({}))
    return _planted({found.code: found for found in there})[0]


def _planted(there: dict[str, Area]) -> tuple[Tree, list[Model]]:
    """The tree, with those areas that are there already, and its rows."""
    places = {}
    for level, rows in itertools.groupby(PLACES, key=lambda row: row[1]):
        for field, _level, parent, code, name, name_en in rows:
            places[field] = there.get(code) or Area(
                level=level, parent=places.get(parent), code=code, name=name, name_en=name_en
            )
        # Parents need their keys before their children are created.
        Area.objects.bulk_create([place for place in places.values() if place.pk is None])
    committee, _created = LiaisonCommittee.objects.get_or_create(
        area=places["subdistrict"], defaults={"name": "政协湖东街道联络委", "ref_prefix": "NH", "phone": "027-80000000"}
    )
    return Tree(**places, committee=committee), [*places.values(), committee]


def one_subdistrict() -> Tree:
    """The tree without its second subdistrict: most portals have one alone."""
    there = tree()
    for place in (there.far_compound, there.far_community, there.far_subdistrict):
        Area.objects.filter(pk=place.pk).delete()
    forget_all()
    return there


def profile(place: Area | None = None, **values) -> SubdistrictProfile:
    """What a subdistrict says of itself, by default the first."""
    found, _created = SubdistrictProfile.objects.update_or_create(
        area=place or tree().subdistrict, defaults={"phone": "027-81111111"} | values
    )
    forget_all()
    return found


def venue(kind: str = VenueKind.CLOUD_STATION, place: Area | None = None, **values) -> Venue:
    """A venue at the level of its kind, by default in the first area of the tree."""
    places = tree()
    home = {
        VenueKind.MEMBERS_HOME: places.subdistrict,
        VenueKind.DELIBERATION_HOME: places.community,
        VenueKind.CONSULTATION_STUDIO: places.community,
        VenueKind.CLOUD_STATION: places.compound,
    }[kind]
    place = place or home
    slug = f"{kind.replace('_', '-')}-{place.code}"
    defaults = {
        "kind": kind,
        "area": place,
        "name": f"{place.name}{VenueKind(kind).label}",
        "code": f"V{Venue.objects.count() + 1:05d}",
        "address": "桂花路 1 号",
    }
    found, _created = Venue.objects.get_or_create(slug=values.pop("slug", slug), defaults=defaults | values)
    return found


# --- People --------------------------------------------------------------------------------------------------------


def user(username: str, role: Role | None = None, *areas: Area, **values) -> User:
    """An account with the password `PASSWORD`, the role's group and a scope for each area."""
    there = User.objects.filter(username=username)
    if there.exists():
        return there.get()
    keys = tuple(place.pk for place in areas)
    return again((username, role, keys, *values.items()), lambda: _account(username, role, areas, values))


def _account(username: str, role: Role | None, areas: tuple[Area, ...], values: dict) -> tuple[User, list[Model]]:
    """The account and its rows."""
    made = User.objects.create_user(username, password=PASSWORD, **({"name": username} | values))
    if role is not None:
        give_role(made, role)
    scopes = [StaffScope.objects.create(user=made, area=place) for place in areas]
    return made, [made, *User.groups.through.objects.filter(user=made), *scopes]


def member(username: str = "member") -> User:
    return user(username, Role.COMMITTEE_MEMBER, name="陈委员")


def community_staff(username: str = "community", *areas: Area) -> User:
    areas = areas or (tree().community,)
    return user(username, Role.COMMUNITY_STAFF, *areas, name="张三", office="桂花社区居委会")


def liaison_staff(username: str = "liaison", *areas: Area) -> User:
    areas = areas or (tree().subdistrict,)
    return user(username, Role.LIAISON_STAFF, *areas, name="李四", office="湖东街道联络委")


def auditor(username: str = "auditor", *areas: Area) -> User:
    areas = areas or (tree().subdistrict,)
    return user(username, Role.AUDITOR, *areas, name="审计员")


def superuser(username: str = "admin") -> User:
    found = User.objects.filter(username=username).first()
    return found or User.objects.create_superuser(username, password=PASSWORD, name="管理员")


def of_demo(account: User) -> User:
    """The same account with the password that makes it one of the demo."""
    account.set_password("nanhu-demo")
    account.save(update_fields=["password"])
    return account


# --- Photos --------------------------------------------------------------------------------------------------------

MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}


def image_bytes(format: str = "JPEG", size: tuple[int, int] = (64, 48), color="#3a7", mode: str = "RGB", **save):
    output = io.BytesIO()
    Image.new(mode, size, color).save(output, format, **save)
    return output.getvalue()


def upload(
    content: bytes | None = None, name: str = "photo.jpg", content_type: str = "image/jpeg"
) -> SimpleUploadedFile:
    """An upload as a browser sends it; a small JPEG unless `content` is given."""
    return SimpleUploadedFile(name, image_bytes() if content is None else content, content_type)


def jpeg(name: str = "photo.jpg", **picture) -> SimpleUploadedFile:
    return upload(image_bytes("JPEG", **picture), name, "image/jpeg")


def png(name: str = "photo.png", **picture) -> SimpleUploadedFile:
    return upload(image_bytes("PNG", **picture), name, "image/png")


def staged_photo() -> uploads.StagedPhoto:
    return uploads.stage(jpeg())


# --- Demands -------------------------------------------------------------------------------------------------------


def category(code: str = "environment", **values) -> Category:
    if code not in existing:
        there = Category.objects.filter(code=code)
        defaults = {"name": "环境卫生", "name_en": "Environment", "response_days": 3, "resolution_days": 30}
        # Not `again`, since categories are listed in the order of their keys.
        existing[code] = there.get() if there.exists() else Category.objects.create(code=code, **(defaults | values))
    return existing[code]


def submission(**values) -> services.intake.Submission:
    """A submission with a new code, a phone and both consents, for the first compound of the tree."""
    defaults = {
        "code": new_code(),
        "description": "3 号门外路灯坏了两周，晚上看不清台阶。",
        "category": values.get("category") or category(),
        "area": values.get("area") or tree().compound,
        "place": "3 号门外",
        "called": "王女士",
        "phone": "13912345678",
        "consent_handling": True,
        "consent_publication": True,
        "shown": consent.show(*Purpose),
    }
    return services.intake.Submission(**(defaults | values))


# The moves that lead to each status, from a demand just received.
WAYS = {
    S.RECEIVED: [],
    S.ACCEPTED: [S.ACCEPTED],
    S.IN_CONSULTATION: [S.ACCEPTED, S.IN_CONSULTATION],
    S.IN_PROGRESS: [S.ACCEPTED, S.IN_PROGRESS],
    S.RESOLVED: [S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED],
    S.CONFIRMED: [S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED, S.CONFIRMED],
    S.REOPENED: [S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED, S.REOPENED],
    S.DECLINED: [S.DECLINED],
    S.MERGED: [S.MERGED],
    S.WITHDRAWN: [S.WITHDRAWN],
    S.SPLIT: [S.ACCEPTED, S.SPLIT],
}


# The service that makes each move, by target status; two statuses have another one.
SERVICES = {
    S.ACCEPTED: services.handling.accept,
    S.IN_CONSULTATION: services.handling.consult,
    S.IN_PROGRESS: services.handling.start,
    S.RESOLVED: services.handling.resolve,
    S.CONFIRMED: services.residents.confirm,
    S.REOPENED: services.handling.reopen,
    S.DECLINED: services.handling.decline,
    S.MERGED: services.merging.merge,
    S.WITHDRAWN: services.residents.withdraw,
    S.SPLIT: services.merging.split,
}
UNDOING = {S.MERGED: services.merging.unmerge, S.SPLIT: services.merging.unsplit}
NOTHING = {
    S.RESOLVED: {"answer": ""},
    S.REOPENED: {"reason": ""},
    S.DECLINED: {"answer": "", "decline_reason": ""},
    S.MERGED: {"target": None},
    S.SPLIT: {"parts": ()},
}


def acting_at(moment: datetime.datetime | None, act, *args, **values):
    """The result of an act at another time, by default now."""
    with clock.turned_to(moment) if moment else contextlib.nullcontext():
        return act(*args, **values)


def make_move(found: Demand, to: str, *, actor=SYSTEM, **values) -> Demand:
    """One move by its own service, with nothing but what is given."""
    if to in OPEN and (before := _status(found)) in UNDOING:
        return UNDOING[before](found, actor=actor, **values)
    return SERVICES[to](found, actor=actor, **(NOTHING.get(to, {}) | values))


def _status(found: Demand) -> str:
    """The status in the database: the test's own object may be older than the last move."""
    return Demand.objects.values_list("status", flat=True).get(pk=found.pk)


def move(found: Demand, to: str, *, at=None, **values) -> Demand:
    """The same, with the text, target or parts that the move requires, and at another time if one is given."""
    return acting_at(at, make_move, found, to, **(_required(found, to, values) | values))


def _required(found: Demand, to: str, values: dict) -> dict:
    if to == S.SPLIT:
        return {"parts": [part("换路灯", area=found.area), part("补台阶", area=found.area)]}
    if to == S.MERGED and "target" not in values:
        return {"target": demand(area=found.area, category=found.category, description="同一件事，先提出的。")}
    return {
        S.RESOLVED: {"answer": "路灯已修好。"},
        S.REOPENED: {"reason": "还是不亮。"},
        S.DECLINED: {"answer": "不归我们管。", "decline_reason": DeclineReason.NOT_FEASIBLE},
    }.get(to, {})


def part(title: str = "换路灯", **values) -> services.merging.Part:
    """One of the parts that a demand is split into."""
    defaults = {"description": f"{title}，先到现场看。", "category": category(), "area": tree().compound}
    return services.merging.Part(title, **(defaults | values))


def demand(status: str = S.RECEIVED, *, public: bool = False, at=None, **values) -> Demand:
    """A demand in any status.

    Args:
        public: publish it with an invented title and summary, on the resident's web consent.
        at: when it was received and moved, by default now.
        values: fields of its `Submission`.
    """
    given = submission(**values)
    found, _created = acting_at(at, services.intake.submit, given, actor=RESIDENT)
    if public:
        found = publish(found, at=at)
    for to in WAYS[S(status)]:
        found = acting_at(at, SERVICES[to], found, actor=SYSTEM, **(NOTHING.get(to, {}) | _required(found, to, {})))
    found.category, found.area = given.category, given.area
    return found


def imported(posted_at, *, publish_as: str = "", **values) -> Demand:
    """A demand that came in with a list, now; `values` are further fields of its `DemandRow`."""
    defaults = {
        "title": "3 号门外路灯不亮",
        "body": "3 号门外路灯坏了。",
        "category": category(),
        "area": tree().compound,
    }
    row = DemandRow(posted_at=posted_at, **(defaults | values))
    [found] = services.batches.bring_in([row], actor=liaison_staff(), publish_as=publish_as)
    return Demand.objects.with_place().get(pk=found.pk)


def alike(found: Demand, *values: dict) -> list[Demand]:
    """More demands like this one, each with values of its own, by one query: without contact and moves."""
    fields = [field.attname for field in Demand._meta.concrete_fields if not (field.generated or field.primary_key)]
    same = {name: getattr(found, name) for name in fields} | {"contact_id": None, "code_hash": None}
    return Demand.objects.bulk_create(
        Demand(**(same | {"ref": f"AL-2026-{next(numbers):05d}", "form_hash": uuid.uuid4().hex} | own))
        for own in values
    )


def joined(target: Demand, **values) -> Demand:
    """A demand merged into one that has ended since, as when that was still open."""
    found = demand(at=target.received_at, **values)
    Demand.objects.filter(pk=found.pk).update(status=S.MERGED, merged_into=target, closed_at=target.received_at)
    return Demand.objects.with_place().get(pk=found.pk)


def publish(found: Demand, *, title: str = "3 号门外路灯不亮", actor=None, version=None, at=None, **texts) -> Demand:
    basis = PublicationBasis.WEB_CONSENT if found.consent_publication else PublicationBasis.NOBODY_CONCERNED
    defaults = {"summary": "居民反映 3 号门外路灯损坏，夜间通行不便。", "basis": basis}
    publication = services.publishing.Publication(title, **(defaults | texts))
    return acting_at(
        at, services.publishing.publish, found, publication, actor=actor or liaison_staff(), version=version
    )


# Status of a proposal → the services that lead there from a draft, each with what it is given.
_PROPOSAL_WAYS: dict[str, list] = {
    "draft": [],
    "ready": [(proposal_moves.finish, {})],
    "submitted": [(proposal_moves.submit, {"recipient": "区政协"})],
}
_PROPOSAL_WAYS["filed"] = [*_PROPOSAL_WAYS["submitted"], (proposal_moves.file, {"number": "2026-045"})]
_PROPOSAL_WAYS["replied"] = [
    *_PROPOSAL_WAYS["filed"],
    (proposal_moves.record_reply, {"reply": "已列入明年计划。", "replied_by": "区城管局"}),
]
_PROPOSAL_WAYS["closed"] = [*_PROPOSAL_WAYS["replied"], (proposal_moves.close, {"outcome": Outcome.ADOPTED})]
_PROPOSAL_WAYS["not_filed"] = [
    *_PROPOSAL_WAYS["submitted"],
    (proposal_moves.refuse_filing, {"reason": ProposalReason.DUPLICATE}),
]
_PROPOSAL_WAYS["withdrawn"] = [(proposal_moves.withdraw, {"reason": ProposalReason.SOLVED})]


def proposal(
    status: str = "draft", *needs: Demand, author: Member | None = None, number: str = "", **words
) -> Proposal:
    """A proposal in any status, by default of one public demand about a lamp.

    Args:
        number: under which it was filed.
        words: its text, or its `kind`.
    """
    texts = {"kind": "proposal", "title": "关于修好小区路灯的建议", "situation": "居民反映路灯不亮。"}
    text = proposals.Words(**(texts | {"suggestions": "统一检修。"} | words))
    row = proposals.draft(needs or [demand(public=True)], text, author=author, actor=SYSTEM)
    for service, given in _PROPOSAL_WAYS[status]:
        row = service(row, **(given | ({"number": number} if number and "number" in given else {})), actor=SYSTEM)
    return Proposal.objects.get(pk=row.pk)


def office_request(found: Demand, *, answer: str = "", **values) -> OfficeRequest:
    """A question to an outside office; with `answer` it has answered, and staff have not handled the answer."""
    now = timezone.now()
    texts = {"office": "供电公司", "background": "3 号楼外路灯不亮", "question": "何时能修"}
    values = texts | {"expires_at": now + datetime.timedelta(days=7)} | values
    answered = {"answer": answer, "answered_by": "周工", "answered_at": now} if answer else {}
    return OfficeRequest.objects.create(demand=found, made_at=now, **values, **answered)


def photo(found: Demand, **values):
    """A photo with files in storage, as added by a resident."""
    kept = staged_photo()
    services.intake.attach(found, [kept.key], {kept.key: "坏掉的路灯"})
    row = found.photos.order_by("-pk").first()
    for name, value in values.items():
        setattr(row, name, value)
    if values:
        row.save(update_fields=list(values))
    return row


# --- Consultation --------------------------------------------------------------------------------------------------


def series(code: str = "monthly-talk", **values) -> Series:
    defaults = {"name": "月月谈", "name_en": "Monthly Talk", "cadence": Cadence.MONTHLY, "kind": SeriesKind.MECHANISM}
    place = values.pop("area", None) or tree().subdistrict
    return Series.objects.get_or_create(area=place, code=code, defaults=defaults | values)[0]


def platform(slug: str = "under-the-camphor", **values) -> Platform:
    home = values.pop("venue", None) or venue(VenueKind.DELIBERATION_HOME)
    defaults = {"name": "香樟树下", "name_en": "Under the Camphor Tree", "style": "露天围坐，谁都能说", "venue": home}
    return Platform.objects.get_or_create(slug=slug, defaults=defaults | values)[0]


def organisation(name: str = "桂花物业", **values) -> Organisation:
    place = values.pop("area", None) or tree().subdistrict
    defaults = {"kind": OrganisationKind.PROPERTY_MANAGER, "has_agreement": "cooperation_since" in values}
    return Organisation.objects.get_or_create(area=place, name=name, defaults=defaults | values)[0]


EVENT_WAYS = {
    EventStatus.PLANNED: [],
    EventStatus.OPEN: [EventStatus.OPEN],
    EventStatus.HELD: [EventStatus.HELD],
    EventStatus.MINUTES_PUBLISHED: [EventStatus.HELD, EventStatus.MINUTES_PUBLISHED],
    EventStatus.CANCELLED: [EventStatus.CANCELLED],
}


def event(status: str = EventStatus.OPEN, *, agenda: int = 1, **values) -> Event:
    """An event in any status: in eight days for coming ones, a week ago for past ones; two hours long.

    Args:
        agenda: how many agenda items it has.
        values: fields of the event. `starts_at` also moves `ends_at`. With `venue=None` it is somewhere else.
    """
    past = status in (EventStatus.HELD, EventStatus.MINUTES_PUBLISHED)
    starts_at = values.pop("starts_at", None) or timezone.now() + datetime.timedelta(days=-7 if past else 8)
    defaults = {
        "area": tree().community,
        "title": "加装门禁，大家一起商量",
        "starts_at": starts_at,
        "ends_at": starts_at + datetime.timedelta(hours=2),
        "place": "桂花路 1 号院内",
    }
    found = meetings.plan(Event(**(defaults | values)), actor=SYSTEM)
    for number in range(1, agenda + 1):
        AgendaItem.objects.create(event=found, order=number, title=f"第 {number} 个议题")
    for to in EVENT_WAYS[EventStatus(status)]:
        if to == EventStatus.MINUTES_PUBLISHED:
            meetings.write_minutes(found, "大家商量了加装门禁的事。", actor=SYSTEM)
        given = {"reason": "下大雨"} if to == EventStatus.CANCELLED else {}
        with clock.turned_to(before(found.last_sign_up)) if to == EventStatus.OPEN else nullcontext():
            found = meetings.MOVED_BY[to](found, **given, actor=SYSTEM)
    return found


def before(moment: datetime.datetime) -> datetime.datetime:
    """Now, or a minute before the moment if that has passed."""
    return min(timezone.now(), moment - datetime.timedelta(minutes=1))


def committee_member(name: str = "陈敏", **values) -> Member:
    """A CPPCC member; with `user`, the account that signs in as them."""
    own = {"name": name, "committee": tree().committee}
    there = Member.objects.filter(**own)
    return there.get() if there.exists() else Member.objects.create(**(own | values))


def topic(title: str = "小区里加装电动车充电棚", **values) -> Topic:
    defaults = {"area": tree().community, "summary": "充电位不够，有人飞线充电。"}
    return Topic.objects.create(title=title, **(defaults | values))


def agreement(held: Event | None = None, **values) -> Agreement:
    held = held or event(EventStatus.MINUTES_PUBLISHED)
    defaults = {
        "what": "3 号门外加装两盏路灯",
        "office": "湖东街道公共管理办公室",
        "sector": PartnerSector.GOVERNMENT,
        "due_on": timezone.localdate() + datetime.timedelta(days=30),
        "baseline": "夜间照度不足 2 勒克斯",
        "target": "照度不低于 10 勒克斯",
    }
    is_demo = values.pop("is_demo", False)
    found = agreements.agree(held, agreements.Details(**(defaults | values)), actor=SYSTEM)
    if is_demo:
        Agreement.objects.filter(pk=found.pk).update(is_demo=True)
        found.is_demo = True
    return found


def project(title: str = "桂花苑电动车充电棚", **values) -> Project:
    defaults = {"area": tree().community, "summary": "在 2 号门内建 20 个充电位。"}
    return Project.objects.create(title=title, **(defaults | values))


def picture(review: str = PhotoReview.APPROVED, alt: str = "换好的路灯", **owner) -> Picture:
    """A photo, with files in storage, of one `venue`, `event`, `agreement` or `project`."""
    return pictures.review(pictures.add(jpeg(), alt, actor=SYSTEM, **owner), review, actor=SYSTEM)


def robot(place: Area | None = None, address: str = "", secret: str = "", **values) -> Robot:
    """A robot of WeCom in the first community that tells of new demands, unless `values` say otherwise."""
    defaults = {"name": "工作群", "platform": "wecom", "area": place or tree().community, "kinds": ["new"]}
    made = Robot(**(defaults | values))
    made.keep(address or "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a-key-of-ours", secret)
    made.save()
    return made


def slot(found: Series, planned_on: datetime.date | None = None, **values) -> Slot:
    """A slot of a series, by default in a month."""
    day = planned_on or timezone.localdate() + datetime.timedelta(days=30)
    return Slot.objects.create(series=found, period=rhythm.period_of(found.cadence, day), planned_on=day, **values)


def study_note(found: Series, title: str = "学习要点", *, published: bool = True, **values) -> StudyNote:
    defaults = {"body": "先听居民原话。", "published_at": timezone.now() if published else None}
    return StudyNote.objects.create(series=found, title=title, **(defaults | values))


def sign_up(found: Event, code: str = "", **values) -> SignUp:
    """A sign-up for an open event, by default with a phone, and now."""
    at = values.pop("at", None)
    given = values or {"phone": "13912345678", "called": "王女士"}
    with clock.turned_to(at) if at else nullcontext():
        return sign_ups.sign_up(found, code=code or new_code(), **given)[0]


@dataclass(frozen=True)
class Neighbourhood:
    """One row of each kind that consultation in a community creates, with coming and past events."""

    home: Venue
    platform: Platform
    series: Series
    slot: Slot
    note: StudyNote
    draft: StudyNote
    organisation: Organisation
    member: Member  # in office, with a portrait
    duty: DutyRecord  # logged by the member, not confirmed yet
    duty_photo: DutyPhoto
    confirmed: DutyRecord
    profile: ProfileChange  # waits for its review
    resource: Resource  # the organisation's
    own_resource: Resource  # of the member, for the subdistrict
    event: Event  # open, with an agenda and a sign-up
    code: str  # of the sign-up
    held: Event  # its minutes are a draft
    published: Event  # its minutes and its agreement are public
    attendance: Attendance
    mark: StudyMark
    topic: Topic
    agreement: Agreement
    project: Project
    home_picture: Picture
    event_picture: Picture  # of the event held; it waits for its review
    agreement_picture: Picture
    project_picture: Picture


def neighbourhood(
    community: Area | None = None, word: str = "", contact: dict[str, str] | None = None
) -> Neighbourhood:
    """A `Neighbourhood` in a community, by default the first of the tree.

    Args:
        word: prefix of all names and titles.
        contact: called, phone and e-mail of the sign-up, the order, the organisation and the member.
    """
    community = community or tree().community
    contact = contact or {"called": "王女士", "phone": "13912345678", "email": "wang@example.com"}
    home = venue(VenueKind.DELIBERATION_HOME, community, name=f"{word}协商议事之家")
    line = series(f"talk-{community.code}", area=community, name=f"{word}月月谈")
    committee, _created = LiaisonCommittee.objects.get_or_create(
        area=community.parent, defaults={"name": f"{word}联络委", "ref_prefix": "XX"}
    )
    forget_all()  # as the admin does when it makes one
    partner = organisation(f"{word}物业", area=community, contact=contacts.store(**contact))
    person = Member.objects.create(name=f"{word}周敏", committee=committee, contact=contacts.store(**contact))
    code, here = new_code(), {"area": community}
    coming = event(title=f"{word}商量门禁", **here)
    sign_up(coming, code, **contact)
    held = event(EventStatus.HELD, title=f"{word}商量车棚", **here)
    held = meetings.write_minutes(held, f"{word}车棚的事商量好了。", actor=SYSTEM)
    published = event(EventStatus.MINUTES_PUBLISHED, title=f"{word}商量路灯", **here)
    agreed = agreement(published, what=f"{word}加装路灯", organisation=partner, office="", sector="")
    grown = project(f"{word}路灯项目", **here)
    wish = topic(f"{word}加装充电棚", **here)
    orders.order(wish, f"visitor-{community.code}", phone=contact["phone"], email=contact["email"])
    note = study_note(line, f"{word}学习要点")
    studies.mark_read(note, person)
    visit = duty(person, text=f"{word}走访三户", photos=[staged_photo().key])
    return Neighbourhood(
        home=home,
        platform=platform(f"camphor-{community.code}", venue=home, name=f"{word}樟树下"),
        series=line,
        slot=slot(line),
        note=note,
        draft=study_note(line, f"{word}学习要点草稿", published=False),
        organisation=partner,
        member=people.set_portrait(person, jpeg(), actor=SYSTEM),
        duty=visit,
        duty_photo=visit.photos.get(),
        confirmed=duty(person, DutyStatus.CONFIRMED, text=f"{word}接待居民"),
        profile=profile_change(person, about=f"{word}新的介绍", contact=contacts.store(**contact)),
        resource=resource(f"{word}法律咨询", organisation=partner, **here),
        own_resource=resource(f"{word}健康讲座", member=person, area=community.parent),
        event=coming,
        code=code,
        held=held,
        published=published,
        attendance=attendance.record_organisation(held, partner, 3, actor=SYSTEM),
        mark=person.study_marks.get(),
        topic=wish,
        agreement=agreed,
        project=grown,
        home_picture=picture(alt=f"{word}门口", venue=home),
        event_picture=picture(PhotoReview.PENDING, alt=f"{word}会场", event=held),
        agreement_picture=picture(alt=f"{word}路灯", agreement=agreed),
        project_picture=picture(alt=f"{word}工地", project=grown),
    )


# --- Members -------------------------------------------------------------------------------------------------------


def member_with_account(username: str = "member", **values) -> Member:
    """The CPPCC member who signs in as `username`, by default that of `member_client`."""
    own = {"name": values.pop("name", "陈委员"), "committee": tree().committee}
    there = Member.objects.filter(**own)
    if not there.exists():
        return Member.objects.create(**(own | {"user": member(username)} | values))
    found = there.get()
    if found.user_id is None:
        found.user = member(username)
        found.save()
    return found


def profile_change(person: Member, **values) -> ProfileChange:
    """A change that waits for staff, with a new portrait."""
    files = staged_photo()
    return ProfileChange.objects.create(member=person, full=files.full, thumbnail=files.thumbnail, **values)


def resource_category(code: str = "legal", **values) -> ResourceCategory:
    defaults = {"name": "法律服务", "name_en": "Legal services"}
    return ResourceCategory.objects.get_or_create(code=code, defaults=defaults | values)[0]


def resource(title: str = "家门口的法律咨询", *, areas=(), status: str = ResourceStatus.OPEN, **values) -> Resource:
    """A resource in any status, offered by a member unless `organisation` is given."""
    if not values.keys() & {"member", "organisation"}:
        values["member"] = committee_member()
    defaults = {"area": tree().subdistrict, "category": resource_category(), "about": "合同和邻里纠纷，每次半小时。"}
    found = offers.offer(Resource(title=title, **(defaults | values)), areas, actor=SYSTEM)
    if status != ResourceStatus.OFFERED:
        found = offers.review(found, actor=SYSTEM)
    if status not in (ResourceStatus.OFFERED, ResourceStatus.REVIEWED):
        found = offers.open_(found, actor=SYSTEM)
    if status == ResourceStatus.PAUSED:
        found = offers.pause(found, reason="出差一个月", actor=SYSTEM)
    if status == ResourceStatus.ENDED:
        found = offers.end(found, reason="出差一个月", actor=SYSTEM)
    return found


def duty(person: Member | None = None, status: str = DutyStatus.SUBMITTED, **values) -> DutyRecord:
    """An activity of today, as its member logs it, in any status.

    `values`: those of its `Activity`, its `key` and its `photos`.
    """
    defaults = {
        "kind": DutyKind.VISIT,
        "day": timezone.localdate(),
        "hours": None,
        "place": "桂花苑",
        "people_served": None,
        "text": "走访三户独居老人",
    }
    person, key, photos = person or committee_member(), values.pop("key", uuid.uuid4()), values.pop("photos", ())
    record = records.log(person, Activity(**(defaults | values)), key=key, photos=photos, actor=SYSTEM)
    if status in (DutyStatus.CONFIRMED, DutyStatus.VOID):
        record = records.confirm(record, actor=SYSTEM)
    if status == DutyStatus.VOID:
        record = records.void(record, reason="请写明是哪几户", actor=SYSTEM)
    if status == DutyStatus.RETURNED:
        record = records.send_back(record, reason="请写明是哪几户", actor=SYSTEM)
    return record


DISPATCH_SERVICES = {
    DispatchStatus.ACCEPTED: dispatches.accept,
    DispatchStatus.DECLINED: dispatches.decline,
    DispatchStatus.LAPSED: dispatches.lapse,
    DispatchStatus.CANCELLED: dispatches.cancel,
    DispatchStatus.DONE: dispatches.complete,
}


def move_dispatch(found: Dispatch, to: str, *, actor=SYSTEM, reason: str = "", report: str = "", **values) -> Dispatch:
    """One move by its own service, with nothing but what is given."""
    if to in (DispatchStatus.DECLINED, DispatchStatus.CANCELLED):
        values["reason"] = reason
    if to == DispatchStatus.DONE:
        values["report"] = dispatches.Report(report)
    return DISPATCH_SERVICES[to](found, actor=actor, **values)


def dispatch(status: str = DispatchStatus.OFFERED, *, demand_=None, member=None, resource=None, **values) -> Dispatch:
    """A dispatch in any status, of a demand in progress to the member who has an account."""
    found_demand = demand_ or demand(S.ACCEPTED, public=True)
    if status == DispatchStatus.OPEN:
        return dispatches.open_for_claim(found_demand, resource=resource, actor=SYSTEM, **values)
    member = member or member_with_account()
    found = dispatches.dispatch(found_demand, member=member, resource=resource, actor=SYSTEM, **values)
    if status == DispatchStatus.OFFERED:
        return found
    if status == DispatchStatus.DONE:
        found = move_dispatch(found, DispatchStatus.ACCEPTED)
    return move_dispatch(found, status, reason="这段时间不在武汉", report="到现场看过，已帮助办好。")


def reception(person: Member | None = None, **values) -> Reception:
    """A reception of a member, by default of six turns of twenty minutes from two in the afternoon, in three days."""
    day = timezone.localtime(clock.now()) + datetime.timedelta(days=3)
    defaults = {"starts_at": day.replace(hour=14, minute=0, second=0, microsecond=0), "minutes": 20, "turns": 6}
    if not {"venue", "place"} & set(values):
        defaults["place"] = "香樟社区居委会"
    row = Reception(member=person or committee_member(), **(defaults | values))
    return receptions.announce(row, actor=SYSTEM)


def booking(found: Reception, turn: int = 1, code: str = "", **values) -> ReceptionBooking:
    """A turn that somebody booked, by default with a phone."""
    given = values or {"phone": "13912345678", "called": "王女士"}
    return receptions.book(found, turn, code=code or new_code(), **given)[0]
