"""The version noted with each demand becomes the key of the text with that version; in steps, none of them long.

When and in which language it was shown was not noted, and stays empty. The column of the version leaves the model but
stays in the table with a default: while this release comes up, the one before goes on writing it. The release after
this one drops it.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

STEP = 10_000
# Whoever came to the window, called or spoke at a meeting heard the text that staff tick.
FILL = (
    """
    UPDATE demands_demand AS demand SET handling_text_id = text.id FROM foundation_consenttext AS text
    WHERE demand.id BETWEEN %s AND %s AND demand.consent_handling AND demand.handling_text_id IS NULL
      AND text.version = demand.consent_version
      AND text.purpose = CASE WHEN demand.channel IN ('web', 'venue_qr') THEN 'handling' ELSE 'intake' END
    """,
    """
    UPDATE demands_demand AS demand SET publication_text_id = text.id FROM foundation_consenttext AS text
    WHERE demand.id BETWEEN %s AND %s AND demand.consent_publication AND demand.publication_text_id IS NULL
      AND text.version = demand.consent_version AND text.purpose = 'publication'
    """,
)


def fill(apps, schema_editor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM demands_demand")
        (last,) = cursor.fetchone()
        for first in range(1, last + 1, STEP):
            for statement in FILL:
                cursor.execute(statement, [first, first + STEP - 1])


class Migration(migrations.Migration):
    atomic = False  # each step by itself
    dependencies = [("demands", "0010_consent_texts")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        ValidateConstraint("demand", "demand_text_was_agreed_to"),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "ALTER TABLE demands_demand ALTER COLUMN consent_version SET DEFAULT '';",
                    "ALTER TABLE demands_demand ALTER COLUMN consent_version DROP DEFAULT;",
                )
            ],
            [migrations.RemoveField("demand", "consent_version")],
        ),
    ]
