"""What searches look through becomes two generated columns, with positions and weights to rank by.

The model has no such fields: every page would load them with its rows, and nothing reads them but the searches
(`demands.models.demand.Words`).
"""

from django.db import migrations

COLUMNS = """
ALTER TABLE demands_demand
    ADD COLUMN public_words tsvector
        GENERATED ALWAYS AS (search_tokens(public_title, public_summary)) STORED,
    ADD COLUMN desk_words tsvector
        GENERATED ALWAYS AS (search_tokens(public_title, description || ' ' || place)) STORED;
CREATE INDEX pub_words ON demands_demand USING gin (public_words) WHERE published_at IS NOT NULL;
CREATE INDEX desk_words ON demands_demand USING gin (desk_words);
"""


class Migration(migrations.Migration):
    dependencies = [("demands", "0008_append_only_trail"), ("foundation", "0006_search_folds_and_ranks")]

    operations = [
        migrations.RemoveIndex(model_name="demand", name="pub_words"),
        migrations.RemoveIndex(model_name="demand", name="desk_words"),
        migrations.RunSQL(COLUMNS, "ALTER TABLE demands_demand DROP COLUMN public_words, DROP COLUMN desk_words;"),
    ]
