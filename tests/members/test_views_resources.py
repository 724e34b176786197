"""The public list of resources."""

import pytest

from foundation import contacts
from members.models import Resource, ResourceCategory
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db

LIST = "/resources/"


def category(code: str, name: str) -> ResourceCategory:
    return ResourceCategory.objects.get_or_create(code=code, defaults={"name": name, "name_en": code.title()})[0]


def resource(title: str, **values) -> Resource:
    if not values.keys() & {"member", "organisation"}:
        values["member"] = factories.committee_member("陈敏", level="city")
    defaults = {
        "area": factories.tree().subdistrict,
        "category": category("legal", "法律服务"),
        "about": "每次半小时。",
    }
    return Resource.objects.create(title=title, **(defaults | values))


@pytest.fixture
def five():
    places = factories.tree()
    resource("全街道的法律咨询")
    resource("桂花的课", area=places.community, category=category("education", "教育服务"))
    resource("桂花苑的修理", area=places.compound, organisation=factories.organisation())
    resource("柳园的课", area=places.other_community, category=category("education", "教育服务"))
    resource("全区的资金", area=places.district, category=category("funding", "资金支持"))
    resource("关闭的", is_open=False)
    resource("退任的", member=factories.committee_member("退任", is_active=False))


def titles(response) -> list[str]:
    assert response.status_code == 200
    return [resource.title for resource, _place in response.context["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["全区的资金", "柳园的课", "桂花苑的修理", "桂花的课", "全街道的法律咨询"]),
        ("?category=education", ["柳园的课", "桂花的课"]),
        ("?category=funding", ["全区的资金"]),
        # What is for the whole subdistrict or district serves the community too.
        ("?community=community", ["全区的资金", "桂花苑的修理", "桂花的课", "全街道的法律咨询"]),
        ("?community=other-community", ["全区的资金", "柳园的课", "全街道的法律咨询"]),
        ("?community=far-community", ["全区的资金"]),
        ("?provider=member", ["全区的资金", "柳园的课", "桂花的课", "全街道的法律咨询"]),
        ("?provider=organisation", ["桂花苑的修理"]),
        ("?provider=member&category=education&community=community", ["桂花的课"]),
    ],
)
def test_open_resources_are_found_by_category_community_and_provider(resident, five, query, found):
    assert titles(resident.get(f"{LIST}{query}")) == found


def test_a_resource_says_what_for_whom_and_from_whom(resident):
    resource("法律咨询", is_demo=True)
    resource("家电维修", organisation=factories.organisation("桂花物业"), about="周末\n上门")
    text = words(resident.get(LIST))
    assert "家电维修 法律服务 · 湖东街道 周末 上门 由谁提供：桂花物业" in text
    assert "法律咨询 演示 · 法律服务 · 湖东街道 每次半小时。 由谁提供：市政协委员 陈敏" in text
    assert "共 2 项" in text


def test_the_chosen_filters_are_told_and_can_be_taken_off_one_by_one(resident, five):
    response = resident.get(f"{LIST}?provider=member&category=education")
    text = words(response)
    assert "类别：教育服务" in text
    assert "由谁提供：委员" in text
    assert 'href="/resources/?provider=member"' in response.content.decode()


def test_an_empty_list_says_why_and_what_to_do(resident, five):
    assert "没有符合这些条件的资源。" in words(resident.get(f"{LIST}?category=funding&provider=organisation"))
    Resource.objects.all().delete()
    response = resident.get(LIST)
    assert "还没有公开的资源。" in words(response)
    assert 'href="/demands/new/"' in response.content.decode()


@pytest.mark.parametrize(
    "query",
    ["category=nope", "category=%00", "community=x", "provider=" + "x" * 10_000, "community=%F0%9F%8C%B3", "page=%00"],
)
def test_what_is_no_choice_finds_nothing_and_breaks_nothing(resident, five, query):
    response = resident.get(f"{LIST}?{query}")
    assert response.status_code == 200
    assert titles(response) == ([] if not query.startswith("page") else titles(resident.get(LIST)))


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


def test_no_contact_stands_on_the_page(resident):
    contact = contacts.store(called="联系人丙", phone="13912345678", email="hidden@a.example")
    other = contacts.store(called="联系人丁", phone="13812345678")
    resource("法律咨询", member=factories.committee_member("何素心", contact=contact))
    resource("家电维修", organisation=factories.organisation("桂花物业", contact=other))
    html = resident.get(LIST).content.decode()
    assert "何素心" in html
    assert "桂花物业" in html
    for secret in ("联系人丙", "联系人丁", "13912345678", "13812345678", "139****5678", "hidden@a.example"):
        assert secret not in html


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_two_queries_at_one_row_and_at_thirty(resident, count, django_assert_num_queries):
    for number in range(count):
        provider = {"organisation": factories.organisation(f"单位 {number}")} if number % 2 else {}
        resource(f"资源 {number}", area=factories.tree().compound, **provider)
    for query in ("", "?category=legal&community=community&provider=member"):
        resident.get(f"{LIST}{query}")
        with django_assert_num_queries(2):
            resident.get(f"{LIST}{query}")
