"""SQL around a dump, in the same transaction: make room before it, and afterwards compare, and close what was open."""

from foundation.outbox import MAY_BE_SENT

from .manifest import Manifest
from .snapshot import PRIVILEGES, TABLES

# Further than what the lost portal can have used between the backup and its end.
SKIPPED_KEYS = 100_000
SKIPPED_NUMBERS = 10_000

EMPTY = """
DO $$
DECLARE command text;
BEGIN
    -- Default privileges would be added to those of the dump, which brings its own.
    FOR command IN
        SELECT format('ALTER DEFAULT PRIVILEGES %s REVOKE ALL ON %s FROM %s',
            CASE WHEN d.defaclnamespace <> 0 THEN 'IN SCHEMA ' || d.defaclnamespace::regnamespace END,
            CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END,
            CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
        FROM pg_default_acl d, aclexplode(d.defaclacl) a
        WHERE d.defaclrole = current_user::regrole AND a.grantee <> d.defaclrole
    LOOP EXECUTE command; END LOOP;
    FOR command IN
        SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW'
            WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.deptype IN ('e', 'a', 'i'))
    LOOP EXECUTE command; END LOOP;
    FOR command IN
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                AND d.deptype = 'e')
    LOOP EXECUTE command; END LOOP;
    FOR command IN
        SELECT format('DROP TYPE IF EXISTS %s CASCADE', t.oid::regtype) FROM pg_type t
        WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid
                AND d.deptype = 'e')
    LOOP EXECUTE command; END LOOP;
END $$;
"""

# Numbers of rows stand in links that were sent. What the lost portal gave out since the backup must not lead to a new
# row, so that numbers go on far behind; so do those of demands, and of messages, whose numbers are their Message-IDs.
SKIP = f"""
SELECT setval(format('%I.%I', schemaname, sequencename),
    least(coalesce(last_value, 0) + {SKIPPED_KEYS}, max_value - 1)) FROM pg_sequences WHERE schemaname = 'public';
INSERT INTO public.demands_demandcounter AS kept (prefix, year, last)
    SELECT DISTINCT prefix, extract(year FROM now())::int, 0 FROM public.demands_demandcounter
    ON CONFLICT (prefix, year) DO NOTHING;
UPDATE public.demands_demandcounter SET last = last + {SKIPPED_NUMBERS};
"""  # nosec B608 # noqa: S608 - two numbers of ours

# One-time links that were used since the backup would work once more: they depend on the time of the last sign-in.
CLOSE_LINKS = """
UPDATE public.foundation_user SET last_login = coalesce(last_login, date_joined) + interval '1 second';
"""

# What waited may have been sent since the backup. A later attempt asks the channel first, as `started_at` says. What a
# digest holds stays with the digest, which waits or was sent. The same as `outbox.hold_all`, in the transaction of the
# dump, whose tables may be those of an older release.
HOLD_MESSAGES = f"""
UPDATE public.foundation_outboxmessage
    SET status = 'undeliverable', started_at = coalesce(started_at, created_at), failure = '{MAY_BE_SENT}'
    WHERE status = 'waiting' OR (status = 'held' AND in_digest_id IS NULL);
"""  # nosec B608 # noqa: S608 - a sentence of ours


# Compares with the two lists of the manifest. The search path is empty since the dump.
COMPARE = f"""
DO $$
DECLARE wanted record; found bigint;
BEGIN
    FOR wanted IN SELECT * FROM pg_temp.saved_rows LOOP
        EXECUTE 'SELECT count(*) FROM ' || wanted.name INTO found;
        IF found <> wanted.rows THEN
            RAISE EXCEPTION '% rows of % were saved, and % are restored', wanted.rows, wanted.name, found;
        END IF;
    END LOOP;
    SELECT count(*) INTO found FROM (({TABLES}) EXCEPT SELECT name FROM pg_temp.saved_rows) other;
    IF found > 0 THEN
        RAISE EXCEPTION 'there are % tables that were not saved', found;
    END IF;
    SELECT count(*) INTO found FROM (
        (({PRIVILEGES}) EXCEPT SELECT name FROM pg_temp.saved_privileges)
        UNION ALL (SELECT name FROM pg_temp.saved_privileges EXCEPT ({PRIVILEGES}))
    ) other;
    IF found > 0 THEN
        RAISE EXCEPTION '% privileges are not as they were saved', found;
    END IF;
END $$;
"""  # nosec B608 # noqa: S608 - queries of ours


def compare(made: Manifest) -> str:
    """SQL that fails unless every table has as many rows as were saved, and everybody may do what they might."""
    rows = ", ".join(f"({_literal(name)}, {count:d})" for name, count in made.rows.items())
    privileges = ", ".join(f"({_literal(name)})" for name in ["", *made.privileges])
    return f"""
    CREATE TEMP TABLE saved_rows ON COMMIT DROP AS SELECT * FROM (VALUES {rows}) saved (name, rows);
    CREATE TEMP TABLE saved_privileges ON COMMIT DROP AS SELECT * FROM (VALUES {privileges}) saved (name)
        WHERE name <> '';
    {COMPARE}
    """  # nosec B608 # noqa: S608 - quoted below


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted}'"
