"""The photos of a row in the admin: one page and one behaviour for events, venues, agreements and projects."""

import pytest
from django.core.files.storage import default_storage

from consultation.models import Picture, VenueKind
from consultation.selectors.pictures import pair
from consultation.services import pictures
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.uploads import PhotoReview, StagedPhoto
from tests import factories
from tests.pages import body, form, words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

MAKE = {
    "event": lambda area=None: factories.event("held", **({"area": area} if area else {})),
    "venue": lambda area=None: factories.venue(VenueKind.DELIBERATION_HOME, *([area] if area else [])),
    "agreement": lambda area=None: factories.agreement(MAKE["event"](area)),
    "project": lambda area=None: factories.project(**({"area": area} if area else {})),
}
KINDS = [*MAKE]
# One page serves all kinds: what it makes of a form is tried with one of them.
any_kind = pytest.mark.parametrize("kind", ["event"])


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def row(db, kind):
    return MAKE[kind]()


@pytest.fixture
def picture(row, kind):
    return picture_of(row, kind)


def picture_of(row, kind):
    return pictures.add(factories.jpeg(), "圆桌", actor=SYSTEM, **{kind: row})


def photos(row) -> str:
    return f"/admin/consultation/{row._meta.model_name}/{row.pk}/photos/"


def change(row) -> str:
    return f"/admin/consultation/{row._meta.model_name}/{row.pk}/change/"


def acts() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(subject__startswith="picture:").order_by("pk")
    return [(entry.action, entry.actor.username, entry.detail) for entry in entries]


def described(keys, *alts) -> dict:
    """What the form sends of staged photos with these descriptions."""
    return {"kept": keys} | {f"alt-{key}": alt for key, alt in zip(keys, alts, strict=True)}


def said(client, response) -> str:
    return [str(message) for message in client.get(response["Location"]).context["messages"]][-1]


# --- Up to the public page -------------------------------------------------------------------------------------------


def test_photos_are_uploaded_described_and_reviewed(
    community_client, liaison_client, auditor_client, resident, row, kind
):
    page = community_client.get(photos(row))
    assert "还没有照片。" in words(page)
    # Descriptions are asked for once the photos are there.
    page = community_client.post(photos(row), {"photos": [factories.jpeg(), factories.png()]})
    assert (page.status_code, page.content.decode().count("请填写图片说明")) == (422, 4)
    keys = list(page.context["form"].staged)
    response = community_client.post(photos(row), described(keys, "围坐", "签字"))
    assert (response.status_code, response["Location"]) == (302, photos(row))
    assert said(community_client, response) == "照片已上传，审核后公开。"
    first, second = Picture.objects.filter(**{kind: row})
    assert [first.alt, second.alt, first.review, second.review] == ["围坐", "签字", "pending", "pending"]
    assert first.uploaded_by == community_client.user
    # Staff in scope see it before its review, the public after it.
    for client in (community_client, liaison_client, auditor_client):
        for query in ("", "?small"):
            response = client.get(f"{photos(row)}{first.pk}.jpg{query}")
            assert response.status_code == 200
            assert "private, no-store" in response["Cache-Control"]
            assert body(response).startswith(b"\xff\xd8")
    assert not Picture.objects.public().exists()
    assert resident.get(f"/pictures/{first.pk}.jpg").status_code == 404
    response = liaison_client.post(
        f"{photos(row)}{first.pk}/", {"review": "approved", "alt": "居民围坐", "seen": first.review_version}
    )
    assert (response.status_code, response["Location"]) == (302, photos(row))
    assert said(liaison_client, response) == "照片已审核。"
    assert [(picture.pk, picture.alt) for picture in Picture.objects.public()] == [(first.pk, "居民围坐")]
    community, liaison = community_client.user.username, liaison_client.user.username
    assert acts() == [("added", community, ""), ("added", community, ""), ("photo_reviewed", liaison, "approved")]


def test_a_photo_is_removed_with_its_files(liaison_client, row, picture, django_capture_on_commit_callbacks):
    address = f"{photos(row)}{picture.pk}/remove/"
    with django_capture_on_commit_callbacks(execute=True):
        response = liaison_client.post(address)
    assert (response.status_code, response["Location"]) == (302, photos(row))
    assert said(liaison_client, response) == "照片已删除。"
    assert not Picture.objects.exists()
    assert not default_storage.exists(picture.full)
    assert not default_storage.exists(picture.thumbnail)
    assert acts() == [("deleted", liaison_client.user.username, "")]
    assert liaison_client.post(address).status_code == 404


