"""Import organisations from a spreadsheet: checked and previewed, then carried out exactly as shown, all or nothing."""

from dataclasses import asdict, dataclass, field

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from foundation import audit, contact_forms, contacts, sealed
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.forms import years_in_words
from foundation.sheets import Problem, Row, SheetError, key, not_read

from .. import sheets
from ..models import Area, Organisation, OrganisationKind, places
from ..sheets.areas import AreaNames
from ..sheets.organisations import LABELS

NEW, CHANGED, SAME = "new", "changed", "same"
PERMISSIONS = ("consultation.add_organisation", "consultation.change_organisation")
# Fields overwritten where the file has another value; an empty cell changes nothing.
PUBLIC = ("name_en", "kind", "about", "website", "cooperation_since", "has_agreement", "nurtured_years")


@dataclass
class Change:
    """The effect of one row: `fields` and `contact` are written to the organisation `pk`, or to a new one.

    `was` holds the values that the page showed, so that nothing else is overwritten. All values can be stored as
    JSON; dates are text.
    """

    row: int
    name: str
    area: int
    fields: dict[str, str]
    contact: dict[str, str]
    pk: int | None = None
    was: dict[str, str] = field(default_factory=dict)
    contact_was: int | None = None

    @property
    def state(self) -> str:
        if self.pk is None:
            return NEW
        return CHANGED if self.fields or self.contact else SAME

    @property
    def place(self) -> str:
        return places.area(self.area).place

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        """Label, old value and new value of each change; for a contact only that it changes, not to what."""
        rows = [
            (LABELS[name], _word(name, self.was.get(name, "")), _word(name, self.fields[name])) for name in self.fields
        ]
        return rows + [(LABELS[name], "", _("（已填写，此处不显示）")) for name in self.contact]


def _word(name: str, value: str) -> str:
    if name == "has_agreement":
        return _("是") if value else ""
    return OrganisationKind(value).label if name == "kind" and value else value


@dataclass
class Plan:
    """The effect of an upload, which has none at all where there are problems."""

    changes: list[Change]
    problems: list[Problem] = field(default_factory=list)
    not_read: str = ""  # the columns that were not read, in a sentence

    def __post_init__(self) -> None:
        self.new, self.changed, self.same = (
            [change for change in self.changes if change.state == state] for state in (NEW, CHANGED, SAME)
        )

    @property
    def is_ready(self) -> bool:
        return not self.problems and bool(self.new or self.changed)


# --- Checking --------------------------------------------------------------------------------------------------------


def check(upload, *, area: Area, user) -> Plan:
    """Return what importing the file would do; saves nothing. Raises `SheetError` where it cannot be read at all.

    Args:
        area: for organisations whose row names no area.
        user: organisations are looked up and added in this user's areas only.
    """
    table = sheets.organisations.read(upload)
    areas = AreaNames(user)
    known = _organisations_by_name(user)
    seen: dict[object, int] = {}
    changes, problems = [], []
    for row in table.rows:
        change = None if row.problems else _change(row, area, areas, known)
        if change is not None:
            # A new organisation is identified by area and name.
            first = seen.setdefault(change.pk or (change.area, key(change.name)), row.number)
            if first == row.number:
                changes.append(change)
            else:
                text = _("与第 %(first)d 行是同一家单位，请合并为一行。") % {"first": first}
                row.refuse("name", text)
        problems += row.problems
    return Plan(changes, problems, not_read(table.unread))


def _organisations_by_name(user) -> dict[str, list[Organisation]]:
    found: dict[str, list[Organisation]] = {}
    for organisation in Organisation.objects.visible_to(user).select_related("contact"):
        found.setdefault(key(organisation.name), []).append(organisation)
    return found


