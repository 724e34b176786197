"""Filters of the demand list kept by name: one's own, those of all, and hostile ones."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from demands import services
from demands.models import SavedFilter
from foundation.audit import AuditEntry
from foundation.errors import Refused
from tests import factories
from tests.pages import form, forms, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/admin/demands/demand/"
KEEP = f"{LIST}filters/keep/"
ALL = f"{LIST}filters/"


def keep(client, query: str, name: str = "超期的路灯", **values):
    return client.post(f"{KEEP}?{query}", {"name": name} | values)


def kept() -> list[tuple[str, str, str, bool]]:
    return list(SavedFilter.objects.order_by("pk").values_list("owner__username", "name", "query", "is_shared"))


def chips(client, address: str = LIST) -> list[tuple[str, str, bool]]:
    return [
        (chip.kept.name, chip.address, chip.is_current)
        for chip in client.get(address).context.get("saved_filters") or ()
    ]


# --- Keeping ---------------------------------------------------------------------------------------------------------


def test_a_filter_is_kept_from_the_list_and_leads_back_to_it(community_client):
    factories.demand(description="路灯不亮")
    query = urlencode({"q": "路灯", "queue": "open", "p": "1"})
    page = community_client.get(f"{LIST}?{query}").content.decode()
    offer = f"{KEEP}?q=%E8%B7%AF%E7%81%AF&amp;queue=open"
    assert f'href="{offer}"' in page
    typed = form(community_client.get(offer.replace("&amp;", "&")), "name")
    assert "is_shared" not in typed.values
    response = typed.send(community_client, offer.replace("&amp;", "&"), name=" 开着的路灯 ")
    assert response["Location"] == f"{LIST}?q=%E8%B7%AF%E7%81%AF&queue=open"
    assert kept() == [("community", "开着的路灯", "q=%E8%B7%AF%E7%81%AF&queue=open", False)]
    # The list that it stands for is marked, whatever the order or the page.
    assert chips(community_client, f"{LIST}?queue=open&q=路灯") == [("开着的路灯", response["Location"], True)]
    assert chips(community_client) == [("开着的路灯", response["Location"], False)]
    assert chips(community_client, "/admin/") == [("开着的路灯", response["Location"], False)]


def test_nothing_is_offered_where_nothing_is_chosen(liaison_client):
    assert "filters/keep/" not in liaison_client.get(f"{LIST}?p=0").content.decode()


# What stands in the address → what is kept of it.
NARROWED = {
    "queue=open&p=3": "queue=open",
    "queue=open&queue=mine": "queue=mine",
    "status__exact=accepted&community=community&direction__exact=top_down&channel__exact=web": (
        "channel__exact=web&community=community&direction__exact=top_down&status__exact=accepted"
    ),
    "q=%22%3E%3Cscript%3E": "q=%22%3E%3Cscript%3E",
    "q=a%26queue%3Dmine": "q=a%26queue%3Dmine",
    "queue=open&contact__phone__startswith=139": "queue=open",
    "queue=open&assignee__password__startswith=a": "queue=open",
    "queue=open&_popup=1&e=1&o=1.2&all=": "queue=open",
    "queue=open&q=%00": "queue=open",
}


@each_row("query", NARROWED, warm=True)
def test_only_what_the_list_filters_by_is_kept(liaison_client, query):
    assert keep(liaison_client, query).status_code == 302
    assert [row[2] for row in kept()] == [NARROWED[query]]
    assert liaison_client.get(f"{LIST}?{NARROWED[query]}").status_code == 200


@each_row("query", ["", "p=3", "q=%00", "q=%20", "nonsense=1", "contact__phone__startswith=139"], warm=True)
def test_what_narrows_nothing_cannot_be_kept(liaison_client, query):
    assert liaison_client.get(f"{KEEP}?{query}").status_code == 404
    assert keep(liaison_client, query).status_code == 404
    assert kept() == []


@each_row(
    ("name", "why"),
    [
        ("", "请填写名称"),
        ("  ", "请填写名称"),
        ("长" * 41, "最多 40 个字"),
        ("a\x00b", "无法保存的字符"),
    ],
    warm=True,
)
def test_a_name_that_is_none_is_refused(liaison_client, name, why):
    response = keep(liaison_client, "queue=open", name)
    assert response.status_code == 422 and why in words(response)
    assert kept() == []


def test_a_hostile_name_is_words(liaison_client):
    keep(liaison_client, "queue=open", '"><script>alert(1)</script>')
    for address in (LIST, ALL, "/admin/"):
        html = liaison_client.get(address).content.decode()
        assert "<script>alert" not in html and "&lt;script&gt;alert(1)" in html, address


def test_a_name_is_taken_once_by_each(liaison_client, community_client):
    keep(liaison_client, "queue=open")
    response = keep(liaison_client, "queue=mine")
    assert response.status_code == 422 and "这个名称已被使用。" in words(response)
    assert keep(community_client, "queue=mine").status_code == 302
    assert len(kept()) == 2


def test_a_search_too_long_to_keep_is_said(liaison_client):
    response = keep(liaison_client, urlencode({"q": "长" * 100}))
    assert response.status_code == 422 and "筛选条件过长" in words(response)


def test_there_is_an_end_to_them(liaison_client, monkeypatch):
    monkeypatch.setattr(services.search, "MAX_KEPT", 1)
    keep(liaison_client, "queue=open")
    response = keep(liaison_client, "queue=mine", "我的")
    assert response.status_code == 422 and "每人最多保存 1 个常用筛选" in words(response)


# --- Sharing ---------------------------------------------------------------------------------------------------------


def test_what_is_shared_is_everybodys_at_the_desk(liaison_client, community_client, auditor_client):
    keep(liaison_client, "queue=open", "我自己的")
    keep(liaison_client, "queue=overdue", "大家看超期", is_shared="on")
    assert [name for name, *_ in chips(liaison_client)] == ["我自己的", "大家看超期"]
    for client in (community_client, auditor_client):
        assert [name for name, *_ in chips(client)] == ["大家看超期"]
        assert "大家看超期" in words(client.get("/admin/"))
    # Only what concerns others is audited.
    assert list(AuditEntry.objects.filter(subject__startswith="savedfilter").values_list("action", flat=True)) == [
        "added"
    ]


def test_it_narrows_what_each_sees_anyway(liaison_client, community_client):
    places = factories.tree()
    factories.demand(description="这里")
    factories.demand(description="那里", area=places.other_compound)
    keep(liaison_client, "queue=open", is_shared="on")
    address = chips(community_client)[0][1]
    assert [demand.description for demand in community_client.get(address).context["cl"].result_list] == ["这里"]


def test_sharing_needs_its_permission(community_client):
    response = keep(community_client, "queue=open", is_shared="on")
    assert response.status_code == 302
    assert [row[3] for row in kept()] == [False]
    with pytest.raises(Refused, match="不能将常用筛选共享给所有人"):
        services.search.keep("大家的", "queue=open", is_shared=True, actor=community_client.user)


def test_who_may_not_see_demands_keeps_none(member_client, resident):
    for client in (member_client, resident):
        for address in (ALL, f"{KEEP}?queue=open"):
            assert client.get(address).status_code == 302
        assert keep(client, "queue=open").status_code == 302
    assert kept() == []


# --- Renaming and deleting -------------------------------------------------------------------------------------------


def one(client, query="queue=open", name="超期的路灯", **values) -> SavedFilter:
    keep(client, query, name, **values)
    return SavedFilter.objects.latest("pk")


def test_ones_own_is_renamed_shared_taken_back_and_deleted(liaison_client):
    mine = one(liaison_client)
    address = f"{ALL}{mine.pk}/rename/"
    assert form(liaison_client.get(address), "name").values["name"] == "超期的路灯"
    for values in ({"name": "新名字", "is_shared": "on"}, {"name": "新名字"}):
        assert liaison_client.post(address, values)["Location"] == ALL
        assert kept() == [("liaison", "新名字", "queue=open", "is_shared" in values)]
    [button] = [one for one in forms(liaison_client.get(ALL)) if one.action.endswith("/remove/")]
    assert button.send(liaison_client)["Location"] == ALL
    assert kept() == []
    assert "还没有常用筛选" in words(liaison_client.get(ALL))


def test_looking_at_the_address_deletes_nothing(liaison_client):
    mine = one(liaison_client)
    assert liaison_client.get(f"{ALL}{mine.pk}/remove/").status_code == 302
    assert len(kept()) == 1


def test_anothers_own_is_not_there(liaison_client, community_client):
    theirs = one(liaison_client)
    shared = one(liaison_client, name="大家的", is_shared="on")
    for found in (theirs, shared):
        for act in ("rename", "remove"):
            response = community_client.post(f"{ALL}{found.pk}/{act}/", {"name": "夺来"})
            assert response.status_code == 404
    assert [row[1] for row in kept()] == ["超期的路灯", "大家的"]
    assert not forms_of_change(community_client)


def forms_of_change(client) -> list:
    return [one for one in forms(client.get(ALL)) if "/remove/" in one.action]


def test_what_is_shared_may_be_taken_care_of_by_all_who_share(liaison_client):
    """Whoever shared it may have left; but what comes from above is not theirs."""
    there = factories.tree()
    for left in (factories.liaison_staff("left"), factories.liaison_staff("above", there.district)):
        services.search.keep("大家的", "queue=open", is_shared=True, actor=left)
    assert [name for name, *_ in chips(liaison_client)] == ["大家的", "大家的"]
    answers = [
        liaison_client.post(f"{ALL}{shared.pk}/remove/").status_code for shared in SavedFilter.objects.order_by("pk")
    ]
    assert answers == [302, 404]
    assert [owner for owner, *_ in kept()] == ["above"]


def test_what_is_shared_elsewhere_is_not_there(liaison_client, community_client, district_client):
    there = factories.tree()
    elsewhere = factories.liaison_staff("far", there.far_subdistrict)
    shared = services.search.keep("湖西的", "queue=open", is_shared=True, actor=elsewhere)
    services.search.keep("全站的", "queue=open", is_shared=True, actor=factories.superuser())
    assert [name for name, *_ in chips(liaison_client)] == ["全站的"]
    assert [name for name, *_ in chips(community_client)] == ["全站的"]
    assert {name for name, *_ in chips(district_client)} == {"湖西的", "全站的"}
    assert liaison_client.post(f"{ALL}{shared.pk}/rename/", {"name": "夺来"}).status_code == 404
    with pytest.raises(Refused, match="不是您的"):
        services.search.remove(shared, actor=liaison_client.user)


def test_renaming_to_a_name_that_is_taken_is_refused(liaison_client):
    one(liaison_client)
    other = one(liaison_client, "queue=mine", "我的")
    response = liaison_client.post(f"{ALL}{other.pk}/rename/", {"name": "超期的路灯"})
    assert response.status_code == 422 and "这个名称已被使用。" in words(response)
    assert [row[1] for row in kept()] == ["超期的路灯", "我的"]


def test_what_is_gone_cannot_be_changed_by_an_old_page(liaison_client):
    mine = one(liaison_client)
    liaison_client.post(f"{ALL}{mine.pk}/remove/")
    assert liaison_client.post(f"{ALL}{mine.pk}/rename/", {"name": "新"}).status_code == 404
    with pytest.raises(Refused, match="已被删除"):
        services.search.rename(mine, "新", is_shared=False, actor=liaison_client.user)


# --- What it costs ---------------------------------------------------------------------------------------------------


def test_many_cost_as_little_as_one(liaison_client):
    costs = {}
    for many in (1, 3):
        while SavedFilter.objects.count() < many:
            keep(liaison_client, "queue=open", f"第 {SavedFilter.objects.count()} 个", is_shared="on")
        for address in (LIST, f"{LIST}?queue=open&q=路灯", ALL, "/admin/"):
            liaison_client.get(address)
            with CaptureQueriesContext(connection) as queries:
                liaison_client.get(address)
            costs.setdefault(address, []).append(len(queries))
    limits = {"/admin/": 12}
    found = {address: few == many <= limits.get(address, 8) for address, (few, many) in costs.items()}
    assert found == dict.fromkeys(costs, True), costs
