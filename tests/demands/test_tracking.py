"""How a resident comes back: by the code however it was typed, or by a signed link for a week."""

from types import SimpleNamespace

import pytest
from django.core import signing
from django.urls import resolve

from demands import services
from demands.selectors import tracking
from foundation.actors import SYSTEM
from foundation.tokens import ALPHABET, code_hash, grouped, new_code, normal_code
from tests import factories

WEEK = 7 * 24 * 3600
CODE = "7KXM-23AB-CDEF-GHJK-MNPQ-RSTV-WXYZ"
BARE = "7KXM23ABCDEFGHJKMNPQRSTVWXYZ"


# --- Codes -----------------------------------------------------------------------------------------------------------


def test_a_code_has_more_than_128_bits_of_clear_characters():
    assert len(ALPHABET) == len(set(ALPHABET)) == 30
    assert len(ALPHABET) ** 28 > 2**128
    assert not set("01OILU") & set(ALPHABET)
    code = new_code()
    assert [len(part) for part in code.split("-")] == [4] * 7
    assert set(code) <= set(ALPHABET) | {"-"}


def test_a_draft_is_known_by_a_part_of_the_hash_and_a_link_knows_none():
    assert tracking.draft_key(CODE) == tracking.draft_key(BARE.lower()) == code_hash(CODE)[:16]
    assert tracking.draft_key("NH-2026-00042:signed:link") == ""


def test_no_two_codes_are_alike():
    assert len({new_code() for _ in range(200)}) == 200


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        BARE,
        BARE.lower(),
        f"  {CODE} ",
        CODE.replace("-", " "),
        CODE.replace("-", "－"),
        CODE.replace("-", "—"),
        CODE.replace("-", "."),
        f"{CODE}\n",
    ],
)
def test_a_code_is_taken_as_people_type_it(typed):
    assert normal_code(typed) == BARE
    assert code_hash(typed) == code_hash(CODE)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        BARE[:-1],  # one short
        BARE + "2",  # one too many
        BARE[:-1] + "0",  # no such character
        BARE[:-1] + "O",
        BARE[:-1] + "桂",
        "13912345678",
        "NH-2026-00001",
        "x" * 10_000,
        "\x00" * 28,
    ],
)
def test_what_cannot_be_a_code_is_none(typed):
    assert normal_code(typed) is None
    assert code_hash(typed) is None


def test_groups_are_for_reading_only():
    assert grouped(BARE) == CODE


@pytest.mark.django_db
def test_a_code_opens_its_demand_and_no_other():
    demand, other = factories.demand(code=CODE), factories.demand()
    assert tracking.find(CODE) == demand
    assert tracking.find(BARE.lower()) == demand
    assert tracking.find(new_code()) is None
    assert other.code_hash != demand.code_hash


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "nonsense", "NH-2026-00001", "\x00", "../admin", "%", "' OR 1=1 --"])
def test_nonsense_opens_nothing_and_asks_no_database(typed, django_assert_num_queries):
    factories.demand()
    with django_assert_num_queries(0):
        assert tracking.find(typed) is None


@pytest.mark.django_db
def test_a_code_is_stored_as_a_hash_only(database):
    factories.demand(code=CODE)
    written = " ".join(text or "" for text in database().values())
    for plain in (CODE, BARE, BARE.lower(), CODE[:9], BARE[:8]):
        assert plain not in written


@pytest.mark.django_db
def test_an_erased_demand_is_opened_by_nothing():
    demand = factories.demand(code=CODE)
    services.handling.erase(demand, actor=SYSTEM)
    assert tracking.find(CODE) is None


# --- Signed links ----------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """Seconds, as the signatures read them."""
    clock = SimpleNamespace(now=1_772_000_000)
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


def code_in(link: str) -> str:
    path = link.removeprefix("http://portal.example")
    assert path != link, "built from SITE_URL"
    match = resolve(path)
    assert match.url_name == "tracking"
    return match.kwargs["code"]


@pytest.mark.django_db
def test_a_link_opens_its_demand_for_a_week(clock):
    demand = factories.demand()
    code = code_in(tracking.signed_link(demand.ref))
    assert tracking.find(code) == demand
    clock.now += WEEK - 1
    assert tracking.find(code) == demand
    clock.now += 2
    assert tracking.find(code) is None


@pytest.mark.django_db
def test_a_link_lives_on_when_the_code_is_replaced_and_shows_neither():
    demand = factories.demand(code=CODE)
    code = code_in(tracking.signed_link(demand.ref))
    assert BARE not in code.upper()
    services.residents.replace_code(demand, new_code())
    assert tracking.find(code) == demand
    assert tracking.find(CODE) is None


@pytest.mark.django_db
def test_a_forged_or_foreign_signature_opens_nothing(settings):
    demand = factories.demand()
    code = code_in(tracking.signed_link(demand.ref))
    other = signing.dumps(demand.ref, salt="demands.submit")
    head, tail = code[:-1], code[-1]
    for forged in (
        head + ("A" if tail != "A" else "B"),
        head,
        other,
        ":".join(["x", *code.split(":")[1:]]),
        ":",
        "::",
        "a:b:c",
        f"{demand.ref}:1:x",
        f"{code}:{code}",
    ):
        assert tracking.find(forged) is None, forged
    settings.SECRET_KEY = "another-secret-entirely-0123456789abcdef"
    assert tracking.find(code) is None


@pytest.mark.django_db
def test_a_link_to_nothing_opens_nothing():
    assert tracking.find(code_in(tracking.signed_link("NH-1999-00001"))) is None
