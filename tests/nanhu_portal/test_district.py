"""The page of all subdistricts: counts of a year side by side, the same as elsewhere, in their own order."""

import csv
import datetime
import io
import re
from collections import Counter

import pytest
from django.utils import timezone

from consultation.models import Area
from consultation.workflow import EventStatus
from demands.models import Demand
from demands.statistics import editions
from demands.workflow import DispatchStatus
from foundation import cached
from members.workflow import DutyStatus
from tests import factories, several
from tests.pages import body, words

pytestmark = pytest.mark.django_db

PAGE, FILE = "/district/", "/district/figures.csv"


def rows_of(client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(client.get(address)).decode("utf-8-sig"))))


@pytest.fixture
def year(db) -> int:
    """Two subdistricts with a neighbourhood each, a third with demands alone, and an event of the district itself."""
    parts = several.three()
    for part in parts[:2]:
        factories.neighbourhood(part.community)
    person = factories.committee_member("王强")
    factories.duty(person, DutyStatus.CONFIRMED, text="走访")
    helped = {"member": person, "resource": factories.resource(member=person)}
    factories.dispatch(DispatchStatus.DONE, demand_=factories.demand("accepted"), **helped)
    factories.event(EventStatus.HELD, area=factories.tree().district)
    # Four of a subdistrict are too few to say more than that they came in.
    others = parts[2].demands.order_by("contact", "pk").values_list("pk", flat=True)[4:]
    Demand.objects.filter(pk__in=list(others)).update(received_at=timezone.now() - datetime.timedelta(days=800))
    editions.publish()
    cached.forget_all()
    return timezone.localdate().year


def test_each_count_is_that_of_the_subdistricts_own_annual_page_or_withheld(year, resident):
    found = {(row["figure"], row["subdistrict"]): int(row["count"]) for row in rows_of(resident, FILE)}
    places = [*Area.objects.filter(level=2).order_by("order", "pk"), None]
    compared = 0
    for place in places:
        name, query = (place.name, f"?subdistrict={place.code}") if place else ("", "")
        annual = rows_of(resident, f"/annual/{year}/figures.csv{query}")
        by_hand = Counter()
        for row in annual:
            by_hand[row["figure"], row["of"] if row["figure"] in ("demands", "resources") else ""] += int(
                row["count"].removeprefix("<")
            )
        for figure, key in (
            ("received", ("demands", "received")),
            ("resolved", ("demands", "resolved")),
            ("open", ("demands", "open")),
            ("made", ("made", "")),
            ("kept", ("kept", "")),
            ("used", ("resources", "used")),
        ):
            if (figure, name) in found:
                assert found[figure, name] == by_hand[key], (figure, name)
                compared += found[figure, name] > 0
    assert compared > 12
    in_time = Counter()
    for row in rows_of(resident, "/rates/year-community.csv"):
        if (row["year"], row["figure"]) == (str(year), "answered_in_time"):
            in_time[row["subdistrict"]] += int(row["count"])
    for name in (place.name for place in places[:2]):
        assert found["answered_in_time", name] == in_time[name] > 0
    # The rest, by hand: two events of each neighbourhood have been held, and one of the district's.
    first, second, third = (place.name for place in places[:3])
    assert [found["meetings", name] for name in (first, second, third, "")] == [2, 2, 0, 5]
    assert [found["projects", name] for name in (first, second, third, "")] == [1, 1, 0, 2]
    assert [found["duties", name] for name in (first, second, third, "")] == [3, 1, 0, 4]
    assert [found["used", name] for name in (first, second, third, "")] == [1, 0, 0, 1]
    # What the rates withhold is withheld here.
    assert ("received", "湖北街道") in found
    assert not found.keys() & {(figure, "湖北街道") for figure in ("answered_in_time", "resolved", "open")}
    assert "湖北街道 4 未公布 未公布 未公布" in words(resident.get(PAGE))


def test_subdistricts_stand_in_their_own_order_whatever_their_numbers(year, resident, django_assert_max_num_queries):
    for order, code in enumerate(("third-subdistrict", "subdistrict", "far-subdistrict")):
        Area.objects.filter(code=code).update(order=order)
    cached.forget_all()
    resident.get(PAGE)
    with django_assert_max_num_queries(12):
        page = resident.get(PAGE)
    for table in page.context["tables"]:
        assert [row.area and row.area.name for row in table.rows] == ["湖北街道", "湖东街道", "湖西街道", None]
    # Nothing but the sum is set apart: no mark, no colour, no bar says that one is more than another.
    marks = set(
        re.findall(r'class="([^"]*)"', page.content.decode().partition("<tbody>")[2].partition("</section>")[0])
    )
    assert marks <= {"num", "of", "all", "meta"}
    # Of each year of which there is something, and of no other.
    assert f"{year} 年各街道" in words(resident.get(f"{PAGE}?year={year}"))
    for wrong in ("1999", "x", "%00", str(year + 1)):
        assert resident.get(f"{PAGE}?year={wrong}").status_code == 404
    resident.cookies["lang"] = "en"
    assert f"Subdistricts in {year}" in words(resident.get(PAGE))


def test_it_is_there_once_there_are_two_subdistricts(resident, admin_client):
    factories.tree()
    assert "/district/" in resident.get("/").content.decode()
    assert "http://portal.example/district/" in resident.get("/sitemap.xml").content.decode()
    factories.one_subdistrict()
    assert resident.get(PAGE).status_code == resident.get(FILE).status_code == 404
    assert admin_client.get("/admin/district/").status_code == 403
    assert "/district/" not in resident.get("/").content.decode() + resident.get("/sitemap.xml").content.decode()
    assert "/admin/district/" not in admin_client.get("/admin/menu/").content.decode()


def test_the_host_of_a_subdistrict_leads_to_the_portals_own(resident, settings):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "hudong.example"]
    factories.profile(host="hudong.example")
    response = resident.get(f"{PAGE}?year=2026", headers={"host": "hudong.example"})
    assert (response.status_code, response["Location"]) == (302, "http://portal.example/district/?year=2026")
    assert "/district/" not in resident.get("/", headers={"host": "hudong.example"}).content.decode()


def test_staff_of_the_district_see_what_waits_in_each(district_client, liaison_client, django_assert_max_num_queries):
    parts = several.three()
    editions.publish()
    assert "/admin/district/" in district_client.get("/admin/menu/").content.decode()
    district_client.get("/admin/district/")
    with django_assert_max_num_queries(12):
        page = district_client.get("/admin/district/")
    for part, row in zip(parts, page.context["waiting"], strict=True):
        assert row.area == part.subdistrict
        numbers = [number for number, _address in row.numbers]
        own = part.demands
        assert numbers[:2] == [own.open().count(), own.overdue().count()] and numbers[1] > 0
        # Each leads to the list of just these.
        for number, address in row.numbers:
            assert district_client.get(address).context["cl"].result_count == number
    assert liaison_client.get("/admin/district/").status_code == 403
    assert "/admin/district/" not in liaison_client.get("/admin/menu/").content.decode()
