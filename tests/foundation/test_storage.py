"""Files are there whole or not at all; those that no row names are swept away, and no others."""

import os
import stat
import time
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from consultation.models import Picture
from consultation.models.subdistricts import SubdistrictProfile
from demands.models import DemandPhoto
from foundation import storage, uploads
from foundation.uploads import StagedPhoto
from members.models import DutyPhoto, Member, ProfileChange
from tests import factories
from tests.full import full_disk

NAMED = {StagedPhoto, DemandPhoto, DutyPhoto, Picture, Member, ProfileChange, SubdistrictProfile}


def files() -> set[str]:
    root = Path(default_storage.location)
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def left_over(name: str, days: float = 1.1) -> str:
    """A file without a row, so many days old."""
    default_storage.save(name, ContentFile(b"left over"))
    aged(name, days)
    return name


def aged(name: str, days: float) -> None:
    then = time.time() - days * 24 * 3600
    os.utime(default_storage.path(name), (then, then))


# --- Whole or not at all ---------------------------------------------------------------------------------------------


def test_a_file_gets_its_name_once_it_is_on_the_disk(monkeypatch):
    path = Path(default_storage.path("photos/2026/07/a.jpg"))
    seen = []

    def sync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        seen.append(("folder" if is_folder else "file", path.exists()))
        if not is_folder:
            assert os.fstat(descriptor).st_size == 5

    default_storage.save("photos/2026/06/a.jpg", ContentFile(b"first"))
    monkeypatch.setattr(storage, "sync", sync)
    default_storage.save("photos/2026/07/a.jpg", ContentFile(b"whole"))
    # The folder above, of which one was made, then the file, then the folder in which it got its name.
    assert seen == [("folder", False), ("file", False), ("folder", True)]
    assert path.read_bytes() == b"whole"


def test_the_portals_group_may_read_files_and_nobody_else():
    mask = os.umask(0o000)
    try:
        default_storage.save("photos/2026/07/a.jpg", ContentFile(b"a"))
    finally:
        os.umask(mask)
    path = Path(default_storage.path("photos/2026/07/a.jpg"))
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent, path.parents[1], path.parents[2])]
    assert modes == [0o640, 0o750, 0o750, 0o750]


def test_what_did_not_fit_leaves_nothing():
    with full_disk(), pytest.raises(OSError, match="too large"):
        default_storage.save("photos/2026/07/a.jpg", ContentFile(bytes(5000)))
    assert files() == set()


@pytest.mark.parametrize("at", [1, 2])
def test_what_did_not_reach_the_disk_leaves_nothing(monkeypatch, at):
    default_storage.save("photos/2026/07/before.jpg", ContentFile(b"b"))
    calls = []

    def sync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == at:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "sync", sync)
    with pytest.raises(OSError, match="No space"):
        default_storage.save("photos/2026/07/a.jpg", ContentFile(b"a"))
    assert files() == {"photos/2026/07/before.jpg"}


# --- Files and rows --------------------------------------------------------------------------------------------------

NAME = "photos/2026/07/" + "0" * 31


def test_every_field_that_names_a_file_is_known_to_the_sweep():
    assert {(field.model, field.name) for field in storage.fields()} == {
        (model, name) for model in NAMED for name in ("full", "thumbnail")
    }
    like = {model for model in apps.get_models() for field in model._meta.fields if field.name in ("full", "thumbnail")}
    assert like == NAMED


@pytest.mark.django_db
def test_the_sweep_deletes_what_no_row_names_and_nothing_else(caplog):
    rows = [
        factories.staged_photo(),
        factories.photo(factories.demand()),
        factories.picture(venue=factories.venue()),
        _with_portrait(factories.committee_member()),
    ]
    kept = {name for row in rows for name in (row.full, row.thumbnail)}
    assert kept == files() and len(kept) == 8
    for name in kept:
        aged(name, 400)
    young = left_over(f"{NAME}1.jpg", days=0.9)
    not_ours = left_over("photos/2026/07/readme.txt", days=400)
    orphans = [f"{NAME}2.jpg", f"{NAME}2-s.jpg", f"{NAME}3.jpg.part", "portraits/2020/01/" + "a" * 32 + ".jpg"]
    for name in orphans:
        left_over(name)
    with caplog.at_level("INFO", "nanhu.photos"):
        assert storage.sweep_orphans() == 4
        assert storage.sweep_orphans() == 0
    assert files() == kept | {young, not_ours}
    assert [record.getMessage() for record in caplog.records] == ["photo files that no row names deleted: 4"]


def _with_portrait(member: Member) -> Member:
    full, thumbnail = uploads.keep(uploads.read_photo(factories.jpeg()), "portraits")
    Member.objects.filter(pk=member.pk).update(full=full, thumbnail=thumbnail)
    member.refresh_from_db()
    return member


@pytest.mark.django_db
def test_all_files_without_a_row_are_another_databases_and_stay(caplog, monkeypatch):
    monkeypatch.setattr(storage, "MOST_ORPHANS", 2)
    for number in range(3):
        left_over(f"{NAME}{number}.jpg")
    assert storage.sweep_orphans() == 0
    assert len(files()) == 3
    assert "3 of 3 photo files are named by no row; none deleted." in caplog.text


@pytest.mark.django_db
def test_the_names_of_all_rows_are_read_by_one_statement(django_assert_num_queries):
    """Two would miss a name that moves from a row read later to one read before, and delete its file."""
    left_over(f"{NAME}1.jpg")
    with django_assert_num_queries(1):
        assert storage.sweep_orphans() == 1
