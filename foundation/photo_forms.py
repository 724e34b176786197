"""The photo fields of every form that takes photos."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import throttle, uploads
from .forms import PhotoField, TextField

TOO_OFTEN = _("照片上传过于频繁，请一小时后再试，也可以先不上传照片。")
NOT_SAVED = _("照片暂时无法保存，请稍后再试，也可以先不上传照片。")
TOO_MANY = _("最多 %(most)d 张照片")


class PhotoFields(forms.Form):
    """Up to `max_photos` photos, each in a field of its own, because some phone browsers select one file at a time.

    Validation stages good photos for an hour. If the form has other errors, the page carries the keys of the staged
    photos as `kept` (templates/_staged_photos.html) and has fields only for the photos still possible. In the cleaned
    data `photos` are the keys, for the service. Problems with a photo are errors of its field.

    `taken` is how many photos there are already; `visitor` is who uploads, where uploads are throttled.
    """

    max_photos = 3
    photo_label = _("照片 %(number)s")
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
        self._ask_for_all()

    def _ask_for_all(self) -> None:
        self._numbers = list(range(1, self.max_photos - self.taken + 1))
        for number in self._numbers:
            self.fields.setdefault(f"photo_{number}", PhotoField())
            if self.alt_label:
                alt = TextField(help_text=self.alt_help, max_length=self.max_alt, required=False)
                self.fields.setdefault(f"alt_{number}", alt)
        self._label()

    def _label(self) -> None:
        """Number the photo fields, continuing after the photos that exist already."""
        for place, number in enumerate(self._numbers, self.taken + len(self.staged) + 1):
            for name, label in ((f"photo_{number}", self.photo_label), (f"alt_{number}", self.alt_label)):
                if name in self.fields:
                    # The bound field has its own copy of the label.
                    self.fields[name].label = self[name].label = label % {"number": place}

    def described(self, text: str) -> str:
        """A photo's description as it is stored."""
        return text

    def clean(self) -> dict:
        cleaned = super().clean()
        used = self._stage(self._take_kept())
        self._ask_for_the_rest(used)
        names = {f"{kind}_{number}" for kind in ("photo", "alt") for number in range(1, self.max_photos + 1)}
        return {name: value for name, value in cleaned.items() if name not in names} | {"photos": list(self.staged)}

    def _take_kept(self) -> bool:
        """Take over the photos staged before. Returns whether some of them are gone."""
        sent = self.data.getlist("kept") if hasattr(self.data, "getlist") else []
        asked = list(dict.fromkeys(key for key in sent if len(key) <= 43 and key.isascii() and key.isprintable()))
        asked = asked[: self.max_photos - self.taken]
        waiting = set(uploads.StagedPhoto.objects.waiting().filter(key__in=asked).values_list("pk", flat=True))
        self.staged = {key: self.data.get(f"alt-{key}", "") for key in asked if key in waiting}
        return len(self.staged) < len(asked)

    def _stage(self, some_are_gone: bool) -> set[int]:
        """Stage the photos that were chosen. Returns the numbers of the fields whose photos are good."""
        if some_are_gone:
            self.add_error(None, str(uploads.PhotosGone()))
        chosen = [number for number in self._numbers if self.files.get(f"photo_{number}") is not None]
        if chosen and self.visitor and throttle.is_over("photo", self.visitor, self.UPLOADS_AN_HOUR, 3600):
            self.add_error(f"photo_{chosen[0]}", TOO_OFTEN)
            return set()
        return {number for number in chosen if self._is_staged(number)}

    def _is_staged(self, number: int) -> bool:
        """Stage the photo of one field, or add an error to it. Returns whether it was staged."""
        name, alt = f"photo_{number}", self.described(self.cleaned_data.get(f"alt_{number}", ""))
        if f"alt_{number}" in self.errors:
            return False
        if self.alt_missing and not alt:
            self.add_error(f"alt_{number}", self.alt_missing)
            return False
        if self.taken + len(self.staged) >= self.max_photos:
            self.add_error(name, TOO_MANY % {"most": self.max_photos})
            return False
        try:
            self.staged[uploads.stage(self.files[name]).key] = alt
        except uploads.PhotoError as error:
            self.add_error(name, str(error))
        except OSError:
            self.add_error(name, NOT_SAVED)
        return name not in self.errors

    def _ask_for_the_rest(self, used: set[int]) -> None:
        """Keep one field for each photo still possible, and the fields with errors."""
        wrong = [n for n in self._numbers if f"photo_{n}" in self.errors or f"alt_{n}" in self.errors]
        free = [n for n in self._numbers if n not in used and n not in wrong]
        left = self.max_photos - self.taken - len(self.staged) - len(wrong)
        self._numbers = sorted(wrong + free[: max(left, 0)])
        for name in [name for name in self.fields if name.startswith(("photo_", "alt_"))]:
            if int(name.rpartition("_")[2]) not in self._numbers:
                del self.fields[name]
        self._label()

    def forget_staged(self) -> None:
        """Ask for all photos again, because the staged ones are gone."""
        self.staged.clear()
        self._ask_for_all()

    @property
    def photo_fields(self) -> list[forms.BoundField]:
        """The fields for photos and their descriptions, for templates that place them themselves."""
        return [self[name] for name in self.fields if name.startswith(("photo_", "alt_"))]
