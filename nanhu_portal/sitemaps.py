"""What search engines may list: fixed pages and public demands."""

from types import SimpleNamespace
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from demands.models import Demand

MOST_LISTED = 5000


class PortalSitemap(Sitemap):
    """Addresses as `SITE_URL` has them, whatever host was asked."""

    def get_urls(self, page=1, site=None, protocol=None):
        address = urlsplit(settings.SITE_URL)
        return super().get_urls(page, SimpleNamespace(domain=address.netloc), address.scheme)


class Pages(PortalSitemap):
    def items(self):
        return ["home", "demand_list", "demand_new", "track", "privacy", "accessibility"]

    def location(self, item):
        return reverse(item)


class PublicDemands(PortalSitemap):
    """The newest; a search engine finds older ones through the list's pages."""

    def items(self):
        newest = Demand.objects.public().only("ref", "published_at").order_by("-published_at", "-pk")
        return newest[:MOST_LISTED]

    def location(self, item):
        return reverse("demand_detail", args=[item.ref])

    def lastmod(self, item):
        return item.published_at


SITEMAPS = {"pages": Pages, "demands": PublicDemands}
