"""What the models cannot say: foreign keys over (id, level), a column to search, and tables that nobody changes."""

from django.db import migrations

APPEND_ONLY = (
    "consultation_eventtransition",
    "consultation_topictransition",
    "consultation_agreementtransition",
    "consultation_projecttransition",
)


class Migration(migrations.Migration):
    dependencies = [("consultation", "0001_initial"), ("foundation", "0002_outside_the_models")]

    operations = [
        # An area's parent is one level higher, and a venue's kind stands only at its level.
        migrations.RunSQL(
            """
            ALTER TABLE consultation_area ADD CONSTRAINT area_parent_one_level_higher
                FOREIGN KEY (parent_id, parent_level) REFERENCES consultation_area (id, level);
            ALTER TABLE consultation_venue ADD CONSTRAINT venue_kind_at_its_level
                FOREIGN KEY (area_id, area_level) REFERENCES consultation_area (id, level);
            """,
            """
            ALTER TABLE consultation_venue DROP CONSTRAINT venue_kind_at_its_level;
            ALTER TABLE consultation_area DROP CONSTRAINT area_parent_one_level_higher;
            """,
        ),
        # No field of the model, because nothing reads it but the search.
        migrations.RunSQL(
            """
            ALTER TABLE consultation_organisation ADD COLUMN partner_words tsvector
                GENERATED ALWAYS AS (search_tokens(name || ' ' || name_en, about)) STORED;
            CREATE INDEX partner_words ON consultation_organisation USING gin (partner_words) WHERE is_active;
            """,
            "ALTER TABLE consultation_organisation DROP COLUMN partner_words;",
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
    ]
