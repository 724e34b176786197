import datetime

import django.db.models.functions.comparison
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('demands', '0008_urgency'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='demand',
            index=models.Index(models.OrderBy(models.Case(models.When(status__in=('received', 'accepted', 'in_consultation', 'in_progress', 'reopened'), then=django.db.models.functions.comparison.Coalesce(models.F('due_on'), models.Value(datetime.date(9999, 12, 31), output_field=models.DateField()))))), models.OrderBy(models.F('received_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='desk_deadline'),
        ),
        AddIndexConcurrently(
            model_name='demand',
            index=models.Index(models.OrderBy(models.Case(models.When(status__in=('received', 'accepted', 'in_consultation', 'in_progress', 'reopened'), then=django.db.models.functions.comparison.Coalesce(models.F('due_on'), models.Value(datetime.date(9999, 12, 31), output_field=models.DateField())))), descending=True, nulls_last=True), models.OrderBy(models.F('received_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='desk_deadline_last'),
        ),
        AddIndexConcurrently(
            model_name='demand',
            index=models.Index(condition=models.Q(('status__in', ('received', 'accepted', 'in_consultation', 'in_progress', 'reopened')), ('urgency__in', ('urgent', 'suggested'))), fields=['due_on', 'id'], name='desk_urgent'),
        ),
    ]
