"""The portal's row says more about who answers for personal data, and consent texts have versions that stay as they are.

The first versions are the words that stood beside the boxes so far.
"""

import json
from pathlib import Path

import django.core.validators
import django.utils.timezone
from django.db import migrations, models

FIRST = Path(__file__).parents[1] / "first_consents.json"


def lay_in(apps, schema_editor) -> None:
    rows = apps.get_model("foundation", "ConsentText").objects.using(schema_editor.connection.alias)
    for row in json.loads(FIRST.read_text("utf-8")):
        rows.create(**row)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0007_portal_story")]

    operations = [
        migrations.AddField(
            model_name='portal',
            name='institution_mark_url',
            field=models.URLField(blank=True, verbose_name='党政机关标识链接'),
        ),
        migrations.AddField(
            model_name='portal',
            name='privacy_contact',
            field=models.CharField(blank=True, help_text='个人或科室，写在隐私说明里。', max_length=80, verbose_name='个人信息保护负责人'),
        ),
        migrations.AddField(
            model_name='portal',
            name='privacy_contact_en',
            field=models.CharField(blank=True, max_length=120, verbose_name='个人信息保护负责人（英文）'),
        ),
        migrations.AddField(
            model_name='portal',
            name='reply_days',
            field=models.PositiveSmallIntegerField(db_default=15, default=15, help_text='1 至 20 个工作日，写在隐私说明和无障碍声明里。', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)], verbose_name='答复个人信息请求和无障碍意见的工作日'),
        ),
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('handling', '办理需求'), ('publication', '公开摘要'), ('intake', '代录需求（口头同意）'), ('sign_up', '活动报名'), ('topic_order', '点单后告知结果')], max_length=20, verbose_name='用途')),
                ('version', models.CharField(help_text='例如 2027-01。', max_length=20, verbose_name='版本')),
                ('text', models.TextField(max_length=300, verbose_name='勾选框旁的文字')),
                ('text_en', models.TextField(max_length=600, verbose_name='勾选框旁的文字（英文）')),
                ('hint', models.TextField(blank=True, max_length=300, verbose_name='下面的说明')),
                ('hint_en', models.TextField(blank=True, max_length=600, verbose_name='下面的说明（英文）')),
                ('starts_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='开始使用')),
            ],
            options={
                'verbose_name': '同意书',
                'verbose_name_plural': '同意书',
                'ordering': ['purpose', '-starts_at'],
                'default_permissions': ('add', 'view'),
                'constraints': [models.UniqueConstraint(fields=('purpose', 'version'), name='consent_version_once', violation_error_message='这个用途已有同一版本号。'), models.UniqueConstraint(fields=('purpose', 'starts_at'), name='consent_starts_once', violation_error_message='这个用途已有同一时间开始的版本。'), models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('text_en', ''), _negated=True), models.Q(models.Q(('hint', ''), ('hint_en', '')), models.Q(models.Q(('hint', ''), _negated=True), models.Q(('hint_en', ''), _negated=True)), _connector='OR')), name='consent_in_both_languages', violation_error_message='中文和英文都要写；说明要么都写，要么都不写。')],
            },
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON foundation_consenttext
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            """,
            "DROP TRIGGER append_only ON foundation_consenttext;",
        ),
        migrations.RunPython(lay_in, migrations.RunPython.noop),
    ]
