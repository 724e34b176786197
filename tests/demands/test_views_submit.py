"""Submitting a need over HTTP, as a browser without JavaScript does it."""

import datetime
import errno
import random
import re

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client
from django.utils import timezone

from consultation.models import VenueKind
from demands import services
from demands.models import CategoryMatch, Demand, DemandPhoto
from demands.views import intake
from foundation.actors import SYSTEM
from foundation.cached import forget_all
from foundation.contacts import Contact, open_contact
from foundation.outbox import OutboxMessage
from foundation.photo_forms import PhotoFields
from foundation.storage import WholeFileStorage
from foundation.uploads import StagedPhoto
from members.services import resources as offers
from tests import factories
from tests.pages import body, form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

NEW = "/demands/new/"
TEXT = "3 号门外路灯坏了两周，晚上看不清台阶。"
DESCRIBE, CONTACT, CHECK = "说说您的需求", "怎样联系您", "请核对后提交"


@pytest.fixture
def places():
    factories.category()
    return factories.tree()


@pytest.fixture
def first(resident, places):
    """The first page, as it is opened."""
    return resident.get(NEW)


def describe(places, **changes) -> dict:
    answers = {
        "description": TEXT,
        "category": str(factories.category().pk),
        "area": str(places.compound.pk),
        "place": "3 号门外",
    }
    return answers | changes


def contact(**changes) -> dict:
    answers = {"called": "王女士", "phone": "139 1234 5678", "email": "", "consent_handling": "on"}
    return answers | changes


def heading(response) -> str:
    text = response.content.decode()
    return text.partition("<h1>")[2].partition("</h1>")[0]


def go(client, response, button: str = "next", **changes):
    """Fill in the page that was shown, and press one of its buttons."""
    shown = form(response, "state")
    assert ("go", button) in shown.buttons, f"no button {button}"
    return shown.send(client, go=button, **changes)


def at(step: str, client, places, *, photos: dict | None = None, answers: dict | None = None):
    """The page of a step, reached from the first by filling in what comes before."""
    response = client.get(NEW)
    for heading_of_page, values in (
        (DESCRIBE, describe(places, **(answers or {})) | (photos or {})),
        (CONTACT, contact()),
    ):
        assert heading(response) == heading_of_page
        if heading_of_page == step:
            return response
        response = go(client, response, **values)
    assert heading(response) == CHECK
    return response


# --- The way through -------------------------------------------------------------------------------------------------


def test_two_pages_and_a_check_lead_to_a_demand_and_its_confirmation(resident, places):
    response = resident.get(NEW)
    assert (response.status_code, heading(response)) == (200, DESCRIBE)
    assert "第 1 步，共 2 步" in words(response)
    response = go(resident, response, **describe(places), photos=[factories.jpeg(), factories.png()])
    assert (response.status_code, heading(response)) == (200, CONTACT)
    assert "第 2 步，共 2 步" in words(response)
    response = go(resident, response, **contact(email="wang@example.com", consent_publication="on"))
    assert (response.status_code, heading(response)) == (200, CHECK)
    for answer in (TEXT, "环境卫生", "桂花苑", "3 号门外", "王女士", "139 1234 5678", "wang@example.com", "同意公开"):
        assert answer in words(response)
    assert not Demand.objects.exists()

    # Where the photos stand, what they show is asked for.
    response = go(resident, response, "submit", kept_alt_2="不亮的路灯")
    demand = Demand.objects.get()
    assert response.status_code == 302
    page = resident.get(response["Location"])
    assert heading(page) == "需求已收到"
    assert demand.ref in words(page)
    code = response["Location"].split("/")[3]
    assert code in words(page)

    assert (demand.description, demand.place, demand.area) == (TEXT, "3 号门外", places.compound)
    assert (demand.status, demand.channel, demand.direction) == ("received", "web", "bottom_up")
    assert (demand.consent_handling, demand.consent_publication) == (True, True)
    assert open_contact(demand.contact) == {"called": "王女士", "phone": "13912345678", "email": "wang@example.com"}
    assert [photo.alt for photo in demand.photos.all()] == ["", "不亮的路灯"]
    assert not StagedPhoto.objects.exists()


def test_a_need_without_contact_is_taken_and_the_page_says_what_follows(resident, places):
    response = go(resident, at(CONTACT, resident, places), called="", phone="", consent_handling="on")
    assert "您没有留电话和邮箱" in words(response)
    go(resident, response, "submit")
    assert Demand.objects.get().contact is None
    assert not OutboxMessage.objects.exists()


def test_back_leads_to_the_page_before_and_keeps_what_was_typed(resident, places):
    response = go(resident, at(CONTACT, resident, places, photos={"photos": factories.jpeg()}), "back", called="李师傅")
    assert heading(response) == DESCRIBE
    shown = form(response, "state").values
    assert (shown["description"], shown["kept_alt_1"]) == (TEXT, "")
    assert ("go", "back") not in form(response, "state").buttons
    assert form(go(resident, response), "state").values["called"] == "李师傅"


