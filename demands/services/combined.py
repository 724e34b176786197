"""Several acts on a demand at once: all of them are done, or none."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from foundation.accounts import User
from foundation.errors import Refused

from ..models import Demand, Unit
from . import handling, lineage, publishing, units
from .publishing import Publication


@dataclass(frozen=True, kw_only=True)
class Acts:
    """What is to be done with a demand, in this order.

    Args:
        assigns: to `assignee`, or to nobody.
        sets_unit: to `unit`, or leaves open who is responsible.
        answer: to the resident; "" for none.
        everybody: as for `handling.answer`.
        publication: None to leave unpublished.
    """

    accepts: bool = False
    assigns: bool = False
    assignee: User | None = None
    sets_unit: bool = False
    unit: Unit | None = None
    answer: str = ""
    everybody: bool = False
    publication: Publication | None = None


class ActRefused(Refused):
    """One of the acts was refused, and so nothing is done. `act` is its name in `models.macros.ACTS`."""

    def __init__(self, act: str, why: Refused) -> None:
        super().__init__(str(why))
        self.act = act


@contextlib.contextmanager
def _named(act: str) -> Iterator[None]:
    """Say of which act a refusal is."""
    try:
        yield
    except Refused as why:
        raise ActRefused(act, why) from why


@transaction.atomic
def do(demand: Demand, acts: Acts, *, actor, version: int | None = None) -> None:
    """Do several acts in one transaction. Where the demand is accepted and answered, its reporter gets one message.

    Raises `Stale`, or `ActRefused` for the first act that is refused; then nothing has been done.
    """
    # All locks first, in the order that each act takes them in.
    if acts.assigns and acts.assignee:
        with _named("assigns"):
            handling.lock_assignee(acts.assignee)
    lineage.lock_related(demand, version=version)
    if acts.accepts:
        with _named("accepts"):
            handling.accept(demand, actor=actor, answer_follows=bool(acts.answer))
    if acts.assigns:
        with _named("assigns"):
            handling.assign(demand, acts.assignee, actor=actor)
    if acts.sets_unit:
        with _named("sets_unit"):
            units.set_unit(demand, acts.unit, actor=actor)
    if acts.answer:
        with _named("answers"):
            handling.answer(demand, acts.answer, actor=actor, everybody=acts.everybody)
    if acts.publication:
        with _named("publishes"):
            publishing.publish(demand, acts.publication, actor=actor)
