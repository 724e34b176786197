"""What can be done with a demand: each act whole or not at all, once, by whoever was first."""

import ast
import datetime
import itertools
import threading
import uuid

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from demands import services
from demands.models import Channel, Demand, DemandCounter, DemandMessage, DemandPhoto, DemandTransition, Rating, Support
from demands.workflow import DemandStatus
from foundation import contacts
from foundation.actors import RESIDENT, SYSTEM, Party
from foundation.audit import AuditAction, AuditEntry
from foundation.errors import Refused, Stale, TransitionNotAllowed
from foundation.outbox import OutboxMessage
from foundation.tokens import code_hash, new_code
from foundation.uploads import STAGED_FOR, PhotosGone, StagedPhoto
from members.models import LiaisonCommittee
from nanhu_portal.embedded import ROOT
from tests import factories
from tests.pages import tells_digits
from tests.together import at_once, await_a_waiting_lock

pytestmark = pytest.mark.django_db


def fresh(demand: Demand) -> Demand:
    return Demand.objects.with_place().get(pk=demand.pk)


def shanghai(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{text}+08:00")


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


# --- Submitting ------------------------------------------------------------------------------------------------------


def test_a_submission_becomes_a_demand_with_all_that_was_sent():
    photo = factories.staged_photo()
    venue = factories.venue("cloud_station")
    code = new_code()
    demand, created = services.intake.submit(
        factories.submission(
            code=code,
            venue=venue,
            channel=Channel.VENUE_QR,
            email="wang@example.com",
            photos=[photo.key],
            alts={photo.key: "坏掉的路灯"},
        ),
        actor=RESIDENT,
    )
    assert created
    demand = fresh(demand)
    assert (demand.status, demand.version, demand.channel, demand.venue) == ("received", 0, "venue_qr", venue)
    assert demand.description == "3 号门外路灯坏了两周，晚上看不清台阶。"
    assert demand.place == "3 号门外"
    assert demand.code_hash == code_hash(code)
    assert code.replace("-", "") not in str(vars(demand))
    assert (demand.consent_handling, demand.consent_publication) == (True, True)
    assert (demand.handling_text.purpose, demand.publication_text.purpose) == ("handling", "publication")
    assert not demand.is_public, "nothing is public before staff say so"
    assert contacts.open_contact(demand.contact) == {
        "called": "王女士",
        "phone": "13912345678",
        "email": "wang@example.com",
    }
    kept = demand.photos.get()
    assert (kept.full, kept.thumbnail, kept.alt, kept.review) == (photo.full, photo.thumbnail, "坏掉的路灯", "pending")
    assert StagedPhoto.objects.count() == 0
    move = demand.transitions.get()
    assert (move.from_status, move.to_status, move.party) == ("", "received", Party.RESIDENT)
    message = OutboxMessage.objects.get()
    assert (message.template, message.subject_ref) == ("received", demand.ref)
    assert AuditEntry.objects.count() == 0


def test_nothing_personal_of_the_contact_stands_in_the_demand(database):
    factories.demand()
    written = " ".join(text or "" for text in database().values())
    for plain in ("王女士", "13912345678"):
        assert plain not in written


def test_staff_take_a_demand_in_for_somebody():
    staff = factories.community_staff()
    demand, _created = services.intake.submit(factories.submission(channel=Channel.PHONE), actor=staff)
    move = demand.transitions.get()
    assert (move.party, move.actor, move.office) == (Party.STAFF, staff, "桂花社区居委会")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor, entry.detail) == (
        AuditAction.INTAKE,
        demand.ref,
        staff,
        "phone",
    )


def test_without_a_contact_there_is_neither_row_nor_message():
    demand = factories.demand(called="", phone="", email="")
    assert demand.contact is None
    assert OutboxMessage.objects.count() == 0


def test_references_count_by_committee_and_year():
    places = factories.tree()
    LiaisonCommittee.objects.create(area=places.far_subdistrict, name="政协湖西街道联络委", ref_prefix="HX")
    refs = [
        factories.demand(area=area, at=shanghai(at)).ref
        for area, at in (
            (places.compound, "2025-12-31T10:00:00"),
            (places.community, "2025-12-31T23:59:59"),
            (places.compound, "2026-01-01T00:00:00"),  # still 2025 in Greenwich
            (places.far_compound, "2026-01-01T09:00:00"),
            (places.subdistrict, "2026-03-02T09:00:00"),
            (places.district, "2026-03-02T09:00:00"),  # belongs to no committee
        )
    ]
    assert refs == [
        "NH-2025-00001",
        "NH-2025-00002",
        "NH-2026-00001",
        "HX-2026-00001",
        "NH-2026-00002",
        "QS-2026-00001",
    ]


def test_a_subdistrict_without_a_committee_counts_with_the_district():
    assert factories.demand(area=factories.tree().far_compound, at=shanghai("2026-03-02T09:00:00")).ref == (
        "QS-2026-00001"
    )


@pytest.mark.parametrize(
    ("at", "response", "resolution"),
    [
        # Category: 3 and 8 working days. Spring Festival 2026 is off from 15 to 23 February, 14 and 28 are worked.
        ("2026-02-12T09:00:00", "2026-02-24", "2026-03-02"),
        ("2026-02-12T23:59:59", "2026-02-24", "2026-03-02"),
        ("2026-02-13T00:00:00", "2026-02-25", "2026-03-03"),
        ("2026-02-18T12:00:00", "2026-02-26", "2026-03-04"),
        # Year-end: 1 to 3 January off, Sunday 4 worked.
        ("2025-12-31T12:00:00", "2026-01-06", "2026-01-13"),
    ],
)
def test_deadlines_are_working_days_from_the_day_in_shanghai(at, response, resolution):
    category = factories.category(response_days=3, resolution_days=8)
    demand = factories.demand(category=category, at=shanghai(at))
    assert (demand.response_due, demand.resolution_due) == (day(response), day(resolution))
    assert demand.due_on == day(response)


