from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("demands", "0006_responsible_units"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='demandphoto',
            index=models.Index(condition=models.Q(('office_request__isnull', False)), fields=['office_request'], name='photos_of_answer'),
        ),
        AddIndexConcurrently(
            model_name='demand',
            index=models.Index(condition=models.Q(('unit__isnull', False)), fields=['unit', '-received_at', '-id'], name='desk_unit'),
        ),
        AddIndexConcurrently(
            model_name='demand',
            index=models.Index(condition=models.Q(('reported_by__isnull', False)), fields=['reported_by', '-received_at', '-id'], name='desk_reported_by'),
        ),
        AddIndexConcurrently(
            model_name='officerequest',
            index=models.Index(condition=models.Q(('unit__isnull', False)), fields=['unit', '-made_at'], name='office_request_of_unit'),
        ),
    ]
