"""Photos: decoded elsewhere within limits, re-encoded without metadata, and stored where no URL reaches them."""

import datetime
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import InterfaceError, OperationalError, models, transaction
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import clock, throttle
from .decoding import Busy, Died, Picture, Shape, Unreadable, decoder
from .errors import Refused
from .storage import StoredName

MAX_BYTES = 10 * 1024 * 1024
WHOLE = Shape(side=2048, small=480)
# What one address may have decoded: 50 photos of 12 million pixels, 200 that the page's script has made smaller.
PIXELS_AN_HOUR = 600_000_000
# The same as media types.
TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif")
STAGED_FOR = datetime.timedelta(hours=1)
NOT_SAVED = gettext_lazy("照片暂时无法保存，请稍后再试。")
# Also shown by photos.js, before anything is uploaded.
TOO_LARGE = gettext_lazy("照片超过 10 MB，请换一张较小的。")
EMPTY = gettext_lazy("照片是空的，请重新选择。")
NO_PHOTO = gettext_lazy("这不是能识别的照片，请选择 JPEG、PNG、WebP 或 HEIC 格式。")
TOO_MANY_PIXELS = gettext_lazy("照片尺寸过大，请换一张，或打开照片截屏，上传截图。")
BROKEN = gettext_lazy("照片已损坏，无法打开，请换一张。")
UNREADABLE = {"unknown": NO_PHOTO, "pixels": TOO_MANY_PIXELS, "broken": BROKEN}


class PhotoReview(models.TextChoices):
    """The decision of staff on whether a photo may be public."""

    PENDING = "pending", gettext_lazy("待审核")
    APPROVED = "approved", gettext_lazy("可公开")
    REJECTED = "rejected", gettext_lazy("不公开")


def review_version(photo: models.Model, *values: str) -> str:
    """A keyed digest of the values of a photo that a page for review shows: a description may hold a number that the
    page masks.
    """
    return salted_hmac(f"review:{photo._meta.label}:{photo.pk}", repr(values)).hexdigest()[:16]


class PhotoError(ValueError):
    """The upload is not a photo we accept; the text says why."""


class PhotosGone(Refused):
    """A staged photo is gone: they are kept for an hour only."""

    def __init__(self) -> None:
        super().__init__(_("照片保存已超过 1 小时，请重新选择。您填写的其他内容都已保留。"))


class PhotoEndedDecoder(PhotoError):
    """It can only be broken, or made to harm: its decoder crashed, or used up its time."""

    def __init__(self) -> None:
        super().__init__(BROKEN)


class PhotosBusy(PhotoError):
    """Too many photos of others are being decoded at this moment."""

    def __init__(self) -> None:
        super().__init__(_("现在上传照片的人较多，请过几秒再提交一次。您填写的其他内容都已保留。"))


class PhotosTooOften(PhotoError):
    """This visitor has sent as many photos, or as large ones, as one may within an hour."""

    def __init__(self) -> None:
        super().__init__(_("照片上传过于频繁，请一小时后再试，也可以先不上传照片。"))


def read_photo(upload: UploadedFile, shape: Shape = WHOLE, *, visitor: str = "") -> Picture:
    """Have an upload decoded and encoded again, which drops location, camera data and anything appended to the file.

    Every uploaded picture goes through here. This process does not look into it: `decoding.py` has another do so.

    Args:
        visitor: who uploads, where uploads are throttled.

    Raises `PhotoError`, or `OSError` if the upload cannot be read.
    """
    if upload.size > MAX_BYTES:
        raise PhotoError(TOO_LARGE)
    if not upload.size:
        raise PhotoError(EMPTY)
    upload.seek(0)
    content = upload.read()
    try:
        return decoder.open(content, shape, lambda pixels: _admit(visitor, pixels))
    except Unreadable as error:
        raise PhotoError(UNREADABLE[error.reason]) from error
    except Busy as error:
        raise PhotosBusy from error
    except Died as error:
        # It was no ordinary photo, and it kept the decoder from everybody else: few such ones use up the hour.
        _is_over(visitor, PIXELS_AN_HOUR // 3)
        raise PhotoEndedDecoder from error


def _admit(visitor: str, pixels: int) -> None:
    if _is_over(visitor, pixels):
        raise PhotosTooOften


def _is_over(visitor: str, pixels: int) -> bool:
    """Count what one more photo costs the visitor. Counted in millions, as the hour's sum has to fit its column."""
    millions = -(-pixels // 1_000_000)
    return bool(visitor) and throttle.is_over("pixels", visitor, PIXELS_AN_HOUR // 1_000_000, 3600, cost=millions)


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


def store(
    upload: UploadedFile, folder: str, shape: Shape = WHOLE, *, not_saved: str | Promise = NOT_SAVED
) -> tuple[Picture, tuple[str, str]]:
    """Read a photo and write its files. Returns it, and the files' names in storage.

    Args:
        not_saved: what to say where there is no room for them.

    Raises `Refused` with a sentence.
    """
    try:
        picture = read_photo(upload, shape)
        return picture, keep(picture, folder)
    except PhotoError as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(str(not_saved)) from error


@contextmanager
def discarded_on_error(*names: str) -> Iterator[None]:
    """Delete the files if this block, which stores their row, fails.

    If it was the connection that failed, the row may have been stored: then the files stay, and the nightly sweep
    deletes them if there is no row.
    """
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except BaseException:
        for name in filter(None, names):
            default_storage.delete(name)
        raise


def drop(*names: str) -> None:
    """Delete files when the transaction commits. What cannot be deleted is swept away later."""
    for name in filter(None, names):
        transaction.on_commit(lambda name=name: default_storage.delete(name), robust=True)


class StagedPhotoQuerySet(models.QuerySet):
    def waiting(self) -> "StagedPhotoQuerySet":
        return self.filter(created_at__gt=clock.now() - STAGED_FOR)

    def expired(self) -> "StagedPhotoQuerySet":
        return self.filter(created_at__lte=clock.now() - STAGED_FOR)


class StagedPhoto(models.Model):
    """A photo of a form not submitted yet, stored for an hour; only whoever has its key can see it."""

    key = models.CharField(max_length=43, primary_key=True)
    full = StoredName()
    thumbnail = StoredName()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    objects = StagedPhotoQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


def stage(upload: UploadedFile, *, visitor: str = "") -> StagedPhoto:
    """Validate a photo and store it for an hour. Raises `PhotoError`, or `OSError` if the disk is full."""
    picture = read_photo(upload, visitor=visitor)
    full, thumbnail = keep(picture, "photos")
    with discarded_on_error(full, thumbnail):
        return StagedPhoto.objects.create(
            key=secrets.token_urlsafe(32),
            full=full,
            thumbnail=thumbnail,
            width=picture.width,
            height=picture.height,
        )


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