def test_the_first_answer_turns_the_deadline_over_to_resolving():
    demand = factories.demand(at=shanghai("2026-02-12T09:00:00"))
    services.handling.answer(demand, "已经联系路灯所。", actor=factories.liaison_staff())
    assert fresh(demand).due_on == demand.resolution_due


@pytest.mark.parametrize("code", ["", "short", "0" * 28, "7KXM-7KXM"])
def test_a_form_without_a_real_code_makes_no_demand(code):
    with pytest.raises(ValueError, match="no code"):
        services.intake.submit(factories.submission(code=code), actor=RESIDENT)
    assert Demand.objects.count() == 0


def test_a_wrong_phone_makes_no_demand_and_takes_no_number():
    with pytest.raises(contacts.PhoneError), transaction.atomic():
        services.intake.submit(factories.submission(phone="12345"), actor=RESIDENT)
    assert Demand.objects.count() == contacts.Contact.objects.count() == DemandCounter.objects.count() == 0


def test_the_same_form_sent_twice_is_one_demand():
    submission = factories.submission()
    first, created = services.intake.submit(submission, actor=RESIDENT)
    second, created_again = services.intake.submit(submission, actor=RESIDENT)
    assert (first.pk, created, created_again) == (second.pk, True, False)
    assert Demand.objects.count() == OutboxMessage.objects.count() == contacts.Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twelve_times_at_once_is_one_demand_with_all_its_photos():
    photos = [factories.staged_photo() for _ in range(3)]
    submission = factories.submission(photos=[photo.key for photo in photos])
    results = at_once(*[lambda: services.intake.submit(submission, actor=RESIDENT)] * 12)

    assert not [result for result in results if isinstance(result, Exception)]
    assert sorted(created for _demand, created in results) == [False] * 11 + [True]
    assert len({demand.pk for demand, _created in results}) == 1
    demand = Demand.objects.get()
    assert demand.ref.endswith("-00001")
    assert DemandCounter.objects.get().last == 1
    assert OutboxMessage.objects.count() == contacts.Contact.objects.count() == DemandTransition.objects.count() == 1
    assert {photo.full for photo in demand.photos.all()} == {photo.full for photo in photos}
    assert all(default_storage.exists(name) for photo in photos for name in (photo.full, photo.thumbnail))
    assert StagedPhoto.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_different_forms_at_once_get_different_references():
    submissions = [factories.submission() for _ in range(8)]
    results = at_once(*[lambda one=one: services.intake.submit(one, actor=RESIDENT) for one in submissions])
    assert all(created for _demand, created in results)
    year = timezone.localdate().year
    assert sorted(demand.ref for demand, _created in results) == [f"NH-{year}-{n:05d}" for n in range(1, 9)]


def test_an_expired_photo_stops_the_submission_and_the_rest_is_kept(database):
    good, old = factories.staged_photo(), factories.staged_photo()
    StagedPhoto.objects.filter(pk=old.pk).update(created_at=timezone.now() - STAGED_FOR)
    submission = factories.submission(photos=[good.key, old.key])
    before = database()
    with pytest.raises(PhotosGone), transaction.atomic():
        services.intake.submit(submission, actor=RESIDENT)
    assert database() == before


def test_a_photo_belongs_to_one_demand():
    photo = factories.staged_photo()
    services.intake.submit(factories.submission(photos=[photo.key]), actor=RESIDENT)
    with pytest.raises(PhotosGone), transaction.atomic():
        services.intake.submit(factories.submission(photos=[photo.key]), actor=RESIDENT)
    assert Demand.objects.count() == 1


def test_publishing_and_moving_take_few_queries(django_assert_num_queries):
    demand, staff = factories.demand(), factories.liaison_staff()
    publication = services.publishing.Publication("路灯", "路灯不亮。", "web_consent")
    # A savepoint's two ends in each; the row; its moves, the trail's entries, the row, the audit.
    with django_assert_num_queries(7):
        services.publishing.publish(demand, publication, actor=staff)
    # The related ones, the row; the move; the trail and the moves, the trail's entry, the row, the audit. To tell it:
    # who follows, the contact, its digests, the message, supporters.
    with django_assert_num_queries(15):
        services.handling.accept(demand, actor=staff)


# --- Whole or not at all ---------------------------------------------------------------------------------------------


class Broken(Exception):
    pass


def break_after(monkeypatch, place: str) -> None:
    """Let the function do its write and fail right after, when most of the act has happened."""
    module, _dot, name = place.rpartition(".")
    parts = (services.transitions, services.handling, services.residents, services.publishing, services.intake)
    homes = [getattr(part, module) if module else part for part in parts if hasattr(part, module or name)]
    real = getattr(homes[0], name)

    def broken(*args, **kwargs):
        real(*args, **kwargs)
        raise Broken(place)

    for home in homes:
        monkeypatch.setattr(home, name, broken)


def test_a_submission_that_fails_anywhere_leaves_nothing(monkeypatch, database):
    photo, staff = factories.staged_photo(), factories.community_staff()
    submission = factories.submission(photos=[photo.key])
    before = database()
    for place in ("contacts.store", "insert", "log_transition", "attach", "audit.record", "outbox.enqueue"):
        with monkeypatch.context() as broken:
            break_after(broken, place)
            with pytest.raises(Broken), transaction.atomic():
                services.intake.submit(submission, actor=staff)
        assert database() == before, place
        assert default_storage.exists(photo.full), place
    demand, _created = services.intake.submit(submission, actor=staff)
    assert demand.ref.endswith("-00001"), "no number was lost either"
    assert demand.photos.count() == 1


