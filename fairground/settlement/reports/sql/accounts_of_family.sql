-- Read accounts of a family and currency whose address has the words, from after a key on.
-- Locks: nothing. By the primary key; accounts of other families are passed over.
SELECT id, lane, address, kind, currency,
       debits_posted_minor, credits_posted_minor, debits_pending_minor, credits_pending_minor
FROM ledger_account
WHERE (lane, id) > (%(after_lane)s, %(after_id)s)
  AND (%(family)s = '' OR split_part(address, ':', 1) || ':' || split_part(address, ':', -2) = %(family)s)
  AND (%(currency)s = '' OR currency = %(currency)s)
  AND strpos(address, %(words)s) > 0
ORDER BY lane, id
LIMIT %(rows_max)s