def _change(row: Row, area: Area, areas: AreaNames, known: dict) -> Change | None:
    """Return the effect of a row; None, with a problem added to the row, where it cannot be decided."""
    values = row.values
    if values["area"]:
        try:
            home = areas.one(values["area"])
        except ValidationError as error:
            row.refuse("area", error.message)
            return None
        around = {home}
    else:
        home, around = area.pk, set(places.within(area))
    same_name = [one for one in known.get(key(values["name"]), []) if one.area_id in around]
    found = [one for one in same_name if one.name == values["name"]] or same_name
    if len(found) > 1:
        text = _("有多家同名单位，请在“区域”一列写明是哪一家。")
        row.refuse("name", text)
        return None
    given = {name: _text(values[name]) for name in PUBLIC if values[name]}
    if "cooperation_since" in given:
        given["has_agreement"] = str(True)
    contact = {name: values[name] for name in contact_forms.FIELDS if values[name]}
    if not found:
        return Change(row.number, values["name"], home, given, contact)
    [organisation] = found
    was = _as_text(organisation)
    return Change(
        row.number,
        organisation.name,
        organisation.area_id,
        {name: value for name, value in given.items() if value != was[name]},
        contact if contact_forms.differs(organisation.contact, contact) else {},
        organisation.pk,
        was,
        organisation.contact_id,
    )


def _as_text(organisation: Organisation) -> dict[str, str]:
    return {name: _text(getattr(organisation, name)) for name in PUBLIC}


def _text(value) -> str:
    return years_in_words(value) if isinstance(value, list) else str(value or "")


# How the fields that are no text are read from theirs.
_READ = {
    "cooperation_since": parse_date,
    "has_agreement": bool,
    "nurtured_years": lambda text: [int(year) for year in text.split("、")],
}


# --- Carrying out ----------------------------------------------------------------------------------------------------


def seal(plan: Plan, *, user) -> str:
    """Encrypt and sign the plan for the form that confirms it; it is valid for an hour.

    Raises `SheetError` when it is too long for a form.
    """
    try:
        return sealed.seal([asdict(change) for change in plan.changes], purpose=_purpose(user))
    except sealed.TooMuch:
        raise SheetError(_("一次导入的文字过多，请分几份上传。")) from None


def _purpose(user) -> str:
    # Worth nothing after the account was closed or got another password, like its sessions.
    return f"organisations of {user.pk} {user.get_session_auth_hash()}"


def carry_out(confirmed: str, *, actor) -> Plan:
    """Carry out a sealed plan, all of it or nothing.

    Raises `Refused` where the plan was not sealed for this user or is too old, and `Stale` where something it shows
    has changed since.
    """
    if not actor.has_perms(PERMISSIONS):
        raise TransitionNotAllowed(_("您的账号不能导入合作单位。"))
    try:
        plan = Plan([Change(**change) for change in sealed.unseal(confirmed, purpose=_purpose(actor))])
    except sealed.Broken:
        raise Refused(_("确认页已失效，没有导入任何内容。请重新上传文件。")) from None
    try:
        with transaction.atomic():
            _write(plan, actor)
            detail = f"new {len(plan.new)}, changed {len(plan.changed)}, same {len(plan.same)}"
            audit.record(audit.AuditAction.IMPORTED, "organisation", actor=actor, detail=detail)
    except IntegrityError:
        # Somebody else added one of the names between our check and our write.
        raise Stale from None
    return plan


def _write(plan: Plan, actor) -> None:
    areas = Area.objects.within_scope_of(actor).in_bulk({change.area for change in plan.changes})
    if len(areas) < len({change.area for change in plan.changes}):
        raise Stale
    keys = [change.pk for change in plan.changed]
    rows = Organisation.objects.visible_to(actor).select_for_update().order_by("pk").in_bulk(keys)
    for change in plan.changed:
        row = rows.get(change.pk)
        if row is None or _as_text(row) != change.was or row.contact_id != change.contact_was:
            raise Stale
        if change.fields:
            _fill(row, change.fields)
            row.save(update_fields=[*change.fields])
        contact_forms.keep(row, change.contact)
    new = []
    for change in plan.new:
        row = Organisation(area=areas[change.area], name=change.name, contact=contacts.store(**change.contact))
        _fill(row, change.fields)
        new.append(row)
    Organisation.objects.bulk_create(new, batch_size=500)


def _fill(row: Organisation, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        setattr(row, name, _READ.get(name, str)(value))
