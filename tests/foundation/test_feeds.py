"""Safe text in feeds, and conditional responses."""

import datetime

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from foundation.feeds import carried, unless_known

MOMENT = datetime.datetime(2026, 11, 24, 12, 0, 0, 999_999, tzinfo=datetime.UTC)


def test_what_feeds_cannot_carry():
    assert carried("a\x00b\x08c\td\ne\x1ff\x85g\uffffh😀") == "abc\td\nefgh😀"


def answer(*parts, changed_at=MOMENT, **headers):
    request = RequestFactory().get(
        "/feeds/", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return unless_known(request, lambda: HttpResponse("told"), *parts, changed_at=changed_at)


@pytest.mark.django_db
def test_a_client_that_has_it_already_gets_304():
    first = answer("a")
    assert first.content == b"told"
    assert first["Last-Modified"] == "Tue, 24 Nov 2026 12:00:00 GMT"
    assert first["Cache-Control"] == "private, no-cache"
    assert answer("a", if_none_match=first["ETag"]).status_code == 304
    assert answer("a", if_modified_since="Tue, 24 Nov 2026 12:00:00 GMT").status_code == 304
    assert answer("a", if_modified_since="Tue, 24 Nov 2026 11:59:59 GMT").status_code == 200
    # Two changes within one second have the same date but different ETags.
    later = MOMENT - datetime.timedelta(microseconds=1)
    known = {"if_none_match": first["ETag"], "if_modified_since": "Tue, 24 Nov 2026 12:00:00 GMT"}
    assert answer("a", changed_at=later, **known).status_code == 200
    assert answer("b", **known).status_code == 200


@pytest.mark.django_db
def test_an_empty_feed_has_no_date(settings):
    first = answer(changed_at=None)
    assert "Last-Modified" not in first
    assert answer(changed_at=None, if_none_match=first["ETag"]).status_code == 304
    settings.SITE_URL = "https://elsewhere.example"
    assert answer(changed_at=None, if_none_match=first["ETag"]).status_code == 200