def test_back_does_not_mind_that_a_page_is_not_filled_in_right(resident, places):
    response = go(resident, at(CONTACT, resident, places), "back", phone="123", consent_handling=None)
    assert (response.status_code, heading(response)) == (200, DESCRIBE)
    response = go(resident, go(resident, response))
    assert (response.status_code, heading(response)) == (422, CONTACT)
    assert form(response, "state").values["phone"] == "123"


def test_a_page_loaded_again_is_the_same_page(resident, places):
    """A reload sends the same form once more; nothing is submitted, and no photo comes twice."""
    first = resident.get(NEW)
    for _time in range(2):
        response = go(resident, first, **describe(places), photos=factories.jpeg())
        assert heading(response) == CONTACT
    for _time in range(2):
        check = go(resident, response, **contact())
        assert heading(check) == CHECK
        assert "kept_alt_2" not in form(check, "state").values
    assert not Demand.objects.exists()


@pytest.mark.parametrize("button", ["next", "remove-x"])
def test_a_page_of_photos_that_is_still_open_goes_on_from_there(resident, places, button):
    """It was the second page, with fields for single photos."""
    second = form(at(CONTACT, resident, places), "state").values | {"step": "2", "go": button}
    response = resident.post(NEW, second | {"photo_2": factories.jpeg(), "alt_2": "路灯"})
    assert heading(response) == (CONTACT if button == "next" else DESCRIBE)
    while heading(response) != CHECK:
        response = go(resident, response, **(contact() if heading(response) == CONTACT else {}))
    assert TEXT in words(response)
    go(resident, response, "submit")
    assert Demand.objects.get().photos.count() == 1


@pytest.mark.parametrize(
    ("number", "page", "changes", "said"),
    [
        ("1", DESCRIBE, {"place": "6 号门外"}, "6 号门外"),
        ("3", CONTACT, {"called": "李师傅"}, "李师傅"),
    ],
)
def test_a_change_leads_to_its_page_and_straight_back(resident, places, number, page, changes, said):
    response = go(resident, at(CHECK, resident, places), number)
    assert heading(response) == page
    assert ("go", "back") not in form(response, "state").buttons
    response = go(resident, response, **changes)
    assert heading(response) == CHECK
    assert said in words(response)


def test_a_category_left_open_is_asked_for_at_the_end(resident, places):
    response = at(CHECK, resident, places, answers={"category": ""})
    assert "类别" not in [row.split()[0] for row in re.findall(r"<dt>(.+?)</dt>", response.content.decode())]
    assert form(response, "state").values["category"] == ""
    for wrong, said in (("", "请选择类别，不确定的请选“其他”"), ("999999", "请选择列表中的类别")):
        refused = go(resident, response, "submit", category=wrong)
        assert (refused.status_code, heading(refused)) == (422, CHECK)
        assert f'<a href="#id_category">{said}' in refused.content.decode()
    # Chosen here, it stays chosen on the way to another page.
    response = go(resident, response, "3", category=str(factories.category().pk))
    go(resident, go(resident, response, called="李师傅"), "submit")
    assert Demand.objects.get().category == factories.category()


def test_somebody_fills_it_in_for_a_neighbour(resident, places, liaison_client):
    response = resident.get(f"{NEW}?for=other")
    assert form(response, "state").values["for_other"] == "on"
    response = go(resident, response, **describe(places))
    assert "已经告诉本人并得到同意（或者我是监护人）" in words(response)
    response = go(resident, response, **contact())
    assert "代谁提出 家人、邻居" in words(response)
    go(resident, response, "submit")
    demand = Demand.objects.get()
    assert (demand.for_other, demand.handling_text.purpose) == (True, "handling_for_other")
    page = liaison_client.get(f"/admin/demands/demand/{demand.pk}/change/")
    assert "由家人、邻居代填" in words(page)


def test_who_submits_for_somebody_else_after_all_consents_anew(resident, places):
    response = at(CHECK, resident, places)
    response = go(resident, go(resident, response, "1"), for_other="on")
    assert (response.status_code, heading(response)) == (422, CONTACT)
    assert "同意的内容有更新，请阅读后重新勾选" in words(response)
    shown = form(response, "state").values
    assert (shown["called"], shown.get("consent_handling")) == ("王女士", None)
    go(resident, go(resident, response, consent_handling="on"), "submit")
    assert Demand.objects.get().handling_text.purpose == "handling_for_other"


def test_consent_taken_back_at_a_change_is_taken_back(resident, places):
    response = at(CONTACT, resident, places)
    response = go(resident, response, **contact(consent_publication="on"))
    response = go(resident, response, "3")
    assert form(response, "state").values["consent_publication"] == "on"
    response = go(resident, response, consent_publication=None)
    assert "不公开，照常办理" in words(response)
    go(resident, response, "submit")
    assert not Demand.objects.get().consent_publication


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(resident, method):
    assert getattr(resident, method)(NEW).status_code == 405


