from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes for the desk's list of all dispatches and for those of a status."""

    dependencies = [("demands", "0005_append_only_dispatches")]

    operations = [
        migrations.RemoveIndex(model_name="dispatch", name="dispatch_open"),
        migrations.AddIndex(
            model_name="dispatch",
            index=models.Index(fields=["status", "-made_at", "-id"], name="dispatch_status"),
        ),
        migrations.AddIndex(
            model_name="dispatch", index=models.Index(fields=["-made_at", "-id"], name="dispatch_newest")
        ),
    ]
