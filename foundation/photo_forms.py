"""The photo fields of every form that takes photos."""

from collections.abc import Iterator

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import throttle, uploads
from .forms import PhotoField, TextField

THE_OTHERS = gettext_lazy("它后面的照片没有处理，请重新选择。")
NOT_SAVED = gettext_lazy("照片暂时无法保存，请稍后再试，也可以先不上传照片。")
# Also shown by photos.js, before anything is uploaded.
TOO_MANY = gettext_lazy("最多 %(most)d 张照片，超出的没有上传。")
MAX_NAME = 30
# The hint of forms whose photos staff review before they may be public.
REVIEWED = gettext_lazy(
    "最多 %(most)d 张，每张不超过 10 MB。"
    "请避免拍到他人面部、车牌和门牌号。照片中的拍摄位置会自动去除；工作人员审核前不会公开。"
)


class PhotoFields(forms.Form):
    """Up to `max_photos` photos: one field takes them all, from the album or the camera.

    Some phone browsers choose one file at a time. For those there is a field for each photo besides, folded; where the
    page's script runs, the one field collects what is chosen one after the other.

    Validation stages good photos for an hour. If the form has other errors, the page carries the keys of the staged
    photos as `kept` (templates/_staged_photos.html), and the fields ask for the photos still possible. In the cleaned
    data `photos` are the keys, for the service. Problems with photos are errors of the one field, each with the name of
    its file.

    A photo is described once it is staged, where its picture is beside the question.

    `taken` is how many photos there are already; `visitor` is who uploads, where uploads are throttled.
    """

    max_photos = 3
    photo_label = gettext_lazy("照片")
    photo_help = ""
    # For photos with descriptions: the label, the hint, and the error if a required description is missing.
    alt_label = ""
    alt_help = ""
    alt_missing = ""
    max_alt: int | None = None
    UPLOADS_AN_HOUR = 90

    def __init__(self, *args, visitor: str = "", taken: int = 0, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.visitor, self.taken = visitor, taken
        self.staged: dict[str, str] = {}  # key → description
        self._ask()

    @property
    def photos_left(self) -> int:
        """How many photos may still come."""
        return max(self.max_photos - self.taken - len(self.staged), 0)

    @property
    def _main(self) -> str:
        return "photos" if self.max_photos > 1 else "photo_1"

    @property
    def _each(self) -> list[str]:
        return [f"photo_{number}" for number in range(1, self.max_photos + 1)]

    def _ask(self) -> None:
        """Have the fields for the photos still possible, and no others."""
        left = self.photos_left
        wanted = [self._main] if left else []
        if left > 1:
            # The one field takes the first.
            wanted += self._each[: left - 1]
        for name in {self._main, *self._each} - set(wanted):
            self.fields.pop(name, None)
        for number, name in enumerate(wanted):
            if number == 0:
                hint = self.photo_help % {"most": self.max_photos}
                self.fields.setdefault(name, PhotoField(label=self.photo_label, help_text=hint))
                self.fields[name].widget.take(left)
            else:
                self.fields.setdefault(
                    name, PhotoField(label=gettext_lazy("第 %(number)s 张") % {"number": number + 1})
                )

    def clean(self) -> dict:
        cleaned = super().clean()
        problems = self._stage()
        self._ask()
        # Without a field for more photos, problems are said above the form.
        for problem in problems:
            self.add_error(self._main if self.photos_left else None, problem)
        if self.alt_label:
            self._describe()
        names = {self._main, *self._each}
        return {name: value for name, value in cleaned.items() if name not in names} | {"photos": list(self.staged)}

    def _take_kept(self) -> bool:
        """Take over the photos staged before. Returns whether some of them are gone."""
        sent = self.data.getlist("kept") if hasattr(self.data, "getlist") else []
        asked = list(dict.fromkeys(key for key in sent if len(key) <= 43 and key.isascii() and key.isprintable()))
        asked = asked[: self.photos_left]
        waiting = set(uploads.StagedPhoto.objects.waiting().filter(key__in=asked).values_list("pk", flat=True))
        self.staged = {key: "" for key in asked if key in waiting}
        return len(self.staged) < len(asked)

    def _chosen(self) -> list[UploadedFile]:
        """The files that were sent, by whichever field."""
        several = self.files.getlist("photos") if hasattr(self.files, "getlist") else []
        return [*several, *(self.files[name] for name in self._each if self.files.get(name) is not None)]

    def _stage(self) -> list[str]:
        """Stage the photos that were chosen, after those staged before. Returns what is wrong, in sentences."""
        problems = [str(uploads.PhotosGone())] if self._take_kept() else []
        chosen = self._chosen()
        if chosen and self.visitor and throttle.is_over("photo", self.visitor, self.UPLOADS_AN_HOUR, 3600):
            return [*problems, str(uploads.PhotosTooOften())]
        for number, upload in enumerate(chosen, 1):
            if not self.photos_left:
                return [*problems, TOO_MANY % {"most": self.max_photos}]
            try:
                self.staged[uploads.stage(upload, visitor=self.visitor).key] = ""
            except (uploads.PhotosBusy, uploads.PhotosTooOften) as error:
                return [*problems, str(error)]
            except uploads.PhotoError as error:
                names = {"name": Truncator(upload.name).chars(MAX_NAME), "problem": error}
                problems.append(_("%(name)s：%(problem)s") % names if len(chosen) > 1 else str(error))
                if isinstance(error, uploads.PhotoEndedDecoder) and number < len(chosen):
                    # One took all the time there is for a request.
                    return [*problems, str(THE_OTHERS)]
            except OSError:
                return [*problems, str(NOT_SAVED)]
        return problems

    def described(self, text: str) -> str:
        """A photo's description as it is stored."""
        return text

    def _describe(self) -> None:
        """Read the descriptions of the staged photos, and ask for them again beside errors."""
        for number, key in enumerate(self.staged, self.taken + 1):
            name = f"alt-{key}"
            label = self.alt_label % {"number": number}
            required = bool(self.alt_missing)
            field = TextField(label=label, help_text=self.alt_help, max_length=self.max_alt, required=required)
            field.error_messages["required"] = self.alt_missing
            self.fields[name] = field
            try:
                self.staged[key] = self.described(field.clean(self.data.get(name, "")))
            except ValidationError as error:
                self.add_error(name, error)

    def forget_staged(self) -> None:
        """Ask for all photos again, because the staged ones are gone."""
        for key in self.staged:
            self.fields.pop(f"alt-{key}", None)
        self.staged.clear()
        self._ask()

    # --- For templates ----------------------------------------------------------------------------------------------

    @property
    def photo_field(self) -> forms.BoundField | None:
        """The field that takes all photos; none where no more may come."""
        return self[self._main] if self._main in self.fields else None

    @property
    def single_fields(self) -> list[forms.BoundField]:
        """The fields that take one photo each."""
        return [self[name] for name in self.fields if name in self._each and name != self._main]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        """The fields that are not about photos."""
        return [self[name] for name in self.fields if not name.startswith(("photo_", "alt-")) and name != self._main]

    @property
    def waiting(self) -> Iterator[tuple[str, str, forms.BoundField | None]]:
        """Each staged photo: its key, its description, and the field for that."""
        for key, alt in self.staged.items():
            yield key, alt, self[f"alt-{key}"] if f"alt-{key}" in self.fields else None
