"""A member's pages of dispatched demands: what they show of a demand, what may be pressed, and whose they are."""

import datetime
import itertools
import re
import uuid

import pytest
from django.utils import timezone

from demands import services
from demands.models import Demand, DemandPhoto, Dispatch, MessageKind
from demands.selectors import timeline
from demands.services import dispatches
from demands.workflow import DemandStatus as S
from demands.workflow import DispatchStatus as D
from demands.workflow import Party
from foundation.audit import AuditEntry
from foundation.uploads import PhotoReview, StagedPhoto
from members.models import DutyRecord
from members.services.duties import records
from members.workflow import DutyStatus
from tests import factories
from tests.pages import body, form, forms, words
from tests.rows import OWN_OF_DEMANDS, copies, each_row

pytestmark = pytest.mark.django_db

LIST = "/my/demands/"
RAW, PLACE = "王女士家厨房漏水，一直滴到楼下。", "5 栋 2 单元"
PHONE = "13987654321"


def page(row) -> str:
    return f"{LIST}{row.pk}/"


def hidden_demand(status=S.ACCEPTED, **values):
    """Of which nothing is public."""
    return factories.demand(status, description=RAW, place=PLACE, phone=PHONE, **values)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def me(member_client):
    """The member who is signed in as `member_client`."""
    return factories.member_with_account()


@pytest.fixture
def mine(me):
    """A dispatch that the member has accepted."""
    return factories.dispatch(D.ACCEPTED, member=me)


@pytest.fixture
def other(db):
    return factories.member_with_account("other", name="李委员")


def addresses(row, photo: int = 1) -> list[str]:
    return [
        page(row),
        f"{page(row)}claim/",
        f"{page(row)}move/accepted/",
        f"{page(row)}move/declined/",
        f"{page(row)}move/done/",
        f"{page(row)}progress/",
        f"{page(row)}report/",
        f"{page(row)}contact/",
        f"{page(row)}photos/{photo}.jpg",
    ]


# --- The list --------------------------------------------------------------------------------------------------------


def test_the_list_tells_what_waits_what_is_in_hand_what_can_be_claimed_and_what_is_over(me, member_client, other):
    titles = {
        D.OFFERED: "路灯不亮",
        D.ACCEPTED: "电梯异响",
        D.OPEN: "楼道堆物",
        D.DONE: "下水堵塞",
        D.DECLINED: "噪音扰民",
    }
    for status, title in titles.items():
        demand = factories.publish(factories.demand(S.ACCEPTED), title=title)
        factories.dispatch(status, demand_=demand, member=me)
    factories.dispatch(D.OFFERED, demand_=factories.publish(factories.demand(S.ACCEPTED), title="别人的"), member=other)
    text = words(member_client.get(LIST))
    order = ["待我答复", "路灯不亮", "正在办理的", "电梯异响", "可以认领", "楼道堆物", "已完成和已结束的", "下水堵塞"]
    at = [text.index(word) for word in order]
    assert at == sorted(at)
    assert text.index("噪音扰民") > text.index("已完成和已结束的")
    assert "别人的" not in text


def test_an_empty_list_says_so_and_is_not_to_be_kept(me, member_client):
    response = member_client.get(LIST)
    assert "no-store" in response["Cache-Control"]
    assert 'name="robots" content="noindex"' in response.content.decode()
    text = words(response)
    for said in (
        "没有待您答复的需求。",
        "没有正在办理的需求。",
        "本街道目前没有开放认领的需求。",
        "还没有。您完成的需求会列在这里",
    ):
        assert said in text


def test_the_day_to_answer_by_is_told_in_words(me, member_client):
    row = factories.dispatch(D.OFFERED, member=me)
    for days, said in {0: "请在今天之内答复", 2: "前答复", -1: "答复期限已过"}.items():
        Dispatch.objects.filter(pk=row.pk).update(reply_by=timezone.localdate() + datetime.timedelta(days=days))
        assert said in words(member_client.get(LIST))
        assert said in words(member_client.get(page(row)))


