"""The same trouble again: not merged into what has ended, but linked to it and handled by itself."""

import pytest
from django.db import IntegrityError, transaction

from demands import services
from demands.models import Demand, MessageKind
from demands.services import recurrence
from demands.statistics.rows import rows
from demands.workflow import DemandStatus as S
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"
ENDED = ("resolved", "confirmed", "declined")


def link(demand: Demand, earlier: Demand | None, **values) -> Demand:
    return recurrence.link(demand, earlier, actor=factories.liaison_staff(), **values)


def notes(demand: Demand) -> list[str]:
    return list(demand.messages.filter(kind=MessageKind.NOTE).order_by("pk").values_list("body", flat=True))


def fresh(demand: Demand) -> Demand:
    return Demand.objects.with_place().get(pk=demand.pk)


def finished_in_parts() -> Demand:
    whole = factories.demand("split")
    for part in whole.parts.all():
        for to in (S.ACCEPTED, S.RESOLVED):
            if fresh(part).status != to:
                factories.move(fresh(part), to)
    return whole


# --- Merging ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ENDED)
def test_into_what_has_ended_nothing_is_merged_and_the_way_out_is_named(status, database):
    target, demand = factories.demand(status), factories.demand()
    before = database()
    with pytest.raises(TransitionNotAllowed) as refusal, transaction.atomic():
        services.merging.merge(demand, target, actor=factories.liaison_staff())
    label = target.get_status_display()
    assert str(refusal.value) == (
        f"{target.ref} 已结束（{label}），不能再并入。问题再次出现的，请用“再次出现”关联，这一件照常办理。"
    )
    assert database() == before


def test_a_split_demand_takes_others_until_its_last_part_has_ended():
    whole = factories.demand("split")
    first = whole.parts.earliest("pk")
    for to in (S.ACCEPTED, S.RESOLVED):
        if fresh(first).status != to:
            factories.move(fresh(first), to)
    factories.move(factories.demand(), "merged", target=whole)
    with pytest.raises(TransitionNotAllowed, match="已结束（已拆分办理）"):
        factories.move(factories.demand(), "merged", target=finished_in_parts())


def test_unworked_it_cannot_count_as_resolved():
    target, demand = factories.demand("confirmed"), factories.demand()
    with pytest.raises(TransitionNotAllowed):
        factories.move(demand, "merged", target=target)
    link(demand, target)
    said = sorted(flag for row in rows(clock.now()) for flag in row.flags if flag in ("stands_resolved", "open"))
    assert said == ["open", "stands_resolved"]


# --- The link --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ENDED)
def test_a_demand_is_linked_to_the_finished_one_and_goes_on_by_itself(status):
    earlier, demand = factories.demand(status), factories.demand("accepted")
    demand = link(demand, earlier, version=demand.version)
    assert (demand.again_of, demand.status) == (earlier, "accepted")
    assert notes(demand) == [f"{earlier.ref} 办理过的问题再次出现。"]
    assert notes(earlier) == [f"同样的问题再次出现，见 {demand.ref}。"]
    entry = AuditEntry.objects.get(action="linked")
    assert (entry.subject, entry.detail) == (demand.ref, earlier.ref)


def test_linked_again_to_the_same_nothing_happens_and_to_another_it_moves():
    first, second, demand = factories.demand("resolved"), factories.demand("resolved"), factories.demand()
    link(demand, first)
    version = fresh(demand).version
    link(demand, first)
    assert fresh(demand).version == version
    link(demand, second)
    assert fresh(demand).again_of == second
    assert notes(demand)[-2:] == [f"不再关联 {first.ref}。", f"{second.ref} 办理过的问题再次出现。"]


def test_a_link_is_taken_back():
    earlier, demand = factories.demand("resolved"), factories.demand()
    link(demand, earlier)
    link(demand, None)
    assert fresh(demand).again_of is None
    assert AuditEntry.objects.filter(action="unlinked", subject=demand.ref, detail=earlier.ref).exists()
    link(demand, None)
    assert AuditEntry.objects.filter(action="unlinked").count() == 1


def test_a_stale_page_links_nothing():
    earlier, demand = factories.demand("resolved"), factories.demand()
    with pytest.raises(Stale):
        link(demand, earlier, version=demand.version + 1)


def refusals() -> list[tuple[str, Demand, Demand]]:
    resolved, own = factories.demand("resolved"), factories.demand()
    merged = factories.demand("merged")
    circle = factories.demand("resolved")
    link(circle, resolved)
    return [
        ("尚未办结。如为同一件事，请并入该需求。", own, factories.demand("in_progress")),
        ("尚未办结。如为同一件事，请并入该需求。", own, factories.demand("split")),
        ("已由居民撤回，没有办理过。", own, factories.demand("withdrawn")),
        (f"已并入 {merged.merged_into.ref}，请关联 {merged.merged_into.ref}。", own, merged),
        ("是", resolved, resolved),
        (f"{circle.ref} 是 {resolved.ref} 之后再次出现的，不能反向关联。", resolved, circle),
        ("已撤回或已并入其他需求，无需关联。", factories.demand("withdrawn"), resolved),
        ("已撤回或已并入其他需求，无需关联。", factories.demand("merged"), resolved),
    ]