def test_keys_that_no_field_has_change_nothing(resident, places):
    response = at(CHECK, resident, places)
    go(
        resident,
        response,
        "submit",
        status="resolved",
        published_at="2026-01-01",
        public_title="公开",
        area=str(places.far_compound.pk),
        description="另一段话",
        assignee="1",
        is_staff="on",
        channel="window",
        direction="top_down",
        version="7",
        received_at="2020-01-01",
    )
    demand = Demand.objects.get()
    assert (demand.status, demand.published_at, demand.public_title) == ("received", None, "")
    assert (demand.area, demand.description, demand.assignee) == (places.compound, TEXT, None)
    assert (demand.channel, demand.direction, demand.version) == ("web", "bottom_up", 0)
    assert demand.received_at.date() == timezone.now().date()


# --- What a page refuses ---------------------------------------------------------------------------------------------


@each_row(
    ("changes", "said"),
    [
        ({"description": ""}, "请填写发生了什么事"),
        ({"description": " \n　"}, "请填写发生了什么事"),
        ({"category": "999999"}, "请选择列表中的类别"),
        ({"category": "x"}, "请选择列表中的类别"),
        ({"area": ""}, "请选择事情发生在哪个小区"),
        ({"area": "999999"}, "请选择列表中的小区"),
        ({"area": "x"}, "请选择列表中的小区"),
        ({"place": "远" * 101}, "最多 100 个字，现在有 101 个字"),
    ],
    warm=True,
)
def test_the_first_page_says_what_is_missing(resident, places, first, changes, said):
    response = go(resident, first, **describe(places, **changes))
    assert (response.status_code, heading(response)) == (422, DESCRIBE)
    assert said in words(response)
    assert "错误：" in response.content.decode().partition("<title>")[2].partition("</title>")[0]


def test_a_district_or_subdistrict_is_no_place_to_choose(resident, places):
    for area in (places.district, places.subdistrict):
        assert go(resident, resident.get(NEW), **describe(places, area=str(area.pk))).status_code == 422


def test_a_category_out_of_use_is_not_taken_even_by_a_form_that_is_already_signed(resident, places):
    response = at(CHECK, resident, places)
    category = factories.category()
    category.is_active = False
    category.save()
    forget_all()  # as the desk does after an edit
    response = go(resident, response, "submit")
    assert (response.status_code, heading(response)) == (422, DESCRIBE)
    assert form(response, "state").values["description"] == TEXT
    assert not Demand.objects.exists()


@pytest.fixture
def second(resident, places):
    """The page that asks for the contact, as it is opened."""
    return at(CONTACT, resident, places)


@each_row(
    ("changes", "said"),
    [
        ({"consent_handling": None}, "您同意为办理这件事使用信息后"),
        ({"phone": "12345"}, "请核对电话号码"),
        ({"phone": "+1 202 555 0100"}, "请核对电话号码"),
        ({"email": "wang"}, "请核对电子邮箱"),
        ({"called": "王" * 21}, "最多 20 个字，现在有 21 个字"),
    ],
    warm=True,
)
def test_the_contact_page_says_what_is_wrong(resident, second, changes, said):
    response = go(resident, second, **contact(**changes))
    assert (response.status_code, heading(response)) == (422, CONTACT)
    assert said in words(response)


def test_text_that_is_too_long_is_kept_and_counted(resident, places):
    text = "路灯" * 5000
    response = go(resident, resident.get(NEW), **describe(places, description=text))
    assert response.status_code == 422
    assert "最多 2000 个字，现在有 10000 个字" in words(response)
    assert form(response, "state").values["description"] == text
    assert len(form(response, "state").values["state"]) < 2000
    assert heading(go(resident, response, description=TEXT)) == CONTACT


def test_two_thousand_characters_fit_with_line_breaks_counted_once(resident, places):
    text = "路\r\n" * 1000
    response = go(resident, resident.get(NEW), **describe(places, description=text.strip() + "灯"))
    assert heading(response) == CONTACT


def test_a_very_long_text_within_the_limit_of_a_form_is_kept(resident, places):
    text = "a" * 900_000
    response = go(resident, resident.get(NEW), **describe(places, description=text))
    assert response.status_code == 422
    assert form(response, "state").values["description"] == text


def test_more_than_a_form_may_hold_is_refused_with_a_page(resident, places):
    response = go(resident, resident.get(NEW), **describe(places, description="字" * 900_000))
    assert response.status_code == 400
    assert "提交的内容过大" in words(response)


# --- Bytes that cannot be stored -------------------------------------------------------------------------------------

FIELDS = {
    DESCRIBE: ["description", "category", "area", "place", "for_other", "kept_alt_1", "state", "step", "go"],
    CONTACT: ["called", "phone", "email", "shown", "consent_handling", "consent_publication", "state", "step", "go"],
    CHECK: ["category", "kept_alt_1", "state", "step", "go"],
}


# Alone and within a word; and what is no UTF-8.
RAW = [b"%00", b"a%00b", b"%ED%A0%80", b"%F0%9F"]


