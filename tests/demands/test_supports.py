"""What follows 我也需要: news of the progress, to who left a contact; and the same trouble again, once it is solved."""

import datetime

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from demands import messages, services
from demands.models import Demand, Support
from demands.selectors import supports as selected
from demands.services import supports
from foundation import consent
from foundation.consent import Purpose
from foundation.contacts import Contact, open_contact
from foundation.errors import Refused
from foundation.outbox import OutboxMessage
from tests import factories
from tests.pages import form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

PHONE = "13912345678"
TITLE = "3 号门外路灯不亮"


def add(demand: Demand, visitor: str = "one", phone: str = PHONE, **values) -> bool:
    return supports.add(demand, visitor, phone=phone, shown=consent.show(Purpose.SUPPORT), **values)


def public(status: str = "accepted") -> Demand:
    return factories.demand(status, public=True)


def fresh(demand: Demand) -> Demand:
    return Demand.objects.get(pk=demand.pk)


def news() -> list[tuple[str, str]]:
    """Who is notified of what."""
    rows = OutboxMessage.objects.filter(template="supported").select_related("contact").order_by("pk")
    return [(open_contact(row.contact)["phone"], row.subject_ref) for row in rows]


# --- Contacts --------------------------------------------------------------------------------------------------------


def test_a_contact_is_kept_encrypted_with_the_text_agreed_to():
    demand = public()
    assert add(demand, email="wang@example.com")
    one = Support.objects.get()
    assert open_contact(one.contact) == {"called": "", "phone": PHONE, "email": "wang@example.com"}
    assert (one.consent_text.purpose, one.consent_language) == ("support", "zh-hans")
    assert PHONE not in str(list(Contact.objects.values_list()))
    # A second contact of the same visitor changes nothing, and who left none agreed to nothing.
    assert not add(demand, phone="13800000000")
    assert open_contact(Support.objects.get().contact)["phone"] == PHONE
    assert supports.add(demand, "two")
    assert Support.objects.get(contact=None).consent_text is None


def test_a_contact_counts_once_from_whatever_device():
    demand = public()
    add(demand, "phone")
    assert not add(demand, "computer")
    supports.add(demand, "tablet")
    assert fresh(demand).support_count == 2
    assert not add(demand, "tablet")
    assert fresh(demand).support_count == Support.objects.count() == Contact.objects.filter(support__gt=0).count() == 1
    # It belongs to the device used last.
    assert not supports.add(demand, "tablet")
    assert supports.add(demand, "phone", phone="")


@pytest.mark.parametrize("status", ["resolved", "confirmed", "declined"])
def test_what_has_ended_takes_no_contact(status):
    demand = public(status)
    with pytest.raises(Refused, match="这件需求已经办结"), transaction.atomic():
        add(demand)
    assert supports.add(demand, "one")


# --- News ------------------------------------------------------------------------------------------------------------


def test_each_move_is_told_once_to_who_asked_for_it():
    demand = public()
    add(demand)
    supports.add(demand, "two")
    factories.move(fresh(demand), "in_progress", actor=factories.liaison_staff())
    assert news() == [(PHONE, demand.ref)]
    factories.move(fresh(demand), "resolved", actor=factories.liaison_staff())
    assert len(news()) == 2
    text = messages.render("supported", OutboxMessage.objects.filter(template="supported").latest("pk").parameters)
    assert text.subject == f"您也需要的事有新进展：{TITLE}"
    said, _comma, link = text.body.partition("\n")[0].rpartition("：")
    assert said == f"您也需要的“{TITLE}”目前是“已办结，待居民确认”。查看或停止接收"
    # Signed with the second, so that no two links are the same.
    assert selected.find(link.rstrip("/").rpartition("/")[2]).contact == Contact.objects.get(support__gt=0)


