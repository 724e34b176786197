"""The portrait of a member: a square without metadata, replaced and removed without a trace in storage."""

import io

import pytest
from django.core.files.storage import default_storage
from django.test import TestCase
from PIL import Image

from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.errors import Refused, TransitionNotAllowed
from foundation.uploads import MAX_BYTES
from members import services
from members.models import Member
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db


def files() -> set[str]:
    """The names of all files in storage, with their folders."""

    def below(folder: str) -> set[str]:
        folders, names = default_storage.listdir(folder)
        found = {f"{folder}/{name}" for name in names}
        return found.union(*(below(f"{folder}/{name}") for name in folders))

    return below("portraits") if default_storage.exists("portraits") else set()


def size(name: str) -> tuple[int, int]:
    with default_storage.open(name) as file, Image.open(io.BytesIO(file.read())) as image:
        assert image.format == "JPEG"
        assert not image.getexif()
        return image.size


def put(member, upload=None, actor=SYSTEM):
    with TestCase.captureOnCommitCallbacks(execute=True):
        return services.people.set_portrait(member, upload or factories.jpeg(size=(900, 1200)), actor=actor)


def test_a_portrait_is_cut_to_a_square_in_two_sizes():
    member = put(factories.committee_member())
    assert (size(member.full), size(member.thumbnail)) == ((640, 640), (192, 192))
    member.refresh_from_db()
    assert files() == {member.full, member.thumbnail}


def test_a_small_picture_is_not_blown_up():
    member = put(factories.committee_member(), factories.png(size=(120, 90)))
    assert (size(member.full), size(member.thumbnail)) == ((90, 90), (90, 90))


def test_a_tall_picture_is_cut_more_below_its_middle_than_above():
    tall = Image.new("RGB", (100, 200), "blue")
    tall.paste("red", (0, 0, 100, 100))
    output = io.BytesIO()
    tall.save(output, "PNG")
    member = put(factories.committee_member(), factories.upload(output.getvalue(), "a.png", "image/png"))
    with default_storage.open(member.full) as file, Image.open(io.BytesIO(file.read())) as image:
        red, _green, blue = image.getpixel((50, 50))
    assert red > 200 and blue < 60


def test_where_and_with_what_it_was_taken_is_left_behind():
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    member = put(factories.committee_member(), factories.jpeg(size=(300, 300), exif=exif))
    with default_storage.open(member.full) as file:
        assert b"a camera" not in file.read()


def test_a_new_portrait_takes_the_old_files_away_once_it_is_through():
    first = put(factories.committee_member())
    with TestCase.captureOnCommitCallbacks() as after:
        second = services.people.set_portrait(first, factories.jpeg(size=(300, 300)), actor=SYSTEM)
    assert {first.full, first.thumbnail} < files()
    for callback in after:
        callback()
    assert files() == {second.full, second.thumbnail}


def test_a_removed_portrait_leaves_nothing_behind_and_removing_again_does_nothing():
    staff = factories.liaison_staff()
    member = put(factories.committee_member(), actor=staff)
    for _time in range(2):
        with TestCase.captureOnCommitCallbacks(execute=True):
            services.people.remove_portrait(member, actor=staff)
    member.refresh_from_db()
    assert (member.full, member.thumbnail, files()) == ("", "", set())
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "subject", "detail")) == [
        ("changed", f"member:{member.pk}", "portrait"),
        ("changed", f"member:{member.pk}", "portrait removed"),
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "照片是空的，请重新选择。"),
        (b"%PDF-1.7 no picture", "这不是能识别的照片，请选择 JPEG、PNG、WebP 或 HEIC 格式。"),
        (b"x" * (MAX_BYTES + 1), "照片超过 10 MB，请换一张较小的。"),
    ],
    ids=["empty", "no picture", "too large"],
)
def test_what_is_no_photo_is_refused_and_the_old_one_stays(content, text):
    member = put(factories.committee_member())
    before = files()
    with pytest.raises(Refused, match=text):
        services.people.set_portrait(member, factories.upload(content), actor=SYSTEM)
    member.refresh_from_db()
    assert {member.full, member.thumbnail} == before == files()


def test_a_full_disk_is_refused_in_words_and_leaves_nothing(monkeypatch):
    member = factories.committee_member()
    monkeypatch.setattr("foundation.uploads.keep", lambda *_args: (_ for _ in ()).throw(OSError(28, "no space")))
    with pytest.raises(Refused, match="照片暂时无法保存，请稍后再试。"):
        services.people.set_portrait(member, factories.jpeg(), actor=SYSTEM)


def test_files_do_not_stay_where_the_row_could_not_be_written(monkeypatch):
    member = factories.committee_member()
    monkeypatch.setattr("foundation.audit.record", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.people.set_portrait(member, factories.jpeg(), actor=factories.liaison_staff())
    member.refresh_from_db()
    assert (member.full, files()) == ("", set())


@pytest.mark.parametrize("who", ["community_staff", "auditor", "member"])
def test_only_who_may_change_members_changes_their_portrait(who):
    member = put(factories.committee_member(), actor=factories.liaison_staff())
    actor = getattr(factories, who)()
    with pytest.raises(TransitionNotAllowed, match="您的账号不能更换委员的照片。"):
        services.people.set_portrait(member, factories.jpeg(), actor=actor)
    with pytest.raises(TransitionNotAllowed, match="您的账号不能更换委员的照片。"):
        services.people.remove_portrait(member, actor=actor)
    assert files() == {member.full, member.thumbnail}


@pytest.mark.django_db(transaction=True)
def test_of_portraits_uploaded_at_the_same_moment_one_stays_and_no_file_is_left_over():
    member = factories.committee_member()
    acts = [
        lambda: services.people.set_portrait(member, factories.jpeg(size=(300, 300)), actor=SYSTEM)
        for _time in range(2)
    ]
    assert [type(result) for result in at_once(*acts)] == [Member] * 2
    member.refresh_from_db()
    assert files() == {member.full, member.thumbnail}
