"""What is kept of a resident's own page is never old: whatever happens to any demand it shows, it is drawn anew."""

import datetime
import re
import uuid

import pytest
from django.conf import settings
from django.core.cache import caches
from django.utils import timezone

from consultation.services import agreements as promises
from consultation.services import events as meetings
from demands import services
from demands.models import Demand, PhotoReview, Recheck
from demands.selectors import own_page
from demands.selectors.timeline import Entry
from demands.services import consulting, rechecks
from demands.views import own_page as views
from foundation.actors import SYSTEM
from foundation.tokens import new_code
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

# What differs from one request to the next.
OWN = re.compile(r'name="(csrfmiddlewaretoken|key)" value="[^"]*"')


@pytest.fixture
def never_old(resident, subtests):
    """Call it with a code after each act: the page has changed, and is what it would be with nothing kept."""
    seen = {}

    def page(code: str) -> str:
        return OWN.sub("", resident.get(f"/demands/track/{code}/").content.decode().partition("<main")[2])

    def check(code: str, what: str) -> None:
        kept = page(code)
        assert code in seen or page(code) == kept
        caches["private"].clear()
        with subtests.test(what):
            assert kept == page(code)
            assert kept != seen.get(code)
        seen[code] = kept

    return check


def test_after_each_act_on_the_demand_itself(never_old):
    code, staff = new_code(), factories.liaison_staff()
    demand = factories.demand("accepted", code=code)
    never_old(code, "the first look")
    services.handling.answer(demand, "本周来看。", actor=staff)
    never_old(code, "answered")
    services.residents.add_information(demand, "又坏了一盏。", key=uuid.uuid4())
    never_old(code, "added to")
    services.publishing.review_photo(factories.photo(demand), PhotoReview.APPROVED, actor=staff, alt="坏灯")
    never_old(code, "a photo reviewed")
    services.deadlines.pause(demand, "请补充位置。", actor=staff)
    never_old(code, "paused")
    services.deadlines.resume(demand, actor=staff)
    never_old(code, "resumed")
    dispatch = factories.dispatch(demand_=demand)
    services.dispatches.accept(dispatch, actor=dispatch.member.user, member=dispatch.member)
    never_old(code, "a member helps")
    event = factories.event("minutes_published")
    consulting.link_agenda_item(demand, event.agenda.get(), actor=SYSTEM)
    never_old(code, "discussed at an event")
    agreement = factories.agreement(event)
    consulting.link_agreement(demand, agreement, actor=SYSTEM)
    never_old(code, "answered by an agreement")
    agreement.refresh_from_db()
    promises.start(agreement, actor=SYSTEM)
    never_old(code, "the agreement under way")
    event.refresh_from_db()
    event.title = "另一个标题"
    meetings.change(event, ["title"], actor=SYSTEM)
    never_old(code, "the event renamed")
    factories.move(demand, "resolved", at=timezone.now() - datetime.timedelta(days=31))
    never_old(code, "resolved")
    services.residents.rate(demand, result="unsure")
    never_old(code, "rated, which moves nothing")
    assert rechecks.ask() == 1
    never_old(code, "asked again by the worker")
    rechecks.answer(demand, Recheck.Answer.STILL_SOLVED)
    never_old(code, "and answered")


def test_after_each_act_on_what_it_was_merged_into_or_split(never_old):
    staff, merged, whole_code = factories.liaison_staff(), new_code(), new_code()
    whole, own = factories.demand("accepted", code=whole_code), factories.demand(code=merged, phone="13911112222")
    factories.move(own, "merged", target=whole)
    for act, what in (
        (lambda: factories.move(whole, "in_consultation"), "moved"),
        (lambda: services.handling.answer(whole, "快了。", actor=staff, everybody=True), "answered"),
        (lambda: factories.publish(whole), "published"),
        (lambda: factories.move(whole, "split"), "split"),
        (lambda: factories.move(whole.parts.order_by("pk")[0], "resolved"), "a part resolved"),
        (lambda: factories.move(whole.parts.order_by("pk")[1], "resolved"), "the other part resolved"),
    ):
        act()
        never_old(merged, f"merged, and its target {what}")
        never_old(whole_code, what)


def test_kept_for_one_code_language_and_day(resident):
    code = new_code()
    demand = factories.demand("declined", code=code, description="门口的路灯")
    path = f"/demands/track/{code}/"
    assert "未予办理：" in resident.get(path).content.decode()
    resident.cookies.load({"lang": "en"})
    assert "Declined: " in resident.get(path).content.decode()
    resident.cookies.clear()
    services.handling.erase(demand, actor=SYSTEM)
    assert resident.get(path).status_code == 404


def test_texts_of_residents_stay_in_the_memory_of_the_process():
    assert settings.CACHES["private"]["BACKEND"].endswith("LocMemCache")
    assert views.KEPT_SECONDS <= 600


@each_row(
    ("told", "expected"),
    [
        ([], None),
        ([("note", 0), ("move", 0)], None),
        ([("addition", 9), ("answer", 5), ("answer", 1)], 1),
        # The portal's own note of the same act stands back; a later one does not.
        ([("progress", 5), ("answer", 5)], 1),
        ([("progress", 9), ("answer", 5)], 0),
        ([("progress", 9), ("progress", 5)], 0),
    ],
)
def test_the_latest_answer_is_what_staff_wrote(told, expected):
    start = datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
    entries = [Entry(start + datetime.timedelta(hours=hour), "", kind=kind) for kind, hour in told]
    assert own_page.latest_answer(entries) is (None if expected is None else entries[expected])


@each_row(
    ("status", "said"),
    [
        ("received", "已收到，等待受理"),
        ("accepted", "已受理，正在安排办理"),
        ("in_consultation", "正在协商"),
        ("in_progress", "正在办理"),
        ("resolved", "已办结，待您确认"),
        ("confirmed", "已办结，确认解决"),
        ("reopened", "正在重新办理"),
        ("declined", "未予办理：目前条件做不到"),
        ("merged", "已收到，等待受理"),
        ("split", "拆分为几件分别办理"),
        ("withdrawn", "您已撤回"),
    ],
    warm=True,
)
def test_the_page_says_in_one_sentence_how_it_stands(resident, status, said):
    code = new_code()
    demand = factories.demand(status, code=code)
    Demand.objects.filter(pk=demand.pk).update(received_at=timezone.now() - datetime.timedelta(days=2))
    assert f"<h1>{said}</h1>" in resident.get(f"/demands/track/{code}/").content.decode()
