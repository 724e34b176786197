"""The resident's own page: how it is opened, what is said and done there, and who is kept out."""

import datetime
import uuid

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demands import services
from demands.models import Demand, DemandMessage, PhotoReview, Rating
from demands.selectors import tracking
from demands.views import own_page
from demands.views import tracking as entrance
from demands.workflow import DemandStatus as S
from foundation import qr
from foundation.outbox import OutboxMessage
from foundation.storage import WholeFileStorage
from foundation.tokens import new_code
from tests import factories
from tests.pages import body, form, forms, told, words
from tests.rows import copies, each_row

pytestmark = pytest.mark.django_db

TRACK = "/demands/track/"
CODE = "7KXM-2345-ABCD-EFGH-JKMN-PQRS-TVWX"


@pytest.fixture
def demand():
    return factories.demand(code=CODE)


def page(code: str = CODE) -> str:
    return f"{TRACK}{code}/"


def link(demand) -> str:
    """The path of a signed link, as a message carries it."""
    return tracking.signed_link(demand.ref).removeprefix("http://portal.example")


def make(status: str, **values) -> Demand:
    return factories.demand(status, code=CODE, **values)


# --- Opening it ------------------------------------------------------------------------------------------------------


@each_row(
    "typed",
    [
        CODE,
        CODE.lower(),
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        f"  {CODE}  ",
        CODE.replace("-", "—"),
        CODE.replace("-", "·"),
        CODE.lower().replace("-", ""),
        f"https://portal.example/demands/track/{CODE}/?code",
    ],
    warm=True,
)
def test_a_code_opens_its_page_however_it_is_typed(resident, demand, typed):
    response = resident.post(TRACK, {"code": typed})
    assert (response.status_code, response["Location"]) == (302, page())


def test_the_page_is_opened_by_the_form_and_by_an_address_typed_by_hand(resident, demand):
    response = form(resident.get(TRACK), "code").send(resident, TRACK, code=CODE)
    assert demand.ref in words(resident.get(response["Location"]))
    for typed in (CODE.lower(), CODE.replace("-", "")):
        assert resident.get(page(typed)).status_code == 200


@each_row(
    ("typed", "said"),
    [
        ("", "请输入查询码"),
        ("x", "还差 27 位：查询码共 28 位。"),
        (CODE[:-1], "还差 1 位"),
        (CODE + "Y2", "多了 2 位"),
        (CODE[:-2] + "0O", "查询码不含“0O”"),
        (CODE[:-1] + "Y", "没有找到这个查询码"),
        ("nh 2026 1", "这是需求编号。查询码是另外的 28 位字母和数字"),
        ("ＮＨ－2026－00001", "这是需求编号"),
        ("13912345678", "这是手机号"),
        ("a:b:c", "这个链接不完整，或已超过 7 天"),
        ("http://portal.example/demands/track/a:b:c/", "这个链接不完整"),
        ("\x00", "无法保存的字符"),
        ("湖" * 28, "查询码只有字母和数字"),
        ("-", "查询码只有字母和数字"),
        ("A" * 401, "最多 400 个字"),
        ("<script>", "还差 22 位"),
    ],
    warm=True,
)
def test_a_code_that_opens_nothing_is_said_beside_what_was_typed(resident, demand, typed, said):
    response = resident.post(TRACK, {"code": typed})
    assert response.status_code == 422
    assert said in words(response)
    assert "<script>" not in response.content.decode().partition("</head>")[2]


@each_row(
    "code",
    ["x", CODE[:-1] + "Y", "a:b:c", ":", "%00", "%ED%A0%80", "a" * 2000, "湖", "%2E%2E", "x:%00:y", "x:湖:y"],
    warm=True,
)
def test_an_address_that_opens_nothing_is_a_page_that_helps(resident, demand, code):
    response = resident.get(page(code))
    assert response.status_code == 404
    assert "没有找到这个查询码" in words(response)


