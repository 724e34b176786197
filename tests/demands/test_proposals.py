"""Proposals: what goes into a draft, what speaks for it, and that a paper that has gone out does not change."""

import datetime
from dataclasses import replace

import pytest
from django.db import transaction
from django.utils import translation

from demands import services, suggestions
from demands.models import Demand, Evidence, Proposal
from demands.services import consulting, evidence, proposal_moves, proposal_records, proposals
from demands.workflow import DemandStatus as S
from demands.workflow import ProposalReason
from foundation import clock, contacts, outbox
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from members.services.duties import records
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db

WORDS = proposals.Words("proposal", "关于修好小区路灯的建议", "居民反映路灯不亮。", "", "统一检修。")
JANUARY, MAY = (datetime.datetime(2026, month, 5, 9, tzinfo=datetime.UTC) for month in (1, 5))


def refs(row: Proposal) -> list[str]:
    return list(row.demands.order_by("pk").values_list("ref", flat=True))


# --- The draft -------------------------------------------------------------------------------------------------------


def test_a_draft_is_made_of_demands_of_one_subdistrict():
    staff, author = factories.liaison_staff(), factories.committee_member()
    demands = [factories.demand(), factories.demand(area=factories.tree().other_compound)]
    row = proposals.draft(demands, WORDS, author=author, actor=staff)
    assert (row.status, row.subdistrict, row.author, row.drafted_by) == (
        "draft",
        factories.tree().subdistrict,
        author,
        staff,
    )
    assert refs(row) == [one.ref for one in demands]
    assert (row.is_demo, row.evidence) == (False, {})
    [entry] = AuditEntry.objects.filter(action="added")
    assert (entry.subject, entry.detail) == (f"proposal:{row.pk}", f"{demands[0].ref}, {demands[1].ref}")


def test_a_draft_of_the_same_words_and_demands_is_made_once():
    staff, demands = factories.liaison_staff(), [factories.demand(), factories.demand()]
    row = proposals.draft(demands, WORDS, actor=staff)
    assert proposals.draft(demands[::-1], WORDS, actor=staff) == row
    others = [
        proposals.draft(demands[:1], WORDS, actor=staff),
        proposals.draft([*demands, factories.demand()], WORDS, actor=staff),
        proposals.draft(demands, replace(WORDS, suggestions="换新灯。"), actor=staff),
        proposals.draft(demands, WORDS, author=factories.committee_member(), actor=staff),
        proposals.draft(demands, WORDS, actor=factories.liaison_staff("two")),
    ]
    proposal_moves.withdraw(row, ProposalReason.SOLVED, actor=staff)
    others.append(proposals.draft(demands, WORDS, actor=staff))
    assert len({row, *others}) == 7
    assert AuditEntry.objects.filter(action="added").count() == 7


@pytest.mark.django_db(transaction=True)
def test_a_draft_sent_twice_at_once_is_one():
    staff, demand = factories.liaison_staff(), factories.demand()
    first, second = at_once(*[lambda: proposals.draft([demand], WORDS, actor=staff)] * 2)
    assert first == second == Proposal.objects.get()


def test_what_cannot_be_in_a_proposal_is_refused_in_a_sentence(database):
    staff, part = factories.liaison_staff(), factories.liaison_staff("part", factories.tree().community)
    here, far = factories.demand(), factories.demand(area=factories.tree().far_compound)
    gone = factories.demand(S.WITHDRAWN)
    stranger = factories.committee_member("外人", is_active=False)
    community, superuser = factories.community_staff(), factories.superuser()
    before = database()
    for demands, words, more, sentence in (
        ([], WORDS, {}, "先勾选"),
        ([far], WORDS, {}, "不在您的工作范围里"),
        ([here, far], WORDS, {"actor": superuser}, "须在同一个街道"),
        ([here, gone], WORDS, {}, f"不能写进提案：{gone.ref}。"),
        ([here], WORDS, {"actor": part}, "“湖东街道”不全在您的工作范围里"),
        ([here], WORDS, {"author": stranger}, "外人不是本街道联络委的在任委员"),
        ([here], proposals.Words("proposal", "题", " "), {}, "请填写案由"),
        ([here], proposals.Words("proposal", "题" * 81, "情况"), {}, "字数限制"),
        ([here], proposals.Words("proposal", "请联系 13812345678", "情况"), {}, "手机号"),
        ([here], WORDS, {"actor": community}, "不能起草提案"),
    ):
        with pytest.raises(Refused, match=sentence), transaction.atomic():
            proposals.draft(demands, words, **({"actor": staff} | more))
        assert database() == before, sentence


