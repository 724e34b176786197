"""The database of every release, with rows in each of its tables, brought up to this one."""

import datetime
import json
import lzma
import os
import subprocess

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from demands.models import Demand
from demands.statistics import editions
from demands.workflow import DemandStatus
from foundation import clock, contacts
from foundation.accounts import User
from nanhu_portal.backups import postgres
from tests.databases import connected_to
from tests.releases import make

pytestmark = [pytest.mark.deploy, pytest.mark.django_db(transaction=True)]

RELEASES = sorted(path.name.removesuffix(".sql.xz") for path in make.FOLDER.glob("*.sql.xz"))
TARGET = f"{os.environ['TEST_DATABASE']}_release"
# Of these a migration may make or change rows without anybody losing anything.
OURS = {"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
# To these a migration may add rows: a new purpose has its first consent text.
GROWING = {"foundation_consenttext"}
PAGES = ("/", "/demands/", "/venues/", "/events/", "/projects/", "/members/", "/partners/", "/rates/", "/annual/2023/")
DESK = (
    "",
    "demands/demand/",
    "consultation/event/",
    "consultation/venue/",
    "foundation/user/",
    "foundation/portal/1/change/",
)


def test_there_are_releases_to_upgrade_from():
    assert "1.0.0" in RELEASES


@pytest.fixture(params=RELEASES)
def release(request, transactional_db):
    """What the release held, with its database connected."""
    address = postgres.address_of(connection.get_connection_params() | {"dbname": TARGET})
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{TARGET}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{TARGET}" TEMPLATE template0')
    psql = postgres.tools(15).command("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
    subprocess.run(
        [*psql, f"--dbname={address.dsn}"],
        input=lzma.decompress((make.FOLDER / f"{request.param}.sql.xz").read_bytes()),
        env=address.environment,
        check=True,
    )
    with connected_to(TARGET):
        yield json.loads((make.FOLDER / f"{request.param}.json").read_text())
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{TARGET}" WITH (FORCE)')


def test_a_release_is_brought_up_to_this_one(release):
    held = release["rows"]
    assert min(held.values()) > 0, "every table of the release has rows"
    assert make.rows() == held
    call_command("migrate", verbosity=0, interactive=False)
    after = make.rows()
    # A table that is gone was named by a release before as one that nothing uses.
    same = (held.keys() & after.keys()) - OURS - GROWING
    assert {table: after[table] for table in same} == {table: held[table] for table in same}
    assert all(after[table] >= held[table] for table in GROWING)
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE NOT convalidated")
        assert cursor.fetchall() == []
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        assert cursor.fetchall() == []
    with clock.turned_to(datetime.datetime.fromisoformat(release["made_at"])):
        assert json.loads(json.dumps(editions.count_now().figures)) == release["figures"]
    demand = Demand.objects.filter(contact__isnull=False).first()
    assert contacts.open_contact(demand.contact)

    client = Client()
    shown = Demand.objects.public().filter(status=DemandStatus.CONFIRMED).first()
    for page in (*PAGES, f"/demands/{shown.ref}/"):
        assert client.get(page).status_code == 200, page
    client.force_login(User.objects.get(username="admin"))
    for page in (*DESK, f"demands/demand/{demand.pk}/change/"):
        assert client.get(f"/admin/{page}").status_code == 200, page