def test_nothing_below_an_unknown_code_is_there(resident, demand):
    for under in ("add/", "rate/", "reopen/", "withdraw/", "unpublish/", "delete/", "new-code/"):
        for method in (resident.get, resident.post):
            assert method(page(new_code()) + under).status_code == 404, under
    demand.refresh_from_db()
    assert (demand.status, demand.version) == ("received", 0)


def test_other_methods_are_refused(resident, demand):
    for address in (TRACK, page(), f"{page()}reopen/", f"{page()}withdraw/"):
        for method in (resident.put, resident.patch, resident.delete):
            assert method(address).status_code == 405


def test_wrong_codes_are_slowed_down_and_right_ones_are_not(resident, demand, monkeypatch):
    monkeypatch.setattr(entrance, "MISSES_AN_HOUR", 3)
    for attempt in range(3):
        if attempt % 2:
            assert resident.get(page(new_code())).status_code == 404
        else:
            assert resident.post(TRACK, {"code": new_code()}).status_code == 422
        assert resident.get(page()).status_code == 200
    for response in (
        resident.get(page(new_code())),
        resident.post(TRACK, {"code": new_code()}),
        resident.post(f"{page(new_code())}add/"),
    ):
        assert response.status_code == 429
        assert "尝试次数太多，请一小时后再试" in words(response)
    assert resident.get(page()).status_code == 200
    assert resident.post(TRACK, {"code": CODE}).status_code == 302
    assert Client(REMOTE_ADDR="198.51.100.7").get(page(new_code())).status_code == 404


def test_a_signed_link_opens_the_page_and_shows_no_code(resident, demand):
    response = resident.get(link(demand))
    assert response.status_code == 200
    assert demand.ref in words(response)
    assert CODE not in response.content.decode()
    assert "本页由链接打开，链接 7 天后失效。" in words(response)
    # Typed into the field it works as well.
    assert resident.post(TRACK, {"code": link(demand).split("/")[3]}).status_code in (302, 422)


def test_a_signed_link_expires_after_seven_days(resident, demand, monkeypatch):
    address, now = link(demand), timezone.now().timestamp()
    for days, expected in ((0, 200), (6.99, 200), (7.01, 404), (365, 404)):
        with monkeypatch.context() as patch:
            patch.setattr("django.core.signing.time.time", lambda days=days: now + days * 24 * 3600)
            assert resident.get(address).status_code == expected, days


def test_a_link_signed_for_something_else_opens_nothing(resident, demand):
    for forged in (
        signing.dumps(demand.ref, salt="demands.submit"),
        signing.dumps(demand.ref),
        signing.dumps(demand.ref, key="another key", salt=tracking.SALT),
        link(demand).split("/")[3][:-2] + "xx",
        signing.dumps(None, salt=tracking.SALT),
        signing.dumps({"a": 1}, salt=tracking.SALT),
    ):
        assert resident.get(page(forged)).status_code == 404, forged


def test_the_page_is_kept_by_nobody(resident, demand):
    photo = factories.photo(demand)
    addresses = [page(), link(demand), f"{page()}reopen/", f"{page()}withdraw/", f"{page()}photos/{photo.pk}.jpg"]
    for address in addresses:
        response = resident.get(address)
        assert response.status_code == 200
        body(response)
        assert "no-store" in response["Cache-Control"], address
        assert "private" in response["Cache-Control"], address
        assert "same-origin" in response["Referrer-Policy"]
        if not address.endswith(".jpg"):
            assert response["X-Robots-Tag"] == "noindex", address
    for address in (TRACK, page(new_code())):
        response = resident.get(address)
        assert "no-store" in response["Cache-Control"]
        assert 'name="robots" content="noindex"' in response.content.decode()


def test_photos_are_seen_by_who_has_the_code(resident, demand):
    for review in PhotoReview:
        photo = factories.photo(demand, review=review)
        response = resident.get(f"{page()}photos/{photo.pk}.jpg")
        assert (response.status_code, body(response)[:2]) == (200, b"\xff\xd8")
        assert resident.get(f"{page(new_code())}photos/{photo.pk}.jpg").status_code == 404
    other = factories.photo(factories.demand())
    assert resident.get(f"{page()}photos/{other.pk}.jpg").status_code == 404


