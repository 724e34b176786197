"""回访: 30 and 90 days after a closing its reporters are asked again, and what they answer."""

import datetime
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from demands import services
from demands.messages import render
from demands.models import Demand, Recheck
from demands.selectors import tracking
from demands.services import rechecks
from demands.workflow import DemandStatus
from foundation.actors import RESIDENT, SYSTEM
from foundation.errors import Refused
from foundation.outbox import OutboxMessage
from tests import factories
from tests.pages import form, forms, words
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db
S = DemandStatus
DAY = datetime.timedelta(days=1)
CODE = "7KXM-2345-ABCD-EFGH-JKMN-PQRS-TVWX"
PAGE = f"/demands/track/{CODE}/"


@pytest.fixture
def closed_at() -> datetime.datetime:
    """When the demand of these tests was resolved: 40 days ago."""
    return timezone.now() - 40 * DAY


@pytest.fixture
def demand(closed_at) -> Demand:
    return factories.demand(S.RESOLVED, at=closed_at, code=CODE)


def fresh(demand: Demand) -> Demand:
    return Demand.objects.get(pk=demand.pk)


def asked(demand: Demand) -> list[int]:
    return list(demand.rechecks.values_list("day", flat=True))


def owed() -> list[str]:
    return sorted(OutboxMessage.objects.filter(template="recheck").values_list("subject_ref", flat=True))


def message_of(client, response) -> str:
    return [str(message) for message in client.get(response["Location"]).context["messages"]][-1]


# --- Asking ----------------------------------------------------------------------------------------------------------


@each_row(
    ("days", "expected"),
    [(0, []), (29.9, []), (30, [30]), (59.9, [30]), (60.1, []), (89.9, []), (90, [90]), (119.9, [90]), (120.1, [])],
)
def test_it_is_asked_after_30_and_after_90_days_and_not_long_afterwards(demand, closed_at, days, expected):
    assert factories.acting_at(closed_at + days * DAY, rechecks.ask) == len(expected)
    assert asked(demand) == expected
    assert owed() == [demand.ref] * len(expected)
    assert factories.acting_at(closed_at + days * DAY, rechecks.ask) == 0
    assert len(owed()) == len(expected)


def test_each_of_the_two_is_asked_once(demand, closed_at):
    for days in (30, 31, 45, 90, 91, 119):
        factories.acting_at(closed_at + days * DAY, rechecks.ask)
    assert asked(demand) == [30, 90]
    assert OutboxMessage.objects.filter(template="recheck").count() == 2


@pytest.mark.parametrize("status", [S.CONFIRMED, S.DECLINED, S.WITHDRAWN, S.REOPENED, S.IN_PROGRESS])
def test_only_of_what_is_solved(status, closed_at):
    factories.demand(status, at=closed_at)
    assert factories.acting_at(closed_at + 30 * DAY, rechecks.ask) == (status == S.CONFIRMED)


def test_a_confirmation_is_no_closing_of_its_own(demand, closed_at):
    factories.acting_at(closed_at + 5 * DAY, services.residents.rate, demand, work="satisfied", result="satisfied")
    assert factories.acting_at(closed_at + 30 * DAY, rechecks.ask) == 1
    assert demand.rechecks.get().closing.to_status == "resolved"
    assert factories.acting_at(closed_at + 35 * DAY, rechecks.ask) == 0


def test_each_who_reported_it_is_asked_and_told(demand, closed_at):
    others = [
        factories.joined(demand, phone="13900002222"),
        factories.joined(demand, phone="", called="", email="zhang@example.com"),
    ]
    assert factories.acting_at(closed_at + 30 * DAY, rechecks.ask) == 3
    assert [asked(one) for one in (demand, *others)] == [[30], [30], [30]]
    assert owed() == sorted(one.ref for one in (demand, *others))
    assert {row.closing.demand for row in Recheck.objects.all()} == {demand}


