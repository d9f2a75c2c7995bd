"""Lines of statements that are no part of an order; deposits that ended before are due to be settled, once each."""

import django.db.models.expressions
from django.db import migrations, models

# Ends: 2 forfeited, 4 returned doubled; kinds of lines: 4 forfeit, 5 penalty.
OLDER = """
INSERT INTO settlement_depositdue (lane, order_id, merchant_id, currency, kind, amount_minor)
SELECT o.lane, o.id, o.merchant_id, o.currency, CASE p.deposit_end WHEN 2 THEN 4 ELSE 5 END, p.deposit_minor
FROM orders_purchase AS p
JOIN orders_order AS o ON o.lane = ((p.order_ids[1] >> 12) & 1023)::smallint AND o.id = p.order_ids[1]
WHERE p.deposit_end IN (2, 4) AND NOT EXISTS (
    SELECT FROM settlement_entry AS e WHERE e.lane = o.lane AND e.order_id = o.id AND e.kind IN (4, 5)
)
ON CONFLICT (lane, order_id) DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0012_frozen_rates'),
        ('settlement', '0004_creators_of_orders'),
    ]

    operations = [
        migrations.CreateModel(
            name='DepositDue',
            fields=[
                ('pk', models.CompositePrimaryKey('lane', 'order_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('lane', models.SmallIntegerField()),
                ('order_id', models.BigIntegerField()),
                ('merchant_id', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('kind', models.SmallIntegerField(choices=[(1, 'RELEASE'), (2, 'REFUND'), (3, 'RESERVE'), (4, 'FORFEIT'), (5, 'PENALTY'), (6, 'SET_OFF')])),
                ('amount_minor', models.BigIntegerField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='entry',
            name='inv_30_line_adds_up',
        ),
        migrations.AddField(
            model_name='entry',
            name='other_minor',
            field=models.BigIntegerField(db_default=0, help_text='what it is of a kind that is no part of an order'),
        ),
        migrations.AlterField(
            model_name='entry',
            name='kind',
            field=models.SmallIntegerField(choices=[(1, 'RELEASE'), (2, 'REFUND'), (3, 'RESERVE'), (4, 'FORFEIT'), (5, 'PENALTY'), (6, 'SET_OFF')]),
        ),
        migrations.AlterField(
            model_name='entry',
            name='order_id',
            field=models.BigIntegerField(help_text='none where currencies are set off', null=True),
        ),
        migrations.AlterField(
            model_name='payout',
            name='reference',
            field=models.CharField(db_default='', max_length=80),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('payable_minor', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('escrow_minor'), '+', models.F('discounts_minor')), '-', models.F('commission_minor')), '-', models.F('fee_tax_minor')), '-', models.F('creator_minor')), '-', models.F('reserve_minor')), '+', models.F('other_minor')))), name='inv_30_line_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('kind__in', [4, 5, 6]), _negated=True), ('other_minor', 0)), models.Q(('kind__in', [4, 5, 6]), ('commission_minor', 0), ('creator_minor', 0), ('discounts_minor', 0), ('escrow_minor', 0), ('fee_tax_minor', 0), ('reserve_minor', 0)), _connector='OR'), name='entry_parts_or_other'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 6), ('order_id__isnull', True)), models.Q(models.Q(('kind', 6), _negated=True), ('order_id__isnull', False)), _connector='OR'), name='entry_names_its_order'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 4), ('other_minor__lte', 0), _negated=True), models.Q(('kind', 5), ('other_minor__gte', 0), _negated=True)), name='inv_35_deposit_settled_to_whom_it_belongs'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', [4, 5])), fields=('lane', 'order_id'), name='inv_35_deposit_settled_once'),
        ),
        migrations.AddConstraint(
            model_name='depositdue',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('kind__in', [4, 5])), name='depositdue_of_a_kind'),
        ),
        migrations.RunSQL(OLDER, migrations.RunSQL.noop),
    ]
