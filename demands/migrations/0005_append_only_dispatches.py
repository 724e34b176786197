"""A move of a dispatch stays as it was made."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("demands", "0004_dispatches")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON demands_dispatchtransition
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            "DROP TRIGGER append_only ON demands_dispatchtransition;",
        )
    ]