def test_long_lists_have_pages_of_their_own(me, member_client):
    done = factories.dispatch(D.DONE, member=me)
    done.duty_record = None
    copies(done, 21)
    waiting = factories.dispatch(D.OPEN)
    for demand in copies(waiting.demand, 21, **OWN_OF_DEMANDS):
        waiting.demand = demand
        copies(waiting, 1)
    both = member_client.get(LIST).content.decode()
    for show in ("claim", "over"):
        assert f"?show={show}" in both
        first = member_client.get(f"{LIST}?show={show}")
        assert first.content.decode().count('class="item dispatch"') == 20
        assert f"?show={show}&amp;page=2" in first.content.decode()
        assert member_client.get(f"{LIST}?show={show}&page=2").content.decode().count('class="item dispatch"') == 2
        assert member_client.get(f"{LIST}?show={show}&page=x%00").status_code == 200
    assert member_client.get(f"{LIST}?show=%00").status_code == 200


# --- What may be read ------------------------------------------------------------------------------------------------


def test_the_residents_own_words_are_shown_while_the_demand_is_with_the_member(me, member_client, subtests):
    # All but the open one are of the same demand, one after the other.
    rows = {D.OPEN: factories.dispatch(D.OPEN, demand_=hidden_demand())}
    demand = hidden_demand()
    for status in (D.DECLINED, D.LAPSED, D.CANCELLED, D.DONE, D.ACCEPTED):
        rows[status] = factories.dispatch(status, demand_=demand, member=me)
    rows[D.OFFERED] = factories.dispatch(D.OFFERED, demand_=hidden_demand(), member=me)
    for address in (LIST, f"{LIST}?show=claim", f"{LIST}?show=over"):
        assert RAW[:6] not in words(member_client.get(address))
    for status, row in rows.items():
        text = words(member_client.get(page(row)))
        with subtests.test(status):
            assert (RAW in text) is (status in (D.OFFERED, D.ACCEPTED))
            assert (PLACE in text) is (status == D.ACCEPTED)
            assert "桂花苑的环境卫生需求" in text
            assert PHONE not in text and "王女士" not in text.replace(RAW, "")


def test_of_a_public_demand_the_edited_words_are_shown_and_not_the_raw_ones(me, member_client):
    row = factories.dispatch(D.ACCEPTED, demand_=hidden_demand(public=True), member=me)
    text = words(member_client.get(page(row)))
    assert "3 号门外路灯不亮" in text and "居民反映 3 号门外路灯损坏" in text
    assert RAW not in text


def test_what_was_unpublished_is_not_told_on_to_those_who_had_it(me, member_client):
    demand = hidden_demand(public=True)
    row = factories.dispatch(D.DONE, demand_=demand, member=me)
    services.residents.withdraw_publication(demand)
    text = words(member_client.get(page(row)))
    assert "3 号门外路灯不亮" not in text and "居民反映" not in text


@pytest.fixture
def photos():
    """By whether the demand is public: one of each review."""
    demands = {public: hidden_demand(public=public) for public in (False, True)}
    return {
        public: {review: factories.photo(demand, review=review) for review in PhotoReview}
        for public, demand in demands.items()
    }


@each_row(
    ("status", "public", "shown"),
    [
        (D.OFFERED, False, {PhotoReview.PENDING, PhotoReview.APPROVED}),
        (D.ACCEPTED, False, {PhotoReview.PENDING, PhotoReview.APPROVED}),
        (D.DONE, False, set()),
        (D.DECLINED, False, set()),
        (D.OPEN, False, set()),
        (D.OPEN, True, {PhotoReview.APPROVED}),
        (D.DONE, True, {PhotoReview.APPROVED}),
    ],
    warm=True,
)
def test_photos_are_those_of_the_demand_in_hand_or_public_ones(me, member_client, photos, status, public, shown):
    demand = Demand.objects.get(pk=photos[public][PhotoReview.PENDING].demand_id)
    row = factories.dispatch(status, demand_=demand, member=me)
    text = member_client.get(page(row)).content.decode()
    for review, photo in photos[public].items():
        address = f"{page(row)}photos/{photo.pk}.jpg"
        response = member_client.get(address)
        assert response.status_code == (200 if review in shown else 404), review
        assert (address in text) is (review in shown)
        if review in shown:
            assert body(response)[:2] == b"\xff\xd8"
            assert "no-store" in response["Cache-Control"]


