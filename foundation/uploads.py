"""Photos: validated, decoded within limits, re-encoded without metadata, and stored where no URL reaches them."""

import datetime
import io
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import pillow_heif
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageOps, UnidentifiedImageError

from . import clock
from .errors import Refused

pillow_heif.register_heif_opener()

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000  # the largest picture of a phone; takes 150 MB when decoded
MAX_SIDE = 2048
THUMBNAIL_SIDE = 480
FORMATS = ["JPEG", "PNG", "WEBP", "HEIF"]
# The same as media types.
TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif")
STAGED_FOR = datetime.timedelta(hours=1)
# Also shown by photos.js, before anything is uploaded.
TOO_LARGE = gettext_lazy("照片超过 10 MB，请换一张较小的。")
EMPTY = gettext_lazy("照片是空的，请重新选择。")
NO_PHOTO = gettext_lazy("这不是能识别的照片，请选择 JPEG、PNG、WebP 或 HEIC 格式。")


class PhotoReview(models.TextChoices):
    """The decision of staff on whether a photo may be public."""

    PENDING = "pending", gettext_lazy("待审核")
    APPROVED = "approved", gettext_lazy("可公开")
    REJECTED = "rejected", gettext_lazy("不公开")


class PhotoError(ValueError):
    """The upload is not a photo we accept; the text says why."""


class PhotosGone(Refused):
    """A staged photo is gone: they are kept for an hour only."""

    def __init__(self) -> None:
        super().__init__(_("照片保存已超过 1 小时，请重新选择。您填写的其他内容都已保留。"))


@dataclass(frozen=True)
class Picture:
    """A photo as we store it: JPEG bytes of the full picture and of the thumbnail."""

    full: bytes
    thumbnail: bytes
    width: int
    height: int


def read_photo(upload: UploadedFile) -> Picture:
    """Decode an upload and re-encode it, which drops location, camera data and anything appended to the file.

    Checks file size and pixel count before decoding. Raises `PhotoError`.
    """
    if upload.size > MAX_BYTES:
        raise PhotoError(TOO_LARGE)
    if not upload.size:
        raise PhotoError(EMPTY)
    try:
        upload.seek(0)
        with Image.open(upload, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PhotoError(_("照片尺寸过大，请换一张，或先在手机上缩小。"))
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            image.load()
            upright = ImageOps.exif_transpose(image)
            whole = _flattened(upright)
    except PhotoError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # For even larger pictures Pillow raises its own error before we compare.
        raise PhotoError(_("照片尺寸过大，请换一张，或先在手机上缩小。")) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, MemoryError, EOFError) as error:
        raise PhotoError(NO_PHOTO) from error
    except Exception as error:
        # Decoders raise many different errors on broken files; none should be a server error.
        raise PhotoError(_("照片已损坏，无法打开，请换一张。")) from error
    whole.thumbnail((MAX_SIDE, MAX_SIDE))
    small = whole.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(_jpeg(whole), _jpeg(small), whole.width, whole.height)


def _flattened(image: Image.Image) -> Image.Image:
    """The image as RGB on white, so that transparent areas do not turn black."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    return image.convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    # A new image has no EXIF, XMP or colour profile.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    output = io.BytesIO()
    clean.save(output, "JPEG", quality=82, optimize=True)
    return output.getvalue()


def keep(picture: Picture, folder: str) -> tuple[str, str]:
    """Write both files and return their names in storage; if one fails, neither stays."""
    name = f"{folder}/{clock.now():%Y/%m}/{uuid.uuid4().hex}"
    full = default_storage.save(f"{name}.jpg", ContentFile(picture.full))
    try:
        thumbnail = default_storage.save(f"{name}-s.jpg", ContentFile(picture.thumbnail))
    except BaseException:
        default_storage.delete(full)
        raise
    return full, thumbnail


def drop(*names: str) -> None:
    """Delete files when the transaction commits."""
    for name in filter(None, names):
        transaction.on_commit(lambda name=name: default_storage.delete(name))


class StagedPhotoQuerySet(models.QuerySet):
    def waiting(self) -> "StagedPhotoQuerySet":
        return self.filter(created_at__gt=clock.now() - STAGED_FOR)

    def expired(self) -> "StagedPhotoQuerySet":
        return self.filter(created_at__lte=clock.now() - STAGED_FOR)


class StagedPhoto(models.Model):
    """A photo of a form not submitted yet, stored for an hour; only whoever has its key can see it."""

    key = models.CharField(max_length=43, primary_key=True)
    full = models.CharField(max_length=120)
    thumbnail = models.CharField(max_length=120)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    objects = StagedPhotoQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


def stage(upload: UploadedFile) -> StagedPhoto:
    """Validate a photo and store it for an hour. Raises `PhotoError`, or `OSError` if the disk is full."""
    picture = read_photo(upload)
    full, thumbnail = keep(picture, "photos")
    try:
        return StagedPhoto.objects.create(
            key=secrets.token_urlsafe(32),
            full=full,
            thumbnail=thumbnail,
            width=picture.width,
            height=picture.height,
        )
    except BaseException:
        default_storage.delete(full)
        default_storage.delete(thumbnail)
        raise


def claim(keys: Sequence[str]) -> list[StagedPhoto]:
    """Take staged photos, in the order of `keys`, in the caller's transaction; the caller then owns their files.

    Raises `PhotosGone` if one has expired, so that no photo is lost silently.
    """
    waiting = StagedPhoto.objects.waiting().select_for_update().in_bulk(list(keys))
    if len(waiting) < len(set(keys)):
        raise PhotosGone
    StagedPhoto.objects.filter(key__in=waiting).delete()
    return [waiting[key] for key in dict.fromkeys(keys)]


def sweep() -> int:
    """Delete expired staged photos; the worker calls this. Returns how many."""
    count = 0
    for key in StagedPhoto.objects.expired().values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            # Locked, so that a form submitted at this very moment keeps its photo.
            photo = StagedPhoto.objects.select_for_update(skip_locked=True).filter(pk=key).first()
            if photo:
                drop(photo.full, photo.thumbnail)
                photo.delete()
                count += 1
    return count
