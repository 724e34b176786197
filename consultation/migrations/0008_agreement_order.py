from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('consultation', '0007_work_orders'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='agreement',
            index=models.Index(models.OrderBy(models.Case(models.When(status__in=('agreed', 'under_way'), then='due_on')), descending=True, nulls_last=True), models.OrderBy(models.F('due_on'), descending=True), models.OrderBy(models.F('id')), name='agreement_due_last'),
        ),
    ]
