"""Append-only tables refuse TRUNCATE too, and DELETE unless `foundation.purging` does it as the table's owner."""

from django.db import migrations

APPEND_ONLY = ("foundation_auditentry", "foundation_consenttext")

# The guard holds for the transaction that it names and no other, however it was set.
FUNCTION = """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE'
            AND current_setting('portal.purging', true) = pg_current_xact_id()::text
            AND pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
        THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END
    $$;
"""
BEFORE = """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END
    $$;
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0008_account_acts")]

    operations = [
        migrations.RunSQL(FUNCTION, BEFORE),
        *(
            migrations.RunSQL(
                f"""
                CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table}
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
                """,
                f"DROP TRIGGER no_truncate ON {table};",
            )
            for table in APPEND_ONLY
        ),
    ]
