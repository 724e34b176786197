"""Queries about attendance at an event: sign-ups, and the balance of sectors."""

from dataclasses import dataclass, field

from django.db.models import Q, Sum

from consultation.models import Event, Organisation, PartnerSector, SignUp
from foundation.contacts import Contact


def sign_up_of(event: Event, address: str) -> SignUp | None:
    """The confirmed sign-up with this phone or e-mail that no other phone checked in with yet."""
    if not address.strip():
        return None
    confirmed = event.sign_ups.confirmed().filter(contact__in=Contact.objects.reached_by(address))
    return confirmed.exclude(attendance__in=event.attendances.exclude(visitor="")).order_by("number").first()


@dataclass(frozen=True)
class Balance:
    """How many people of each kind were there, and which organisations."""

    sectors: dict[str, int]  # all five 政企社媒校, in their order
    residents: int = 0
    members: int = 0
    organisations: list[Organisation] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(self.sectors.values()) + self.residents + self.members

    @property
    def absent(self) -> list[PartnerSector]:
        return [PartnerSector(sector) for sector, people in self.sectors.items() if not people]


def balance(event: Event) -> Balance:
    """Count the rows of attendance, in two queries."""
    sums = event.attendances.aggregate(
        members=Sum("people", filter=Q(member__isnull=False), default=0),
        residents=Sum("people", filter=Q(member__isnull=True, sector=""), default=0),
        **{sector.value: Sum("people", filter=Q(sector=sector), default=0) for sector in PartnerSector},
    )
    present = Organisation.objects.filter(attendances__event=event).order_by("name", "pk")
    return Balance(
        {sector.value: sums[sector.value] for sector in PartnerSector},
        sums["residents"],
        sums["members"],
        list(present),
    )
