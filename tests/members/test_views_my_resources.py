"""A member's own resources in the workspace."""

import datetime

import pytest
from django.utils import timezone

from foundation.actors import SYSTEM
from members.models import Resource
from members.services import bookings, resources
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

LIST, NEW = "/my/resources/", "/my/resources/new/"


@pytest.fixture
def mine():
    return factories.member_with_account()


def resource(mine, title: str = "家门口的法律咨询", **values) -> Resource:
    return factories.resource(title, member=mine, **values)


def page(resource, tail: str = "") -> str:
    return f"/my/resources/{resource.pk}/{tail}"


def answers(**changed) -> dict:
    category = factories.resource_category()
    given = {"title": "修小家电", "category": str(category.pk), "about": "周末在社区修。", "capacity": "4"}
    return given | changed


def fresh(resource) -> Resource:
    return Resource.objects.get(pk=resource.pk)


# --- Who may ---------------------------------------------------------------------------------------------------------


def test_every_page_is_for_members_in_office_only(resident, liaison_client, member_client, mine):
    one = resource(mine)
    for address in (LIST, NEW, page(one), page(one, "edit/"), page(one, "move/paused/")):
        assert resident.get(address).status_code == 302
        assert "/accounts/" in resident.get(address)["Location"]
        assert liaison_client.get(address).status_code == 403
        assert member_client.get(address).status_code == 200
    mine.is_active = False
    mine.save()
    assert member_client.get(LIST).status_code == 403


def test_somebody_elses_is_not_there(member_client, mine):
    other = factories.committee_member("别人")
    theirs = [factories.resource(member=other), factories.resource(organisation=factories.organisation())]
    for one in theirs:
        assert one.title not in words(member_client.get(LIST))
        for tail in ("", "edit/", "move/paused/"):
            assert member_client.get(page(one, tail)).status_code == 404
        sent = {"version": one.version, "reason": "试试", "capacity": "1"}
        for tail in ("edit/", "move/paused/", "move/ended/"):
            assert member_client.post(page(one, tail), sent).status_code == 404
        assert (fresh(one).status, fresh(one).version) == ("open", one.version)
    assert member_client.get("/my/resources/999999/").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(member_client, mine, method):
    one = resource(mine)
    for address in (LIST, NEW, page(one), page(one, "edit/"), page(one, "move/paused/")):
        assert getattr(member_client, method)(address).status_code == 405
    for address in (LIST, page(one)):
        assert member_client.post(address).status_code == 405


# --- Looking ---------------------------------------------------------------------------------------------------------


def test_the_list_shows_each_status_and_the_uses_of_the_month(member_client, mine):
    today = timezone.localdate()
    busy = resource(mine, "忙", capacity=4)
    bookings.use(bookings.book(busy, key="a", day=today))
    bookings.book(busy, key="b", day=today)
    resource(mine, "歇", status="paused")
    resource(mine, "过", ends_on=today - datetime.timedelta(days=1))
    text = words(member_client.get(LIST))
    assert "忙 开放中 法律服务 本月已排 2 次，其中 1 次正在办理（每月 4 次） · 共服务 1 次" in text
    assert "歇 暂停 法律服务 原因：出差一个月 本月还没有安排 · 尚未使用" in text
    assert "过 开放中 法律服务 · 期限已过" in text


def test_an_empty_list_suggests_what_could_help(member_client, mine):
    assert "您还没有提供资源。" in words(member_client.get(LIST))


def test_the_page_of_one_offers_what_can_be_done_now(member_client, mine, subtests):
    for status, said, moves in (
        ("offered", "待联络委审核，", []),
        ("reviewed", "已审核通过。", ["open", "ended"]),
        ("open", "居民可以看到，也可以指定使用。", ["paused", "ended"]),
        ("paused", "居民目前看不到，也不再安排", ["open", "ended"]),
        ("ended", "已经结束；已经接受的照常办理。", []),
    ):
        one = resource(mine, status=status)
        response = member_client.get(page(one))
        html = response.content.decode()
        with subtests.test(status):
            assert said in words(response)
            for to in ("reviewed", "open", "paused", "ended"):
                assert (page(one, f"move/{to}/") in html) == (to in moves)
            assert (page(one, "edit/") in html) == (status != "ended")
            assert (f'href="/resources/{one.pk}/"' in html) == (status == "open")


# --- Offering --------------------------------------------------------------------------------------------------------


