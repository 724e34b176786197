"""A canary in every contact: a crawl of every page that residents and members can reach never finds it.

It is in the contact of a demand, a supporter, a sign-up, an order, an organisation and a member, and in a resident's
own text, from which staff write the public one. The member who helps sees it only by pressing a button. The admin's
pages are searched for it by `test_urls_by_role.py`.
"""

from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve

from demands.models import Demand, Dispatch, PhotoReview, Synonym
from demands.services import consulting, supports
from demands.workflow import DemandStatus, DispatchStatus
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.contacts import Contact
from members.models import Reception
from tests import factories
from tests.canary import CANARY, MASKED, found_in, secrets
from tests.crawling import crawl, words_of
from tests.rows import each_row

pytestmark = pytest.mark.django_db


def reached(read: dict[str, str]) -> set[str]:
    names = set()
    for address in read:
        try:
            names.add(resolve(urlsplit(address).path).url_name)
        except Resolver404:
            continue
    return names


# Most URLs are found through pages; feed readers already know theirs.
START = ("/", "/sitemap.xml", "/robots.txt", "/feeds/demands/", "/feeds/events/", "/events/calendar.ics")
# What the crawl must reach, or it proves nothing.
PUBLIC = """
home demand_list demand_new track demand_detail demand_photo demand_thumbnail demand_feed
venue_list venue_detail venue_poster platform_list platform_detail picture picture_thumbnail
event_list event_detail event_ics event_sign_up event_feed calendar_ics rhythm study_detail
topic_list topic_detail project_list project_detail agreement_list resource_list resource_detail
member_list member_detail reception_list reception_detail committee portrait annual
login privacy consents accessibility site_map sitemap robots manifest
"""


# The same for the member, from the home page of the workspace.
MINE = """
my my_events my_demands my_demand my_demand_photo my_demand_move my_demand_report
my_duties my_duty my_duty_new my_duty_edit my_duty_photo my_duty_sheet my_duty_export
my_resources my_resource my_resource_new my_resource_edit my_resource_move
my_receptions my_reception my_reception_new my_reception_cancel my_reception_contact
"""


@pytest.fixture
def world(db):
    """A neighbourhood, and a public demand with a photo on its agenda; all people in it are the canary.

    The member helps with the demand.
    """
    # The first set of synonyms has a page for each of its rows, and nobody's contact.
    Synonym.objects.filter(pk__gt=Synonym.objects.first().pk).delete()
    there = factories.neighbourhood(contact=CANARY)
    there.member.user = factories.member()
    there.member.save(update_fields=["user"])
    demand = factories.demand(DemandStatus.ACCEPTED, public=True, **CANARY)
    factories.photo(demand, review=PhotoReview.APPROVED)
    consulting.link_agenda_item(demand, there.event.agenda.get(), actor=SYSTEM)
    consulting.link_agreement(demand, there.agreement, actor=SYSTEM)
    factories.dispatch(DispatchStatus.ACCEPTED, demand_=demand, member=there.member)
    supports.add(demand, "a neighbour", phone=CANARY["phone"], email=CANARY["email"])
    factories.booking(factories.reception(there.member), **CANARY)
    assert Contact.objects.count() == 8
    return there


RAW = "没人看过的原话"


@pytest.mark.parametrize("role", ["resident", "member"])
def test_no_page_that_residents_and_members_reach_holds_anything_of_a_contact(role, world, request):
    """Nor the words of residents that nobody published."""
    client = request.getfixturevalue("resident" if role == "resident" else "member_client")
    # Only staff see what residents write: the public reads the text that staff wrote from it.
    own_words = f"{RAW}，我是{CANARY['called']}，电话 {CANARY['phone']}，路灯坏了。"
    # Whoever goes there sees the exact place, as the resident wrote it.
    Demand.objects.update(description=own_words, **({"place": own_words[:30]} if role == "resident" else {}))
    dispatches = unpublished(own_words)
    read = crawl(client, (*START, "/my/"))
    assert set(PUBLIC.split()) - reached(read) == set()
    assert set(MINE.split()) - reached(read) == (set() if role == "member" else {*MINE.split()} - {"my"})
    stored = secrets()
    assert leaks(read, stored) == {}
    assert [address for address, text in read.items() if RAW in text] == []
    refs = [row.demand.ref for row in dispatches.values()]
    named = {ref for ref in refs if any(ref in text for text in read.values())}
    # A member sees that there is one to be claimed.
    assert named == ({dispatches[DispatchStatus.OPEN].demand.ref} if role == "member" else set())


def leaks(read: dict[str, str], stored: list[str]) -> dict[str, list[str]]:
    """What each page shows of a contact. Members see their own, masked, where they change it, and who comes to them."""
    masked = ("/my/profile/", *(f"/my/receptions/{key}/" for key in Reception.objects.values_list("pk", flat=True)))
    others = read | {address: read.get(address, "").replace(MASKED, "") for address in masked}
    return {address: found for address, text in others.items() if (found := found_in(text, stored))}


def unpublished(words: str) -> dict[str, Dispatch]:
    """Unpublished demands, in the resident's own words: one dispatched to another member, one open to be claimed."""
    made = {}
    for status in (DispatchStatus.OFFERED, DispatchStatus.ACCEPTED, DispatchStatus.OPEN):
        demand = factories.demand(DemandStatus.ACCEPTED, **CANARY)
        Demand.objects.filter(pk=demand.pk).update(description=words, place=words[:30])
        factories.photo(demand)
        other = None if status == DispatchStatus.OPEN else factories.member_with_account("other", name="王强")
        made[status] = factories.dispatch(status, demand_=demand, member=other)
    return made


def test_the_member_who_helps_reads_what_there_is_to_do_only_while_the_dispatch_is_open(db):
    dispatches = unpublished(RAW)
    other = Client()
    other.force_login(factories.member("other"), backend="foundation.backends.RoleBackend")
    theirs = {f"/my/demands/{row.pk}/" for status, row in dispatches.items() if status != DispatchStatus.OPEN}
    assert {address for address, text in crawl(other, ("/my/",), "/my/").items() if RAW in text} == theirs
    for row in dispatches.values():
        factories.move_dispatch(row, DispatchStatus.CANCELLED, reason="另有安排")
    assert [address for address, text in crawl(other, ("/my/",), "/my/").items() if RAW in text] == []


def test_the_member_who_helps_sees_the_contact_by_pressing_and_in_no_other_way(world, member_client):
    page = f"/my/demands/{Dispatch.objects.get().pk}/"
    assert member_client.get(f"{page}contact/")["Location"] == page
    pressed = words_of(member_client.post(f"{page}contact/"))
    assert all(sign in pressed for sign in CANARY.values())
    stored = secrets()
    read = crawl(member_client, ("/my/",), "/my/")
    assert page in read
    assert leaks(read, stored) == {}
    # The audit does not contain it either.
    recorded = " ".join(f"{row.subject} {row.detail}" for row in AuditEntry.objects.all())
    assert found_in(recorded, stored) == []


@each_row(
    "leak", [CANARY["called"], CANARY["phone"], "188 9990 7531", "（尾号 7531）", "kxqcanary@example.com", "token"]
)
def test_the_crawl_would_find_it(leak, world, resident):
    stored = secrets()
    summary = stored[0] if leak == "token" else f"请找{leak}报名。"
    # Past the field, which refuses a phone number.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE consultation_event SET summary = %s WHERE id = %s", [summary, world.event.pk])
    page = f"/events/{world.event.pk}/"
    # That the page is reached from the others is asked above.
    read = crawl(resident, (page,), page)
    assert found_in(read[page], stored)