ACTS = {
    "move": (
        lambda demand, staff: services.handling.resolve(demand, "路灯已修好。", actor=staff),
        ["write_message", "log_transition", "save", "trail.append", "audit.record", "outbox.enqueue"],
    ),
    "answer": (
        lambda demand, staff: services.handling.answer(demand, "已经联系路灯所。", actor=staff),
        ["write_message", "save", "audit.record", "outbox.enqueue"],
    ),
    "note": (
        lambda demand, staff: services.handling.note(demand, "给路灯所打过电话", actor=staff),
        ["write_message", "audit.record"],
    ),
    "assign": (lambda demand, staff: services.handling.assign(demand, staff, actor=staff), ["save", "audit.record"]),
    "reclassify": (
        lambda demand, staff: services.handling.reclassify(
            demand, category=factories.category("parking"), area=factories.tree().other_compound, actor=staff
        ),
        ["save", "audit.record"],
    ),
    "publish": (
        lambda demand, staff: factories.publish(
            demand, title="路灯", summary="路灯不亮。", basis="web_consent", actor=staff
        ),
        ["save", "audit.record"],
    ),
    "unpublish": (lambda demand, staff: services.publishing.unpublish(demand, actor=staff), ["save", "audit.record"]),
    "erase": (
        lambda demand, staff: services.handling.erase(demand, actor=staff),
        ["save", "uploads.drop", "audit.record"],
    ),
    "add information": (
        lambda demand, staff: services.residents.add_information(
            demand, "还有一处", key=uuid.uuid4(), photos=[StagedPhoto.objects.get().key]
        ),
        ["write_message", "attach", "save"],
    ),
    "withdraw publication": (lambda demand, staff: services.residents.withdraw_publication(demand), ["save"]),
    "request deletion": (lambda demand, staff: services.residents.request_deletion(demand), ["save"]),
    "replace the code": (lambda demand, staff: services.residents.replace_code(demand, new_code()), ["save"]),
}


def test_an_act_that_fails_at_any_write_leaves_nothing(
    monkeypatch, database, django_capture_on_commit_callbacks, subtests
):
    demand, staff = factories.demand("in_progress", public=True), factories.liaison_staff()
    factories.category("parking", name="停车")
    photo = factories.photo(demand)
    factories.staged_photo()
    before = database()
    for name, place in [(name, place) for name, (_act, places) in ACTS.items() for place in places]:
        with subtests.test(f"{name}: {place}"), monkeypatch.context() as broken:
            break_after(broken, place)
            with django_capture_on_commit_callbacks() as callbacks, pytest.raises(Broken), transaction.atomic():
                ACTS[name][0](demand, staff)
            assert database() == before
            assert callbacks == []
            assert default_storage.exists(photo.full) and default_storage.exists(photo.thumbnail)


def test_a_confirmation_that_fails_leaves_no_rating(monkeypatch, database):
    demand = factories.demand("resolved")
    before = database()
    break_after(monkeypatch, "log_transition")
    with pytest.raises(Broken), transaction.atomic():
        services.residents.rate(demand, work="satisfied", result="satisfied")
    assert database() == before


# --- Two at once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_staff_who_move_one_demand_at_once_one_wins_and_the_other_is_told():
    demand = factories.demand()
    first, second = factories.liaison_staff(), factories.liaison_staff("second-liaison")
    results = at_once(
        lambda: factories.make_move(demand, "accepted", actor=first, version=0),
        lambda: factories.make_move(
            demand, "declined", actor=second, version=0, answer="暂时做不到。", decline_reason="not_feasible"
        ),
    )
    assert sorted(type(result).__name__ for result in results) == ["Demand", "Stale"]
    demand = fresh(demand)
    assert demand.status == next(result.status for result in results if isinstance(result, Demand))
    assert demand.version == 1
    assert demand.transitions.count() == 2, "received, and one move"
    assert OutboxMessage.objects.exclude(template="received").count() == 1
    assert AuditEntry.objects.filter(action=AuditAction.MOVED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_acts_on_different_fields_at_once_lose_nothing():
    demand, staff = factories.demand(), factories.liaison_staff()
    factories.category("parking", name="停车")
    parking, compound = factories.category("parking"), factories.tree().compound
    results = at_once(
        lambda: services.handling.assign(demand, staff, actor=staff),
        lambda: services.handling.answer(demand, "已经联系路灯所。", actor=staff),
        lambda: services.handling.reclassify(demand, category=parking, area=compound, actor=staff),
        lambda: factories.make_move(demand, "accepted", actor=staff),
        lambda: services.residents.withdraw_publication(demand),
    )
    assert not [result for result in results if isinstance(result, Exception)]
    demand = fresh(demand)
    assert (demand.assignee, demand.category, demand.status) == (staff, parking, "accepted")
    assert demand.answered_at is not None
    assert demand.consent_publication is False
    assert demand.version == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "act",
    [
        lambda demand, staff: services.handling.assign(demand, staff, actor=staff),
        lambda demand, staff: factories.make_move(demand, "accepted", actor=staff),
        lambda demand, staff: services.supports.add(demand, "visitor"),
    ],
)
def test_an_act_that_waited_for_a_reclassification_finds_its_demand(act):
    """Joined to its category while it is locked, the row would be compared with the category it had before."""
    demand, staff = factories.demand(public=True), factories.liaison_staff()
    parking, compound = factories.category("parking", name="停车"), factories.tree().other_compound
    results = []

    def wait_and_act():
        try:
            results.append(act(demand, staff))
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    worker = threading.Thread(target=wait_and_act)
    with transaction.atomic():
        services.handling.reclassify(demand, category=parking, area=compound, actor=staff)
        worker.start()
        await_a_waiting_lock(worker)
    worker.join(timeout=30)
    [result] = results
    assert not isinstance(result, Exception), result
    assert (fresh(demand).category, fresh(demand).area) == (parking, compound)


STALE = {
    "move": lambda demand, staff, version: factories.make_move(demand, "accepted", actor=staff, version=version),
    "answer": lambda demand, staff, version: services.handling.answer(demand, "答复", actor=staff, version=version),
    "publish": lambda demand, staff, version: factories.publish(
        demand, title="路灯", summary="路灯不亮。", basis="web_consent", actor=staff, version=version
    ),
    "unpublish": lambda demand, staff, version: services.publishing.unpublish(demand, actor=staff, version=version),
    "assign": lambda demand, staff, version: services.handling.assign(demand, staff, actor=staff, version=version),
    "reclassify": lambda demand, staff, version: services.handling.reclassify(
        demand, category=factories.category("parking"), area=demand.area, actor=staff, version=version
    ),
}


