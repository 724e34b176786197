"""An outside office answers one demand by its link: once, in time, that demand only."""

import datetime

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone

from consultation.models import Alert
from demands import services
from demands.models import Demand, OfficeRequest
from demands.selectors import queues
from demands.services import offices
from demands.views.offices import MISSES_AN_HOUR
from demands.workflow import DemandStatus as S
from foundation.audit import AuditEntry
from foundation.errors import Refused, Stale
from foundation.outbox import OutboxMessage
from tests import factories
from tests.pages import form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

SECRETS = ("王女士", "13912345678", "3 号门外路灯坏了两周")


@pytest.fixture
def staff():
    found = factories.liaison_staff()
    found.email = "liaison@portal.example"
    found.save()
    return found


@pytest.fixture
def demand(staff):
    return factories.demand(S.IN_PROGRESS)


def ask(demand, staff, **changes) -> OfficeRequest:
    values = {"office": "区供电公司", "background": "小区门外一盏路灯不亮。", "question": "什么时候能修？", "days": 10}
    return offices.ask(demand, **(values | changes), actor=staff)


def path(asked) -> str:
    return offices.link(asked).removeprefix("http://portal.example")


def send(client, asked, **changes):
    return client.post(path(asked), {"answer": "周五前修好。", "by": "李工，运维部"} | changes)


# --- The page --------------------------------------------------------------------------------------------------------


def test_an_office_reads_what_staff_wrote_and_nothing_else(demand, staff, resident):
    page = resident.get(path(ask(demand, staff)))
    text = words(page)
    for word in ("请区供电公司答复", demand.ref, "小区门外一盏路灯不亮。", "什么时候能修？"):
        assert word in text
    for secret in (*SECRETS, "139****5678", "李四"):
        assert secret not in page.content.decode(), secret


def test_nobody_indexes_keeps_or_passes_the_address_on(demand, staff, resident):
    asked = ask(demand, staff)
    for response in (resident.get(path(asked)), send(resident, asked, answer=""), resident.get(path(asked) + "x")):
        assert response.get("X-Robots-Tag") == "noindex" or response.status_code == 404
        if response.status_code != 404:
            assert "no-store" in response["Cache-Control"]
            assert response["Referrer-Policy"] == "same-origin"
            assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_it_answers_once_without_an_account(demand, staff, resident):
    asked = ask(demand, staff)
    typed = form(resident.get(path(asked)), "answer")
    response = typed.send(resident, path(asked), answer=" 周五前修好。 ", by="李工")
    assert response["Location"] == "/demands/office/answered/"
    assert "谢谢" in words(resident.get(response["Location"]))
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_by, asked.is_to_pass_on) == ("周五前修好。", "李工", True)
    assert list(queues.with_office_answers(Demand.objects.all())) == [demand]
    again = send(resident, asked, answer="另外一句。")
    assert again.status_code == 410 and "答复，谢谢" in words(again)
    asked.refresh_from_db()
    assert asked.answer == "周五前修好。"


def test_a_form_from_elsewhere_is_refused(demand, staff):
    asked = ask(demand, staff)
    client = Client(enforce_csrf_checks=True)
    assert send(client, asked).status_code == 403
    asked.refresh_from_db()
    assert asked.answered_at is None