def test_a_draft_takes_more_demands_and_gives_some_back():
    staff = factories.liaison_staff()
    first, second = factories.demand(), factories.demand()
    row = factories.proposal("ready", first)
    row = proposals.add_demands(row, [first, second], actor=staff, version=row.version)
    assert refs(row) == [first.ref, second.ref]
    row = proposals.remove_demand(row, first, actor=staff, version=row.version)
    assert refs(row) == [second.ref]
    with pytest.raises(Refused, match="至少要有一件需求"):
        proposals.remove_demand(row, second, actor=staff)
    with pytest.raises(Stale):
        proposals.add_demands(row, [first], actor=staff, version=row.version - 1)
    assert refs(row) == [second.ref]
    far = factories.demand(area=factories.tree().far_compound)
    with pytest.raises(Refused, match="须在同一个街道"):
        proposals.add_demands(row, [far], actor=factories.superuser())
    found = [(one.action, one.detail) for one in AuditEntry.objects.filter(subject=f"proposal:{row.pk}").order_by("pk")]
    assert found == [("linked", second.ref), ("unlinked", first.ref)]


def test_who_writes_what_and_until_when(database):
    account = factories.member()
    author = factories.committee_member("陈敏", user=account)
    other = factories.committee_member("王磊")
    staff = factories.liaison_staff()
    new = proposals.Words("opinion", "新的案由", "新的情况", "原因", "建议")
    row = factories.proposal(author=author)
    row = proposals.edit(row, new, actor=account, member=author, version=row.version)
    assert (row.title, row.kind, row.analysis) == ("新的案由", "opinion", "原因")
    assert not AuditEntry.objects.filter(subject=f"proposal:{row.pk}").exists()
    ready = proposal_moves.finish(row, actor=account, member=author)
    assert proposals.edit(ready, WORDS, actor=staff).title == WORDS.title
    assert AuditEntry.objects.filter(action="changed").get().detail == "kind, title, situation, analysis, suggestions"
    submitted, community = factories.proposal("submitted", author=author), factories.community_staff()
    before = database()
    for row, acting, sentence in (
        (ready, {"actor": account, "member": author}, "“待报送”的提案不能再修改"),
        (ready, {"actor": account, "member": other}, "只能修改由您提出的提案"),
        (ready, {"actor": community}, "不能修改提案"),
        (submitted, {"actor": staff}, "“已报送”的提案不能再修改"),
    ):
        with pytest.raises(Refused, match=sentence), transaction.atomic():
            proposals.edit(row, new, **acting)
        assert database() == before
    with pytest.raises(TransitionNotAllowed):
        proposals.set_author(submitted, other, actor=factories.auditor())


def test_a_member_who_is_given_a_draft_is_told():
    staff, contact = factories.liaison_staff(), contacts.store(called="", phone="13912345678")
    author = factories.committee_member("陈敏", user=factories.member(), contact=contact)
    row = proposals.draft([factories.demand()], WORDS, author=author, actor=staff)
    message = OutboxMessage.objects.get(template="proposal_given")
    assert (message.contact, message.channel) == (contact, "sms")
    text = outbox.render(message)
    assert text.subject == f"请您修改和定稿：{row.title}"
    assert f"http://portal.example/my/proposals/{row.pk}/" in text.body
    told = OutboxMessage.objects.filter(template="proposal_given").count
    row = proposals.set_author(row, author, actor=staff)
    assert told() == 1
    row = proposals.set_author(proposals.set_author(row, None, actor=staff), author, actor=staff)
    assert told() == 2
    ready = proposal_moves.finish(factories.proposal(), actor=staff)
    proposals.set_author(ready, author, actor=staff)
    other = factories.committee_member("王磊", contact=contacts.store(called="", phone="13912345679"))
    proposals.set_author(factories.proposal(), other, actor=staff)
    assert told() == 2


def test_a_proposal_without_suggestions_is_not_finished():
    row = factories.proposal(suggestions="")
    with pytest.raises(Refused, match="具体建议"):
        proposal_moves.finish(row, actor=factories.liaison_staff())
    with pytest.raises(Refused, match="具体建议"):
        proposal_moves.submit(row, "区政协", actor=factories.liaison_staff())


# --- Days and numbers ------------------------------------------------------------------------------------------------


def test_days_follow_each_other_and_none_is_to_come():
    staff, today = factories.liaison_staff(), clock.today()
    day = datetime.timedelta(days=1)
    row = factories.proposal()
    with pytest.raises(Refused, match="不能晚于今天"):
        proposal_moves.submit(row, "区政协", submitted_on=today + day, actor=staff)
    row = proposal_moves.submit(row, "区政协", submitted_on=today - 9 * day, actor=staff)
    with pytest.raises(Refused, match="不能早于上一步的"):
        proposal_moves.file(row, "2026-1", filed_on=today - 10 * day, actor=staff)
    row = proposal_moves.file(row, "2026-1", filed_on=today - 5 * day, actor=staff)
    with pytest.raises(Refused, match="不能早于上一步的"):
        proposal_moves.close(row, "noted", closed_on=today - 6 * day, actor=staff)
    assert proposal_moves.close(row, "noted", actor=staff).closed_on == today


