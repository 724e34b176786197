"""What may be asked of demands: which are whose turn, which are public, and which words find them."""

import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Greatest

from consultation.models.places import areas_of
from foundation import clock, search
from foundation.contacts import Contact
from foundation.words import fold

from ..workflow import CLOSED, GONE, OPEN, DemandStatus
from . import desk, link_status
from .choices import NOT_KEPT, URGENT
from .references import REFERENCE, references, search_is_for_words

# Two generated columns (`demands/migrations/0002`), left out of the model so that no page loads them.
# The public search looks through this one: published text only.
PUBLIC_WORDS = search.Words("public_words")
# The search of staff looks through this one: the resident's own text and the place too.
STAFF_WORDS = search.Words("desk_words")


class DemandQuerySet(models.QuerySet):
    def public(self) -> "DemandQuerySet":
        """Those published by staff, on a recorded basis."""
        return self.filter(published_at__isnull=False)

    def matching(self, text: str) -> "DemandQuerySet":
        """Public ones whose title or summary contains all the words of `text`."""
        return search.matching(self.public(), PUBLIC_WORDS, text)

    def search_for_staff(self, text: str) -> "DemandQuerySet":
        """Search for staff: by reference or its final number, by the last four digits of a phone, or by words.

        Words include those of the resident's own text and of the place. Digits are searched for in all these ways.
        """
        text = fold(text).strip()
        if REFERENCE.fullmatch(text.upper()):
            return self.filter(ref=text.upper())
        if search_is_for_words(text):
            return search.matching(self, STAFF_WORDS, text)
        found = Q(search.matches(STAFF_WORDS, text)) | Q(ref__in=references(text))
        if len(text) == 4:
            # As an array, because PostgreSQL would not use the index on words beside a subquery.
            owners = ArraySubquery(Contact.objects.phone_ends_with(text).values("pk"))
            found |= Q(
                Func(
                    F("contact"),
                    owners,
                    template="(%(expressions)s))",
                    arg_joiner=" = ANY (",
                    output_field=models.BooleanField(),
                )
            )
        return self.filter(found)

    def best_for_staff(self, text: str) -> list[int]:
        """Return the keys of what `search_for_staff` found: an exact reference first, then the best matches."""
        refs = references(text)
        first = Q(ref__in=refs) if refs else None
        return search.best(self, STAFF_WORDS, text, newest=("-received_at", "-pk"), even=True, first=first)

    def open(self) -> "DemandQuerySet":
        return self.filter(status__in=OPEN)

    def by_deadline(self) -> "DemandQuerySet":
        """In the order in which staff work: by deadline, then those without one that runs, then closed ones."""
        return self.order_by(*desk.WORK_ORDER.first())

    def counted(self) -> "DemandQuerySet":
        """Those that statistics count: the parts of a split demand, or the whole where the split was undone."""
        # Test for split demands, which are few; the opposite condition would make PostgreSQL scan the table again.
        whole = self.model.objects.filter(pk=models.OuterRef("split_from"), status=DemandStatus.SPLIT)
        again = Q(split_from__isnull=False) & (~models.Exists(whole) | Q(merged_into=F("split_from")))
        return self.exclude(status=DemandStatus.SPLIT).exclude(again)

    def overdue(self, today: datetime.date | None = None) -> "DemandQuerySet":
        """Open ones past their current deadline: to answer or, once answered, to resolve."""
        return self.open().filter(due_on__lt=today or clock.today())

    def due_today(self, today: datetime.date | None = None) -> "DemandQuerySet":
        return self.open().filter(due_on=today or clock.today())

    def paused(self) -> "DemandQuerySet":
        """Those whose deadlines are paused until the resident replies."""
        return self.filter(paused_at__isnull=False)

    def urgent(self) -> "DemandQuerySet":
        """Open ones that staff have marked as urgent, or about which that is to be decided."""
        return self.open().filter(urgency__in=URGENT)

    def unassigned(self) -> "DemandQuerySet":
        return self.open().filter(assignee__isnull=True)

    def awaiting_publication(self) -> "DemandQuerySet":
        """Those whose residents agreed to publication, and that staff have not reviewed yet."""
        return self.filter(consent_publication=True, published_at__isnull=True, unpublished_at__isnull=True).exclude(
            status__in=GONE
        )

    def deletion_requested(self) -> "DemandQuerySet":
        return self.filter(deletion_requested_at__isnull=False, erased_at__isnull=True)

    def visible_to(self, user) -> "DemandQuerySet":
        """Those a member of staff may see: the demands of the areas they work for."""
        if user.is_superuser:
            return self
        return self.filter(area__in=areas_of(user))

    def expired(self, months: int) -> "DemandQuerySet":
        """Those closed, and here, for longer than personal data may be stored. Demo content is nobody's, and stays.

        A merged demand waits until its target is erased, a split one until its parts are, because its reporter is
        notified about them until then; a target that stays for good is not waited for.
        """
        left = self.model.objects.filter(erased_at__isnull=True)
        target = left.filter(NOT_KEPT | Q(status__in=OPEN), pk=models.OuterRef("merged_into"))
        return (
            self.alias(ended=Greatest("closed_at", "imported_at"))
            .filter(
                NOT_KEPT, status__in=CLOSED, ended__lt=clock.months_ago(months), erased_at__isnull=True, is_demo=False
            )
            .exclude(Q(status=DemandStatus.MERGED) & models.Exists(target))
            .exclude(Q(status=DemandStatus.SPLIT) & models.Exists(left.filter(split_from=models.OuterRef("pk"))))
        )

    def rows(self, *more: str) -> "DemandQuerySet":
        """Return the values of rows of the public list, as named tuples with keys of cached areas and categories.

        The status of its public links comes as two numbers (`demands.models.link_status`); NULL where there are none.
        """
        return self.annotate(meeting=link_status.meeting(), agreed=link_status.agreed()).values_list(
            "ref",
            "public_title",
            "status",
            "consulted_at",
            "due_on",
            "support_count",
            "area",
            "category",
            "is_demo",
            "imported_at",
            "meeting",
            "agreed",
            *more,
            named=True,
        )

    def with_last_move(self) -> "DemandQuerySet":
        """With `moved_at`, the time of the last change of status."""
        moves = self.model.transitions.rel.related_model.objects.filter(demand=models.OuterRef("pk")).order_by(
            "-at", "-pk"
        )
        return self.annotate(moved_at=models.Subquery(moves.values("at")[:1]))

    def with_links_stamp(self) -> "DemandQuerySet":
        """With `links_stamp`, part of cache keys: it changes whenever anything the demand is linked to changes."""
        return self.annotate(links_stamp=link_status.stamp())

    def with_place(self) -> "DemandQuerySet":
        return self.select_related("category", "area__parent__parent")
