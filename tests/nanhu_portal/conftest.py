"""The demo content, loaded once a run for all tests that read it."""

import pytest
from django.db import transaction

from tests import databases


@pytest.fixture(scope="session")
def demo_database(migrated, django_db_blocker, tmp_path_factory):
    """A database with the demo content, shared by all workers, and the output of the command that loaded it."""
    with django_db_blocker.unblock():
        return databases.DEMO, databases.demo(migrated, tmp_path_factory.mktemp("media"))


@pytest.fixture
def demo(demo_database, django_db_blocker):
    """The demo content for one test, whose changes are rolled back. Yields the output of the command."""
    name, output = demo_database
    with django_db_blocker.unblock(), databases.connected_to(name), transaction.atomic():
        yield output
        transaction.set_rollback(True)
