"""The page of all components: available to developers only, and built from the real components."""

import re

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field

from foundation.forms import PlainForm, SheetField
from nanhu_portal.design import colours, contrast
from tests.pages import words

pytestmark = pytest.mark.django_db

# The components, each named where it is shown.
PARTS = [
    "_notice.html",
    "_chain.html",
    "_chain_small.html",
    "_timeline.html",
    "_timeline_step.html",
    "_summary_row.html",
    "_filter_bar.html",
    "_pagination.html",
    "_empty.html",
    "_figure.html",
    "_steps.html",
    "_draft.html",
    "_error_summary.html",
    "nanhu/field.html",
    "nanhu_portal/_event_tile.html",
    "consultation/_slots.html",
]


@pytest.fixture
def debug(settings):
    settings.DEBUG = True


def test_without_debug_it_is_not_there(client):
    assert client.get("/design/").status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_shows_each_part_by_its_name(debug, client, language):
    client.cookies["lang"] = language
    response = client.get("/design/")
    assert response.status_code == 200
    shown = words(response)
    assert [part for part in PARTS if part not in shown] == []
    # All pairs of colours have enough contrast.
    assert "偏低" not in shown


def test_its_forms_went_through_their_own_checks(debug, client):
    shown = words(client.get("/design/"))
    for sentence in ("最多 20 个字，现在有 21 个字。", "请填写发生了什么事", "这不是能识别的照片"):
        assert shown.count(sentence) == 2, f"in the summary and at its field: {sentence}"
    assert "王女士" not in shown  # it is in its field
    assert 'value="王女士"' in client.get("/design/").content.decode()


def test_files_are_chosen_in_the_words_of_the_page(debug, client):
    """Browsers write "Choose File" on their own button, in the language that they were installed in."""
    form = type("SheetForm", (PlainForm,), {"sheet": SheetField()})()
    photos, sheet = client.get("/design/").content.decode(), as_crispy_field(form["sheet"])
    for html, word, count in ((photos, "选择照片", 2), (sheet, "选择文件", 1)):
        fields = re.findall(r'<div class="pick">\s*<input type="file"[^>]*>\s*<span[^>]*>\s*(\S+)\s*</span>', html)
        assert fields == [word] * count
        assert html.count('type="file"') == count
    # What a browser says of no file is hidden by `:invalid`.
    assert "required" in sheet


def test_only_reading(debug, client):
    assert client.post("/design/").status_code == 405


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000", "#fff", 21), ("#fff", "#000000", 21), ("#767676", "#fff", 4.54), ("#0f5a6b", "#fbfaf6", 7.46)],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


def test_colours_are_read_by_mode():
    css = "  --ink: var(--by-day, #111) var(--by-night, #eee) var(--day-more, #000) var(--night-more, #fff);\n"
    css += "  --on-deep: #fff;\n  --s1: .875rem;\n  --bs-body-color: var(--ink);\n"
    assert colours(css) == {"ink": ("#111", "#eee", "#000", "#fff"), "on-deep": ("#fff",) * 4}