def test_what_is_merged_is_followed_to_its_target():
    demand, target = public(), factories.demand("accepted")
    add(demand)
    services.merging.merge(fresh(demand), target, actor=factories.liaison_staff())
    factories.move(fresh(target), "in_progress", actor=factories.liaison_staff())
    assert news() == [(PHONE, demand.ref)] * 2
    assert supports.takes_contacts(fresh(demand))


def test_what_is_no_longer_public_is_not_told():
    demand = public()
    add(demand)
    factories.move(fresh(demand), "in_progress", actor=factories.liaison_staff())
    services.publishing.unpublish(fresh(demand), actor=factories.liaison_staff())
    factories.move(fresh(demand), "resolved", actor=factories.liaison_staff())
    [message] = OutboxMessage.objects.filter(template="supported")
    # The one that waits no longer names it.
    assert TITLE not in messages.render("supported", message.parameters).body


# --- Deleting --------------------------------------------------------------------------------------------------------


@each_row(
    "delete",
    [
        lambda one: supports.stop(one),
        lambda one: services.handling.erase(one.demand, actor=factories.liaison_staff()),
        lambda one: services.residents.withdraw(one.demand),
    ],
    ids=["stopped", "erased", "withdrawn"],
)
def test_the_contact_goes_with_what_waits_to_be_sent_and_the_support_stays(delete):
    demand, other = public(), public()
    add(demand)
    add(other)
    factories.move(fresh(demand), "in_progress", actor=factories.liaison_staff())
    delete(Support.objects.select_related("demand", "contact").get(demand=demand))
    assert news() == []
    assert Support.objects.get(demand=demand).contact is None
    assert Support.objects.get(demand=other).contact is not None
    assert Contact.objects.filter(support__gt=0).count() == 1
    assert fresh(demand).support_count == 1


def test_contacts_end_with_the_time_of_personal_data_also_where_the_demand_stays():
    rows = {name: public() for name in ("open", "closed", "old")}
    for demand in rows.values():
        add(demand, phone=PHONE)
    for name, days in (("closed", 300), ("old", 370)):
        factories.move(fresh(rows[name]), "resolved")
        Demand.objects.filter(pk=rows[name].pk).update(closed_at=timezone.now() - datetime.timedelta(days=days))
    assert supports.erase_old(12) == 1
    left = Support.objects.exclude(contact=None).values_list("demand", flat=True)
    assert set(left) == {rows["open"].pk, rows["closed"].pk}


# --- Pages -----------------------------------------------------------------------------------------------------------


def page_of(demand: Demand) -> str:
    return f"/demands/{demand.ref}/"


def press(client, demand: Demand):
    form(client.get(page_of(demand)), "csrfmiddlewaretoken").send(client)
    return client.get(page_of(demand))


def test_the_button_stays_pressed_and_leads_on(resident):
    demand = public()
    for _time in range(2):
        response = press(resident, demand) if not Support.objects.exists() else resident.get(page_of(demand))
        text = words(response)
        assert "您也需要 1 人也需要" in text
        assert "我也需要</button>" not in response.content.decode()
        assert "想知道进展？请留下电话或邮箱" in text
    assert "我也需要</button>" in Client().get(page_of(demand)).content.decode()
    shown = form(response, "notify")
    # What is wrong is said beside the field, and what was typed stays.
    refused = shown.send(resident, phone="139", email="wang@example.com")
    assert (refused.status_code, "错误：" in words(refused)) == (422, True)
    for said in ("请核对电话号码", "您同意后，才能留下联系方式"):
        assert said in words(refused)
    again = form(refused, "notify")
    assert (again.values["phone"], again.values["email"]) == ("139", "wang@example.com")
    assert "请留一个电话或邮箱" in words(shown.send(resident, consent="on"))
    done = resident.get(again.send(resident, phone=PHONE, consent="on")["Location"])
    assert "已保存。这件需求有进展时会通知您。" in words(done)
    assert "有进展时会通知您。" in words(resident.get(page_of(demand)))
    assert PHONE not in done.content.decode()
    # Taken back with one press.
    stopped = form(done, "csrfmiddlewaretoken").send(resident, stop="1")
    assert "已停止通知，您留下的联系方式已删除。" in words(resident.get(stopped["Location"]))
    assert not Contact.objects.filter(support__gt=0).exists()


