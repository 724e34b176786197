"""The next release migrates while this one serves: nobody notices, even when the migration has to wait for a lock.

The next release is this tree with migrations of the kinds that `test_migrations_online.py` lets pass, so that the test
needs no history. What this release's code does before, during and after them must come through without an error.
"""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.faults.cluster import PATIENCE, until
from tests.faults.portal import ROOT, Crowd, Portal, running, stored
from tests.faults.test_sending import holding

pytestmark = pytest.mark.faults

NEXT = {
    "9001_columns.py": """
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("demands", %(last)r)]
    operations = [
        migrations.AddField("demand", "next_note", models.TextField(null=True)),
        migrations.AddField("demand", "next_level", models.PositiveSmallIntegerField(default=3, db_default=3)),
        migrations.AddField("demandtransition", "next_at", models.DateTimeField(db_default=Now())),
        migrations.RunSQL(
            "ALTER TABLE demands_demand ADD CONSTRAINT next_level_small CHECK (next_level < 9) NOT VALID",
            "ALTER TABLE demands_demand DROP CONSTRAINT next_level_small",
        ),
    ]
""",
    "9002_index.py": """
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("demands", "9001_columns")]
    operations = [
        AddIndexConcurrently("demand", models.Index(fields=["next_level", "id"], name="next_level_id")),
    ]
""",
    "9003_validated.py": """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("demands", "9002_index")]
    operations = [
        migrations.RunSQL("ALTER TABLE demands_demand VALIDATE CONSTRAINT next_level_small", migrations.RunSQL.noop),
    ]
""",
}


@pytest.fixture
def next_release(tmp_path) -> Path:
    """A copy of the tree with further migrations."""
    left_out = shutil.ignore_patterns(".git", ".venv*", "var", "node_modules", "__pycache__", "tests", "docs")
    folder = Path(shutil.copytree(ROOT, tmp_path / "next", ignore=left_out, symlinks=True))
    migrations = folder / "demands" / "migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))
    for name, source in NEXT.items():
        (migrations / name).write_text(source % {"last": last} if "%(last)r" in source else source)
    return folder


def migrate(portal: Portal, folder: Path, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "--verbosity=1", *arguments],
        env=portal.environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_next_release_migrates_under_load_without_an_error(portal, next_release):
    mark = "升级当中"
    unready: list[str] = []
    try:
        with running(portal, "web", "worker"), Crowd(portal, mark) as crowd:
            crowd.wait_for(3)
            # Somebody reads the table in a long transaction, which every ALTER has to wait for.
            with holding(portal, "LOCK TABLE demands_demand IN ACCESS SHARE MODE"):
                process = migrate(portal, next_release, "demands")
                waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER%'"
                until(lambda: portal.cluster.number(waits), "the migration waits")
                # It steps aside each time before those behind it give up.
                crowd.wait_for(6)
                assert process.poll() is None, process.stdout.read()
            watch = threading.Thread(target=lambda: _watch(portal, process, unready))
            watch.start()
            said = process.communicate(timeout=PATIENCE)[0]
            watch.join(PATIENCE)
            assert process.returncode == 0, said
            crowd.wait_for(6)
            assert portal.answers("/readyz")
        assert (crowd.odd, crowd.failed, unready) == ([], 0, [])
        assert stored(portal, mark) == sorted(crowd.acknowledged)
        new = f"SELECT count(*) FROM demands_demand WHERE description LIKE '{mark}%' AND next_level = 3"  # noqa: S608
        assert portal.cluster.number(new) == len(crowd.acknowledged)
        assert portal.cluster.ask("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [["0"]]
    finally:
        last = max(path.stem for path in (ROOT / "demands" / "migrations").glob("0*.py"))
        back = migrate(portal, next_release, "demands", last)
        said = back.communicate(timeout=PATIENCE)[0]
        assert back.returncode == 0, said


def _watch(portal: Portal, process: subprocess.Popen, unready: list[str]) -> None:
    """Ask whether the portal is ready as long as the migration runs."""
    while process.poll() is None:
        if not portal.answers("/readyz"):
            unready.append(portal.said()[-500:])
