"""Migrations run while the release before them serves: no long lock, and nothing that its code could stumble over.

Read from the SQL of each migration after the first two of every app, which made the tables. `tests/faults` migrates for
real under load.
"""

import re

import pytest
from django.contrib.postgres.operations import NotInTransactionMixin
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from psycopg2 import errors

from nanhu_portal.management.commands import migrate

APPS = ("foundation", "consultation", "members", "demands")
# What stays small however long the portal is used. All other tables grow, and are locked for as long as they are read
# through or written anew.
SMALL = {
    *("foundation_user", "foundation_portal", "foundation_calendarday", "foundation_consenttext"),
    *("foundation_backuprun", "foundation_digestsubscription"),
    *("consultation_area", "consultation_venue", "consultation_platform", "consultation_organisation"),
    *("consultation_series", "consultation_slot", "consultation_staffscope", "consultation_studynote"),
    "consultation_subdistrictprofile",
    *("consultation_event", "consultation_agendaitem", "consultation_topic", "consultation_agreement"),
    *("consultation_project", "consultation_projectpartner", "consultation_milestone", "consultation_projectplace"),
    *("members_liaisoncommittee", "members_sector", "members_member", "members_venuehost", "members_presenter"),
    *("members_resource", "members_resourcecategory", "members_projectmember", "members_agreementmember"),
    *("demands_category", "demands_categorymatch", "demands_standardreply", "demands_synonym"),
    *("demands_escalationrule", "demands_savedfilter", "demands_demandcounter"),
}
TABLE = r'(?:ONLY\s+)?(?:public\.)?"?(?P<table>\w+)"?'
ALTER = rf"ALTER TABLE (?:IF EXISTS )?{TABLE} .*?"
# Code of the release before breaks on these, whatever the size of the table.
INCOMPATIBLE = {
    rf"{ALTER}\bRENAME\b": "renames what the code before still uses",
    rf"{ALTER}\bDROP COLUMN\b": "drops a column that the code before still reads",
    rf"DROP TABLE (?:IF EXISTS )?{TABLE}": "drops a table that the code before still reads",
    rf"{ALTER}\bSET NOT NULL\b": "forbids what the code before may leave empty",
    rf"{ALTER}\bDROP DEFAULT\b": "leaves no default for rows that the code before inserts: say db_default",
    rf"{ALTER}\bADD COLUMN (?!.*\bDEFAULT\b)(?!.*\bGENERATED\b).*\bNOT NULL\b": "has no default: say db_default",
}
# These lock a table for as long as it takes to read it through, or to write it anew.
LOCKING = {
    rf"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).* ON {TABLE}": "makes an index without CONCURRENTLY",
    rf"{ALTER}\bTYPE (?!varchar|text|character varying)": "writes the table anew for another type",
    rf"{ALTER}\bADD COLUMN .*(?:GENERATED ALWAYS AS .* STORED|gen_random_uuid|random\(\)|clock_timestamp)":
        "writes the table anew for a computed column",
    rf"{ALTER}\bADD CONSTRAINT (?!.*\bNOT VALID\b)(?!.*\bUSING INDEX\b)": "checks all rows: say NOT VALID",
}  # fmt: skip