def test_a_photo_of_another_demand_is_not_there(mine, member_client):
    photo = factories.photo(factories.demand(S.ACCEPTED))
    assert member_client.get(f"{page(mine)}photos/{photo.pk}.jpg").status_code == 404


# --- Whose it is -----------------------------------------------------------------------------------------------------


@pytest.fixture
def photo_elsewhere():
    return factories.photo(hidden_demand())


@each_row("status", [D.OFFERED, D.ACCEPTED, D.DECLINED, D.LAPSED, D.CANCELLED, D.DONE], warm=True)
def test_somebody_elses_dispatch_is_not_there(me, member_client, other, photo_elsewhere, status):
    demand = Demand.objects.get(pk=photo_elsewhere.demand_id)
    row = factories.dispatch(status, demand_=demand, member=other)
    every = itertools.product(["get", "head", "post"], addresses(row, photo_elsewhere.pk))
    read = [page(row), f"{page(row)}report/", f"{page(row)}photos/{photo_elsewhere.pk}.jpg"]
    few = [*(("get", address) for address in read), ("post", f"{page(row)}contact/")]
    for method, address in every if status == D.ACCEPTED else few:
        response = getattr(member_client, method)(address)
        # What is only read says so before it looks; what is only posted leads to the page, which is not there.
        if method == "post" and address.endswith((".jpg", page(row))):
            assert response.status_code == 405
        elif method != "post" and address.endswith(("/claim/", "/contact/", "/progress/")):
            assert response["Location"] == page(row)
        else:
            assert response.status_code == 404, (method, address)
    assert fresh(row).status == status
    assert not AuditEntry.objects.filter(action="contact_revealed").exists()


def test_one_that_does_not_exist_looks_the_same(me, member_client):
    for address in ("999999/", "999999/report/", "999999/move/accepted/", "999999/photos/1.jpg"):
        assert member_client.get(LIST + address).status_code == 404
    assert member_client.post(f"{LIST}999999/claim/").status_code == 404
    assert member_client.post(f"{LIST}999999/contact/").status_code == 404


def test_open_ones_of_another_subdistrict_are_not_there(me, member_client):
    places = factories.tree()
    factories.LiaisonCommittee.objects.create(name="湖西联络委", area=places.far_subdistrict, ref_prefix="HX")
    row = factories.dispatch(D.OPEN, demand_=factories.demand(S.ACCEPTED, area=places.far_compound))
    assert member_client.get(page(row)).status_code == 404
    assert member_client.post(f"{page(row)}claim/").status_code == 404
    assert fresh(row).status == D.OPEN


def test_who_is_no_member_sees_none_of_it(resident, community_client, liaison_client, auditor_client):
    row = factories.dispatch(D.ACCEPTED, demand_=hidden_demand())
    for client in (resident, community_client, liaison_client, auditor_client):
        for address in (LIST, page(row), f"{page(row)}report/"):
            response = client.get(address)
            if client.user is None:
                assert response.status_code == 302 and "/accounts/login/" in response["Location"]
            else:
                assert response.status_code == 403 and RAW not in words(response)
        response = client.post(f"{page(row)}contact/")
        assert response.status_code in (302, 403) and PHONE not in response.content.decode()


def test_a_member_who_left_office_sees_none_of_it(me, member_client):
    row = factories.dispatch(D.ACCEPTED, member=me, demand_=hidden_demand())
    me.is_active = False
    me.save()
    assert member_client.get(page(row)).status_code == 403
    assert member_client.post(f"{page(row)}contact/").status_code == 403


