"""How what a demand is linked to stands, as the few numbers that the chain is drawn from."""

from enum import IntEnum

from django.db.models.expressions import RawSQL

from consultation.workflow import AgreementStatus, EventStatus, ProjectStatus


class Meeting(IntEnum):
    """The furthest of its events."""

    NONE = 0
    COMING = 1
    HELD = 2


class Standing(IntEnum):
    """All its agreements, or all its projects, together: open while one is, else done where one came true."""

    NONE = 0
    FAILED = 1
    DONE = 2
    OPEN = 3


MEETING = {
    EventStatus.PLANNED: Meeting.COMING,
    EventStatus.OPEN: Meeting.COMING,
    EventStatus.HELD: Meeting.HELD,
    EventStatus.MINUTES_PUBLISHED: Meeting.HELD,
    EventStatus.CANCELLED: Meeting.NONE,
}
AGREEMENT = {
    AgreementStatus.AGREED: Standing.OPEN,
    AgreementStatus.UNDER_WAY: Standing.OPEN,
    AgreementStatus.DONE: Standing.DONE,
    AgreementStatus.MISSED: Standing.FAILED,
    AgreementStatus.DROPPED: Standing.FAILED,
}
PROJECT = {
    ProjectStatus.PLANNED: Standing.OPEN,
    ProjectStatus.UNDER_WAY: Standing.OPEN,
    ProjectStatus.DONE: Standing.DONE,
    ProjectStatus.STOPPED: Standing.FAILED,
}


# What a demand's row is asked along with itself. Written out in SQL, of nothing but our own words: for each request
# Django would take 3 ms to put the same together, which is longer than all the rest of the list takes.


def _number(column: str, standing: dict) -> str:
    whens = " ".join(f"WHEN '{status.value}' THEN {number.value}" for status, number in standing.items())
    return f"CASE {column} {whens} END"


_ITEMS = """
FROM demands_demandagendaitem link
JOIN consultation_agendaitem item ON item.id = link.agenda_item_id
JOIN consultation_event event ON event.id = item.event_id
WHERE link.demand_id = demands_demand.id"""
_AGREEMENTS = """
FROM demands_demandagreement link
JOIN consultation_agreement agreement ON agreement.id = link.agreement_id
JOIN consultation_event event ON event.id = agreement.event_id
LEFT JOIN consultation_project project ON project.id = agreement.project_id
WHERE link.demand_id = demands_demand.id"""
# Two numbers in one, so that the links are looked at once.
BASE = 10


def meeting() -> RawSQL:
    """The furthest `Meeting` of a demand's events; NULL without one."""
    return RawSQL(f"(SELECT max({_number('event.status', MEETING)}) {_ITEMS})", ())  # noqa: S611 - our own words


def promised() -> RawSQL:
    """The `Standing` of a demand's public agreements, times `BASE`, and that of their projects; NULL without one."""
    agreements, projects = _number("agreement.status", AGREEMENT), _number("project.status", PROJECT)
    return RawSQL(  # noqa: S611 - as above
        f"(SELECT max({agreements}) * {BASE} + coalesce(max({projects}), 0) {_AGREEMENTS}"
        f" AND event.status = '{EventStatus.MINUTES_PUBLISHED.value}')",
        (),
    )


def stamp() -> RawSQL:
    """A text that is another one as soon as an event, agreement or project a demand is linked to has changed."""
    return RawSQL(  # noqa: S611 - as above
        "concat("
        f"(SELECT string_agg(concat_ws(':', item.id, event.version), ',' ORDER BY link.id) {_ITEMS}), '/',"
        " (SELECT string_agg(concat_ws(':', agreement.id, agreement.version, event.version, project.version), ','"
        f" ORDER BY link.id) {_AGREEMENTS}))",
        (),
    )
