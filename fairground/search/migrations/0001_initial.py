import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Document',
            fields=[
                ('pk', models.CompositePrimaryKey('product_id', 'language', blank=True, editable=False, primary_key=True, serialize=False)),
                ('language', models.CharField(max_length=12)),
                ('is_fallback', models.BooleanField()),
                ('title_start', models.CharField(help_text='how the title begins, for suggestions', max_length=60)),
                ('words', django.contrib.postgres.search.SearchVectorField()),
                ('source', models.BigIntegerField(help_text='a hash of all that it was made from; another one: stale')),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.product')),
            ],
            options={
                'indexes': [
                    django.contrib.postgres.indexes.GinIndex(fields=['words'], name='document_words'),
                    models.Index(fields=['language', 'title_start'], name='document_title_start', opclasses=['varchar_ops', 'varchar_pattern_ops']),
                ],
            },
        ),
    ]
