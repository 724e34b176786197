"""Sitemaps: fixed pages, and every public page of a row."""

from types import SimpleNamespace
from urllib.parse import urlsplit

from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consultation.models import (
    Area,
    AreaLevel,
    Event,
    Organisation,
    Platform,
    Project,
    StudyNote,
    Topic,
    Venue,
    places,
    subdistricts,
)
from consultation.selectors.subdistricts import here_of, limited
from demands.models import Demand
from foundation import portal
from members.models import Member, Resource

from .annual import years

MAX_LISTED = 5000


class PortalSitemap(Sitemap):
    """The pages that are found on the host of the request, with URLs built from the settings.

    Args:
        of: the subdistrict that has this host to itself. The portal's own host lists what lies in no such one.
    """

    # The lookup of a row's area.
    lies_in = "area"

    def __init__(self, of: Area | None = None) -> None:
        self.of = of

    def get_urls(self, page=1, site=None, protocol=None):
        address = urlsplit(portal.site())
        return super().get_urls(page, SimpleNamespace(domain=address.netloc), address.scheme)

    def here(self, rows):
        """Return those of the rows whose pages are found on this host."""
        if self.of:
            return limited(rows, self.of, self.lies_in)
        elsewhere = [key for area in subdistricts.with_hosts() for key in places.within(area)]
        return rows.exclude(**{f"{self.lies_in}__in": elsewhere}) if elsewhere else rows


class Pages(PortalSitemap):
    """The fixed pages, without the one for entering a tracking code: nothing below it may be indexed."""

    def items(self):
        return [
            "home",
            "demand_list",
            "demand_new",
            "proposal_list",
            "event_list",
            "rhythm",
            "topic_list",
            "project_list",
            "agreement_list",
            "partner_list",
            "resource_list",
            "venue_list",
            "platform_list",
            "member_list",
            "reception_list",
            "committee",
            "rates",
            "privacy",
            "consents",
            "accessibility",
            "site_map",
        ]

    def location(self, item):
        return reverse(item)


class Subdistricts(PortalSitemap):
    """Where there are several, the page of them all, and the home pages of those without a host of their own."""

    def items(self):
        if self.of or not subdistricts.several():
            return []
        hosted = subdistricts.with_hosts()
        return [None, *(area for area in places.of_level(AreaLevel.SUBDISTRICT) if area not in hosted)]

    def location(self, item):
        return reverse("subdistrict", args=[item.code]) if item else reverse("district")


class PublicDemands(PortalSitemap):
    """The newest; search engines find older ones through the pages of the list."""

    def items(self):
        newest = self.here(Demand.objects.public()).only("ref", "published_at").order_by("-published_at", "-pk")
        return newest[:MAX_LISTED]

    def location(self, item):
        return reverse("demand_detail", args=[item.ref])

    def lastmod(self, item):
        return item.published_at


class Venues(PortalSitemap):
    def items(self):
        return self.here(Venue.objects.public()).only("slug")

    def location(self, item):
        return reverse("venue_detail", args=[item.slug])


class Platforms(PortalSitemap):
    lies_in = "venue__area"

    def items(self):
        return self.here(Platform.objects.public()).only("slug")

    def location(self, item):
        return reverse("platform_detail", args=[item.slug])


class Events(PortalSitemap):
    """The newest; search engines find older ones through the list."""

    def items(self):
        return self.here(Event.objects.public()).only("changed_at").order_by("-starts_at", "-pk")[:MAX_LISTED]

    def location(self, item):
        return reverse("event_detail", args=[item.pk])

    def lastmod(self, item):
        return item.changed_at


class Studies(PortalSitemap):
    """Published study notes."""

    lies_in = "series__area"

    def items(self):
        return (
            self.here(StudyNote.objects.published()).only("published_at").order_by("-published_at", "-pk")[:MAX_LISTED]
        )

    def location(self, item):
        return reverse("study_detail", args=[item.pk])

    def lastmod(self, item):
        return item.published_at


class Topics(PortalSitemap):
    def items(self):
        return self.here(Topic.objects.public()).only("pk").order_by("-pk")[:MAX_LISTED]

    def location(self, item):
        return reverse("topic_detail", args=[item.pk])


class Projects(PortalSitemap):
    def items(self):
        return self.here(Project.objects.public()).only("pk").order_by("-pk")[:MAX_LISTED]

    def location(self, item):
        return reverse("project_detail", args=[item.pk])


class Partners(PortalSitemap):
    """Those with an agreement first; search engines find the others through the list."""

    def items(self):
        return self.here(Organisation.objects.public()).only("pk").partners_first()[:MAX_LISTED]

    def location(self, item):
        return reverse("partner_detail", args=[item.pk])


class Members(PortalSitemap):
    lies_in = "committee__area"

    def items(self):
        return self.here(Member.objects.public()).only("pk")

    def location(self, item):
        return reverse("member_detail", args=[item.pk])


class Resources(PortalSitemap):
    def items(self):
        return self.here(Resource.objects.public()).only("pk").order_by("-pk")[:MAX_LISTED]

    def location(self, item):
        return reverse("resource_detail", args=[item.pk])


class Years(PortalSitemap):
    """The annual showcases."""

    def items(self):
        return years()

    def location(self, item):
        return reverse("annual", args=[item])


SITEMAPS = {
    "pages": Pages,
    "subdistricts": Subdistricts,
    "demands": PublicDemands,
    "events": Events,
    "studies": Studies,
    "topics": Topics,
    "projects": Projects,
    "partners": Partners,
    "venues": Venues,
    "platforms": Platforms,
    "members": Members,
    "resources": Resources,
    "years": Years,
}


@require_safe
def sitemap_xml(request):
    limit = here_of(request).limit
    return sitemap(request, {name: kind(limit) for name, kind in SITEMAPS.items()})


@require_safe
def site_map(request):
    """The sitemap for people: every page that is not one of many of its kind."""
    return render(request, "nanhu_portal/sitemap.html", {"years": years()})