def test_a_number_is_given_once_by_each_recipient():
    factories.proposal("filed", number="2026-7")
    row = factories.proposal("submitted")
    with pytest.raises(Refused, match="已登记在另一份提案上"):
        proposal_moves.file(row, " 2026-7 ", actor=factories.liaison_staff())
    elsewhere = proposal_moves.submit(factories.proposal(), "市政协", actor=SYSTEM)
    assert proposal_moves.file(elsewhere, "2026-7", actor=SYSTEM).number == "2026-7"


def test_a_filed_proposal_is_among_the_duties_of_its_member():
    staff, author = factories.liaison_staff(), factories.committee_member()
    row = proposal_moves.file(factories.proposal("submitted", author=author), "2026-9", actor=staff)
    [duty] = author.duties.all()
    assert (duty.kind, duty.source, duty.status, duty.day) == ("proposal", "staff", "confirmed", row.filed_on)
    assert duty.text == f"提案：{row.title}（编号 2026-9）"
    old = clock.today() - datetime.timedelta(days=400)
    sent = proposal_moves.submit(factories.proposal(author=author), "区政协", submitted_on=old, actor=staff)
    proposal_moves.file(sent, "2025-1", filed_on=old, actor=staff)
    assert author.duties.count() == 1


def test_a_corrected_number_or_day_is_corrected_in_the_duty_record_too():
    staff, author = factories.liaison_staff(), factories.committee_member()
    before = clock.today() - datetime.timedelta(days=3)
    row = proposal_moves.submit(factories.proposal(author=author), "区政协", submitted_on=before, actor=staff)
    row = proposal_moves.file(row, "2026-9", actor=staff)
    [duty] = author.duties.all()
    records.correct(duty, {"text": f"{duty.text}，联名三人"}, reason="补充", actor=staff)
    for number in ("2026-19", "2026-29"):
        row = proposal_records.correct(row, number=number, actor=staff)
        duty.refresh_from_db()
        assert duty.text == f"提案：{row.title}（编号 {number}），联名三人"
    assert duty.corrections.latest("pk").reason == "提案的登记已更正。"
    row = proposal_records.correct(row, filed_on=row.submitted_on, actor=staff)
    duty.refresh_from_db()
    assert (duty.day, duty.corrections.latest("pk").field) == (row.submitted_on, "day")
    records.void(duty, reason="重复登记", actor=staff)
    assert proposal_records.correct(row, number="2026-39", actor=staff).number == "2026-39"
    duty.refresh_from_db()
    assert "2026-29" in duty.text


# --- What speaks for it ----------------------------------------------------------------------------------------------


def counted(*demands) -> Evidence:
    return evidence.count([one.pk for one in demands])


def test_evidence_counts_how_often_where_since_when_and_what_was_tried():
    tree = factories.tree()
    first = factories.demand(S.IN_PROGRESS, at=JANUARY)
    target = factories.demand(S.CONFIRMED, at=MAY, area=tree.other_compound)
    again = factories.demand(public=True, at=MAY, area=tree.second_compound)
    factories.joined(target)
    services.supports.add(again, "a visitor")
    services.handling.answer(first, "已联系电力公司。", actor=factories.liaison_staff())
    services.recurrence.link(again, target, actor=factories.liaison_staff())
    for agreement in (factories.agreement(), factories.agreement()):
        consulting.link_agreement(first, agreement, actor=SYSTEM)
    found = counted(first, target, again)
    assert (found.reports, found.supporters, found.unfinished, found.again) == (4, 1, 2, 1)
    assert [(str(one), one.count) for one in found.places] == [("桂花社区", 3), ("柳园社区", 1)]
    assert (found.first, found.last) == (JANUARY.date(), MAY.date())
    assert (found.answered, found.agreements, found.kept, found.missed) == (2, 2, 0, 0)
    assert found.refs == (first.ref, target.ref, again.ref)
    assert "".join(evidence.in_words(found)) == (
        "2026年1月至2026年5月，居民先后反映 4 次，另有 1 人附议。涉及桂花社区 3 件、柳园社区 1 件。"
        "已做工作：已答复 2 件，达成约定 2 项，办理后再次出现 1 件。目前还有 2 件没有办结。"
    )


