"""What staff entered, in the reader's language, and marked where it is not."""

from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils import translation

ROW = SimpleNamespace(
    title="路灯<b>", title_en="Lamps & more", about="一盏\n两盏", about_en="", result="亮了", empty=""
)


@pytest.mark.parametrize(
    ("language", "tag", "told"),
    [
        ("zh-hans", '{% told row "title" %}', "路灯&lt;b&gt;"),
        ("en", '{% told row "title" %}', "Lamps &amp; more"),
        ("zh-hans", '{% told row "about" lines=True %}', "一盏<br>两盏"),
        ("en", '{% told row "about" lines=True %}', '<span lang="zh-Hans">一盏<br>两盏</span>'),
        ("en", '{% told row "about" 2 %}', '<span lang="zh-Hans">一…</span>'),
        # A field that nobody can translate, and one that says nothing.
        ("en", '{% told row "result" %}', '<span lang="zh-Hans">亮了</span>'),
        ("en", '{% told row "empty" %}', ""),
        ("en", '{{ row|in_language:"about" }}', "一盏\n两盏"),
        ("en", '{{ row|in_language:"title" }}', "Lamps &amp; more"),
    ],
)
def test_a_field_is_told_in_the_readers_language_as_far_as_there_is_a_translation(language, tag, told):
    with translation.override(language):
        assert Template("{% load names %}" + tag).render(Context({"row": ROW})) == told