@pytest.mark.parametrize("name", list(STALE))
def test_a_page_made_before_somebody_elses_change_is_refused(name, database):
    demand, staff = factories.demand(), factories.liaison_staff()
    factories.category("parking", name="停车")
    seen = demand.version
    services.handling.assign(demand, None, actor=factories.liaison_staff("colleague"))
    before = database()
    with pytest.raises(Stale, match="刚刚被他人修改"), transaction.atomic():
        STALE[name](demand, staff, seen)
    assert database() == before
    STALE[name](demand, staff, fresh(demand).version)


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("a move", lambda demand, staff: factories.move(demand, "accepted")),
        ("an answer", lambda demand, staff: services.handling.answer(demand, "答复", actor=staff)),
        ("an assignment", lambda demand, staff: services.handling.assign(demand, staff, actor=staff)),
        ("a publication", lambda demand, staff: factories.publish(demand, actor=staff)),
        ("an addition", lambda demand, staff: services.residents.add_information(demand, "补充", key=uuid.uuid4())),
        ("a deletion request", lambda demand, staff: services.residents.request_deletion(demand)),
        ("a withdrawn consent", lambda demand, staff: services.residents.withdraw_publication(demand)),
    ],
)
def test_a_change_makes_older_pages_stale(name, act):
    demand = factories.demand()
    act(demand, factories.liaison_staff())
    assert fresh(demand).version == 1


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("a note", lambda demand, staff: services.handling.note(demand, "备注", actor=staff)),
        ("a tap on 附议", lambda demand, staff: services.supports.add(demand, "visitor")),
        (
            "a change to what it is already",
            lambda demand, staff: services.handling.reclassify(
                demand, category=demand.category, area=demand.area, actor=staff
            ),
        ),
    ],
)
def test_what_changes_no_field_makes_no_page_stale(name, act):
    demand = factories.demand(public=True)
    version = fresh(demand).version
    act(demand, factories.liaison_staff())
    assert fresh(demand).version == version


# --- Answers, notes, assignment, classification ----------------------------------------------------------------------


def test_the_first_answer_is_the_one_that_counts():
    demand, staff = factories.demand(), factories.liaison_staff()
    first = services.handling.answer(demand, " 已经联系路灯所。 ", actor=staff)
    services.handling.answer(demand, "本周内修。", actor=staff)
    demand = fresh(demand)
    assert demand.answered_at == first.at
    assert [message.body for message in demand.messages.all()] == ["已经联系路灯所。", "本周内修。"]
    assert [message.office for message in demand.messages.all()] == ["湖东街道联络委"] * 2
    assert OutboxMessage.objects.filter(template="answered").count() == 2


@pytest.mark.parametrize("body", ["", "  ", "\n"])
def test_an_empty_answer_or_note_is_refused(body):
    demand, staff = factories.demand(), factories.liaison_staff()
    for act in (services.handling.answer, services.handling.note):
        with pytest.raises(Refused), transaction.atomic():
            act(demand, body, actor=staff)
    assert DemandMessage.objects.count() == 0


def test_a_note_is_for_staff_only_and_counts_as_no_answer():
    demand = factories.demand()
    services.handling.note(demand, "给路灯所打过电话", actor=factories.liaison_staff())
    assert list(demand.messages.for_resident()) == []
    assert fresh(demand).answered_at is None
    assert not OutboxMessage.objects.exclude(template="received").exists()


def test_a_demand_is_assigned_and_given_back():
    demand, staff = factories.demand(), factories.liaison_staff()
    assert services.handling.assign(demand, staff, actor=staff).assignee == staff
    assert services.handling.assign(demand, None, actor=staff).assignee is None
    details = AuditEntry.objects.filter(action=AuditAction.ASSIGNED).order_by("pk").values_list("detail", flat=True)
    assert list(details) == [f"user:{staff.pk}", ""]


def test_another_category_brings_its_own_deadlines_from_the_day_of_receipt():
    demand = factories.demand(
        category=factories.category(response_days=3, resolution_days=8), at=shanghai("2026-02-12T09:00:00")
    )
    parking = factories.category("parking", name="停车", response_days=1, resolution_days=2)
    place = factories.tree().other_compound
    services.handling.reclassify(demand, category=parking, area=place, actor=factories.liaison_staff())
    demand = fresh(demand)
    assert (demand.category, demand.area) == (parking, place)
    assert (demand.response_due, demand.resolution_due) == (day("2026-02-13"), day("2026-02-14"))
    assert AuditEntry.objects.get(action=AuditAction.RECLASSIFIED).detail == "category, area"


def test_another_place_leaves_the_deadlines_alone():
    demand = factories.demand()
    place = factories.tree().other_compound
    services.handling.reclassify(demand, category=demand.category, area=place, actor=factories.liaison_staff())
    again = fresh(demand)
    assert (again.response_due, again.resolution_due) == (demand.response_due, demand.resolution_due)
    assert again.ref == demand.ref
    assert AuditEntry.objects.get(action=AuditAction.RECLASSIFIED).detail == "area"


# --- Publication -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("consent", "basis", "allowed"),
    [
        (True, "web_consent", True),
        (False, "web_consent", False),
        (False, "oral_consent", True),
        (False, "nobody_concerned", True),
        (False, "already_public", True),
        (True, "oral_consent", True),
        (True, "", False),
        (True, "because", False),
    ],
)
def test_publication_needs_a_recorded_basis(consent, basis, allowed):
    demand = factories.demand(consent_publication=consent)
    if allowed:
        factories.publish(demand, basis=basis)
        assert list(Demand.objects.public()) == [demand]
        assert fresh(demand).publication_basis == basis
        assert AuditEntry.objects.get(action=AuditAction.PUBLISHED).detail == basis
    else:
        with pytest.raises(Refused), transaction.atomic():
            factories.publish(demand, basis=basis)
        assert not Demand.objects.public().exists()


