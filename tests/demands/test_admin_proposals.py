"""Proposals in the admin: from ticked demands to the outcome, by whom, and what others see of them."""

import io
import re

import pytest
from docx import Document

from demands.models import Proposal
from demands.services import proposal_records, proposals
from demands.workflow import DemandStatus as S
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Refused
from tests import factories
from tests.pages import form, forms, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST, DEMANDS = "/admin/demands/proposal/", "/admin/demands/demand/"


def page(row, name: str = "change") -> str:
    return f"{LIST}{row.pk}/{name}/"


def stored(row) -> Proposal:
    return Proposal.objects.get(pk=row.pk)


def test_ticked_demands_become_a_draft_that_begins_with_what_speaks_for_it(liaison_client):
    author = factories.committee_member()
    demands = [factories.demand(public=True), factories.demand(area=factories.tree().other_compound)]
    ticked = {"action": "propose_chosen", "_selected_action": [one.pk for one in demands]}
    sent = liaison_client.post(DEMANDS, ticked)
    assert sent.url == f"{LIST}draft/?demand={demands[0].pk}&demand={demands[1].pk}"
    asked = liaison_client.get(sent.url)
    written = form(asked, "situation")
    assert written.values["title"] == f"关于解决湖东街道{demands[0].category.name}问题的建议"
    assert written.values["situation"] == f"居民反映的具体问题有：{demands[0].public_title}。"
    text = words(asked)
    assert "居民反映 2 次。 涉及桂花社区 1 件、柳园社区 1 件。 目前还有 2 件没有办结。" in text
    assert "加入已有的提案" not in text
    refused = written.send(liaison_client, sent.url, title="", suggestions="致电 13812345678")
    assert refused.status_code == 422
    assert "请填写案由" in words(refused) and "手机号" in words(refused)
    assert form(refused, "situation").values["suggestions"] == "致电 13812345678"
    unwritten = f"{LIST}draft/?demand={demands[1].pk}"
    assert form(liaison_client.get(unwritten), "situation").values["situation"] == ""
    made = written.send(liaison_client, sent.url, author=str(author.pk), suggestions="统一检修。")
    row = Proposal.objects.get()
    assert (made.url, row.author, row.suggestions) == (page(row), author, "统一检修。")
    assert written.send(liaison_client, sent.url, author=str(author.pk), suggestions="统一检修。").url == made.url
    assert Proposal.objects.get() == row
    shown = words(liaison_client.get(made.url))
    for text in (
        "草稿已保存",
        "起草中",
        demands[0].ref,
        demands[1].ref,
        "涉及桂花社区 1 件、柳园社区 1 件。",
        "政协委员 陈敏提出",
    ):
        assert text in shown


def test_more_demands_join_a_draft_and_leave_it(liaison_client):
    row, demand, typed = factories.proposal(), factories.demand(), factories.demand()
    join = f"{LIST}join/?demand={demand.pk}"
    assert f'href="{join}"' in liaison_client.get(f"{LIST}draft/?demand={demand.pk}").content.decode()
    assert form(liaison_client.get(join), "into").send(liaison_client, join, into=str(row.pk)).url == page(row)
    add = form(liaison_client.get(page(row, "add-demands")), "demands")
    refused = add.send(liaison_client, page(row, "add-demands"), demands=f"{typed.ref}，NH-2020-00001 八")
    assert "没有找到这些编号：NH-2020-00001、八。" in words(refused)
    assert add.send(liaison_client, page(row, "add-demands"), demands=f"{typed.ref}，{demand.ref}").status_code == 302
    assert set(row.demands.values_list("pk", flat=True)) >= {demand.pk, typed.pk}
    address = f"{LIST}{row.pk}/demands/{demand.pk}/remove/"
    take_out = next(one for one in forms(liaison_client.get(page(row))) if one.action == address)
    assert take_out.send(liaison_client).status_code == 302
    assert not row.demands.filter(pk=demand.pk).exists()
    # The page that is shown is older now.
    assert take_out.send(liaison_client).status_code in (302, 404)
    stale = form(liaison_client.get(page(row, "edit")), "situation")
    proposals.add_demands(row, [demand], actor=liaison_client.user)
    assert stale.send(liaison_client, page(row, "edit"), title="新的案由").status_code == 409
    assert stored(row).title == row.title