def test_others_are_asked_though_its_own_reporter_was_erased(demand, closed_at):
    other = factories.joined(demand)
    services.handling.erase(demand, actor=SYSTEM)
    assert factories.acting_at(closed_at + 30 * DAY, rechecks.ask) == 1
    assert (asked(demand), asked(other)) == ([], [30])
    assert factories.acting_at(closed_at + 31 * DAY, rechecks.ask) == 0


def test_a_departments_list_speaks_for_nobody_but_who_joined_it_is_asked(closed_at):
    listed = {"channel": "department", "direction": "top_down", "phone": "", "called": "", "consent_handling": False}
    factories.demand(S.RESOLVED, at=closed_at, **listed)
    subject = factories.demand(S.RESOLVED, at=closed_at, **listed)
    assert factories.acting_at(closed_at + 30 * DAY, rechecks.ask) == 0
    other = factories.joined(subject)
    assert factories.acting_at(closed_at + 30 * DAY, rechecks.ask) == 1
    assert factories.acting_at(closed_at + 30 * DAY, rechecks.ask) == 0
    assert list(Recheck.objects.values_list("demand", "closing__demand")) == [(other.pk, subject.pk)]


def test_who_was_erased_or_asked_for_it_is_left_in_peace(demand, closed_at):
    services.residents.request_deletion(demand)
    erased = factories.demand(S.RESOLVED, at=closed_at)
    services.handling.erase(erased, actor=SYSTEM)
    assert factories.acting_at(closed_at + 30 * DAY, rechecks.ask) == 1
    assert (asked(demand), asked(erased), owed()) == ([30], [], [])


def test_who_left_no_address_is_asked_on_their_page(resident, closed_at):
    factories.demand(S.RESOLVED, at=closed_at, code=CODE, phone="", called="", consent_handling=False)
    rechecks.ask()
    assert owed() == []
    assert "办结 30 天，问题有没有再次出现？" in words(resident.get(PAGE))


@pytest.mark.django_db(transaction=True)
def test_several_workers_ask_once(demand, closed_at):
    factories.joined(demand)
    results = at_once(*[lambda: factories.acting_at(closed_at + 30 * DAY, rechecks.ask)] * 4)
    assert sum(results) == 2, results
    assert Recheck.objects.count() == 2
    assert len(owed()) == 2


def test_the_message_leads_to_the_question(demand, closed_at, resident):
    rechecks.ask()
    [message] = OutboxMessage.objects.filter(template="recheck")
    text = render(message.template, message.parameters)
    assert demand.description not in text.body
    address = urlsplit(next(word for word in text.parameters["link"].split()))
    response = resident.get(address.path)
    assert response.status_code == 200
    assert "办结 30 天，问题有没有再次出现？" in words(response)


# --- Answering -------------------------------------------------------------------------------------------------------


@pytest.fixture
def question(demand) -> Recheck:
    rechecks.ask()
    return demand.rechecks.get()


def test_yes_is_one_click_and_stands_in_the_timeline(question, demand, resident):
    page = resident.get(f"{PAGE}recheck/")
    [yes] = [one for one in forms(page) if ("answer", "still_solved") in one.buttons]
    response = yes.send(resident, f"{PAGE}recheck/", answer="still_solved")
    assert message_of(resident, response) == "已记录：问题没有再出现。谢谢您。"
    question.refresh_from_db()
    assert (question.answer, question.answered_at is not None) == ("still_solved", True)
    assert fresh(demand).status == "resolved"
    text = words(resident.get(PAGE))
    assert "30 天回访：问题没有再出现。" in text
    assert "问题有没有再次出现？" not in text