@pytest.mark.parametrize("missing", [{"title": ""}, {"title": "  "}, {"summary": ""}, {"summary": "\n"}])
def test_publication_needs_title_and_summary(missing):
    demand = factories.demand()
    with pytest.raises(Refused, match="标题、摘要和公开依据"), transaction.atomic():
        factories.publish(demand, **missing)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("received", True),
        ("accepted", True),
        ("in_consultation", True),
        ("in_progress", True),
        ("resolved", True),
        ("confirmed", True),
        ("reopened", True),
        ("declined", True),
        ("split", True),
        ("merged", False),
        ("withdrawn", False),
    ],
)
def test_what_was_withdrawn_or_merged_is_not_published(status, allowed):
    demand = factories.demand(status)
    if allowed:
        assert factories.publish(demand, basis="nobody_concerned").is_public
    else:
        with pytest.raises(Refused), transaction.atomic():
            factories.publish(demand, basis="nobody_concerned")


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("demand_published_on_a_basis", {"published_at": timezone.now()}),
        (
            "demand_published_on_a_basis",
            {"published_at": timezone.now(), "public_title": "路灯", "publication_basis": "oral_consent"},
        ),
        ("demand_web_consent_is_there", {"publication_basis": "web_consent", "consent_publication": False}),
        ("demand_status_known|demand_closed_has_time", {"status": "solved"}),
        ("demand_status_known|demand_closed_has_time", {"status": "solved", "closed_at": timezone.now()}),
        ("demand_declined_has_reason", {"status": "declined", "closed_at": timezone.now()}),
        ("demand_declined_has_reason", {"decline_reason": "not_feasible"}),
        (
            "demand_out_of_remit_names_who",
            {"status": "declined", "closed_at": timezone.now(), "decline_reason": "out_of_remit"},
        ),
        ("demand_merged_has_target", {"status": "merged", "closed_at": timezone.now()}),
        ("demand_closed_has_time", {"status": "resolved"}),
        ("demand_closed_has_time", {"closed_at": timezone.now()}),
        ("demand_deadlines_in_order", {"response_due": "2030-01-02", "resolution_due": "2030-01-01"}),
    ],
)
def test_the_database_keeps_the_rules_whoever_writes(constraint, values):
    demand = factories.demand()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Demand.objects.filter(pk=demand.pk).update(**values)


def test_the_database_refuses_a_demand_merged_into_itself():
    demand = factories.demand()
    with pytest.raises(IntegrityError, match="demand_not_into_itself"), transaction.atomic():
        Demand.objects.filter(pk=demand.pk).update(status="merged", closed_at=timezone.now(), merged_into=demand)


def test_publishing_again_keeps_its_first_day_and_takes_the_new_words():
    demand = factories.demand(public=True)
    first = demand.published_at
    factories.publish(
        fresh(demand),
        title=" 新标题 ",
        summary="新摘要",
        result="已修好",
        basis="web_consent",
        actor=factories.liaison_staff(),
    )
    demand = fresh(demand)
    assert demand.published_at == first
    assert (demand.public_title, demand.public_summary, demand.public_result) == ("新标题", "新摘要", "已修好")


def test_taken_down_by_staff_its_words_stay_at_the_desk():
    demand = factories.demand(public=True)
    services.publishing.unpublish(demand, actor=factories.liaison_staff())
    demand = fresh(demand)
    assert not demand.is_public
    assert demand.unpublished_at is not None
    assert demand.public_title == "3 号门外路灯不亮"
    assert demand.consent_publication, "that was the resident's word, not ours"


@pytest.mark.parametrize(("basis", "left"), [("web_consent", ""), ("oral_consent", "oral_consent")])
def test_a_resident_takes_consent_back_and_page_and_photos_are_gone_at_once(basis, left):
    demand = factories.demand()
    factories.publish(demand, basis=basis)
    photo = factories.photo(demand, review="approved")
    assert list(DemandPhoto.objects.public()) == [photo]
    services.residents.withdraw_publication(demand)
    demand = fresh(demand)
    assert (demand.is_public, demand.consent_publication, demand.publication_basis) == (False, False, left)
    assert demand.unpublished_at is not None
    assert not Demand.objects.public().exists()
    assert not DemandPhoto.objects.public().exists()
    with pytest.raises(Refused), transaction.atomic():
        factories.publish(demand, basis="web_consent")


def test_consent_is_taken_back_before_anything_was_published():
    demand = factories.demand()
    services.residents.withdraw_publication(demand)
    demand = fresh(demand)
    assert (demand.consent_publication, demand.unpublished_at) == (False, None)


def test_a_demand_withdrawn_by_its_resident_is_off_the_public_pages():
    demand = factories.demand(public=True)
    factories.make_move(demand, "withdrawn", actor=RESIDENT)
    assert not Demand.objects.public().exists()
    assert not fresh(demand).consent_publication


@pytest.mark.parametrize(
    ("review", "published", "seen"),
    [
        ("pending", True, False),
        ("rejected", True, False),
        ("approved", True, True),
        ("approved", False, False),
    ],
)
def test_a_photo_is_public_only_approved_and_of_a_public_demand(review, published, seen):
    demand = factories.demand(public=published)
    photo = factories.photo(demand)
    services.publishing.review_photo(photo, review, actor=factories.liaison_staff(), alt=" 路灯杆 ")
    assert DemandPhoto.objects.public().exists() is seen
    assert DemandPhoto.objects.get().alt == "路灯杆"
    assert AuditEntry.objects.filter(action=AuditAction.PHOTO_REVIEWED, subject=demand.ref).count() == 1


# --- Erasing ---------------------------------------------------------------------------------------------------------


