"""Rows for tests, made as the portal makes them: demands reach their status through services, by allowed moves.

Plain functions. Called twice, those that make the surroundings (`tree`, `category`, `venue`, an account by its name)
come back to the same row.
"""

import io
from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from consultation.models import Area, AreaLevel, StaffScope, Venue, VenueKind
from demands import services
from demands.models import Category, Demand, PublicationBasis
from demands.workflow import DeclineReason, DemandStatus, Party
from foundation import uploads
from foundation.accounts import Role, User, give_role
from foundation.tokens import new_code
from members.models import LiaisonCommittee

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


def tree() -> Tree:
    district = area(AreaLevel.DISTRICT, code="district", name="南湖区", name_en="Nanhu District")
    subdistrict = area(AreaLevel.SUBDISTRICT, district, code="subdistrict", name="湖东街道")
    community = area(AreaLevel.COMMUNITY, subdistrict, code="community", name="桂花社区", name_en="Guihua Community")
    other_community = area(AreaLevel.COMMUNITY, subdistrict, code="other-community", name="柳园社区")
    far_subdistrict = area(AreaLevel.SUBDISTRICT, district, code="far-subdistrict", name="湖西街道")
    far_community = area(AreaLevel.COMMUNITY, far_subdistrict, code="far-community", name="松林社区")
    committee, _created = LiaisonCommittee.objects.get_or_create(
        area=subdistrict, defaults={"name": "政协湖东街道联络委", "ref_prefix": "NH", "phone": "027-80000000"}
    )
    return Tree(
        district,
        subdistrict,
        community,
        area(AreaLevel.COMPOUND, community, code="compound", name="桂花苑"),
        area(AreaLevel.COMPOUND, community, code="second-compound", name="桂花新村"),
        other_community,
        area(AreaLevel.COMPOUND, other_community, code="other-compound", name="柳园小区"),
        far_subdistrict,
        far_community,
        area(AreaLevel.COMPOUND, far_community, code="far-compound", name="松林小区"),
        committee,
    )


def venue(kind: str = VenueKind.CLOUD_STATION, place: Area | None = None, **values) -> Venue:
    """A venue at the level its kind belongs to, in the first places of the tree unless `place` is given."""
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
    found = User.objects.filter(username=username).first()
    if found is None:
        found = User.objects.create_user(username, password=PASSWORD, **({"name": username} | values))
        if role is not None:
            give_role(found, role)
        for place in areas:
            StaffScope.objects.create(user=found, area=place)
    return found


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
    defaults = {"name": "环境卫生", "name_en": "Environment", "response_days": 3, "resolution_days": 30}
    found, _created = Category.objects.get_or_create(code=code, defaults=defaults | values)
    return found


def submission(**values) -> services.Submission:
    """A submission with a fresh code, phone and both consents, for the first compound of the tree."""
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
    }
    return services.Submission(**(defaults | values))


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
}


def move(found: Demand, to: str, **values) -> Demand:
    """One move by the system, with the text or target it owes."""
    owed = {
        S.RESOLVED: {"answer": "路灯已修好。"},
        S.REOPENED: {"reason": "还是不亮。"},
        S.DECLINED: {"answer": "不归我们管。", "decline_reason": DeclineReason.NOT_FEASIBLE},
    }.get(to, {})
    if to == S.MERGED and "target" not in values:
        owed = {"target": demand(area=found.area, category=found.category, description="同一件事，先提出的。")}
    return services.change_status(found, to, party=Party.SYSTEM, **(owed | values))


def demand(status: str = S.RECEIVED, *, public: bool = False, at=None, **values) -> Demand:
    """A demand in any status.

    Args:
        public: publish it with an invented title and summary, on the resident's web consent.
        at: when it was received and moved; now unless given.
        values: fields of its `Submission`.
    """
    found, _created = services.submit(submission(at=at, **values))
    if public:
        found = publish(found, at=at)
    for to in WAYS[S(status)]:
        found = move(found, to, at=at)
    return Demand.objects.with_place().get(pk=found.pk)


def publish(found: Demand, *, title: str = "3 号门外路灯不亮", actor=None, **values) -> Demand:
    details = {
        "summary": "居民反映 3 号门外路灯损坏，夜间通行不便。",
        "basis": PublicationBasis.WEB_CONSENT if found.consent_publication else PublicationBasis.NOBODY_CONCERNED,
    }
    return services.publish(found, title=title, actor=actor or liaison_staff(), **(details | values))


def photo(found: Demand, **values):
    """A photo with files in storage, as a resident's addition leaves it."""
    kept = staged_photo()
    services.core.attach(found, [kept.key], {kept.key: "坏掉的路灯"})
    row = found.photos.order_by("-pk").first()
    for name, value in values.items():
        setattr(row, name, value)
    if values:
        row.save(update_fields=list(values))
    return row