@pytest.fixture(params=FIELDS)
def filled_in(request, resident, places) -> tuple[str, dict]:
    """A step, and what its page holds."""
    response = at(request.param, resident, places, photos={"photos": factories.jpeg()})
    return request.param, form(response, "state").values


@each_row(
    ("encoding", "raw"),
    [*(("urlencoded", raw) for raw in RAW), ("multipart", b"a%00b"), ("multipart", b"%FF%FE")],
    warm=True,
)
def test_no_byte_breaks_a_page(filled_in, resident, encoding, raw):
    step, values = filled_in
    for name in FIELDS[step]:
        response = resident.post(NEW, *_body({**values, "go": "next"}, name, raw, encoding))
        # A tampered signature begins again; all else says what is wrong, or goes on.
        assert response.status_code in (200, 302, 422), name
        if name == "description" and b"%00" in raw:
            assert "文字中有无法保存的字符" in words(response)


def _body(values: dict, name: str, raw: bytes, encoding: str) -> tuple[bytes, str]:
    from urllib.parse import quote_from_bytes, unquote_to_bytes  # here they say what the bytes are

    parts = {key: value.encode() for key, value in values.items()} | {name: unquote_to_bytes(raw)}
    if encoding == "urlencoded":
        body = "&".join(f"{key}={quote_from_bytes(value)}" for key, value in parts.items())
        return body.encode(), "application/x-www-form-urlencoded"
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (key.encode(), value)
        for key, value in parts.items()
    )
    return body + b"--x--\r\n", "multipart/form-data; boundary=x"


def test_bytes_that_went_past_by_back_are_met_at_the_end(resident, places):
    response = at(CHECK, resident, places)
    state = intake.Draft.read(form(response, "state").values["state"])
    state.answers["description"] = "a\x00b"
    response = go(resident, response, "submit", state=state.signed())
    assert (response.status_code, heading(response)) == (422, DESCRIBE)


@pytest.mark.parametrize("key", ["%00", "x", "%ED%A0%80", "a" * 500, "..%2F..%2Fsecret"])
def test_a_staged_photo_that_is_none_is_not_found(resident, key):
    assert resident.get(f"/demands/new/photos/{key}.jpg").status_code == 404


# --- State -----------------------------------------------------------------------------------------------------------


@each_row(
    "state",
    [
        "",
        "x",
        "a:b:c",
        signing.dumps({"code": "AAAA"}, salt="another salt"),
        signing.dumps({"unknown": 1}, salt=intake.SALT),
        signing.dumps([1], salt=intake.SALT),
        signing.dumps("text", salt=intake.SALT),
    ],
    # Signatures carry the time; names of tests must not.
    ids=["empty", "a letter", "no signature", "other salt", "unknown field", "a list", "a text"],
    warm=True,
)
def test_a_state_that_is_not_ours_begins_again_and_keeps_the_page(resident, places, first, state):
    response = go(resident, first, **describe(places), state=state)
    assert (response.status_code, heading(response)) == (200, DESCRIBE)
    assert "页面已失效，您刚才填写的内容已保留" in words(response)
    shown = form(response, "state").values
    assert (shown["description"], shown["place"]) == (TEXT, "3 号门外")
    assert heading(go(resident, response)) == CONTACT


def test_a_state_changed_by_one_letter_sends_nothing(resident, places):
    response = at(CHECK, resident, places)
    state = form(response, "state").values["state"]
    response = go(resident, response, "submit", state=state[:-1] + ("A" if state[-1] != "A" else "B"))
    assert heading(response) == DESCRIBE
    assert not Demand.objects.exists()


def test_a_page_that_lay_open_for_weeks_still_works(resident, places, monkeypatch):
    response = at(CHECK, resident, places)
    in_three_weeks = timezone.now().timestamp() + 21 * 24 * 3600
    monkeypatch.setattr("django.core.signing.time.time", lambda: in_three_weeks)
    assert go(resident, response, "submit").status_code == 302


def test_an_older_page_of_the_same_form_goes_on_from_there(resident, places):
    first = resident.get(NEW)
    second = go(resident, first, **describe(places))
    go(resident, second, **contact())
    # The browser's back button: the first page once more, with another text.
    response = go(resident, first, **describe(places, description="另一件事"))
    assert heading(response) == CONTACT
    response = go(resident, response, **contact())
    go(resident, response, "submit")
    assert Demand.objects.get().description == "另一件事"


def test_sent_twice_it_is_one_demand_and_one_page(resident, places):
    response = at(CHECK, resident, places, photos={"photos": factories.jpeg()})
    first, second = go(resident, response, "submit"), go(resident, response, "submit")
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Demand.objects.count() == DemandPhoto.objects.count() == OutboxMessage.objects.count() == 1
    assert Contact.objects.count() == 1
    # An older page of it, changed and sent once more, leads to the same demand and changes nothing.
    response = go(resident, go(resident, response, "1"), description="改了")
    assert go(resident, response, "submit")["Location"] == first["Location"]
    assert Demand.objects.get().description == TEXT


