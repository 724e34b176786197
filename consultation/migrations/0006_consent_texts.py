"""Sign-ups and orders keep which text was agreed to, when it was shown and in which language.

The columns are added without reading the tables. Rows that are there already have no text: none was noted with them.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consultation", "0005_append_only"), ("foundation", "0008_consent_texts")]

    operations = [
        migrations.AddField(
            model_name='signup',
            name='consent_language',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=10, verbose_name='同意书的语言'),
        ),
        migrations.AddField(
            model_name='signup',
            name='consent_shown_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='看到同意书的时间'),
        ),
        migrations.AddField(
            model_name='signup',
            name='consent_text',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='foundation.consenttext', verbose_name='同意的文字'),
        ),
        migrations.AddField(
            model_name='topicorder',
            name='consent_language',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=10, verbose_name='同意书的语言'),
        ),
        migrations.AddField(
            model_name='topicorder',
            name='consent_shown_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='看到同意书的时间'),
        ),
        migrations.AddField(
            model_name='topicorder',
            name='consent_text',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='foundation.consenttext', verbose_name='同意的文字'),
        ),
    ]
