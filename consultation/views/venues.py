"""The public pages of venues and platforms, posters, and the target of their QR codes."""

from urllib.parse import urlencode

from django.db.models import Case, Count, Value, When
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from foundation.filters import without
from foundation.paging import page_of

from .. import selectors, services
from ..filters import VenueFilter
from ..models import VENUE_LEVEL, Agreement, AreaLevel, Platform, Venue, VenueKind, places
from ..workflow import AgreementStatus

PER_PAGE = 2  # subdistricts with all their venues
PLATFORMS_PER_PAGE = 100
SHOWN = 5  # events or agreements on a page that is not their own
KIND_ORDER = Case(*(When(kind=kind, then=Value(number)) for number, kind in enumerate(VenueKind)))


@require_safe
def venue_list(request):
    venues = Venue.objects.public()
    filters = VenueFilter(request.GET, request=request, queryset=venues)
    found = filters.found()
    everything = dict(
        selectors.subdistricts.limited(venues, filters.place).order_by().values_list("kind").annotate(Count("pk"))
    )
    # Read the venues of those subdistricts only in which something was found.
    counted = dict(found.order_by().values_list("area").annotate(Count("pk")))
    shown = set(counted) if filters.asks_of_venues else filters.areas()
    shown = {key for pk in shown for key in places.upwards(pk)}
    subdistricts = [area for area in places.of_level(AreaLevel.SUBDISTRICT) if area.pk in shown]
    page = page_of(request, subdistricts, PER_PAGE)
    on_page = [key for area in page.object_list for key in places.within(area)]
    trees = selectors.venues.grow(
        page.object_list, shown, list(found.filter(area__in=on_page).order_by(KIND_ORDER, "pk"))
    )
    context = {
        "page": page,
        "plans": trees,
        "total": sum(counted.values()),
        "figures": [(kind, VENUE_LEVEL[kind], everything.get(kind, 0)) for kind in VenueKind],
        "filter": filters,
        "chosen": filters.chosen(),
        "query": without(request.GET),
        "section": "venues",
    }
    return render(request, "consultation/venue_list.html", context)


def _open_venue(request, slug: str) -> Venue:
    venue = get_object_or_404(Venue.objects.public(), slug=slug)
    venue.area = places.area(venue.area_id)
    selectors.subdistricts.enter(request, venue.area_id)
    return venue


@require_safe
def venue_detail(request, slug: str):
    venue = _open_venue(request, slug)
    pictures = list(venue.pictures.public())
    context = {
        "venue": venue,
        "maps": selectors.venues.map_links(venue),
        "platforms": venue.platforms.public(),
        "coming": venue.events.upcoming().with_place().with_taken()[:SHOWN],
        "past": venue.events.past().with_place()[:SHOWN],
        "pictures": pictures,
        "data": selectors.venues.venue_data(venue, pictures),
        "section": "venues",
    }
    return render(request, "consultation/venue_detail.html", context)


@require_safe
def venue_poster(request, slug: str):
    venue = _open_venue(request, slug)
    context = {
        "posters": [selectors.venues.poster(venue)],
        "title": venue,
        "back": reverse("venue_detail", args=[slug]),
    }
    return render(request, "consultation/posters.html", context)


@require_safe
def venue_scan(request, code: str):
    """Open a QR code: count the scan, and redirect to the form, which reports an unknown code."""
    venue = services.venues.find(code)
    if venue and request.method == "GET":
        services.venues.count_scan(venue)
    # One character longer than any real code is enough to be unknown.
    known = venue.code if venue else code[: services.venues.MAX_CODE + 1]
    response = redirect(f"{reverse('demand_new')}?{urlencode({'venue': known})}")
    # A cached redirect would not be counted.
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def platform_list(request):
    here = selectors.subdistricts.here_of(request)
    platforms = selectors.subdistricts.limited(Platform.objects.public(), here.area, "venue__area")
    platforms = platforms.select_related("venue")
    page = page_of(request, platforms, PLATFORMS_PER_PAGE)
    platforms = list(page.object_list)
    selectors.platforms.put_figures(platforms)
    context = {"page": page, "platforms": platforms, "query": without(request.GET), "section": "venues"}
    return render(request, "consultation/platform_list.html", context)


@require_safe
def platform_detail(request, slug: str):
    platform = get_object_or_404(Platform.objects.public().select_related("venue"), slug=slug)
    platform.venue.area = places.area(platform.venue.area_id)
    selectors.subdistricts.enter(request, platform.venue.area_id)
    done = Agreement.objects.public().filter(event__platform=platform, status=AgreementStatus.DONE)
    selectors.platforms.put_figures([platform])
    context = {
        "platform": platform,
        "coming": platform.events.upcoming().with_place().with_taken()[:SHOWN],
        "past": platform.events.past().with_place()[:SHOWN],
        "done": list(done.select_related("organisation").order_by("-measured_on", "-pk")[:SHOWN]),
        "section": "venues",
    }
    return render(request, "consultation/platform_detail.html", context)
