"""What setting up makes of the answers in the database: areas, the portal's row, the committee, what all begin with.

Nothing is made twice, and what was not answered stays as it is.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from consultation.models import Area, AreaLevel
from demands.services import words
from demands.statistics import editions
from foundation import audit, cached
from foundation.audit import AuditAction
from foundation.errors import Refused
from foundation.portal import Portal
from members.models import LiaisonCommittee

from .. import beginning
from ..beginning.rows import Report
from . import answers
from .answers import Answers


@transaction.atomic
def apply(given: Answers, *, actor, report: Report = lambda _line: None) -> list[str]:
    """Put the answers into rows. Returns the names of those that changed something. Raises `Refused`."""
    before = answers.current()
    place = _areas(given)
    portal = Portal.objects.filter(pk=1).first() or Portal(pk=1)
    old = {name: getattr(portal, name) for name in answers.OF_BOTH}
    for name in answers.OF_PORTAL:
        setattr(portal, name, given.get(name, getattr(portal, name)))
    portal.save()
    if place and given.get("committee"):
        _committee(place, given, old)
    beginning.load(report)
    after = answers.current()
    changed = sorted(name for name in after if after[name] != before.get(name, ""))
    if changed:
        audit.record(AuditAction.SET_UP, portal, actor=actor, detail=", ".join(changed)[:200])
    # The worker does it too: where there is much to count and it fails here, the answers are in force all the same.
    transaction.on_commit(_afterwards, robust=True)
    return changed


def _afterwards() -> None:
    editions.publish_when_due()
    words.relearn()
    cached.forget_all()


def _areas(given: Answers) -> Area | None:
    """Make the district and, unless the portal is a whole district's, the subdistrict, which is returned."""
    existing = answers.subdistricts()
    named = given.get("subdistrict", "")
    place = next((area for area in existing if area.name == named), None)
    if named and not place and len(existing) > 1:
        listed = _("、").join(area.name for area in existing)
        raise Refused(_("这里已有几个街道（%(listed)s），再加一个请用表格导入。") % {"listed": listed})
    place = place or (existing[0] if named and existing else None)
    district = place.parent if place else Area.objects.filter(level=AreaLevel.DISTRICT).order_by("order", "pk").first()
    district = _named(district, AreaLevel.DISTRICT, None, given, "district")
    return _named(place, AreaLevel.SUBDISTRICT, district, given, "subdistrict") if named else None


def _named(area: Area | None, level: AreaLevel, parent: Area | None, given: Answers, called: str) -> Area:
    """The area under the name that was given: renamed where there is one already."""
    name = given[called]
    if area is None:
        code = answers.code_for(name, level)
        area = Area.objects.filter(code=code, level=level).first() or Area(level=level, code=_free(code), order=1)
        area.parent = area.parent or parent
    area.name, area.name_en = name, given.get(f"{called}_en", area.name_en)
    area.save()
    return area


def _free(code: str) -> str:
    """A district and its subdistrict may have the same name."""
    taken = set(Area.objects.filter(code__startswith=code).values_list("code", flat=True))
    return next(one for one in (code, *(f"{code}-{number}" for number in range(2, 1000))) if one not in taken)


def _committee(place: Area, given: Answers, old: dict[str, str]) -> None:
    """The committee; its phone and hours follow those of the portal unless it has others."""
    row = LiaisonCommittee.objects.filter(area=place).first() or LiaisonCommittee(area=place)
    row.name, row.name_en = given["committee"], given.get("committee_en", row.name_en)
    row.ref_prefix = given.get("prefix") or row.ref_prefix
    if LiaisonCommittee.objects.filter(ref_prefix=row.ref_prefix).exclude(pk=row.pk).exists():
        text = _("编号前缀 %(prefix)s 已有另一个联络委在用，请换一个。")
        raise Refused(text % {"prefix": row.ref_prefix})
    for name in answers.OF_BOTH:
        if name in given and getattr(row, name) in ("", old[name]):
            setattr(row, name, given[name])
    row.save()
