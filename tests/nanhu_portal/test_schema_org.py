"""What pages say in JSON-LD: in schema.org's vocabulary and the page's language, and no more than the page shows."""

import datetime
import json
import re

import pytest
from django.utils import timezone

from consultation.models import ProjectPartner, ProjectPlace, VenueKind
from demands.models import Demand
from foundation import contacts
from foundation.cached import forget_all
from foundation.portal import Portal
from members.models import LiaisonCommittee
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

SITE = "http://portal.example"
SCHEMA = "https://schema.org"
DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def data(client, address: str) -> dict:
    [found] = DATA.findall(client.get(address).content.decode())
    return json.loads(found)


# --- The vocabulary, copied by hand from schema.org ----------------------------------------------------------------

TEXT, URL, DATE, MOMENT, NUMBER, YES_NO = "text", "url", "date", "moment", "number", "yes or no"
ORGANISATION = (
    "Organization",
    "GovernmentOrganization",
    "BankOrCreditUnion",
    "NewsMediaOrganization",
    "School",
    "Preschool",
)
THING = {
    "name": (TEXT,),
    "description": (TEXT,),
    "url": (URL,),
    "identifier": (TEXT,),
    "disambiguatingDescription": (TEXT,),
}
ADDRESS = ("PostalAddress",)
AREA = ("AdministrativeArea", "Place")
WORK = THING | {
    "text": (TEXT,),
    "about": ("Thing",),
    "contentLocation": ("Place",),
    "creativeWorkStatus": (TEXT,),
    "inLanguage": (TEXT,),
    "dateCreated": (DATE,),
    "datePublished": (DATE,),
    "publisher": ORGANISATION,
}
PLACE = THING | {
    "address": ADDRESS,
    "containedInPlace": AREA,
    "telephone": (TEXT,),
    "openingHoursSpecification": ("OpeningHoursSpecification",),
    "amenityFeature": ("LocationFeatureSpecification",),
    "photo": ("ImageObject",),
    "isAccessibleForFree": (YES_NO,),
}
BODY = THING | {
    "address": (*ADDRESS, TEXT),
    "areaServed": AREA,
    "contactPoint": ("ContactPoint",),
    "location": ("Place",),
    "foundingDate": (DATE,),
    "dissolutionDate": (DATE,),
    "member": ORGANISATION,
}
# Type → property, its own or inherited → the types of its values.
VOCABULARY = {
    "Thing": THING,
    "WebSite": WORK,
    "Question": WORK | {"upvoteCount": (NUMBER,), "answerCount": (NUMBER,), "acceptedAnswer": ("Answer",)},
    "Answer": WORK,
    "Place": PLACE,
    "AdministrativeArea": PLACE,
    "CivicStructure": PLACE,
    "VirtualLocation": THING,
    "PostalAddress": THING | {"addressCountry": (TEXT,), "addressLocality": (TEXT,), "streetAddress": (TEXT,)},
    "OpeningHoursSpecification": THING,
    "LocationFeatureSpecification": THING | {"value": (YES_NO,)},
    "ImageObject": THING | {"contentUrl": (URL,), "caption": (TEXT,)},
    "ContactPoint": THING | {"telephone": (TEXT,), "email": (TEXT,), "hoursAvailable": ("OpeningHoursSpecification",)},
    **dict.fromkeys(ORGANISATION, BODY),
    "Project": BODY,
    "Service": THING | {"serviceType": (TEXT,), "provider": ORGANISATION, "areaServed": AREA},
    "Event": THING
    | {
        "startDate": (MOMENT,),
        "endDate": (MOMENT,),
        "eventStatus": (URL,),
        "eventAttendanceMode": (URL,),
        "location": ("Place", "VirtualLocation"),
        "organizer": ORGANISATION,
        "isAccessibleForFree": (YES_NO,),
        "maximumAttendeeCapacity": (NUMBER,),
        "remainingAttendeeCapacity": (NUMBER,),
    },
}


def kind_of(value) -> str:
    if isinstance(value, bool):
        return YES_NO
    if isinstance(value, int):
        return NUMBER
    if isinstance(value, dict):
        return value["@type"]
    if re.fullmatch(r"https?://\S+", value):
        return URL
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return DATE
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", value):
        return MOMENT
    assert value.strip()
    return TEXT


def faults(node: dict) -> list[str]:
    """What schema.org does not know about the thing and all that it holds."""
    known, found = VOCABULARY.get(node["@type"]), []
    if known is None:
        return [f"no type {node['@type']}"]
    for name, value in node.items():
        for one in value if isinstance(value, list) else [value]:
            if name not in ("@type", "@context") and kind_of(one) not in known.get(name, ()):
                found.append(f"{node['@type']}.{name}: {kind_of(one)}")
            found += faults(one) if isinstance(one, dict) else []
    return found


