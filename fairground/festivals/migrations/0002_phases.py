"""The phases of festivals and what their beginnings and ends set off. A festival that is there already has its sale."""

import django.db.models.deletion
from django.db import migrations, models

KINDS = [(1, 'announcement'), (2, 'enrolment'), (3, 'warm-up'), (4, 'presale'), (5, 'gala'), (6, 'opening'), (7, 'sale'), (8, 'balance'), (9, 'after-sale')]
SALES = """
INSERT INTO festivals_phase (festival_id, kind, starts_at, ends_at)
SELECT slug, 7, opens_at, closes_at FROM festivals_festival
"""


class Migration(migrations.Migration):

    dependencies = [
        ('festivals', '0001_initial'),
        ('markets', '0002_withdrawal_days'),
    ]

    operations = [
        migrations.AlterField(
            model_name='festival',
            name='opens_at',
            field=models.DateTimeField(help_text='as the sale among its phases'),
        ),
        migrations.AddField(
            model_name='festival',
            name='previous',
            field=models.ForeignKey(help_text='the one that it was cloned from', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='next_ones', to='festivals.festival'),
        ),
        migrations.AddConstraint(
            model_name='festival',
            constraint=models.CheckConstraint(condition=models.Q(('previous', models.F('slug')), _negated=True), name='festival_is_not_its_own_previous'),
        ),
        migrations.CreateModel(
            name='Phase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.SmallIntegerField(choices=KINDS)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(help_text='exclusive')),
                ('festival', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='phases', to='festivals.festival')),
                ('market', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='markets.market')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('festival', 'kind', 'market'), name='phase_once_by_kind_and_market', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='phase_begins_before_it_ends'),
                    models.CheckConstraint(condition=models.Q(('kind__gte', 1), ('kind__lte', 9)), name='phase_kind_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Transition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.SmallIntegerField(choices=KINDS)),
                ('edge', models.SmallIntegerField(choices=[(1, 'begins'), (2, 'ends')])),
                ('due_at', models.DateTimeField()),
                ('tried_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('facts', models.JSONField(default=dict)),
                ('festival', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='transitions', to='festivals.festival')),
                ('market', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='markets.market')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('festival', 'kind', 'market', 'edge'), name='inv_18_transition_once', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('tried_at__gte', models.F('due_at')), models.Q(('done_at', None), ('done_at__gte', models.F('due_at')), _connector='OR')), name='inv_18_no_transition_before_its_time'),
                    models.CheckConstraint(condition=models.Q(('edge__in', [1, 2]), ('kind__gte', 1), ('kind__lte', 9)), name='transition_known'),
                ],
            },
        ),
        migrations.RunSQL(SALES, migrations.RunSQL.noop),
    ]
