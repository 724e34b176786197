"""Reading demands: what is public, open, overdue, within reach of a member of staff, and found by words."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from demands import services
from demands.models import Category, Demand
from foundation.actors import SYSTEM
from foundation.visitors import visitor_hash
from tests import factories

pytestmark = pytest.mark.django_db


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("received", True),
        ("accepted", True),
        ("in_consultation", True),
        ("in_progress", True),
        ("reopened", True),
        ("resolved", False),
        ("confirmed", False),
        ("declined", False),
        ("merged", False),
        ("withdrawn", False),
    ],
)
def test_open_means_the_office_still_owes_something(status, is_open):
    demand = factories.demand(status)
    assert demand.is_open is is_open
    assert Demand.objects.open().filter(pk=demand.pk).exists() is is_open
    assert Demand.objects.unassigned().filter(pk=demand.pk).exists() is is_open


@pytest.mark.parametrize(
    ("answered", "today", "overdue", "due_today"),
    [
        # Received Thursday 12 February 2026, 3 and 8 working days: 24 February and 2 March.
        (False, "2026-02-23", False, False),
        (False, "2026-02-24", False, True),
        (False, "2026-02-25", True, False),
        (True, "2026-02-25", False, False),
        (True, "2026-03-02", False, True),
        (True, "2026-03-03", True, False),
    ],
)
def test_overdue_counts_from_the_deadline_it_stands_under(answered, today, overdue, due_today):
    category = factories.category(response_days=3, resolution_days=8)
    at = datetime.datetime.fromisoformat("2026-02-12T09:00:00+08:00")
    demand = factories.demand(category=category, at=at)
    if answered:
        services.handling.answer(demand, "已联系。", actor=factories.liaison_staff())
    assert Demand.objects.overdue(day(today)).exists() is overdue
    assert Demand.objects.due_today(day(today)).exists() is due_today


def test_what_is_closed_is_never_overdue():
    long_ago = timezone.now() - datetime.timedelta(days=400)
    demand = factories.demand("declined", at=long_ago)
    assert not Demand.objects.overdue().exists()
    assert not demand.is_overdue
    late = factories.demand("accepted", at=long_ago)
    assert list(Demand.objects.overdue()) == [late]
    assert late.is_overdue


def test_public_is_what_staff_published():
    factories.demand()
    public = factories.demand(public=True)
    assert list(Demand.objects.public()) == [public]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("路灯", True),
        ("3 号门", True),
        ("通行不便", True),  # of the summary
        ("台阶", False),  # of the resident's own words
        ("王女士", False),
        ("13912345678", False),
        ("", False),
        ("，。", False),
    ],
)
def test_the_public_search_reads_published_words_only(words, found):
    demand = factories.demand(public=True)
    factories.demand(description="路灯 3 号门 通行不便")
    assert list(Demand.objects.matching(words)) == ([demand] if found else [])


@pytest.mark.parametrize(("search", "index"), [("matching", "pub_words"), ("search_for_staff", "desk_words")])
def test_a_search_fits_its_index(search, index):
    """Few rows are read faster in other ways, so those are taken away (and come back with the transaction)."""
    factories.demand(public=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'demands_demand' AND indexdef LIKE %s",
            ["% WHERE %"],
        )
        for (other,) in cursor.fetchall():
            if other != index:
                cursor.execute(f"DROP INDEX {other}")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    assert index in getattr(Demand.objects, search)("路灯").explain()


def test_what_was_taken_down_is_not_found():
    demand = factories.demand(public=True)
    services.publishing.unpublish(demand, actor=factories.liaison_staff())
    assert not Demand.objects.matching("路灯").exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("台阶", True),
        ("路灯", True),
        ("5678", True),  # the phone's last four digits
        ("ref", True),
        ("1234", False),
        ("567", False),
        ("王女士", False),
        ("' OR 1=1 --", False),
    ],
)
def test_the_desk_searches_own_words_references_and_last_digits(text, found):
    demand = factories.demand()
    factories.demand(description="停车", phone="13900001111")
    text = demand.ref.lower() if text == "ref" else text
    assert list(Demand.objects.search_for_staff(f" {text} ")) == ([demand] if found else [])


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("liaison", {"near", "other"}),
        ("community", {"near"}),
        ("auditor", {"near", "other"}),
        ("member", set()),
        ("superuser", {"near", "other", "far"}),
    ],
)
def test_staff_see_the_demands_of_their_areas(who, seen):
    places = factories.tree()
    demands = {
        "near": factories.demand(area=places.compound),
        "other": factories.demand(area=places.other_community),
        "far": factories.demand(area=places.far_compound),
    }
    person = {
        "liaison": factories.liaison_staff,
        "community": factories.community_staff,
        "auditor": factories.auditor,
        "member": factories.member,
        "superuser": factories.superuser,
    }[who]()
    assert set(Demand.objects.visible_to(person)) == {demands[name] for name in seen}


def test_those_who_agreed_wait_for_publication_until_somebody_decided():
    staff = factories.liaison_staff()
    waiting = factories.demand()
    factories.demand(consent_publication=False)
    factories.demand(public=True)
    factories.demand("withdrawn")
    services.publishing.unpublish(factories.demand(), actor=staff)
    assert list(Demand.objects.awaiting_publication()) == [waiting]


@pytest.mark.parametrize(("months_ago", "status", "expired"), [(25, "declined", True), (23, "declined", False)])
def test_personal_data_expires_some_months_after_closing(months_ago, status, expired):
    at = timezone.now() - datetime.timedelta(days=months_ago * 30.44)
    factories.demand(status, at=at)
    assert Demand.objects.expired(24).exists() is expired


def test_an_open_or_erased_demand_does_not_expire():
    at = timezone.now() - datetime.timedelta(days=2000)
    factories.demand("accepted", at=at)
    services.handling.erase(factories.demand("declined", at=at), actor=SYSTEM)
    assert not Demand.objects.expired(24).exists()


@pytest.mark.parametrize(
    ("response", "resolution", "allowed"), [(1, 1, True), (3, 30, True), (0, 30, False), (5, 3, False), (3, 366, False)]
)
def test_a_categorys_days_stand_in_order(response, resolution, allowed):
    def write():
        return Category.objects.create(code="new", name="新", response_days=response, resolution_days=resolution)

    if allowed:
        write()
    else:
        with pytest.raises(IntegrityError, match="category_days_in_order"), transaction.atomic():
            write()


def test_the_desks_headline_is_the_public_title_or_the_beginning_of_the_words():
    demand = factories.demand(description="路灯坏了\n" + "很久" * 60)
    assert demand.headline.startswith("路灯坏了 很久")
    assert len(demand.headline) == 40
    assert factories.demand(public=True).headline == "3 号门外路灯不亮"
    assert services.handling.erase(demand, actor=SYSTEM).headline == "（内容已删除）"


def test_a_reference_is_given_once():
    demand = factories.demand()
    other = factories.demand()
    with pytest.raises(IntegrityError), transaction.atomic():
        Demand.objects.filter(pk=other.pk).update(ref=demand.ref)


def test_a_visitor_stands_once_in_the_database_too():
    demand = factories.demand(public=True)
    services.supports.add(demand, "one")
    with pytest.raises(IntegrityError, match="support_once"), transaction.atomic():
        demand.supports.create(visitor=visitor_hash("support", "one"))