# --- What is refused -------------------------------------------------------------------------------------------------


@any_kind
@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "请选择照片。"),
        ({"photo_1": b""}, "空"),
        ({"photo_1": b"no photo"}, "这不是能识别的照片"),
    ],
)
def test_what_is_no_photo_is_refused_and_not_kept(community_client, settings, row, files, sentence):
    files = {name: factories.upload(content) for name, content in files.items()}
    response = community_client.post(photos(row), files)
    assert response.status_code == 422
    assert sentence in words(response)
    assert not Picture.objects.exists()
    assert not StagedPhoto.objects.exists()
    assert not list(settings.MEDIA_ROOT.rglob("*.jpg"))


@any_kind
@each_row(
    ("alt", "sentence"),
    [
        (" ", "请填写图片说明"),
        ("a\x00", "文字中有无法保存的字符，请删除后再试。"),
        ("长" * 10_000, "最多 80 个字，现在有 10000 个字。"),
    ],
)
def test_a_description_that_does_not_fit_is_refused_and_the_photo_waits(community_client, row, alt, sentence):
    photo = factories.staged_photo()
    response = community_client.post(photos(row), described([photo.key], alt))
    assert (response.status_code, sentence in words(response)) == (422, True)
    assert not Picture.objects.exists()
    assert form(response, "kept").values["kept"] == photo.key
    # A bad one beside it does not keep it back.
    more = {"photos": factories.upload(b"no photo")}
    assert community_client.post(photos(row), described([photo.key], "围坐") | more).status_code == 422
    assert form(response, "kept").send(community_client, photos(row), **{f"alt-{photo.key}": "围坐"}).status_code == 302
    assert [picture.alt for picture in row.pictures.all()] == ["围坐"]


@any_kind
@each_row(
    ("values", "sentence"),
    [
        ({"review": "approved", "alt": " "}, "请填写图片说明"),
        ({"review": "approved", "alt": "a\x00"}, "文字中有无法保存的字符，请删除后再试。"),
        ({"review": "perhaps", "alt": "圆桌"}, "选择一个有效的选项"),
        ({"review": "pending", "alt": "圆桌"}, "选择一个有效的选项"),
        ({"alt": "圆桌"}, "这个字段是必填项。"),
    ],
)
def test_a_review_that_does_not_fit_is_refused(liaison_client, row, picture, values, sentence):
    response = liaison_client.post(f"{photos(row)}{picture.pk}/", values, follow=True)
    assert sentence in words(response)
    picture.refresh_from_db()
    assert (picture.review, picture.alt) == (PhotoReview.PENDING, "圆桌")


def test_a_cancelled_event_takes_no_more_photos(liaison_client):
    event = factories.event("cancelled")
    picture = picture_of(event, "event")
    html = liaison_client.get(photos(event)).content.decode()
    assert f"{photos(event)}{picture.pk}/remove/" in html
    assert 'name="photos"' not in html
    values = {"photos": factories.jpeg()}
    assert liaison_client.post(photos(event), values).status_code == 403
    assert Picture.objects.get() == picture


# --- Who, where, how -------------------------------------------------------------------------------------------------


def test_who_looks_adds_reviews_and_removes(community_client, liaison_client, auditor_client, row, picture):
    for client, may in (
        (community_client, ["upload"]),
        (liaison_client, ["upload", "review", "remove"]),
        (auditor_client, []),
    ):
        html = client.get(photos(row)).content.decode()
        found = {"upload": 'name="photos"' in html, "review": 'value="approved"' in html, "remove": "/remove/" in html}
        assert [name for name, there in found.items() if there] == may
    values = {"photos": factories.jpeg()}
    assert auditor_client.post(photos(row), values).status_code == 403
    for client in (community_client, auditor_client):
        for address, values in (("", {"review": "approved", "alt": "x"}), ("remove/", {})):
            assert client.post(f"{photos(row)}{picture.pk}/{address}", values).status_code == 403
    picture.refresh_from_db()
    assert picture.review == PhotoReview.PENDING


def test_those_who_are_no_staff_are_asked_to_sign_in(member_client, resident, row, picture):
    for address in ("", f"{picture.pk}.jpg", f"{picture.pk}/", f"{picture.pk}/remove/"):
        for client in (member_client, resident):
            assert client.get(photos(row) + address).status_code == 302
            assert client.post(photos(row) + address).status_code == 302
    assert Picture.objects.get().review == PhotoReview.PENDING