def test_erasing_leaves_a_tombstone_without_anything_personal(database, django_capture_on_commit_callbacks):
    staff = factories.liaison_staff()
    demand = factories.demand(
        public=True, called="金丝雀", phone="13987654321", description="金丝雀的话", place="金丝雀楼"
    )
    photo = factories.photo(demand, alt="金丝雀照片", review="approved")
    services.residents.add_information(demand, "金丝雀补充", key=uuid.uuid4())
    services.handling.answer(demand, "金丝雀您好", actor=staff)
    services.handling.note(demand, "金丝雀家", actor=staff)
    services.supports.add(demand, "visitor")
    for to in ("accepted", "resolved"):
        factories.move(demand, to)
    factories.publish(demand, title="金丝雀", summary="金丝雀", result="金丝雀", basis="web_consent", actor=staff)
    services.residents.rate(demand, work="satisfied", result="unsatisfied", comment="金丝雀评价")
    services.residents.request_deletion(demand)
    before = fresh(demand)
    assert list(Demand.objects.deletion_requested()) == [demand]

    with django_capture_on_commit_callbacks(execute=True):
        services.handling.erase(demand, actor=staff)

    written = " ".join(text or "" for text in database().values())
    for personal in ("金丝雀", "13987654321"):
        assert personal not in written
    assert not tells_digits(written, "4321")
    assert not default_storage.exists(photo.full) and not default_storage.exists(photo.thumbnail)
    assert contacts.Contact.objects.count() == OutboxMessage.objects.count() == DemandMessage.objects.count() == 0
    assert not Demand.objects.public().exists()
    assert not Demand.objects.deletion_requested().exists()

    tombstone = fresh(demand)
    assert tombstone.erased_at is not None
    assert tombstone.code_hash is None
    for figure in ("ref", "status", "category", "area", "received_at", "answered_at", "closed_at", "due_on"):
        assert getattr(tombstone, figure) == getattr(before, figure), figure
    assert tombstone.transitions.count() == 3
    assert (tombstone.support_count, Support.objects.count()) == (1, 1)
    rating = Rating.objects.get()
    assert (rating.work, rating.result, rating.comment) == ("satisfied", "unsatisfied", "")
    assert AuditEntry.objects.get(action=AuditAction.ERASED).subject == demand.ref


def test_erasing_twice_is_erasing_once():
    demand, staff = factories.demand(), factories.liaison_staff()
    first = services.handling.erase(demand, actor=staff).erased_at
    assert services.handling.erase(demand, actor=staff).erased_at == first
    assert AuditEntry.objects.filter(action=AuditAction.ERASED).count() == 1


@pytest.mark.parametrize("status", list(factories.WAYS))
def test_a_demand_is_erased_in_any_status(status):
    demand = factories.demand(status)
    assert services.handling.erase(demand, actor=SYSTEM).status == status


def test_an_erased_demand_is_neither_published_nor_added_to():
    demand = factories.demand()
    services.handling.erase(demand, actor=SYSTEM)
    with pytest.raises(Refused), transaction.atomic():
        factories.publish(fresh(demand), basis="nobody_concerned")
    with pytest.raises(Refused), transaction.atomic():
        services.residents.add_information(fresh(demand), "距回应期限", key=uuid.uuid4())


# --- Rating ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("work", "result", "status"),
    [
        ("satisfied", "satisfied", "confirmed"),
        ("unsatisfied", "satisfied", "confirmed"),
        ("unsure", "satisfied", "confirmed"),
        ("satisfied", "unsatisfied", "resolved"),
        ("satisfied", "unsure", "resolved"),
        ("unsatisfied", "unsatisfied", "resolved"),
    ],
)
def test_only_satisfied_with_the_result_confirms(work, result, status):
    demand = factories.demand("resolved")
    services.residents.rate(demand, work=work, result=result, comment=" 谢谢 ")
    assert fresh(demand).status == status
    rating = Rating.objects.get()
    assert (rating.work, rating.result, rating.comment) == (work, result, "谢谢")
    assert rating.closing.to_status == "resolved"


def test_a_declined_demand_is_rated_and_stays_declined():
    demand = factories.demand("declined")
    services.residents.rate(demand, work="satisfied", result="satisfied")
    assert fresh(demand).status == "declined"


@pytest.mark.parametrize(
    "status",
    ["received", "accepted", "in_consultation", "in_progress", "reopened", "merged", "split", "withdrawn"],
)
def test_what_is_not_closed_by_the_office_is_not_rated(status):
    with pytest.raises(Refused, match="还没有办结"), transaction.atomic():
        services.residents.rate(factories.demand(status), work="satisfied", result="satisfied")
    assert Rating.objects.count() == 0


@pytest.mark.parametrize("result", ["satisfied", "unsatisfied"])
def test_a_closing_is_rated_once(result):
    demand = factories.demand("resolved")
    services.residents.rate(demand, work="satisfied", result=result)
    with pytest.raises(Refused, match="已经评价"), transaction.atomic():
        services.residents.rate(demand, work="unsatisfied", result="unsatisfied")
    assert Rating.objects.count() == 1


def test_reopened_and_resolved_again_it_is_rated_again():
    demand = factories.demand("resolved")
    services.residents.rate(demand, work="satisfied", result="unsatisfied")
    factories.move(demand, "reopened")
    factories.move(demand, "resolved")
    services.residents.rate(demand, work="satisfied", result="satisfied")
    assert fresh(demand).status == "confirmed"
    assert list(Rating.objects.values_list("result", flat=True)) == ["unsatisfied", "satisfied"]
    assert len(set(Rating.objects.values_list("closing", flat=True))) == 2


def test_rating_and_reopening_in_one_is_both_or_neither():
    demand = factories.demand("resolved")
    with pytest.raises(Refused), transaction.atomic():
        services.residents.rate_and_reopen(demand, result="unsatisfied", reason=" ")
    assert Rating.objects.count() == 0
    services.residents.rate_and_reopen(demand, result="unsatisfied", reason="还是不亮。")
    rating = Rating.objects.get()
    assert (fresh(demand).status, rating.work, rating.result, rating.comment) == ("reopened", "", "unsatisfied", "")
    assert [message.body for message in demand.messages.filter(kind="reason")] == ["还是不亮。"]


