"""Requests that no browser sends: answered with 400 and all headers, and never by a bare error of the server."""

import codecs
from encodings.aliases import aliases

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import RequestFactory

from nanhu_portal.handler import Handler, readable
from tests.nanhu_portal.test_headers import check

FORM = "application/x-www-form-urlencoded"
# Every name that Python has for UTF-8.
UTF_8 = {"utf_8", "utf-8", "utf8", "u8", "utf", "utf8_ucs2", "utf8_ucs4", "cp65001"}


def test_of_all_encodings_that_python_knows_only_utf_8_is_read():
    names = {*aliases, *aliases.values(), "idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"}
    assert {name for name in names if readable(f"{FORM}; charset={name}") is not None} == UTF_8 & names
    assert codecs.lookup("base64"), "which is no encoding of text, and Django would ask it to decode a form"


@pytest.mark.parametrize(
    ("content_type", "read_as"),
    [
        ("", ""),
        (FORM, FORM),
        (f"{FORM}; charset=UTF-8", FORM),
        (f'{FORM};Charset="utf8"', FORM),
        ("multipart/form-data; charset=utf-8; boundary=x", "multipart/form-data; boundary=x"),
        ("multipart/form-data; boundary=x", "multipart/form-data; boundary=x"),
        (f"{FORM}; charset=", None),
        (f"{FORM}; charset=gbk", None),
        (f"{FORM}; charset=nonsense", None),
        (f"{FORM}; charset=utf-8\x00", None),
        (f"{FORM}; charset={'a' * 300}", None),
    ],
)
def test_the_content_type_is_read_without_its_charset_or_not_at_all(content_type, read_as):
    assert readable(content_type) == read_as


@pytest.fixture(scope="module")
def handler():
    """The web server's, which leaves the connection of the tests alone."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Handler()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def send(handler, path: str, content_type: str, body: bytes, method: str = "POST") -> HttpResponse:
    """What the web server would send: the request passes the CSRF check, and everything that Django does first."""
    answer = {}
    token = "a" * 32
    request = RequestFactory(headers={"Cookie": f"csrf={token}", "X-CSRFToken": token}).generic(method, path, body)
    # Set only now, because the factory would read it, as Django does before anything can answer.
    environ = request.environ | {"CONTENT_TYPE": content_type}
    chunks = handler(environ, lambda status, headers: answer.update(status=status, headers=dict(headers)))
    assert isinstance(chunks, list), "closed, and its place free, before it is sent"
    return HttpResponse(b"".join(chunks), status=int(answer["status"][:3]), headers=answer["headers"])


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/demands/new/", "/demands/similar/", "/admin/login/", "/accounts/login/"])
def test_another_encoding_is_refused_with_all_headers(handler, path):
    for charset in ("gbk", "utf-7", "base64", "utf-16", "nonsense", "utf-8\x00"):
        check(send(handler, path, f"{FORM}; charset={charset}", b"text=x"), 400)
        check(send(handler, f"{path}?q=x", f"text/plain; charset={charset}", b"", "GET"), 400)


@pytest.mark.django_db
def test_utf_8_by_any_name_is_read(handler):
    text = b"text=%E8%B7%AF%E7%81%AF"
    for charset in ("utf-8", "UTF8", '"utf_8"'):
        response = send(handler, "/demands/similar/", f"{FORM}; charset={charset}", text)
        check(response, 200)
        assert response.content.startswith(b'{"similar": [')


MULTIPART = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="text"\r\n'
FILE = PART.replace(b'"text"', b'"a"; filename="a.png"')
BODIES = {
    "no boundary": (400, "multipart/form-data", b"--x--"),
    "an empty boundary": (400, "multipart/form-data; boundary=", b"--x--"),
    "a boundary of other bytes": (400, "multipart/form-data; boundary=\xe4", b"--x--"),
    "base64 that is none": (400, MULTIPART, FILE + b"Content-Transfer-Encoding: base64\r\n\r\nabc\r\n--x--"),
    "a file of another encoding": (200, MULTIPART, FILE + b"Content-Type: image/png; charset=rot13\r\n\r\nx\r\n--x--"),
    "a part without an end": (200, MULTIPART, PART),
    "a name of other bytes": (200, MULTIPART, PART.replace(b"text", b"\xff\xfe\x00") + b"\r\nx\r\n--x--"),
    "bytes of no text": (200, FORM, b"text=%ff%fe%00&area=%00&\xff\xfe=\x00"),
    "half a surrogate": (200, FORM, b"text=%ed%a0%80"),
    "too many fields": (400, FORM, b"a=1&" * 600),
    "too large": (400, FORM, b"x" * 1_100_000),
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", BODIES)
def test_a_broken_body_is_refused_or_read_as_far_as_it_goes(handler, what):
    status, content_type, sent = BODIES[what]
    check(send(handler, "/demands/similar/", content_type, sent), status)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        *(
            f"/{place}/?q={odd}"
            for place in ("demands", "venues", "partners")
            for odd in ("%00", "%ff%fe", "%ed%a0%80")
        ),
        *("/demands/?status=%00&community=%00&page=%00", "/events/?month=%00", "/demands/new/?venue=%00&again=%00"),
        *("/%00/", "/demands/track/%00/", "/v/%ff/", "/venues/%00/", "/admin/login/?next=%00", "/static/%00"),
    ],
)
def test_odd_bytes_in_an_address_break_nothing(handler, address):
    response = send(handler, address, "", b"", "GET")
    check(response, response.status_code)
    assert response.status_code in (200, 302, 400, 404)