def test_no_reopens_with_what_is_wrong_and_a_photo(question, demand, resident):
    response = resident.post(
        f"{PAGE}recheck/", {"answer": "not_solved", "reason": "又不亮了。", "photo_1": factories.jpeg()}
    )
    assert message_of(resident, response) == "已重新办理，经办人会看到您填写的情况。"
    question.refresh_from_db()
    assert question.answer == "not_solved"
    row = fresh(demand)
    assert (row.status, row.closed_at) == ("reopened", None)
    [step] = row.transitions.filter(to_status="reopened")
    assert step.party == "resident"
    assert row.messages.get(kind="reason").body == "30 天回访：问题再次出现。\n又不亮了。"
    assert row.photos.get().party == "resident"


@each_row(
    ("sent", "said"),
    [
        ({"answer": "not_solved"}, "请填写又出现了什么问题"),
        ({"answer": "not_solved", "reason": " \n"}, "请填写又出现了什么问题"),
        ({"answer": "not_solved", "reason": "字" * 1001}, "最多 1000 个字"),
        ({"answer": "not_solved", "reason": "\x00"}, "无法保存的字符"),
        ({}, "请填写又出现了什么问题"),
        ({"answer": "yes"}, "请填写又出现了什么问题"),
        ({"answer": "\x00"}, "请填写又出现了什么问题"),
    ],
)
def test_a_no_that_is_not_whole_comes_back(question, demand, resident, sent, said):
    response = resident.post(f"{PAGE}recheck/", sent)
    assert response.status_code == 422
    text = words(response)
    assert said in text
    assert "<title>错误：" in response.content.decode()
    question.refresh_from_db()
    assert (question.answer, fresh(demand).status) == ("", "resolved")


