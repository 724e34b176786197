"""What search engines may list: fixed pages and public demands."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from demands.models import Demand


class Pages(Sitemap):
    def items(self):
        return ["home", "demand_list", "demand_new", "track", "privacy", "accessibility"]

    def location(self, item):
        return reverse(item)


class PublicDemands(Sitemap):
    limit = 5000

    def items(self):
        return Demand.objects.public().only("ref", "published_at").order_by("-published_at", "-pk")

    def location(self, item):
        return reverse("demand_detail", args=[item.ref])

    def lastmod(self, item):
        return item.published_at


SITEMAPS = {"pages": Pages, "demands": PublicDemands}
