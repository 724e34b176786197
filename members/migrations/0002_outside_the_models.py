"""What models cannot express: append-only tables."""

from django.db import migrations

APPEND_ONLY = (
    "members_resourcetransition",
    "members_dutycorrection",
    "members_dutytransition",
    "members_profiletransition",
)


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial"), ("foundation", "0002_outside_the_models")]

    operations = [
        migrations.RunSQL(
            f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            f"DROP TRIGGER append_only ON {table};",
        )
        for table in APPEND_ONLY
    ]