@each_row(
    ("address", "method"),
    [("", "post"), ("{pk}/", "post"), ("{pk}/claim/", "put"), ("{pk}/contact/", "put"), ("{pk}/photos/1.jpg", "post")]
    + [("{pk}/report/", "put"), ("{pk}/move/declined/", "delete")],
    warm=True,
)
def test_wrong_methods_are_told(mine, member_client, address, method):
    assert getattr(member_client, method)(LIST + address.format(pk=mine.pk)).status_code == 405


def test_a_reload_leads_to_the_dispatch_and_does_nothing(mine, member_client):
    for act, row in {"claim": factories.dispatch(D.OPEN), "contact": mine}.items():
        before = fresh(row).version
        response = member_client.get(f"{page(row)}{act}/")
        assert (response.status_code, response["Location"]) == (302, page(row))
        assert fresh(row).version == before
    assert not AuditEntry.objects.filter(action="contact_revealed").exists()


# --- Answering -------------------------------------------------------------------------------------------------------


def test_a_member_accepts_with_one_press(me, member_client):
    row = factories.dispatch(D.OFFERED, member=me)
    found = form(member_client.get(page(row)), "version")
    assert found.action == f"{page(row)}move/accepted/"
    response = found.send(member_client)
    assert response["Location"] == page(row)
    assert fresh(row).status == D.ACCEPTED
    # Pressed twice.
    assert found.send(member_client)["Location"] == page(row)
    assert "刚才已经保存" in words(member_client.get(page(row)))
    assert row.transitions.filter(to_status=D.ACCEPTED).count() == 1


@pytest.mark.parametrize(("status", "label"), [(D.OFFERED, "谢绝"), (D.ACCEPTED, "无法办理，退回")])
def test_a_member_gives_up_with_a_reason(me, member_client, status, label):
    row = factories.dispatch(status, member=me)
    address = f"{page(row)}move/declined/"
    asked = member_client.get(address)
    assert f"<h1>{label}</h1>" in asked.content.decode()
    empty = form(asked, "reason").send(member_client, address, reason=" ")
    assert empty.status_code == 422 and "请写明原因" in words(empty)
    assert fresh(row).status == status
    done = form(asked, "reason").send(member_client, address, reason="这两周在外地。")
    assert done["Location"] == LIST
    assert (fresh(row).status, fresh(row).reason) == (D.DECLINED, "这两周在外地。")


def test_a_bad_reason_is_refused_in_words(me, member_client):
    row = factories.dispatch(D.OFFERED, member=me)
    for reason in ("长" * 201, "x" * 10_000, "有\x00空字节"):
        response = member_client.post(f"{page(row)}move/declined/", {"version": row.version, "reason": reason})
        assert response.status_code == 422 and "id_reason" in response.content.decode()
        assert fresh(row).status == D.OFFERED


def test_an_answer_after_the_day_is_a_sentence(me, member_client):
    row = factories.dispatch(D.OFFERED, member=me)
    Dispatch.objects.filter(pk=row.pk).update(reply_by=timezone.localdate() - datetime.timedelta(days=1))
    shown = member_client.get(page(row))
    assert not [one for one in forms(shown) if "/move/" in one.action]
    response = member_client.post(f"{page(row)}move/accepted/", {"version": row.version}, follow=True)
    assert "答复期限已过" in words(response)
    assert fresh(row).status == D.OFFERED


def test_a_stale_or_missing_version_changes_nothing(me, member_client):
    row = factories.dispatch(D.OFFERED, member=me)
    for sent in ({}, {"version": "x"}, {"version": row.version + 5}):
        response = member_client.post(f"{page(row)}move/accepted/", sent, follow=True)
        assert "您的操作没有保存" in words(response)
    assert fresh(row).status == D.OFFERED


def test_a_get_and_moves_that_are_not_a_members_do_nothing(me, member_client):
    row = factories.dispatch(D.OFFERED, member=me)
    assert member_client.get(f"{page(row)}move/accepted/").status_code == 302
    assert fresh(row).status == D.OFFERED
    for to, status in {"nonsense": 404, "lapsed": 302, "cancelled": 302, "open": 302, "done": 302}.items():
        response = member_client.post(f"{page(row)}move/{to}/", {"version": row.version, "reason": "我要"})
        assert response.status_code == status
        assert fresh(row).status == D.OFFERED