def things(document: dict) -> list[dict]:
    assert document["@context"] == SCHEMA
    return document.get("@graph") or [document]


@each_row(
    "node",
    [
        {"@type": "Demand", "name": "路灯"},
        {"@type": "Question", "author": "王女士"},
        {"@type": "Question", "datePublished": "2026年1月1日"},
        {"@type": "Question", "about": "路灯"},
        {"@type": "Question", "acceptedAnswer": {"@type": "Answer", "telephone": "139"}},
        {"@type": "Event", "startDate": "2026-01-01T09:00:00.123456+08:00"},
        {"@type": "Project", "member": [{"@type": "Person", "name": "王女士"}]},
    ],
)
def test_the_check_finds_what_the_vocabulary_has_not(db, node):
    assert faults(node)


# Kinds of pages with data → the type of its first thing.
PAGES = {
    r"/(s/[a-z-]+/)?": "WebSite",
    r"/demands/[A-Z].*": "Question",
    r"/events/\d+/": "Event",
    r"/venues/(?!platforms).+/": "CivicStructure",
    r"/projects/\d+/": "Project",
    r"/partners/\d+/": "Organization",
    r"/resources/\d+/": "Service",
    r"/members/committee/": "Organization",
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_all_data_is_in_the_vocabulary_of_schema_org(resident, language, subtests):
    here = factories.neighbourhood()
    office(here)
    factories.demand("confirmed", public=True)
    factories.demand("declined", public=True)
    ProjectPartner.objects.create(project=here.project, organisation=here.organisation)
    resident.cookies.load({"lang": language})
    places = re.findall(rf"<loc>{SITE}(.*?)</loc>", resident.get("/sitemap.xml").content.decode())
    met = set()
    for place in places:
        with subtests.test(place):
            kinds = [kind for pattern, kind in PAGES.items() if re.fullmatch(pattern, place)]
            found = DATA.findall(resident.get(place).content.decode())
            documents = [things(json.loads(text)) for text in found]
            assert [document[0]["@type"] for document in documents] == kinds
            assert [fault for document in documents for thing in document for fault in faults(thing)] == []
            met.update(kinds)
    assert met == set(PAGES.values())


# --- What each page says -------------------------------------------------------------------------------------------


def office(here=None) -> None:
    Portal.objects.create(
        pk=1, name="湖东协商", name_en="Hudong Consults", organiser="湖东街道联络委", organiser_en="Hudong Liaison",
        phone="027-80000000", hours="工作日 9:00—17:00", email="office@example.com", address="湖东路 1 号",
    )  # fmt: skip
    LiaisonCommittee.objects.update(phone="027-81111111", hours="工作日", address="湖东路 2 号")
    forget_all()


DISTRICT = {"@type": "PostalAddress", "addressCountry": "CN", "addressLocality": "南湖区"}
COMMUNITY = {"@type": "AdministrativeArea", "name": "桂花社区", "address": DISTRICT}
RUNNING = {"@type": "Organization", "name": "湖东街道联络委", "url": f"{SITE}/"}
# Of what belongs to one of several subdistricts.
HERE = {"url": f"{SITE}/s/subdistrict/"}


def test_the_home_page_says_who_runs_the_site_and_how_to_reach_them(resident):
    office()
    contact = {
        "@type": "ContactPoint",
        "telephone": "027-80000000",
        "email": "office@example.com",
        "hoursAvailable": {"@type": "OpeningHoursSpecification", "description": "工作日 9:00—17:00"},
    }
    assert data(resident, "/") == {
        "@context": SCHEMA,
        "@type": "WebSite",
        "name": "湖东协商",
        "url": f"{SITE}/",
        "inLanguage": "zh-Hans",
        "publisher": RUNNING | {"contactPoint": contact, "address": "湖东路 1 号"},
    }
    resident.cookies.load({"lang": "en"})
    told = data(resident, "/")
    assert (told["name"], told["inLanguage"], told["publisher"]["name"]) == ("Hudong Consults", "en", "Hudong Liaison")


def test_an_empty_portal_says_no_more_than_its_name(resident):
    assert data(resident, "/")["publisher"] == {"@type": "Organization", "name": "一线协商", "url": f"{SITE}/"}


def test_a_demand_is_a_question_and_its_result_the_answer(resident):
    office()
    demand = factories.demand("confirmed", public=True)
    when = timezone.make_aware(datetime.datetime(2026, 3, 4, 23, 59, 59, 999999))
    Demand.objects.filter(pk=demand.pk).update(
        published_at=when, closed_at=when, received_at=when, support_count=7, public_result="换好了三盏灯。"
    )
    demand.refresh_from_db()
    assert data(resident, f"/demands/{demand.ref}/") == {
        "@context": SCHEMA,
        "@type": "Question",
        "name": demand.public_title,
        "text": demand.public_summary,
        "url": f"{SITE}/demands/{demand.ref}/",
        "identifier": demand.ref,
        "about": {"@type": "Thing", "name": "环境卫生"},
        "contentLocation": {"@type": "Place", "name": "桂花社区 · 桂花苑", "address": DISTRICT},
        "creativeWorkStatus": "居民已确认",
        "inLanguage": "zh-Hans",
        "dateCreated": "2026-03-04",
        "datePublished": "2026-03-04",
        "publisher": RUNNING | HERE,
        "upvoteCount": 7,
        "answerCount": 1,
        "acceptedAnswer": {
            "@type": "Answer", "text": "换好了三盏灯。", "datePublished": "2026-03-04", "publisher": RUNNING | HERE
        },
    }  # fmt: skip


@each_row("status", ["received", "accepted", "in_progress", "declined", "reopened"])
def test_a_demand_that_is_not_solved_has_no_answer(db, resident, status):
    demand = factories.demand(status, public=True)
    Demand.objects.filter(pk=demand.pk).update(public_result="换好了三盏灯。")
    told = data(resident, f"/demands/{demand.ref}/")
    assert told["answerCount"] == 0
    assert "acceptedAnswer" not in told


def test_a_demand_in_english_keeps_its_own_words(resident):
    demand = factories.demand("received", public=True)
    resident.cookies.load({"lang": "en"})
    told = data(resident, f"/demands/{demand.ref}/")
    assert (told["name"], told["inLanguage"]) == (demand.public_title, "zh-Hans")
    assert (told["creativeWorkStatus"], told["publisher"]["name"]) == ("Received", "Consultation portal · 湖东街道")


def test_a_venue_says_where_it_is_and_when_it_is_open(resident):
    home = factories.venue(
        VenueKind.DELIBERATION_HOME, slug="home", hours="周一至周五", hours_en="Monday to Friday", phone="027-82222222",
        step_free=False, latitude="30.498700", longitude="114.300000",
    )  # fmt: skip
    photo = factories.picture(alt="门口", venue=home)
    factories.picture("pending", alt="没人看过", venue=home)
    assert data(resident, "/venues/home/") == {
        "@context": SCHEMA,
        "@type": "CivicStructure",
        "name": "桂花社区协商议事之家",
        "url": f"{SITE}/venues/home/",
        "description": "协商议事之家 · 桂花社区",
        "address": DISTRICT | {"streetAddress": "桂花路 1 号"},
        "containedInPlace": COMMUNITY,
        "telephone": "027-82222222",
        "openingHoursSpecification": {"@type": "OpeningHoursSpecification", "description": "周一至周五"},
        "amenityFeature": {"@type": "LocationFeatureSpecification", "name": "无台阶通行", "value": False},
        "photo": [{"@type": "ImageObject", "contentUrl": f"{SITE}/pictures/{photo.pk}.jpg", "caption": "门口"}],
        "isAccessibleForFree": True,
    }
    resident.cookies.load({"lang": "en"})
    told = data(resident, "/venues/home/")
    assert told["openingHoursSpecification"]["description"] == "Monday to Friday"
    assert told["amenityFeature"]["name"] == "Step-free access"


def test_a_venue_of_which_little_is_known_says_no_more(resident):
    factories.venue(slug="station", address="", step_free=None)
    told = data(resident, "/venues/station/")
    assert set(told) == {
        "@context", "@type", "name", "url", "description", "address", "containedInPlace", "isAccessibleForFree"
    }  # fmt: skip
    assert told["containedInPlace"]["@type"] == "Place"


def test_a_project_has_its_partners_as_members(resident):
    project = factories.project(starts_on=datetime.date(2026, 1, 2), ends_on=datetime.date(2026, 5, 6))
    pages = []
    for name, kind in (("区住建局", "department"), ("桂花物业", "property_manager"), ("桂花小学", "school")):
        partner = factories.organisation(name, kind=kind)
        pages.append(f"{SITE}/partners/{partner.pk}/")
        ProjectPartner.objects.create(project=project, organisation=partner)
    ProjectPlace.objects.create(project=project, name="2 号门")
    assert data(resident, f"/projects/{project.pk}/") == {
        "@context": SCHEMA,
        "@type": "Project",
        "name": "桂花苑电动车充电棚",
        "description": "在 2 号门内建 20 个充电位。",
        "url": f"{SITE}/projects/{project.pk}/",
        "foundingDate": "2026-01-02",
        "dissolutionDate": "2026-05-06",
        "areaServed": COMMUNITY,
        "location": [{"@type": "Place", "name": "2 号门"}],
        "member": [
            {"@type": "GovernmentOrganization", "name": "区住建局", "url": pages[0]},
            {"@type": "Organization", "name": "桂花物业", "url": pages[1]},
            {"@type": "School", "name": "桂花小学", "url": pages[2]},
        ],
    }


def test_a_resource_names_the_organisation_that_offers_it_but_no_member(resident):
    partner = factories.organisation("律所", kind="enterprise", website="https://law.example", about="不在页面上")
    offered = factories.resource(organisation=partner, areas=[factories.tree().community])
    told = data(resident, f"/resources/{offered.pk}/")
    assert told == {
        "@context": SCHEMA,
        "@type": "Service",
        "name": "家门口的法律咨询",
        "description": "合同和邻里纠纷，每次半小时。",
        "url": f"{SITE}/resources/{offered.pk}/",
        "serviceType": "法律服务",
        "provider": {"@type": "Organization", "name": "律所", "url": f"{SITE}/partners/{partner.pk}/"},
        "areaServed": [COMMUNITY],
    }
    of_member = factories.resource("健康讲座", member=factories.committee_member("周敏"))
    told = data(resident, f"/resources/{of_member.pk}/")
    assert "provider" not in told
    assert [area["name"] for area in told["areaServed"]] == ["湖东街道"]


def test_a_partner_says_what_its_page_says(resident):
    contact = contacts.store(called="王女士", phone="13912345678")
    partner = factories.organisation(
        "桂花小学", kind="school", about="三个校区。", website="https://school.example", contact=contact, is_demo=True
    )
    assert data(resident, f"/partners/{partner.pk}/") == {
        "@context": SCHEMA,
        "@type": "School",
        "name": "桂花小学",
        "url": f"{SITE}/partners/{partner.pk}/",
        "description": "三个校区。",
        "sameAs": "https://school.example",
        "areaServed": {"@type": "AdministrativeArea", "name": "湖东街道", "address": DISTRICT},
        "disambiguatingDescription": "演示数据",
    }


def test_committees_say_whom_they_serve_and_how_to_reach_them(resident):
    assert "ld+json" not in resident.get("/members/committee/").content.decode()
    committee = factories.tree().committee
    office()
    [told] = things(data(resident, "/members/committee/"))
    assert told == {
        "@context": SCHEMA,
        "@type": "Organization",
        "name": str(committee),
        "address": DISTRICT | {"streetAddress": "湖东路 2 号"},
        "areaServed": {"@type": "AdministrativeArea", "name": "湖东街道", "address": DISTRICT},
        "contactPoint": {
            "@type": "ContactPoint",
            "telephone": "027-81111111",
            "hoursAvailable": {"@type": "OpeningHoursSpecification", "description": "工作日"},
        },
    }
    LiaisonCommittee.objects.create(name="湖西联络委", area=factories.tree().far_subdistrict, ref_prefix="HX")
    both = data(resident, "/members/committee/")
    assert [one["name"] for one in both["@graph"]] == [str(committee), "湖西联络委"]


def test_invented_rows_say_so(resident):
    home = factories.venue(VenueKind.DELIBERATION_HOME, slug="home", is_demo=True)
    project = factories.project(is_demo=True)
    event = factories.event(is_demo=True, venue=home)
    for address in ("/venues/home/", f"/projects/{project.pk}/", f"/events/{event.pk}/"):
        assert data(resident, address)["disambiguatingDescription"] == "演示数据"


HOSTILE = "</script><script>alert(1)</script><!--\u2028&\"'"


def test_hostile_text_stays_text(resident):
    demand = factories.publish(factories.demand(), title=HOSTILE[:60], summary=HOSTILE)
    factories.venue(VenueKind.DELIBERATION_HOME, slug="home", hours=HOSTILE[:80])
    project = factories.project(HOSTILE)
    partner = factories.organisation(HOSTILE)
    ProjectPartner.objects.create(project=project, organisation=partner)
    told = data(resident, f"/demands/{demand.ref}/")
    assert (told["name"], told["text"]) == (HOSTILE[:60], HOSTILE)
    assert data(resident, "/venues/home/")["openingHoursSpecification"]["description"] == HOSTILE[:80]
    assert data(resident, f"/projects/{project.pk}/")["member"][0]["name"] == HOSTILE
    for address in (f"/demands/{demand.ref}/", "/venues/home/", f"/projects/{project.pk}/"):
        page = resident.get(address).content.decode()
        assert page.count("<script") == page.count("</script>") == 2, address
