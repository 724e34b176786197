"""A machine on which the portal is installed, once a run. `make test-deploy` runs these tests."""

import os
from pathlib import Path

import pytest

from tests.deploy import machine
from tests.deploy.trying import Way


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.deploy)


@pytest.fixture(scope="session")
def way(tmp_path_factory):
    """The way from an empty Debian to an installed portal; tests go on from there, in their order."""
    if lacking := machine.missing():
        if os.environ.get("CI"):
            pytest.fail(f"lacking: {', '.join(lacking)}")
        pytest.skip(f"lacking: {', '.join(lacking)}")
    made = Way(os.environ.get("SUITE", "trixie"), tmp_path_factory.mktemp("deploy"))
    try:
        for step in (Way.pack, Way.make_machine, Way.install_packages, Way.boot, Way.install):
            made.take(step)
        yield made
    finally:
        made.machine.remove()
