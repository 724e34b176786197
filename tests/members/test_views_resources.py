"""The public list of resources, and the page of one."""

import datetime

import pytest
from django.utils import timezone

from foundation import contacts
from members.models import Resource, ResourceCategory
from members.services import bookings
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db

LIST = "/resources/"


def category(code: str, name: str) -> ResourceCategory:
    return ResourceCategory.objects.get_or_create(code=code, defaults={"name": name, "name_en": code.title()})[0]


def resource(title: str, **values) -> Resource:
    if not values.keys() & {"member", "organisation"}:
        values["member"] = factories.committee_member("陈敏", level="city")
    return factories.resource(title, **({"category": category("legal", "法律服务"), "about": "每次半小时。"} | values))


@pytest.fixture
def six():
    places = factories.tree()
    resource("全街道的法律咨询", capacity=1)
    resource("桂花的课", areas=[places.community], category=category("education", "教育服务"))
    resource("桂花苑的修理", areas=[places.compound], organisation=factories.organisation(), capacity=1)
    resource("柳园的课", areas=[places.other_community], category=category("education", "教育服务"))
    resource("全区的资金", area=places.district, category=category("funding", "资金支持"))
    resource("湖西的", area=places.far_subdistrict)
    for status in ("offered", "reviewed", "paused", "ended"):
        resource(status, status=status)
    resource("退任的", member=factories.committee_member("退任", is_active=False))
    resource("过期的", ends_on=timezone.localdate() - datetime.timedelta(days=1))
    resource("还没开始的", starts_on=timezone.localdate() + datetime.timedelta(days=1))


def titles(response) -> list[str]:
    assert response.status_code == 200
    return [resource.title for resource in response.context["items"]]


ALL = ["湖西的", "全区的资金", "柳园的课", "桂花苑的修理", "桂花的课", "全街道的法律咨询"]


def test_open_resources_are_found_by_category_community_provider_and_room(resident, six, subtests):
    bookings.book(Resource.objects.get(title="全街道的法律咨询"), key="a", day=timezone.localdate())
    for query, found in (
        ("", ALL),
        ("?category=education", ["柳园的课", "桂花的课"]),
        ("?category=funding", ["全区的资金"]),
        # What is for the whole subdistrict or district serves the community too, and so does what is for a place in it.
        ("?community=community", ["全区的资金", "桂花苑的修理", "桂花的课", "全街道的法律咨询"]),
        ("?community=other-community", ["全区的资金", "柳园的课", "全街道的法律咨询"]),
        ("?community=far-community", ["湖西的", "全区的资金"]),
        ("?provider=member", ["湖西的", "全区的资金", "柳园的课", "桂花的课", "全街道的法律咨询"]),
        ("?provider=organisation", ["桂花苑的修理"]),
        ("?room=yes", ["湖西的", "全区的资金", "柳园的课", "桂花苑的修理", "桂花的课"]),
        ("?provider=member&category=education&community=community&room=yes", ["桂花的课"]),
    ):
        with subtests.test(query):
            assert titles(resident.get(f"{LIST}{query}")) == found


def test_a_row_shows_what_for_whom_from_whom_and_how_often(resident):
    places = factories.tree()
    law = resource(
        "法律咨询", is_demo=True, capacity=5, languages="普通话", for_whom="老年人", areas=[places.community]
    )
    for number in range(3):
        bookings.use(bookings.book(law, key=f"{number}", day=timezone.localdate()))
    resource(
        "家电维修",
        organisation=factories.organisation("桂花物业"),
        about="周末\n上门",
        starts_on=datetime.date(2026, 1, 5),
        ends_on=datetime.date(2099, 3, 1),
    )
    text = words(resident.get(LIST))
    assert (
        "家电维修 法律服务 周末 上门 由谁提供 桂花物业 服务区域 整个湖东街道 期限 2026年1月5日 星期一起 ， "
        "到2099年3月1日 星期日止 次数不限 · 尚未使用"
    ) in text
    # Uses, not people: counted out in full.
    assert (
        "法律咨询 演示 · 法律服务 · 服务对象：老年人 每次半小时。 由谁提供 市政协委员 陈敏 服务区域 桂花社区 "
        "语言 普通话 本月还可服务 2 次 · 已服务 3 次"
    ) in text
    assert "共 2 项" in text


def test_a_full_month_is_shown(resident):
    law = resource("法律咨询", capacity=1)
    bookings.book(law, key="a", day=timezone.localdate())
    for address in (LIST, f"/resources/{law.pk}/"):
        assert "本月已排满，可以先提需求 · 尚未使用" in words(resident.get(address))


def test_chosen_filters_are_shown_and_can_be_removed_one_by_one(resident, six):
    response = resident.get(f"{LIST}?provider=member&category=education")
    text = words(response)
    assert "类别：教育服务" in text
    assert "由谁提供：委员" in text
    assert 'href="/resources/?provider=member"' in response.content.decode()


