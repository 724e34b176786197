"""Photos: every image is re-encoded, and anything else is refused with a message before it can do harm."""

import io
import os
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from foundation import uploads
from foundation.decoding import Died
from foundation.uploads import PhotoError, PhotosGone, PhotosTooOften, StagedPhoto, read_photo
from tests import bombs, factories
from tests.factories import image_bytes, upload
from tests.together import at_once

NOT_A_PHOTO = "这不是能识别的照片，请选择 JPEG、PNG、WebP 或 HEIC 格式。"
TOO_MANY_PIXELS = "照片尺寸过大，请换一张，或打开照片截屏，上传截图。"
GPS, MAKE, ORIENTATION = 0x8825, 0x010F, 0x0112
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>30,35.9N CANARY-XMP</exif:GPSLatitude></x:xmpmeta>'


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[MAKE] = "CANARY-CAMERA"
    found[ORIENTATION] = orientation
    found[GPS] = {1: "N", 2: (30.0, 35.0, 9.0), 3: "E", 4: (114.0, 18.0, 3.0), 29: "2026:03:02 CANARY-GPS"}
    return found


def decoded(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


def files() -> list[str]:
    return sorted(name for _folder, _dirs, names in os.walk(default_storage.location) for name in names)


# --- What is removed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_location_and_camera_are_gone(format):
    kept = {"exif": exif().tobytes()}
    if format == "PNG":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        text.add_text("Comment", "CANARY-TEXT")
        kept["pnginfo"] = text
    else:
        kept["xmp"] = XMP
    content = image_bytes(format, **kept)
    before = Image.open(io.BytesIO(content))
    assert b"CANARY-XMP" in content and b"CANARY-CAMERA" in content, "the test's own photo must carry it"
    assert before.getexif().get_ifd(GPS), "the test's own photo must carry a location"

    picture = read_photo(upload(content, f"photo.{format.lower()}", factories.MIME[format]))

    for written in (picture.full, picture.thumbnail):
        for trace in (b"CANARY", b"Exif", b"xmpmeta", b"adobe", b"ICC_PROFILE"):
            assert trace not in written
        image = decoded(written)
        assert image.format == "JPEG"
        assert not image.getexif()
        assert {"exif", "xmp", "comment", "icc_profile"}.isdisjoint(image.info)


def test_a_tail_behind_the_picture_is_gone():
    tail = io.BytesIO()
    with zipfile.ZipFile(tail, "w") as archive:
        archive.writestr("payload.html", "<script>alert('CANARY')</script>")
    content = image_bytes() + tail.getvalue() + b"<?php CANARY"
    assert zipfile.is_zipfile(io.BytesIO(content)), "the test's own file must be a photo and an archive at once"
    picture = read_photo(upload(content))
    assert b"CANARY" not in picture.full
    assert not zipfile.is_zipfile(io.BytesIO(picture.full))


@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_photo_is_upright_without_its_orientation_tag(orientation):
    # As displayed: red left of blue. The file has it rotated, with an orientation tag that rotates it back.
    seen = Image.new("RGB", (80, 40), "red")
    seen.paste("blue", (40, 0, 80, 40))
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    output = io.BytesIO()
    held = seen.transpose(turn[orientation]) if orientation > 1 else seen
    held.save(output, "JPEG", exif=exif(orientation).tobytes(), quality=95)

    picture = read_photo(upload(output.getvalue()))

    assert (picture.width, picture.height) == (80, 40)
    left, right = (decoded(picture.full).getpixel((x, 20)) for x in (10, 70))
    assert left[0] > 200 > 60 > left[2]
    assert right[2] > 200 > 60 > right[0]


@pytest.mark.parametrize(("mode", "clear"), [("RGBA", (0, 0, 0, 0)), ("LA", (0, 0))])
def test_a_transparent_picture_gets_a_white_background(mode, clear):
    picture = read_photo(factories.png(mode=mode, color=clear))
    assert min(decoded(picture.full).getpixel((10, 10))) > 250


def test_a_palette_with_a_transparent_colour_gets_a_white_background():
    image = Image.new("P", (64, 48), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    output = io.BytesIO()
    image.save(output, "PNG", transparency=0)
    assert min(decoded(read_photo(upload(output.getvalue())).full).getpixel((10, 10))) > 250


def frames(format: str, **options) -> bytes:
    """A red picture, and a blue one behind it."""
    first, second = (Image.new("RGB", (64, 48), color) for color in ("red", "blue"))
    output = io.BytesIO()
    first.save(output, format, save_all=True, append_images=[second], **options)
    return output.getvalue()


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (image_bytes(progressive=True, color="red"), (254, 0, 0)),
        (image_bytes("PNG", mode="I;16", color=0x8000), (128, 128, 128)),
        (image_bytes("HEIF", mode="L", color=128), (128, 128, 128)),
        (image_bytes("HEIF", mode="I;16", color=0x8000), (128, 128, 128)),
        (frames("WEBP", lossless=True), (254, 0, 0)),
        (frames("PNG"), (254, 0, 0)),
        (frames("MPO"), (254, 0, 0)),
    ],
    ids=["progressive", "16 bits", "grey HEIC", "HEIC of 10 bits", "moving WebP", "moving PNG", "two in a JPEG"],
)
def test_other_kinds_of_photos_are_seen_as_they_are(content, colour):
    seen = decoded(read_photo(upload(content)).full).getpixel((10, 10))
    assert all(abs(one - other) <= 2 for one, other in zip(seen, colour, strict=True)), seen


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK"])
def test_other_kinds_of_colour_become_plain_ones(mode):
    content = image_bytes("JPEG" if mode in ("L", "CMYK") else "PNG", mode=mode, color=0)
    assert decoded(read_photo(upload(content)).full).mode == "RGB"


