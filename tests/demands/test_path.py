"""How far it is from a button to the outbox, in files of ours: what a reader has to open to follow one press."""

import sys
from pathlib import Path

import pytest

from demands.admin import handling
from foundation import outbox
from foundation.outbox import OutboxMessage
from nanhu_portal.embedded import ROOT
from tests import factories

pytestmark = pytest.mark.django_db

# What reads an account's permissions, wherever they are asked for, is no part of the way.
PERMISSIONS = ROOT / "foundation" / "backends.py"
APPS = {"nanhu_portal", "demands", "members", "consultation", "foundation"}


def files_between(start, end, press) -> list[str]:
    """Our files whose functions are called from the first call of one function to the first call of another."""
    found, recording = {}, False

    def profile(frame, event, argument):
        nonlocal recording
        if event != "call":
            return
        recording = recording or frame.f_code is start.__code__
        path = Path(frame.f_code.co_filename)
        ours = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in APPS
        if recording and ours and path != PERMISSIONS:
            found[str(path.relative_to(ROOT))] = None
        if recording and frame.f_code is end.__code__:
            sys.setprofile(None)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        press()
    finally:
        sys.setprofile(before)
    return list(found)


def test_from_the_button_accept_to_the_outbox_it_is_at_most_twelve_files(liaison_client):
    demand = factories.demand()
    page = f"/admin/demands/demand/{demand.pk}/move/accepted/"
    files = files_between(
        handling.move,
        outbox.enqueue,
        lambda: liaison_client.post(page, {"version": demand.version}),
    )
    assert OutboxMessage.objects.filter(template="accepted", subject_ref=demand.ref).exists()
    assert files[0] == "demands/admin/handling.py"
    assert files[-1] == "foundation/outbox.py"
    assert len(files) <= 12, "\n".join(files)
