"""What the public list of partners is ordered by, filtered by and searched through."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consultation', '0006_series_in_a_set'),
        ('foundation', '0002_outside_the_models'),
    ]

    operations = [
        # As in `demands`: no field of the model, because nothing reads it but the search.
        migrations.RunSQL(
            """
            ALTER TABLE consultation_organisation ADD COLUMN partner_words tsvector
                GENERATED ALWAYS AS (search_tokens(name || ' ' || name_en, about)) STORED;
            CREATE INDEX partner_words ON consultation_organisation USING gin (partner_words) WHERE is_active;
            """,
            "ALTER TABLE consultation_organisation DROP COLUMN partner_words;",
        ),
        migrations.AddIndex(
            model_name='organisation',
            index=models.Index(models.OrderBy(models.F('has_agreement'), descending=True), models.OrderBy(models.F('cooperation_since'), descending=True, nulls_last=True), models.OrderBy(models.F('id')), condition=models.Q(('is_active', True)), name='partner_first'),
        ),
        migrations.AddIndex(
            model_name='organisation',
            index=models.Index(models.F('sector'), models.OrderBy(models.F('has_agreement'), descending=True), models.OrderBy(models.F('cooperation_since'), descending=True, nulls_last=True), models.OrderBy(models.F('id')), condition=models.Q(('is_active', True)), name='partner_sector'),
        ),
        migrations.AddIndex(
            model_name='organisation',
            index=models.Index(models.F('kind'), models.OrderBy(models.F('has_agreement'), descending=True), models.OrderBy(models.F('cooperation_since'), descending=True, nulls_last=True), models.OrderBy(models.F('id')), condition=models.Q(('is_active', True)), name='partner_kind'),
        ),
        migrations.AddIndex(
            model_name='organisation',
            index=models.Index(models.F('area'), models.OrderBy(models.F('has_agreement'), descending=True), models.OrderBy(models.F('cooperation_since'), descending=True, nulls_last=True), models.OrderBy(models.F('id')), condition=models.Q(('is_active', True)), name='partner_area'),
        ),
        migrations.AddIndex(
            model_name='organisation',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('is_active', True)), fields=['nurtured_years'], name='partner_nurtured'),
        ),
    ]