def test_what_lies_out_of_scope_or_shows_another_row_is_not_there(liaison_client, kind, row, picture):
    far = MAKE[kind](factories.tree().far_community)
    far_picture = picture_of(far, kind)
    assert liaison_client.get(photos(far)).status_code == 404
    assert liaison_client.post(photos(far)).status_code == 404
    # How a photo is found among those of its row is the same for all kinds.
    mixed = ((row, far_picture), (far, picture)) if kind == "event" else ()
    for place, other in ((far, far_picture), *mixed):
        assert liaison_client.get(f"{photos(place)}{other.pk}.jpg").status_code == 404
        assert liaison_client.post(f"{photos(place)}{other.pk}/").status_code == 404
        assert liaison_client.post(f"{photos(place)}{other.pk}/remove/").status_code == 404
    assert Picture.objects.count() == 2


@any_kind
def test_looking_at_an_address_that_presses_changes_nothing(liaison_client, row, picture):
    for address in (f"{photos(row)}{picture.pk}/", f"{photos(row)}{picture.pk}/remove/"):
        response = liaison_client.get(address)
        assert (response.status_code, response["Location"]) == (302, photos(row))
    assert Picture.objects.get().review == PhotoReview.PENDING


@any_kind
def test_a_photo_is_only_looked_at(liaison_client, row, picture):
    assert liaison_client.post(f"{photos(row)}{picture.pk}.jpg").status_code == 405


def test_a_row_s_page_leads_to_its_photos(auditor_client, row):
    assert f'href="{photos(row)}"' in auditor_client.get(change(row)).content.decode()


def test_the_list_of_all_photos_leads_to_where_each_is_reviewed(liaison_client, row, picture):
    assert f'href="{photos(row)}"' in liaison_client.get("/admin/consultation/picture/").content.decode()


def test_an_event_s_page_shows_its_photos_and_how_many_wait(community_client):
    event = factories.event("held")
    waiting, shown = picture_of(event, "event"), picture_of(event, "event")
    pictures.review(shown, "approved", actor=SYSTEM)
    page = community_client.get(change(event))
    for picture in (waiting, shown):
        assert f'src="{photos(event)}{picture.pk}.jpg?small" alt="圆桌"' in page.content.decode()
    assert "1 张待审核" in words(page)
    pictures.review(waiting, "rejected", actor=SYSTEM)
    assert "张待审核" not in words(community_client.get(change(event)))


def test_the_page_makes_its_number_of_queries(liaison_client, row, kind, picture, django_assert_num_queries):
    liaison_client.get(photos(row))
    for more in (0, 3):
        Picture.objects.bulk_create(
            Picture(full=picture.full, thumbnail=picture.thumbnail, width=1, height=1, alt="x", **{kind: row})
            for _number in range(more)
        )
        with django_assert_num_queries(6):
            liaison_client.get(photos(row))


@pytest.mark.parametrize(
    ("kind", "is_asked"), [("event", False), ("venue", False), ("agreement", True), ("project", True)]
)
def test_photos_of_what_was_changed_are_marked_as_before_or_after(liaison_client, kind, is_asked):
    row = MAKE[kind]()
    picture = picture_of(row, kind)
    assert ("不分前后" in words(liaison_client.get(photos(row)))) == is_asked
    page = form(liaison_client.get(photos(row)), "seen", "alt")
    page.send(liaison_client, review="approved", alt="圆桌", moment="after")
    picture.refresh_from_db()
    assert (picture.moment, picture.review) == ("after", PhotoReview.APPROVED)
    page.send(liaison_client, review="approved", alt="旧页面", moment="after")
    assert Picture.objects.get(pk=picture.pk).alt == "圆桌"
    page = form(liaison_client.get(photos(row)), "seen", "alt")
    page.send(liaison_client, review="approved", alt="圆桌", moment="never")
    picture.refresh_from_db()
    assert picture.moment == "after"


@pytest.mark.parametrize(
    ("moments", "beside"),
    [
        ((), ()),
        (("",), (0,)),
        (("", "after"), (0,)),
        (("before", ""), (0,)),
        (("", "after", "before", "after"), (2, 1)),
    ],
)
def test_what_stands_beside_a_row(moments, beside):
    shown = [Picture(moment=moment) for moment in moments]
    assert pair(shown) == [shown[place] for place in beside]
