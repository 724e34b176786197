"""What `load_demo` left, and what hangs on it: found row by row, so that nothing real is deleted along with it.

Invented are the rows with the mark 演示 and the accounts of the demo. What belongs to such a row goes with it: its log,
messages, photos, sign-ups, its part in a project. A real row is never deleted. Where it only names an invented one and
may do without, the name is taken out of it; where it cannot be without it, it blocks the clearing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import models, transaction
from django.utils import timezone

from consultation.models import VenueScan
from demands.models import Demand, RatesEdition
from demands.services import words
from demands.statistics import editions
from foundation.accounts import User
from foundation.actors import SYSTEM
from foundation.contacts import Contact
from foundation.errors import Refused
from foundation.invented import MARK, is_marked_model, marked_models
from foundation.outbox import OutboxMessage
from foundation.purging import purge
from nanhu_portal.checks import demo_accounts

from . import structure

Model = type[models.Model]

# Rows without a mark that are real all the same, although they name something invented.
REAL = {
    ("members.LiaisonCommittee", "area"),
    ("consultation.StaffScope", "area"),
    ("consultation.SubdistrictProfile", "area"),
    ("demands.Dispatch", "member"),
    ("demands.Dispatch", "resource"),
}
# Names that a row without a mark can do without.
CUT = {
    ("consultation.AgendaItem", "topic"),
    ("consultation.ProjectPlace", "area"),
    ("consultation.ProjectPlace", "venue"),
}
# What is nothing without the account that it is for. Elsewhere an account is only who did it.
FOR_ACCOUNT = {("demands.EscalationRule", "user")}


@dataclass(frozen=True)
class Hanging:
    """A real row that cannot be without an invented one."""

    row: models.Model
    on: models.Model


@dataclass
class Plan:
    """What is to be done.

    Attributes:
        rows: the keys of the rows to delete, by model.
        cuts: the keys of real rows that stay, by model and the field that is emptied.
        hanging: what blocks the clearing.
    """

    rows: dict[Model, set] = field(default_factory=lambda: defaultdict(set))
    cuts: dict[tuple[Model, models.Field], set] = field(default_factory=lambda: defaultdict(set))
    hanging: list[Hanging] = field(default_factory=list)


def plan(*, locks: bool = False) -> Plan:
    """Find everything invented, and what hangs on it. A few hundred queries, none of which changes a row.

    Args:
        locks: keep the marks as they are until the end of the caller's transaction, so that nobody lifts one meanwhile.
    """
    finder = _Finder()
    for model in marked_models():
        rows = model._base_manager.filter(**{MARK: True}).order_by("pk")
        finder.add(model, (rows.select_for_update() if locks else rows).values_list("pk", flat=True))
    accounts = demo_accounts()
    finder.add(User, [account.pk for account in accounts])
    finder.add(VenueScan, _scans(accounts).values_list("pk", flat=True))
    finder.follow()
    finder.add_what_nobody_else_did()
    finder.add_what_names_them_in_words()
    return finder.result()


@transaction.atomic
def clear() -> Counter[str]:
    """Delete everything invented, and count again what was counted from it. Returns how many rows of each model.

    Raises `Refused` where a real row blocks the clearing, and `IntegrityError` where one has come meanwhile.
    """
    found = plan(locks=True)
    if found.hanging:
        raise Refused(f"{len(found.hanging)} real rows hang on invented ones.")
    structure.unset_contact()
    if not found.rows:
        return Counter()
    for (model, reference), keys in found.cuts.items():
        model._base_manager.filter(pk__in=keys).update(**{reference.name: None})
    counts = purge(found.rows, actor=SYSTEM, subject="demo", reason="clear_demo")
    # Words and figures of demands that are gone; both are counted again.
    RatesEdition.objects.all().delete()
    editions.publish()
    words.count_words()
    words.learn(actor=SYSTEM)
    return counts


def _scans(accounts: list[User]):
    """Scans up to the day when the demo was loaded, of venues that are not invented too: nobody scanned a code then."""
    loaded = min((account.date_joined for account in accounts), default=None)
    return VenueScan.objects.filter(day__lte=timezone.localdate(loaded)) if loaded else VenueScan.objects.none()


class _Finder:
    """Follows references, from what they name to the rows that name it, until it finds no more."""

    def __init__(self) -> None:
        self.plan = Plan()
        self.new: list[tuple[Model, set]] = []
        # Rows that stay unless something else takes them away, by the reference that makes them hang.
        self.staying: dict[tuple[Model, models.Field], set] = defaultdict(set)
        # Rows that name an account only as the one who did it.
        self.done_by: dict[tuple[Model, models.Field], set] = defaultdict(set)
        self.references: dict[Model, list[tuple[Model, models.Field]]] = defaultdict(list)
        for model in apps.get_models(include_auto_created=True):
            for one in _references_of(model):
                self.references[one.related_model].append((model, one))

    def add(self, model: Model, keys: Iterable) -> None:
        if fresh := set(keys) - self.plan.rows[model]:
            self.plan.rows[model] |= fresh
            self.new.append((model, fresh))

    def follow(self) -> None:
        while self.new:
            model, keys = self.new.pop()
            for other, reference in self.references[model]:
                found = other._base_manager.filter(**{f"{reference.attname}__in": keys})
                self._sort(other, reference, set(found.values_list("pk", flat=True)))
            for reference in _references_of(model):
                # A contact belongs to the one row that names it.
                if reference.related_model is Contact and reference.one_to_one:
                    rows = model._base_manager.filter(pk__in=keys).exclude(**{reference.name: None})
                    self.add(Contact, rows.values_list(reference.attname, flat=True))

    def _sort(self, model: Model, reference: models.Field, keys: set) -> None:
        """Decide what becomes of rows that name something to be deleted."""
        name = (model._meta.label, reference.name)
        protected = reference.remote_field.on_delete is models.PROTECT
        if name in CUT or reference.remote_field.on_delete is models.SET_NULL:
            self.plan.cuts[model, reference] |= keys
        elif is_marked_model(model) or name in REAL:
            self.staying[model, reference] |= keys
        elif reference.related_model is User and protected and name not in FOR_ACCOUNT:
            self.done_by[model, reference] |= keys
        else:
            self.add(model, keys)

    def add_what_nobody_else_did(self) -> None:
        """Add what an invented account did and what is about no other row: entries of the audit, lists."""
        for (model, reference), keys in list(self.done_by.items()):
            if len(_references_of(model)) > 1:
                self.staying[model, reference] |= keys
            else:
                self.add(model, keys)
        self.follow()

    def add_what_names_them_in_words(self) -> None:
        """Add messages about deleted demands, and the entries of Django's own log about deleted rows."""
        refs = Demand.objects.filter(pk__in=self.plan.rows[Demand]).values("ref")
        self.add(OutboxMessage, OutboxMessage.objects.filter(subject_ref__in=refs).values_list("pk", flat=True))
        for model, keys in list(self.plan.rows.items()):
            kind = {"content_type__app_label": model._meta.app_label, "content_type__model": model._meta.model_name}
            log = LogEntry.objects.filter(**kind, object_id__in=[str(key) for key in keys])
            self.add(LogEntry, log.values_list("pk", flat=True))
        self.follow()

    def result(self) -> Plan:
        found = self.plan
        found.cuts = {at: left for at, keys in found.cuts.items() if (left := keys - found.rows[at[0]])}
        for (model, reference), keys in self.staying.items():
            found.hanging += _hanging(model, reference, keys - found.rows[model])
        found.rows = {model: keys for model, keys in found.rows.items() if keys}
        return found


def _references_of(model: Model) -> list[models.Field]:
    return [one for one in model._meta.concrete_fields if one.is_relation]


def _hanging(model: Model, reference: models.Field, keys: set) -> Iterator[Hanging]:
    for row in model._base_manager.filter(pk__in=keys).select_related(reference.name).order_by("pk"):
        yield Hanging(_known(row, reference), getattr(row, reference.name))


def _known(row: models.Model, hangs_by: models.Field) -> models.Model:
    """The row that people know: a demand instead of a line of its log."""
    if is_marked_model(type(row)):
        return row
    names = [one for one in _references_of(type(row)) if one is not hangs_by and is_marked_model(one.related_model)]
    return next((owner for one in names if (owner := getattr(row, one.name))), row)