# --- What it shows ---------------------------------------------------------------------------------------------------

# Status → what the page offers: rate, reopen, add, withdraw.
OFFERS = {
    "received": (False, False, True, True),
    "accepted": (False, False, True, True),
    "in_consultation": (False, False, True, True),
    "in_progress": (False, False, True, True),
    "resolved": (True, False, True, False),
    "confirmed": (False, True, True, False),
    "reopened": (False, False, True, True),
    "declined": (True, False, True, False),
    "merged": (False, False, True, False),
    "split": (False, False, True, False),
    "withdrawn": (False, False, False, False),
}


@each_row(("status", "offers"), OFFERS.items(), warm=True)
def test_the_page_offers_what_can_be_done_now_and_the_rest_is_refused(resident, status, offers):
    demand = make(status)
    html = resident.get(page()).content.decode()
    found = tuple(f'"{page()}{under}/"' in html for under in ("rate", "reopen", "add", "withdraw"))
    assert found == offers
    assert demand.get_status_display() in html
    if not offers[3]:
        assert resident.post(f"{page()}withdraw/").status_code == 302
    if status not in ("resolved", "confirmed", "declined"):
        assert told(rate(resident))[-1] == "这件需求还没有办结，暂时不能评价。"
        assert not Rating.objects.exists()
        response = resident.post(f"{page()}reopen/", {"reason": "再办"})
        assert response.status_code == 302
        expected = "请选择没有解决的一件" if status == "split" else "不能改为“重新办理”"
        assert expected in told(response)[-1]
    demand.refresh_from_db()
    assert demand.status == status


def test_the_timeline_shows_offices_and_no_notes(resident, demand):
    staff = factories.community_staff()
    services.handling.answer(demand, "明天来看。", actor=staff)
    services.handling.note(demand, "内部的话", actor=staff)
    text = words(resident.get(page()))
    assert "明天来看。" in text
    assert "桂花社区居委会" in text
    assert "内部的话" not in text
    assert staff.name not in text


def test_the_deadline_is_in_words_and_late_is_said(resident, demand):
    day = demand.response_due
    weekday = "一二三四五六日"[day.weekday()]
    assert f"{day.year}年{day.month}月{day.day}日 星期{weekday}前回应您" in words(resident.get(page()))
    # A change of the deadline is a new version.
    Demand.objects.update(response_due=timezone.localdate() - datetime.timedelta(days=1), version=1)
    assert "已超期" in words(resident.get(page()))


def test_the_page_begins_with_the_latest_answer_and_what_can_be_done(resident):
    demand = make(S.RESOLVED, public=True)
    text = words(resident.get(page())).partition("NH-2026-")[2]
    answer = demand.messages.filter(kind="answer").latest("pk").body
    told = [text.index(part) for part in (demand.public_title, "已办结，待您确认", answer, "问题解决了吗", "办理进展")]
    assert told == sorted(told)
    assert text.count(answer) == 1
    folded = [text.index(part) for part in ("经过", "补充情况", "查询码、二维码", "您提交的内容", "撤回、不再公开")]
    assert told[-1] < folded[0]
    assert folded == sorted(folded)


def test_the_code_stands_open_after_submitting_and_is_folded_later(resident, demand):
    before = Demand.objects.filter(pk=demand.pk).values().get()
    fresh = resident.get(page()).content.decode()
    assert "<h1>需求已收到</h1>" in fresh
    assert "查询码、二维码、打印" not in fresh
    assert fresh.index(CODE) < fresh.index("办理进展")
    Demand.objects.filter(pk=demand.pk).update(received_at=timezone.now() - own_page.OPEN_FOR)
    later = resident.get(page()).content.decode()
    assert "查询码、二维码、打印" in later
    # Without a script too, the folded code has a way to be opened for good.
    assert 'href="?code"' in later
    assert "查询码、二维码、打印" not in resident.get(f"{page()}?code").content.decode()
    after = Demand.objects.filter(pk=demand.pk).values().get()
    assert after | {"received_at": before["received_at"]} == before


