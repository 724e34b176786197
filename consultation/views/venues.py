"""Venues of three levels and four kinds, the platforms at home there, posters, and what their QR codes open."""

from urllib.parse import urlencode

from django.db.models import Case, Count, Q, Value, When
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from foundation.filters import SelectField, chosen, without
from foundation.forms import PlainForm, TextField
from foundation.paging import page_of

from ..models import VENUE_LEVEL, Agreement, AreaLevel, Platform, Venue, VenueKind, places
from ..selectors.maps import map_links
from ..selectors.posters import poster
from ..selectors.venue_tree import grow
from ..services import venues as services
from ..workflow import AgreementStatus

PER_PAGE = 2  # subdistricts with all their venues
PLATFORMS_PER_PAGE = 100
SHOWN = 5  # events or agreements on a page that is not their own
LEVELS = (AreaLevel.SUBDISTRICT, AreaLevel.COMMUNITY, AreaLevel.COMPOUND)
PLACE_FIELDS = (("subdistrict", AreaLevel.SUBDISTRICT), ("community", AreaLevel.COMMUNITY))
KIND_ORDER = Case(*(When(kind=kind, then=Value(number)) for number, kind in enumerate(VenueKind)))


class VenueFilter(PlainForm):
    """The filter bar; its choices come from the tree kept in memory."""

    q = TextField(label=_("名称"), required=False, max_length=60)
    level = SelectField(label=_("层级"))
    kind = SelectField(label=_("类型"))
    subdistrict = SelectField(label=_("街道"))
    community = SelectField(label=_("社区"))
    step_free = SelectField(label=_("无障碍"))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "level": [(level.value, level.label) for level in LEVELS],
            "kind": VenueKind.choices,
            "subdistrict": places.choices(AreaLevel.SUBDISTRICT),
            "community": places.choices(AreaLevel.COMMUNITY),
            "step_free": [("yes", _("无台阶通行"))],
        }
        for name, found in choices.items():
            self.fields[name].offer(found)
        if len(choices["subdistrict"]) < 2:
            del self.fields["subdistrict"]

    def found(self, venues):
        """Those of `venues` that the valid form asks for."""
        asked = self.cleaned_data
        if asked["q"]:
            venues = venues.filter(Q(name__icontains=asked["q"]) | Q(name_en__icontains=asked["q"]))
        if asked["level"]:
            venues = venues.filter(area_level=asked["level"])
        if asked["kind"]:
            venues = venues.filter(kind=asked["kind"])
        for name, level in PLACE_FIELDS:
            if asked.get(name):
                venues = venues.filter(area__in=places.within(places.with_code(level, asked[name])))
        if asked["step_free"]:
            venues = venues.filter(step_free=True)
        return venues

    @property
    def asks_of_venues(self) -> bool:
        """Whether something narrows the venues; else, at most, a place is chosen, and all there is to be shown."""
        return not self.is_valid() or any(self.cleaned_data[name] for name in ("q", "level", "kind", "step_free"))

    def areas(self) -> set[int]:
        """Keys of the areas below what is chosen, of all where nothing is."""
        chosen_here = [
            set(places.within(place))
            for name, level in PLACE_FIELDS
            if self.is_valid() and (place := places.with_code(level, self.cleaned_data.get(name)))
        ]
        return set(places.areas()).intersection(*chosen_here)


@require_safe
def venue_list(request):
    venues = Venue.objects.public()
    filters = VenueFilter(request.GET)
    found = filters.found(venues) if filters.is_valid() else venues.none()
    everything = dict(venues.order_by().values_list("kind").annotate(Count("pk")))
    # Where something was found: the tree says which subdistricts that are, and only theirs are read.
    counted = dict(found.order_by().values_list("area").annotate(Count("pk")))
    shown = set(counted) if filters.asks_of_venues else filters.areas()
    shown = {key for pk in shown for key in places.upwards(pk)}
    subdistricts = [area for area in places.of_level(AreaLevel.SUBDISTRICT) if area.pk in shown]
    page = page_of(request, subdistricts, PER_PAGE)
    here = [key for area in page.object_list for key in places.within(area)]
    trees = grow(page.object_list, shown, list(found.filter(area__in=here).order_by(KIND_ORDER, "pk")))
    context = {
        "page": page,
        "plans": trees,
        "total": sum(counted.values()),
        "figures": [(kind, VENUE_LEVEL[kind], everything.get(kind, 0)) for kind in VenueKind],
        "filter": filters,
        "chosen": chosen(filters, request.GET),
        "query": without(request.GET, "page"),
        "section": "venues",
    }
    return render(request, "consultation/venue_list.html", context)


def _open_venue(slug: str) -> Venue:
    venue = get_object_or_404(Venue.objects.public(), slug=slug)
    venue.area = places.area(venue.area_id)
    return venue


@require_safe
def venue_detail(request, slug: str):
    venue = _open_venue(slug)
    context = {
        "venue": venue,
        "maps": map_links(venue),
        "platforms": venue.platforms.public(),
        "coming": venue.events.upcoming().with_place()[:SHOWN],
        "past": venue.events.past().with_place()[:SHOWN],
        "pictures": venue.pictures.public(),
        "section": "venues",
    }
    return render(request, "consultation/venue_detail.html", context)


@require_safe
def venue_poster(request, slug: str):
    venue = _open_venue(slug)
    context = {"posters": [poster(venue)], "title": venue, "back": reverse("venue_detail", args=[slug])}
    return render(request, "consultation/posters.html", context)


@require_safe
def venue_scan(request, code: str):
    """What a QR code opens: count, and go on to the form, which says so where it does not know the code."""
    venue = services.find(code)
    if venue and request.method == "GET":
        services.count_scan(venue)
    # One character more than any code has is enough to be none.
    known = venue.code if venue else code[: services.MAX_CODE + 1]
    response = redirect(f"{reverse('demand_new')}?{urlencode({'venue': known})}")
    # A browser that remembered the way would not come by to be counted.
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def platform_list(request):
    platforms = Platform.objects.public().select_related("venue")
    page = page_of(request, platforms, PLATFORMS_PER_PAGE)
    context = {"page": page, "platforms": list(page.object_list), "section": "venues"}
    return render(request, "consultation/platform_list.html", context)


@require_safe
def platform_detail(request, slug: str):
    platform = get_object_or_404(Platform.objects.public().select_related("venue"), slug=slug)
    platform.venue.area = places.area(platform.venue.area_id)
    agreements = Agreement.objects.public().filter(event__platform=platform)
    done = agreements.filter(status=AgreementStatus.DONE)
    context = {
        "platform": platform,
        "coming": platform.events.upcoming().with_place()[:SHOWN],
        "past": platform.events.past().with_place()[:SHOWN],
        "results": agreements.aggregate(agreed=Count("pk"), done=Count("pk", filter=Q(status=AgreementStatus.DONE))),
        "done": list(done.select_related("organisation").order_by("-measured_on", "-pk")[:SHOWN]),
        "section": "venues",
    }
    return render(request, "consultation/platform_detail.html", context)