def test_an_empty_list_explains_itself(resident, six):
    assert "没有符合这些条件的资源。" in words(resident.get(f"{LIST}?category=funding&provider=organisation"))
    Resource.objects.update(starts_on=None, ends_on=datetime.date(2020, 1, 1))
    response = resident.get(LIST)
    assert "还没有公开的资源。" in words(response)
    assert 'href="/demands/new/"' in response.content.decode()


def test_what_is_no_choice_finds_nothing_and_breaks_nothing(resident, six):
    every = titles(resident.get(LIST))
    for query in (
        "category=nope",
        "category=%00",
        "community=x",
        "provider=" + "x" * 10_000,
        "community=%F0%9F%8C%B3",
        "room=no",
        "page=%00",
    ):
        response = resident.get(f"{LIST}?{query}")
        assert response.status_code == 200, query[:100]
        assert titles(response) == (every if query.startswith("page") else []), query[:100]


def test_the_list_comes_in_pages_of_twenty(resident):
    for number in range(21):
        resource(f"资源 {number}")
    assert len(titles(resident.get(LIST))) == 20
    response = resident.get(f"{LIST}?page=2")
    assert titles(response) == ["资源 0"]
    assert "<title>资源（第 2 页）" in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_list_is_only_read(resident, method):
    assert getattr(resident, method)(LIST).status_code == 405


def test_no_contact_is_shown_on_the_page(resident):
    contact = contacts.store(called="联系人丙", phone="13912345678", email="hidden@a.example")
    other = contacts.store(called="联系人丁", phone="13812345678")
    resource("法律咨询", member=factories.committee_member("何素心", contact=contact))
    resource("家电维修", organisation=factories.organisation("桂花物业", contact=other))
    html = resident.get(LIST).content.decode()
    assert "何素心" in html
    assert "桂花物业" in html
    for secret in ("联系人丙", "联系人丁", "13912345678", "13812345678", "139****5678", "hidden@a.example"):
        assert secret not in html


# --- One resource ----------------------------------------------------------------------------------------------------


def test_the_page_of_a_resource_shows_all_of_it_and_links_to_the_form(resident):
    places = factories.one_subdistrict()
    member = factories.committee_member("陈敏", level="city")
    law = resource(
        "法律咨询",
        member=member,
        about="合同。\n邻里纠纷。",
        for_whom="老年人",
        languages="普通话",
        capacity=4,
        areas=[places.community, places.other_community],
    )
    response = resident.get(f"/resources/{law.pk}/")
    text, html = words(response), response.content.decode()
    for said in (
        "合同。 邻里纠纷。",
        "服务对象 老年人",
        "由谁提供 市政协委员 陈敏",
        "服务区域 桂花社区、柳园社区",
        "期限 长期",
        "每月可服务 4 次",
        "语言 普通话",
        "本月还可服务 4 次 · 尚未使用",
        "居民的评价",
    ):
        assert said in text
    assert f'href="/members/{member.pk}/"' in html
    assert f'<a class="btn go" href="/demands/new/?resource={law.pk}">我需要这个</a>' in " ".join(html.split())
    assert html.count("btn go") == 1


def test_what_is_not_open_has_no_public_page(resident):
    for status in ("offered", "reviewed", "paused", "ended"):
        assert resident.get(f"/resources/{resource('a', status=status).pk}/").status_code == 404, status


def test_nor_has_what_is_out_of_its_period_or_not_there(resident):
    past = resource("a", ends_on=timezone.localdate() - datetime.timedelta(days=1))
    future = resource("b", starts_on=timezone.localdate() + datetime.timedelta(days=1))
    gone = resource("c", organisation=factories.organisation("停用", is_active=False))
    for key in (past.pk, future.pk, gone.pk, 0, "9" * 30, "x"):
        assert resident.get(f"/resources/{key}/").status_code == 404


def test_the_page_is_only_read(resident):
    page = f"/resources/{resource('a').pk}/"
    for method in ("post", "put", "patch", "delete"):
        assert getattr(resident, method)(page).status_code == 405, method


# --- Queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_takes_three_queries_at_one_row_and_at_four(resident, count, django_assert_num_queries):
    for number in range(count):
        provider = {"organisation": factories.organisation(f"单位 {number}")} if number % 2 else {}
        resource(f"资源 {number}", areas=[factories.tree().compound], capacity=3, **provider)
    for query in ("", "?category=legal&community=community&provider=member&room=yes"):
        resident.get(f"{LIST}{query}")
        with django_assert_num_queries(3):  # the count, the rows, their areas
            resident.get(f"{LIST}{query}")


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_takes_three_queries_however_much_it_was_used(resident, count, django_assert_num_queries):
    law = resource("法律咨询", areas=[factories.tree().community])
    for number in range(count):
        bookings.use(bookings.book(law, key=f"{number}", day=timezone.localdate()))
    resident.get(f"/resources/{law.pk}/")
    with django_assert_num_queries(3):  # the resource, its areas, its grades
        resident.get(f"/resources/{law.pk}/")
