import datetime
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('consultation', '0007_work_orders'),
        ('demands', '0014_unsatisfied_ratings'),
        ('members', '0006_work_orders'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='dispatch',
            index=models.Index(models.OrderBy(models.Case(models.When(status='offered', then='reply_by'), models.When(status__in=('open', 'offered', 'accepted'), then=models.Value(datetime.date(9999, 12, 31), output_field=models.DateField())))), models.OrderBy(models.F('made_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='dispatch_due'),
        ),
        AddIndexConcurrently(
            model_name='dispatch',
            index=models.Index(models.OrderBy(models.Case(models.When(status='offered', then='reply_by'), models.When(status__in=('open', 'offered', 'accepted'), then=models.Value(datetime.date(9999, 12, 31), output_field=models.DateField()))), descending=True, nulls_last=True), models.OrderBy(models.F('made_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='dispatch_due_last'),
        ),
        AddIndexConcurrently(
            model_name='importbatch',
            index=models.Index(models.OrderBy(models.Case(models.When(status='checked', then='made_at'))), models.OrderBy(models.F('made_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='batches_due'),
        ),
        AddIndexConcurrently(
            model_name='importbatch',
            index=models.Index(models.OrderBy(models.Case(models.When(status='checked', then='made_at')), descending=True, nulls_last=True), models.OrderBy(models.F('made_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='batches_due_last'),
        ),
        AddIndexConcurrently(
            model_name='officerequest',
            index=models.Index(fields=['-made_at', '-id'], name='office_requests_newest'),
        ),
        AddIndexConcurrently(
            model_name='proposal',
            index=models.Index(models.OrderBy(models.Case(models.When(models.Q(('status__in', ('not_filed', 'withdrawn', 'closed')), _negated=True), then='created_at'))), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='proposal_due'),
        ),
        AddIndexConcurrently(
            model_name='proposal',
            index=models.Index(models.OrderBy(models.Case(models.When(models.Q(('status__in', ('not_filed', 'withdrawn', 'closed')), _negated=True), then='created_at')), descending=True, nulls_last=True), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='proposal_due_last'),
        ),
    ]
