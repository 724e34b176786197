from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('demands', '0013_macros'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='rating',
            index=models.Index(condition=models.Q(('result', 'unsatisfied'), ('work', 'unsatisfied'), _connector='OR'), fields=['demand', 'at'], name='ratings_unsatisfied'),
        ),
    ]
