"""A crawler that follows every link from the home page comes to an end, and finds no dead link on its way."""

import datetime
import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from consultation.workflow import EventStatus
from demands.models import PhotoReview
from demands.services import consulting
from demands.workflow import DemandStatus
from foundation.actors import SYSTEM
from tests import factories
from tests.crawling import visit

pytestmark = pytest.mark.django_db

# What HTML allows in `<time datetime>`, as far as the portal uses it: a day, a time, a moment.
DATETIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\+08:00)?|\d\d:\d\d")
PORTRAIT = re.compile(r"/members/\d+/portrait\.jpg")
TIMES = re.compile(r'datetime="([^"]*)"')
# The arrows of the calendar.
TURNS = re.compile(r'<a rel="(?:prev|next)[^>]+>')


class Crawler(Client):
    """Keeps no cookies, so that following the links of the header changes nothing."""

    def request(self, **request):
        response = super().request(**request)
        self.cookies.clear()
        return response


@pytest.fixture
def history(db):
    """A neighbourhood with a demand, whose meetings lie as far apart as those of a portal with a long history."""
    factories.one_subdistrict()
    here = factories.neighbourhood()
    demand = factories.demand(DemandStatus.ACCEPTED, public=True)
    factories.photo(demand, review=PhotoReview.APPROVED)
    consulting.link_agenda_item(demand, here.event.agenda.get(), actor=SYSTEM)
    consulting.link_agreement(demand, here.agreement, actor=SYSTEM)
    for year in (2003, 2011, 2039):
        factories.event(
            EventStatus.HELD if year < 2026 else EventStatus.OPEN,
            starts_at=datetime.datetime(year, 5, 20, 14, tzinfo=timezone.get_default_timezone()),
            venue=here.home,
            series=here.series,
            platform=here.platform,
            agenda=0,
        )
    return here


YEARS = timezone.localdate().year - 2003 + 1
# The addresses of each path, at most; one where nothing is said.
MOST = {
    # Of all events, and of the one series, venue and platform: coming, past, and each month with something, which are
    # three far off, at most three of the neighbourhood's own, and the current one.
    "/events/": 4 * (2 + 7),
    "/events/calendar.ics": 4,
    # The annual showcase of each year since the first meeting links to its own.
    "/events/rhythm/": 1 + YEARS,
    "/rates/": 1 + YEARS,
    # The list, and one for each community and compound of the tree.
    "/demands/": 1 + 3 + 4,
    "/demands/new/": 5,
    # All, those of each sector, and those of one partner, year, sector or status, alone and together.
    "/partners/": 1 + 5,
    "/projects/agreements/": 7,
    "/venues/": 5,
    "/preferences/": 6,
    # Its own size, and the small one.
    "/members/1/portrait.jpg": 2,
}


def test_a_crawler_that_follows_every_link_comes_to_an_end(history):
    read = Counter()
    for address, response, text in visit(Crawler(), ["/"]):
        assert response.status_code in (200, 302), address
        path = PORTRAIT.sub("/members/1/portrait.jpg", urlsplit(address).path)
        read[path] += 1
        assert read[path] <= MOST.get(path, 1), address
        if response.get("Content-Type", "").startswith("text/html"):
            assert [time for time in TIMES.findall(text) if not DATETIME.fullmatch(time)] == [], address
            turns = [link for link in TURNS.findall(text) if "month=" in link]
            assert [link for link in turns if "nofollow" not in link] == [], address
    assert set(MOST) <= set(read)
    assert 120 < read.total() < sum(MOST.values()) + YEARS + 90
