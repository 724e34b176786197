"""A machine on which the portal is installed, once a run. `make test-deploy` runs these tests."""

import os
import warnings
from pathlib import Path

import pytest

from tests.deploy import machine
from tests.deploy.trying import Way


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.deploy)
            if "way" in item.fixturenames:
                item.add_marker(pytest.mark.machine)


@pytest.fixture(scope="session")
def way(tmp_path_factory):
    """The way from an empty Debian to an installed portal; tests go on from there, in their order."""
    if lacking := machine.missing():
        _do_without(f"lacking: {', '.join(lacking)}")
    made = Way(os.environ.get("SUITE", "trixie"), tmp_path_factory.mktemp("deploy"))
    try:
        # Nothing of the portal is in it yet: what fails here is what this machine may not do.
        try:
            for step in (Way.make_machine, Way.boot):
                made.take(step)
        except machine.Failed as failed:
            _do_without(f"no Debian can be made and booted here: {failed}")
        made.machine.stop()
        for step in (Way.pack, Way.install_packages, Way.boot, Way.install):
            made.take(step)
        yield made
    finally:
        made.machine.remove()


def _do_without(reason: str) -> None:
    """Skip, so that everybody sees it; where REQUIRE_MACHINE is set, fail."""
    if os.environ.get("REQUIRE_MACHINE", "") not in ("", "0"):
        pytest.fail(reason)
    with warnings.catch_warnings():
        # Warnings are errors here, but this one should appear in the summary.
        warnings.simplefilter("always")
        warnings.warn(f"NO INSTALLATION WAS TRIED: {reason}", stacklevel=2)
    pytest.skip(reason)
