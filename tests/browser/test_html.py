"""The HTML validator finds errors; test_pages.py uses it on the pages themselves."""

import pytest

PAGE = "<!doctype html><html lang='en'><head><title>A page</title></head><body>{}</body></html>"


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("<p>Fine.</p>", []),
        ("<p id='one'>1</p><p id='one'>2</p>", ["no-dup-id"]),
        ("<ul><p>Not an item.</p></ul>", ["element-permitted-content"]),
        ("<a href='/'><button type='button'>Press</button></a>", ["element-permitted-content"]),
        ("<p><div>Not in a paragraph.</div></p>", ["close-order"]),
        ("<p aria-label='Named'>Whoever names it.</p>", ["aria-label-misuse"]),
        ("<label for='nobody'>For nobody</label>", ["no-missing-references"]),
    ],
)
def test_mistakes_are_found(body, rules, validator):
    if validator is None:
        pytest.skip("html-validate is not there")
    assert [found.partition(":")[0] for found in validator(PAGE.format(body))] == rules