def test_large_photos_are_made_smaller_in_both_files():
    picture = read_photo(factories.jpeg(size=(4000, 3000)))
    assert (picture.width, picture.height) == (2048, 1536)
    assert decoded(picture.full).size == (2048, 1536)
    assert decoded(picture.thumbnail).size == (480, 360)


def test_small_photos_keep_their_size():
    picture = read_photo(factories.jpeg(size=(64, 48)))
    assert decoded(picture.full).size == decoded(picture.thumbnail).size == (64, 48)


# --- What is refused -------------------------------------------------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n(id) system\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("picture.svg", SVG),
        ("picture.jpg", SVG),
        ("picture.eps", EPS),
        ("picture.gif", image_bytes("GIF")),
        ("picture.tiff", image_bytes("TIFF")),
        ("picture.jpg", image_bytes("TIFF")),
        ("picture.bmp", image_bytes("BMP")),
        ("picture.ppm", image_bytes("PPM")),
        ("picture.ico", image_bytes("ICO")),
        ("picture.jpg", "路灯坏了".encode()),
        ("picture.jpg", b"<html><script>alert(1)</script></html>"),
        ("picture.jpg", b"\xff\xd8\xff"),
        ("picture.png", b"\x89PNG\r\n\x1a\n"),
        ("picture.jpg", image_bytes(size=(640, 480))[:600]),
        ("picture.png", image_bytes("PNG", size=(640, 480))[:60]),
        ("picture.webp", image_bytes("WEBP")[:20]),
        ("picture.pdf", b"%PDF-1.7\n"),
        ("picture.jpg", bytes(1000)),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(name, content):
    with pytest.raises(PhotoError) as refused:
        read_photo(upload(content, name))
    assert str(refused.value) in (NOT_A_PHOTO, "照片已损坏，无法打开，请换一张。")