def test_a_step_that_does_not_exist_is_the_first(resident, places, first):
    for step in ("0", "5", "-1", "x", "１"):
        response = go(resident, first, step=step, **describe(places))
        assert heading(response) == CONTACT


# --- Venues ----------------------------------------------------------------------------------------------------------


def test_a_venue_fills_in_its_compound_and_is_kept_with_the_demand(resident, places):
    venue = factories.venue(VenueKind.CLOUD_STATION)
    response = resident.get(f"{NEW}?venue={venue.code}")
    assert venue.name in words(response)
    assert form(response, "state").values["area"] == str(places.compound.pk)
    response = go(resident, response, description=TEXT, category=str(factories.category().pk))
    response = go(resident, response, **contact())
    go(resident, response, "submit")
    demand = Demand.objects.get()
    assert (demand.venue, demand.area, demand.channel) == (venue, places.compound, "venue_qr")


def test_the_compound_of_a_venue_can_be_changed(resident, places):
    venue = factories.venue(VenueKind.CLOUD_STATION)
    response = resident.get(f"{NEW}?venue={venue.code}")
    response = go(resident, response, **describe(places, area=str(places.other_compound.pk)))
    response = go(resident, response, **contact())
    go(resident, response, "submit")
    assert (Demand.objects.get().venue, Demand.objects.get().area) == (venue, places.other_compound)


@each_row("code", ["NOTHERE", "x" * 200, "%00", "%ED%A0%80", "' OR 1=1", "湖", "<script>"], warm=True)
def test_a_venue_code_that_does_not_exist_is_said_and_hinders_nothing(resident, places, code):
    response = resident.get(f"{NEW}?venue={code}")
    assert response.status_code == 200
    assert "没有识别出这个二维码的地点" in words(response)
    assert form(response, "state").values["area"] == ""
    assert heading(go(resident, response, **describe(places))) == CONTACT


def test_a_closed_venue_is_not_offered(resident, places):
    venue = factories.venue(VenueKind.CLOUD_STATION, is_open=False)
    response = resident.get(f"{NEW}?venue={venue.code}")
    assert "没有识别出这个二维码的地点" in words(response)


def test_a_venue_closed_meanwhile_does_not_stand_in_the_way(resident, places):
    venue = factories.venue(VenueKind.CLOUD_STATION)
    response = resident.get(f"{NEW}?venue={venue.code}")
    venue.is_open = False
    venue.save()
    response = go(resident, go(resident, response, **describe(places)), **contact())
    assert go(resident, response, "submit").status_code == 302
    assert (Demand.objects.get().venue, Demand.objects.get().channel) == (None, "web")


def test_a_venue_of_a_subdistrict_prefills_nothing_that_cannot_be_chosen(resident, places):
    venue = factories.venue(VenueKind.MEMBERS_HOME)
    response = resident.get(f"{NEW}?venue={venue.code}")
    assert venue.name in words(response)
    assert form(response, "state").values["area"] == ""


# --- Photos ----------------------------------------------------------------------------------------------------------


def test_photos_are_shown_kept_removed_and_at_most_three(resident, places):
    pictures = [factories.jpeg() for _number in range(3)]
    response = at(CHECK, resident, places, photos={"photos": pictures})
    response = go(resident, response, "1", kept_alt_1="一", kept_alt_2="二", kept_alt_3="三")
    keys = list(StagedPhoto.objects.order_by("created_at").values_list("key", flat=True))
    assert len(keys) == 3
    assert 'type="file"' not in response.content.decode()
    image = resident.get(f"/demands/new/photos/{keys[0]}.jpg")
    assert (image.status_code, image["Content-Type"]) == (200, "image/jpeg")
    assert image["Cache-Control"] == "private, no-cache"
    assert body(image)[:2] == b"\xff\xd8"
    # A fourth, sent all the same, is refused with a sentence.
    refused = go(resident, response, photo_1=factories.jpeg())
    assert (refused.status_code, "最多 3 张照片，超出的没有上传。" in words(refused)) == (422, True)
    assert StagedPhoto.objects.count() == 3
    response = go(resident, response, f"remove-{keys[1]}", kept_alt_3="改过的三", place="6 号门外")
    assert (response.status_code, heading(response)) == (200, DESCRIBE)
    shown = form(response, "state").values
    assert (shown["kept_alt_1"], shown["kept_alt_2"], shown["place"]) == ("一", "改过的三", "6 号门外")
    assert 'name="photos"' in response.content.decode()
    go(resident, go(resident, response), "submit")
    assert [photo.alt for photo in Demand.objects.get().photos.all()] == ["一", "改过的三"]
    # The one taken out waits for the sweep and shows up nowhere.
    assert list(StagedPhoto.objects.values_list("key", flat=True)) == [keys[1]]


