from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('consultation', '0007_work_orders'),
        ('foundation', '0022_receptions_consent'),
        ('members', '0005_receptions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='dutyrecord',
            index=models.Index(models.OrderBy(models.Case(models.When(status='submitted', then='day'))), models.OrderBy(models.F('day'), descending=True), models.OrderBy(models.F('id'), descending=True), name='duty_due'),
        ),
        AddIndexConcurrently(
            model_name='dutyrecord',
            index=models.Index(models.OrderBy(models.Case(models.When(status='submitted', then='day')), descending=True, nulls_last=True), models.OrderBy(models.F('day'), descending=True), models.OrderBy(models.F('id'), descending=True), name='duty_due_last'),
        ),
        AddIndexConcurrently(
            model_name='profilechange',
            index=models.Index(models.OrderBy(models.Case(models.When(status='submitted', then='created_at'))), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='profile_due'),
        ),
        AddIndexConcurrently(
            model_name='profilechange',
            index=models.Index(models.OrderBy(models.Case(models.When(status='submitted', then='created_at')), descending=True, nulls_last=True), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='profile_due_last'),
        ),
        AddIndexConcurrently(
            model_name='resource',
            index=models.Index(models.OrderBy(models.Case(models.When(status='offered', then='created_at'))), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='resource_due'),
        ),
        AddIndexConcurrently(
            model_name='resource',
            index=models.Index(models.OrderBy(models.Case(models.When(status='offered', then='created_at')), descending=True, nulls_last=True), models.OrderBy(models.F('created_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='resource_due_last'),
        ),
    ]
