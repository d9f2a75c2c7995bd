-- Write what the parts of released orders are after a refund.
-- Locks: the rows of these releases, in the order of their keys; the turn keeps others away.
UPDATE settlement_release AS r
SET escrow_minor = w.escrow, discounts_minor = w.discounts, commission_minor = w.commission, fee_tax_minor = w.fee_tax,
    creator_minor = w.creator, reserve_minor = w.reserve, payable_minor = w.payable, duties_minor = w.duties
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(escrow)s::bigint[], %(discounts)s::bigint[],
            %(commission)s::bigint[], %(fee_tax)s::bigint[], %(creator)s::bigint[], %(reserve)s::bigint[],
            %(payable)s::bigint[], %(duties)s::bigint[])
     AS w (lane, id, escrow, discounts, commission, fee_tax, creator, reserve, payable, duties)
WHERE r.lane = w.lane AND r.order_id = w.id