def test_the_qr_code_is_an_image_of_its_own(resident, demand):
    html = resident.get(page()).content.decode()
    assert "<svg" not in html.partition("<main")[2]
    assert f'src="{page()}qr.svg"' in html
    response = resident.get(f"{page(CODE.lower().replace('-', ''))}qr.svg")
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert response.content == qr.picture(f"http://portal.example{page()}")
    assert resident.get(f"{link(demand)}qr.svg").status_code == 404
    assert resident.get(f"{page(new_code())}qr.svg").status_code == 404


@pytest.mark.parametrize(
    ("contact", "button"),
    [({}, "发到我的手机"), ({"phone": "", "email": "wang@example.com"}, "发到我的邮箱"), ({"phone": ""}, "")],
)
def test_the_link_is_sent_to_the_stored_contact_once_an_hour(resident, contact, button):
    demand = factories.demand(code=CODE, **contact)
    assert (button or "发到我的") in words(resident.get(page())) or not button
    for _time in range(2):
        response = resident.post(f"{page()}send/")
        assert told(response)[-1].startswith("查询链接会发到您提交时留的电话或邮箱")
    sent = OutboxMessage.objects.filter(template="link", subject_ref=demand.ref)
    assert sent.count() == bool(button)


# --- A lost code -----------------------------------------------------------------------------------------------------


def ask(client, ref: str, address: str):
    return form(client.get(TRACK), "lost-ref").send(client, TRACK, **{"lost-ref": ref, "lost-address": address})


@each_row(
    ("ref", "address", "owed"),
    [
        ("{ref}", "13912345678", 1),
        ("{ref}", "+86 139 1234 5678", 1),
        ("{lower}", " 139-1234-5678 ", 1),
        ("{ref}", "13912345679", 0),
        ("NH-2026-99999", "13912345678", 0),
        ("{ref}", "nobody@example.com", 0),
        ("{ref}", "5678", 1),
        ("{ref}", "５６７８", 1),
        ("{ref}", "5679", 0),
        ("NH-2026-99999", "5678", 0),
    ],
    warm=True,
)
def test_asking_for_a_link_answers_alike_and_writes_only_to_the_stored_contact(resident, demand, ref, address, owed):
    ref = ref.format(ref=demand.ref, lower=demand.ref.lower())
    response = resident.post(TRACK, {"lost-ref": ref, "lost-address": address})
    assert (response.status_code, response["Location"]) == (302, TRACK)
    assert told(response)[-1] == (
        "如果编号与电话或邮箱一致，您会在几分钟内收到查询链接。没有收到的，请打电话或到窗口查询。"
    )
    messages = OutboxMessage.objects.filter(template="link")
    assert messages.count() == owed
    assert [message.contact for message in messages] == [demand.contact] * owed
    assert all(message.parameters == {"ref": demand.ref} for message in messages)