def test_a_photo_cut_off_in_the_middle_is_refused():
    content = image_bytes(size=(640, 480), quality=95)
    with pytest.raises(PhotoError):
        read_photo(upload(content[: len(content) // 2]))


def test_an_empty_file_is_refused():
    with pytest.raises(PhotoError) as refused:
        read_photo(upload(b""))
    assert str(refused.value) == "照片是空的，请重新选择。"


def test_more_than_10_megabytes_are_refused_before_the_file_is_read(monkeypatch):
    monkeypatch.setattr(uploads, "decoder", None)
    with pytest.raises(PhotoError) as refused:
        read_photo(upload(image_bytes() + bytes(10 * 1024 * 1024)))
    assert str(refused.value) == "照片超过 10 MB，请换一张较小的。"


def test_exactly_10_megabytes_are_taken():
    content = image_bytes()
    assert read_photo(upload(content + bytes(10 * 1024 * 1024 - len(content))))


def test_too_many_pixels_are_refused_with_a_sentence():
    with pytest.raises(PhotoError) as refused:
        read_photo(upload(bombs.png_header(7070, 7070), "bomb.png", "image/png"))
    assert str(refused.value) == TOO_MANY_PIXELS


def test_who_sends_too_many_pixels_an_hour_is_refused_before_they_are_decoded(db, monkeypatch):
    monkeypatch.setattr(uploads, "PIXELS_AN_HOUR", 4_000_000)
    large = factories.jpeg(size=(2000, 1000), mode="L", color=0)
    for _time in range(2):
        read_photo(large, visitor="192.0.2.1")
    with pytest.raises(PhotosTooOften, match="照片上传过于频繁，请一小时后再试，也可以先不上传照片。"):
        read_photo(factories.jpeg(), visitor="192.0.2.1")
    read_photo(factories.jpeg(), visitor="192.0.2.2")
    read_photo(factories.jpeg())


def test_three_photos_that_end_the_decoder_use_up_the_hour(db, monkeypatch):
    def died(*_args):
        raise Died

    with monkeypatch.context() as broken:
        broken.setattr(uploads.decoder, "open", died)
        for _time in range(3):
            with pytest.raises(PhotoError, match="照片已损坏，无法打开，请换一张。"):
                read_photo(factories.jpeg(), visitor="192.0.2.1")
    with pytest.raises(PhotosTooOften):
        read_photo(factories.jpeg(), visitor="192.0.2.1")


# --- Keeping ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_staged_photo_has_both_files_under_a_name_nobody_guesses():
    photo = uploads.stage(factories.jpeg(name="我家 13912345678.jpg"))
    assert default_storage.exists(photo.full) and default_storage.exists(photo.thumbnail)
    assert "13912345678" not in photo.full
    assert len(photo.key) >= 43
    assert photo.full.startswith("photos/")


@pytest.mark.django_db
def test_two_uploads_of_one_file_are_two_photos():
    first, second = uploads.stage(factories.jpeg()), uploads.stage(factories.jpeg())
    assert first.key != second.key
    assert len(files()) == 4


@pytest.mark.django_db(transaction=True)
def test_a_photo_claimed_many_times_at_once_is_one_forms():
    for _ in range(3):
        photo = factories.staged_photo()

        def take(key: str = photo.key) -> list[StagedPhoto]:
            with transaction.atomic():
                return uploads.claim([key])

        results = at_once(*[take] * 8)
        assert sum(isinstance(result, PhotosGone) for result in results) == 7
        assert [result for result in results if not isinstance(result, PhotosGone)] == [[photo]]


@pytest.mark.django_db
def test_a_full_disk_at_the_second_file_leaves_no_orphan(monkeypatch):
    save = default_storage.save

    def full_at_the_thumbnail(name, content, **kwargs):
        if name.endswith("-s.jpg"):
            raise OSError(28, "No space left on device")
        return save(name, content, **kwargs)

    monkeypatch.setattr(default_storage, "save", full_at_the_thumbnail)
    with pytest.raises(OSError, match="No space"):
        uploads.stage(factories.jpeg())
    assert files() == []
    assert StagedPhoto.objects.count() == 0


@pytest.mark.django_db
def test_a_failing_row_leaves_no_files(monkeypatch):
    def fail(**values):
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(StagedPhoto.objects, "create", fail)
    with pytest.raises(RuntimeError):
        uploads.stage(factories.jpeg())
    assert files() == []


@pytest.mark.django_db
def test_a_refused_photo_leaves_nothing():
    with pytest.raises(PhotoError):
        uploads.stage(upload(SVG))
    assert files() == []
    assert StagedPhoto.objects.count() == 0


@pytest.mark.django_db
def test_sweeping_deletes_what_nobody_sent_within_the_hour(django_capture_on_commit_callbacks):
    old, new = uploads.stage(factories.jpeg()), uploads.stage(factories.jpeg())
    StagedPhoto.objects.filter(pk=old.pk).update(created_at=timezone.now() - uploads.STAGED_FOR)
    assert list(StagedPhoto.objects.waiting()) == [new]
    with django_capture_on_commit_callbacks(execute=True):
        assert uploads.sweep() == 1
    assert list(StagedPhoto.objects.all()) == [new]
    assert not default_storage.exists(old.full) and not default_storage.exists(old.thumbnail)
    assert default_storage.exists(new.full) and default_storage.exists(new.thumbnail)


@pytest.mark.django_db
def test_files_are_deleted_only_once_the_transaction_is_through(django_capture_on_commit_callbacks):
    name = default_storage.save("photos/a.jpg", ContentFile(b"a"))
    with django_capture_on_commit_callbacks() as callbacks:
        uploads.drop(name, "")
    assert default_storage.exists(name)
    for callback in callbacks:
        callback()
    assert not default_storage.exists(name)
