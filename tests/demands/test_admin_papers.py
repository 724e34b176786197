"""The papers about a demand: what they say, what they mask, and the contact in them for a recorded reason."""

import datetime
import io

import pytest
from docx import Document

from consultation.models import PaperTemplate
from demands import services
from demands.models import Unit
from demands.workflow import DemandStatus as S
from foundation import clock
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.portal import Portal
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OWN_WORDS = "楼梯口的灯坏了，晚上看不清。\n请打 13912345678 找我。"
CONTACT = {"called": "王阿姨", "phone": "13912345678"}


@pytest.fixture
def demand():
    factories.one_subdistrict()
    Portal.objects.update_or_create(pk=1, defaults={"organiser": "政协湖东街道联络委", "phone": "027-80000000"})
    made = factories.demand(S.IN_PROGRESS, description=OWN_WORDS, place="3 栋东侧", **CONTACT)
    services.units.set_unit(
        made, Unit.objects.create(name="桂花苑物业", kind="property_manager"), actor=factories.liaison_staff()
    )
    made.refresh_from_db()
    return made


def address(demand, path: str = "") -> str:
    return f"/admin/demands/demand/{demand.pk}/papers/{path}"


def word_of(response) -> str:
    """All words of a Word file, the tables' last."""
    assert response["Content-Type"] == WORD
    document = Document(io.BytesIO(response.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def acts() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(action="contact_revealed").order_by("pk")
    return [(entry.subject, entry.actor.username, entry.detail) for entry in entries]


def test_three_clicks_lead_to_a_paper(demand, liaison_client, django_assert_max_num_queries):
    assert address(demand) in liaison_client.get(f"/admin/demands/demand/{demand.pk}/change/").content.decode()
    with django_assert_max_num_queries(12):
        page = liaison_client.get(address(demand))
    assert "转办单 Word 文件 打印页 含个人信息… 交办函 Word 文件 打印页 含个人信息… 答复函" in words(page)
    for path in ("handover.docx", "handover/", "charge.docx", "charge/", "handover/reveal/"):
        assert address(demand, path) in page.content.decode()


def test_the_page_and_word_of_a_handover_say_the_same(demand, liaison_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = words(liaison_client.get(address(demand, "handover/")))
    response = liaison_client.get(address(demand, "handover.docx"))
    assert response["Content-Disposition"] == f'attachment; filename="{demand.ref}-handover.docx"'
    word = word_of(response)
    due, received = demand.resolution_due, clock.today()
    for text in (
        "居民需求转办单",
        "桂花苑物业：",
        f"请于{due.year}年{due.month}月{due.day}日前办理",
        demand.ref,
        "桂花社区 · 桂花苑",
        "3 栋东侧",
        f"{received.year}年{received.month}月{received.day}日（网页）",
        "楼梯口的灯坏了，晚上看不清。",
        "139****5678",
        "办理结果",
        "政协湖东街道联络委",
    ):
        assert text in page, text
        assert text in word, text
    assert "13912345678" not in page + word and "王阿姨" not in page + word
    assert "no-store" in response["Cache-Control"] and acts() == []


def test_papers_are_chinese_on_an_english_page(demand, liaison_client):
    liaison_client.cookies["lang"] = "en"
    page = words(liaison_client.get(address(demand, "handover/")))
    assert "Download as Word" in page and "居民需求转办单" in page and "（网页）" in page


def test_what_an_outside_office_was_asked_stands_in_it(demand, liaison_client):
    asked = factories.office_request(demand, question="能否本月修好？")
    until = asked.expires_at.astimezone(datetime.timezone(datetime.timedelta(hours=8)))
    page = words(liaison_client.get(address(demand, "handover/")))
    assert "能否本月修好？" in page and f"请于{until.year}年{until.month}月{until.day}日前" in page


def test_a_deadline_that_is_past_is_left_to_be_written(demand, liaison_client):
    type(demand).objects.filter(pk=demand.pk).update(
        response_due=datetime.date(2026, 1, 5), resolution_due=datetime.date(2026, 1, 9)
    )
    assert "请于＿＿＿年＿＿月＿＿日前办理" in words(liaison_client.get(address(demand, "handover/")))


def test_approved_photos_are_in_a_handover(demand, liaison_client):
    factories.photo(demand, review="approved", alt="楼梯口")
    factories.photo(demand, review="rejected", alt="行人")
    page = liaison_client.get(address(demand, "handover/")).content.decode()
    assert 'alt="楼梯口"' in page and "行人" not in page
    word = Document(io.BytesIO(liaison_client.get(address(demand, "handover.docx")).content))
    assert 'descr="楼梯口"' in word.element.xml


def test_a_reply_needs_an_answer_and_addresses_nobody_by_name(demand, liaison_client):
    assert "答复函 还没有答复居民。" in words(liaison_client.get(address(demand)))
    assert liaison_client.get(address(demand, "reply/")).status_code == 404
    services.handling.answer(demand, "{称呼}，灯已修好。", actor=factories.liaison_staff())
    page = words(liaison_client.get(address(demand, "reply/")))
    assert f"关于居民需求（{demand.ref}）的答复函" in page
    assert "居民朋友： 您好。" in page and "居民朋友，灯已修好。" in page and "王阿姨" not in page


def test_an_answer_may_stand_in_a_title(demand, liaison_client):
    services.handling.answer(demand, "灯已修好。", actor=factories.liaison_staff())
    PaperTemplate.objects.create(kind="reply", title="答复：{答复}", body="{称呼}：")
    assert "答复：灯已修好。 居民朋友：" in words(liaison_client.get(address(demand, "reply/")))


def test_a_demand_that_ended_is_handed_to_nobody(liaison_client):
    ended = factories.demand(S.RESOLVED)
    page = words(liaison_client.get(address(ended)))
    assert "转办单 需求已经结束。 交办函 需求已经结束。 答复函 Word" in page
    assert liaison_client.get(address(ended, "handover.docx")).status_code == 404


def test_nothing_is_made_of_what_was_erased(demand, liaison_client, admin_client):
    services.handling.erase(demand, actor=SYSTEM)
    assert "个人信息已按规定删除。" in words(liaison_client.get(address(demand)))
    for path in ("handover/", "reply/", "charge.docx", "charge/reveal/"):
        assert liaison_client.get(address(demand, path)).status_code == 404


# --- With the contact ------------------------------------------------------------------------------------------------


def test_the_contact_stands_in_it_for_a_reason_that_is_recorded(demand, liaison_client):
    asked = address(demand, "handover/reveal/")
    typed = form(liaison_client.get(asked), "reason")
    word = word_of(typed.send(liaison_client, asked, reason="请物业约时间", format="word"))
    assert "王阿姨，13912345678" in word and "请打 13912345678 找我。" in word
    response = typed.send(liaison_client, asked, reason="请物业约时间", format="page")
    assert "王阿姨，13912345678" in words(response) and "含个人信息，请妥善保管。" in words(response)
    # No link leads to the file: its address would show it masked.
    assert ".docx" not in response.content.decode() and "no-store" in response["Cache-Control"]
    assert acts() == [(demand.ref, "liaison", "请物业约时间")] * 2


def test_without_a_reason_nothing_is_shown(demand, liaison_client):
    page = liaison_client.post(address(demand, "handover/reveal/"), {"reason": " ", "format": "word"})
    assert page.status_code == 422 and "请填写理由，例如“请物业与居民约时间上门”" in words(page)
    assert "13912345678" not in page.content.decode() and acts() == []


def test_where_nothing_is_masked_nothing_is_revealed(liaison_client):
    plain = factories.imported(clock.now() - datetime.timedelta(days=3))
    assert "含个人信息" not in words(liaison_client.get(address(plain)))
    assert liaison_client.get(address(plain, "reply/reveal/")).status_code == 404


def test_others_reveal_nothing_and_see_nothing_out_of_scope(demand, auditor_client, community_client, member_client):
    assert "含个人信息…" not in words(auditor_client.get(address(demand)))
    assert auditor_client.post(address(demand, "handover/reveal/"), {"reason": "看看"}).status_code == 403
    assert community_client.get(address(demand, "handover/")).status_code == 200
    assert member_client.get(address(demand)).status_code == 302
    assert acts() == []


def test_a_demand_of_another_subdistrict_is_not_there(liaison_client):
    far = factories.demand(S.IN_PROGRESS, area=factories.tree().far_compound)
    for path in ("", "handover/", "handover.docx", "handover/reveal/"):
        assert liaison_client.get(address(far, path)).status_code == 404