def test_what_will_not_do_is_refused_in_a_sentence(database):
    rows = refusals()
    before = database()
    for sentence, demand, earlier in rows:
        with pytest.raises(Refused) as refusal, transaction.atomic():
            link(fresh(demand), earlier)
        assert sentence in str(refusal.value)
    assert database() == before


def test_the_database_knows_that_no_demand_is_itself_again():
    demand = factories.demand("resolved")
    with pytest.raises(IntegrityError, match="demand_not_again_of_itself"), transaction.atomic():
        Demand.objects.filter(pk=demand.pk).update(again_of=demand)


def test_a_demand_finished_in_parts_may_come_again():
    assert link(factories.demand(), finished_in_parts()).again_of.status == "split"


# --- The pages -------------------------------------------------------------------------------------------------------


def test_staff_link_it_beside_merging_and_see_it_on_both_pages(liaison_client):
    earlier, demand = factories.demand("confirmed"), factories.demand()
    page, other = (f"{LIST}{one.pk}/change/" for one in (demand, earlier))
    html = liaison_client.get(page).content.decode()
    assert html.rindex("并入相同需求…") < html.rindex(">再次出现…")
    shown = words(liaison_client.get(f"{LIST}{demand.pk}/again/?earlier={earlier.ref}"))
    assert "这一件照常办理，期限不变" in shown
    data = {"earlier": earlier.ref.lower(), "version": demand.version}
    assert liaison_client.post(f"{LIST}{demand.pk}/again/", data).status_code == 302
    assert f"之前办理过 居民已确认 {earlier.ref}" in words(liaison_client.get(page))
    assert f"再次出现 已收到 {demand.ref}" in words(liaison_client.get(other))
    # What is linked stands in the form; left empty, it is taken back.
    assert f'value="{earlier.ref}"' in liaison_client.get(f"{LIST}{demand.pk}/again/").content.decode()
    data = {"earlier": "", "version": fresh(demand).version}
    liaison_client.post(f"{LIST}{demand.pk}/again/", data)
    assert fresh(demand).again_of is None


def test_what_is_wrong_is_said_beside_the_form(liaison_client):
    demand, running = factories.demand(), factories.demand("in_progress")
    elsewhere = factories.demand("resolved", area=factories.tree().far_compound)
    for ref, sentence in ((running.ref, "尚未办结"), (elsewhere.ref, "没有找到这个编号的需求"), ("x", "没有找到")):
        data = {"earlier": ref, "version": demand.version}
        response = liaison_client.post(f"{LIST}{demand.pk}/again/", data)
        assert response.status_code == 422
        assert sentence in words(response)


def test_a_similar_demand_that_has_ended_is_offered_as_come_again(liaison_client):
    text = "听荷苑北门内侧路灯整段不亮，晚上看不清台阶。"
    ended, running, demand = (
        factories.demand(status, description=text) for status in ("resolved", "accepted", "received")
    )
    services.words.count_words()
    html = liaison_client.get(f"{LIST}{demand.pk}/change/").content.decode()
    assert f"/{demand.pk}/again/?earlier={ended.ref}" in html
    assert f"/{demand.pk}/move/merged/?target={running.ref}" in html
    assert f"target={ended.ref}" not in html


def test_a_merged_or_withdrawn_demand_has_no_button(liaison_client, community_client):
    for status in ("merged", "withdrawn"):
        demand = factories.demand(status)
        assert "标为再次出现…" not in liaison_client.get(f"{LIST}{demand.pk}/change/").content.decode()
        assert liaison_client.get(f"{LIST}{demand.pk}/again/").status_code == 302
    demand = factories.demand()
    assert "标为再次出现…" not in community_client.get(f"{LIST}{demand.pk}/change/").content.decode()


def test_both_public_pages_name_the_other_where_both_are_public(resident):
    earlier, demand = factories.demand("resolved", public=True), factories.demand()
    link(demand, earlier)
    assert "再次出现：" not in words(resident.get(f"/demands/{earlier.ref}/"))
    demand = factories.publish(fresh(demand), title="路灯又不亮了")
    assert "再次出现： 路灯又不亮了 已收到" in words(resident.get(f"/demands/{earlier.ref}/"))
    assert "之前办理过： 3 号门外路灯不亮 已办结，待居民确认" in words(resident.get(f"/demands/{demand.ref}/"))
    services.publishing.unpublish(fresh(earlier), actor=factories.liaison_staff())
    assert "之前办理过" not in words(resident.get(f"/demands/{demand.ref}/"))


def test_what_came_again_and_again_is_told_at_each(resident):
    first, second, third = (factories.demand("resolved", public=True) for _time in range(3))
    link(second, first)
    link(third, second)
    shown = words(resident.get(f"/demands/{second.ref}/"))
    assert "之前办理过" in shown
    assert "再次出现：" in shown


def test_erasing_one_leaves_the_link(resident):
    earlier, demand = factories.demand("resolved", public=True), factories.demand(public=True)
    link(demand, earlier)
    services.handling.erase(fresh(earlier), actor=factories.liaison_staff())
    assert fresh(demand).again_of == earlier
    assert "之前办理过" not in words(resident.get(f"/demands/{demand.ref}/"))
