"""Moves of events and agreements stay as they were made."""

from django.db import migrations

TABLES = ("consultation_eventtransition", "consultation_agreementtransition")


class Migration(migrations.Migration):
    dependencies = [("consultation", "0004_consultation"), ("foundation", "0002_search_and_append_only")]

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