@pytest.mark.django_db(transaction=True)
def test_two_ratings_at_once_are_one():
    demand = factories.demand("resolved")
    results = at_once(*[lambda: services.residents.rate(demand, work="satisfied", result="satisfied")] * 4)
    assert sorted(type(result).__name__ for result in results) == ["Rating", "Refused", "Refused", "Refused"]
    assert fresh(demand).transitions.filter(to_status="confirmed").count() == 1


# --- 附议 ------------------------------------------------------------------------------------------------------------


def test_a_visitor_supports_once():
    demand = factories.demand(public=True)
    assert services.supports.add(demand, "one") is True
    assert services.supports.add(demand, "one") is False
    assert services.supports.add(demand, "two") is True
    assert fresh(demand).support_count == Support.objects.count() == 2
    assert "one" not in Support.objects.values_list("visitor", flat=True)


def test_a_visitor_supports_several_demands():
    first, second = factories.demand(public=True), factories.demand(public=True)
    assert services.supports.add(first, "one") and services.supports.add(second, "one")


def test_what_is_not_public_is_not_supported():
    demand = factories.demand()
    with pytest.raises(Refused), transaction.atomic():
        services.supports.add(demand, "one")
    assert Support.objects.count() == fresh(demand).support_count == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("visitors", "count"), [(["one"] * 8, 1), (list("abcdefgh"), 8), (["one", "two"] * 4, 2)])
def test_support_at_once_is_counted_right(visitors, count):
    demand = factories.demand(public=True)
    results = at_once(*[lambda visitor=visitor: services.supports.add(demand, visitor) for visitor in visitors])
    assert sorted(results) == [False] * (8 - count) + [True] * count
    assert fresh(demand).support_count == Support.objects.count() == count


# --- More from the resident ------------------------------------------------------------------------------------------


def test_an_addition_sent_twice_is_there_once():
    demand, key = factories.demand(), uuid.uuid4()
    first = services.residents.add_information(demand, " 还有一处不亮。 ", key=key)
    assert services.residents.add_information(demand, "还有一处不亮。", key=key) == first
    assert first.body == "还有一处不亮。"
    assert demand.messages.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_addition_sent_six_times_at_once_is_there_once_with_its_photo():
    demand, key, photo = factories.demand(), uuid.uuid4(), factories.staged_photo()
    results = at_once(*[lambda: services.residents.add_information(demand, "", key=key, photos=[photo.key])] * 6)
    assert len({message.pk for message in results}) == 1
    assert demand.messages.count() == demand.photos.count() == 1


@pytest.mark.parametrize(
    ("status", "open_to_it"),
    [
        ("received", True),
        ("accepted", True),
        ("in_consultation", True),
        ("in_progress", True),
        ("resolved", True),
        ("confirmed", True),
        ("reopened", True),
        ("declined", True),
        ("merged", True),
        ("split", True),
        ("withdrawn", False),
    ],
)
def test_additions_are_taken_until_it_is_withdrawn(status, open_to_it):
    demand = factories.demand(status)
    if open_to_it:
        assert services.residents.add_information(demand, "补充", key=uuid.uuid4())
    else:
        with pytest.raises(Refused), transaction.atomic():
            services.residents.add_information(demand, "补充", key=uuid.uuid4())


def test_an_addition_without_words_or_photos_is_refused():
    with pytest.raises(Refused), transaction.atomic():
        services.residents.add_information(factories.demand(), "  ", key=uuid.uuid4())


def test_a_demand_takes_twelve_photos_and_no_more(database):
    demand = factories.demand()
    for _ in range(12):
        factories.photo(demand)
    more = factories.staged_photo()
    before = database()
    with pytest.raises(Refused, match="12"), transaction.atomic():
        services.residents.add_information(demand, "再来一张", key=uuid.uuid4(), photos=[more.key])
    assert database() == before


def test_a_deletion_request_keeps_its_first_day():
    demand = factories.demand()
    first = services.residents.request_deletion(demand).deletion_requested_at
    assert first is not None
    assert services.residents.request_deletion(demand).deletion_requested_at == first
    assert list(Demand.objects.deletion_requested()) == [demand]


@pytest.mark.parametrize(
    ("ref", "address", "sent"),
    [
        ("right", "13912345678", 1),
        ("right", "+86 139-1234-5678", 1),
        ("right", "wang@example.com", 1),
        ("right", "5678", 1),
        ("right", "2222", 0),
        ("right", "13912345679", 0),
        ("right", "other@example.com", 0),
        ("right", "", 0),
        ("wrong", "13912345678", 0),
        ("", "13912345678", 0),
    ],
)
def test_a_lost_code_is_answered_through_the_stored_contact_only(ref, address, sent):
    demand = factories.demand(email="wang@example.com")
    factories.demand(phone="13911112222", called="")
    factories.demand(phone="", email="", called="只有称呼")
    services.residents.send_link({"right": demand.ref, "wrong": "NH-1999-00001"}.get(ref, ref), address)
    links = OutboxMessage.objects.filter(template="link")
    assert links.count() == sent
    assert all(link.contact == demand.contact for link in links)


def test_asking_again_within_the_hour_sends_one_link():
    demand = factories.demand(email="wang@example.com")
    hour = timezone.now()
    for address in ("13912345678", "+86 139-1234-5678", "wang@example.com", "WANG@example.com", "13912345678"):
        services.residents.send_link(demand.ref, address)
    assert OutboxMessage.objects.filter(template="link").count() in (1, 1 + (timezone.now().hour != hour.hour))


# --- Merging and reopening -------------------------------------------------------------------------------------------


def test_a_demand_is_merged_into_another():
    demand, target = factories.demand(), factories.demand()
    factories.make_move(demand, "merged", actor=factories.liaison_staff(), target=target)
    demand = fresh(demand)
    assert (demand.status, demand.merged_into) == ("merged", target)
    assert list(target.merged.all()) == [demand]


