"""The public evidence trail: what enters it and what never does, and whether the offline script finds tampering."""

import contextlib
import copy
import datetime
import hashlib
import io
import json
import runpy
import subprocess
import sys
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError
from django.utils import timezone

from demands import services
from demands.models import Demand, PublicationBasis, TrailEntry
from demands.services import trail
from demands.workflow import DeclineReason
from demands.workflow import DemandStatus as S
from foundation import clock
from foundation.actors import RESIDENT, SYSTEM, Party
from foundation.errors import Refused
from tests import factories
from tests.pages import words
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "verify_trail.py"
CANARY = "金丝雀"
PHONE = "13987654321"


def at(month: int, day: int, hour: int = 9) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime(2026, month, day, hour))


def told(demand: Demand) -> list[tuple]:
    """Each entry in short: what, where to or since when, which day."""
    return [
        (body["act"], body.get("to") or body["since"], body["on"])
        for body in demand.trail.values_list("body", flat=True)
    ]


def sealed(demand: Demand) -> None:
    """The chain holds, and its head is on the row."""
    demand.refresh_from_db()
    previous = ""
    for number, entry in enumerate(demand.trail.all(), 1):
        assert (entry.number, entry.previous) == (number, previous)
        text = json.dumps(entry.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert entry.hash == hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        previous = entry.hash
    assert demand.trail_head == previous


def republish(demand: Demand, **values) -> Demand:
    texts = {"title": demand.public_title, "summary": demand.public_summary, "result": demand.public_result}
    basis = PublicationBasis.ORAL_CONSENT
    return factories.publish(demand, actor=SYSTEM, **texts | {"basis": basis} | values)


# --- What enters it --------------------------------------------------------------------------------------------------


def test_publication_brings_the_earlier_moves_and_each_later_move_follows():
    demand = factories.demand(S.ACCEPTED, at=at(3, 2))
    assert not demand.trail.exists()
    demand = factories.publish(demand, at=at(3, 4))
    demand = factories.move(demand, S.IN_PROGRESS, at=at(3, 5))
    demand = factories.move(demand, S.RESOLVED, at=at(3, 6))
    assert told(demand) == [
        ("moved", "received", "2026-03-02"),
        ("moved", "accepted", "2026-03-02"),
        ("published", "2026-03-04", "2026-03-04"),
        ("moved", "in_progress", "2026-03-05"),
        ("moved", "resolved", "2026-03-06"),
    ]
    sealed(demand)


def test_an_entry_holds_its_few_public_fields_and_no_other():
    demand = factories.demand(at=at(3, 2), public=True)
    liaison = factories.liaison_staff()
    demand = factories.acting_at(
        at(3, 3),
        factories.make_move,
        demand,
        S.DECLINED,
        actor=liaison,
        answer="不归街道管。",
        decline_reason=DeclineReason.OUT_OF_REMIT,
        responsible="供电公司",
    )
    first, published, declined = demand.trail.values_list("body", flat=True)
    assert first == {
        "act": "moved",
        "by": "resident",
        "from": "",
        "number": 1,
        "on": "2026-03-02",
        "ref": demand.ref,
        "to": "received",
    }
    assert published == {
        "act": "published",
        "number": 2,
        "on": "2026-03-02",
        "ref": demand.ref,
        "since": "2026-03-02",
        "title": hashlib.sha256(demand.public_title.encode()).hexdigest(),
        "summary": hashlib.sha256(demand.public_summary.encode()).hexdigest(),
        "result": hashlib.sha256(b"").hexdigest(),
    }
    assert declined == {
        "act": "moved",
        "by": "staff",
        "from": "received",
        "number": 3,
        "office": liaison.office,
        "on": "2026-03-03",
        "reason": "out_of_remit",
        "ref": demand.ref,
        "to": "declined",
    }


def test_the_day_is_that_of_the_place_and_the_hour_is_not_told():
    late = timezone.make_aware(datetime.datetime(2026, 3, 2, 0, 30))  # the day before in UTC
    demand = factories.demand(public=True, at=late)
    assert told(demand)[0] == ("moved", "received", "2026-03-02")
    assert "00:30" not in json.dumps(trail.document(demand)) and "16:30" not in json.dumps(trail.document(demand))


def test_nothing_personal_enters_it(resident):
    demand = factories.demand(
        description=f"{CANARY}说路灯坏了，电话 {PHONE}", place=CANARY, called=CANARY, phone=PHONE, public=True
    )
    services.handling.answer(demand, f"{CANARY}您好。", actor=factories.liaison_staff())
    demand = factories.move(demand, S.ACCEPTED)
    demand = factories.move(demand, S.RESOLVED, answer=f"{CANARY}您好，修好了。")
    services.residents.rate(demand, work="satisfied", result="unsatisfied", comment=CANARY)
    factories.make_move(demand, S.REOPENED, reason=CANARY, actor=RESIDENT)
    page = resident.get(f"/demands/{demand.ref}/trail.json").content.decode()
    assert "reopened" in page
    for secret in (CANARY, PHONE, "李四", "liaison", demand.description):
        assert secret not in page


def test_a_demand_that_is_not_public_has_none():
    demand = factories.demand(S.CONFIRMED)
    assert (demand.trail.count(), demand.trail_head) == (0, "")
    assert trail.append(demand) == 0
    assert not demand.trail.exists()


def test_an_import_that_is_public_at_once_has_one_of_its_own_days_and_of_the_day_of_the_import():
    with clock.turned_to(at(3, 20)):
        demand = factories.imported(at(3, 2), reply="已修好。", replied_at=at(3, 9), publish_as="already_public")
    assert told(demand) == [
        ("moved", "received", "2026-03-02"),
        ("moved", "accepted", "2026-03-09"),
        ("moved", "resolved", "2026-03-09"),
        ("published", "2026-03-09", "2026-03-20"),
    ]
    sealed(demand)
    # One more move, and the chain goes on from the head that the import wrote.
    with clock.turned_to(at(3, 21)):
        demand = factories.make_move(demand, S.REOPENED, reason="又坏了。", actor=factories.liaison_staff())
    assert demand.trail.count() == 5
    sealed(demand)


def test_edited_texts_are_told_once(monkeypatch):
    demand = factories.demand(public=True, at=at(3, 2))
    monkeypatch.setattr(timezone, "now", lambda: at(3, 9))
    demand = republish(demand)
    assert [act for act, _to, _on in told(demand)] == ["moved", "published"]
    demand = republish(demand, result="已修好。")
    demand = republish(demand)
    assert told(demand)[2:] == [("edited", "2026-03-02", "2026-03-09")]
    assert demand.trail.last().body["result"] == hashlib.sha256("已修好。".encode()).hexdigest()
    sealed(demand)


def test_taken_off_the_pages_it_stands_still_and_goes_on_when_shown_again(resident):
    demand = factories.demand(public=True, at=at(3, 2))
    head = demand.trail_head
    demand = services.publishing.unpublish(demand, actor=factories.liaison_staff())
    demand = factories.move(demand, S.ACCEPTED, at=at(3, 5))
    assert (demand.trail.count(), demand.trail_head) == (2, head)
    assert resident.get(f"/demands/{demand.ref}/trail.json").status_code == 404
    demand = republish(demand, at=at(3, 8))
    assert told(demand)[2:] == [("moved", "accepted", "2026-03-05"), ("published", "2026-03-08", "2026-03-08")]
    assert demand.trail.all()[2].previous == head
    sealed(demand)
    assert resident.get(f"/demands/{demand.ref}/trail.json").status_code == 200


@pytest.mark.parametrize("way", ["publication withdrawn", "withdrawn", "erased"])
def test_what_its_resident_takes_back_is_not_shown_and_not_lost(resident, way):
    demand = factories.demand(public=True)
    if way == "erased":
        services.handling.erase(demand, actor=SYSTEM)
    elif way == "withdrawn":
        factories.make_move(demand, S.WITHDRAWN, actor=RESIDENT)
    else:
        services.residents.withdraw_publication(demand)
    assert demand.trail.count() == 2
    sealed(demand)
    assert resident.get(f"/demands/{demand.ref}/trail.json").status_code == 404


@pytest.mark.parametrize(("public", "named"), [(True, True), (False, False)])
def test_a_merger_names_the_other_only_where_it_is_public(public, named):
    other = factories.demand(public=public)
    demand = factories.move(factories.demand(public=True), S.MERGED, target=other)
    assert demand.trail.last().body.get("merged_into") == (other.ref if named else None)
    demand = factories.move(demand, S.RECEIVED)
    assert [body["to"] for body in demand.trail.values_list("body", flat=True)[2:]] == ["merged", "received"]
    assert "merged_into" not in demand.trail.last().body
    sealed(demand)


# --- Its rows --------------------------------------------------------------------------------------------------------


def test_nobody_changes_or_removes_an_entry():
    entry = factories.demand(public=True).trail.first()
    for change in (lambda: TrailEntry.objects.update(hash="0"), lambda: TrailEntry.objects.all().delete()):
        with pytest.raises(InternalError), transaction.atomic():
            change()
    copied = TrailEntry(demand=entry.demand, number=entry.number, body={}, previous="", hash="0")
    with pytest.raises(IntegrityError), transaction.atomic():
        copied.save()


def test_a_refused_move_leaves_no_entry():
    demand = factories.demand(public=True)
    with pytest.raises(Refused):
        factories.make_move(demand, S.CONFIRMED)
    assert demand.trail.count() == 2
    sealed(demand)


def past_the_services(count: int) -> list[Demand]:
    """Public demands as a bulk load leaves them: without a trail."""
    demands = [factories.demand(S.ACCEPTED, at=at(3, 2)) for _number in range(count)]
    Demand.objects.filter(pk__in=[demand.pk for demand in demands]).update(
        published_at=at(3, 3), public_title="标题", public_summary="摘要", publication_basis="already_public"
    )
    return demands


def test_the_worker_begins_the_trails_that_are_missing(django_assert_num_queries):
    demands = past_the_services(3)
    private, complete = factories.demand(), factories.demand(public=True)
    assert trail.catch_up(most=2) == 2
    # A savepoint's two ends, rows, moves, entries, heads: as many for one demand as for a thousand.
    with django_assert_num_queries(6):
        assert trail.catch_up() == 1
    assert trail.catch_up() == 0
    for demand in demands:
        sealed(demand)
        assert [act for act, _to, _on in told(demand)] == ["moved", "moved", "published"]
        # The same as the services would have written.
        assert trail.append(demand) == 0
    assert not private.trail.exists()
    assert complete.trail.count() == 2


def test_what_was_moved_past_the_services_is_told_with_the_next_move():
    demand = factories.demand(public=True, at=at(3, 2))
    demand.transitions.create(from_status="received", to_status="accepted", party=Party.SYSTEM, at=at(3, 3))
    Demand.objects.filter(pk=demand.pk).update(status=S.ACCEPTED)
    factories.move(demand, S.IN_PROGRESS, at=at(3, 4))
    assert [to for _act, to, _on in told(demand)[2:]] == ["accepted", "in_progress"]
    sealed(demand)


# --- The page and the file -------------------------------------------------------------------------------------------


def test_the_page_shows_the_head_and_leads_to_the_file(resident):
    demand = factories.demand(public=True)
    response = resident.get(f"/demands/{demand.ref}/")
    assert demand.trail_head[:16] in words(response)
    assert f'href="/demands/{demand.ref}/trail.json"' in response.content.decode()
    # A move changes it at once, whatever is kept of the page.
    moved = factories.move(demand, S.ACCEPTED)
    moved.refresh_from_db()
    assert moved.trail_head != demand.trail_head
    assert moved.trail_head[:16] in words(resident.get(f"/demands/{demand.ref}/"))


def test_a_page_without_a_trail_yet_says_nothing_of_it(resident):
    (demand,) = past_the_services(1)
    assert "校验值" not in words(resident.get(f"/demands/{demand.ref}/"))
    assert resident.get(f"/demands/{demand.ref}/trail.json").json()["entries"] == []


def test_the_file_is_downloaded_in_two_queries_and_changes_nothing(resident, database, django_assert_num_queries):
    demand = factories.demand(S.CONFIRMED, public=True)
    before = database()
    with django_assert_num_queries(2):
        response = resident.get(f"/demands/{demand.ref}/trail.json")
    assert database() == before
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response["Content-Disposition"] == f'attachment; filename="{demand.ref}-trail.json"'
    assert response["Cache-Control"] == "no-cache"
    content = response.json()
    assert (content["ref"], content["head"]) == (demand.ref, Demand.objects.get(pk=demand.pk).trail_head)
    assert len(content["entries"]) == 6
    assert resident.post(f"/demands/{demand.ref}/trail.json").status_code == 405


def test_other_demands_have_no_file(resident, liaison_client):
    demand = factories.demand()
    for client in (resident, liaison_client):
        assert client.get(f"/demands/{demand.ref}/trail.json").status_code == 404
        assert client.get("/demands/NH-2026-99999/trail.json").status_code == 404


# --- The script ------------------------------------------------------------------------------------------------------


main = runpy.run_path(str(SCRIPT))["main"]


def stored(tmp_path, content) -> str:
    file = tmp_path / "trail.json"
    text = content if isinstance(content, str | bytes) else json.dumps(content, ensure_ascii=False)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(file)


def verify(tmp_path, content, *options: str) -> tuple[int, str]:
    said, arguments = io.StringIO(), ["verify_trail.py", stored(tmp_path, content), *options]
    with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stdout(said):
        return main(), said.getvalue()


@pytest.fixture
def content(resident) -> dict:
    demand = factories.demand(S.CONFIRMED, public=True)
    return resident.get(f"/demands/{demand.ref}/trail.json").json()


def test_a_whole_trail_is_verified(tmp_path, content):
    # Isolated: neither our packages nor our environment.
    command = [sys.executable, "-I", str(SCRIPT), stored(tmp_path, content)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (*verify(tmp_path, content), "")
    code, said = verify(tmp_path, content)
    assert code == 0
    assert said.startswith(f"OK: 6 entries of {content['ref']} fit together.")
    assert content["head"] in said
    code, said = verify(tmp_path, content, "--head", content["head"])
    assert (code, "0 entries came later" in said) == (0, True)


def test_a_head_noted_long_ago_is_found(tmp_path, content):
    code, said = verify(tmp_path, content, "--head", f"{content['entries'][2]['hash'][:16].upper()}…")
    assert code == 0
    assert "Your head is entry 3: nothing up to there was changed; 3 entries came later." in said


def changed(entry: dict, name: str) -> None:
    """Change one field, or one field of the payload as `payload.to`."""
    field, _dot, inner = name.partition(".")
    if not inner:
        entry[field] = entry[field] + 1 if field == "number" else "0" * 64
        return
    body = json.loads(entry["payload"])
    body[inner] = body[inner] + 1 if inner == "number" else f"{body[inner]}x"
    entry["payload"] = trail.canonical(body)


FIELDS = ["number", "previous", "hash"]
PAYLOAD = [f"payload.{name}" for name in ("act", "by", "from", "number", "on", "ref", "to")]


@each_row(("place", "name"), [(place, name) for place in (0, 3, 5) for name in (*FIELDS, *PAYLOAD)])
def test_any_changed_field_of_a_move_is_found(tmp_path, content, place, name):
    forged = copy.deepcopy(content)
    changed(forged["entries"][place], name)
    code, said = verify(tmp_path, forged)
    assert code == 1
    assert said.startswith(f"BROKEN: entry {place + 1}: ")


@each_row("name", ["since", "title", "summary", "result"])
def test_any_changed_field_of_a_publication_is_found(tmp_path, content, name):
    forged = copy.deepcopy(content)
    changed(forged["entries"][1], f"payload.{name}")
    assert verify(tmp_path, forged)[0] == 1


def test_the_fields_tried_are_all_there_are(content):
    bodies = [json.loads(entry["payload"]) for entry in content["entries"]]
    assert {f"payload.{name}" for body in bodies if body["act"] == "moved" for name in body} == set(PAYLOAD)
    assert all(set(entry) == {*FIELDS, "payload"} for entry in content["entries"])
    assert set(content) == {"format", "rule", "ref", "head", "entries"}


@each_row("name", ["ref", "head"])
def test_a_changed_field_of_the_file_is_found(tmp_path, content, name):
    assert verify(tmp_path, content | {name: f"{content[name]}x"})[0] == 1


@each_row("place", range(6))
def test_a_removed_entry_is_found(tmp_path, content, place):
    entries = [entry for number, entry in enumerate(content["entries"]) if number != place]
    assert len(entries) == 5 and verify(tmp_path, content | {"entries": entries})[0] == 1


@each_row(("one", "other"), [(0, 1), (2, 3), (4, 5), (0, 5)])
def test_entries_in_another_order_are_found(tmp_path, content, one, other):
    entries = [*content["entries"]]
    entries[one], entries[other] = entries[other], entries[one]
    assert verify(tmp_path, content | {"entries": entries})[0] == 1


def sealed_anew(content: dict) -> dict:
    """As somebody with the database in hand would write it: every hash fits."""
    previous = ""
    for number, entry in enumerate(content["entries"], 1):
        body = json.loads(entry["payload"]) | {"number": number}
        entry.update(number=number, previous=previous, payload=trail.canonical(body), hash=trail.seal(previous, body))
        previous = entry["hash"]
    return content | {"head": previous}


@each_row("way", ["cut short", "one removed", "one changed"])
def test_with_the_head_noted_before_even_a_trail_sealed_anew_is_found(tmp_path, content, way):
    forged = copy.deepcopy(content)
    if way == "cut short":
        del forged["entries"][-1]
    elif way == "one removed":
        del forged["entries"][2]
    else:
        changed(forged["entries"][3], "payload.on")
    forged = sealed_anew(forged)
    assert verify(tmp_path, forged)[0] == 0  # by itself it looks whole
    code, said = verify(tmp_path, forged, "--head", content["head"])
    assert code == 1
    assert "the head you gave is in none of the entries" in said


def test_entries_cut_off_without_a_new_head_are_found(tmp_path, content):
    del content["entries"][-1]
    code, said = verify(tmp_path, content)
    assert code == 1
    assert "entries at the end are missing" in said
    content["entries"].clear()
    assert verify(tmp_path, content)[0] == 1
    code, said = verify(tmp_path, content | {"head": ""})
    assert (code, said) == (1, "BROKEN: there is no entry at all.\n")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "不是 JSON",
        b"\xff\xfe\x00",
        "[]",
        "null",
        "{}",
        '{"format": "demand-trail-2", "entries": []}',
        '{"format": "demand-trail-1", "ref": "NH-2026-00001", "head": "", "entries": [1]}',
        '{"format": "demand-trail-1", "ref": "NH-2026-00001", "head": "", "entries": [{"payload": "1", "number": 1}]}',
        "[" * 100_000,
    ],
    ids=["empty", "no json", "no text", "list", "null", "bare", "other format", "number", "no body", "deep"],
)
def test_what_is_no_trail_is_told_apart(tmp_path, content):
    code, said = verify(tmp_path, content)
    assert code == 2
    assert said.startswith("NOT VERIFIED: ")


