"""Changes of deadlines and the public evidence trail stay as they were made."""

from django.db import migrations

TABLES = ("demands_deadlinechange", "demands_trailentry")


class Migration(migrations.Migration):
    dependencies = [("demands", "0007_desk_in_full"), ("foundation", "0005_desk_acts")]

    operations = [
        migrations.RunSQL(
            f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            f"DROP TRIGGER append_only ON {table};",
        )
        for table in TABLES
    ]
