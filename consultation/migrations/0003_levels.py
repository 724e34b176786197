"""Two foreign keys that Django cannot express: a parent one level higher, a venue's kind only at its level."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("consultation", "0002_initial")]

    operations = [
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
        )
    ]
