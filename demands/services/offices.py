"""Asking outside offices about a demand; they answer through a signed link, without an account."""

import datetime
from collections.abc import Sequence

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.actors import Party
from foundation.audit import AuditAction
from foundation.errors import Refused
from foundation.links import absolute
from foundation.locking import locked

from ..models import Demand, DemandMessage, OfficeRequest, Unit
from ..models.units import MAX_DAYS
from . import alerts, handling, units
from .intake import attach
from .transitions import save

MAX_WAITING = 10
MAX_PHOTOS = 3
SALT = "demands.office"


class Over(Refused):
    """The link is no longer open, for whatever reason."""


def link(asked: OfficeRequest) -> str:
    """Return the full URL for the office. It can be shown again, since only the row's key and time are signed."""
    return absolute(reverse("office_request", args=[_signer().sign(_signed(asked))]))


def find(token: str) -> OfficeRequest | None:
    """Return the request of a link, open (`is_waiting`) or not; None where the link is forged."""
    try:
        value = _signer().unsign(token)
    except BadSignature:
        return None
    asked = OfficeRequest.objects.select_related("demand").filter(pk=value.partition("-")[0]).first()
    # In a restored database, another row may have the key now.
    return asked if asked and _signed(asked) == value else None


def _signer() -> Signer:
    # A dot, since chat programs cut links off at rarer characters.
    return Signer(sep=".", salt=SALT)


def _signed(asked: OfficeRequest) -> str:
    return f"{asked.pk}-{int(asked.made_at.timestamp())}"


@transaction.atomic
def ask(
    demand: Demand,
    *,
    office: Unit | str,
    background: str,
    question: str,
    days: int,
    actor,
    version: int | None = None,
) -> OfficeRequest:
    """Ask an outside office. Whoever asks sends it the `link` themselves. The first unit that is asked becomes the
    demand's responsible one, where it has none.

    Args:
        office: the responsible unit asked, or the name of an office that is none of ours.
        background: all that the office reads about the demand, in staff's own words.
        days: how long the link is valid, in calendar days, at most `MAX_DAYS`.

    Raises `Stale`, `Refused`.
    """
    row = locked(demand, version)
    if not row.is_open or row.erased_at:
        raise Refused(_("需求已经结束，无需再请外部单位答复。"))
    unit, name = (office, office.name) if isinstance(office, Unit) else (None, office.strip())
    if not (name and background.strip() and question.strip() and 1 <= days <= MAX_DAYS):
        raise Refused(_("请填写单位名称、情况说明和请其答复的问题，有效期 1 至 30 天。"))
    if row.office_requests.waiting().count() >= MAX_WAITING:
        raise Refused(_("还有 %(most)d 个单位没有答复，请先收回不再使用的链接。") % {"most": MAX_WAITING})
    now = clock.now()
    asked = OfficeRequest.objects.create(
        demand=row,
        unit=unit,
        office=name,
        background=background.strip(),
        question=question.strip(),
        made_at=now,
        made_by=actor.user,
        expires_at=now + datetime.timedelta(days=days),
    )
    if unit and row.unit_id is None:
        row = units.set_unit(row, unit, actor=actor)
    else:
        save(row)
    audit.record(AuditAction.OFFICE_ASKED, row, actor=actor, detail=str(asked.pk))
    return asked


@transaction.atomic
def answer(asked: OfficeRequest, body: str, *, by: str, photos: Sequence[str] = ()) -> OfficeRequest:
    """Save the office's answer, once. Notifies the demand's assignee or, without one, whoever asked.

    Args:
        photos: keys of staged photos, at most `MAX_PHOTOS`. Staff review them like all others.

    Raises `Over`, `Refused`, `uploads.PhotosGone`.
    """
    if not (body.strip() and by.strip()):
        raise Refused(_("请填写答复和答复人。"))
    # Lock the demand first, as everywhere, to wait for anybody who is ending it or revoking the link right now.
    demand = locked(asked.demand)
    row = OfficeRequest.objects.waiting().filter(pk=asked.pk).first()
    if row is None:
        raise Over(_("这个链接已经失效，答复没有保存。"))
    row.answer, row.answered_by, row.answered_at = body.strip(), by.strip(), clock.now()
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    attach(demand, photos[:MAX_PHOTOS], {}, party=Party.STAFF, office_request=row)
    save(demand)
    alerts.notify(alerts.OFFICE_ANSWERED, demand, row.pk, handler=demand.assignee_id or row.made_by_id)
    return row


@transaction.atomic
def revoke(asked: OfficeRequest, *, actor, version: int | None = None) -> OfficeRequest:
    """Revoke the link. Raises `Stale`, `Refused`."""
    demand = locked(asked.demand, version)
    asked.refresh_from_db()
    if asked.answered_at or asked.revoked_at:
        raise Refused(_("对方已经答复，或链接早已收回。"))
    asked.revoked_at = clock.now()
    asked.save(update_fields=["revoked_at"])
    save(demand)
    audit.record(AuditAction.OFFICE_REVOKED, demand, actor=actor, detail=str(asked.pk))
    return asked


@transaction.atomic
def pass_on(asked: OfficeRequest, body: str, *, actor, version: int | None = None, **readers) -> DemandMessage:
    """Answer the resident with the office's text, which settles the request. Raises `Stale`, `Refused`.

    Args:
        readers: who else gets the answer, as in `handling.answer`.
    """
    message = handling.answer(asked.demand, body, actor=actor, version=version, **readers)
    _handled(asked)
    return message


@transaction.atomic
def set_aside(asked: OfficeRequest, *, actor) -> OfficeRequest:
    """Settle the request without an answer to the resident. Raises `Refused`."""
    demand = locked(asked.demand)
    _handled(asked)
    save(demand)
    audit.record(AuditAction.CHANGED, asked, actor=actor, detail="handled_at")
    return asked


def _handled(asked: OfficeRequest) -> None:
    asked.refresh_from_db()
    if not asked.is_to_pass_on:
        raise Refused(_("这份答复已经处理。"))
    asked.handled_at = clock.now()
    asked.save(update_fields=["handled_at"])