def test_a_demand_is_not_merged_into_itself(database):
    demand = factories.demand()
    before = database()
    with pytest.raises(TransitionNotAllowed, match="不能并入它自己"), transaction.atomic():
        factories.make_move(demand, "merged", target=demand)
    assert database() == before


@pytest.mark.parametrize("status", ["merged", "withdrawn"])
def test_nothing_is_merged_into_what_was_merged_or_withdrawn(status):
    target = factories.demand(status)
    with pytest.raises(TransitionNotAllowed, match=target.ref), transaction.atomic():
        factories.make_move(factories.demand(), "merged", target=target)


@pytest.mark.parametrize("status", ["received", "in_progress", "reopened", "split"])
def test_what_is_still_handled_takes_another_in(status):
    target = factories.demand(status)
    assert factories.make_move(factories.demand(), "merged", target=target).merged_into == target


@pytest.mark.django_db(transaction=True)
def test_two_demands_merged_into_each_other_at_once_are_merged_once():
    one, other = factories.demand(), factories.demand()
    results = at_once(
        lambda: factories.make_move(one, "merged", target=other),
        lambda: factories.make_move(other, "merged", target=one),
    )
    assert sorted(type(result).__name__ for result in results) == ["Demand", "TransitionNotAllowed"]
    assert Demand.objects.filter(status="merged").count() == 1


@pytest.mark.django_db(transaction=True)
def test_three_demands_merged_in_a_ring_at_once_keep_one_open():
    ring = [factories.demand() for _ in range(3)]
    pairs = itertools.pairwise([*ring, ring[0]])
    results = at_once(
        *[
            lambda one=one, next_one=next_one: factories.make_move(one, "merged", target=next_one)
            for one, next_one in pairs
        ]
    )
    assert {type(result).__name__ for result in results} == {"Demand", "TransitionNotAllowed"}
    assert Demand.objects.open().count() >= 1


def test_reopening_sets_a_new_deadline_from_that_day():
    category = factories.category(response_days=3, resolution_days=8)
    demand = factories.demand("resolved", category=category, at=shanghai("2026-01-05T09:00:00"))
    factories.acting_at(
        shanghai("2026-02-12T23:00:00"), factories.make_move, demand, "reopened", reason="还是不亮。", actor=RESIDENT
    )
    demand = fresh(demand)
    assert demand.closed_at is None
    assert demand.resolution_due == demand.due_on == day("2026-03-02")
    [reason] = demand.messages.filter(kind="reason")
    assert reason.body == "还是不亮。"


# --- Codes -----------------------------------------------------------------------------------------------------------


def test_a_new_code_voids_the_old_one():
    old, new = new_code(), new_code()
    demand = factories.demand(code=old)
    services.residents.replace_code(demand, new)
    assert not Demand.objects.filter(code_hash=code_hash(old)).exists()
    assert Demand.objects.get(code_hash=code_hash(new)) == demand


# --- Written once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE demands_demandtransition SET to_status = 'resolved'",
        "UPDATE demands_demandtransition SET at = now()",
        "DELETE FROM demands_demandtransition",
    ],
)
def test_a_move_once_made_stays_as_it_was_made(sql, database):
    factories.demand("accepted")
    before = database()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert database() == before


def test_a_move_is_not_changed_through_django_either():
    move = factories.demand().transitions.get()
    move.to_status = "resolved"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        move.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        DemandTransition.objects.all().update(reason="x")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        move.delete()


def test_a_demand_is_never_deleted():
    demand = factories.demand()
    with pytest.raises(ProtectedError), transaction.atomic():
        demand.delete()


def written_statuses(source: str) -> list[int]:
    """Lines that write a row's status: by assignment, by `setattr`, as an argument of `update` and the like."""
    writers = {"update", "create", "get_or_create", "update_or_create", "Demand"}
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == "status":
            lines.append(node.lineno)
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in writers and any(keyword.arg == "status" for keyword in node.keywords):
                lines.append(node.lineno)
            if called == "setattr" and any(getattr(arg, "value", "") == "status" for arg in node.args):
                lines.append(node.lineno)
    return lines


def test_a_status_is_assigned_in_services_only():
    # One door for each: demands, dispatches, proposals, events, sign-ups, topics, agreements and projects, resources,
    # their bookings, duties, lists that come in. The last three have a status of another kind: a message's, an answer's
    # over HTTP.
    exempt = {
        "demands/services/transitions.py",
        "demands/services/batches.py",
        "demands/services/undoing.py",
        "demands/services/dispatches.py",
        "demands/services/proposal_moves.py",
        "members/services/bookings.py",
        "members/services/duties/evidence.py",
        "members/services/resources.py",
        "foundation/transitions.py",
        "consultation/services/events.py",
        "consultation/services/sign_ups.py",
        "consultation/services/topics.py",
        "consultation/services/projects.py",
        "foundation/outbox.py",
        "foundation/sending.py",
        "foundation/receipts.py",
        "tools/bench/client.py",
    }
    found = []
    for app in ("consultation", "demands", "foundation", "members", "nanhu_portal"):
        for path in sorted((ROOT / app).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name not in exempt and "migrations" not in path.parts:
                found += [f"{name}:{line}" for line in written_statuses(path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "demand.status = 'resolved'",
        "a, demand.status = 1, 2",
        "demand.status: str = ''",
        "setattr(demand, 'status', to)",
        "Demand.objects.filter(pk=1).update(status='resolved')",
        "Demand(ref='x', status='resolved')",
        "Demand.objects.create(status='resolved')",
    ],
)
def test_that_reading_of_the_source_sees_every_way(source):
    assert written_statuses(source) == [1]
    assert written_statuses("found = demand.status == 'resolved'; rows.filter(status='resolved')") == []


def test_the_statuses_in_these_tests_are_all_there_are():
    assert set(factories.WAYS) == set(DemandStatus)
