"""What every test stands on: an environment for the settings, a database of its own, and a client for each role.

The environment is completed when this module loads, before Django reads it. Under pytest-xdist that happens first in
the controller; its workers inherit the environment and start no cluster of their own. Each run has databases of its
own name, so that two runs at once do not meet, and drops them at its end.
"""

import gc
import itertools
import math
import os

import pytest

from nanhu_portal import embedded

ENVIRONMENT = {
    "DEMO": "1",
    "SECRET_KEY": "only-for-tests-and-nowhere-else-0123456789",
    "CONTACT_KEYS": "only-for-tests-a-key-of-contacts-0123456789",
    "SITE_URL": "http://portal.example",
    "ALLOWED_HOSTS": "portal.example,127.0.0.1,localhost",
    "EMAIL_URL": "memorymail://",
    "SMS_BACKEND": "console://",
    "CACHE_URL": "locmemcache://",
    "DJANGO_SETTINGS_MODULE": "nanhu_portal.settings",
    "TEST_DATABASE": f"test_{os.getpid()}",
}
for name, value in ENVIRONMENT.items():
    os.environ.setdefault(name, value)

numbers = itertools.count()
no_database = ""
if not os.environ.get("DATABASE_URL"):
    try:
        os.environ["DATABASE_URL"] = embedded.start("postgres-test", durable=False)
    except embedded.EmbeddedError as error:
        # Tests without a database (the layers, say) run all the same.
        no_database, os.environ["DATABASE_URL"] = str(error), "postgres://nobody@127.0.0.1:9/none"

from django.conf import settings as django_settings  # noqa: E402 - only now is the environment complete

# pytest-django sets Django up after this module, and only when the settings were read.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django_settings.STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Without the manifest pages render though nobody ran collectstatic.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
for _database in django_settings.DATABASES.values():
    _database.setdefault("TEST", {})["NAME"] = os.environ["TEST_DATABASE"]


@pytest.fixture(scope="session", autouse=True)
def whitenoise_without_collectstatic(tmp_path_factory):
    """WhiteNoise warns of a missing STATIC_ROOT, and warnings are errors."""
    django_settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session")
def migrated(django_db_blocker):
    """The name of a migrated database to copy from; where there is no server at all, say why once."""
    if no_database:
        pytest.exit(no_database)
    from tests import databases  # needs apps

    with django_db_blocker.unblock():
        name, line = databases.migrated()
    yield name
    line.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, migrated):
    """Each xdist worker has its own database, a copy."""
    django_settings.DATABASES["default"]["TEST"]["TEMPLATE"] = migrated


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Empty what tests committed by a quicker way than Django's; gives what does it, or None."""
    from django.test import TransactionTestCase  # apps are ready only now

    from tests import databases  # needs apps

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        emptying = databases.Emptying() if databases.is_superuser() else None
        if emptying:
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: emptying.empty())
        yield emptying


def pytest_collection_modifyitems(items):
    """What needs the demo content comes first, in one worker: else one loads it while the others wait."""
    items.sort(key=lambda item: "demo" not in item.fixturenames)


def pytest_collection_finish():
    """What is loaded now stays: looking through all of it for garbage again and again takes a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def pytest_sessionfinish(session):
    """What the workers shared goes when the last of them is done."""
    if not no_database and not hasattr(session.config, "workerinput"):
        from tests import databases  # needs apps

        databases.drop_demo()


@pytest.fixture(autouse=True)
def clean_surroundings(settings, tmp_path_factory):
    """No test sees another's cached rows, files or language."""
    from django.core.cache import cache  # settings are read only now
    from django.utils import translation

    from foundation import cached
    from tests import factories  # imports models

    # However long a test takes on a busy machine: what it counts does not change with the minute.
    cached.SECONDS = math.inf
    # Made when a file is kept, and not before: a `tmp_path` for each of thousands of tests takes its time.
    settings.MEDIA_ROOT = tmp_path_factory.getbasetemp() / "media" / str(next(numbers))
    # The test client leaves the language of its last request on.
    translation.activate(settings.LANGUAGE_CODE)
    factories.standing.clear()
    cache.clear()
    cached.forget_all()
    yield
    cache.clear()
    cached.forget_all()


# --- One client for each role. Their accounts stand in the tree of `factories.tree()`. -----------------------------


def _client_of(user):
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # apps are ready only now
    from django.test import Client  # the same

    client = Client()
    if user is not None:
        # What signing in leaves in the session, without all it sets off: thousands of tests need an account.
        session = client.session
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "foundation.backends.RoleBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
    client.user = user
    return client


@pytest.fixture
def resident(db):
    """Nobody: residents never sign in."""
    return _client_of(None)


@pytest.fixture
def member_client(db):
    from tests import factories  # imports models

    return _client_of(factories.member())


@pytest.fixture
def community_client(db):
    """Staff of the first community of the tree."""
    from tests import factories  # imports models

    return _client_of(factories.community_staff())


@pytest.fixture
def liaison_client(db):
    """Staff of the whole subdistrict."""
    from tests import factories  # imports models

    return _client_of(factories.liaison_staff())


@pytest.fixture
def auditor_client(db):
    from tests import factories  # imports models

    return _client_of(factories.auditor())


@pytest.fixture
def admin_client(db):
    """The superuser."""
    from tests import factories  # imports models

    return _client_of(factories.superuser())
