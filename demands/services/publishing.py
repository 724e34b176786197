"""Publishing demands: texts edited by staff, on a recorded basis, and photos reviewed by staff."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.audit import AuditAction
from foundation.errors import Refused, Stale
from foundation.locking import locked
from foundation.public_texts import refuse_numbers

from ..models import Demand, DemandPhoto, PhotoReview, PublicationBasis
from ..workflow import GONE
from . import trail
from .transitions import save


@dataclass(frozen=True)
class Publication:
    """The published texts of a demand. `basis`: one of `PublicationBasis`."""

    title: str
    summary: str
    basis: str
    result: str = ""


@transaction.atomic
def publish(demand: Demand, publication: Publication, *, actor, version: int | None = None) -> Demand:
    """Publish an edited title and summary, on a recorded basis. Raises `Stale`, `Refused`."""
    row = locked(demand, version)
    if row.status in GONE or row.erased_at:
        raise Refused(_("已撤回、已并入或已删除个人信息的需求不能公开。"))
    title, summary = publication.title.strip(), publication.summary.strip()
    if not (title and summary and publication.basis in PublicationBasis.values):
        raise Refused(_("公开前须填写标题、摘要和公开依据。"))
    if publication.basis == PublicationBasis.WEB_CONSENT and not row.consent_publication:
        raise Refused(_("居民没有在网页上同意公开，不能以此为依据。"))
    row.public_title, row.public_summary, row.public_result = title, summary, publication.result.strip()
    row.publication_basis = publication.basis
    row.published_at = row.published_at or _date_of(row)
    row.unpublished_at = None
    trail.append(row)
    save(
        row,
        "public_title",
        "public_summary",
        "public_result",
        "publication_basis",
        "published_at",
        "unpublished_at",
        "trail_head",
    )
    audit.record(AuditAction.PUBLISHED, row, actor=actor, detail=publication.basis)
    return row


def _date_of(row: Demand) -> datetime.datetime:
    """Return the date under which lists and feeds show a demand that is published now: what came with its answer is
    history, and keeps the date of that.
    """
    return row.closed_at if row.came_closed else clock.now()


def shortened(name: str, text: str) -> str:
    """Truncate a text to the length of the demand's field `name`."""
    most = Demand._meta.get_field(name).max_length
    return text if len(text) <= most else f"{text[: most - 1]}…"


@transaction.atomic
def unpublish(demand: Demand, *, actor, version: int | None = None) -> Demand:
    """Take the public page down; its texts stay for staff. Raises `Stale`."""
    row = locked(demand, version)
    row.published_at, row.unpublished_at = None, clock.now()
    save(row, "published_at", "unpublished_at")
    audit.record(AuditAction.UNPUBLISHED, row, actor=actor)
    return row


@transaction.atomic
def review_photo(
    photo: DemandPhoto, review: str, *, actor, alt: str | None = None, seen: str | None = None
) -> DemandPhoto:
    """Record whether the public may see a photo and, where `alt` is given, its description.

    `seen` is the `review_version` that the page showed. Raises `Stale`, `Refused`.
    """
    photo = DemandPhoto.objects.select_for_update(of=("self",)).select_related("demand").get(pk=photo.pk)
    if seen is not None and seen != photo.review_version:
        raise Stale
    photo.review = PhotoReview(review)
    if alt is not None:
        photo.alt = alt.strip()
    if photo.review == PhotoReview.APPROVED:
        refuse_numbers(photo.alt)
    photo.save(update_fields=["review", "alt"])
    # The public page is cached by the demand's version.
    save(locked(photo.demand))
    audit.record(AuditAction.PHOTO_REVIEWED, photo.demand, actor=actor, detail=f"{photo.pk} {review}")
    return photo
