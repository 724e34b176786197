"""Synonyms for the search, what was searched for in vain, and how words sound."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

FIRST = Path(__file__).parents[1] / "first_synonyms.txt"


def create_first_synonyms(apps, schema_editor) -> None:
    lines = [line for line in FIRST.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = apps.get_model("demands", "Synonym").objects.using(schema_editor.connection.alias)
    rows.bulk_create(rows.model(words=line) for line in lines)



class Migration(migrations.Migration):

    dependencies = [
        ('demands', '0003_imported_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='MissedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(max_length=12, verbose_name='搜的词')),
                ('month', models.DateField(verbose_name='月份')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='次数')),
            ],
            options={
                'verbose_name': '没有搜到的词',
                'verbose_name_plural': '没有搜到的词',
                'ordering': ['-month', '-count', 'words'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Synonym',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(help_text='居民的说法、部门的说法都写上，用空格或顿号分开，例如“电瓶车、电动车、电动自行车”。', max_length=160, unique=True, verbose_name='意思相同的词')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
            ],
            options={
                'verbose_name': '同义词',
                'verbose_name_plural': '同义词',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SynonymUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='月份')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='次数')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='wordcount',
            name='other_sound',
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name='wordcount',
            name='sound',
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddIndex(
            model_name='wordcount',
            index=models.Index(condition=models.Q(('sound', ''), _negated=True), fields=['sound'], name='word_sound'),
        ),
        migrations.AddIndex(
            model_name='wordcount',
            index=models.Index(condition=models.Q(('other_sound', ''), _negated=True), fields=['other_sound'], name='word_other_sound'),
        ),
        migrations.AddConstraint(
            model_name='missedsearch',
            constraint=models.UniqueConstraint(fields=('words', 'month'), name='missed_search_once'),
        ),
        migrations.AddField(
            model_name='synonymuse',
            name='synonym',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='demands.synonym', verbose_name='同义词'),
        ),
        migrations.AddConstraint(
            model_name='synonymuse',
            constraint=models.UniqueConstraint(fields=('synonym', 'month'), name='synonym_use_once'),
        ),
        migrations.RunPython(create_first_synonyms, migrations.RunPython.noop),
    ]
