"""Photos in a form: good ones are staged while other errors are corrected, and none is lost silently."""

import datetime

import pytest
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.datastructures import MultiValueDict

from foundation.decoding import Busy, Died, decoder
from foundation.forms import PlainForm, TextField
from foundation.photo_forms import REVIEWED, PhotoFields
from foundation.storage import WholeFileStorage
from foundation.uploads import StagedPhoto
from tests import factories

pytestmark = pytest.mark.django_db

GONE = "照片保存已超过 1 小时，请重新选择。您填写的其他内容都已保留。"
NO_PHOTO = "这不是能识别的照片，请选择 JPEG、PNG、WebP 或 HEIC 格式。"


class Report(PhotoFields, PlainForm):
    text = TextField()


class One(PhotoFields, PlainForm):
    max_photos = 1


class Described(PhotoFields, PlainForm):
    alt_label = "照片 %(number)s 的说明"
    alt_missing = "请填写图片说明"
    max_alt = 80


def sent(form=Report, photos=(), kept=(), taken=0, visitor="", **values):
    data, files = QueryDict(mutable=True), MultiValueDict({"photos": list(photos)})
    data.setlist("kept", kept)
    for name, value in values.items():
        (files if name.startswith("photo_") else data)[name] = value
    return form(data, files, taken=taken, visitor=visitor)


def asked(form) -> list[str]:
    """The photo fields that the page shows, the one that takes several marked with how many."""
    main = form.photo_field
    attributes = main.field.widget.attrs if main else {}
    several = [f"{main.name} × {attributes['data-most']}" if attributes["multiple"] else main.name] if main else []
    return [*several, *(field.name for field in form.single_fields)]


def test_a_new_form_asks_for_as_many_photos_as_may_still_come():
    assert asked(Report()) == ["photos × 3", "photo_1", "photo_2"]
    assert asked(Report(taken=1)) == ["photos × 2", "photo_1"]
    assert asked(Report(taken=2)) == ["photos"]
    assert asked(Report(taken=3)) == []
    assert asked(One()) == ["photo_1"]


def test_the_field_opens_the_album_too():
    html = str(Report()["photos"])
    assert "multiple" in html
    assert 'accept="image/jpeg,' in html
    assert "capture" not in html
    assert "multiple" not in str(One()["photo_1"])


def test_the_hint_is_in_the_readers_language():
    class Hinted(PhotoFields, PlainForm):
        photo_help = REVIEWED
        max_photos = 2

    assert Hinted()["photos"].help_text.startswith("最多 2 张，每张不超过 10 MB。")
    with translation.override("en"):
        assert Hinted()["photos"].help_text.startswith("You can add up to 2 photos of up to 10 MB each.")


def test_cleaned_data_holds_the_keys_of_staged_photos_alone():
    form = sent(text="好", photos=[factories.jpeg(), factories.png()], photo_2=factories.jpeg())
    assert form.is_valid()
    assert form.cleaned_data == {"text": "好", "photos": list(form.staged)}
    assert set(form.staged) == set(StagedPhoto.objects.values_list("pk", flat=True))
    assert len(form.staged) == 3
    without = sent(text="好")
    assert without.is_valid()
    assert without.cleaned_data == {"text": "好", "photos": []}


def test_good_photos_wait_while_something_else_is_wrong():
    first = sent(text="", photos=[factories.jpeg()])
    assert list(first.errors) == ["text"]
    assert asked(first) == ["photos × 2", "photo_1"]
    again = sent(text="好", kept=list(first.staged), photos=[factories.jpeg()])
    assert again.is_valid()
    assert len(again.cleaned_data["photos"]) == 2
    assert again.cleaned_data["photos"][0] == next(iter(first.staged))


def test_a_problem_with_a_photo_names_its_file_and_the_others_wait():
    letter = factories.upload(b"no photo", "letter.jpg")
    form = sent(text="好", photos=[factories.jpeg(), letter], photo_1=factories.upload(b"", "empty.jpg"))
    assert form.errors == {"photos": [f"letter.jpg：{NO_PHOTO}", "empty.jpg：照片是空的，请重新选择。"]}
    assert len(form.staged) == 1
    assert asked(form) == ["photos × 2", "photo_1"]
    alone = sent(One, photo_1=factories.upload(b"no photo"))
    assert alone.errors == {"photo_1": [NO_PHOTO]}


def test_an_expired_staged_photo_is_reported_once():
    photo = factories.staged_photo()
    StagedPhoto.objects.update(created_at=timezone.now() - datetime.timedelta(hours=1, seconds=1))
    form = sent(text="好", kept=[photo.key])
    assert form.errors == {"photos": [GONE]}
    assert asked(form) == asked(Report())


