"""Several acts on a demand in one transaction: all or none."""

import pytest

from demands import services
from demands.models import Demand, DemandMessage, PublicationBasis, Unit, UnitKind
from demands.services.combined import ActRefused, Acts
from demands.services.publishing import Publication
from demands.workflow import DemandStatus as S
from foundation.audit import AuditAction, AuditEntry
from foundation.errors import Stale
from foundation.outbox import OutboxMessage
from tests import factories

pytestmark = pytest.mark.django_db


def test_all_acts_are_done_in_their_order_and_the_reporter_gets_one_message():
    liaison, demand = factories.liaison_staff(), factories.demand()
    unit = Unit.objects.create(name="供电公司", kind=UnitKind.UTILITY)
    publication = Publication("路灯不亮", "居民反映路灯不亮。", PublicationBasis.WEB_CONSENT)
    acts = Acts(
        accepts=True,
        assigns=True,
        assignee=liaison,
        sets_unit=True,
        unit=unit,
        answer="已报修（{编号}）。",
        publication=publication,
    )
    services.combined.do(demand, acts, actor=liaison, version=demand.version)
    now = Demand.objects.get(pk=demand.pk)
    assert (now.status, now.assignee, now.unit, now.public_title) == (S.ACCEPTED, liaison, unit, "路灯不亮")
    assert now.answered_at and now.published_at
    assert DemandMessage.objects.get(demand=now).body == f"已报修（{now.ref}）。"
    done = AuditEntry.objects.filter(actor=liaison).order_by("pk").values_list("action", flat=True)
    assert list(done) == [
        AuditAction.MOVED,
        AuditAction.ASSIGNED,
        AuditAction.RECLASSIFIED,
        AuditAction.ANSWERED,
        AuditAction.PUBLISHED,
    ]
    sent = OutboxMessage.objects.filter(subject_ref=now.ref).order_by("pk").values_list("template", flat=True)
    assert list(sent) == ["received", "answered"]


def test_accepting_without_an_answer_is_told_and_so_are_those_merged_into_it():
    liaison = factories.liaison_staff()
    for acts, own, followers in ((Acts(accepts=True), "accepted", "accepted"),
                                 (Acts(accepts=True, answer="已报修。"), "answered", "accepted")):  # fmt: skip
        demand, other = factories.demand(), factories.demand(phone="13912345679")
        factories.make_move(other, S.MERGED, actor=liaison, target=demand)
        services.combined.do(demand, acts, actor=liaison)
        latest = [OutboxMessage.objects.filter(subject_ref=one.ref).latest("pk").template for one in (demand, other)]
        assert latest == [own, followers]


@pytest.mark.parametrize("act", ["accepts", "assigns", "sets_unit", "answers", "publishes"])
def test_whichever_act_is_refused_nothing_is_done(act, database):
    liaison, demand = factories.liaison_staff(), factories.demand()
    gone = factories.user("gone", is_active=False)
    far = Unit.objects.create(name="湖西物业", kind=UnitKind.OTHER, subdistrict=factories.tree().far_subdistrict)
    wrong = {
        "accepts": {},
        "assigns": {"assignee": gone},
        "sets_unit": {"unit": far},
        "answers": {"answer": "请打 13812345678。"},
        "publishes": {"publication": Publication("路灯不亮", "居民反映路灯不亮。", "")},
    }
    right = {
        "accepts": True,
        "assigns": True,
        "assignee": liaison,
        "answer": "已报修。",
        "publication": Publication("路灯不亮", "居民反映路灯不亮。", PublicationBasis.WEB_CONSENT),
    }
    if act == "accepts":
        factories.move(demand, S.ACCEPTED)
    before = database()
    with pytest.raises(ActRefused) as refused:
        services.combined.do(demand, Acts(**(right | {"sets_unit": act == "sets_unit"} | wrong[act])), actor=liaison)
    assert refused.value.act == act
    assert database() == before


def test_a_demand_that_changed_meanwhile_is_left_as_it_is(database):
    liaison, demand = factories.liaison_staff(), factories.demand()
    services.handling.note(demand, "已看。", actor=liaison)
    services.handling.assign(demand, liaison, actor=liaison)
    before = database()
    with pytest.raises(Stale):
        services.combined.do(demand, Acts(accepts=True), actor=liaison, version=demand.version)
    assert database() == before
