"""Imported demands know when they came in, lists on what basis to publish them; what waits before it is erased is
listed; and a demand knows which finished one it is again.
"""

import django.db.models.deletion
import django.db.models.functions.comparison
import foundation.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consultation', '0002_outside_the_models'),
        ('demands', '0002_outside_the_models'),
        ('foundation', '0002_outside_the_models'),
        ('members', '0002_outside_the_models'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DueErasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('listed_at', models.DateTimeField(default=foundation.clock.now, verbose_name='列出时间')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='看过时间')),
            ],
            options={
                'verbose_name': '到期待删除的需求',
                'verbose_name_plural': '到期待删除的需求',
                'ordering': ['pk'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Retention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('months', models.PositiveIntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.RemoveIndex(
            model_name='demand',
            name='demand_expiring',
        ),
        migrations.AddField(
            model_name='demand',
            name='again_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recurrences', to='demands.demand', verbose_name='之前办过'),
        ),
        migrations.AddField(
            model_name='demand',
            name='imported_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='导入时间'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='publish_as',
            field=models.CharField(blank=True, choices=[('web_consent', '居民在网页上同意公开'), ('oral_consent', '居民口头同意，工作人员已记录'), ('nobody_concerned', '不涉及任何个人'), ('already_public', '原本就已公开')], db_default='', default='', editable=False, max_length=20, verbose_name='导入时公开'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='unread',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list, editable=False),
        ),
        migrations.AlterField(
            model_name='demand',
            name='public_result',
            field=models.TextField(blank=True, max_length=20000, verbose_name='公开的办理结果'),
        ),
        migrations.AlterField(
            model_name='demand',
            name='public_summary',
            field=models.TextField(blank=True, max_length=20000, verbose_name='公开摘要'),
        ),
        migrations.AddIndex(
            model_name='demand',
            index=models.Index(condition=models.Q(('published_at__isnull', False), models.Q(('imported_at__isnull', True), ('published_at__gt', models.F('imported_at')), _connector='OR')), fields=['-published_at', '-id'], name='pub_news'),
        ),
        migrations.AddIndex(
            model_name='demand',
            index=models.Index(django.db.models.functions.comparison.Greatest('closed_at', 'imported_at'), condition=models.Q(models.Q(('imported_at__isnull', True), ('published_at__isnull', True), models.Q(('publication_basis', 'already_public'), _negated=True), _connector='OR'), ('erased_at__isnull', True)), name='demand_ended'),
        ),
        migrations.AddConstraint(
            model_name='demand',
            constraint=models.CheckConstraint(condition=models.Q(('again_of__isnull', True), models.Q(('again_of', models.F('pk')), _negated=True), _connector='OR'), name='demand_not_again_of_itself'),
        ),
        migrations.AddField(
            model_name='dueerasure',
            name='demand',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='due_erasure', to='demands.demand', verbose_name='需求'),
        ),
        migrations.AddField(
            model_name='dueerasure',
            name='seen_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='谁看过'),
        ),
        migrations.AddConstraint(
            model_name='retention',
            constraint=models.CheckConstraint(condition=models.Q(('pk', 1)), name='retention_is_one_row'),
        ),
        migrations.AddIndex(
            model_name='dueerasure',
            index=models.Index(condition=models.Q(('seen_at__isnull', True)), fields=['id'], name='erasures_to_see'),
        ),
        # Those of lists came with their batch. Of the command's, only those that came with their answer can be told
        # from others: the portal itself never resolves. They count from now, so that none is erased tonight.
        migrations.RunSQL(
            """
            UPDATE demands_demand demand SET imported_at = batch.made_at
                FROM demands_importrow line JOIN demands_importbatch batch ON batch.id = line.batch_id
                WHERE line.demand_id = demand.id;
            UPDATE demands_demand demand SET imported_at = now()
                WHERE imported_at IS NULL AND NOT is_demo AND EXISTS (
                    SELECT FROM demands_demandtransition move
                    WHERE move.demand_id = demand.id AND move.to_status = 'resolved' AND move.party = 'system'
                );
            """,
            migrations.RunSQL.noop,
        ),
    ]
