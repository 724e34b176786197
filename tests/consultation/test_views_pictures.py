"""Photos by their address: approved ones for everybody, all others for nobody."""

import io

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from consultation.services import pictures
from foundation.actors import SYSTEM
from tests import factories
from tests.pages import body

pytestmark = pytest.mark.django_db


def photo(review="approved"):
    found = pictures.add(factories.jpeg(size=(900, 600)), "居民围坐", actor=SYSTEM, event=factories.event())
    return pictures.review(found, review, actor=SYSTEM)


def address(picture, small=False) -> str:
    return f"/pictures/{picture.pk}{'-s' if small else ''}.jpg"


def test_an_approved_photo_is_shown_whole_and_small(resident):
    picture = photo()
    for small, size in ((False, (900, 600)), (True, (480, 320))):
        response = resident.get(address(picture, small))
        assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
        assert response["Cache-Control"] == "private, no-cache"
        with Image.open(io.BytesIO(body(response))) as image:
            assert image.size == size


def test_any_other_photo_is_not_there_for_anybody(request, subtests):
    pictures = {review: photo(review) for review in ("pending", "rejected")}
    for role in ("resident", "member_client", "community_client", "liaison_client", "admin_client"):
        client = request.getfixturevalue(role)
        for review, picture in pictures.items():
            with subtests.test(f"{review} {role}"):
                assert [client.get(address(picture, small)).status_code for small in (False, True)] == [404, 404]


def test_a_photo_taken_back_is_gone_at_once_also_for_who_kept_it(resident):
    picture = photo()
    response = resident.get(address(picture))
    body(response)
    etag = response["ETag"]
    assert resident.get(address(picture), headers={"If-None-Match": etag}).status_code == 304
    pictures.review(picture, "rejected", actor=SYSTEM)
    assert resident.get(address(picture), headers={"If-None-Match": etag}).status_code == 404


def test_a_photo_that_is_not_there_and_one_whose_file_is_gone(resident):
    assert resident.get("/pictures/999999.jpg").status_code == 404
    assert resident.get("/pictures/99999999999999999999.jpg").status_code == 404
    picture = photo()
    default_storage.delete(picture.full)
    assert resident.get(address(picture)).status_code == 404


def test_other_methods_are_not_allowed(resident):
    picture = photo()
    for method in ("post", "put", "patch", "delete", "options"):
        assert getattr(resident, method)(address(picture)).status_code == 405, method
