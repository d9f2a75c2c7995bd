"""INV-34: lines freeze their commission, orders the share of their creator; an order freezes no mean any more.

Lines that were placed before have the rate of their order. A creator has what was released to it, else what its
merchant promises today.
"""

from django.db import migrations, models

BEFORE = """
UPDATE orders_orderline AS l SET commission_bps = o.commission_bps
FROM orders_order AS o
WHERE o.lane = l.lane AND o.id = l.order_id AND o.commission_bps <> 0;
UPDATE orders_order AS o
SET creator_bps = COALESCE(
    (SELECT r.creator_bps FROM settlement_release AS r WHERE r.lane = o.lane AND r.order_id = o.id),
    (SELECT t.creator_bps FROM settlement_terms AS t WHERE t.merchant_id = o.merchant_id), 0)
WHERE o.creator_id IS NOT NULL;
"""
# Goods with several commissions have one mean again, as orders had.
UNDO_BEFORE = """
UPDATE orders_order AS o SET commission_bps = s.mean_bps
FROM (
    SELECT lane, order_id, COALESCE(round(sum(goods_minor * commission_bps) / NULLIF(sum(goods_minor), 0)),
                                    max(commission_bps))::smallint AS mean_bps
    FROM orders_orderline
    GROUP BY lane, order_id
) AS s
WHERE o.lane = s.lane AND o.id = s.order_id;
"""
# After the update: a trigger before it would lock each order's row once more whenever anything of it is updated.
STAYS = """
CREATE FUNCTION inv_34_rate_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-34: rates of % are frozen when it is placed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'inv_34_rate_stays';
END $$;
CREATE TRIGGER inv_34_rate_stays AFTER UPDATE OF commission_bps ON orders_orderline
    FOR EACH ROW WHEN (OLD.commission_bps <> NEW.commission_bps) EXECUTE FUNCTION inv_34_rate_stays();
CREATE TRIGGER inv_34_rate_stays AFTER UPDATE OF creator_bps ON orders_order
    FOR EACH ROW WHEN (OLD.creator_bps <> NEW.creator_bps) EXECUTE FUNCTION inv_34_rate_stays();
"""
UNDO_STAYS = """
DROP TRIGGER inv_34_rate_stays ON orders_order;
DROP TRIGGER inv_34_rate_stays ON orders_orderline;
DROP FUNCTION inv_34_rate_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0011_units_held_within_lines"),
        ("settlement", "0003_ended_payouts_stay"),
    ]
    operations = [
        migrations.AddField(
            model_name="orderline",
            name="commission_bps",
            field=models.SmallIntegerField(
                default=0, help_text="what the platform takes of the price that its merchant made"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="order",
            name="creator_bps",
            field=models.SmallIntegerField(
                default=0, help_text="what its creator is promised of its goods; without one 0"
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(BEFORE, UNDO_BEFORE),
        # With a default the column can come back where there are orders.
        migrations.AlterField(model_name="order", name="commission_bps", field=models.SmallIntegerField(default=0)),
        migrations.RemoveField(model_name="order", name="commission_bps"),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("commission_bps__range", (0, 10000))), name="inv_34_commission_in_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("creator_bps__range", (0, 10000)),
                    models.Q(("creator_id__isnull", False), ("creator_bps", 0), _connector="OR"),
                ),
                name="inv_34_share_of_a_creator",
            ),
        ),
        migrations.RunSQL(STAYS, UNDO_STAYS),
    ]