# --- Claiming --------------------------------------------------------------------------------------------------------


def test_a_member_claims_and_may_call(me, member_client):
    row = factories.dispatch(D.OPEN, demand_=hidden_demand())
    claims = [one for one in forms(member_client.get(page(row))) if one.action == f"{page(row)}claim/"]
    assert len(claims) == 1
    response = member_client.post(f"{page(row)}claim/", follow=True)
    assert "认领成功" in words(response) and "查看联系方式" in words(response)
    assert (fresh(row).status, fresh(row).member) == (D.ACCEPTED, me)
    again = member_client.post(f"{page(row)}claim/", follow=True)
    assert "您已经认领了这件需求" in words(again)


def test_a_claim_on_a_taken_or_closed_demand_is_a_sentence(me, member_client, other):
    taken, closed, back = (factories.dispatch(D.OPEN) for _number in range(3))
    dispatches.accept(taken, member=other, actor=other.user)
    factories.make_move(closed.demand, S.RESOLVED, answer="已修好。")
    factories.move_dispatch(back, D.CANCELLED, reason="取消")
    said = {taken: "已由其他委员认领", closed: "已经不再开放认领", back: "已经不再开放认领"}
    for row, words_ in said.items():
        response = member_client.post(f"{page(row)}claim/", follow=True)
        assert response.redirect_chain[-1][0] == LIST
        assert words_ in words(response)
        assert fresh(row).member != me
        # Once it is gone its page is nobody else's.
        assert member_client.get(page(row)).status_code == 404


# --- Reporting -------------------------------------------------------------------------------------------------------


def report_of(row, client, **changes):
    address = f"{page(row)}report/"
    return form(client.get(address), "report").send(client, address, **changes)


def test_a_member_reports_with_photos_from_the_camera(me, member_client):
    row = factories.dispatch(D.ACCEPTED, member=me)
    shown = member_client.get(f"{page(row)}report/").content.decode()
    assert 'name="photos" accept="image/jpeg,' in shown and 'enctype="multipart/form-data"' in shown
    response = report_of(
        row,
        member_client,
        report="两家已经谈妥。",
        hours="1.5",
        people_served="4",
        photos=[factories.jpeg(), factories.png()],
    )
    assert response["Location"] == page(row)
    done = fresh(row)
    assert (done.status, done.report) == (D.DONE, "两家已经谈妥。")
    assert [photo.party for photo in row.demand.photos.all()] == [Party.MEMBER, Party.MEMBER]
    record = DutyRecord.objects.get()
    assert (record.member, str(record.hours), record.people_served) == (me, "1.5", 4)
    # What a member says of their own hours counts once staff have confirmed it.
    assert record.status == DutyStatus.SUBMITTED and not me.duties.counted().exists()
    assert not StagedPhoto.objects.exists()
    text = words(member_client.get(page(row)))
    assert "两家已经谈妥。" in text and "履职记录待工作人员确认" in text
    records.confirm(record, actor=factories.liaison_staff())
    assert "已记入履职记录" in words(member_client.get(page(row)))
    # Sent twice.
    again = member_client.post(f"{page(row)}report/", {"version": row.version, "report": "又一次"}, follow=True)
    assert "您已经报告" in words(again)
    assert DutyRecord.objects.count() == 1


def test_progress_in_between_is_for_staff_and_not_for_the_resident(me, member_client):
    row = factories.dispatch(D.ACCEPTED, member=me)
    address = f"{page(row)}progress/"
    shown = member_client.get(page(row))
    assert "居民看不到" in words(shown)
    sent = form(shown, "text")
    for _time in range(2):  # pressed twice, it is one note
        assert sent.send(member_client, address, text="看过了，等配件。").status_code == 302
    note = row.demand.messages.get(kind=MessageKind.MEMBER)
    assert (note.body, note.author) == ("看过了，等配件。", me.user)
    assert "看过了，等配件。" in words(member_client.get(page(row)))
    assert "看过了，等配件。" in [entry.text for entry in timeline.entries(row.demand, for_staff=True)]
    assert "看过了，等配件。" not in [entry.text for entry in timeline.entries(Demand.objects.get(pk=row.demand_id))]
    for wrong in ("", "字" * 301):
        assert form(shown, "text").send(member_client, address, text=wrong).status_code == 422
    # Once it is out of their hands, nothing more arrives.
    factories.move_dispatch(fresh(row), D.CANCELLED, reason="不用了。")
    late = {"key": uuid.uuid4(), "text": "又有进展"}
    assert "不能报告进展" in words(member_client.post(address, late, follow=True))
    assert row.demand.messages.filter(kind=MessageKind.MEMBER).count() == 1


