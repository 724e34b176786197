"""Events: coming and past ones, a month as a calendar, one event, and iCalendar feeds."""

from django.db.models import Count, Max, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from foundation import clock
from foundation.feeds import unless_known
from foundation.links import absolute
from foundation.numbers import people_words
from foundation.paging import page_of

from .. import selectors
from ..filters import PAST, EventFilter, SlotFilter, written
from ..models import Event, Picture, Slot
from ..selectors import calendars
from ..workflow import TOOK_PLACE

PER_PAGE = 20


@require_safe
def event_list(request):
    filters = EventFilter(request.GET, request=request, queryset=Event.objects.public())
    month = filters.month_shown
    is_past = filters.shows_past and not month
    context = {
        "filter": filters,
        "chosen": filters.chosen(),
        "month": month,
        "is_past": is_past,
        "when": PAST if is_past else "",
        "this_month": written(month or clock.today()),
        "ways": _ways(filters, month),
        "section": "events",
    }
    if month:
        return _month_page(request, filters, month, context)
    page = page_of(request, _listed(filters), PER_PAGE)
    context |= {"page": page, "items": list(page.object_list), "query": filters.query()}
    return render(request, "consultation/event_list.html", context)


def _month_page(request, filters: EventFilter, month, context: dict):
    """Show a month. One without anything leads to the nearest that has something, and is not found by machines.

    So those who follow every link meet only months that have something, and whoever asks for another one still reads
    that it is empty.
    """
    events, slots = filters.found(), SlotFilter(request.GET, request=request, queryset=Slot.objects.all()).found()
    grid = selectors.events.weeks(month, events, slots)
    has_any = any(day.has_any for week in grid for day in week)
    beside = zip(("prev", "next"), selectors.events.months_beside(month, events, slots), strict=True)
    context |= {
        "weeks": grid,
        "has_any": has_any,
        "beside": [(rel, other, filters.query(month=written(other))) for rel, other in beside if other],
    }
    status = 200 if has_any or selectors.events.is_there(month) else 404
    return render(request, "consultation/event_month.html", context, status=status)


def _ways(filters: EventFilter, month) -> dict[str, str]:
    """Return the query strings of the three views of the same events."""
    return {
        "coming": filters.query(when=None, month=None),
        "past": filters.query(when="past", month=None),
        "month": filters.query(when=None, month=written(month or clock.today())),
    }


def _listed(filters: EventFilter):
    """Return coming or past events. Past are those over or held; a cancelled one stays where its time puts it."""
    over = Q(ends_at__lt=clock.now()) | Q(status__in=TOOK_PLACE)
    events = filters.found().with_place().with_taken()
    if filters.shows_past:
        return events.filter(over).order_by("-starts_at", "-pk")
    return events.exclude(over).order_by("starts_at", "pk")


@require_safe
def event_detail(request, pk: int):
    event = get_object_or_404(Event.objects.public().with_place().with_taken(), pk=pk)
    selectors.subdistricts.enter(request, event.area_id)
    left = event.places_left
    is_over = event.ends_at < clock.now()
    context = {
        "event": event,
        "agenda": list(event.agenda.all()),
        "places_left": left,
        "is_full": left == 0,
        "is_over": is_over,
        "shows_link": event.is_coming and not is_over and event.online_url,
        "pictures": list(Picture.objects.public().filter(event=event)),
        "served": people_words(event.people_served) if event.people_served else "",
        # Agreements are public together with the minutes.
        "agreements": list(selectors.agreements.drawn(event.agreements.all())) if event.minutes_are_public else [],
        "data": selectors.events.event_data(event, left),
        "address": absolute(request.path),
        "section": "events",
    }
    return render(request, "consultation/event_detail.html", context)


@require_safe
def event_ics(request, pk: int):
    event = get_object_or_404(Event.objects.public().with_place(), pk=pk)
    selectors.subdistricts.enter(request, event.area_id)

    def build() -> HttpResponse:
        response = HttpResponse(calendars.calendar_of([event], event.title), content_type=calendars.CONTENT_TYPE)
        response["Content-Disposition"] = f'attachment; filename="event-{event.pk}.ics"'
        return response

    return unless_known(request, build, event.pk, calendars.location(event), changed_at=event.changed_at)


@require_safe
def calendar_ics(request):
    """Return a feed of events, from 90 days ago on, cancelled ones included, filtered by series, place or platform."""
    filters = EventFilter(request.GET, request=request, queryset=Event.objects.public())
    if not filters.form.is_valid():
        # An empty calendar would wipe what the subscriber has; a 404 leaves it alone.
        raise Http404
    since = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0) - calendars.MAX_AGE
    events = filters.found().filter(starts_at__gte=since)
    state = events.aggregate(count=Count("pk"), changed_at=Max("changed_at"))

    def build() -> HttpResponse:
        rows = events.with_place().order_by("starts_at", "pk")[: calendars.MAX_ENTRIES]
        name = calendars.name_of(filters.subscribed())
        return HttpResponse(calendars.calendar_of(rows, name), content_type=calendars.CONTENT_TYPE)

    # The day is part of the key, since the oldest events drop out every day.
    return unless_known(request, build, filters.subscription(), since, state["count"], changed_at=state["changed_at"])
