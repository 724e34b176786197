from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("foundation", "0019_robots"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(('webhook__isnull', False)), fields=['webhook'], name='outbox_webhook'),
        ),
        AddConstraintNotValid(
            model_name='outboxmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('contact__isnull', False), ('user__isnull', True), ('webhook__isnull', True)), models.Q(('contact__isnull', True), ('user__isnull', False), ('webhook__isnull', True)), models.Q(('contact__isnull', True), ('user__isnull', True), ('webhook__isnull', False)), _connector='OR'), name='outbox_to_one_recipient'),
        ),
    ]