def test_good_photos_stay_when_something_else_is_wrong(me, member_client):
    row = factories.dispatch(D.ACCEPTED, member=me)
    first = report_of(row, member_client, report="", photos=[factories.upload(b"no photo"), factories.jpeg()])
    assert first.status_code == 422
    assert "请填写办理情况" in words(first) and "这不是能识别的照片" in words(first)
    kept = StagedPhoto.objects.get()
    assert form(first, "report").values["kept"] == kept.key
    # One place is taken; two more may come.
    assert re.findall(r'type="file" name="(\w+)"', first.content.decode()) == ["photos", "photo_1"]
    form(first, "report").send(member_client, f"{page(row)}report/", report="谈妥了。", photo_1=factories.png())
    assert fresh(row).status == D.DONE
    assert DemandPhoto.objects.filter(demand=row.demand, party=Party.MEMBER).count() == 2


def test_a_photo_can_be_left_out_again(me, member_client):
    row = factories.dispatch(D.ACCEPTED, member=me)
    first = report_of(row, member_client, report="", photo_1=factories.jpeg())
    form(first, "report").send(member_client, f"{page(row)}report/", report="谈妥了。", kept=None)
    assert fresh(row).status == D.DONE
    assert not row.demand.photos.exists()


def test_a_photo_that_waited_too_long_is_told(me, member_client):
    row = factories.dispatch(D.ACCEPTED, member=me)
    first = report_of(row, member_client, report="", photo_1=factories.jpeg())
    StagedPhoto.objects.update(created_at=timezone.now() - datetime.timedelta(hours=2))
    response = form(first, "report").send(member_client, f"{page(row)}report/", report="谈妥了。")
    assert response.status_code == 422 and "照片保存已超过 1 小时" in words(response)
    assert fresh(row).status == D.ACCEPTED


@each_row(
    ("sent", "said"),
    [
        ({"report": ""}, "请填写办理情况"),
        ({"report": "长" * 1001}, "最多 1000 个字"),
        ({"report": "有\x00空字节"}, "无法保存的字符"),
        ({"hours": "0"}, "0.5 到 24"),
        ({"hours": "25"}, "0.5 到 24"),
        ({"hours": "1.2"}, "0.5 到 24"),
        ({"hours": "NaN"}, "0.5 到 24"),
        ({"hours": "很久"}, "0.5 到 24"),
        ({"people_served": "-1"}, "请核对服务人数"),
        ({"people_served": "3.5"}, "请核对服务人数"),
        ({"people_served": "9999999"}, "请核对服务人数"),
    ],
    warm=True,
)
def test_a_bad_report_is_refused_in_words(mine, member_client, sent, said):
    values = {"version": mine.version, "report": "办好了。"} | sent
    response = member_client.post(f"{page(mine)}report/", values)
    assert response.status_code == 422
    assert said in words(response)
    assert fresh(mine).status == D.ACCEPTED and not DutyRecord.objects.exists()


@each_row("kept", ["x" * 10_000, "nul\x00", "没有的键", ""], warm=True)
def test_odd_keys_of_photos_are_refused_or_left_out(mine, member_client, kept):
    values = {"version": mine.version, "report": "办好了。", "kept": kept}
    assert member_client.post(f"{page(mine)}report/", values).status_code in (302, 422)
    assert not mine.demand.photos.exists()


