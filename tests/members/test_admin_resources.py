"""Admin pages of resources."""

import datetime

import pytest
from django.utils import timezone

from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from members.models import Resource
from members.services import bookings, resources
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

LIST = "/admin/members/resource/"
ADD = f"{LIST}add/"


def page(resource, tail: str = "change/") -> str:
    return f"{LIST}{resource.pk}/{tail}"


def fresh(resource) -> Resource:
    return Resource.objects.get(pk=resource.pk)


def far_resource(**values) -> Resource:
    places = factories.tree()
    organisation = factories.organisation("湖西单位", area=places.far_subdistrict)
    return factories.resource("湖西的", area=places.far_subdistrict, organisation=organisation, **values)


def found(response) -> list[str]:
    assert response.status_code == 200
    return [row.title for row in response.context["cl"].result_list]


def answers(**changed) -> dict:
    given = {
        "title": "义诊",
        "category": str(factories.resource_category().pk),
        "about": "每月第一个周六。",
        "area": str(factories.tree().subdistrict.pk),
        "capacity": "8",
    }
    return given | changed


# --- The list --------------------------------------------------------------------------------------------------------


def test_each_queue_holds_its_own(liaison_client):
    for status in ("offered", "reviewed", "open", "paused", "ended"):
        factories.resource(status, status=status)
    factories.resource("过期", ends_on=timezone.localdate() - datetime.timedelta(days=1))
    far_resource()
    for queue, titles in (
        ("", ["offered", "过期", "ended", "paused", "open", "reviewed"]),
        ("?queue=offered", ["offered"]),
        ("?queue=reviewed", ["reviewed"]),
        ("?queue=open", ["过期", "open"]),
        ("?queue=paused", ["paused"]),
        ("?queue=ended", ["ended"]),
        ("?queue=over", ["过期"]),
        ("?q=open", ["open"]),
    ):
        assert found(liaison_client.get(f"{LIST}{queue}")) == titles, queue


def test_the_list_shows_the_uses_of_the_month(liaison_client):
    busy = factories.resource(capacity=4)
    bookings.use(bookings.book(busy, key="a", day=timezone.localdate()))
    bookings.book(busy, key="b", day=timezone.localdate())
    factories.resource("不限")
    text = words(liaison_client.get(LIST))
    assert "开放中 2 / 4 1" in text
    assert "开放中 0 / ∞ 0" in text


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_takes_the_same_queries_at_one_row_and_at_four(liaison_client, count, django_assert_num_queries):
    for number in range(count):
        factories.resource(f"资源 {number}")
    liaison_client.get(LIST)
    with django_assert_num_queries(7):
        liaison_client.get(LIST)


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_takes_the_same_queries_however_much_it_was_used(liaison_client, count, django_assert_num_queries):
    one = factories.resource(areas=[factories.tree().community])
    for number in range(count):
        bookings.book(one, key=f"{number}", day=timezone.localdate())
    liaison_client.get(page(one))
    with django_assert_num_queries(8):
        liaison_client.get(page(one))


# --- Who may ---------------------------------------------------------------------------------------------------------


def test_what_lies_elsewhere_is_not_there(liaison_client):
    far = far_resource(status="offered")
    for tail in ("change/", "edit/", "move/reviewed/"):
        assert liaison_client.get(page(far, tail)).status_code == 404
    for tail in ("edit/", "move/reviewed/"):
        assert liaison_client.post(page(far, tail), {"version": far.version}).status_code == 404
    assert fresh(far).status == "offered"


@pytest.mark.parametrize("who", ["auditor_client", "community_client"])
def test_others_look_and_change_nothing(request, who):
    client = request.getfixturevalue(who)
    one = factories.resource(status="offered", area=factories.tree().community)
    response = client.get(page(one))
    assert response.status_code == 200
    html = response.content.decode()
    assert "/move/" not in html
    assert page(one, "edit/") not in html
    for address in (ADD, page(one, "edit/"), page(one, "move/reviewed/"), page(one, "move/ended/")):
        assert client.get(address).status_code == 403
        assert client.post(address, {"version": one.version, "reason": "试试"}).status_code == 403
    assert fresh(one).status == "offered"


def test_members_and_residents_have_no_admin_pages(resident, member_client):
    for client in (resident, member_client):
        assert client.get(page(factories.resource(), "move/paused/")).status_code in (302, 403, 404)


def test_the_page_is_only_read(admin_client):
    one = factories.resource()
    for method in ("post", "put", "delete"):
        assert getattr(admin_client, method)(page(one)).status_code == 403, method
    assert admin_client.get(page(one, "delete/")).status_code == 403


# --- Acts ------------------------------------------------------------------------------------------------------------


def test_the_page_has_the_buttons_of_the_moves_allowed_now(liaison_client, subtests):
    for status, moves in (
        ("offered", ["reviewed", "ended"]),
        ("reviewed", ["open", "ended"]),
        ("open", ["paused", "ended"]),
        ("paused", ["open", "ended"]),
        ("ended", []),
    ):
        one = factories.resource(status=status)
        html = liaison_client.get(page(one)).content.decode()
        with subtests.test(status):
            for to in ("reviewed", "open", "paused", "ended"):
                assert (page(one, f"move/{to}/") in html) == (to in moves)
            assert (page(one, "edit/") in html) == (status != "ended")
            assert (f'href="/resources/{one.pk}/"' in html) == (status == "open")