def test_a_page_that_is_not_filled_in_right_keeps_the_photos(resident, places):
    response = go(resident, resident.get(NEW), **describe(places, description=""), photos=factories.jpeg())
    assert (response.status_code, heading(response)) == (422, DESCRIBE)
    go(resident, go(resident, go(resident, response, description=TEXT), **contact()), "submit")
    assert Demand.objects.get().photos.count() == 1


def test_removing_a_photo_that_is_not_there_does_nothing(resident, places):
    response = form(resident.get(NEW), "state").send(resident, go="remove-nothing", **describe(places))
    assert (response.status_code, heading(response)) == (200, DESCRIBE)
    assert form(response, "state").values["description"] == TEXT


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@each_row(
    ("content", "name", "said"),
    [
        (b"no photo at all", "photo.jpg", "这不是能识别的照片"),
        (SVG, "photo.svg", "这不是能识别的照片"),
        (SVG, "photo.jpg", "这不是能识别的照片"),
        (b"GIF89a" + bytes(64), "photo.gif", "这不是能识别的照片"),
        (b"", "photo.jpg", "照片是空的"),
        (bytes(10 * 1024 * 1024 + 1), "photo.jpg", "照片超过 10 MB"),
    ],
    ids=["text", "svg", "svg as jpg", "gif", "empty", "large"],
    warm=True,
)
def test_what_is_no_photo_is_refused_with_a_sentence(resident, places, first, content, name, said):
    refused = factories.upload(content, name)
    response = go(resident, first, **describe(places), photos=refused)
    assert (response.status_code, heading(response)) == (422, DESCRIBE)
    assert said in words(response)
    assert form(response, "state").values["description"] == TEXT
    assert not StagedPhoto.objects.exists()
    # Without it the form goes on.
    assert heading(go(resident, response)) == CONTACT


def test_the_good_ones_are_kept_beside_one_that_is_refused(resident, places):
    pictures = [factories.jpeg(), factories.upload(b"no photo", "letter.jpg"), factories.png()]
    response = go(resident, resident.get(NEW), **describe(places), photos=pictures)
    assert response.status_code == 422
    assert "letter.jpg：这不是能识别的照片" in words(response)
    assert StagedPhoto.objects.count() == 2
    response = go(resident, response, kept_alt_1="好的", kept_alt_2="也好")
    go(resident, go(resident, response, **contact()), "submit")
    assert [photo.alt for photo in Demand.objects.get().photos.all()] == ["好的", "也好"]


def test_photos_that_waited_too_long_are_asked_for_again_and_all_else_is_kept(resident, places):
    response = at(CHECK, resident, places, photos={"photos": factories.jpeg()})
    StagedPhoto.objects.update(created_at=timezone.now() - datetime.timedelta(hours=1, seconds=1))
    response = go(resident, response, "submit")
    assert (response.status_code, heading(response)) == (422, DESCRIBE)
    assert "照片保存已超过 1 小时，请重新选择。您填写的其他内容都已保留。" in words(response)
    assert not Demand.objects.exists()
    response = go(resident, response, photos=factories.jpeg())
    assert heading(response) == CHECK
    assert TEXT in words(response)
    assert "139 1234 5678" in words(response)
    assert go(resident, response, "submit").status_code == 302
    assert Demand.objects.get().photos.count() == 1