def test_more_than_three_photos_are_not_taken(me, member_client):
    row = factories.dispatch(D.ACCEPTED, member=me)
    staged = [factories.staged_photo().key for _number in range(4)]
    member_client.post(
        f"{page(row)}report/",
        {"version": row.version, "report": "办好了。", "kept": staged, "photo_1": factories.jpeg()},
    )
    assert row.demand.photos.count() <= 3


def test_a_stale_report_is_shown_again_and_goes_through_with_the_next_press(me, member_client):
    row = factories.dispatch(D.ACCEPTED, member=me)
    address = f"{page(row)}report/"
    response = member_client.post(address, {"version": row.version - 1, "report": "办好了。"})
    assert response.status_code == 409 and "您的操作没有保存" in words(response)
    assert form(response, "report").values["report"] == "办好了。"
    form(response, "report").send(member_client, address)
    assert fresh(row).status == D.DONE


@each_row("status", [D.OFFERED, D.DECLINED, D.LAPSED, D.CANCELLED], warm=True)
def test_only_what_is_in_hand_is_reported(me, member_client, status):
    row = factories.dispatch(status, member=me)
    for response in (
        member_client.get(f"{page(row)}report/", follow=True),
        member_client.post(f"{page(row)}report/", {"version": row.version, "report": "办好了。"}, follow=True),
    ):
        assert "不能报告完成" in words(response)
    assert fresh(row).status == status


# --- How to reach the resident ---------------------------------------------------------------------------------------


def test_the_contact_is_shown_on_a_press_and_recorded(me, member_client):
    row = factories.dispatch(D.ACCEPTED, demand_=hidden_demand(), member=me)
    shown = member_client.get(page(row))
    assert PHONE not in words(shown)
    contact = [one for one in forms(shown) if one.action == f"{page(row)}contact/"]
    response = contact[0].send(member_client)
    assert response.status_code == 200 and "no-store" in response["Cache-Control"]
    assert f'href="tel:{PHONE}"' in response.content.decode()
    assert AuditEntry.objects.get(action="contact_revealed").detail == f"dispatch:{row.pk}"
    # It is not there when the page is opened anew.
    assert PHONE not in words(member_client.get(page(row)))


@each_row(
    ("status", "said"),
    [
        (D.OFFERED, "接受以后才能查看联系方式"),
        (D.DECLINED, "联系方式不再显示"),
        (D.LAPSED, "联系方式不再显示"),
        (D.CANCELLED, "联系方式不再显示"),
        (D.DONE, "联系方式不再显示"),
    ],
    warm=True,
)
def test_before_and_after_the_contact_stays_hidden(me, member_client, status, said):
    row = factories.dispatch(status, demand_=hidden_demand(), member=me)
    assert not [one for one in forms(member_client.get(page(row))) if one.action.endswith("/contact/")]
    response = member_client.post(f"{page(row)}contact/", follow=True)
    assert said in words(response) and PHONE not in response.content.decode()
    assert not AuditEntry.objects.filter(action="contact_revealed").exists()


# --- Queries ---------------------------------------------------------------------------------------------------------


def test_the_pages_cost_the_same_however_long_the_lists(me, member_client, django_assert_num_queries):
    rows = {status: [] for status in (D.OFFERED, D.ACCEPTED, D.DONE, D.OPEN)}
    for many in (2, 4):
        while len(rows[D.OPEN]) < many:
            for status, made in rows.items():
                made.append(factories.dispatch(status, demand_=hidden_demand(), member=me))
            factories.photo(rows[D.ACCEPTED][0].demand)
        for address, queries in (
            (LIST, 6),
            (f"{LIST}?show=claim", 5),
            (f"{LIST}?show=over", 5),
            (page(rows[D.ACCEPTED][0]), 6),
            (page(rows[D.OPEN][0]), 4),
            (f"{page(rows[D.ACCEPTED][0])}report/", 4),
            (f"{page(rows[D.ACCEPTED][0])}move/declined/", 4),
        ):
            member_client.get(address)
            with django_assert_num_queries(queries):
                assert member_client.get(address).status_code == 200