@pytest.mark.parametrize("content", [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_a_photo_that_is_none_is_refused_and_the_words_stay(question, demand, resident, content):
    sent = {"answer": "not_solved", "reason": "又不亮了。", "photo_1": factories.upload(content)}
    response = resident.post(f"{PAGE}recheck/", sent)
    assert response.status_code == 422
    assert form(response, "reason").values["reason"] == "又不亮了。"
    assert fresh(demand).status == "resolved"


def test_photos_of_one_address_are_throttled_here_too(question, demand, resident, monkeypatch):
    monkeypatch.setattr("foundation.photo_forms.PhotoFields.UPLOADS_AN_HOUR", 0)
    sent = {"answer": "not_solved", "reason": "又不亮了。", "photo_1": factories.jpeg()}
    response = resident.post(f"{PAGE}recheck/", sent)
    assert response.status_code == 422
    assert "照片上传过于频繁" in words(response)
    assert form(response, "reason").values["reason"] == "又不亮了。"


def test_too_many_photos_leave_nothing_behind(question, demand, resident, database):
    for _time in range(12):
        factories.photo(demand)
    sent = {"answer": "not_solved", "reason": "又不亮了。", "photo_1": factories.jpeg()}
    response = resident.post(f"{PAGE}recheck/", sent)
    assert response.status_code == 422
    assert "一件需求最多 12 张照片。" in words(response)
    question.refresh_from_db()
    assert (question.answer, fresh(demand).status) == ("", "resolved")
    assert not demand.messages.filter(kind="reason").exists()


@pytest.mark.parametrize("first", ["still_solved", "not_solved"])
@pytest.mark.parametrize("second", ["still_solved", "not_solved"])
def test_the_first_answer_counts(question, demand, resident, first, second):
    sent = {"reason": "又不亮了。"}
    resident.post(f"{PAGE}recheck/", sent | {"answer": first})
    status = fresh(demand).status
    response = resident.post(f"{PAGE}recheck/", sent | {"answer": second})
    told = {"still_solved": "您已经回答，谢谢。", "not_solved": "这件需求正在重新办理，办结后再请您评价。"}
    assert message_of(resident, response) == told[first]
    question.refresh_from_db()
    assert (question.answer, fresh(demand).status) == (first, status)
    assert demand.transitions.filter(to_status="reopened").count() == (first == "not_solved")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("said", ["still_solved", "not_solved"])
def test_clicked_several_times_at_once_it_is_one_answer(question, demand, said):
    acts = [lambda: rechecks.answer(demand, said, reason="又不亮了。")] * 4
    results = at_once(*acts)
    assert sorted(type(result).__name__ for result in results) == ["Recheck", "Refused", "Refused", "Refused"], results
    assert demand.messages.filter(kind__in=("addition", "reason")).count() == 1


def test_what_one_says_of_a_merged_demand_is_for_the_office(demand, resident):
    other = factories.joined(demand, description="我家楼下也是")
    rechecks.ask()
    assert "问题有没有再次出现？" in words(resident.get(PAGE))
    rechecks.answer(other, "not_solved", reason="我家在 5 楼，还是黑。")
    assert fresh(demand).status == "reopened"
    assert fresh(other).status == "merged"
    assert other.messages.get(kind="reason").body == "30 天回访：问题再次出现。\n我家在 5 楼，还是黑。"
    assert demand.messages.get(kind="reason").body == "一并办理的另一位提出人反映没有解决。"
    # The other's question is void with the closing it asked about.
    text = words(resident.get(PAGE))
    assert "问题有没有再次出现？" not in text
    assert "5 楼" not in text
    with pytest.raises(Refused, match="正在重新办理"):
        rechecks.answer(demand, "still_solved")


@pytest.mark.parametrize("said", ["still_solved", "not_solved"])
def test_of_a_demand_that_was_split_each_part_is_asked_about_and_has_the_answer(closed_at, resident, said):
    whole = factories.demand(at=closed_at, code=CODE)
    parts = [factories.part("换路灯"), factories.part("补台阶")]
    factories.acting_at(closed_at, factories.make_move, whole, S.SPLIT, parts=parts)
    lamp, steps = whole.parts.order_by("pk")
    factories.move(factories.move(lamp, S.ACCEPTED), S.RESOLVED, at=closed_at)
    # Of the reporter's two questions the first; the other part is not done yet.
    assert rechecks.ask() == 1
    assert owed() == [whole.ref]
    assert (asked(whole), asked(lamp), asked(steps)) == ([30], [30], [])
    assert "问题有没有再次出现？" in words(resident.get(PAGE))
    rechecks.answer(whole, said, reason="又不亮了。")
    assert fresh(lamp).status == ("resolved" if said == "still_solved" else "reopened")
    assert fresh(steps).status == "received"
    # The rates count parts.
    assert [lamp.rechecks.get().answer, whole.rechecks.get().answer] == [said, said]


def test_several_reporters_each_answer_for_themselves(demand):
    other = factories.joined(demand)
    rechecks.ask()
    rechecks.answer(demand, "still_solved")
    rechecks.answer(other, "still_solved")
    assert list(Recheck.objects.values_list("answer", flat=True)) == ["still_solved"] * 2


def test_after_reopening_the_old_question_is_void_and_the_new_closing_asks_anew(question, demand, closed_at):
    factories.acting_at(
        closed_at + 41 * DAY, factories.make_move, demand, S.REOPENED, reason="又坏了。", actor=RESIDENT
    )
    assert rechecks.question(demand) is None
    factories.move(demand, S.RESOLVED, at=closed_at + 50 * DAY)
    assert rechecks.question(demand) is None
    assert rechecks.why_not(demand) == "现在没有要您回答的回访。"
    assert factories.acting_at(closed_at + 79 * DAY, rechecks.ask) == 0
    assert factories.acting_at(closed_at + 80 * DAY, rechecks.ask) == 1
    assert rechecks.question(demand).closing.at == closed_at + 50 * DAY
    # The 90 days are counted from it too.
    assert factories.acting_at(closed_at + 139 * DAY, rechecks.ask) == 0
    assert factories.acting_at(closed_at + 140 * DAY, rechecks.ask) == 1


def test_the_later_question_takes_the_place_of_the_earlier(demand, closed_at):
    factories.acting_at(closed_at + 30 * DAY, rechecks.ask)
    factories.acting_at(closed_at + 90 * DAY, rechecks.ask)
    assert rechecks.question(demand).day == 90
    rechecks.answer(demand, "still_solved")
    assert rechecks.question(demand) is None
    assert list(demand.rechecks.values_list("day", "answer")) == [(30, ""), (90, "still_solved")]


def test_a_yes_after_30_days_does_not_spare_the_question_after_90(demand, closed_at):
    factories.acting_at(closed_at + 30 * DAY, rechecks.ask)
    factories.acting_at(closed_at + 31 * DAY, rechecks.answer, demand, "still_solved")
    assert factories.acting_at(closed_at + 90 * DAY, rechecks.ask) == 1
    assert rechecks.question(demand).day == 90


# --- Where nothing is asked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (S.RECEIVED, "现在没有要您回答的回访。"),
        (S.RESOLVED, "现在没有要您回答的回访。"),
        (S.DECLINED, "现在没有要您回答的回访。"),
        (S.WITHDRAWN, "现在没有要您回答的回访。"),
    ],
)
def test_it_is_said_when_nothing_was_asked(resident, status, said):
    factories.demand(status, code=CODE)
    for method in (resident.get, resident.post):
        assert message_of(resident, method(f"{PAGE}recheck/", {"answer": "still_solved"})) == said
        assert not Recheck.objects.exists()


