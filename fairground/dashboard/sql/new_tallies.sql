-- Sum the tallies written after a batch number, by what the screen shows; a moment's snapshot.
-- Locks: nothing.
SELECT t.lane, max(t.writer_seq), t.kind, t.currency, t.buyer_country, t.merchant_country, t.device, t.second,
       sum(t.orders), sum(t.units), sum(t.amount_minor)
FROM unnest(%(lanes)s::smallint[], %(seqs)s::bigint[]) AS w (lane, seq)
JOIN dashboard_tally AS t ON t.lane = w.lane AND t.writer_seq > w.seq
WHERE t.second >= %(since)s
GROUP BY t.lane, t.kind, t.currency, t.buyer_country, t.merchant_country, t.device, t.second