@each_row(
    ("values", "why"),
    [
        ({"answer": ""}, "请填写答复"),
        ({"answer": "  \n"}, "请填写答复"),
        ({"answer": "字" * 2001}, "最多 2000 个字"),
        ({"by": ""}, "请填写答复人"),
        ({"by": "长" * 41}, "最多 40 个字"),
        ({"answer": "a\x00b"}, "无法保存的字符"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(demand, staff, resident, values, why):
    asked = ask(demand, staff)
    response = send(resident, asked, **values)
    assert response.status_code == 422 and why in words(response)
    assert form(response, "answer").values["by"] == values.get("by", "李工，运维部")
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_extra_keys_change_nothing(demand, staff, resident):
    other = factories.demand(S.IN_PROGRESS)
    asked = ask(demand, staff)
    send(resident, asked, demand=other.pk, handled_at="2026-01-01", office="其他单位", expires_at="2099-01-01")
    asked.refresh_from_db()
    assert (asked.demand, asked.office, asked.handled_at) == (demand, "区供电公司", None)
    assert not other.office_requests.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_not_taken(demand, staff, resident, method):
    assert getattr(resident, method)(path(ask(demand, staff))).status_code == 405


def test_what_an_office_writes_is_words(demand, staff, resident, liaison_client):
    asked = ask(demand, staff, background="<b>门外</b>", question="<script>alert(1)</script>")
    html = resident.get(path(asked)).content.decode()
    assert "<script>alert" not in html and "<b>门外" not in html
    send(resident, asked, answer="<script>alert(2)</script>", by="<i>李</i>")
    html = liaison_client.get(f"/admin/demands/demand/{demand.pk}/change/").content.decode()
    assert "<script>alert" not in html and "<i>李" not in html


# --- Links that open nothing -----------------------------------------------------------------------------------------


def expired(asked, staff):
    OfficeRequest.objects.filter(pk=asked.pk).update(expires_at=timezone.now() - datetime.timedelta(seconds=1))


def revoked(asked, staff):
    offices.revoke(asked, actor=staff)


def closed(asked, staff):
    factories.make_move(asked.demand, S.RESOLVED, actor=staff, answer="已修好。")


def erased(asked, staff):
    services.handling.erase(asked.demand, actor=staff)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (expired, "过期"),
        (revoked, "工作人员已收回这个链接"),
        (closed, "这件事无需再答复"),
        (erased, "这件事无需再答复"),
    ],
)
def test_who_comes_too_late_reads_why_and_sees_nothing_more(demand, staff, resident, happens, why):
    asked = ask(demand, staff)
    happens(asked, staff)
    for response in (resident.get(path(asked)), send(resident, asked)):
        assert response.status_code == 410 and "这个链接已失效" in words(response)
        assert why in words(response)
        assert "小区门外一盏路灯不亮。" not in words(response)
    asked.refresh_from_db()
    assert asked.answered_at is None


def forged(asked) -> list[str]:
    token = path(asked).split("/")[-2]
    value, _dot, signature = token.rpartition(".")
    other = str(int(value.partition("-")[0]) + 1)
    return [
        token[:-1],
        token + "x",
        f"{other}{value[len(other) :]}.{signature}",
        f"{asked.pk}",
        Signer(sep=".", salt="another").sign(value),
        Signer(sep=".", salt=offices.SALT, key="another key").sign(value),
        # Of another moment: a row that took the key over in a restored database.
        Signer(sep=".", salt=offices.SALT).sign(f"{asked.pk}-1"),
        Signer(sep=".", salt=offices.SALT).sign(f"{asked.pk + 99}-1"),
        "%00",
        "答复",
        "x" * 3000,
    ]


def test_what_is_made_up_opens_nothing(demand, staff, resident):
    asked = ask(demand, staff)
    for token in forged(asked):
        response = resident.get(f"/demands/office/{token}/")
        assert response.status_code == 404, token
        assert resident.post(f"/demands/office/{token}/", {"answer": "x", "by": "x"}).status_code == 404
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_guessing_is_throttled_and_keeps_nobody_from_their_own_link(demand, staff, resident):
    for _ in range(MISSES_AN_HOUR):
        assert resident.get("/demands/office/1-1.x/").status_code == 404
    assert resident.get("/demands/office/1-1.x/").status_code == 429
    assert resident.get(path(ask(demand, staff))).status_code == 200


def test_each_link_opens_one_demand(demand, staff, resident):
    first, second = ask(demand, staff), ask(demand, staff, office="区水务局")
    other = ask(factories.demand(S.ACCEPTED), staff, background="另一件。")
    assert len({path(first), path(second), path(other)}) == 3
    send(resident, first)
    assert resident.get(path(second)).status_code == 200
    assert "另一件。" in words(resident.get(path(other)))


# --- Acts ------------------------------------------------------------------------------------------------------------


@each_row(
    "changes",
    [{"office": " "}, {"background": ""}, {"question": ""}, {"days": 0}, {"days": 31}, {"days": -1}],
)
def test_a_question_that_is_incomplete_is_refused(demand, staff, changes):
    with pytest.raises(Refused, match="有效期 1 至 30 天"):
        ask(demand, staff, **changes)
    assert not demand.office_requests.exists()


@pytest.mark.parametrize("status", [S.RESOLVED, S.DECLINED, S.WITHDRAWN])
def test_what_is_over_is_asked_of_nobody(staff, status):
    with pytest.raises(Refused, match="已经结束"):
        ask(factories.demand(status), staff)


def test_there_is_an_end_to_the_links_of_one_demand(demand, staff, monkeypatch):
    monkeypatch.setattr(offices, "MAX_WAITING", 2)
    first, _second = ask(demand, staff), ask(demand, staff)
    with pytest.raises(Refused, match="还有 2 个单位没有答复"):
        ask(demand, staff)
    offices.revoke(first, actor=staff)
    ask(demand, staff)


def test_an_old_page_asks_and_revokes_nothing(demand, staff):
    services.handling.assign(demand, None, actor=staff)
    with pytest.raises(Stale):
        ask(demand, staff, version=demand.version)
    asked = ask(demand, staff)
    with pytest.raises(Stale):
        offices.revoke(asked, actor=staff, version=demand.version)
    assert not OfficeRequest.objects.filter(revoked_at__isnull=False).exists()


def test_an_answer_is_told_to_who_handles_the_demand_else_to_who_asked(demand, staff, resident):
    send(resident, ask(demand, staff))
    colleague = factories.community_staff()
    services.handling.assign(demand, colleague, actor=staff)
    send(resident, ask(demand, staff))
    told = Alert.objects.filter(kind="office_answered").order_by("pk")
    assert [(alert.handler, alert.ref, alert.row) for alert in told] == [
        (staff, demand.ref, demand.pk),
        (colleague, demand.ref, demand.pk),
    ]


def test_neither_the_link_nor_words_stand_in_the_audit_or_the_outbox(demand, staff, resident):
    asked = ask(demand, staff)
    send(resident, asked)
    offices.pass_on(asked, "供电公司说周五修好。", actor=staff)
    kept = [f"{entry.subject} {entry.detail}" for entry in AuditEntry.objects.all()]
    kept += [str(message.parameters) for message in OutboxMessage.objects.all()]
    kept += [str(alert) for alert in Alert.objects.values()]
    token = path(asked).split("/")[-2]
    for text in (token, token.rpartition(".")[2], "周五", "区供电公司"):
        assert not any(text in one for one in kept), text


def test_an_answer_is_passed_on_once(demand, staff, resident):
    asked = ask(demand, staff)
    with pytest.raises(Refused, match="已经处理"):
        offices.pass_on(asked, "还没有答复。", actor=staff)
    assert not demand.messages.filter(kind="answer").exists()
    send(resident, asked)
    offices.pass_on(asked, "供电公司说周五修好。", actor=staff)
    assert demand.messages.get(kind="answer").body == "供电公司说周五修好。"
    assert not queues.with_office_answers(Demand.objects.all()).exists()
    for again in (
        lambda: offices.pass_on(asked, "又一次。", actor=staff),
        lambda: offices.set_aside(asked, actor=staff),
    ):
        with pytest.raises(Refused, match="已经处理"):
            again()
    assert demand.messages.filter(kind="answer").count() == 1


def test_an_answer_may_be_set_aside(demand, staff, resident):
    asked = ask(demand, staff)
    send(resident, asked)
    offices.set_aside(asked, actor=staff)
    asked.refresh_from_db()
    assert asked.state == "已答复，已处理" and not asked.is_to_pass_on
    assert not demand.messages.filter(kind="answer").exists()


def test_what_was_answered_is_not_taken_back(demand, staff, resident):
    asked = ask(demand, staff)
    send(resident, asked)
    with pytest.raises(Refused, match="已经答复"):
        offices.revoke(asked, actor=staff)


def test_erasing_takes_what_was_written_to_and_by_the_office(demand, staff, resident):
    asked, other = ask(demand, staff), ask(demand, staff)
    send(resident, asked)
    services.handling.erase(demand, actor=staff)
    for one in (asked, other):
        one.refresh_from_db()
        assert (one.background, one.question, one.answered_by) == ("", "", "")
    assert (asked.answer, other.answer) == ("（内容已删除）", "")


def test_the_public_page_knows_nothing_of_it(staff, resident):
    demand = factories.demand(S.IN_PROGRESS, public=True)
    send(resident, ask(demand, staff))
    assert "供电公司" not in words(resident.get(f"/demands/{demand.ref}/"))


@pytest.mark.parametrize("many", [1, 9])
def test_the_page_costs_few_queries(demand, staff, resident, django_assert_num_queries, many):
    *_others, asked = (ask(demand, staff) for _ in range(many))
    resident.get(path(asked))
    with django_assert_num_queries(1):
        assert resident.get(path(asked)).status_code == 200