def test_staff_send_it_in_and_record_what_came_of_it(liaison_client):
    row = factories.proposal("ready")
    today = clock.today().isoformat()
    steps = [
        ("submitted", {"recipient": "区政协"}, "请填写报送单位", {"recipient": ""}),
        ("filed", {"number": "2026-045"}, "请填写立案号或编号", {"number": ""}),
        (
            "replied",
            {"reply": "已列入计划。", "replied_by": "区城管局"},
            "日期不能早于上一步的",
            {"replied_on": "2020-01-01"},
        ),
        (
            "closed",
            {"outcome": "partly", "outcome_reason": "planned"},
            "请选择未全部采纳的原因",
            {"outcome_reason": ""},
        ),
    ]
    for to, given, sentence, wrong in steps:
        address = page(row, f"move/{to}")
        assert address in liaison_client.get(page(row)).content.decode()
        asked = form(liaison_client.get(address), "version")
        refused = asked.send(liaison_client, address, **(given | wrong))
        assert refused.status_code == 422 and sentence in words(refused), to
        assert asked.send(liaison_client, address, **given).status_code == 302, to
        assert stored(row).status == to
    done = stored(row)
    days = {done.submitted_on.isoformat(), done.filed_on.isoformat(), done.replied_on.isoformat()}
    assert days == {today}
    response = liaison_client.get(page(row))
    shown = words(response)
    for text in ("区政协", "2026-045", "已列入计划。", "部分采纳", "已列入计划，逐步解决", "报送时的统计，不再变动"):
        assert text in shown
    assert page(row, "edit") not in response.content.decode()
    assert liaison_client.get(page(row, "edit")).status_code == 302


def test_a_slip_in_what_was_recorded_is_corrected_and_audited(liaison_client):
    factories.proposal("filed", number="2026-1")
    row = factories.proposal("closed")
    address = page(row, "correct")
    assert address in liaison_client.get(page(row)).content.decode()
    typed = form(liaison_client.get(address), "number", "reply", "outcome_reason")
    for wrong, sentence in (
        ({"number": ""}, "请填写立案号或编号"),
        ({"number": "2026-1"}, "已登记在另一份提案上"),
        ({"outcome": "partly"}, "请选择未全部采纳的原因"),
        ({"filed_on": "2020-01-01"}, "不能早于上一步的"),
    ):
        refused = typed.send(liaison_client, address, **wrong)
        assert refused.status_code == 422 and sentence in words(refused), wrong
    with pytest.raises(Refused, match="不能留空"):
        proposal_records.correct(row, reply=" ", actor=liaison_client.user)
    assert stored(row).version == row.version
    assert typed.send(liaison_client, address, number="2026-046", reply="已列入今年计划。").url == page(row)
    assert (stored(row).number, stored(row).reply, stored(row).status) == ("2026-046", "已列入今年计划。", "closed")
    assert AuditEntry.objects.get(action="corrected", subject=f"proposal:{row.pk}").detail == "number, reply"
    assert typed.send(liaison_client, address, number="2026-047").status_code == 409
    assert liaison_client.get(page(factories.proposal("submitted"), "correct")).status_code == 302


@each_row(
    ("status", "main", "others", "withdrawal"),
    [
        ("draft", ["定稿，待报送"], ["报送…"], True),
        ("ready", ["报送…"], ["继续修改"], True),
        ("submitted", ["登记立案号或编号…"], ["记为未立案…", "退回修改…"], True),
        ("replied", ["登记结果…"], [], False),
        ("withdrawn", [], [], False),
    ],
    warm=True,
)
def test_the_usual_move_of_a_status_stands_out_and_withdrawing_does_not(
    liaison_client, status, main, others, withdrawal
):
    source = liaison_client.get(page(factories.proposal(status))).content.decode()
    parts = re.split(r'<div class="other-acts">|<ul class="moves quiet"|<div class="columns">', source)[:3]
    first, second, quiet = [re.findall(r'class="button"[^>]*>([^<]+)<', part) for part in parts]
    assert (first, second) == (main, others)
    assert (quiet[-1] == "撤回…") == withdrawal


def test_reasons_that_are_offered_fit_the_move(liaison_client):
    row = factories.proposal("submitted")
    offered = {
        to: [
            text
            for text in ("已有内容相同的提案", "问题已经解决")
            if text in words(liaison_client.get(page(row, f"move/{to}")))
        ]
        for to in ("not_filed", "withdrawn")
    }
    assert offered == {"not_filed": ["已有内容相同的提案"], "withdrawn": ["问题已经解决"]}


def test_who_works_for_a_part_of_the_subdistrict_sees_its_proposals_and_changes_none(client):
    staff = factories.liaison_staff("part", factories.tree().community)
    client.force_login(staff)
    here, there = factories.demand(), factories.demand(area=factories.tree().other_compound)
    row = factories.proposal("draft", here, there)
    shown = client.get(page(row))
    assert here.ref in words(shown) and there.ref not in words(shown)
    assert "另有 1 件不在您的工作范围里" in words(shown)
    assert page(row, "edit") not in shown.content.decode() and "/move/" not in shown.content.decode()
    assert client.get(page(row, "edit")).status_code == 302
    assert client.post(page(row, "move/ready"), {"version": row.version}).status_code == 302
    assert client.get(f"{LIST}draft/?demand={there.pk}").status_code == 404
    draft = f"{LIST}draft/?demand={here.pk}"
    refused = form(client.get(draft), "situation").send(client, draft, situation="灯不亮。")
    assert "不全在您的工作范围里" in words(refused)
    assert (stored(row).status, Proposal.objects.count()) == ("draft", 1)


