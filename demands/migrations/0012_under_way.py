"""The newest public demands that are not at their end, for the home page; made while the portal goes on writing."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # as the operation needs
    dependencies = [("demands", "0011_consent_versions")]

    operations = [
        AddIndexConcurrently(
            model_name="demand",
            index=models.Index(
                fields=["-published_at", "-id"],
                name="pub_under_way",
                condition=models.Q(
                    published_at__isnull=False,
                    status__in=("received", "accepted", "in_consultation", "in_progress", "reopened"),
                ),
            ),
        ),
    ]
