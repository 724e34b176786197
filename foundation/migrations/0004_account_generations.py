"""Generations of accounts, and a trigger that counts one when an account is closed; sessions by account."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('foundation', '0003_backups'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='generation',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                ('session_data', models.TextField(verbose_name='session data')),
                ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                ('device', models.CharField(blank=True, max_length=40)),
                ('address', models.CharField(blank=True, max_length=45)),
                ('started_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='KnownDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(max_length=64)),
                ('trusted_until', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='known_devices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('account', 'mark'), name='device_once_an_account')],
            },
        ),
        migrations.RunSQL(
            """
            CREATE FUNCTION count_generation() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.generation := OLD.generation + 1;
                RETURN NEW;
            END
            $$;
            CREATE TRIGGER closed_account BEFORE UPDATE OF is_active ON foundation_user FOR EACH ROW
                WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION count_generation();
            """,
            "DROP TRIGGER closed_account ON foundation_user; DROP FUNCTION count_generation();",
        ),
    ]