def test_a_resource_is_reviewed_opened_and_ended_by_buttons(liaison_client):
    one = factories.resource(status="offered")
    for to in ("reviewed", "open"):
        sent = {"version": fresh(one).version}
        assert liaison_client.post(page(one, f"move/{to}/"), sent)["Location"] == page(one)
        assert fresh(one).status == to
    asked = form(liaison_client.get(page(one, "move/ended/")), "reason")
    assert asked.send(liaison_client, page(one, "move/ended/")).status_code == 422
    assert asked.send(liaison_client, page(one, "move/ended/"), reason="原因\x00").status_code == 422
    assert asked.send(liaison_client, page(one, "move/ended/"), reason="委员换届").status_code == 302
    assert (fresh(one).status, fresh(one).reason) == ("ended", "委员换届")
    said = AuditEntry.objects.filter(subject=f"resource:{one.pk}").order_by("pk").values_list("detail", flat=True)
    assert list(said) == ["offered → reviewed", "reviewed → open", "open → ended"]
    # Once more: said, not done.
    assert asked.send(liaison_client, page(one, "move/ended/"), reason="委员换届").status_code == 302
    assert "可能刚刚有人处理过" in words(liaison_client.get(page(one)))
    assert liaison_client.get(page(one, "move/gone/")).status_code == 404


def test_a_stale_page_is_refused(liaison_client):
    one = factories.resource()
    resources.edit(one, {"capacity": 3}, actor=SYSTEM)
    for tail, sent in (("move/paused/", {"reason": "出差"}), ("edit/", answers())):
        response = liaison_client.post(page(one, tail), sent | {"version": one.version})
        assert response.status_code == 409
        assert "刚刚被他人修改" in words(response)
    assert (fresh(one).status, fresh(one).title) == ("open", "家门口的法律咨询")


def test_staff_edit_the_words_too(liaison_client):
    places = factories.tree()
    one = factories.resource(areas=[places.community])
    asked = form(liaison_client.get(page(one, "edit/")), "title")
    asked.send(liaison_client, page(one, "edit/"), title="上门法律咨询", areas=str(places.other_community.pk))
    assert (fresh(one).title, list(fresh(one).areas.all())) == ("上门法律咨询", [places.other_community])
    assert AuditEntry.objects.get(action="changed").detail == "title, areas"


# --- Adding ----------------------------------------------------------------------------------------------------------


def test_staff_add_one_for_a_member_or_an_organisation(liaison_client):
    places = factories.tree()
    member, organisation = factories.committee_member(), factories.organisation()
    factories.resource_category()
    asked = form(liaison_client.get(ADD), "title")
    sent = answers(member=str(member.pk), areas=str(places.community.pk))
    response = asked.send(liaison_client, ADD, **sent)
    assert response["Location"] == LIST
    assert asked.send(liaison_client, ADD, **answers(organisation=str(organisation.pk))).status_code == 302
    of_partner, of_member = Resource.objects.all()
    assert (of_member.member, of_member.status, list(of_member.areas.all())) == (member, "offered", [places.community])
    assert (of_partner.organisation, of_partner.area, of_partner.capacity) == (organisation, places.subdistrict, 8)
    # The same form twice.
    again = asked.send(liaison_client, ADD, **sent)
    assert again.status_code == 422
    assert "已有名为“义诊”的资源。" in words(again)
    assert Resource.objects.count() == 2


def test_bad_input_is_named_and_nothing_is_saved(liaison_client, subtests):
    places = factories.tree()
    keys = {
        "member": factories.committee_member().pk,
        "organisation": factories.organisation().pk,
        "far": factories.organisation("湖西单位", area=places.far_subdistrict).pk,
        "far_area": places.far_subdistrict.pk,
        "far_community": places.far_community.pk,
    }
    for changed, said in (
        ({}, "请选择由哪位委员或哪家单位提供，二者选一"),
        ({"member": "member", "organisation": "organisation"}, "请选择由哪位委员或哪家单位提供，二者选一"),
        ({"member": "999999"}, "请选择列表中的委员"),
        ({"member": "x" * 10_000}, "请选择列表中的委员"),
        ({"organisation": "far"}, "请选择列表中的单位"),
        ({"organisation": "organisation", "area": ""}, "请选择管理街道"),
        ({"organisation": "organisation", "area": "far_area"}, "请选择列表中的一项"),
        ({"organisation": "organisation", "areas": "far_community"}, "请选择列表中的社区"),
        ({"organisation": "organisation", "capacity": "0"}, "请填写 1 到 999 的整数"),
        ({"organisation": "organisation", "capacity": "100000"}, "请填写 1 到 999 的整数"),
        ({"organisation": "organisation", "title": "a\x00"}, "文字中有无法保存的字符"),
        ({"organisation": "organisation", "about": "长" * 10_000}, "最多 1000 个字"),
    ):
        given = {name: str(keys.get(key, key)) for name, key in changed.items()}
        response = liaison_client.post(ADD, answers(**given))
        with subtests.test(str(changed)[:100]):
            assert response.status_code == 422
            assert said in words(response)
            assert Resource.objects.count() == 0


def test_a_members_resource_belongs_to_the_area_of_their_committee(admin_client):
    sent = answers(member=str(factories.committee_member().pk), area=str(factories.tree().far_subdistrict.pk))
    response = admin_client.post(ADD, sent)
    assert response.status_code == 422
    assert "委员的资源由委员所在的街道管理" in words(response)


@pytest.mark.parametrize("name", ["member", "organisation"])
def test_a_choice_of_bytes_is_refused(liaison_client, name):
    assert liaison_client.post(ADD, answers(**{name: "\x00"})).status_code == 422
    assert Resource.objects.count() == 0