def test_a_member_offers_a_new_one(member_client, mine):
    places = factories.tree()
    factories.resource_category()
    asked = form(member_client.get(NEW), "title")
    sent = answers(
        for_whom="60 岁以上老人",
        areas=str(places.community.pk),
        starts_on="2026-12-01",
        ends_on="2099-12-31",
        languages="普通话",
    )
    response = asked.send(member_client, NEW, **sent)
    made = Resource.objects.get()
    assert (response.status_code, response["Location"]) == (302, page(made))
    assert (made.title, made.about, made.capacity, made.status) == ("修小家电", "周末在社区修。", 4, "offered")
    assert (made.member, made.area, list(made.areas.all())) == (mine, places.subdistrict, [places.community])
    assert (made.starts_on, made.ends_on) == (datetime.date(2026, 12, 1), datetime.date(2099, 12, 31))
    assert "已提交，联络委审核后会通知您。" in words(member_client.get(page(made)))
    # The same form once more.
    again = asked.send(member_client, NEW, **sent)
    assert again.status_code == 422
    assert "已有名为“修小家电”的资源。" in words(again)
    assert Resource.objects.count() == 1


def test_bad_input_is_named_and_nothing_is_saved(member_client, mine, subtests):
    for changed, said in (
        ({"title": ""}, "请填写名称"),
        ({"title": " \n"}, "请填写名称"),
        ({"title": "长" * 81}, "最多 80 个字，现在有 81 个字。"),
        ({"title": "修\x00家电"}, "文字中有无法保存的字符"),
        ({"about": ""}, "请填写服务内容"),
        ({"about": "长" * 10_000}, "最多 1000 个字，现在有 10000 个字。"),
        ({"about": "a\x00b"}, "文字中有无法保存的字符"),
        ({"for_whom": "长" * 10_000}, "最多 120 个字"),
        ({"languages": "\x00"}, "文字中有无法保存的字符"),
        ({"category": ""}, "请选择类别"),
        ({"category": "999999"}, "请选择列表中的类别"),
        ({"category": "x\x00"}, "请选择列表中的类别"),
        ({"capacity": "0"}, "请填写 1 到 999 的整数；不限的请留空"),
        ({"capacity": "-1"}, "请填写 1 到 999 的整数；不限的请留空"),
        ({"capacity": "100000"}, "请填写 1 到 999 的整数；不限的请留空"),
        ({"capacity": "9" * 10_000}, "请填写 1 到 999 的整数；不限的请留空"),
        ({"capacity": "许多"}, "请填写 1 到 999 的整数；不限的请留空"),
        ({"starts_on": "2099-05-02", "ends_on": "2099-05-01"}, "截止日期不能早于开始日期"),
        ({"ends_on": "2020-05-01"}, "截止日期已过，请核对"),
        ({"starts_on": "明天"}, "请填写日期"),
        ({"ends_on": "\x00"}, "请填写日期"),
        ({"areas": "999999"}, "请选择列表中的社区"),
        ({"areas": "\x00"}, "请选择列表中的社区"),
    ):
        response = member_client.post(NEW, answers(**changed))
        with subtests.test(str(changed)[:100]):
            assert response.status_code == 422
            assert said in words(response)
            assert "<title>错误：" in response.content.decode()
            assert Resource.objects.count() == 0


def test_a_community_of_another_subdistrict_is_no_choice(member_client, mine):
    far = factories.tree().far_community
    response = member_client.post(NEW, answers(areas=str(far.pk)))
    assert response.status_code == 422
    assert Resource.objects.count() == 0


def test_a_member_cannot_send_a_provider_or_a_status(member_client, mine):
    other = factories.committee_member("别人")
    sent = answers(member=str(other.pk), status="open", area=str(factories.tree().far_subdistrict.pk), used_count="9")
    member_client.post(NEW, sent)
    made = Resource.objects.get()
    assert (made.member, made.status, made.used_count) == (mine, "offered", 0)
    assert made.area == factories.tree().subdistrict


# --- Editing ---------------------------------------------------------------------------------------------------------


def test_before_the_review_all_of_it_is_edited(member_client, mine):
    places = factories.tree()
    one = resource(mine, status="offered", areas=[places.community], capacity=2)
    asked = form(member_client.get(page(one, "edit/")), "title")
    assert (asked.values["title"], asked.values["capacity"]) == ("家门口的法律咨询", "2")
    assert asked.values["areas"] == str(places.community.pk)
    response = asked.send(member_client, page(one, "edit/"), title="上门法律咨询", areas=None, capacity="")
    assert (response.status_code, response["Location"]) == (302, page(one))
    assert (fresh(one).title, fresh(one).capacity, list(fresh(one).areas.all())) == ("上门法律咨询", None, [])


def test_after_the_review_its_terms_only(member_client, mine):
    one = resource(mine)
    response = member_client.get(page(one, "edit/"))
    assert "如需修改请联系联络委" in words(response)
    asked = form(response, "capacity")
    assert not {"title", "category", "about", "for_whom"} & asked.values.keys()
    assert asked.send(member_client, page(one, "edit/"), capacity="6", title="别的").status_code == 302
    assert (fresh(one).capacity, fresh(one).title) == (6, "家门口的法律咨询")


def test_what_staff_set_and_the_form_does_not_show_stays(member_client, mine):
    places = factories.tree()
    one = resource(mine, areas=[places.compound, places.community])
    form(member_client.get(page(one, "edit/")), "capacity").send(
        member_client, page(one, "edit/"), areas=str(places.other_community.pk)
    )
    assert set(fresh(one).areas.all()) == {places.compound, places.other_community}


