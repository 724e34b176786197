"""Several subdistricts: what each says of itself, which one a page belongs to, and its own host name."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.utils import translation

from consultation.models import Area, SubdistrictProfile, subdistricts
from consultation.models.subdistricts import Voice
from consultation.selectors.subdistricts import enter, here_of, moved_to
from foundation import portal
from foundation.audit import AuditEntry
from foundation.links import absolute, on_main_host
from foundation.portal import Portal, PortalTexts
from tests import factories
from tests.pages import form

pytestmark = pytest.mark.django_db

ADMIN = "/admin/consultation/subdistrictprofile/"


@pytest.fixture
def district():
    """The portal of a district, whose two subdistricts have said nothing of themselves."""
    Portal.objects.create(
        pk=1,
        name="南湖区协商",
        name_en="Nanhu Portal",
        organiser="南湖区政协",
        organiser_en="Nanhu CPPCC",
        phone="027-80000000",
        hours="工作日 9 至 17 点",
        story="区里的故事",
        story_source="区志",
    )
    return factories.tree()


def texts_for(place: Area | None) -> PortalTexts:
    return Voice(place and place.pk).texts


def ask(path: str = "/", host: str = "portal.example"):
    return RequestFactory().get(path, headers={"host": host})


# --- What it says ----------------------------------------------------------------------------------------------------


def test_subdistrict_shows_its_own_texts_and_those_of_the_portal_where_it_has_none(district):
    factories.profile(organiser="湖东街道联络委", phone="027-81111111", story="街道的故事")
    found = texts_for(district.compound)
    assert (str(found), found.organiser_name, found.phone) == (
        "南湖区协商 · 湖东街道",
        "湖东街道联络委",
        "027-81111111",
    )
    assert (found.opening_hours, found.reply_days) == ("工作日 9 至 17 点", 15)
    # A story of its own does not come from the district's annals.
    assert (found.story_paragraphs, found.story_origin) == (["街道的故事"], "")
    with translation.override("en"):
        # Its own name, not the English one of somebody else.
        assert (str(found), found.organiser_name) == ("Nanhu Portal · 湖东街道", "湖东街道联络委")
    assert texts_for(district.district) == texts_for(None) == portal.current()


def test_subdistrict_without_a_profile_shows_what_the_portal_says(district):
    found = texts_for(district.far_compound)
    assert (str(found), found.organiser_name, found.phone) == ("南湖区协商 · 湖西街道", "南湖区政协", "027-80000000")


def test_where_there_is_one_subdistrict_its_profile_has_no_effect(district):
    only = factories.one_subdistrict().subdistrict
    factories.profile(only, phone="027-81111111", host="localhost")
    assert texts_for(only) == portal.current()
    assert subdistricts.with_host("localhost") is None
    assert subdistricts.with_code(only.code) is None
    assert Voice(only.pk).site == "http://portal.example"


def test_profile_belongs_to_a_subdistrict_and_a_host_to_one_profile(district):
    with pytest.raises(IntegrityError), transaction.atomic():
        SubdistrictProfile.objects.create(area=district.community)
    factories.profile(host="localhost")
    with pytest.raises(ValidationError, match="已由另一个街道使用"):
        SubdistrictProfile(area=district.far_subdistrict, host="localhost").full_clean()


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("portal.example", "门户自己的域名"),
        ("elsewhere.example", "写入 ALLOWED_HOSTS"),
        ("https://localhost", "不含 https://"),
        ("LOCALHOST", "小写字母"),
    ],
)
def test_host_that_the_portal_would_not_answer_is_refused(district, host, sentence):
    with pytest.raises(ValidationError, match=sentence):
        SubdistrictProfile(area=district.subdistrict, host=host).full_clean()


# --- Which one a page belongs to -------------------------------------------------------------------------------------


def test_page_belongs_to_its_host_its_row_or_its_address(district):
    there, far = district.subdistrict, district.far_subdistrict
    factories.profile(there, host="localhost")
    found = [
        (ask(), None, "", "/"),
        (ask("/demands/?subdistrict=far-subdistrict"), far, "?subdistrict=far-subdistrict", "/s/far-subdistrict/"),
        (ask("/demands/?subdistrict=nowhere"), None, "", "/"),
        # On its own host nothing needs to name it, and nothing else can be asked for.
        (ask("/demands/?subdistrict=far-subdistrict", "localhost:8000"), there, "", "/"),
    ]
    for request, area, query, home in found:
        here = here_of(request)
        assert (here.area, here.query, here.home) == (area, query, home), request.get_full_path()
    request = ask("/demands/x/?subdistrict=subdistrict")
    enter(request, district.far_compound.pk)
    assert here_of(request).area == far
    enter(request, district.district.pk)
    assert here_of(request).area is None


def test_row_of_another_subdistrict_is_shown_on_its_own_host(district):
    factories.profile(district.subdistrict, host="localhost")
    factories.profile(district.far_subdistrict, host="127.0.0.1")
    places = [district.compound, district.far_compound, district.district]
    found = []
    for host in ("portal.example", "localhost", "127.0.0.1"):
        for place in places:
            request = ask("/events/1/?x=1", host)
            enter(request, place.pk)
            found.append(moved_to(request))
    assert found == [
        *("", "", ""),
        *("", "http://127.0.0.1/events/1/?x=1", ""),
        *("http://localhost/events/1/?x=1", "", ""),
    ]


def test_links_to_rows_carry_the_host_of_their_subdistrict_and_the_port_of_the_portal(district, settings):
    factories.profile(host="localhost")
    for place, address in (
        (district.compound, "http://localhost/v/X/"),
        (district.far_compound, "http://portal.example/v/X/"),
    ):
        with portal.showing(Voice(place.pk)):
            assert absolute("/v/X/") == address
            assert on_main_host("/v/X/") == "http://portal.example/v/X/"
    settings.SITE_URL = "https://portal.example:8443"
    assert Voice(district.compound.pk).site == "https://localhost:8443"


def test_texts_are_those_of_the_moment_and_end_with_it(district):
    with portal.showing(Voice(district.compound.pk)):
        assert str(portal.shown()) == "南湖区协商 · 湖东街道"
    assert str(portal.shown()) == "南湖区协商"


# --- The admin -------------------------------------------------------------------------------------------------------


def test_liaison_staff_change_the_texts_of_their_subdistrict_and_nothing_else(district, liaison_client):
    mine, other = factories.profile(), factories.profile(district.far_subdistrict)
    assert [row.pk for row in liaison_client.get(ADMIN).context["cl"].result_list] == [mine.pk]
    assert liaison_client.get(f"{ADMIN}{other.pk}/change/").status_code == 404
    page = liaison_client.get(f"{ADMIN}{mine.pk}/change/")
    shown = form(page, "organiser")
    sent = shown.send(liaison_client, f"{ADMIN}{mine.pk}/change/", organiser="湖东街道", host="localhost")
    assert sent.status_code == 302
    mine.refresh_from_db()
    assert (mine.organiser, mine.host) == ("湖东街道", "")
    assert AuditEntry.objects.filter(action="changed").count() == 1


def test_logo_is_decoded_shown_and_replaced_with_its_files(district, admin_client, client):
    profile = factories.profile()
    assert client.get("/s/subdistrict/logo.jpg").status_code == 404
    sent = admin_client.post(f"{ADMIN}{profile.pk}/logo/", {"photo": factories.png(size=(600, 300), mode="RGBA")})
    assert sent.status_code == 302
    logo = client.get("/s/subdistrict/logo.jpg")
    assert (logo.status_code, logo["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(logo.streaming_content)[:3] == b"\xff\xd8\xff"
    assert '<img src="/s/subdistrict/logo.jpg"' in client.get("/s/subdistrict/").content.decode()
    assert admin_client.post(f"{ADMIN}{profile.pk}/logo/", {"photo": factories.upload(b"GIF89a")}).status_code == 422
    assert admin_client.post(f"{ADMIN}{profile.pk}/logo/remove/").status_code == 302
    assert client.get("/s/subdistrict/logo.jpg").status_code == 404
    details = AuditEntry.objects.filter(action="changed").order_by("pk").values_list("detail", flat=True)
    assert list(details) == ["logo", "logo removed"]
