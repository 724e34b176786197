"""What a database holds at one moment, which pg_dump then saves as it stood at the same moment."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from . import AlreadyRunning
from .postgres import Address, session

# Their rows are not saved: whoever is signed in signs in again, and a link for setting up opens no copy.
NOT_SAVED = ("public.foundation_session", "public.foundation_setuprun")
# Key of the lock that one backup of a database holds; any number, as long as it is always the same.
SAVING = 20240310

TABLES = """
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND d.deptype = 'e')
"""
# What others than the owner of an object may do with it: tables, sequences, columns, functions, and the schema itself.
PRIVILEGES = """
    SELECT concat_ws(' ', p.object, CASE WHEN p.acl_role = 0 THEN 'PUBLIC' ELSE r.rolname::text END, p.privilege)
    FROM (
        SELECT c.relname::text AS object, a.grantee AS acl_role, a.privilege_type AS privilege, c.relowner AS owner
            FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT c.relname || '.' || t.attname, a.grantee, a.privilege_type, c.relowner
            FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
            WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT f.proname || '()', a.grantee, a.privilege_type, f.proowner
            FROM pg_proc f, aclexplode(f.proacl) a WHERE f.pronamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'schema', a.grantee, a.privilege_type, n.nspowner
            FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = 'public'
    ) p LEFT JOIN pg_roles r ON r.oid = p.acl_role
    WHERE p.acl_role <> p.owner
"""
# Roles that have privileges, or for whose tables there are default ones.
ROLES = """
    SELECT DISTINCT r.rolname::text FROM (
        SELECT a.grantee FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace
        UNION SELECT a.grantee FROM pg_attribute t, aclexplode(t.attacl) a
        UNION SELECT a.grantee FROM pg_proc f, aclexplode(f.proacl) a WHERE f.pronamespace = 'public'::regnamespace
        UNION SELECT a.grantee FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = 'public'
        UNION SELECT a.grantee FROM pg_default_acl d, aclexplode(d.defaclacl) a
        UNION SELECT d.defaclrole FROM pg_default_acl d
    ) named (role) JOIN pg_roles r ON r.oid = named.role
    WHERE r.rolname NOT LIKE 'pg\\_%' AND r.rolname <> current_user
"""
EXTENSIONS = "SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql'"


@dataclass(frozen=True)
class Snapshot:
    """A moment of the database. `key` is for `pg_dump --snapshot`, as long as the session is open."""

    key: str
    at: datetime.datetime
    postgresql: int
    migrations: list[str]
    rows: dict[str, int]
    extensions: list[str]
    roles: list[str]
    privileges: list[str]


@contextmanager
def taken(address: Address) -> Iterator[Snapshot]:
    """Hold a snapshot in this block. Raises `AlreadyRunning` if another backup of this database is being made."""
    with session(address) as connection, connection.cursor() as cursor:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        # Set for the session: the limits that the server has for pages.
        cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SAVING])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning("Another backup of this database is being made.")
        connection.commit()
        cursor.execute("SELECT pg_export_snapshot(), now(), current_setting('server_version_num')::int / 10000")
        key, at, postgresql = cursor.fetchone()

        def column(sql: str) -> list[str]:
            cursor.execute(sql)
            return sorted(row[0] for row in cursor)

        tables = column(TABLES)
        migrations = []
        if "public.django_migrations" in tables:
            migrations = column("SELECT app || '.' || name FROM public.django_migrations")
        rows = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")  # nosec B608 # noqa: S608 - quoted by the server itself
            rows[table] = 0 if table in NOT_SAVED else cursor.fetchone()[0]
        kept = {"extensions": column(EXTENSIONS), "roles": column(ROLES), "privileges": column(PRIVILEGES)}
        yield Snapshot(key, at.astimezone(datetime.UTC), postgresql, migrations, rows, **kept)
