"""A full disk is a sentence, and leaves neither a row without its files nor half a file."""

import contextlib
import io
import os
import random
import subprocess
import threading
from pathlib import Path

import pytest
from PIL import Image

from tests.factories import image_bytes
from tests.faults.cluster import until
from tests.faults.photos import TEXT, kept_photos, send_photos, takes_photos
from tests.faults.portal import running
from tests.pages import form, words

pytestmark = pytest.mark.faults

FULL = "照片暂时无法保存，请稍后再试，也可以先不上传照片。"


@pytest.fixture
def small_disk(tmp_path):
    """A function that mounts a disk of so many MB."""
    mounted = []

    def mount(name: str, megabytes: int) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip("there is no mount here")
        if done.returncode:
            pytest.skip(f"no disk of a chosen size can be made here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def grainy(megabytes: float) -> bytes:
    """A photo that cannot be made much smaller, as a file of about so many MB."""
    side = int((megabytes * 1024 * 1024 / 3) ** 0.5)
    output = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3)).save(output, "PNG")
    return output.getvalue()


def stored(portal) -> set[str]:
    """The names of all files, as rows have them."""
    tables = ["foundation_stagedphoto", "demands_demandphoto"]
    union = " UNION ALL ".join(f"SELECT full, thumbnail FROM {table}".replace("full", '"full"') for table in tables)  # noqa: S608
    return {name for row in portal.cluster.ask(union) for name in row}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def check_whole(folder: Path, names: set[str]) -> None:
    for name in names:
        with Image.open(folder / name) as image:
            image.load()
        assert (folder / name).stat().st_mode & 0o777 == 0o640


@pytest.fixture
def no_photos(portal):
    portal.cluster.ask("DELETE FROM foundation_stagedphoto; DELETE FROM demands_demandphoto")


def test_a_full_disk_is_a_sentence_and_what_is_there_is_whole(portal, no_photos, small_disk):
    media = small_disk("photos", 3)
    portal.environment["MEDIA_ROOT"] = str(media)
    picture = grainy(1.5)
    with running(portal, "web"):
        visitor = portal.visitor()
        answers = [send_photos(visitor, [picture])]
        while FULL not in words(answers[-1]):
            assert kept_photos(answers[-1]) == 1 and len(answers) < 50
            answers.append(send_photos(visitor, [picture]))
        assert len(answers) > 1, "the first ones fit"
        assert (answers[-1].status, form(answers[-1], "description").values["description"]) == (422, TEXT)
        assert stored(portal) == files(media)
        check_whole(media, files(media))
        # Reading goes on; with room again, so does writing.
        assert portal.answers("/demands/")
        (media / sorted(files(media))[0]).unlink()
        assert takes_photos(visitor)


def test_no_room_for_the_upload_itself_is_a_sentence_too(portal, no_photos, small_disk):
    portal.environment["TMPDIR"] = str(small_disk("uploads", 1))
    with running(portal, "web"):
        answer = send_photos(portal.visitor(), [grainy(4)])
        assert FULL in words(answer)
        assert (answer.status, form(answer, "description").values["description"]) == (422, TEXT)
        assert takes_photos(portal.visitor())


def test_a_kill_leaves_no_row_without_its_files_and_the_sweep_no_file_without_its_row(portal, no_photos):
    media = Path(portal.environment["MEDIA_ROOT"])
    picture, enough = image_bytes(size=(400, 300)), threading.Event()

    def send(number: int) -> None:
        while not enough.is_set():
            number += 7
            with contextlib.suppress(Exception):  # it is killed over and over
                send_photos(portal.visitor(f"198.51.{number % 200}.{number % 250}"), [picture])

    senders = [threading.Thread(target=send, args=(number,)) for number in range(3)]
    with running(portal, "web"):
        for thread in senders:
            thread.start()
        for _round in range(4):
            before = len(stored(portal))
            until(lambda least=before: len(stored(portal)) > least + 6, f"photos arrive: {portal.said()}")
            portal.kill("web")
            portal.start("web")
        enough.set()
        for thread in senders:
            thread.join(60)
    left = files(media)
    assert stored(portal) <= left
    check_whole(media, stored(portal))
    # As if of the day before, one of them without its row in any case.
    (media / "photos/2020/01").mkdir(parents=True)
    (media / f"photos/2020/01/{'0' * 32}.jpg.part").write_bytes(b"half a")
    for name in files(media):
        os.utime(media / name, (0, 0))
    said = portal.manage("shell", "-v0", "-c", "from foundation import storage; print(storage.sweep_orphans())")
    assert int(said) == len(left - stored(portal)) + 1
    assert files(media) == stored(portal)
