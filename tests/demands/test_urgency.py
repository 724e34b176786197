"""Urgent demands: suggested by words of danger at intake, decided by staff."""

import pytest

from demands.models import DangerWord, Demand, MessageKind, Urgency
from demands.selectors.queues import with_news
from demands.services import handling, replies, residents, urgency
from demands.suggestions import danger
from demands.workflow import DemandStatus as S
from foundation import cached
from foundation.actors import RESIDENT
from foundation.audit import AuditEntry
from foundation.errors import Refused, Stale
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("三号楼有煤气味，怕是燃气泄漏。", ["燃气泄漏", "煤气味"]),
        ("电梯停在五楼，老人被困。", ["被困"]),
        ("線路漏電。", ["漏电"]),
        ("路灯坏了。", []),
        ("", []),
    ],
)
def test_the_words_of_danger_in_a_text(text, found):
    assert danger.found_in(text) == found


def test_a_word_counts_once_within_a_longer_one():
    DangerWord.objects.create(word="泄漏")
    cached.forget_all()
    assert danger.found_in("燃气泄漏") == ["燃气泄漏"]
    assert danger.found_in("水泄漏") == ["泄漏"]


def test_a_demand_that_comes_in_with_one_waits_for_a_decision(liaison_client, django_assert_max_num_queries):
    gas, lamp = factories.demand(description="楼道里燃气泄漏"), factories.demand(description="路灯坏了")
    assert (gas.urgency, lamp.urgency) == (Urgency.SUGGESTED, Urgency.ORDINARY)
    page = liaison_client.get(f"/admin/demands/demand/{gas.pk}/change/").content.decode()
    assert "居民提到“燃气泄漏”，可能紧急" in page
    assert list(Demand.objects.urgent()) == [gas]
    # Marked, and on second thoughts not.
    for act, stored in (("mark-urgent", Urgency.URGENT), ("dismiss-urgent", Urgency.DISMISSED)):
        gas.refresh_from_db()
        liaison_client.post(f"/admin/demands/demand/{gas.pk}/{act}/", {"version": gas.version})
        gas.refresh_from_db()
        assert gas.urgency == stored
    details = (
        AuditEntry.objects.filter(subject=gas.ref, action="changed").order_by("pk").values_list("detail", flat=True)
    )
    assert list(details) == ["urgency: suggested → urgent", "urgency: urgent → dismissed"]
    assert not Demand.objects.urgent().exists()
    liaison_client.get("/admin/demands/demand/")  # fills the caches of this process
    with django_assert_max_num_queries(8):
        listed = liaison_client.get("/admin/demands/demand/").content.decode()
    assert 'class="urgent' not in listed


def test_a_stale_page_and_a_closed_demand_are_refused():
    community, demand = factories.community_staff(), factories.demand()
    with pytest.raises(Stale):
        urgency.mark(demand, actor=community, version=demand.version + 1)
    closed = factories.demand(S.DECLINED)
    with pytest.raises(Refused, match="未予办理"):
        urgency.mark(closed, actor=community)


def test_staff_take_a_demand_for_themselves(liaison_client):
    demand = factories.demand()
    liaison_client.post(f"/admin/demands/demand/{demand.pk}/take/", {"version": demand.version})
    demand.refresh_from_db()
    assert demand.assignee == liaison_client.user
    with pytest.raises(Stale):
        handling.take(demand, actor=liaison_client.user, version=demand.version - 1)


@pytest.mark.parametrize("given", ["", "燃"])
def test_a_word_of_danger_has_two_characters(liaison_client, given):
    assert liaison_client.post("/admin/demands/dangerword/add/", {"word": given}).status_code == 200
    assert not DangerWord.objects.filter(word=given).exists()


def test_what_residents_wrote_since_staff_last_acted_is_a_queue(liaison_client):
    demand, quiet = factories.demand(S.ACCEPTED), factories.demand(S.ACCEPTED)
    assert not with_news(Demand.objects.all()).exists()
    replies.write_message(demand, MessageKind.ADDITION, "又坏了一盏。", RESIDENT)
    assert list(with_news(Demand.objects.all())) == [demand]
    handling.note(demand, "已看。", actor=liaison_client.user)
    assert not with_news(Demand.objects.all()).exists()
    assert quiet.pk


def test_who_is_not_satisfied_is_in_the_queue_until_staff_have_looked(liaison_client):
    ratings = [("satisfied", ""), ("unsure", ""), ("unsatisfied", ""), ("unsure", "unsatisfied")]
    rated = [factories.demand(S.RESOLVED) for _rating in ratings]
    for demand, (result, work) in zip(rated, ratings, strict=True):
        residents.rate(demand, result=result, work=work)
    assert set(with_news(Demand.objects.all())) == set(rated[2:])
    listed = liaison_client.get("/admin/demands/demand/?queue=news").content.decode()
    assert [demand.ref in listed for demand in rated] == [False, False, True, True]
    handling.note(rated[2], "已电话了解。", actor=liaison_client.user)
    assert list(with_news(Demand.objects.all())) == rated[3:]


def test_an_unsatisfied_rating_of_a_split_demand_is_in_the_queue_once():
    whole = factories.demand(S.ACCEPTED)
    factories.move(whole, "split", parts=[factories.part("换路灯"), factories.part("补台阶")])
    for part in whole.parts.all():
        factories.move(part, "resolved")
    residents.rate(whole, result="unsatisfied")
    assert list(with_news(Demand.objects.all())) == [whole]