def test_a_stale_form_is_refused_and_shown_again_as_typed(member_client, mine):
    one = resource(mine)
    asked = form(member_client.get(page(one, "edit/")), "capacity")
    resources.edit(one, {"capacity": 9}, actor=SYSTEM)
    response = asked.send(member_client, page(one, "edit/"), capacity="6")
    assert response.status_code == 409
    assert "刚刚被他人修改" in words(response)
    assert fresh(one).capacity == 9
    assert form(response, "capacity").send(member_client, page(one, "edit/")).status_code == 302
    assert fresh(one).capacity == 6


def test_bad_input_changes_nothing(member_client, mine, subtests):
    one = resource(mine, capacity=2)
    for sent in (
        {"version": ""},
        {"version": "x"},
        {"version": "9" * 10_000},
        {"capacity": "0"},
        {"ends_on": "2020-01-01"},
    ):
        response = member_client.post(page(one, "edit/"), {"version": one.version, "capacity": "5"} | sent)
        with subtests.test(str(sent)[:100]):
            assert response.status_code in (409, 422)
            assert (fresh(one).capacity, fresh(one).version) == (2, one.version)


def test_what_has_ended_is_not_edited(member_client, mine):
    one = resource(mine, status="ended")
    for send in (member_client.get, member_client.post):
        assert send(page(one, "edit/"))["Location"] == page(one)
    assert "已经结束，不能再修改" in words(member_client.get(page(one)))


# --- Moving ----------------------------------------------------------------------------------------------------------


def test_a_reviewed_one_is_opened_with_one_tap(member_client, mine):
    one = resource(mine, status="reviewed")
    response = form(member_client.get(page(one)), "version").send(member_client)
    assert (response.status_code, fresh(one).status) == (302, "open")
    assert "目前是“开放中”。" in words(member_client.get(page(one)))


def test_pausing_asks_why_and_leaves_what_is_held(member_client, mine):
    one = resource(mine)
    held = bookings.book(one, key="a", day=timezone.localdate())
    asked = form(member_client.get(page(one, "move/paused/")), "reason")
    wrong = asked.send(member_client, page(one, "move/paused/"))
    assert wrong.status_code == 422
    assert "请写明原因" in words(wrong)
    for reason in ("\x00", "长" * 10_000):
        assert asked.send(member_client, page(one, "move/paused/"), reason=reason).status_code == 422
    assert fresh(one).status == "open"
    assert asked.send(member_client, page(one, "move/paused/"), reason="出差").status_code == 302
    assert (fresh(one).status, fresh(one).reason) == ("paused", "出差")
    held.refresh_from_db()
    assert held.status == "held"
    # The same once more.
    again = asked.send(member_client, page(one, "move/paused/"), reason="出差")
    assert again["Location"] == page(one)
    assert "可能刚刚已经修改" in words(member_client.get(page(one)))
    assert one.transitions.count() == 4


def test_a_stale_move_is_refused(member_client, mine):
    one = resource(mine)
    asked = form(member_client.get(page(one, "move/ended/")), "reason")
    resources.edit(one, {"capacity": 9}, actor=SYSTEM)
    assert asked.send(member_client, page(one, "move/ended/"), reason="不做了").status_code == 409
    assert fresh(one).status == "open"


@pytest.mark.parametrize(("status", "to"), [("offered", "reviewed"), ("offered", "open"), ("ended", "open")])
def test_a_move_that_is_not_theirs_does_nothing(member_client, mine, status, to):
    one = resource(mine, status=status)
    sent = {"version": one.version, "reason": "试试"}
    assert member_client.post(page(one, f"move/{to}/"), sent)["Location"] == page(one)
    assert fresh(one).status == status


def test_a_status_that_does_not_exist_is_not_there(member_client, mine):
    one = resource(mine)
    for to in ("gone", "%00", "x" * 500):
        assert member_client.get(page(one, f"move/{to}/")).status_code == 404


# --- Queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
def test_the_pages_take_the_same_queries_at_one_row_and_at_four(member_client, mine, count, django_assert_num_queries):
    for number in range(count):
        one = resource(mine, f"资源 {number}", areas=[factories.tree().community])
        bookings.book(one, key=f"{number}", day=timezone.localdate())
    for number in range(count):
        bookings.book(one, key=f"more {number}", day=timezone.localdate())
    member_client.get(page(one, "edit/"))  # from then on the categories are known
    with django_assert_num_queries(5):  # session, user, member; the count, the rows
        member_client.get(page(one, "edit/"))  # from then on the categories are known
    with django_assert_num_queries(6):  # session, user, member; the resource, its areas, its moves
        member_client.get(page(one))
    with django_assert_num_queries(5):  # session, user, member; the resource, its areas
        member_client.get(page(one, "edit/"))
