"""What members add to the pages of consultation."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consultation.models import PartnerSector
from foundation.numbers import is_small, people_words

from ..models import Presenter, StudyMark
from ..services import attendance, studies

register = template.Library()


@register.inclusion_tag("members/_study_mark.html")
def study_mark(note, user) -> dict:
    """The button 我已读 for a member the note is for, or when they read it; nothing for anybody else."""
    member = studies.readers(note).filter(user=user).first() if user.is_authenticated and note.published_at else None
    mark = StudyMark.objects.filter(note=note, member=member).first() if member else None
    return {"note": note, "member": member, "mark": mark}


@register.inclusion_tag("members/_agenda.html")
def event_agenda(event, items) -> dict:
    """The agenda with who presents it: members by level and name, else as it was written. One query for all items."""
    items = list(items)
    members: dict[int, list[str]] = {}
    for row in Presenter.objects.filter(agenda_item__in=items).select_related("member") if items else ():
        members.setdefault(row.agenda_item_id, []).append(row.member.title)
    rows = [(item, members.get(item.pk, []) + [name for name in [item.presenter] if name]) for item in items]
    return {"event": event, "rows": rows}


@register.inclusion_tag("members/_attendance.html")
def event_attendance(event) -> dict:
    """Who was at an event that was held, by the five sectors; nothing where nobody was recorded.

    One to four people are “不足 5 人”, their bar is left out, and no total stands beside them from which they could be
    worked out. That a sector was absent is said: it is what the balance is for. Two queries.
    """
    counted = attendance.balance(event) if event.was_held else None
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


# --- Who receives residents, who furthers a project ------------------------------------------------------------------


@register.inclusion_tag("members/_hosts.html")
def venue_hosts(venue) -> dict:
    """The members who receive residents at a venue, with their times; nothing where nobody does. One query."""
    return {"hosts": venue.hosts.filter(member__is_active=True).select_related("member")}


@register.inclusion_tag("members/_project_members.html")
def project_members(project) -> dict:
    """The members who brought or further a project, with their part; nothing where nobody did. One query.

    Who left office since stays named: it was done.
    """
    return {"links": project.member_links.select_related("member").order_by("member__order", "pk")}
