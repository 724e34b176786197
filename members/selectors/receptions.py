"""Which turns of a reception are free, and who has which."""

from ..models import Reception, ReceptionBooking


def free_turns(reception: Reception) -> list[int]:
    """Return the turns that can be booked, counted from 1; none once it has begun or was cancelled. One query."""
    if not reception.takes_bookings:
        return []
    taken = set(reception.bookings.active().values_list("turn", flat=True))
    return [turn for turn in range(1, reception.turns + 1) if turn not in taken]


def booked(reception: Reception) -> list[ReceptionBooking]:
    """Return who has a turn, in order, with their contacts. One query."""
    rows = list(reception.bookings.active().select_related("contact"))
    for row in rows:
        row.reception = reception
    return rows
