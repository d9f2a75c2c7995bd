"""A discount that merchant and platform share is a row each: who funds it joins the primary key."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0004_deposits'),
    ]

    operations = [
        migrations.RunSQL(
            sql='''ALTER TABLE orders_linediscount DROP CONSTRAINT orders_linediscount_pkey,
                ADD PRIMARY KEY (lane, order_id, line_no, step, source, funder)''',
            reverse_sql='''ALTER TABLE orders_linediscount DROP CONSTRAINT orders_linediscount_pkey,
                ADD PRIMARY KEY (lane, order_id, line_no, step, source)''',
            state_operations=[
                migrations.AlterField(
                    model_name='linediscount',
                    name='pk',
                    field=models.CompositePrimaryKey(
                        'lane', 'order_id', 'line_no', 'step', 'source', 'funder',
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
            ],
        ),
    ]
