-- Read what was released of these orders, with the terms that were frozen; those that were not released are left out.
-- Locks: nothing; under the orders' turn it holds.
SELECT r.order_id, r.fee_tax_bps, r.reserve_bps, r.escrow_minor, r.discounts_minor, r.commission_minor, r.fee_tax_minor,
       r.creator_minor, r.reserve_minor, r.duties_minor
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN settlement_release AS r ON r.lane = w.lane AND r.order_id = w.id
