"""Partners as anybody reads them: the list with filters and search, and one partner with all it did."""

import datetime

import pytest
from django.utils import timezone

from consultation.models import Organisation, OrganisationKind, ProjectPartner
from consultation.services import agreements
from foundation.actors import SYSTEM
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db

LIST = "/partners/"
K = OrganisationKind


def names(response) -> list[str]:
    assert response.status_code == 200
    return [str(partner) for partner in response.context["items"]]


@pytest.fixture
def five():
    places = factories.tree()
    day = datetime.date
    factories.organisation(
        "湖东商会",
        kind=K.ASSOCIATION,
        nurtured_years=[2023, 2024],
        about="街坊店铺一起办的商会。",
        name_en="Hudong Chamber",
    )
    factories.organisation("桂花物业", area=places.community, cooperation_since=day(2024, 3, 1))
    factories.organisation("柳园小学", kind=K.SCHOOL, area=places.other_community, has_agreement=True)
    factories.organisation("湖东超市", kind=K.SHOP, area=places.compound, cooperation_since=day(2025, 6, 30))
    factories.organisation("关了的店", kind=K.SHOP, is_active=False, cooperation_since=day(2025, 1, 1))


def test_partners_are_found(five, resident, subtests):
    for query, found in (
        # With an agreement first, the newest leading and one of an unknown day last.
        ("", ["湖东超市", "桂花物业", "柳园小学", "湖东商会"]),
        ("sector=enterprise", ["湖东超市", "桂花物业"]),
        ("sector=media", []),
        ("kind=association", ["湖东商会"]),
        ("community=community", ["湖东超市", "桂花物业"]),
        ("cooperation=yes", ["湖东超市", "桂花物业", "柳园小学"]),
        ("cooperation=2024", ["桂花物业", "柳园小学"]),
        ("cooperation=2001", ["柳园小学"]),
        ("cooperation=1999", []),
        ("nurtured=2023", ["湖东商会"]),
        ("nurtured=2022", []),
        ("q=湖东", ["湖东超市", "湖东商会"]),
        ("q=街坊", ["湖东商会"]),
        ("q=chamber", ["湖东商会"]),
        ("q=湖东&sector=enterprise", ["湖东超市"]),
        ("sector=none-such", []),
        ("q=%00", []),
        ("q=" + "长" * 61, []),
    ):
        response = resident.get(f"{LIST}?{query}")
        with subtests.test(query):
            assert names(response) == found
            assert ("没有符合这些条件的单位" in words(response)) is (not found)


def test_the_five_sectors_lead_to_as_many_as_they_count(five, resident):
    response = resident.get(LIST)
    counted = {sector.value: number for sector, number in response.context["figures"]}
    assert counted == {"government": 0, "enterprise": 2, "society": 1, "media": 0, "school": 1}
    for sector, number in counted.items():
        assert f'href="{LIST}?sector={sector}"' in response.content.decode()
        assert len(names(resident.get(f"{LIST}?sector={sector}"))) == number


@pytest.fixture
def busy():
    """A partner with projects, agreements of which one is kept, a resource, and an event it was at."""
    here = factories.neighbourhood()
    partner = here.organisation
    Organisation.objects.filter(pk=partner.pk).update(
        about="管三个小区。", website="https://guihua.example", cooperation_since="2024-03-01", has_agreement=True
    )
    for number in range(6):
        project = factories.project(f"项目 {number}", starts_on=datetime.date(2026, 1, 1 + number))
        ProjectPartner.objects.create(project=project, organisation=partner, part="出工")
        agreed = factories.agreement(here.published, what=f"约定 {number}", organisation=partner, office="", sector="")
    agreements.fulfil(agreed, outcome="做好了", evidence="验收单", measured_on=timezone.localdate(), actor=SYSTEM)
    return here


def test_a_partner_has_all_it_did_on_its_page(busy, resident):
    partner = busy.organisation
    response = resident.get(f"{LIST}{partner.pk}/")
    text, html = words(response), response.content.decode()
    for said in ("物业公司", "管三个小区。", "2024年3月1日", "出工", "法律咨询", "商量车棚", "商量路灯"):
        assert said in text, said
    assert 'href="https://guihua.example"' in html
    # Nothing of its contact, which the same row has.
    assert "王女士" not in text
    assert "13912345678" not in html
    # Three of each are listed; the lists have as many as is said here.
    assert "达成约定 7" in text
    assert "已兑现 1" in text
    for address, count in (
        (f"/projects/agreements/?partner={partner.pk}", 7),
        (f"/projects/agreements/?partner={partner.pk}&status=done", 1),
        (f"/projects/?partner={partner.pk}", 6),
    ):
        assert address.replace("&", "&amp;") in html
        found = resident.get(address)
        assert found.context["page"].paginator.count == count
        assert str(partner) in [value for _label, value, _rest in found.context["chosen"]]
    assert "项目 0" not in text


def test_what_names_a_partner_leads_to_its_page_while_it_has_one(busy, resident):
    partner, project = busy.organisation, ProjectPartner.objects.first().project
    pages = [
        LIST,
        "/projects/agreements/",
        "/resources/",
        f"/projects/{project.pk}/",
        f"/events/{busy.published.pk}/",
        f"/events/{busy.held.pk}/",
        f"/resources/{busy.resource.pk}/",
    ]
    link = f'href="{LIST}{partner.pk}/"'
    assert [page for page in pages if link not in resident.get(page).content.decode()] == []
    Organisation.objects.update(is_active=False)
    assert [page for page in pages[1:] if link in resident.get(page).content.decode()] == []
    assert resident.get(f"{LIST}{partner.pk}/").status_code == 404


def test_a_partner_that_there_is_not_has_nothing(busy, resident):
    for query in ("partner=0", "partner=abc", "partner=99999999999999999999", "partner=%00"):
        for address in ("/projects/", "/projects/agreements/"):
            response = resident.get(f"{address}?{query}")
            assert response.context["items"] == [], query
            assert "没有这个选项" in words(response), query


def test_agreements_are_found_by_the_year_of_their_meeting(busy, resident):
    year = timezone.localtime(busy.published.starts_at).year
    assert len(resident.get(f"/projects/agreements/?year={year}").context["items"]) == 7
    assert resident.get("/projects/agreements/?year=1999").context["items"] == []


def test_an_empty_list_has_a_next_step(resident):
    assert "还没有登记合作单位" in words(resident.get(LIST))


def test_every_page_makes_its_number_of_queries(busy, resident, django_assert_num_queries):
    factories.organisation("湖东商会", kind=K.ASSOCIATION)
    for address, expected in (
        (LIST, 2),
        (f"{LIST}?q=物业&sector=enterprise", 2),
        (f"{LIST}{busy.organisation.pk}/", 7),
    ):
        resident.get(address)
        with django_assert_num_queries(expected):
            resident.get(address)