@each_row("head", ["3f9a", "校验值校验值校验值校验值", "-" * 20])
def test_a_head_that_is_none_is_refused(tmp_path, content, head):
    code, said = verify(tmp_path, content, f"--head={head}")
    assert (code, said.startswith("NOT VERIFIED: --head")) == (2, True)


def test_the_script_needs_nothing_but_python():
    imports = {line.split()[1] for line in SCRIPT.read_text().splitlines() if line.startswith(("import ", "from "))}
    assert imports <= set(sys.stdlib_module_names)


def test_the_rule_in_the_file_is_the_rule(content):
    assert "SHA-256" in content["rule"]
    first = content["entries"][0]
    assert first["hash"] == hashlib.sha256(f"\n{first['payload']}".encode()).hexdigest()


# --- At once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_moves_at_once_leave_one_chain():
    demand = factories.demand(S.RESOLVED, public=True)

    def act(number: int) -> None:
        if number % 2:
            factories.make_move(demand, S.REOPENED, reason="还是不亮")
        else:
            republish(demand, title=f"标题 {number}")

    results = at_once(*(partial(act, number) for number in range(6)))
    # One reopens it, the others come too late.
    assert sum(isinstance(result, Refused) for result in results) == 2
    sealed(demand)
    assert [body["to"] for body in demand.trail.values_list("body", flat=True) if body["act"] == "moved"] == list(
        demand.transitions.order_by("pk").values_list("to_status", flat=True)
    )
