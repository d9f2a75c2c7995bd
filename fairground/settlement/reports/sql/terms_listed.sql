-- Read how merchants are settled of whom somebody said so, those that are held first.
-- Locks: nothing. At most a row a merchant; what stands in no row is as of every new merchant.
SELECT m.slug, m.name, t.held, t.held_because, t.reserve_bps, t.reserve_days, t.creator_bps, t.schedule,
       t.payout_min_cents, t.own_currency, m.currency, m.id
FROM settlement_terms AS t
JOIN merchants_merchant AS m ON m.id = t.merchant_id
ORDER BY t.held DESC, m.slug
LIMIT %(rows_max)s
