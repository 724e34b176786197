import datetime
import django.db.models.functions.comparison
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('consultation', '0006_paper_templates'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(models.OrderBy(models.Case(models.When(status__in=('planned', 'open'), then='starts_at'))), models.OrderBy(models.F('starts_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='event_due'),
        ),
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(models.OrderBy(models.Case(models.When(status__in=('planned', 'open'), then='starts_at')), descending=True, nulls_last=True), models.OrderBy(models.F('starts_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='event_due_last'),
        ),
        AddIndexConcurrently(
            model_name='picture',
            index=models.Index(models.OrderBy(models.Case(models.When(review='pending', then='created_at'))), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='picture_due'),
        ),
        AddIndexConcurrently(
            model_name='picture',
            index=models.Index(models.OrderBy(models.Case(models.When(review='pending', then='created_at')), descending=True, nulls_last=True), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='picture_due_last'),
        ),
        AddIndexConcurrently(
            model_name='topic',
            index=models.Index(fields=['-order_count', '-created_at', '-id'], name='topic_ordered'),
        ),
        AddIndexConcurrently(
            model_name='topic',
            index=models.Index(models.OrderBy(models.Case(models.When(status='open', then=django.db.models.functions.comparison.Coalesce('closes_on', models.Value(datetime.date(9999, 12, 31), output_field=models.DateField()))))), models.OrderBy(models.F('order_count'), descending=True), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='topic_due'),
        ),
        AddIndexConcurrently(
            model_name='topic',
            index=models.Index(models.OrderBy(models.Case(models.When(status='open', then=django.db.models.functions.comparison.Coalesce('closes_on', models.Value(datetime.date(9999, 12, 31), output_field=models.DateField())))), descending=True, nulls_last=True), models.OrderBy(models.F('order_count'), descending=True), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='topic_due_last'),
        ),
    ]
