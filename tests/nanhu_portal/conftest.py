"""The demo content, loaded once a run for all who read it."""

import pytest
from django.db import transaction

from tests import databases


@pytest.fixture(scope="session")
def demo_database(migrated, django_db_blocker, tmp_path_factory):
    """A database with the demo content, the same for all workers, and what the command said when it was loaded."""
    with django_db_blocker.unblock():
        return databases.DEMO, databases.demo(migrated, tmp_path_factory.mktemp("media"))


@pytest.fixture
def demo(demo_database, django_db_blocker):
    """The demo content for one test, which may change it: that is rolled back. Gives what the command said."""
    name, said = demo_database
    with django_db_blocker.unblock(), databases.connected_to(name), transaction.atomic():
        yield said
        transaction.set_rollback(True)
