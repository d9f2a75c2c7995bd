-- Fold a minute's tallies into one row a dimension; they keep the latest batch number among them.
-- Locks: the folded rows. Nobody changes a tally, and who reads sees all of them or only the fold.
WITH gone AS (
    DELETE FROM dashboard_tally WHERE second >= %(from_s)s AND second < %(to_s)s
    RETURNING lane, writer_seq, kind, market, currency, buyer_country, merchant_country, channel, device, entry_hall_id,
              orders, units, amount_minor
), latest AS (
    SELECT lane, max(writer_seq) AS writer_seq FROM gone GROUP BY lane
)
INSERT INTO dashboard_tally (lane, writer_seq, row_no, second, kind, market, currency, buyer_country, merchant_country,
                             channel, device, entry_hall_id, orders, units, amount_minor)
SELECT g.lane, l.writer_seq, -row_number() OVER (PARTITION BY g.lane), %(from_s)s, g.kind, g.market, g.currency,
       g.buyer_country, g.merchant_country, g.channel, g.device, g.entry_hall_id,
       sum(g.orders), sum(g.units), sum(g.amount_minor)
FROM gone AS g JOIN latest AS l ON l.lane = g.lane
GROUP BY g.lane, l.writer_seq, g.kind, g.market, g.currency, g.buyer_country, g.merchant_country, g.channel, g.device,
         g.entry_hall_id
