"""Data that a form carries to the next page."""

import datetime

import pytest

from foundation import sealed

VALUE = {"name": "桂花物业", "day": "2023-09-01", "list": [1, None]}


def test_what_is_sealed_comes_back_dates_as_text():
    value = VALUE | {"day": datetime.date(2023, 9, 1)}
    assert sealed.unseal(sealed.seal(value, purpose="import of 1"), purpose="import of 1") == VALUE


def test_nobody_reads_it_and_no_two_are_the_same():
    first, second = (sealed.seal("13912345678", purpose="a") for _time in range(2))
    assert "13912345678" not in first
    assert first != second


@pytest.mark.parametrize("purpose", ["import of 2", "import of 1\n", "", "export of 1"])
def test_it_is_good_for_its_purpose_only(purpose):
    with pytest.raises(sealed.Broken):
        sealed.unseal(sealed.seal(VALUE, purpose="import of 1"), purpose=purpose)


@pytest.mark.parametrize("forged", ["", "x", "gAAAAA==", "桂花", "\ud800", "\x00"])
def test_what_was_not_made_here_is_refused(forged):
    with pytest.raises(sealed.Broken):
        sealed.unseal(forged, purpose="a")


def test_a_changed_one_is_refused():
    made = sealed.seal(VALUE, purpose="a")
    for place in range(0, len(made) - 2, 7):
        changed = made[:place] + ("A" if made[place] != "A" else "B") + made[place + 1 :]
        with pytest.raises(sealed.Broken):
            sealed.unseal(changed, purpose="a")


def test_an_old_one_is_refused_unless_it_is_kept():
    made = sealed.seal(VALUE, purpose="a")
    with pytest.raises(sealed.Broken):
        sealed.unseal(made, purpose="a", seconds=-1)
    assert sealed.unseal(made, purpose="a", seconds=None)


def test_it_opens_after_a_new_key_came_in_front_and_not_when_the_old_one_is_gone(settings):
    made = sealed.seal(VALUE, purpose="a")
    settings.CONTACT_KEYS = ["a-new-key-for-contacts-0123456789", *settings.CONTACT_KEYS]
    assert sealed.unseal(made, purpose="a") == VALUE
    settings.CONTACT_KEYS = settings.CONTACT_KEYS[:1]
    with pytest.raises(sealed.Broken):
        sealed.unseal(made, purpose="a")


def test_more_than_a_form_can_carry_is_refused(monkeypatch):
    monkeypatch.setattr(sealed, "MAX_CHARACTERS", 100)
    with pytest.raises(sealed.TooMuch):
        sealed.seal("a" * 10 + "".join(chr(0x4E00 + number) for number in range(200)), purpose="a")


def test_the_limit_leaves_room_in_what_the_portal_takes(settings):
    assert sealed.MAX_CHARACTERS < settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 50_000