def test_what_was_merged_into_a_merged_demand_counts_too():
    target, middle = factories.demand(), factories.demand()
    for demand, into in ((factories.demand(), middle), (middle, target)):
        services.merging.merge(demand, into, actor=factories.liaison_staff())
    assert counted(target).reports == 3


def test_what_was_withdrawn_does_not_count_and_of_nothing_nothing_is_said():
    assert counted(factories.demand(S.WITHDRAWN)) == counted() == Evidence()
    assert evidence.in_words(Evidence()) == []


@pytest.mark.parametrize("number", [2, 4])
def test_counting_takes_the_same_queries_for_any_number(number, django_assert_num_queries):
    demands = [factories.demand() for _number in range(number)]
    counted(demands[0])  # reads the areas, which are cached
    with django_assert_num_queries(2):
        assert counted(*demands).reports == number


def test_evidence_is_counted_until_it_is_submitted_and_frozen_from_then_on():
    demand, staff = factories.demand(S.RECEIVED, at=JANUARY), factories.liaison_staff()
    row = factories.proposal("draft", demand)
    assert row.frozen_evidence is None
    row = proposal_moves.submit(row, "区政协", actor=staff)
    before = row.frozen_evidence
    assert before == counted(demand)
    services.handling.accept(Demand.objects.get(pk=demand.pk), actor=staff)
    services.supports.add(factories.publish(Demand.objects.get(pk=demand.pk)), "a visitor")
    row = Proposal.objects.get(pk=row.pk)
    assert row.frozen_evidence == before != counted(demand)
    back = proposal_moves.revise(row, actor=staff)
    assert (back.frozen_evidence, back.submitted_on) == (None, None)


def test_evidence_that_an_earlier_release_stored_is_read():
    stored = Evidence(reports=2, refs=("NH-2026-00001",)).as_json
    del stored["asked"]
    assert Evidence.of_json(stored) == Evidence(reports=2, refs=("NH-2026-00001",))


def test_what_residents_withdrew_meanwhile_is_not_sent_in():
    demand = factories.demand()
    row = factories.proposal("draft", demand)
    services.residents.withdraw(demand, actor=SYSTEM)
    with pytest.raises(Refused, match="都已撤回"):
        proposal_moves.submit(row, "区政协", actor=SYSTEM)


def test_evidence_is_said_in_english_too():
    with translation.override("en"):
        sentences = evidence.in_words(counted(factories.demand(at=JANUARY)))
    assert sentences == ["Reported once in January 2026.", "Where: Guihua Community (1).", "1 is still open."]


# --- What comes up again and again -----------------------------------------------------------------------------------

LAMPS = (
    "小区北门内侧路灯整段不亮，晚上一片漆黑",
    "小区北门进来路灯整段不亮，已经两周",
    "小区北门内侧的路灯整段都不亮了",
)


def lamps(**values) -> list[Demand]:
    return [factories.demand(description=text, **values) for text in LAMPS]


def problems(user=None, **narrowed) -> list[list[str]]:
    found = suggestions.proposals.recurring(user or factories.liaison_staff(), **narrowed)
    return [[demand.ref for demand in problem.demands] for problem in found]


def test_what_comes_up_three_times_is_a_problem_and_twice_is_none():
    again = lamps()
    factories.demand(description="希望附近有个老年食堂，买菜做饭越来越吃力")
    assert problems() == [[one.ref for one in again]]
    [problem] = suggestions.proposals.recurring(factories.liaison_staff())
    assert "路灯整段" in "".join(problem.words)
    assert [(str(area), count) for area, count in problem.places] == [("桂花社区", 3)]
    assert (problem.unfinished, problem.supporters) == (3, 0)
    services.residents.withdraw(again[0], actor=SYSTEM)
    assert problems() == []


def test_problems_are_of_one_category_and_of_places_that_the_user_sees():
    other = factories.category("other-kind")
    again = lamps()
    assert problems(subject=other) == [] and len(problems(subject=again[0].category)) == 1
    tree = factories.tree()
    assert len(problems(within=tree.community)) == 1 and problems(within=tree.other_community) == []
    assert problems(factories.liaison_staff("far", tree.far_subdistrict)) == []


def test_what_is_old_or_in_a_proposal_already_is_not_suggested_again():
    lamps(at=JANUARY - datetime.timedelta(days=900))
    assert problems() == []
    again = lamps()
    row = factories.proposal("draft", *again)
    assert problems() == []
    proposal_moves.withdraw(row, "author", actor=SYSTEM)
    assert problems() == [[one.ref for one in again]]


def test_no_number_of_a_resident_is_among_the_words():
    for text in LAMPS:
        factories.demand(description=f"{text}，请打 13912345678")
    [problem] = suggestions.proposals.recurring(factories.liaison_staff())
    assert "1391" not in "".join(problem.words)