def test_known_and_unknown_cost_the_same_statements_and_one_commit_that_writes(resident, demand):
    def statements(ref: str, digits: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            resident.post(TRACK, {"lost-ref": ref, "lost-address": digits})
        return [query["sql"].split()[0] for query in captured]

    resident.get(TRACK)  # what is cached, whoever asks
    known, unknown = statements(demand.ref, "5678"), statements("NH-2026-99999", "5678")
    assert known == unknown == ["SAVEPOINT", "INSERT", "INSERT", "RELEASE"]
    assert OutboxMessage.objects.filter(template="link").count() == 1


def test_by_e_mail_in_any_case(resident):
    demand = factories.demand(phone="", email="Wang@Example.com")
    ask(resident, demand.ref, " wang@example.COM ")
    assert OutboxMessage.objects.filter(template="link", channel="email").count() == 1


def test_one_link_an_hour(resident, demand, monkeypatch):
    start = timezone.now().replace(minute=10)
    for minutes, owed in ((0, 1), (20, 1), (49, 1), (60, 2)):
        moment = start + datetime.timedelta(minutes=minutes)
        monkeypatch.setattr("django.utils.timezone.now", lambda moment=moment: moment)
        ask(resident, demand.ref, "13912345678")
        assert OutboxMessage.objects.filter(template="link").count() == owed, minutes


def test_asking_too_often_is_slowed_down(resident, demand, monkeypatch):
    monkeypatch.setattr(entrance, "LINKS_AN_HOUR", 2)
    for _time in range(2):
        assert ask(resident, demand.ref, "0000").status_code == 302
    assert ask(resident, demand.ref, "13912345678").status_code == 429
    assert not OutboxMessage.objects.filter(template="link").exists()


@each_row(
    ("ref", "address"),
    [
        ("", "5678"),
        ("NH-2026-00001", ""),
        ("\x00", "\x00"),
        ("x" * 61, "5678"),
        ("x", "y" * 121),
        ("NH-2026-00001", "567"),
        ("NH-2026-00001", "x"),
        (CODE, "5678"),
    ],
    warm=True,
)
def test_what_is_missing_is_said(resident, demand, ref, address):
    response = resident.post(TRACK, {"lost-ref": ref, "lost-address": address})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert ("这是查询码，请填在上面" in words(response)) == (ref == CODE)
    assert not OutboxMessage.objects.filter(template="link").exists()


def test_the_link_comes_by_mail_and_works(resident, mailoutbox):
    from foundation.sending import send_next  # as the worker does

    demand = factories.demand(phone="", email="wang@example.com")
    ask(resident, demand.ref, "wang@example.com")
    while send_next():
        pass
    mail = mailoutbox[-1]
    assert mail.to == ["wang@example.com"]
    address = next(word for word in mail.body.split() if "/demands/track/" in word)
    address = address.partition("http://portal.example")[2]
    assert demand.ref in words(resident.get(address))


# --- A new code ------------------------------------------------------------------------------------------------------


def test_who_came_by_a_link_gets_a_new_code(resident, demand):
    shown = resident.get(link(demand))
    [button] = [one for one in forms(shown) if one.action.endswith("/new-code/")]
    response = button.send(resident)
    assert response.status_code == 302
    fresh = resident.get(response["Location"])
    code = response["Location"].split("/")[3]
    assert (fresh.status_code, code in words(fresh)) == (200, True)
    assert resident.get(page()).status_code == 404
    # The link itself still works; used twice it makes another code.
    assert button.send(resident)["Location"] != response["Location"]
    assert resident.get(response["Location"]).status_code == 404


def test_with_the_code_itself_there_is_no_new_one(resident, demand):
    assert resident.post(f"{page()}new-code/").status_code == 404
    assert "new-code" not in resident.get(page()).content.decode()
    assert resident.get(page()).status_code == 200


def test_a_new_code_is_a_post(resident, demand):
    assert resident.get(f"{link(demand)}new-code/")["Location"] == link(demand)
    assert resident.get(page()).status_code == 200


# --- Adding ----------------------------------------------------------------------------------------------------------


def add(client, **values):
    return form(client.get(page()), "body").send(client, **values)


def test_text_and_a_photo_are_added(resident, demand):
    response = add(resident, body="今天又不亮了。", photo_1=factories.jpeg())
    assert response.status_code == 302
    assert told(response)[-1] == "已补充，经办人会看到。"
    assert "今天又不亮了。" in words(resident.get(page()))
    assert (demand.messages.get().kind, demand.photos.count()) == ("addition", 1)
    assert demand.photos.get().review == "pending"


def test_sent_twice_it_is_added_once(resident, demand):
    shown = form(resident.get(page()), "body")
    for _time in range(2):
        assert shown.send(resident, body="今天又不亮了。", photo_1=factories.jpeg()).status_code == 302
    assert (demand.messages.count(), demand.photos.count()) == (1, 1)


@pytest.fixture
def adding(resident, demand):
    """The form that adds something, as it is shown."""
    return form(resident.get(page()), "body")


@each_row(
    ("values", "said"),
    [
        ({"body": ""}, "请填写要补充的内容，或选择照片。"),
        ({"body": " \n "}, "请填写要补充的内容，或选择照片。"),
        ({"body": "字" * 2001}, "最多 2000 个字，现在有 2001 个字"),
        ({"body": "a\x00b"}, "无法保存的字符"),
        ({"body": "好", "photo_1": factories.upload(b"no photo", "x.jpg")}, "这不是能识别的照片"),
        ({"body": "好", "photo_1": factories.upload(b"", "x.jpg")}, "照片是空的"),
        ({"body": "好", "key": "nonsense"}, ""),
    ],
    warm=True,
)
def test_what_cannot_be_added_is_said_and_kept(resident, demand, adding, values, said):
    response = adding.send(resident, **values)
    assert response.status_code == 422
    assert said in words(response)
    assert form(response, "body").values["body"].strip() == values["body"].strip()
    assert not demand.messages.exists()


def test_photos_of_one_address_are_throttled_here_too(resident, demand, monkeypatch):
    monkeypatch.setattr("foundation.photo_forms.PhotoFields.UPLOADS_AN_HOUR", 0)
    response = add(resident, body="今天又不亮了。", photo_1=factories.jpeg())
    assert response.status_code == 422
    assert "照片上传过于频繁，请一小时后再试，也可以先不上传照片。" in words(response)
    assert form(response, "body").values["body"] == "今天又不亮了。"


def test_a_full_disk_at_an_addition_is_said(resident, demand, monkeypatch):
    def full(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(WholeFileStorage, "_save", full)
    response = add(resident, body="今天又不亮了。", photo_1=factories.jpeg())
    assert response.status_code == 422
    assert "照片暂时无法保存，请稍后再试，也可以先不上传照片。" in words(response)
    assert form(response, "body").values["body"] == "今天又不亮了。"


def test_a_thirteenth_photo_is_refused(resident, demand):
    copies(factories.photo(demand), 11)
    response = add(resident, body="再来一张", photo_1=factories.jpeg())
    assert response.status_code == 422
    assert "一件需求最多 12 张照片。" in words(response)
    assert not demand.messages.exists()


def test_nothing_is_added_where_all_is_over(resident):
    demand = make("withdrawn")
    before = demand.messages.count()
    response = resident.post(f"{page()}add/", {"body": "还有", "key": str(uuid.uuid4())})
    assert response.status_code == 422
    assert "这件需求已结束，不能再补充。" in words(response)
    assert demand.messages.count() == before


def test_a_reload_after_sending_nothing_leads_back_to_the_page(resident, demand):
    assert "请填写要补充的内容" in words(resident.post(f"{page()}add/"))
    for method in (resident.get, resident.head):
        response = method(f"{page()}add/")
        assert (response.status_code, response["Location"]) == (302, page())
    assert resident.put(f"{page()}add/").status_code == 405
    assert not demand.messages.exists()


# --- Rating ----------------------------------------------------------------------------------------------------------


def rate(client, **values):
    return client.post(f"{page()}rate/", {"work": "satisfied", "result": "satisfied", "comment": "很好"} | values)


def rating_forms(response) -> list:
    """Of the page: the one button of who is satisfied, the reason of who is not, and all of it apart."""
    return [one for one in forms(response) if one.action == f"{page()}rate/"]


def test_satisfied_with_the_result_confirms_it_in_one_tap(resident):
    demand = make(S.RESOLVED)
    satisfied = rating_forms(resident.get(page()))[0]
    assert satisfied.buttons == [("result", "satisfied")]
    response = satisfied.send(resident, result="satisfied")
    assert told(response)[-1] == "评价已提交，谢谢您。"
    demand.refresh_from_db()
    assert (demand.status, demand.ratings.get().work) == ("confirmed", "")
    assert "结果：满意" in words(resident.get(page()))


def test_work_and_result_are_rated_apart(resident):
    demand = make(S.RESOLVED)
    apart = rating_forms(resident.get(page()))[2]
    apart.send(resident, work="unsure", result="satisfied", comment="很好", again="on")
    demand.refresh_from_db()
    # Who is satisfied has nothing reopened, whatever was ticked.
    assert demand.status == "confirmed"
    assert (demand.ratings.get().work, demand.ratings.get().comment) == ("unsure", "很好")
    assert "很好" in words(resident.get(page()))


@pytest.mark.parametrize("number", [1, 2], ids=["short", "apart"])
def test_not_satisfied_reopens_it_for_the_reason_typed_once(resident, number):
    demand = make(S.RESOLVED)
    values = {"result": "unsatisfied", "again": "on"} if number == 2 else {}
    refused = rating_forms(resident.get(page()))[number].send(resident, **values)
    assert refused.status_code == 422
    assert "请填写哪里还没有解决" in words(refused)
    assert not Rating.objects.exists()
    response = rating_forms(refused)[number].send(resident, **values, comment="还是不亮。")
    assert told(response)[-1] == "评价已提交，需求已重新办理。经办人会看到您填写的情况。"
    demand.refresh_from_db()
    assert (demand.status, demand.ratings.get().result) == ("reopened", "unsatisfied")
    assert [message.body for message in demand.messages.filter(kind="reason")] == ["还是不亮。"]
    assert resident.get(page()).content.decode().count("还是不亮。") == 1


def test_unsatisfied_alone_points_to_reopening(resident):
    demand = make(S.RESOLVED)
    apart = rating_forms(resident.get(page()))[2]
    response = apart.send(resident, result="unsatisfied", comment="太慢了。")
    assert told(response)[-1] == "评价已提交。如果问题还没有解决，可以要求重新办理。"
    demand.refresh_from_db()
    assert (demand.status, demand.ratings.get().comment) == ("resolved", "太慢了。")
    html = resident.get(page()).content.decode()
    assert f'"{page()}rate/"' not in html
    assert f'"{page()}reopen/"' in html


def test_rated_twice_it_is_rated_once(resident):
    make(S.RESOLVED)
    rate(resident, result="unsatisfied")
    assert told(rate(resident))[-1] == "您已经评价，谢谢。"
    assert Rating.objects.get().result == "unsatisfied"


def test_a_confirmed_demand_has_been_rated(resident):
    make(S.CONFIRMED)
    assert told(rate(resident, result="unsatisfied"))[-1] == "您已经评价，谢谢。"
    assert not Rating.objects.exists()


def test_a_declined_demand_can_be_rated_and_stays_declined(resident):
    demand = make(S.DECLINED)
    rate(resident)
    demand.refresh_from_db()
    assert (demand.status, demand.ratings.count()) == ("declined", 1)


@pytest.fixture
def resolved():
    return make(S.RESOLVED)


@each_row(
    "values",
    [
        {"result": ""},
        {"work": "great"},
        {"comment": "字" * 501},
        {"comment": "\x00"},
        {"result": "\x00"},
    ],
    warm=True,
)
def test_a_rating_that_is_not_whole_comes_back(resident, resolved, values):
    response = rate(resident, **values)
    assert response.status_code == 422
    assert rating_forms(response)[2].values["comment"] == values.get("comment", "很好")
    assert not Rating.objects.exists()


def test_a_reload_after_a_refused_rating_leads_back_to_the_page(resident):
    make(S.RESOLVED)
    assert resident.post(f"{page()}rate/").status_code == 422
    assert resident.get(f"{page()}rate/")["Location"] == page()
    assert resident.put(f"{page()}rate/").status_code == 405
    assert not Rating.objects.exists()


# --- Reopening -------------------------------------------------------------------------------------------------------


@each_row("status", ["resolved", "confirmed", "declined"])
def test_a_closed_demand_is_reopened_with_a_reason(resident, status):
    demand = make(status)
    shown = resident.get(f"{page()}reopen/")
    assert shown.status_code == 200
    response = form(shown, "reason").send(resident, f"{page()}reopen/", reason="还是不亮。")
    assert told(response)[-1] == "已重新办理，经办人会看到您的理由。"
    demand.refresh_from_db()
    assert (demand.status, demand.closed_at) == ("reopened", None)
    assert demand.messages.filter(kind="reason", body="还是不亮。").exists()


@each_row("reason", ["", " \n", "字" * 1001, "\x00"], warm=True)
def test_without_a_reason_that_can_be_kept_it_is_not(resident, resolved, reason):
    response = resident.post(f"{page()}reopen/", {"reason": reason})
    assert response.status_code == 422
    resolved.refresh_from_db()
    assert resolved.status == "resolved"


# --- Withdrawing, unpublishing, deleting -----------------------------------------------------------------------------


@each_row("status", [status for status, offers in OFFERS.items() if offers[3]])
def test_an_open_demand_is_withdrawn_once(resident, status):
    demand = make(status, public=True)
    shown = resident.get(f"{page()}withdraw/")
    assert "撤回后不能恢复" in words(shown)
    demand.refresh_from_db()
    assert demand.status == status
    response = form(shown).send(resident, f"{page()}withdraw/")
    assert told(response)[-1] == "需求已撤回。"
    demand.refresh_from_db()
    assert (demand.status, demand.published_at, demand.consent_publication) == ("withdrawn", None, False)
    again = resident.post(f"{page()}withdraw/")
    assert "不能改为“居民已撤回”" in told(again)[-1]
    assert demand.transitions.filter(to_status="withdrawn").count() == 1


def test_publication_is_taken_back_at_once_and_as_often_as_wanted(resident):
    demand = make(S.IN_PROGRESS, public=True)
    assert resident.get(f"/demands/{demand.ref}/").status_code == 200
    assert "不再公开这件需求" in words(resident.get(page()))
    for _time in range(2):
        response = resident.post(f"{page()}unpublish/")
        assert told(response)[-1] == "已不再公开。"
    demand.refresh_from_db()
    assert (demand.status, demand.published_at, demand.consent_publication) == ("in_progress", None, False)
    assert demand.unpublished_at is not None
    assert resident.get(f"/demands/{demand.ref}/").status_code == 404
    assert "不再公开这件需求" not in words(resident.get(page()))


def test_consent_can_be_taken_back_before_anything_is_published(resident, demand):
    resident.post(f"{page()}unpublish/")
    demand.refresh_from_db()
    assert not demand.consent_publication


def test_deletion_is_asked_for_once_and_the_first_day_counts(resident, demand):
    response = resident.post(f"{page()}delete/")
    assert told(response)[-1] == "删除申请已收到。"
    demand.refresh_from_db()
    first = demand.deletion_requested_at
    assert first is not None
    assert "申请删除信息" in words(resident.get(page()))
    assert f'"{page()}delete/"' not in resident.get(page()).content.decode()
    resident.post(f"{page()}delete/")
    demand.refresh_from_db()
    assert demand.deletion_requested_at == first


def test_looking_at_a_question_changes_nothing(resident):
    demand = make(S.ACCEPTED, public=True)
    before = Demand.objects.filter(pk=demand.pk).values().get()
    for question in ("withdraw", "unpublish", "delete"):
        assert resident.get(f"{page()}{question}/").status_code == 200
        assert resident.head(f"{page()}{question}/").status_code == 200
    assert Demand.objects.filter(pk=demand.pk).values().get() == before


def test_every_act_needs_the_token(db):
    demand = make(S.RESOLVED)
    client = Client(enforce_csrf_checks=True)
    values = {"reason": "再办", "body": "补充", "work": "unsure", "result": "unsure"}
    for act in ("withdraw", "unpublish", "delete", "add", "rate", "reopen"):
        assert client.post(f"{page()}{act}/", values).status_code == 403
    demand.refresh_from_db()
    assert (demand.status, demand.deletion_requested_at) == ("resolved", None)
    assert not DemandMessage.objects.filter(kind="addition").exists()


def test_an_erased_demand_cannot_be_opened_any_more(resident, demand):
    address = link(demand)
    services.handling.erase(demand, actor=factories.liaison_staff())
    assert resident.get(page()).status_code == 404
    # A link from an old message leads to the tombstone: what it was, and nothing of what was said.
    response = resident.get(address)
    assert response.status_code == 200
    assert "个人信息已按规定删除。" in words(response)
    assert "3 号门外" not in words(response)


def test_a_link_opens_only_its_own_demand(resident, demand):
    other = factories.demand(description="别人的事")
    assert "别人的事" not in words(resident.get(link(demand)))
    assert other.ref not in words(resident.get(link(demand)))
