"""Photos in a form: good ones are staged while other errors are corrected, and none is lost silently."""

import datetime

import pytest
from django.core.files.storage import FileSystemStorage
from django.http import QueryDict
from django.utils import timezone

from foundation.forms import PlainForm, TextField
from foundation.photo_forms import PhotoFields
from foundation.uploads import StagedPhoto
from tests import factories

pytestmark = pytest.mark.django_db

GONE = "照片保存已超过 1 小时，请重新选择。您填写的其他内容都已保留。"


class Report(PhotoFields, PlainForm):
    text = TextField()


class Described(PhotoFields, PlainForm):
    alt_label = "照片 %(number)s 的说明"
    alt_missing = "请填写图片说明"
    max_alt = 80


def sent(form=Report, kept=(), taken=0, visitor="", **values):
    data = QueryDict(mutable=True)
    data.setlist("kept", kept)
    files = {name: value for name, value in values.items() if name.startswith("photo_")}
    data.update({name: value for name, value in values.items() if name not in files})
    return form(data, files, taken=taken, visitor=visitor)


def asked(form) -> list[tuple[str, str]]:
    """The photo fields that the page shows, with their labels."""
    return [(field.name, str(field.label)) for field in form.photo_fields]


def test_a_new_form_asks_for_as_many_photos_as_may_still_come():
    assert asked(Report()) == [("photo_1", "照片 1"), ("photo_2", "照片 2"), ("photo_3", "照片 3")]
    assert asked(Report(taken=2)) == [("photo_1", "照片 3")]
    assert asked(Report(taken=3)) == []


def test_cleaned_data_holds_the_keys_of_staged_photos_alone():
    form = sent(text="好", photo_1=factories.jpeg(), photo_3=factories.png())
    assert form.is_valid()
    assert form.cleaned_data == {"text": "好", "photos": list(form.staged)}
    assert set(form.staged) == set(StagedPhoto.objects.values_list("pk", flat=True))
    assert len(form.staged) == 2
    without = sent(text="好")
    assert without.is_valid()
    assert without.cleaned_data == {"text": "好", "photos": []}


def test_good_photos_wait_while_something_else_is_wrong():
    first = sent(text="", photo_2=factories.jpeg())
    assert list(first.errors) == ["text"]
    assert asked(first) == [("photo_1", "照片 2"), ("photo_3", "照片 3")]
    again = sent(text="好", kept=list(first.staged), photo_1=factories.jpeg())
    assert again.is_valid()
    assert len(again.cleaned_data["photos"]) == 2
    assert again.cleaned_data["photos"][0] == next(iter(first.staged))


def test_a_problem_with_a_photo_is_an_error_of_its_field():
    form = sent(text="好", photo_1=factories.jpeg(), photo_2=factories.upload(b"no photo"), photo_3=factories.jpeg())
    assert list(form.errors) == ["photo_2"]
    assert "这不是能识别的照片" in form.errors["photo_2"][0]
    assert asked(form) == [("photo_2", "照片 3")]


def test_an_expired_staged_photo_is_reported_once():
    photo = factories.staged_photo()
    StagedPhoto.objects.update(created_at=timezone.now() - datetime.timedelta(hours=1, seconds=1))
    form = sent(text="好", kept=[photo.key])
    assert form.errors == {"__all__": [GONE]}
    assert len(asked(form)) == 3


@pytest.mark.parametrize("key", ["x" * 44, "not a key\x00", "照片", ""])
def test_what_is_no_key_is_no_photo(key):
    form = sent(text="好", kept=[key])
    form.is_valid()
    assert form.staged == {}


def test_more_photos_than_may_come_are_refused_with_a_sentence():
    kept = [factories.staged_photo().key for _number in range(3)]
    form = sent(text="好", kept=kept, photo_1=factories.jpeg())
    assert form.errors == {"photo_1": ["最多 3 张照片"]}
    assert StagedPhoto.objects.count() == 3
    one_left = sent(text="好", kept=kept, taken=2)
    one_left.is_valid()
    assert list(one_left.staged) == kept[:1]


def test_uploads_are_throttled_where_the_visitor_is_known(monkeypatch):
    monkeypatch.setattr(Report, "UPLOADS_AN_HOUR", 1)
    assert sent(text="好", photo_1=factories.jpeg(), visitor="192.0.2.1").is_valid()
    form = sent(text="好", photo_1=factories.jpeg(), visitor="192.0.2.1")
    assert form.errors == {"photo_1": ["照片上传过于频繁，请一小时后再试，也可以先不上传照片。"]}
    assert sent(text="好", photo_1=factories.jpeg()).is_valid()


def test_a_full_disk_is_a_sentence(monkeypatch):
    def full(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    form = sent(text="好", photo_1=factories.jpeg())
    assert form.errors == {"photo_1": ["照片暂时无法保存，请稍后再试，也可以先不上传照片。"]}


def test_a_photo_without_the_description_that_is_required_is_not_staged():
    form = sent(Described, photo_1=factories.jpeg(), photo_2=factories.jpeg(), alt_2="围坐")
    assert form.errors == {"alt_1": ["请填写图片说明"]}
    assert list(form.staged.values()) == ["围坐"]
    assert [name for name, _label in asked(form)] == ["photo_1", "alt_1", "photo_3", "alt_3"]


def test_a_staged_photo_keeps_its_description():
    photo = factories.staged_photo()
    form = sent(Described, kept=[photo.key], **{f"alt-{photo.key}": "围坐"})
    assert form.is_valid()
    assert form.staged == {photo.key: "围坐"}


def test_photos_that_the_service_found_gone_are_asked_for_again():
    form = sent(text="好", photo_1=factories.jpeg())
    assert form.is_valid()
    form.forget_staged()
    assert form.staged == {}
    assert sorted(asked(form)) == [("photo_1", "照片 1"), ("photo_2", "照片 2"), ("photo_3", "照片 3")]
