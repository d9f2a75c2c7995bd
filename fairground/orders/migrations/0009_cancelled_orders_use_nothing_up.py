"""What orders gave back that were cancelled before there were refunds counts no more as used.

0008 wrote what of their discounts ended. Limits of promotions, coupons and red packets say what orders keep.
"""

from django.db import migrations

# As check_discounts.sql reckons it, and by the first lane of the purchase's writer, in which its slices are. Kinds of
# an allowance: 1 uses. States of an order: 6 expired, 7 cancelled. What keeps nothing of a discount has the use back.
COUNTERS = """
CREATE TEMPORARY TABLE discounts_kept ON COMMIT DROP AS
WITH ended AS (
    SELECT lane, order_id, line_no, step, source, funder, sum(amount_minor) AS amount_minor
    FROM orders_refunddiscount
    GROUP BY lane, order_id, line_no, step, source, funder
)
SELECT split_part(d.source, ':', 1) AS word, split_part(d.source, ':', 2)::bigint AS given_id, o.market, o.shopper_id,
       o.purchase_id, sum(d.amount_minor - COALESCE(e.amount_minor, 0))::bigint AS amount_minor
FROM orders_linediscount AS d
JOIN orders_order AS o ON o.lane = d.lane AND o.id = d.order_id
LEFT JOIN ended AS e ON e.lane = d.lane AND e.order_id = d.order_id AND e.line_no = d.line_no AND e.step = d.step
     AND e.source = d.source AND e.funder = d.funder
WHERE d.source ~ '^(promotion|coupon|packet):[0-9]+$' AND o.state NOT IN (6, 7)
GROUP BY d.source, o.market, o.shopper_id, o.purchase_id
HAVING sum(d.amount_minor - COALESCE(e.amount_minor, 0)) <> 0;

UPDATE promotions_allowance AS a SET taken = s.taken, amount_minor = s.amount_minor
FROM (
    SELECT i.lane, i.promotion_id, i.market, count(k.purchase_id)::int AS taken,
           COALESCE(sum(k.amount_minor), 0)::bigint AS amount_minor
    FROM promotions_allowance AS i
    JOIN kernel_writer AS w ON w.lane_from = i.lane
    LEFT JOIN discounts_kept AS k ON k.word <> 'packet' AND k.given_id = i.promotion_id AND k.market = i.market
         AND ((k.purchase_id >> 12) & 1023) >= w.lane_from AND ((k.purchase_id >> 12) & 1023) < w.lane_to
    WHERE i.kind = 1
    GROUP BY i.lane, i.promotion_id, i.market
) AS s
WHERE a.lane = s.lane AND a.promotion_id = s.promotion_id AND a.market = s.market AND a.kind = 1
  AND (a.taken, a.amount_minor) <> (s.taken, s.amount_minor);

UPDATE promotions_shopperuse AS u SET uses = s.uses
FROM (
    SELECT i.promotion_id, i.shopper_id, count(k.purchase_id)::int AS uses
    FROM promotions_shopperuse AS i
    LEFT JOIN discounts_kept AS k
         ON k.word <> 'packet' AND k.given_id = i.promotion_id AND k.shopper_id = i.shopper_id
    GROUP BY i.promotion_id, i.shopper_id
) AS s
WHERE u.promotion_id = s.promotion_id AND u.shopper_id = s.shopper_id AND u.uses <> s.uses;

UPDATE promotions_coupon AS c SET used = s.used
FROM (
    SELECT i.promotion_id, i.shopper_id, count(k.purchase_id)::smallint AS used
    FROM promotions_coupon AS i
    LEFT JOIN discounts_kept AS k
         ON k.word = 'coupon' AND k.given_id = i.promotion_id AND k.shopper_id = i.shopper_id
    GROUP BY i.promotion_id, i.shopper_id
) AS s
WHERE c.promotion_id = s.promotion_id AND c.shopper_id = s.shopper_id AND c.used <> s.used;

UPDATE redpackets_packet AS p SET used_minor = s.used_minor
FROM (
    SELECT i.id, COALESCE(sum(k.amount_minor), 0)::bigint AS used_minor
    FROM redpackets_packet AS i
    LEFT JOIN discounts_kept AS k ON k.word = 'packet' AND k.given_id = i.id
    GROUP BY i.id
) AS s
WHERE p.id = s.id AND p.used_minor <> s.used_minor;

DROP TABLE discounts_kept;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0004_waiting_room_and_switches"),
        ("orders", "0008_refunds_within_lines"),
        ("promotions", "0001_initial"),
        ("redpackets", "0001_campaigns_rounds_slices_and_packets"),
    ]
    operations = [migrations.RunSQL(COUNTERS, migrations.RunSQL.noop)]
