from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("foundation", "0020_robots_index"),
    ]

    operations = [
        ValidateConstraint(model_name="outboxmessage", name="outbox_to_one_recipient"),
    ]