def problems(statements: list[str]) -> list[str]:
    """What is wrong with a migration's statements."""
    found, new = [], set()
    for statement in statements:
        text = " ".join(line.partition("--")[0] for line in statement.splitlines())
        text = re.sub(r"\s+", " ", text).strip()
        if made := re.match(rf"CREATE TABLE (?:IF NOT EXISTS )?{TABLE}", text, re.IGNORECASE):
            new.add(made["table"])
        for rules, exempt in ((INCOMPATIBLE, new), (LOCKING, new | SMALL)):
            for pattern, why in rules.items():
                match = re.search(pattern, text, re.IGNORECASE)
                if match and match["table"] not in exempt:
                    found.append(f"{match['table']}: {why}")
    return found


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (['ALTER TABLE "demands_demand" ADD COLUMN "x" integer NULL;'], []),
        (['ALTER TABLE "demands_demand" ADD COLUMN "x" integer DEFAULT 5 NOT NULL;'], []),
        (['ALTER TABLE "demands_demand" ADD COLUMN "x" integer NOT NULL;'], ["demands_demand: has no default"]),
        (['ALTER TABLE "foundation_user" ADD COLUMN "x" integer NOT NULL;'], ["foundation_user: has no default"]),
        (
            [
                'ALTER TABLE "foundation_user" ADD COLUMN "x" integer DEFAULT 5 NOT NULL;',
                'ALTER TABLE "foundation_user" ALTER COLUMN "x" DROP DEFAULT;',
            ],
            ["foundation_user: leaves no default"],
        ),
        (['CREATE INDEX "x" ON "demands_demand" ("ref");'], ["demands_demand: makes an index"]),
        (['CREATE UNIQUE INDEX "x" ON demands_demand (ref);'], ["demands_demand: makes an index"]),
        (['CREATE INDEX CONCURRENTLY "x" ON "demands_demand" ("ref");'], []),
        (['CREATE INDEX "x" ON "consultation_area" ("name");'], []),
        (['CREATE TABLE "demands_new" ("id" int NOT NULL);', 'CREATE INDEX "x" ON "demands_new" ("id");'], []),
        (['ALTER TABLE "demands_demand" ALTER COLUMN "x" TYPE bigint;'], ["demands_demand: writes the table anew"]),
        (['ALTER TABLE "demands_demand" ALTER COLUMN "x" TYPE varchar(90);'], []),
        (["ALTER TABLE demands_demand RENAME COLUMN x TO y"], ["demands_demand: renames"]),
        (['ALTER TABLE "foundation_portal" DROP COLUMN "x" CASCADE;'], ["foundation_portal: drops a column"]),
        (['DROP TABLE "demands_demand" CASCADE;'], ["demands_demand: drops a table"]),
        (['ALTER TABLE "demands_demand" ALTER COLUMN "x" SET NOT NULL;'], ["demands_demand: forbids"]),
        (['ALTER TABLE "demands_demand" ADD CONSTRAINT "x" CHECK ("y" > 0);'], ["demands_demand: checks all rows"]),
        (['ALTER TABLE "demands_demand" ADD CONSTRAINT "x" CHECK ("y" > 0) NOT VALID;'], []),
        (
            ["ALTER TABLE demands_demand ADD COLUMN w tsvector GENERATED ALWAYS AS (f(x)) STORED;"],
            ["demands_demand: writes the table anew"],
        ),
        (["-- ALTER TABLE demands_demand RENAME COLUMN x TO y"], []),
    ],
)
def test_that_the_rules_see_what_they_should(statements, expected):
    found = problems(statements)
    assert len(found) == len(expected)
    assert all(one.startswith(begin) for one, begin in zip(found, expected, strict=True))


@pytest.mark.django_db
def test_no_migration_locks_for_long_or_breaks_the_code_before_it(monkeypatch):
    # The statements are only read here, in the transaction of the test.
    monkeypatch.setattr(NotInTransactionMixin, "_ensure_not_in_transaction", lambda *args: None)
    loader = MigrationLoader(connection, replace_migrations=False)
    later = sorted(key for key in loader.disk_migrations if key[0] in APPS and key[1][:4] > "0002")
    assert later
    found = {}
    for key in later:
        statements = loader.collect_sql([(loader.disk_migrations[key], False)])
        if wrong := problems(statements):
            found[".".join(key)] = wrong
    assert found == {}


# --- Waiting for locks -----------------------------------------------------------------------------------------------


def locked() -> OperationalError:
    error = OperationalError("canceling statement due to lock timeout")
    error.__cause__ = errors.LockNotAvailable()
    return error


@pytest.mark.django_db
def test_a_migration_that_waits_for_a_lock_steps_aside_and_tries_again(monkeypatch):
    failures = [locked(), locked()]

    def handle(self, *args, **options):
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            asked.append(cursor.fetchone()[0])
            cursor.execute("SHOW statement_timeout")
            asked.append(cursor.fetchone()[0])
        if failures:
            raise failures.pop()

    asked: list[str] = []
    pauses: list[float] = []
    monkeypatch.setattr(migrate.migrate.Command, "handle", handle)
    monkeypatch.setattr(migrate.time, "sleep", pauses.append)
    call_command("migrate", verbosity=0)
    assert asked == ["2s", "0"] * 3
    assert len(pauses) == 2
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone()[0] == "5s", "pages have their own limit again"


@pytest.mark.django_db
def test_a_lock_that_is_never_free_is_told_in_a_sentence_and_other_errors_as_they_are(monkeypatch):
    def handle(self, *args, **options):
        raise failure

    monkeypatch.setattr(migrate.migrate.Command, "handle", handle)
    monkeypatch.setattr(migrate.time, "sleep", lambda seconds: None)
    failure = locked()
    with pytest.raises(CommandError, match=r"longer than \d+ s for a lock"):
        call_command("migrate", verbosity=0)
    failure = OperationalError("the disk is full")
    with pytest.raises(OperationalError, match="disk is full"):
        call_command("migrate", verbosity=0)
