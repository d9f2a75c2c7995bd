-- Fold a minute's merchant tallies into one row a merchant; they keep the latest batch number among them.
-- Locks: the folded rows. Nobody changes a tally, and who reads sees all of them or only the fold.
WITH gone AS (
    DELETE FROM dashboard_merchanttally WHERE second >= %(from_s)s AND second < %(to_s)s
    RETURNING lane, writer_seq, kind, merchant_id, currency, orders, units, amount_minor
), latest AS (
    SELECT lane, max(writer_seq) AS writer_seq FROM gone GROUP BY lane
)
INSERT INTO dashboard_merchanttally (lane, writer_seq, row_no, second, kind, merchant_id, currency, orders, units,
                                     amount_minor)
SELECT g.lane, l.writer_seq, -row_number() OVER (PARTITION BY g.lane), %(from_s)s, g.kind, g.merchant_id, g.currency,
       sum(g.orders), sum(g.units), sum(g.amount_minor)
FROM gone AS g JOIN latest AS l ON l.lane = g.lane
GROUP BY g.lane, l.writer_seq, g.kind, g.merchant_id, g.currency