def test_a_full_disk_is_said_and_loses_nothing(resident, places, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(WholeFileStorage, "_save", full)
        response = go(resident, resident.get(NEW), **describe(places), photos=factories.jpeg())
    assert (response.status_code, heading(response)) == (422, DESCRIBE)
    assert "照片暂时无法保存，请稍后再试，也可以先不上传照片。" in words(response)
    assert not StagedPhoto.objects.exists()
    response = go(resident, go(resident, response), **contact())
    assert go(resident, response, "submit").status_code == 302


# --- Too often -------------------------------------------------------------------------------------------------------


def test_too_many_submissions_keep_the_text_and_say_what_else_helps(resident, places, monkeypatch):
    monkeypatch.setattr(intake, "SUBMISSIONS_AN_HOUR", 1)
    assert go(resident, at(CHECK, resident, places), "submit").status_code == 302
    response = go(resident, at(CHECK, resident, places), "submit")
    assert (response.status_code, heading(response)) == (429, CHECK)
    assert "提交过于频繁，请一小时后再试。您填写的内容仍保留" in words(response)
    assert TEXT in words(response)
    assert Demand.objects.count() == 1
    # Somebody else, from elsewhere, is not held up.
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert go(elsewhere, at(CHECK, elsewhere, places), "submit").status_code == 302


def test_too_many_photos_keep_the_text(resident, places, monkeypatch):
    monkeypatch.setattr(PhotoFields, "UPLOADS_AN_HOUR", 1)
    assert heading(go(resident, resident.get(NEW), **describe(places), photos=factories.jpeg())) == CONTACT
    response = go(resident, resident.get(NEW), **describe(places), photos=factories.jpeg())
    assert (response.status_code, heading(response)) == (422, DESCRIBE)
    assert "照片上传过于频繁" in words(response)
    assert heading(go(resident, response)) == CONTACT


# --- A POST without the token ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [DESCRIBE, CONTACT, CHECK])
def test_without_the_token_nothing_is_sent_nothing_is_lost_and_the_next_click_works(db, places, step):
    client = Client(enforce_csrf_checks=True)
    response = at(step, client, places)
    typed = {DESCRIBE: describe(places), CONTACT: contact(), CHECK: {}}[step]
    button = "submit" if step == CHECK else "next"
    response = go(client, response, button, csrfmiddlewaretoken=None, **typed)
    assert (response.status_code, heading(response)) == (403, step)
    assert "页面已过期，内容还没有提交。您填写的内容已保留，请再按一次按钮。" in words(response)
    assert not Demand.objects.exists()
    shown = form(response, "state", "csrfmiddlewaretoken").values
    if step in (DESCRIBE, CONTACT):
        for name, value in typed.items():
            assert shown[name] == value, name
    while heading(response) != CHECK:
        response = go(client, response, **(contact() if heading(response) == CONTACT else {}))
        assert response.status_code == 200
    assert TEXT in words(response)
    assert go(client, response, "submit").status_code == 302
    assert Demand.objects.get().description == TEXT


def test_with_cookies_cleared_it_is_the_same(db, places):
    client = Client(enforce_csrf_checks=True)
    response = at(CHECK, client, places)
    client.cookies.clear()
    response = go(client, response, "submit")
    assert response.status_code == 403
    assert TEXT in words(response)
    assert go(client, response, "submit").status_code == 302


def test_without_token_and_state_the_typed_page_is_still_kept(db, places):
    client = Client(enforce_csrf_checks=True)
    response = client.post(NEW, describe(places) | {"step": "1"})
    assert response.status_code == 403
    assert form(response, "state").values["description"] == TEXT


def test_a_foreign_origin_is_refused(db, places):
    client = Client(enforce_csrf_checks=True)
    response = at(CHECK, client, places)
    shown = form(response, "state").values
    response = client.post(NEW, shown | {"go": "submit"}, headers={"origin": "https://evil.example"})
    assert response.status_code == 403
    assert not Demand.objects.exists()


def test_a_very_long_text_without_the_token_comes_back_and_can_be_sent_again(db, places):
    text = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=500_000))
    client = Client(enforce_csrf_checks=True)
    response = go(client, client.get(NEW), csrfmiddlewaretoken=None, **describe(places, description=text))
    assert response.status_code == 403
    assert form(response, "state").values["description"] == text
    response = go(client, response)
    assert response.status_code == 422
    assert "最多 2000 个字，现在有 500000 个字" in words(response)


# --- Script ----------------------------------------------------------------------------------------------------------

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


def test_script_in_what_a_resident_writes_runs_nowhere(resident, places, liaison_client, mailoutbox):
    response = at(
        CHECK,
        resident,
        places,
        answers={"description": SCRIPT, "place": SCRIPT[:90]},
        photos={"photos": factories.jpeg()},
    )
    pages = [response]
    response = go(
        resident, go(resident, response, "3", kept_alt_1=SCRIPT), called="<b>王</b>", phone="", email="wang@example.com"
    )
    pages.append(response)
    tracking = go(resident, response, "submit")["Location"]
    demand = Demand.objects.get()
    resident.post(f"{tracking}add/", {"body": SCRIPT})
    photo = demand.photos.get()
    services.publishing.review_photo(photo, "approved", actor=liaison_client.user)
    desk = f"/admin/demands/demand/{demand.pk}/"
    publication = {"title": SCRIPT[:60], "summary": SCRIPT, "result": SCRIPT, "basis": "nobody_concerned"}
    version = str(Demand.objects.get().version)
    pages.append(liaison_client.post(f"{desk}publish/", publication | {"version": version, "preview": "1"}))
    assert liaison_client.post(f"{desk}publish/", publication | {"version": version}).status_code == 302
    liaison_client.post(f"{desk}note/", {"body": SCRIPT, "version": version})
    pages += [resident.get(address) for address in (tracking, "/", "/demands/", f"/demands/{demand.ref}/")]
    pages += [
        liaison_client.get(address)
        for address in (
            "/admin/demands/demand/",
            f"{desk}change/",
            f"{desk}answer/",
            f"{desk}publish/",
            f"{desk}erase/",
        )
    ]
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "<b>王" not in html
        assert "&lt;script&gt;alert" in html, page.request["PATH_INFO"]
    from foundation.sending import send_next  # the mail is written when it is sent

    while send_next():
        pass
    assert mailoutbox
    assert not any("script" in mail.body + mail.subject for mail in mailoutbox)


# --- A resource asked for directly -----------------------------------------------------------------------------------


def asked(**values):
    """An open resource whose category fits one category of demands."""
    resource = factories.resource(**values)
    CategoryMatch.objects.get_or_create(demand_category=factories.category(), resource_category=resource.category)
    return resource


