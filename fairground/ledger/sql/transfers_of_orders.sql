-- Read the transfers of orders within windows of ids, with the accounts between which they went and how they ended.
-- Locks: nothing. There is no index by order: a transfer lies in its order's lane, and its id tells when it was made.
SELECT DISTINCT t.order_id, t.id, t.at, t.kind, t.amount_minor, t.currency, t.pending, e.outcome, d.address, c.address
FROM unnest(%(order_ids)s::bigint[], %(from_ids)s::bigint[], %(to_ids)s::bigint[]) AS w (order_id, from_id, to_id)
JOIN ledger_transfer AS t
    ON t.lane = ((w.order_id >> 12) & 1023)::smallint AND t.id >= w.from_id AND t.id < w.to_id AND t.order_id = w.order_id
JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
ORDER BY t.id
