"""What anybody may read: the list with its filters, one demand, photos, and 我也需要."""

import uuid

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from consultation.models import AreaLevel
from demands import services
from demands.models import Category, Demand, PhotoReview, Support
from demands.views import supports
from demands.workflow import DemandStatus as S
from foundation.actors import RESIDENT
from foundation.tokens import new_code
from tests import factories
from tests.pages import body, form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

LIST = "/demands/"


def published(title: str, summary: str = "摘要。", status: str = S.RECEIVED, at=None, **values) -> Demand:
    found = factories.demand(at=at, **values)
    found = factories.publish(found, title=title, summary=summary)
    for to in factories.WAYS[S(status)]:
        found = factories.move(found, to)
    return found


def titles(response) -> list[str]:
    assert response.status_code == 200
    return [item.public_title for item in response.context["exact_items"]]


# --- The list and its filters ----------------------------------------------------------------------------------------


@pytest.fixture
def four():
    """Four public demands that differ, and one that is not public."""
    places = factories.tree()
    green = factories.category("green", name="绿化", name_en="Green")
    published("路灯不亮", "夜间通行不便，电动车也不便。", area=places.compound)
    published("树枝遮窗", "梧桐树枝遮住了窗户。", S.ACCEPTED, area=places.second_compound, category=green)
    published("电梯停运", "老人上下楼困难。", S.RESOLVED, area=places.other_compound)
    top_down = published("电动车充电", "部门要求集中充电。", S.CONFIRMED, area=places.far_community)
    Demand.objects.filter(pk=top_down.pk).update(direction="top_down")
    for visitor in range(2):
        services.supports.add(Demand.objects.get(public_title="树枝遮窗"), f"visitor {visitor}")
    factories.demand(description="没有公开的路灯")
    return places


