"""Numbers of people in residents' words: masked for staff until they give a reason, and never published or sent out."""

import datetime
import uuid

import pytest
from django.core.management import call_command
from django.urls import reverse

from demands import services
from demands.models import Demand, DemandMessage, PhotoReview
from demands.sheets.demands import DemandRow, exported
from foundation.audit import AuditAction, AuditEntry
from foundation.errors import Refused
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db

NUMBER, SPELT, MASKED = "13812345678", "幺三八 1234-伍六七8", "138****5678"
WHY = f"有手机号 {MASKED}"
LIST = reverse("admin:demands_demand_changelist")


def url(demand, act: str = "change") -> str:
    return reverse(f"admin:demands_demand_{act}", args=[demand.pk])


def with_numbers() -> Demand:
    demand = factories.demand(description=f"路灯坏了，请打{SPELT}，鄂A12345 撞的。", place=f"3 号门 {NUMBER}", phone="")
    services.residents.add_information(demand, f"换了号码：{NUMBER}", key=uuid.uuid4())
    return demand


def test_staff_see_numbers_masked_and_whole_once_they_gave_a_reason(liaison_client, auditor_client):
    demand = with_numbers()
    for client in (liaison_client, auditor_client):
        for address in (LIST, f"{LIST}?q=路灯", url(demand)):
            page = words(client.get(address))
            assert MASKED in page
            assert not any(number in page for number in (NUMBER, SPELT, "12345 撞"))
    assert SPELT not in words(liaison_client.get(url(demand, "answer")))
    assert auditor_client.get(url(demand, "reveal")).status_code == 403
    assert "查看原文" not in words(auditor_client.get(url(demand)))
    assert "查看原文" in words(liaison_client.get(url(demand)))
    assert SPELT not in words(liaison_client.get(url(demand, "reveal")))
    page = liaison_client.post(url(demand, "reveal"), {"reason": "约时间上门"})
    assert page.status_code == 200 and "no-store" in page["Cache-Control"]
    assert all(number in words(page) for number in (NUMBER, SPELT, "鄂A12345"))
    [seen] = AuditEntry.objects.filter(action=AuditAction.CONTACT_REVEALED)
    assert (seen.subject, seen.detail) == (demand.ref, "约时间上门")


def test_description_of_a_photo_shows_its_number_nowhere_on_the_page(liaison_client):
    demand = factories.demand()
    factories.photo(demand, alt=f"打{NUMBER}找我")
    page = liaison_client.get(url(demand)).content.decode()
    assert MASKED in page and NUMBER not in page


def test_auditor_cannot_search_for_a_number_piece_by_piece(liaison_client, auditor_client):
    demand = with_numbers()
    for typed in (NUMBER, "1381", "138", "１３８"):
        assert demand.ref not in words(auditor_client.get(LIST, {"q": typed}))
    for client, typed in ((auditor_client, demand.ref), (auditor_client, "1"), (liaison_client, "1381")):
        assert demand.ref in words(client.get(LIST, {"q": typed})), typed


def test_export_masks_numbers_for_those_who_may_not_see_contacts():
    with_numbers()
    [masked], [whole] = (list(exported(Demand.objects.all(), whole=whole)) for whole in (False, True))
    assert NUMBER not in str(masked) and SPELT not in str(masked) and MASKED in str(masked)
    assert NUMBER in str(whole) and SPELT in str(whole)


