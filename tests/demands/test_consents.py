"""A demand keeps which texts were agreed to, separately for handling and publication; staff see which."""

import pytest
from django.utils import timezone

from consultation.models import SignUp, TopicOrder
from demands import services
from demands.models import Demand
from demands.workflow import DemandStatus as S
from foundation import consent
from foundation.actors import SYSTEM
from foundation.consent import ConsentText, Purpose
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

NEW = "/demands/new/"


def newer(purpose: str) -> ConsentText:
    text = ConsentText.objects.create(purpose=purpose, version="2027-01", text="新的文字", text_en="New words")
    consent.texts.forget()
    return text


def kept(demand: Demand) -> tuple:
    """What the row says of both consents, and the language."""
    texts = (demand.handling_text, demand.publication_text)
    return (*(text and (text.purpose, text.version) for text in texts), demand.consent_language)


def contact_page(client):
    """Fill in the question pages before the one that asks for consent; returns that one."""
    describe = {"description": "路灯不亮", "category": factories.category().pk, "area": factories.tree().compound.pk}
    return form(client.get(NEW), "state").send(client, **describe)


def check_page(client, **ticks):
    """The last page, before sending."""
    return form(contact_page(client), "state").send(client, **({"consent_handling": "on"} | ticks))


OLD = "2026-11"


@pytest.mark.parametrize(
    ("ticks", "language", "expected"),
    [
        ({}, "zh-hans", (("handling", OLD), None, "zh-hans")),
        ({"consent_publication": "on"}, "en", (("handling", OLD), ("publication", OLD), "en")),
    ],
)
def test_what_was_agreed_to_is_kept_with_the_time_and_the_language(resident, ticks, language, expected):
    resident.cookies["lang"] = language
    before = timezone.now().replace(microsecond=0)
    page = check_page(resident, **ticks)
    form(page, "state").send(resident, go="submit")
    demand = Demand.objects.get()
    assert kept(demand) == expected
    assert before <= demand.consent_shown_at <= demand.received_at


def test_a_new_version_after_the_page_was_shown_leaves_what_was_agreed_to(resident):
    page = check_page(resident, consent_publication="on")
    for purpose in ("handling", "publication"):
        newer(purpose)
    form(page, "state").send(resident, go="submit")
    assert kept(Demand.objects.get())[:2] == (("handling", OLD), ("publication", OLD))


def test_who_goes_back_to_the_page_agrees_to_the_new_version(resident):
    page = check_page(resident, consent_publication="on")
    newer("publication")
    page = form(page, "state").send(resident, go="3")
    assert "新的文字" in words(page)
    shown = form(page, "state")
    assert not {"consent_handling", "consent_publication"} & set(shown.values)
    page = shown.send(resident, go="next", consent_handling="on", consent_publication="on")
    form(page, "state").send(resident, go="submit")
    assert kept(Demand.objects.get())[:2] == (("handling", OLD), ("publication", "2027-01"))


def test_a_forged_text_is_asked_for_again_before_anything_is_kept(resident):
    response = form(contact_page(resident), "state").send(resident, shown="forged", consent_handling="on")
    assert response.status_code == 422
    assert "同意的内容有更新，请阅读后重新勾选" in words(response)
    assert not Demand.objects.exists()


def test_what_is_said_at_the_window_is_kept_as_said(community_client):
    page = form(community_client.get("/admin/demands/demand/add/"), "code")
    values = {"channel": "window", "direction": "bottom_up", "description": "楼道灯不亮", "phone": "13912345678"}
    values |= {"category": factories.category().pk, "area": factories.tree().compound.pk, "consent_handling": "on"}
    assert page.send(community_client, "/admin/demands/demand/add/", **values).status_code == 200
    assert kept(Demand.objects.get()) == (("intake", OLD), None, "zh-hans")


def test_a_draft_of_before_a_new_version_loses_its_tick(community_client):
    address = "/admin/demands/demand/add/"
    page = form(community_client.get(address), "code")
    page.send(community_client, address, _draft="1", phone="13912345678", consent_handling="on")
    newer("intake")
    again = community_client.get(address)
    assert "新的文字" in words(again)
    assert form(again, "code").values["phone"] == "13912345678"
    assert "consent_handling" not in form(again, "code").values


def test_nothing_is_noted_where_nothing_was_agreed_to():
    demand = factories.demand(consent_handling=False, consent_publication=False)
    assert (*kept(demand), demand.consent_shown_at) == (None, None, "", None)


def test_withdrawal_and_erasure_leave_which_text_it_was():
    demand = factories.demand(S.RESOLVED, public=True)
    services.residents.withdraw_publication(demand)
    services.handling.erase(demand, actor=SYSTEM)
    demand = Demand.objects.get()
    assert not demand.consent_publication
    assert kept(demand)[:2] == (("handling", OLD), ("publication", OLD))


def test_a_part_stands_on_the_consent_to_publication_of_the_whole():
    whole = factories.demand(S.ACCEPTED)
    whole = factories.move(whole, S.SPLIT)
    assert {kept(part) for part in whole.parts.all()} == {(None, ("publication", OLD), "zh-hans")}


def test_staff_read_which_texts_were_agreed_to_and_when(liaison_client):
    demand = factories.demand(public=True)
    page = liaison_client.get(f"/admin/demands/demand/{demand.pk}/change/")
    for text in (demand.handling_text, demand.publication_text):
        assert f'href="/privacy/consents/#text-{text.pk}"' in page.content.decode()
        assert f'id="text-{text.pk}"' in liaison_client.get("/privacy/consents/").content.decode()
    assert "办理需求 2026-11 · 公开摘要 2026-11" in words(page)
    assert "语言：简体中文" in words(page)
    assert "后来撤回了" not in words(page)
    services.residents.withdraw_publication(demand)
    assert "后来撤回了" in words(liaison_client.get(f"/admin/demands/demand/{demand.pk}/change/"))


def test_staff_read_that_an_old_demand_has_no_version(liaison_client):
    demand = factories.demand()
    Demand.objects.update(handling_text=None, publication_text=None, consent_shown_at=None, consent_language="")
    page = f"/admin/demands/demand/{demand.pk}/change/"
    assert "已同意，但没有记录是哪一版同意书。" in words(liaison_client.get(page))
    Demand.objects.update(consent_handling=False, consent_publication=False)
    assert "没有同意书。" in words(liaison_client.get(page))


# --- Sign-ups and orders ---------------------------------------------------------------------------------------------


def test_a_sign_up_keeps_its_text(resident):
    event = factories.event()
    page = form(resident.get(f"/events/{event.pk}/signup/"), "phone")
    newer(Purpose.SIGN_UP)
    page.send(resident, f"/events/{event.pk}/signup/", phone="13912345678", consent="on")
    row = SignUp.objects.get()
    assert (row.consent_text.purpose, row.consent_text.version) == ("sign_up", OLD)
    assert (row.consent_language, row.consent_shown_at <= row.at) == ("zh-hans", True)


def test_an_order_keeps_the_text_of_its_contact_and_none_without(resident):
    topic = factories.topic()
    resident.post("/topics/", {"topic": topic.pk})
    row = TopicOrder.objects.get()
    assert (row.consent_text, row.consent_shown_at, row.consent_language) == (None, None, "")
    page = form(resident.get(f"/topics/{topic.pk}/"), "notify")
    page.send(resident, phone="13912345678", consent="on")
    row.refresh_from_db()
    assert (row.consent_text.purpose, row.consent_text.version) == ("topic_order", OLD)
    assert row.consent_shown_at is not None
    assert row.consent_language == "zh-hans"
