-- Sum the merchants' tallies written after a batch number, by kind.
-- Locks: nothing.
SELECT t.lane, max(t.writer_seq), t.merchant_id, t.currency, t.kind, sum(t.amount_minor)
FROM unnest(%(lanes)s::smallint[], %(seqs)s::bigint[]) AS w (lane, seq)
JOIN dashboard_merchanttally AS t ON t.lane = w.lane AND t.writer_seq > w.seq
WHERE t.second >= %(since)s
GROUP BY t.lane, t.merchant_id, t.currency, t.kind
