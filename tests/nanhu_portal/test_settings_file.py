"""The settings file: read as systemd reads an EnvironmentFile, and written so that both it and a shell read it."""

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanhu_portal import settings_file
from nanhu_portal.settings_file import SettingsFileError, line, merged, parse, write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=", ""),
        ("A=plain", "plain"),
        ("  A  =  plain \t", "plain"),
        ("A=two words", "two words"),
        ("A=a=b;c#d", "a=b;c#d"),
        ("A=it's", "it's"),
        ("A='single \\$ \" quotes'", 'single \\$ " quotes'),
        ('A="double \' quotes"', "double ' quotes"),
        ('A="\\"\\\\\\`\\$\\n"', '"\\`$\\n'),
        ("A='one' \"two\"three ", "onetwothree"),
        ("A=back\\slash\\\\ ", "backslash\\"),
        ("A=kept\\ ", "kept "),
        ("A=goes\\\non", "goeson"),
        ('A="goes\\\non"', "goeson"),
        ("A=湖 边\r\n", "湖 边"),
        ("A=\\", ""),
    ],
)
def test_values_are_read_as_systemd_reads_them(text, value):
    assert parse(f"# first\n; second\n\n{text}\nB=2\n" if not text.endswith("\\") else text).get("A") == value


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_what_is_written_is_read_back(value):
    assert parse(line("A", value) + "\nB=1") == {"A": value, "B": "1"}


@pytest.mark.parametrize("value", ["a b", "$HOME `id` \\ \" '", "~;&|<>()*?[]{}!#"])
def test_a_shell_reads_the_same(value):
    done = subprocess.run(
        ["sh", "-c", f'{line("A", value)}\nprintf %s "$A"'], capture_output=True, text=True, check=True
    )
    assert done.stdout == value


@pytest.mark.parametrize("value", ["a\nB=1", "a\rb", "a\x00"])
def test_no_line_holds_a_line_break(value):
    with pytest.raises(SettingsFileError, match="A holds"):
        line("A", value)


def test_the_environment_is_above_and_nothing_does_not_count():
    assert merged({"A": "1", "B": " ", "D": ""}, {"A": "2", "B": "2"}, {"B": "3", "C": "3"}) == {
        "A": "1",
        "B": "2",
        "C": "3",
        "D": "",
    }


def test_writing_changes_what_it_is_given_and_keeps_the_rest(tmp_path):
    file = tmp_path / "settings.env"
    write(file, {"SITE_URL": "https://a.example", "EMAIL_URL": "off://"})
    before = settings_file.stamp(file)
    write(file, {"EMAIL_URL": "smtp://user:p$ss@host", "SMS_BACKEND": "off://", "SITE_URL": None})
    assert settings_file.read(file) == {"EMAIL_URL": "smtp://user:p$ss@host", "SMS_BACKEND": "off://"}
    assert file.stat().st_mode & 0o777 == 0o600
    assert settings_file.stamp(file) != before
    assert os.listdir(tmp_path) == ["settings.env"]


def test_a_file_that_cannot_be_written_stays_as_it_is(tmp_path, monkeypatch):
    file = tmp_path / "settings.env"
    write(file, {"A": "1"})

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SettingsFileError, match="cannot be written: No space left"):
        write(file, {"A": "2"})
    assert settings_file.read(file) == {"A": "1"}
    assert os.listdir(tmp_path) == ["settings.env"]
    with pytest.raises(SettingsFileError, match="cannot be written"):
        write(tmp_path / "nowhere" / "settings.env", {"A": "2"})
