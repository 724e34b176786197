"""What this app adds to the pages of consultation."""

from django import template
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consultation.models import Agreement, Event, Organisation, PartnerSector
from foundation.numbers import is_small, people_words

from .. import selectors
from ..models import Attendance, Member, Presenter, Resource, StudyMark
from ..services import studies

register = template.Library()

SHOWN = 5  # events on the page of a member or a partner, and resources on a partner's


@register.simple_tag
def member_link(member: Member) -> str:
    """A member by level and name, with a link to their page while they are in office."""
    if not member.is_active:
        return member.title
    return format_html('<a href="{}">{}</a>', reverse("member_detail", args=[member.pk]), member.title)


@register.simple_tag
def member_line(member: Member) -> str:
    """Level, sector and position, as far as they are known."""
    return " · ".join(str(part) for part in (member.get_level_display(), member.sector, member.position) if part)


@register.inclusion_tag("members/_member_events.html")
def member_events(member: Member) -> dict:
    """The events a member presents at: the next, and the last held. Two queries.

    Events that they only attended are left out.
    """
    presented = Presenter.objects.filter(member=member).values("agenda_item__event")
    events = Event.objects.public().filter(pk__in=presented).with_place()
    past = list(events.past()[: SHOWN + 1])
    return {"coming": events.upcoming()[:SHOWN], "past": past[:SHOWN], "has_more": len(past) > SHOWN, "shown": SHOWN}


@register.inclusion_tag("members/_study_mark.html")
def study_mark(note, user) -> dict:
    """For members the note is for: the button 我已读, or when they read it. For anybody else nothing."""
    member = studies.readers(note).filter(user=user).first() if user.is_authenticated and note.published_at else None
    mark = StudyMark.objects.filter(note=note, member=member).first() if member else None
    return {"note": note, "member": member, "mark": mark}


@register.inclusion_tag("members/_agenda.html")
def event_agenda(event, items) -> dict:
    """The agenda with its presenters: members by level and name, others as entered. One query for all items."""
    items = list(items)
    members: dict[int, list[str]] = {}
    for row in Presenter.objects.filter(agenda_item__in=items).select_related("member") if items else ():
        members.setdefault(row.agenda_item_id, []).append(member_link(row.member))
    rows = [(item, members.get(item.pk, []) + [name for name in [item.presenter] if name]) for item in items]
    return {"event": event, "rows": [(item, _joined(names)) for item, names in rows]}


def _joined(names: list[str]) -> str:
    return format_html_join(_("、"), "{}", ((name,) for name in names))


@register.inclusion_tag("members/_attendance.html")
def event_attendance(event) -> dict:
    """Who was at a past event, by the five sectors; nothing if nobody was recorded.

    One to four people are “不足 5 人” without a bar, and no total is shown from which they could be worked out. Absent
    sectors are named, because that is the purpose of the balance. Two queries.
    """
    counted = selectors.attendance.balance(event) if event.was_held else None
    if counted is None or not counted.people:
        return {"rows": []}
    people = [(PartnerSector(sector).label, count) for sector, count in counted.sectors.items()]
    people += [(pgettext("sector", "居民"), counted.residents), (pgettext("sector", "委员"), counted.members)]
    most = max(count for _label, count in people)
    rows = [
        (label, people_words(count) if count else _("无人到场"), 0 if is_small(count) else 100 * count // most)
        for label, count in people
    ]
    return {"rows": rows, "organisations": [row for row in counted.organisations if row.is_active]}


# --- Hosts of venues, supporters of projects -------------------------------------------------------------------------


@register.inclusion_tag("members/_hosts.html")
def venue_hosts(venue) -> dict:
    """The members who receive residents at a venue, with their times; nothing if there are none. One query."""
    return {"hosts": venue.hosts.filter(member__is_active=True).select_related("member")}


@register.inclusion_tag("members/_project_members.html")
def project_members(project) -> dict:
    """The members who initiated or support a project, with their role; nothing if there are none. One query.

    Those who have left office since are still named.
    """
    return {"links": project.member_links.select_related("member").order_by("member__order", "pk")}


# --- What partners bring ---------------------------------------------------------------------------------------------


@register.inclusion_tag("members/_partner_events.html")
def partner_events(partner: Organisation) -> dict:
    """The last events at which a partner was present, or made a public agreement; nothing if none. One query."""
    attended = Attendance.objects.filter(organisation=partner).values("event")
    agreed = Agreement.objects.public().filter(organisation=partner).values("event")
    events = Event.objects.public().past().filter(Q(pk__in=attended) | Q(pk__in=agreed)).with_place()
    found = list(events[: SHOWN + 1])
    return {"events": found[:SHOWN], "has_more": len(found) > SHOWN, "shown": SHOWN}


@register.inclusion_tag("members/_partner_resources.html")
def partner_resources(partner: Organisation) -> dict:
    """The resources that a partner offers; nothing if there are none. One query."""
    found = list(Resource.objects.public().filter(organisation=partner).select_related("category")[: SHOWN + 1])
    return {"resources": found[:SHOWN], "has_more": len(found) > SHOWN}