def test_an_erased_demand_is_asked_no_more(question, demand, resident):
    address = urlsplit(tracking.signed_link(demand.ref, "tracking_recheck")).path
    services.handling.erase(demand, actor=SYSTEM)
    assert resident.get(f"{PAGE}recheck/").status_code == 404
    for method in ("get", "post"):
        response = getattr(resident, method)(address, {"answer": "still_solved"})
        assert message_of(resident, response) == "这件需求的信息已经删除，不再回访。"
    question.refresh_from_db()
    assert question.answer == ""


def test_an_old_link_opens_nothing(question, demand, resident, monkeypatch):
    address = urlsplit(tracking.signed_link(demand.ref, "tracking_recheck")).path
    later = timezone.now().timestamp() + 7.1 * 24 * 3600
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    response = resident.post(address, {"answer": "still_solved"})
    assert response.status_code == 404
    assert "链接 7 天后失效" in words(response)
    question.refresh_from_db()
    assert question.answer == ""


def test_looking_changes_nothing_and_other_methods_are_refused(question, demand, resident, database):
    before = database()
    assert resident.get(f"{PAGE}recheck/").status_code == 200
    assert resident.head(f"{PAGE}recheck/").status_code == 200
    for method in ("put", "patch", "delete"):
        assert getattr(resident, method)(f"{PAGE}recheck/").status_code == 405
    assert database() == before


def test_the_page_is_kept_by_nobody(question, resident):
    response = resident.get(f"{PAGE}recheck/")
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


# --- What others see -------------------------------------------------------------------------------------------------


def test_the_public_page_tells_of_a_yes(resident, closed_at):
    demand = factories.demand(S.RESOLVED, at=closed_at, public=True)
    address = f"/demands/{demand.ref}/"
    assert "回访" not in words(resident.get(address))
    rechecks.ask()
    rechecks.answer(demand, "still_solved")
    assert "办结 30 天后回访，居民反映问题没有再出现。" in words(resident.get(address))
    factories.make_move(demand, S.REOPENED, reason="又坏了。", actor=RESIDENT)
    assert "回访" not in words(resident.get(address))


def test_staff_read_the_answer_in_the_timeline(question, demand, liaison_client):
    rechecks.answer(demand, "not_solved", reason="又不亮了。")
    text = words(liaison_client.get(f"/admin/demands/demand/{demand.pk}/change/"))
    assert "30 天回访：问题再次出现。 又不亮了。" in text
