"""Fixtures of all tests: an environment for the settings, a database, and a client for each role.

The environment is set when this module loads, before Django reads it. Under pytest-xdist that happens first in the
controller; its workers inherit the environment and start no cluster of their own. Each run has uniquely named
databases, so that concurrent runs do not conflict, and drops them at the end.
"""

import contextlib
import copy
import datetime
import gc
import importlib
import itertools
import math
import os
import secrets
import shutil
import sys
import threading
import time

import pytest

from nanhu_portal import embedded
from nanhu_portal.frames import in_one_piece
from tests.parts import Parts

ENVIRONMENT = {
    "DEMO": "1",
    "SECRET_KEY": "only-for-tests-and-nowhere-else-0123456789-0123456789",
    "CONTACT_KEYS": "only-for-tests-a-key-of-contacts-0123456789",
    "SITE_URL": "http://portal.example",
    "ALLOWED_HOSTS": "portal.example,127.0.0.1,localhost",
    "EMAIL_URL": "memorymail://",
    "SMS_BACKEND": "console://",
    "CACHE_URL": "locmemcache://",
    "DJANGO_SETTINGS_MODULE": "nanhu_portal.settings",
    "TEST_DATABASE": f"test_{os.getpid()}",
    "HYPOTHESIS_STORAGE_DIRECTORY": str(embedded.VAR / "hypothesis"),
}
for name, value in ENVIRONMENT.items():
    os.environ.setdefault(name, value)

# Bytecode is written whatever the shell says. Without, each worker and each process that a test starts would compile
# the portal, and each worker all tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

numbers = itertools.count()
no_database = ""
if not os.environ.get("DATABASE_URL"):
    try:
        os.environ["DATABASE_URL"] = embedded.start("postgres-test", durable=False)
    except embedded.EmbeddedError as error:
        # Tests without a database, such as those of the layers, still run.
        no_database, os.environ["DATABASE_URL"] = str(error), "postgres://nobody@127.0.0.1:9/none"

from django.conf import settings as django_settings  # noqa: E402 - needs the environment set above

# pytest-django sets Django up after this module, and only if the settings have been read.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django_settings.STORAGES = django_settings.STORAGES | {
    # Without a manifest, pages render without collectstatic.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
for _database in django_settings.DATABASES.values():
    _database.setdefault("TEST", {})["NAME"] = os.environ["TEST_DATABASE"]


@pytest.fixture(scope="session", autouse=True)
def whitenoise_without_collectstatic(tmp_path_factory):
    """WhiteNoise warns of a missing STATIC_ROOT, and warnings are errors."""
    django_settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session", autouse=True)
def files_that_need_not_survive_a_power_cut():
    """Nothing waits for the disk, as the database of tests does not."""
    from foundation import storage  # apps are ready only now

    real, storage.sync = storage.sync, lambda descriptor: None
    yield
    storage.sync = real


@pytest.fixture(scope="session")
def migrated(django_db_blocker):
    """The name of a migrated database to copy from; without a server, report the reason once."""
    if no_database:
        pytest.exit(no_database)
    from tests import databases  # needs apps

    with django_db_blocker.unblock():
        name, line = databases.migrated()
    yield name
    line.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, migrated):
    """Give each xdist worker a database of its own, a copy."""
    django_settings.DATABASES["default"]["TEST"]["TEMPLATE"] = migrated


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Reset the database after tests that commit, faster than Django does. Returns the object that does it, or None."""
    from django.test import TransactionTestCase  # apps are ready only now

    from tests import databases  # needs apps

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        emptying = databases.Emptying() if databases.is_superuser() else None
        flush = TransactionTestCase._fixture_teardown
        empty = (lambda case: emptying.empty()) if emptying else databases.truncating(flush)
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield emptying
        databases.disconnect_others()


def pytest_collection(session):
    """Let the second worker import all tests from the end: in a clean clone, each then compiles half of them.

    Otherwise both rewrite the asserts of every module at the same time. Collecting tells of errors.
    """
    whole = session.config.args_source == pytest.Config.ArgsSource.TESTPATHS
    if not whole or os.environ.get("PYTEST_XDIST_WORKER") != "gw1":
        return
    apart = set(session.config.getini("norecursedirs"))
    for file in sorted(embedded.ROOT.glob("tests/**/test_*.py"), reverse=True):
        name = file.relative_to(embedded.ROOT).with_suffix("").parts
        if apart.isdisjoint(name):
            with contextlib.suppress(Exception, pytest.skip.Exception):
                importlib.import_module(".".join(name))


def pytest_collection_modifyitems(items):
    """Order the tests so that no worker waits: each of two begins with its half.

    The first half begins with the demo content, so that one worker loads it; the second half with what needs no
    database, while the other worker migrates one.
    """
    items.sort(key=lambda item: "demo" not in item.fixturenames)
    alone = [item for item in items if not _needs_database(item)]
    others = [item for item in items if _needs_database(item)]
    middle = len(items) // 2
    items[:] = others[:middle] + alone + others[middle:]


PARTS = pytest.StashKey[Parts]()
ROOM = pytest.StashKey[bool]()


@pytest.fixture
def subtests(request):
    """In place of pytest's own, which cost as much as a query each."""
    return request.node.stash.setdefault(PARTS, Parts())


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    parts = pyfuncitem.stash.get(PARTS, None)
    with parts.reported() if parts else contextlib.nullcontext():
        return (yield)