def through(client, places, response):
    """From a first page to "check answers"."""
    return go(client, go(client, response, **describe(places)), **contact())


def test_a_resource_asked_for_comes_with_the_demand(resident, places):
    resource = asked(capacity=4)
    response = resident.get(f"{NEW}?resource={resource.pk}")
    assert f"您选择的是“家门口的法律咨询”，由{resource.member.title}提供。" in words(response)
    assert form(response, "state").values["category"] == str(factories.category().pk)
    response = through(resident, places, response)
    assert "指定的资源 家门口的法律咨询" in words(response)
    go(resident, response, "submit")
    assert Demand.objects.get().resource == resource
    # Asking holds nothing: staff see to that.
    assert resource.bookings.count() == 0


def test_it_can_be_left_out_again_at_the_end(resident, places):
    response = through(resident, places, resident.get(f"{NEW}?resource={asked().pk}"))
    response = go(resident, response, "without")
    assert heading(response) == CHECK
    assert "指定的资源" not in words(response)
    go(resident, response, "submit")
    assert Demand.objects.get().resource is None


@pytest.mark.parametrize(("active", "out_of_use"), [(0, 0), (2, 0), (0, 1)])
def test_a_category_is_filled_in_only_where_one_fits(resident, places, active, out_of_use):
    resource = factories.resource()
    for number in range(active + out_of_use):
        category = factories.category(f"kind-{number}", is_active=number < active)
        CategoryMatch.objects.create(demand_category=category, resource_category=resource.category)
    response = resident.get(f"{NEW}?resource={resource.pk}")
    assert "您选择的是" in words(response)
    assert form(response, "state").values["category"] == ""


def test_what_is_not_open_is_said_and_the_need_goes_through(resident, places):
    for status in ("offered", "reviewed", "paused", "ended"):
        response = resident.get(f"{NEW}?resource={asked(status=status).pk}")
        assert "您选择的资源目前没有开放。您仍可以提需求" in words(response)
        assert "家门口的法律咨询" not in words(response)
    go(resident, through(resident, places, response), "submit")
    assert Demand.objects.get().resource is None


def test_what_is_out_of_its_period_is_said_too(resident, places):
    over = asked(ends_on=timezone.localdate() - datetime.timedelta(days=1))
    assert "您选择的资源目前没有开放。" in words(resident.get(f"{NEW}?resource={over.pk}"))


@each_row("key", ["", "0", "x", "%00", "-1", "9" * 40, "%F0%9F%8C%B3", "1" * 10_000], warm=True)
def test_a_key_that_is_no_resource_is_said_and_breaks_nothing(resident, places, key):
    response = resident.get(f"{NEW}?resource={key}")
    assert response.status_code == 200
    assert "您选择的资源目前没有开放。" in words(response)


def test_what_closed_meanwhile_is_said_and_stays_what_was_asked_for(resident, places):
    resource = asked()
    response = go(resident, resident.get(f"{NEW}?resource={resource.pk}"), **describe(places))
    offers.pause(resource, reason="出差", actor=SYSTEM)
    response = go(resident, response, **contact())
    assert "“家门口的法律咨询”目前没有开放。您仍可以提需求" in words(response)
    go(resident, response, "submit")
    assert Demand.objects.get().resource == resource


def test_a_place_that_it_does_not_serve_is_said(resident, places):
    resource = asked(areas=[places.other_community])
    response = go(resident, resident.get(f"{NEW}?resource={resource.pk}"), **describe(places))
    assert "“家门口的法律咨询”的服务范围不包括桂花苑。您仍可以提需求" in words(response)
    go(resident, go(resident, response, **contact()), "submit")
    assert Demand.objects.get().resource == resource


def test_a_key_sent_beside_the_signed_form_counts_for_nothing(resident, places):
    resource = asked()
    response = go(resident, resident.get(NEW), **describe(places), resource=str(resource.pk))
    go(resident, go(resident, response, **contact()), "submit")
    assert Demand.objects.get().resource is None


def test_staff_see_what_was_asked_for(liaison_client, places):
    demand = factories.demand()
    Demand.objects.filter(pk=demand.pk).update(resource=factories.resource(status="paused"))
    response = liaison_client.get(f"/admin/demands/demand/{demand.pk}/change/")
    assert "指定的资源： 家门口的法律咨询 （暂停）" in words(response)


# --- One more question -----------------------------------------------------------------------------------------------


def test_a_field_of_the_form_is_named_in_four_files():
    """What a resident says of the place passes the view, and the pages that ask, without being named there."""
    way = [
        "demands/models/demand.py",
        "demands/forms/intake.py",
        "demands/services/intake.py",
        "demands/views/intake.py",
        *sorted(
            str(path.relative_to(settings.BASE_DIR)) for path in settings.BASE_DIR.glob("templates/demands/submit_*")
        ),
    ]
    assert len(way) == 7
    named = [name for name in way if re.search(r"\bplace\b", (settings.BASE_DIR / name).read_text())]
    assert named == [*way[:3], "templates/demands/submit_check.html"]