FOUND = [
    ("", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("status=received", ["路灯不亮"]),
    ("status=accepted", ["树枝遮窗"]),
    ("status=resolved", ["电梯停运"]),
    ("status=confirmed", ["电动车充电"]),
    ("status=declined", []),
    ("category={green}", ["树枝遮窗"]),
    ("community=community", ["树枝遮窗", "路灯不亮"]),
    ("community=other-community", ["电梯停运"]),
    ("community=far-community", ["电动车充电"]),
    ("compound=compound", ["路灯不亮"]),
    ("compound=far-compound", []),
    ("direction=top_down", ["电动车充电"]),
    ("direction=bottom_up", ["电梯停运", "树枝遮窗", "路灯不亮"]),
    ("sort=newest", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("sort=oldest", ["路灯不亮", "树枝遮窗", "电梯停运", "电动车充电"]),
    ("sort=supported", ["树枝遮窗", "电动车充电", "电梯停运", "路灯不亮"]),
    ("q=路灯", ["路灯不亮"]),
    ("q=梧桐", ["树枝遮窗"]),
    ("q=电动", ["电动车充电", "路灯不亮"]),
    ("q=电动+充电", ["电动车充电"]),
    ("q=停运电梯", []),
    ("q=灯", ["路灯不亮"]),
    ("q=%20", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("q=！", []),
    # Together
    ("community=community&status=accepted&direction=bottom_up", ["树枝遮窗"]),
    ("community=community&compound=other-compound", []),
    ("q=电动&direction=bottom_up&sort=oldest", ["路灯不亮"]),
    ("q=电动&sort=oldest&page=1", ["路灯不亮", "电动车充电"]),
    # What no choice is finds nothing, and says so.
    ("status=nonsense", []),
    ("status=withdrawn", []),
    ("category=999999", []),
    ("category=x", []),
    ("community=nowhere", []),
    ("compound=community", []),
    ("direction=sideways", []),
    ("sort=random()", []),
    ("q=%00", []),
    ("status=%00", []),
    ("community=%00", []),
    ("q=" + "长" * 61, []),
    # What is no filter filters nothing.
    ("page=abc", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("page=0", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("page=-1", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("page=99999999999999999999", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("page=%00", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("contact__phone__startswith=139", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("description=没有", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
    ("published_at__isnull=1", ["电动车充电", "电梯停运", "树枝遮窗", "路灯不亮"]),
]


def test_filters_find_what_they_say_and_keep_what_was_chosen(four, resident, subtests):
    green = Category.objects.get(code="green").pk
    for query, expected in FOUND:
        with subtests.test(query):
            response = resident.get(f"{LIST}?{query.format(green=green)}")
            assert titles(response) == expected
            assert ("没有符合这些条件的需求" in response.content.decode()) is (not response.context["items"])
    # What was chosen stays chosen.
    html = resident.get(f"{LIST}?q=电动&status=received&sort=oldest").content.decode()
    assert 'value="电动"' in html
    for value in ("received", "oldest"):
        assert f'<option value="{value}" selected>' in html


def test_the_search_does_not_look_into_what_residents_wrote(resident):
    published("路灯不亮", description="我住三单元", place="大槐树旁")
    for query in ("三单元", "槐树", "不能使用"):
        assert titles(resident.get(LIST, {"q": query})) == []


@each_row(
    ("query", "chips"),
    [
        ("", {}),
        ("status=received", {"进展：已收到，移除这个条件": ""}),
        (
            "q=路灯&community=community&sort=oldest&page=2",
            {
                "关键词：路灯，移除这个条件": "?community=community&sort=oldest",
                "社区：湖东街道 · 桂花社区，移除这个条件": "?q=%E8%B7%AF%E7%81%AF&sort=oldest",
            },
        ),
        ("sort=oldest", {}),
    ],
    warm=True,
)
def test_each_chosen_filter_can_be_taken_away(four, resident, query, chips):
    response = resident.get(f"{LIST}?{query}")
    links = {}
    for part in response.content.decode().split('<a class="chip" href="')[1:]:
        href, _quote, rest = part.partition('"')
        links["".join(rest.partition("</a>")[0].partition(">")[2].split("<span")[0:1])] = href.replace("&amp;", "&")
    assert {name.partition("，")[0]: rest for name, rest in chips.items()} == {
        name: href.removeprefix(LIST) for name, href in links.items()
    }
    assert ("清除全部" in words(response)) is bool(chips)


def test_pages_lead_on_and_keep_the_filters(resident):
    places = factories.tree()
    for number in range(21):
        published(f"需求 {number}", area=places.compound)
    first = resident.get(f"{LIST}?compound=compound&sort=oldest")
    assert titles(first) == [f"需求 {number}" for number in range(20)]
    assert "共 21 件" in words(first)
    assert 'rel="next" href="?compound=compound&amp;sort=oldest&amp;page=2"' in first.content.decode()
    assert titles(resident.get(f"{LIST}?compound=compound&sort=oldest&page=2")) == ["需求 20"]
    # Beyond the last page stands the last page.
    assert titles(resident.get(f"{LIST}?compound=compound&sort=oldest&page=77")) == ["需求 20"]


def test_an_empty_portal_invites(resident):
    response = resident.get(LIST)
    assert "还没有公开的需求。您可以成为第一个提出的人。" in words(response)


def test_a_very_long_list_counts_to_a_thousand(four, resident, monkeypatch):
    monkeypatch.setattr("foundation.paging.MAX_COUNTED", 3)
    assert "超过 3 件" in words(resident.get(LIST))


def test_the_list_and_a_demand_are_for_reading(resident):
    demand = factories.demand(public=True)
    for address in (LIST, f"{LIST}{demand.ref}/"):
        for method in (resident.post, resident.put, resident.patch, resident.delete):
            assert method(address).status_code == 405


# --- One demand ------------------------------------------------------------------------------------------------------


def test_a_demand_that_is_not_published_is_not_there(resident):
    hidden = [factories.demand(status) for status in factories.WAYS]
    listed = resident.get(LIST).content.decode()
    for demand in hidden:
        assert resident.get(f"{LIST}{demand.ref}/").status_code == 404, demand.status
        assert demand.ref not in listed, demand.status


@each_row("status", [status for status in factories.WAYS if status != S.SPLIT], warm=True)
def test_a_published_demand_shows_its_chain_in_every_status_but_withdrawn(resident, status):
    demand = factories.demand(status, public=True)
    response = resident.get(f"{LIST}{demand.ref}/")
    assert response.status_code == (404 if status == S.WITHDRAWN else 200)
    if status != S.WITHDRAWN:
        assert demand.get_status_display() in words(response)
        assert response.content.decode().count('class="chain"') == 1


def test_a_demand_taken_down_is_gone_at_once(resident, liaison_client):
    demand = factories.demand(public=True)
    assert resident.get(f"{LIST}{demand.ref}/").status_code == 200
    services.publishing.unpublish(demand, actor=liaison_client.user)
    assert resident.get(f"{LIST}{demand.ref}/").status_code == 404
    assert titles(resident.get(LIST)) == []
    assert titles_on_home(resident) == []


def titles_on_home(client) -> list[str]:
    context = client.get("/").context
    return [row.public_title for row, _when in (*context["results"], *context["under_way"])]


def test_a_reference_that_does_not_exist_is_not_found(resident):
    factories.demand(public=True)
    for ref in ("NH-2026-99999", "nh-2026-00001", "NH-2026-1", "NH-20261-00001", "NH-2026-00001x"):
        assert resident.get(f"{LIST}{ref}/").status_code == 404, ref


def test_a_merged_demand_leads_to_the_other_only_while_that_is_public(resident, liaison_client):
    target = factories.demand(public=True, description="先提出的")
    demand = factories.demand(public=True)
    factories.move(demand, S.MERGED, target=target)
    link = f'href="{LIST}{target.ref}/"'
    assert link in resident.get(f"{LIST}{demand.ref}/").content.decode()
    services.publishing.unpublish(target, actor=liaison_client.user)
    assert target.ref not in resident.get(f"{LIST}{demand.ref}/").content.decode()


# --- The canary ------------------------------------------------------------------------------------------------------

CANARY = {
    "called": "金丝雀",
    "phone": "18657396482",
    "email": "canary@secret.example",
    "description": "金丝雀原话甲乙丙",
    "place": "金丝雀窝旁",
}
NEVER = ("金丝雀", "18657396482", "****6482", "canary", "甲乙丙", "186****")


def test_nobody_finds_a_canary(resident, member_client, auditor_client, liaison_client):
    """A name, a phone and a resident's own words are nowhere but on their own page."""
    hidden = factories.demand(**CANARY)
    code, other_code = new_code(), new_code()
    shown = factories.demand(S.RESOLVED, public=True, code=code, **CANARY)
    services.residents.add_information(shown, "金丝雀补充", key=uuid.uuid4())
    services.handling.note(shown, "金丝雀备注", actor=liaison_client.user)
    services.residents.rate(shown, work="satisfied", result="unsatisfied", comment="金丝雀评语")
    factories.photo(shown, review=PhotoReview.PENDING, alt="金丝雀照片")
    other = factories.demand(code=other_code)
    pages = [
        "/",
        LIST,
        f"{LIST}?q=甲乙",  # the search box alone repeats what was typed
        f"{LIST}{shown.ref}/",
        "/sitemap.xml",
        "/robots.txt",
        "/privacy/",
        "/accessibility/",
        f"/demands/track/{other_code}/",
        "/demands/track/",
        "/demands/new/",
        "/readyz",
        f"{LIST}{hidden.ref}/",
    ]
    for client in (resident, member_client):
        for page in pages:
            text = client.get(page).content.decode()
            for secret in NEVER:
                assert secret not in text, f"{secret} on {page}"
            assert hidden.ref not in text or page.endswith(f"{hidden.ref}/")
    assert other.ref in resident.get(f"/demands/track/{other_code}/").content.decode()
    # On their own page everything is there but the notes; and staff see the phone masked.
    own = words(resident.get(f"/demands/track/{code}/"))
    assert "金丝雀原话甲乙丙" in own
    assert "金丝雀备注" not in own
    for client in (liaison_client, auditor_client):
        desk = client.get(f"/admin/demands/demand/{shown.pk}/change/").content.decode()
        assert "18657396482" not in desk
        assert "186****6482" in desk


# --- Photos ----------------------------------------------------------------------------------------------------------


def photo_addresses(photo) -> list[str]:
    base = f"{LIST}{photo.demand.ref}/photos/{photo.pk}"
    return [f"{base}.jpg", f"{base}-s.jpg"]


@each_row(
    ("public_demand", "review", "expected"),
    [
        (True, PhotoReview.APPROVED, 200),
        (True, PhotoReview.PENDING, 404),
        (True, PhotoReview.REJECTED, 404),
        (False, PhotoReview.APPROVED, 404),
        (False, PhotoReview.PENDING, 404),
    ],
)
def test_a_photo_is_shown_only_approved_and_on_a_public_demand(resident, public_demand, review, expected):
    photo = factories.photo(factories.demand(public=public_demand), review=review)
    for address in photo_addresses(photo):
        response = resident.get(address)
        assert response.status_code == expected, address
        if expected == 200:
            assert response["Content-Type"] == "image/jpeg"
            assert response["Cache-Control"] == "private, no-cache"
            assert body(response)[:2] == b"\xff\xd8"


def test_a_photo_belongs_to_its_own_demand(resident):
    photo = factories.photo(factories.demand(public=True), review=PhotoReview.APPROVED)
    other = factories.demand(public=True)
    assert resident.get(f"{LIST}{other.ref}/photos/{photo.pk}.jpg").status_code == 404


def test_a_photo_is_for_looking_at(resident):
    photo = factories.photo(factories.demand(public=True), review=PhotoReview.APPROVED)
    for address in photo_addresses(photo):
        for method in (resident.post, resident.put, resident.delete):
            assert method(address).status_code == 405


def _withdraw(demand, photo, staff):
    factories.make_move(demand, S.WITHDRAWN, actor=RESIDENT)


def _unpublish(demand, photo, staff):
    services.publishing.unpublish(demand, actor=staff)


def _withdraw_publication(demand, photo, staff):
    services.residents.withdraw_publication(demand)


def _reject(demand, photo, staff):
    services.publishing.review_photo(photo, PhotoReview.REJECTED, actor=staff)


@each_row("close", [_withdraw, _unpublish, _withdraw_publication, _reject])
def test_a_photo_taken_away_is_gone_at_once_even_for_who_has_it(resident, liaison_client, close):
    photo = factories.photo(factories.demand(public=True), review=PhotoReview.APPROVED)
    tags = {}
    for address in photo_addresses(photo):
        response = resident.get(address)
        tags[address] = response["ETag"]
        body(response)
        again = resident.get(address, headers={"if-none-match": tags[address]})
        assert (again.status_code, again.content) == (304, b"")
    close(photo.demand, photo, liaison_client.user)
    for address, tag in tags.items():
        assert resident.get(address).status_code == 404
        assert resident.get(address, headers={"if-none-match": tag}).status_code == 404
        assert resident.get(address, headers={"if-none-match": "*"}).status_code == 404


def test_a_review_shows_on_a_page_that_was_kept(resident, liaison_client):
    photo = factories.photo(factories.demand(public=True))
    address, shown = f"{LIST}{photo.demand.ref}/", []
    for review in (PhotoReview.PENDING, PhotoReview.APPROVED, PhotoReview.REJECTED):
        services.publishing.review_photo(photo, review, actor=liaison_client.user)
        shown.append(photo_addresses(photo)[0] in resident.get(address).content.decode())
    assert shown == [False, True, False]


def test_an_erased_demand_leaves_no_file(resident, liaison_client, django_capture_on_commit_callbacks):
    photo = factories.photo(factories.demand(public=True), review=PhotoReview.APPROVED)
    with django_capture_on_commit_callbacks(execute=True):
        services.handling.erase(photo.demand, actor=liaison_client.user)
    assert not default_storage.exists(photo.full)
    assert not default_storage.exists(photo.thumbnail)
    for address in photo_addresses(photo):
        assert resident.get(address).status_code == 404


def test_a_file_that_is_missing_is_not_found(resident):
    photo = factories.photo(factories.demand(public=True), review=PhotoReview.APPROVED)
    default_storage.delete(photo.full)
    assert resident.get(photo_addresses(photo)[0]).status_code == 404


def test_the_folder_of_photos_has_no_address(resident):
    photo = factories.photo(factories.demand(public=True), review=PhotoReview.APPROVED)
    for address in (f"/media/{photo.full}", f"/{photo.full}", f"/static/{photo.full}"):
        assert resident.get(address).status_code == 404


# --- 我也需要 --------------------------------------------------------------------------------------------------------


def support(client, demand):
    shown = client.get(f"{LIST}{demand.ref}/")
    response = form(shown).send(client)
    assert response.status_code == 302
    return client.get(response["Location"])


def test_a_visitor_counts_once(resident):
    demand = factories.demand(public=True)
    assert "已记录：现在有 1 人需要。" in words(support(resident, demand))
    # The button is gone, but the same form may still be open in another window.
    again = resident.post(f"{LIST}{demand.ref}/support/", follow=True)
    assert "您已经附议过这件需求。" in words(again)
    assert "已记录：现在有 2 人需要。" in words(support(Client(), demand))
    demand.refresh_from_db()
    assert (demand.support_count, Support.objects.count()) == (2, 2)
    # One visitor, another demand.
    support(resident, factories.demand(public=True))
    assert Support.objects.count() == 3


def test_what_is_kept_of_a_visitor_is_a_hash(resident):
    demand = factories.demand(public=True)
    support(resident, demand)
    cookie = resident.cookies["visitor"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert Support.objects.get().visitor not in cookie.value
    assert cookie.value.partition(":")[0] not in Support.objects.get().visitor


def test_a_forged_cookie_is_a_new_visitor_not_a_chosen_one(resident):
    demand = factories.demand(public=True)
    support(resident, demand)
    for forged in ("me", "me:abc", resident.cookies["visitor"].value[:-1] + "x", "\x7f", ""):
        # As a header: Python's own cookies refuse to hold such characters.
        client = Client(headers={"cookie": f"visitor={forged}"})
        support(client, demand)
        assert client.cookies["visitor"].value != forged
    demand.refresh_from_db()
    assert demand.support_count == Support.objects.count() == 6


def test_throwing_the_cookie_away_pays_only_so_often(resident, monkeypatch):
    monkeypatch.setattr(supports, "SUPPORTS_OF_ONE_A_DAY", 2)
    demand, other = factories.demand(public=True), factories.demand(public=True)
    for _time in range(2):
        support(Client(), demand)
    response = Client().post(f"{LIST}{demand.ref}/support/")
    assert response.status_code == 429
    assert "从您的网络附议的次数太多" in words(response)
    # Another demand from there, and this one from elsewhere, still count.
    support(Client(), other)
    support(Client(REMOTE_ADDR="198.51.100.7"), demand)
    assert Support.objects.count() == 4


def test_all_demands_together_have_a_limit_too(monkeypatch):
    monkeypatch.setattr(supports, "SUPPORTS_A_DAY", 1)
    support(Client(), factories.demand(public=True))
    assert Client().post(f"{LIST}{factories.demand(public=True).ref}/support/").status_code == 429


def test_what_is_not_public_cannot_be_supported(resident):
    for demand in (factories.demand(), factories.demand(S.WITHDRAWN, public=True)):
        assert resident.post(f"{LIST}{demand.ref}/support/").status_code == 404
    assert resident.post(f"{LIST}NH-2026-99999/support/").status_code == 404
    assert not Support.objects.exists()


def test_support_is_a_post_and_reading_its_address_leads_to_the_demand(resident):
    demand = factories.demand(public=True)
    for method in (resident.put, resident.patch, resident.delete):
        assert method(f"{LIST}{demand.ref}/support/").status_code == 405
    for method in (resident.get, resident.head):
        response = method(f"{LIST}{demand.ref}/support/")
        assert (response.status_code, response["Location"]) == (302, f"{LIST}{demand.ref}/")
    assert not Support.objects.exists()


def test_support_needs_the_token(db):
    demand = factories.demand(public=True)
    client = Client(enforce_csrf_checks=True)
    response = client.post(f"{LIST}{demand.ref}/support/")
    assert response.status_code == 403
    assert "页面已过期" in words(response)
    assert not Support.objects.exists()


def test_support_carries_nothing_else_over(resident):
    demand = factories.demand(public=True)
    resident.post(f"{LIST}{demand.ref}/support/", {"support_count": "500", "status": "resolved", "version": "9"})
    demand.refresh_from_db()
    assert (demand.support_count, demand.status) == (1, "received")


# --- Home ------------------------------------------------------------------------------------------------------------


def test_names_are_shown_in_english_and_the_list_stays_where_it_is(four, resident):
    response = resident.get("/preferences/?lang=en&next=/demands/%3Fstatus%3Dreceived")
    assert response["Location"] == "/demands/?status=received"
    page = resident.get(response["Location"])
    assert page["Content-Language"] == "en"
    assert "Guihua Community" in words(page)
    assert titles(page) == ["路灯不亮"]


def test_two_communities_of_one_name_are_told_apart_by_their_code(resident):
    places = factories.tree()
    twin = factories.area(AreaLevel.COMMUNITY, places.far_subdistrict, code="twin", name=places.community.name)
    published("这里", area=places.community)
    published("那里", area=twin)
    assert titles(resident.get(f"{LIST}?community=twin")) == ["那里"]