def _needs_database(item) -> bool:
    fixtures = {"db", "transactional_db", "migrated", "demo", "window"}
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint(item.fixturenames)


def pytest_collection_finish():
    """Freeze the objects loaded so far: garbage collection of them would take a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    """Give all tests room for their frames, as requests have it: a tenth of their time."""
    if ROOM in session.stash:
        return None
    session.stash[ROOM] = True
    return in_one_piece(session.config.hook.pytest_runtestloop, session=session)


def pytest_sessionfinish(session):
    """Drop what the workers shared."""
    if not no_database and not hasattr(session.config, "workerinput"):
        from tests import databases  # needs apps

        databases.drop_demo()


@pytest.fixture(scope="session", autouse=True)
def page_templates_noted(django_test_environment):
    """Note only the template of a page for `response.context`, and not the dozens that it includes.

    Django copies the whole context for each of them, which is a tenth of the time of a page. Returns Django's own way.
    """
    from django.template.base import Template  # apps are ready only now
    from django.test.signals import template_rendered

    every = Template._render
    inside = threading.local()

    def render(template, context):
        if getattr(inside, "page", False):
            return template.nodelist.render(context)
        inside.page = True
        try:
            template_rendered.send(sender=template, template=template, context=context)
            return template.nodelist.render(context)
        finally:
            inside.page = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", render)
        yield every


@pytest.fixture(autouse=True)
def clean_surroundings(settings, tmp_path_factory):
    """Isolate cached rows, files and language of each test."""
    from django.utils import translation  # settings are read only now

    from foundation import cached
    from tests import factories  # imports models

    # Caches do not expire, so that query counts do not depend on how long a test takes.
    cached.SECONDS = math.inf
    # Created with the first file: a `tmp_path` for each of thousands of tests would be slow.
    settings.MEDIA_ROOT = tmp_path_factory.getbasetemp() / "media" / str(next(numbers))
    # The test client leaves the language of its last request active.
    translation.activate(settings.LANGUAGE_CODE)
    factories.existing.clear()
    _clear_caches()
    yield
    _clear_caches()


def _clear_caches():
    from django.core.cache import caches  # as above

    from foundation import cached

    for one in django_settings.CACHES:
        caches[one].clear()
    cached.forget_all()


@pytest.fixture(scope="session")
def built_before():
    """What `built_once` built in this process: return values, rows and files."""
    return {}


@pytest.fixture
def built_once(django_db_setup, built_before, settings, tmp_path_factory):
    """`built_once(build)` calls `build()` the first time, which takes a second, and later copies its rows.

    They replace all rows: a fixture with its own comes later.
    """
    from foundation import cached  # apps are ready only now

    def build_or_copy(build):
        if django_db_setup is None:  # only the server's superuser can restore rows
            return build()
        if build not in built_before:
            found, files = build(), tmp_path_factory.mktemp(build.__name__)
            if settings.MEDIA_ROOT.exists():  # with the first file
                shutil.copytree(settings.MEDIA_ROOT, files, dirs_exist_ok=True)
            built_before[build] = copy.deepcopy(found), django_db_setup.content(), files
            return found
        found, rows, files = built_before[build]
        django_db_setup.fill(rows)
        shutil.copytree(files, settings.MEDIA_ROOT, dirs_exist_ok=True)
        cached.forget_all()
        # Tests may change the objects.
        return copy.deepcopy(found)

    return build_or_copy


# --- One client for each role. Their accounts belong to the areas of `factories.tree()`. ---------------------------


def _client_of(user):
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # apps are ready only now
    from django.test import Client  # the same
    from django.utils import timezone  # the same

    from foundation.sessions import Session  # the same

    client = Client()
    if user is not None:
        # Only the row of a sign-in, in one statement, because thousands of tests need an account.
        now = int(time.time())
        data = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "foundation.backends.RoleBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            "began": now,
            "seen": now,
        }
        key = secrets.token_hex(16)
        until = timezone.now() + datetime.timedelta(seconds=django_settings.SESSION_COOKIE_AGE)
        Session.objects.create(
            session_key=key, session_data=Session.objects.encode(data), expire_date=until, account=user
        )
        client.cookies[django_settings.SESSION_COOKIE_NAME] = key
    client.user = user
    return client


@pytest.fixture
def resident(db):
    """An anonymous client: residents never sign in."""
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
def district_client(db):
    """Liaison staff of the whole district, and so of all subdistricts."""
    from tests import factories  # imports models

    return _client_of(factories.liaison_staff("district", factories.tree().district))


@pytest.fixture
def auditor_client(db):
    from tests import factories  # imports models

    return _client_of(factories.auditor())


@pytest.fixture
def admin_client(db):
    """The superuser."""
    from tests import factories  # imports models

    return _client_of(factories.superuser())