@pytest.mark.parametrize(
    ("act", "field", "data"),
    [
        ("publish", "title", {"title": f"路灯 {NUMBER}", "summary": "路灯坏了。", "basis": "nobody_concerned"}),
        ("publish", "summary", {"title": "路灯", "summary": f"请打 {SPELT}。", "basis": "nobody_concerned"}),
        ("publish", "result", {"title": "路灯", "summary": "…", "result": NUMBER, "basis": "nobody_concerned"}),
        ("answer", "answer", {"answer": f"请联系小李 {NUMBER}"}),
        ("ask_office", "question", {"office": "供电公司", "background": "路灯", "question": NUMBER, "days": "7"}),
        ("pause", "reason", {"reason": f"请联系小李 {NUMBER}"}),
    ],
)
def test_form_that_sends_a_number_out_is_stopped_at_the_field(act, field, data, liaison_client):
    demand = factories.demand("accepted")
    page = liaison_client.post(url(demand, act), data | {"version": demand.version})
    assert page.status_code == 422
    assert WHY in str(page.context["form"].errors[field])
    assert not DemandMessage.objects.filter(demand=demand, kind="answer").exists()
    assert not Demand.objects.public().exists()


def test_services_refuse_what_no_form_has_checked():
    demand, staff = factories.demand("accepted"), factories.liaison_staff("clerk")
    photo = factories.photo(demand, alt=f"车主 {NUMBER}")
    acts = [
        lambda: factories.publish(demand, title=NUMBER),
        lambda: factories.publish(demand, result=SPELT),
        lambda: services.handling.answer(demand, NUMBER, actor=staff),
        lambda: services.publishing.review_photo(photo, PhotoReview.APPROVED, actor=staff),
        lambda: services.offices.ask(demand, office="供电", background=NUMBER, question="?", days=3, actor=staff),
    ]
    for act in acts:
        with pytest.raises(Refused, match=r"有手机号 138\*{4}5678"):
            act()
    services.publishing.review_photo(photo, PhotoReview.REJECTED, actor=staff)
    services.handling.answer(demand, "请拨打 027-87654321 或 12345。", actor=staff)


ROWS = f"""title,body,posted_at,reply,replied_at
路灯不亮,3 号门外路灯坏了。,2025-03-03 09:00:00,请拨打 027-87654321。,2025-03-04 09:00:00
噪音,请打{SPELT}。,2025-03-03 09:00:00,,
停车,占道。,2025-03-03 09:00:00,请联系 {NUMBER}。,2025-03-04 09:00:00
"""


def test_import_that_publishes_leaves_out_rows_with_a_number_and_names_them(tmp_path, capsys):
    factories.category("other")
    factories.tree()
    path = tmp_path / "needs.csv"
    path.write_text(ROWS)
    call_command("import_demands", str(path), "--area", "subdistrict", "--publish-as", "already_public")
    assert list(Demand.objects.public().values_list("public_title", flat=True)) == ["路灯不亮"]
    assert Demand.objects.count() == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(f"第 3 行“内容”：{WHY}。") and said[1].startswith(f"第 4 行“答复”：{WHY}。")
    assert said[2:] == ["2 rows are left out; edit and import them by themselves."]
    # What staff look at before they publish it comes in whole, with drafts of the public texts that have no number.
    call_command("import_demands", str(path), "--area", "subdistrict")
    rows = Demand.objects.filter(published_at=None).order_by("pk")
    assert [row.public_result for row in rows] == ["请拨打 027-87654321。", "", f"请联系 {MASKED}。"]
    assert (rows[1].description, rows[1].public_summary) == (f"请打{SPELT}。", f"请打{MASKED}。")


def test_batch_of_the_worker_names_the_row_and_imports_the_others():
    area = factories.tree().compound
    category = factories.category()
    bodies = ["路灯坏了。", f"请打 {NUMBER}。"]
    staff = factories.liaison_staff("clerk")
    at = datetime.datetime(2025, 3, 3, tzinfo=datetime.UTC)
    rows = [(number, DemandRow("路灯", body, at, category, area)) for number, body in enumerate(bodies, 2)]
    batch = services.batches.stage(rows, file_name="a.csv", digest="0" * 64, actor=staff, publish_as="already_public")
    services.batches.confirm(batch, actor=staff)
    while services.batches.work():
        pass
    assert [row.public_summary for row in Demand.objects.public()] == bodies[:1]
    assert WHY in batch.rows.get(number=3).problem
