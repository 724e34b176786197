"""The few texts that go to residents, and to members about what is dispatched to them."""

import pytest

from demands.messages import TEMPLATES, render
from demands.services import consulting
from demands.workflow import TRAITS, DemandStatus
from tests import factories

pytestmark = pytest.mark.django_db

USED = {
    "received",
    "accepted",
    "answered",
    "moved",
    "resolved",
    "declined",
    "merged",
    "link",
    "in_topic",
    "in_agenda",
    "talked_over",
    "needs_information",
    "extended",
    "recheck",
}


# Those of `demands.services.dispatches` and `proposals`; what they say is asked in its tests.
TO_MEMBERS = {"dispatched", "dispatch_reminder", "dispatch_cancelled", "proposal_given"}
# Those of `demands.services.supports`; what they say is asked in its tests.
TO_SUPPORTERS = {"supported"}
# Of `demands.services.deadlines`; it leads to the desk.
TO_STAFF = {"escalation"}


def test_every_text_that_is_owed_exists_and_no_other():
    assert set(TEMPLATES) == USED | TO_MEMBERS | TO_SUPPORTERS | TO_STAFF
    owed = {*(traits.message for traits in TRAITS.values() if traits.message), *consulting.TOPIC_MESSAGES.values()}
    asked = {"needs_information", "extended", "recheck"}
    assert owed | asked | {"received", "answered", "link"} == USED
    assert set(TRAITS) == set(DemandStatus)


@pytest.mark.parametrize("template", sorted(USED))
def test_a_text_names_the_demand_and_links_to_it_without_its_code(template):
    demand = factories.demand()
    text = render(template, {"ref": demand.ref})
    assert demand.ref in text.subject
    assert demand.ref in text.body
    assert text.body.count("http://portal.example/demands/track/") == 1
    assert "\n" not in text.subject
    assert text.parameters == {"ref": demand.ref, "link": text.parameters["link"]}
    for personal in ("王女士", "13912345678", demand.description, demand.code_hash):
        assert personal not in f"{text.subject}{text.body}"


def test_staff_are_told_of_deadlines_in_one_text_that_leads_to_the_desk():
    text = render("escalation", {"near": 2, "passed": 1, "ref": "NH-2026-00001"})
    assert text.subject == "期限提醒：1 件需求已超期，2 件即将到期"
    assert text.body.startswith(
        "1 件需求已超期，2 件即将到期，最紧急的是 NH-2026-00001。详见工作台“我收到的期限提醒”："
        "http://portal.example/admin/demands/demand/?queue=escalated\n"
    )


def test_a_text_is_signed_by_the_portal():
    assert render("received", {"ref": "NH-2026-00001"}).body.endswith("\n\n——一线协商")


def test_a_text_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        render("no-such-text", {"ref": "NH-2026-00001"})
