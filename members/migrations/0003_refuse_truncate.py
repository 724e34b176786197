"""Append-only tables refuse TRUNCATE too."""

from django.db import migrations

APPEND_ONLY = (
    "members_resourcetransition",
    "members_dutycorrection",
    "members_dutytransition",
    "members_profiletransition",
)


class Migration(migrations.Migration):
    dependencies = [("members", "0002_outside_the_models"), ("foundation", "0009_refuse_truncate")]

    operations = [
        migrations.RunSQL(
            f"""
            CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
            """,
            f"DROP TRIGGER no_truncate ON {table};",
        )
        for table in APPEND_ONLY
    ]
