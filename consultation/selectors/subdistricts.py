"""Which subdistrict a page belongs to: decided here, for header and footer, lists and links alike.

The host name, if a subdistrict has one to itself, limits every page to it. Elsewhere a page belongs to the subdistrict
of the row that it shows (`enter`), or to the one of its address (`/s/<code>/`, `?subdistrict=<code>`), or to none.
"""

from functools import cached_property
from urllib.parse import urlencode

from django.core.exceptions import DisallowedHost
from django.http.request import split_domain_port
from django.urls import reverse
from django.utils.translation import pgettext

from foundation.paging import PARAMETERS
from foundation.portal import PortalTexts

from ..models import Area, AreaLevel, places, subdistricts

# Views of the home page: of all, and of one subdistrict.
HOMES = ("home", "subdistrict")


class Here:
    """The subdistrict of a request's page, found when it is first asked for."""

    def __init__(self, request) -> None:
        self._request = request
        self.is_of_row = False  # since `enter`

    @cached_property
    def limit(self) -> Area | None:
        """The subdistrict that the host belongs to, and every page on it."""
        try:
            host = self._request.get_host()
        except DisallowedHost:  # the page says that
            return None
        return subdistricts.with_host(split_domain_port(host)[0])

    @cached_property
    def area(self) -> Area | None:
        """The subdistrict that the page belongs to; None for the whole installation."""
        asked = self._request.GET.get("subdistrict")
        return self.limit or (subdistricts.with_code(asked) if asked else None)

    @property
    def texts(self) -> PortalTexts:
        return subdistricts.texts_of(self.area)

    @property
    def site(self) -> str:
        return subdistricts.site_of(self.area)

    # --- For templates ----------------------------------------------------------------------------------------------

    @property
    def code(self) -> str:
        """The subdistrict that addresses have to name; "" on its own host, which needs no naming."""
        return self.area.code if self.area and not self.limit else ""

    @property
    def query(self) -> str:
        """What an address takes at its end to stay in this subdistrict."""
        return f"?{urlencode({'subdistrict': self.code})}" if self.code else ""

    @property
    def more(self) -> str:
        """The same for an address that asks for something already."""
        return f"&{self.query[1:]}" if self.code else ""

    @property
    def home(self) -> str:
        return reverse(HOMES[1], args=[self.code]) if self.code else reverse(HOMES[0])

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Of a page that each subdistrict has: its address, the name, and whether it is this one; first that of all.

        Empty where there is nothing to choose.
        """
        if self.limit or not subdistricts.several():
            return []
        all_of: list[Area | None] = [None, *places.of_level(AreaLevel.SUBDISTRICT)]
        return [(self._for(area), str(area or pgettext("filter", "全部")), area == self.area) for area in all_of]

    def _for(self, area: Area | None) -> str:
        """The address of this page for another subdistrict, or for all."""
        match = self._request.resolver_match  # None on the page of an address that does not exist
        if match and match.url_name in HOMES:
            return reverse(HOMES[1], args=[area.code]) if area else reverse(HOMES[0])
        asked = self._request.GET.copy()
        for name in (*PARAMETERS, "subdistrict"):
            asked.pop(name, None)
        if area:
            asked["subdistrict"] = area.code
        return f"{self._request.path}?{asked.urlencode()}" if asked else self._request.path

    @property
    def key(self) -> str:
        """For the keys of cached parts of pages: what they depend on besides the texts."""
        several = "+" if subdistricts.several() else ""
        return f"{self.area.pk if self.area else ''}{'' if self.code else '/'}{several}"


def here_of(request) -> Here:
    """Return the `Here` of a request; the same one each time."""
    if not hasattr(request, "here"):
        request.here = Here(request)
    return request.here


def enter(request, key: int | None) -> None:
    """Let the page belong to the subdistrict that this area lies in; if that is the whole district, to the host's."""
    here = here_of(request)
    here.area, here.is_of_row = subdistricts.subdistrict_of(key) or here.limit, True


def limited(queryset, area: Area | None, field: str = "area"):
    """Return the rows that lie in this area or below it; all of them where it is None."""
    return queryset.filter(**{f"{field}__in": places.within(area)}) if area else queryset


def with_key(key: int | None) -> Area | None:
    """Return the area with this key, under which something was counted; None for everywhere."""
    return None if key is None else places.area(key)


def moved_to(request) -> str:
    """Return where the page of a row is found that belongs to another subdistrict than the host does; "" for others."""
    here = here_of(request)
    if not here.is_of_row or here.limit in (None, here.area):
        return ""
    return f"{here.site}{request.get_full_path()}"