def test_another_subdistrict_sees_nothing_of_it(client):
    client.force_login(factories.liaison_staff("far", factories.tree().far_subdistrict))
    row = factories.proposal()
    assert row.title not in words(client.get(LIST))
    for name in ("change", "edit", "set-author", "add-demands", "move/ready"):
        assert client.get(page(row, name)).status_code == 404, name


def test_the_list_narrows_to_what_waits(liaison_client):
    factories.proposal("ready", title="关于甲的建议")
    factories.proposal("filed", title="关于乙的建议")
    ready, waiting = (words(liaison_client.get(f"{LIST}?queue={name}")) for name in ("ready", "waiting"))
    assert "关于甲的建议" in ready and "关于乙的建议" not in ready
    assert "关于乙的建议" in waiting and "关于甲的建议" not in waiting
    assert "提案待报送" in words(liaison_client.get("/admin/"))


@pytest.mark.parametrize("number", [1, 3])
def test_pages_of_staff_keep_to_their_queries(liaison_client, number, django_assert_num_queries):
    demands = [factories.demand(S.ACCEPTED) for _number in range(number)]
    rows = [factories.proposal("draft", *demands, title=f"关于第 {one} 件事的建议") for one in range(number)]
    keys = "&".join(f"demand={one.pk}" for one in demands)
    for address, expected in ((LIST, 6), (page(rows[0]), 10), (f"{LIST}draft/?{keys}", 9)):
        liaison_client.get(address)
        with django_assert_num_queries(expected):
            assert liaison_client.get(address).status_code == 200


def test_a_problem_that_comes_up_again_leads_to_a_draft_of_the_ticked_demands(
    liaison_client, django_assert_num_queries
):
    texts = (
        "小区北门内侧路灯整段不亮，晚上一片漆黑",
        "小区北门进来路灯整段不亮，已经两周",
        "小区北门内侧的路灯整段都不亮了",
    )
    demands = [factories.demand(description=text) for text in texts]
    page = f"{LIST}recurring/"
    assert f'href="{page}"' in liaison_client.get(LIST).content.decode()
    shown = liaison_client.get(page)
    assert "出现 3 次" in words(shown) and "桂花社区 3" in words(shown) and "3 件未结束" in words(shown)
    source = shown.content.decode()
    assert all(f'name="demand" value="{one.pk}" checked' in source for one in demands)
    ticked = f"{LIST}draft/?demand={demands[0].pk}&demand={demands[2].pk}"
    assert "居民反映 2 次" in words(liaison_client.get(ticked))
    assert liaison_client.get(f"{page}?subject=99").status_code == 422
    assert "没有找到反复出现的问题" in words(
        liaison_client.get(f"{page}?community={factories.tree().other_community.pk}")
    )
    with django_assert_num_queries(5):
        liaison_client.get(page)


# --- As a paper ------------------------------------------------------------------------------------------------------


def test_the_paper_and_its_word_file_say_the_same_and_name_public_demands_alone(liaison_client):
    public, secret = factories.demand(public=True), factories.demand(description="不想公开的话")
    author = factories.committee_member("陈敏", level="district")
    row = factories.proposal("filed", public, secret, author=author, analysis="灯具老化。")
    shown = liaison_client.get(page(row))
    assert page(row, "paper") in shown.content.decode()
    printed = words(liaison_client.get(page(row, "paper")))
    response = liaison_client.get(f"{LIST}{row.pk}/paper.docx")
    assert response["Content-Disposition"] == f'attachment; filename="proposal-{row.pk}.docx"'
    document = Document(io.BytesIO(response.content))
    cells = [cell.text for table in document.tables for line in table.rows for cell in line.cells]
    file = "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    for text in (
        *(row.title, "提案（2026-045）", "一、情况和原因", "居民反映路灯不亮。", "居民反映 2 次。", "灯具老化。"),
        *(
            "二、具体建议",
            "统一检修。",
            public.ref,
            public.public_title,
            "另有 1 件没有公开，未列出。",
            "区政协委员 陈敏",
        ),
    ):
        assert text in printed and text in file, text
    assert secret.ref not in printed + file and "不想公开" not in printed + file


def test_the_page_of_a_demand_names_the_proposals_it_is_in(liaison_client, django_assert_max_num_queries):
    demand = factories.demand()
    row = factories.proposal("draft", demand)
    shown = liaison_client.get(f"{DEMANDS}{demand.pk}/change/")
    assert page(row) in shown.content.decode() and "起草中" in words(shown)
    with django_assert_max_num_queries(20):
        liaison_client.get(f"{DEMANDS}{demand.pk}/change/")
