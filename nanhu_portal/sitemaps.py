"""Sitemaps: fixed pages, and every public page of a row."""

from types import SimpleNamespace
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consultation.models import Event, Organisation, Platform, Project, StudyNote, Topic, Venue
from demands.models import Demand
from members.models import Member, Resource

from .annual import years

MAX_LISTED = 5000


class PortalSitemap(Sitemap):
    """URLs built from `SITE_URL`, whatever the host of the request."""

    def get_urls(self, page=1, site=None, protocol=None):
        address = urlsplit(settings.SITE_URL)
        return super().get_urls(page, SimpleNamespace(domain=address.netloc), address.scheme)


class Pages(PortalSitemap):
    """The fixed pages, without the one for entering a tracking code: nothing below it may be indexed."""

    def items(self):
        return [
            "home",
            "demand_list",
            "demand_new",
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
            "committee",
            "rates",
            "privacy",
            "consents",
            "accessibility",
            "site_map",
        ]

    def location(self, item):
        return reverse(item)


class PublicDemands(PortalSitemap):
    """The newest; search engines find older ones through the pages of the list."""

    def items(self):
        newest = Demand.objects.public().only("ref", "published_at").order_by("-published_at", "-pk")
        return newest[:MAX_LISTED]

    def location(self, item):
        return reverse("demand_detail", args=[item.ref])

    def lastmod(self, item):
        return item.published_at


class Venues(PortalSitemap):
    def items(self):
        return Venue.objects.public().only("slug")

    def location(self, item):
        return reverse("venue_detail", args=[item.slug])


class Platforms(PortalSitemap):
    def items(self):
        return Platform.objects.public().only("slug")

    def location(self, item):
        return reverse("platform_detail", args=[item.slug])


class Events(PortalSitemap):
    """The newest; search engines find older ones through the list."""

    def items(self):
        return Event.objects.public().only("changed_at").order_by("-starts_at", "-pk")[:MAX_LISTED]

    def location(self, item):
        return reverse("event_detail", args=[item.pk])

    def lastmod(self, item):
        return item.changed_at


class Studies(PortalSitemap):
    """Published study notes."""

    def items(self):
        return StudyNote.objects.published().only("published_at").order_by("-published_at", "-pk")[:MAX_LISTED]

    def location(self, item):
        return reverse("study_detail", args=[item.pk])

    def lastmod(self, item):
        return item.published_at


class Topics(PortalSitemap):
    def items(self):
        return Topic.objects.public().only("pk").order_by("-pk")[:MAX_LISTED]

    def location(self, item):
        return reverse("topic_detail", args=[item.pk])


class Projects(PortalSitemap):
    def items(self):
        return Project.objects.public().only("pk").order_by("-pk")[:MAX_LISTED]

    def location(self, item):
        return reverse("project_detail", args=[item.pk])


class Partners(PortalSitemap):
    """Those with an agreement first; search engines find the others through the list."""

    def items(self):
        return Organisation.objects.public().only("pk").partners_first()[:MAX_LISTED]

    def location(self, item):
        return reverse("partner_detail", args=[item.pk])


class Members(PortalSitemap):
    def items(self):
        return Member.objects.public().only("pk")

    def location(self, item):
        return reverse("member_detail", args=[item.pk])


class Resources(PortalSitemap):
    def items(self):
        return Resource.objects.public().only("pk").order_by("-pk")[:MAX_LISTED]

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
def site_map(request):
    """The sitemap for people: every page that is not one of many of its kind."""
    return render(request, "nanhu_portal/sitemap.html", {"years": years()})
