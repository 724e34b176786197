"""What the models cannot say: two generated columns that searches look through, tables that nobody changes, and the
first synonyms.
"""

from pathlib import Path

from django.db import migrations

FIRST = Path(__file__).parents[1] / "first_synonyms.txt"

APPEND_ONLY = (
    "demands_demandtransition",
    "demands_deadlinechange",
    "demands_dispatchtransition",
    "demands_trailentry",
)


def create_first_synonyms(apps, schema_editor) -> None:
    lines = [line for line in FIRST.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = apps.get_model("demands", "Synonym").objects.using(schema_editor.connection.alias)
    rows.bulk_create(rows.model(words=line) for line in lines)


class Migration(migrations.Migration):
    dependencies = [("demands", "0001_initial"), ("foundation", "0002_outside_the_models")]

    operations = [
        # With positions and weights to rank by. The model has no such fields: every page would load them with its rows,
        # and nothing reads them but the searches (`PUBLIC_WORDS` and `STAFF_WORDS` of the model's module).
        migrations.RunSQL(
            """
            ALTER TABLE demands_demand
                ADD COLUMN public_words tsvector
                    GENERATED ALWAYS AS (search_tokens(public_title, public_summary)) STORED,
                ADD COLUMN desk_words tsvector
                    GENERATED ALWAYS AS (search_tokens(public_title, description || ' ' || place)) STORED;
            CREATE INDEX pub_words ON demands_demand USING gin (public_words) WHERE published_at IS NOT NULL;
            CREATE INDEX desk_words ON demands_demand USING gin (desk_words);
            """,
            "ALTER TABLE demands_demand DROP COLUMN public_words, DROP COLUMN desk_words;",
        ),
        *(
            migrations.RunSQL(
                f"""
                CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
                    FOR EACH ROW EXECUTE FUNCTION refuse_change();
                """,
                f"DROP TRIGGER append_only ON {table};",
            )
            for table in APPEND_ONLY
        ),
        migrations.RunPython(create_first_synonyms, migrations.RunPython.noop),
    ]
