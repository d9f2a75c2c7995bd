"""Exchange rates that are stored, as their source published them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('markets', '0004_price_protection'),
    ]

    operations = [
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3)),
                ('day', models.DateField()),
                ('source', models.SmallIntegerField(choices=[(1, 'ECB'), (2, 'HOUSE')])),
                ('numerator', models.BigIntegerField()),
                ('denominator', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['source', 'day'], name='rate_newest')],
                'constraints': [models.UniqueConstraint(fields=('currency', 'day', 'source'), name='rate_once_a_day_and_source'), models.CheckConstraint(condition=models.Q(('denominator__gt', 0), ('numerator__gt', 0)), name='rate_positive'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$'), models.Q(('currency', 'EUR'), _negated=True)), name='rate_currency_iso_4217'), models.CheckConstraint(condition=models.Q(('source__in', [1, 2])), name='rate_source_known')],
            },
        ),
    ]
