"""Events, agreements and partners on the start page of the admin, and in its search box."""

import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from foundation import clock, search_sources, start_page
from foundation.search_sources import Hit, Lookup, Source
from foundation.start_page import Section

from ..models import Agreement, Event, Organisation
from ..workflow import EventStatus

MAX_SHOWN = 8
# Agreements due within so many days are falling due.
DAYS_AHEAD = 7


def _events_today(user) -> list[Event]:
    """Return today's events, whatever became of them, except cancelled ones. One query."""
    start = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Event.objects.visible_to(user).filter(starts_at__lt=start + datetime.timedelta(days=1), ends_at__gte=start)
    rows = today.exclude(status=EventStatus.CANCELLED).with_place().with_taken()
    return list(rows.order_by("starts_at", "pk")[:MAX_SHOWN])


def _agreements_due(user) -> list[Agreement]:
    """Return open agreements that are overdue or fall due within days. One query."""
    until = clock.today() + datetime.timedelta(days=DAYS_AHEAD)
    rows = Agreement.objects.visible_to(user).open().filter(due_on__lte=until)
    return list(rows.select_related("event", "organisation").order_by("due_on", "pk")[:MAX_SHOWN])


start_page.register(
    Section(
        "events",
        gettext_lazy("今天的活动"),
        20,
        _events_today,
        "admin/consultation/event/_start_today.html",
        "consultation.view_event",
    ),
    Section(
        "agreements",
        gettext_lazy("这几天到期的约定"),
        30,
        _agreements_due,
        "admin/consultation/agreement/_start_due.html",
        "consultation.view_agreement",
    ),
)


def _find_events(user, typed: str) -> Lookup:
    rows = Event.objects.visible_to(user).filter(title__icontains=typed).order_by("-starts_at", "-pk")
    return Lookup(rows, ("pk", "title", "status", "starts_at"), _event)


def _event(found: dict) -> Hit:
    day = date_format(timezone.localtime(datetime.datetime.fromisoformat(found.pop("starts_at"))), "DATE_FORMAT")
    event = Event(**found)
    address = reverse("admin:consultation_event_change", args=[event.pk])
    return Hit(event.title, address, f"{day} · {event.get_status_display()}")


def _find_partners(user, typed: str) -> Lookup:
    named = Q(name__icontains=typed) | Q(name_en__icontains=typed)
    rows = Organisation.objects.visible_to(user).filter(named).order_by("name", "pk")
    return Lookup(rows, ("pk", "name", "name_en", "kind"), _partner)


def _partner(found: dict) -> Hit:
    partner = Organisation(**found)
    address = reverse("admin:consultation_organisation_change", args=[partner.pk])
    return Hit(str(partner), address, partner.get_kind_display())


def _list_of(model: str):
    return lambda typed: f"{reverse(f'admin:consultation_{model}_changelist')}?{urlencode({'q': typed})}"


search_sources.register(
    Source("events", gettext_lazy("活动"), 20, _find_events, "consultation.view_event", _list_of("event")),
    Source(
        "partners",
        gettext_lazy("合作单位"),
        40,
        _find_partners,
        "consultation.view_organisation",
        _list_of("organisation"),
    ),
)