@pytest.mark.parametrize("key", ["x" * 44, "not a key\x00", "照片", ""])
def test_what_is_no_key_is_no_photo(key):
    form = sent(text="好", kept=[key])
    form.is_valid()
    assert form.staged == {}


def test_more_photos_than_may_come_are_refused_with_a_sentence():
    form = sent(text="好", photos=[factories.jpeg() for _number in range(5)])
    # No field takes more of them, so the sentence is the form's own.
    assert form.errors == {"__all__": ["最多 3 张照片，超出的没有上传。"]}
    assert len(form.staged) == StagedPhoto.objects.count() == 3
    one_left = sent(text="好", kept=list(form.staged), taken=2)
    one_left.is_valid()
    assert list(one_left.staged) == list(form.staged)[:1]


def test_uploads_are_throttled_where_the_visitor_is_known(monkeypatch):
    monkeypatch.setattr(Report, "UPLOADS_AN_HOUR", 1)
    assert sent(text="好", photos=[factories.jpeg()], visitor="192.0.2.1").is_valid()
    form = sent(text="好", photos=[factories.jpeg()], visitor="192.0.2.1")
    assert form.errors == {"photos": ["照片上传过于频繁，请一小时后再试，也可以先不上传照片。"]}
    assert sent(text="好", photos=[factories.jpeg()]).is_valid()


def test_large_photos_are_throttled_too_and_the_first_ones_wait(monkeypatch):
    monkeypatch.setattr("foundation.uploads.PIXELS_AN_HOUR", 2_000_000)
    form = sent(text="好", photos=[factories.jpeg(), factories.jpeg(), factories.jpeg()], visitor="192.0.2.1")
    assert form.errors == {"photos": ["照片上传过于频繁，请一小时后再试，也可以先不上传照片。"]}
    assert len(form.staged) == 2


def test_whoever_comes_while_too_many_photos_wait_is_told_so_and_loses_nothing(monkeypatch):
    def busy(*_args):
        raise Busy

    first = sent(text="", photos=[factories.jpeg()])
    monkeypatch.setattr("foundation.uploads.decoder.open", busy)
    form = sent(text="好", kept=list(first.staged), photos=[factories.jpeg(), factories.jpeg()])
    assert form.errors == {"photos": ["现在上传照片的人较多，请过几秒再提交一次。您填写的其他内容都已保留。"]}
    assert form["text"].value() == "好"
    assert form.staged == first.staged


def test_behind_a_photo_that_ended_its_decoder_no_other_one_is_tried(monkeypatch):
    real, tried = decoder.open, []

    def second_dies(*photo):
        tried.append(photo)
        if len(tried) == 2:
            raise Died
        return real(*photo)

    monkeypatch.setattr(decoder, "open", second_dies)
    form = sent(text="好", photos=[factories.jpeg(), factories.jpeg("b.jpg"), factories.jpeg()])
    broken = "b.jpg：照片已损坏，无法打开，请换一张。"
    assert form.errors == {"photos": [broken, "它后面的照片没有处理，请重新选择。"]}
    assert (len(form.staged), len(tried)) == (1, 2)


def test_a_full_disk_is_a_sentence(monkeypatch):
    def full(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(WholeFileStorage, "_save", full)
    form = sent(text="好", photos=[factories.jpeg(), factories.jpeg()])
    assert form.errors == {"photos": ["照片暂时无法保存，请稍后再试，也可以先不上传照片。"]}


def test_descriptions_are_asked_for_once_the_photos_are_there():
    first = sent(Described, photos=[factories.jpeg(), factories.jpeg()])
    assert not first.is_valid()
    one, two = first.staged
    assert first.errors == {f"alt-{one}": ["请填写图片说明"], f"alt-{two}": ["请填写图片说明"]}
    assert [str(field.label) for _key, _alt, field in first.waiting] == ["照片 1 的说明", "照片 2 的说明"]
    second = sent(Described, kept=[one, two], **{f"alt-{one}": "围坐", f"alt-{two}": "长" * 81})
    assert second.errors == {f"alt-{two}": ["最多 80 个字，现在有 81 个字。"]}
    assert second[f"alt-{one}"].value() == "围坐"
    third = sent(Described, kept=[two, one], **{f"alt-{one}": "围坐", f"alt-{two}": "签字"})
    assert third.is_valid()
    assert third.staged == {two: "签字", one: "围坐"}


def test_photos_that_the_service_found_gone_are_asked_for_again():
    form = sent(Described, photos=[factories.jpeg()])
    assert not form.is_valid()
    form.forget_staged()
    assert form.staged == {}
    assert asked(form) == asked(Described())
    assert [field.name for field in form] == [field.name for field in Described()]