def test_the_link_in_a_message_shows_what_moved_and_stops_them(resident):
    demand = public()
    add(demand)
    address = selected.signed_link(Support.objects.get().pk).partition("/demands/")[2]
    page = resident.get(f"/demands/{address}")
    assert page["Cache-Control"].endswith("private")
    for said in (TITLE, "已受理", "您留下的电话或邮箱会立即删除"):
        assert said in words(page)
    done = resident.get(form(page).send(resident, f"/demands/{address}")["Location"])
    assert "您没有留联系方式，有进展时不会另行通知。" in words(done)
    services.publishing.unpublish(fresh(demand), actor=factories.liaison_staff())
    assert TITLE not in words(resident.get(f"/demands/{address}"))
    for wrong in (address[:-3] + "x/", "news/x/", "news/%00/"):
        assert resident.get(f"/demands/{wrong}").status_code == 404


def test_a_contact_counts_only_while_there_is_news_to_come(resident):
    demand = public("resolved")
    assert "请留下电话或邮箱" not in words(press(resident, demand))
    sent = {"notify": "1", "phone": PHONE, "consent": "on", "shown": consent.show(Purpose.SUPPORT).signed()}
    response = resident.post(f"{page_of(demand)}support/", sent, follow=True)
    assert "这件需求已经办结，结果见本页，不用再留联系方式。" in words(response)


# --- Again -----------------------------------------------------------------------------------------------------------


def submit_again(client, response, *buttons: str) -> Demand:
    response = form(response, "state").send(client, description="换好的路灯又不亮了。")
    response = form(response, "state").send(client, consent_handling="on")
    for button in buttons:
        response = form(response, "state").send(client, go=button)
    form(response, "state").send(client, go="submit")
    return Demand.objects.latest("pk")


def test_what_came_again_is_a_new_demand_linked_to_the_finished_one(resident):
    earlier = public("confirmed")
    page = resident.get(page_of(earlier))
    assert f'href="/demands/new/?again={earlier.ref}"' in page.content.decode()
    response = resident.get(f"/demands/new/?again={earlier.ref}")
    assert f"“{TITLE}”办结后再次出现" in words(response)
    shown = form(response, "state").values
    assert (shown["category"], shown["area"]) == (str(earlier.category_id), str(earlier.area_id))
    demand = submit_again(resident, response)
    assert demand.again_of == earlier
    assert [message.body for message in demand.messages.all()] == [f"{earlier.ref} 办理过的问题再次出现。"]
    # It can be left out again, and may have been reopened meanwhile.
    assert submit_again(resident, resident.get(f"/demands/new/?again={earlier.ref}"), "not-again").again_of is None
    response = resident.get(f"/demands/new/?again={earlier.ref}")
    services.residents.reopen(fresh(earlier), "又不亮了。")
    assert submit_again(resident, response).again_of is None


@pytest.mark.parametrize("status", ["received", "in_progress"])
def test_what_is_not_solved_has_not_come_again(resident, status):
    demand = public(status)
    assert "?again=" not in resident.get(page_of(demand)).content.decode()
    response = resident.get(f"/demands/new/?again={demand.ref}")
    assert "您提到的需求还没有办结，可以在它的页面按“我也需要”。" in words(response)


def test_a_reference_that_is_none_is_said_and_hinders_nothing(resident):
    hidden = factories.demand("confirmed")
    for ref in ("", "x", "%00", hidden.ref, "NH-2026-99999", "NH-2026-" + "9" * 300):
        response = resident.get(f"/demands/new/?again={ref}")
        assert "没有找到您提到的需求。您仍可以提需求" in words(response)
