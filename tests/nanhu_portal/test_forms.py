"""All public forms are alike: no browser validation, no asterisks, and optional fields are marked."""

import re
from html.parser import HTMLParser

import pytest

from demands.services import offices
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

# Page, and the fields with their attributes.
PAGES = [
    ("/demands/new/", {}),
    ("/demands/track/", {"code": {"autocomplete": "off", "autocapitalize": "characters", "enterkeyhint": "go"}}),
    ("/events/{event}/signup/", {"phone": {"autocomplete": "tel", "type": "tel"}, "called": {"autocomplete": "name"}}),
    ("/accounts/login/", {"username": {"autocomplete": "username"}, "password": {"autocomplete": "current-password"}}),
    ("/accounts/reset/", {"email": {"autocomplete": "email", "type": "email"}}),
    ("/accounts/password/", {"new_password1": {"autocomplete": "new-password"}}),
    ("/my/duties/new/", {"hours": {"inputmode": "decimal"}, "people_served": {"inputmode": "numeric"}}),
    ("/my/resources/new/", {"capacity": {"inputmode": "numeric"}}),
    ("/my/demands/{dispatch}/report/", {}),
    ("{office}", {"by": {"autocomplete": "name"}}),
]


class Forms(HTMLParser):
    """The forms of the page that submit something, with their fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict, list[tuple[str, dict]]]] = []
        self._open = False

    def handle_starttag(self, tag, attrs):
        got = dict(attrs)
        if tag == "form":
            self._open = got.get("method") == "post"
            if self._open:
                self.forms.append((got, []))
        elif self._open and tag in ("input", "select", "textarea") and got.get("type") != "hidden":
            self.forms[-1][1].append((tag, got))

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = False


@pytest.fixture
def places():
    found = factories.dispatch("accepted")
    factories.category()
    link = offices.link(factories.office_request(found.demand)).removeprefix("http://portal.example")
    return {"event": factories.event().pk, "dispatch": found.pk, "office": link, "member": found.member}


@each_row(("page", "expected"), PAGES, ids=[page for page, _expected in PAGES])
def test_a_form_asks_as_all_others(page, expected, places, client):
    if page.startswith(("/my/", "/accounts/password/")):
        client.force_login(places["member"].user, backend="foundation.backends.RoleBackend")
    response = client.get(page.format(**places))
    assert response.status_code == 200
    text = response.content.decode()
    reader = Forms()
    reader.feed(text)
    with_fields = [(form, fields) for form, fields in reader.forms if fields]
    assert with_fields
    names = {}
    for form, fields in with_fields:
        assert "novalidate" in form
        for _tag, field in fields:
            assert "required" not in field, field
            assert "autofocus" not in field, field
            names[field["name"]] = field
    for name, carried in expected.items():
        assert carried.items() <= names[name].items()
    assert not re.search(r"<label[^>]*>[^<]*\*", text)
