"""What the public reads of proposals, and what the member who signs one does in the workspace."""

import pytest

from demands.models import Demand, Proposal
from demands.services import proposal_moves, proposals
from foundation.actors import SYSTEM
from tests import factories
from tests.pages import form, forms, words

pytestmark = pytest.mark.django_db

MINE = "/my/proposals/"


def stored(row) -> Proposal:
    return Proposal.objects.get(pk=row.pk)


# --- For everybody ---------------------------------------------------------------------------------------------------


def test_only_what_is_on_record_is_public(resident):
    rows = {
        status: factories.proposal(status, title=f"关于{status}的建议", number=f"2026-{status}")
        for status in ("draft", "ready", "submitted", "filed", "replied", "closed", "not_filed", "withdrawn")
    }
    listed = words(resident.get("/proposals/"))
    found = {status for status, row in rows.items() if resident.get(f"/proposals/{row.pk}/").status_code == 200}
    assert found == {status for status in rows if f"关于{status}的建议" in listed} == {"filed", "replied", "closed"}


def test_a_proposal_shows_its_public_demands_alone_with_reply_and_outcome(resident):
    public = factories.demand(public=True)
    secret = factories.demand(description="不想公开的话")
    author = factories.committee_member("陈敏")
    row = factories.proposal("replied", public, secret, author=author, analysis="灯具老化。")
    row = proposal_moves.close(row, "partly", outcome_reason="no_funds", actor=SYSTEM)
    page = resident.get(f"/proposals/{row.pk}/")
    shown = words(page)
    for text in (
        *("已有结果", "政协委员 陈敏", "居民反映 2 次", "灯具老化。", "统一检修。", "2026-045", "区政协"),
        *("已列入明年计划。", "区城管局", "部分采纳 · 经费尚未落实", public.public_title),
    ):
        assert text in shown, text
    assert secret.ref not in page.content.decode() and "不想公开" not in shown
    Demand.objects.filter(pk=public.pk).update(published_at=None)
    assert "写进的需求没有公开" in words(resident.get(f"/proposals/{row.pk}/"))


def test_a_demand_shows_the_proposal_it_is_in_once_that_is_on_record(resident):
    demand = factories.demand(public=True)
    page = f"/demands/{demand.ref}/"
    row = factories.proposal("submitted", demand, kind="opinion")
    assert row.title not in words(resident.get(page))
    row = proposal_moves.file(row, "SQ-12", actor=SYSTEM)
    shown = resident.get(page)
    assert f'href="/proposals/{row.pk}/"' in shown.content.decode()
    assert f"写入社情民意信息： {row.title} 已收录 编号 SQ-12" in words(shown)
    proposal_moves.close(row, "adopted", actor=SYSTEM)
    assert "编号 SQ-12 · 结果：采纳" in words(resident.get(page))
    resident.cookies["lang"] = "en"
    english = words(resident.get(page))
    assert f"Report of public opinion that includes it: {row.title}" in english and "Outcome: Adopted" in english


@pytest.mark.parametrize("number", [1, 3])
def test_public_pages_keep_to_their_queries(resident, number, django_assert_num_queries):
    demands = [factories.demand(public=True) for _number in range(number)]
    rows = [factories.proposal("closed", *demands, number=f"2026-{one}") for one in range(number)]
    for address, expected in (("/proposals/", 2), (f"/proposals/{rows[0].pk}/", 2), (f"/demands/{demands[0].ref}/", 2)):
        resident.get(address)
        with django_assert_num_queries(expected):
            assert resident.get(address).status_code == 200


# --- For the member --------------------------------------------------------------------------------------------------


@pytest.fixture
def author(member_client):
    return factories.committee_member("陈敏", user=member_client.user)


def test_a_member_edits_the_draft_given_to_them_and_finishes_it(member_client, author):
    row = factories.proposal(author=author, suggestions="")
    assert row.title in words(member_client.get("/my/"))
    assert row.title in words(member_client.get(MINE))
    page, edit = f"{MINE}{row.pk}/", f"{MINE}{row.pk}/edit/"
    assert member_client.get(f"{page}paper.docx")["Content-Disposition"].endswith(f'"proposal-{row.pk}.docx"')
    written = form(member_client.get(edit), "situation")
    refused = written.send(member_client, edit, title="", suggestions="致电 13812345678")
    assert refused.status_code == 422 and "请填写案由" in words(refused)
    assert form(refused, "situation").values["suggestions"] == "致电 13812345678"
    finish = next(one for one in forms(member_client.get(page)) if one.action.endswith("/move/ready/"))
    assert "请先写好具体建议" in words(member_client.get(finish.send(member_client).url))
    assert written.send(member_client, edit, title="新的案由", suggestions="统一检修。").url == page
    # The page with the older version does nothing.
    assert "刚刚被他人修改" in words(member_client.get(finish.send(member_client).url))
    finish = next(one for one in forms(member_client.get(page)) if one.action.endswith("/move/ready/"))
    assert "已定稿，等待工作人员报送" in words(member_client.get(finish.send(member_client).url))
    assert (stored(row).status, stored(row).title) == ("ready", "新的案由")
    assert member_client.get(edit).url == page
    back = next(one for one in forms(member_client.get(page)) if one.action.endswith("/move/draft/"))
    assert back.send(member_client).url == page and stored(row).status == "draft"


def test_a_stale_edit_keeps_what_was_typed_and_saves_nothing(member_client, author):
    row = factories.proposal(author=author)
    edit = f"{MINE}{row.pk}/edit/"
    written = form(member_client.get(edit), "situation")
    proposals.edit(row, proposals.Words("proposal", "同事改的", "情况"), actor=factories.liaison_staff())
    stale = written.send(member_client, edit, title="我改的")
    assert stale.status_code == 409 and form(stale, "situation").values["title"] == "我改的"
    assert stored(row).title == "同事改的"


def test_what_is_not_theirs_to_see_or_do_is_not_there(member_client, author):
    other, row = factories.proposal(), factories.proposal(author=author)
    for address in (f"{MINE}{other.pk}/", f"{MINE}{other.pk}/edit/"):
        assert member_client.get(address).status_code == 404
    assert member_client.post(f"{MINE}{other.pk}/move/ready/", {"version": 0}).status_code == 404
    assert member_client.post(f"{MINE}{row.pk}/move/submitted/", {"version": row.version}).status_code == 404
    member_client.post(f"{MINE}{row.pk}/move/ready/", {"version": "x"})
    assert stored(row).status == "draft"
    assert other.title not in words(member_client.get(MINE)).replace(row.title, "", 1)
