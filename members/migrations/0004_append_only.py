"""Moves of resources and corrections of duties stay as they were made."""

from django.db import migrations

TABLES = ("members_resourcetransition", "members_dutycorrection")


class Migration(migrations.Migration):
    dependencies = [("members", "0003_members_grow"), ("foundation", "0002_search_and_append_only")]

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
