"""Demands keep which texts were agreed to, when they were shown and in which language.

Nothing rewrites the table: the keys are empty at first and have no index, the language's default is a constant, and the
check holds for new rows at once while old ones are read by the next migration, without keeping anybody out.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("demands", "0009_search_columns"),
        ("foundation", "0008_consent_texts"),
        ("consultation", "0006_consent_texts"),
    ]

    operations = [
        migrations.AddField(
            model_name='demand',
            name='consent_language',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=10, verbose_name='同意书的语言'),
        ),
        migrations.AddField(
            model_name='demand',
            name='consent_shown_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='看到同意书的时间'),
        ),
        migrations.AddField(
            model_name='demand',
            name='handling_text',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='foundation.consenttext', verbose_name='同意办理的文字'),
        ),
        migrations.AddField(
            model_name='demand',
            name='publication_text',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='foundation.consenttext', verbose_name='同意公开的文字'),
        ),
        AddConstraintNotValid(
            model_name='demand',
            constraint=models.CheckConstraint(condition=models.Q(('handling_text__isnull', True), ('consent_handling', True), _connector='OR'), name='demand_text_was_agreed_to'),
        ),
    ]
