"""Photos of events and the rest: written anew, described, reviewed, removed, and no file left over."""

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from consultation.models import Picture
from consultation.services import pictures
from foundation import uploads
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, TransitionNotAllowed
from foundation.uploads import StagedPhoto
from tests import factories

pytestmark = pytest.mark.django_db

ALT = "居民围坐商量门禁"


def files(settings) -> list[str]:
    return sorted(path.name for path in settings.MEDIA_ROOT.rglob("*.jpg"))


def jpeg_with_place():
    exif = Image.Exif()
    exif[0x0110] = "A telling camera"
    exif.get_ifd(0x8825)[1] = "N"
    return factories.upload(factories.image_bytes(exif=exif))


def test_a_photo_is_written_anew_without_its_metadata_and_waits(settings):
    event = factories.event()
    picture = pictures.add(jpeg_with_place(), f" {ALT} ", actor=factories.community_staff(), event=event)
    assert (picture.event, picture.alt, picture.review) == (event, ALT, "pending")
    assert (picture.width, picture.height, picture.uploaded_by.username) == (64, 48, "community")
    assert len(files(settings)) == 2
    for name in (picture.full, picture.thumbnail):
        assert name.startswith("pictures/")
        with default_storage.open(name) as kept:
            content = kept.read()
        assert content.startswith(b"\xff\xd8")
        assert b"Exif" not in content and b"telling" not in content
    assert list(Picture.objects.public()) == []
    assert [(entry.action, entry.subject) for entry in AuditEntry.objects.all()] == [("added", f"picture:{picture.pk}")]


@pytest.mark.parametrize("owner", ["venue", "event", "agreement", "project"])
def test_it_is_of_exactly_one_thing(settings, owner):
    make = getattr(factories, owner)
    row = make()
    picture = pictures.add(factories.png(), ALT, actor=SYSTEM, **{owner: row})
    assert getattr(picture, owner) == row
    with pytest.raises(Exception, match="picture_of_one_thing"):
        pictures.add(factories.png(), ALT, actor=SYSTEM)
    assert len(files(settings)) == 2


@pytest.mark.parametrize(
    ("content", "alt", "text"),
    [
        (None, "  ", "请填写图片说明：用一句话说明照片内容。"),
        (b"no photo", ALT, "这不是能识别的照片，请选择 JPEG、PNG、WebP 或 HEIC 格式。"),
        (b"", ALT, "照片是空的，请重新选择。"),
    ],
)
def test_what_is_no_described_photo_is_refused_and_nothing_is_kept(settings, content, alt, text):
    upload = factories.upload(content)
    with pytest.raises(Refused) as refusal:
        pictures.add(upload, alt, actor=SYSTEM, event=factories.event())
    assert str(refusal.value) == text
    assert files(settings) == []
    assert not Picture.objects.exists()


def test_several_staged_photos_are_taken_all_or_none(settings):
    event, staff = factories.event(), factories.community_staff()
    first, second = factories.staged_photo(), factories.staged_photo()
    with pytest.raises(Refused) as refusal:
        pictures.add_staged({first.key: ALT, "no key": ALT}, actor=staff, event=event)
    assert str(refusal.value) == "照片保存已超过 1 小时，请重新选择。您填写的其他内容都已保留。"
    with pytest.raises(Refused):
        pictures.add_staged({first.key: ALT, second.key: " "}, actor=staff, event=event)
    assert (Picture.objects.count(), StagedPhoto.objects.count()) == (0, 2)
    made = pictures.add_staged({second.key: ALT, first.key: " 门口 "}, actor=staff, event=event)
    assert [(one.full, one.alt, one.event, one.uploaded_by) for one in made] == [
        (second.full, ALT, event, staff),
        (first.full, "门口", event, staff),
    ]
    assert not StagedPhoto.objects.exists()
    assert [entry.action for entry in AuditEntry.objects.all()] == ["added", "added"]
    with pytest.raises(TransitionNotAllowed):
        pictures.add_staged({}, actor=factories.auditor(), event=event)


def test_a_row_that_cannot_be_written_leaves_no_file(settings, monkeypatch):
    event = factories.event()
    monkeypatch.setattr(Picture.objects, "create", lambda **values: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pictures.add(factories.jpeg(), ALT, actor=SYSTEM, event=event)
    assert files(settings) == []


def test_a_full_disk_is_a_sentence_and_leaves_no_file(settings, monkeypatch):
    event, save, count = factories.event(), default_storage.save, iter(range(9))

    def full_at_the_second(name, content):
        if next(count) == 1:
            raise OSError(28, "No space left on device")
        return save(name, content)

    monkeypatch.setattr(uploads.default_storage, "save", full_at_the_second, raising=False)
    with pytest.raises(Refused) as refusal:
        pictures.add(factories.jpeg(), ALT, actor=SYSTEM, event=event)
    assert str(refusal.value) == "照片暂时无法保存，请稍后再试。"
    assert files(settings) == []
    assert not Picture.objects.exists()


def test_review_shows_and_hides_and_wants_a_description():
    picture = pictures.add(factories.jpeg(), ALT, actor=SYSTEM, event=factories.event())
    staff = factories.liaison_staff()
    pictures.review(picture, "approved", actor=staff, alt=" 门禁样机 ")
    assert [(row.alt, row.review) for row in Picture.objects.public()] == [("门禁样机", "approved")]
    with pytest.raises(Refused):
        pictures.review(picture, "approved", actor=staff, alt=" ")
    with pytest.raises(ValueError, match="lovely"):
        pictures.review(picture, "lovely", actor=staff)
    pictures.review(picture, "rejected", actor=staff)
    assert list(Picture.objects.public()) == []
    assert [(entry.action, entry.detail) for entry in AuditEntry.objects.order_by("pk")] == [
        ("photo_reviewed", "approved"),
        ("photo_reviewed", "rejected"),
    ]


def test_removing_takes_its_files_once_the_transaction_is_through(settings, django_capture_on_commit_callbacks):
    picture = pictures.add(factories.jpeg(), ALT, actor=SYSTEM, event=factories.event())
    with django_capture_on_commit_callbacks() as later:
        pictures.remove(picture, actor=factories.liaison_staff())
    assert len(files(settings)) == 2
    for callback in later:
        callback()
    assert files(settings) == []
    assert not Picture.objects.exists()
    with pytest.raises(Refused) as refusal:
        pictures.remove(picture, actor=SYSTEM)
    assert str(refusal.value) == "这张照片已经删除。"


# Who may: (add, review, remove).
MAY = {
    "community_staff": (True, False, False),
    "liaison_staff": (True, True, True),
    "auditor": (False, False, False),
    "member": (False, False, False),
    "superuser": (True, True, True),
}


@pytest.mark.parametrize("role", MAY)
def test_each_act_needs_its_permission(role):
    actor, event = getattr(factories, role)(), factories.event()
    picture = pictures.add(factories.jpeg(), ALT, actor=SYSTEM, event=event)
    acts = (
        lambda: pictures.add(factories.jpeg(), ALT, actor=actor, event=event),
        lambda: pictures.review(picture, "approved", actor=actor),
        lambda: pictures.remove(picture, actor=actor),
    )
    for act, allowed in zip(acts, MAY[role], strict=True):
        if allowed:
            act()
        else:
            with pytest.raises(TransitionNotAllowed):
                act()
