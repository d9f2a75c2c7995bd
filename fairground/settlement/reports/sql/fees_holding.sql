-- Read the commissions of categories that hold now, of a category and below it, of a merchant and of all.
-- Locks: nothing. One pass over the table, which has as many rows as commissions were ever set.
SELECT f.category_id, COALESCE(m.slug, ''), COALESCE(m.name, ''), f.commission_bps, f.valid_from, a.user_id,
       COALESCE(u.email, ''), COALESCE(a.reason, '')
FROM (
    SELECT DISTINCT ON (x.category_id, x.merchant_id) x.category_id, x.merchant_id, x.commission_bps, x.valid_from
    FROM settlement_feerate AS x
    WHERE %(category)s = '' OR x.category_id = %(category)s OR starts_with(x.category_id, %(category)s || '.')
    ORDER BY x.category_id, x.merchant_id, x.id DESC
) AS f
LEFT JOIN merchants_merchant AS m ON m.id = f.merchant_id
LEFT JOIN LATERAL (
    SELECT e.user_id, e.reason FROM kernel_auditentry AS e
    WHERE e.subject_kind = 'category' AND e.subject_id = f.category_id AND e.verb = 'fee-set' AND e.at = f.valid_from
      AND (e.facts -> 'merchant' ->> 1)::bigint IS NOT DISTINCT FROM f.merchant_id
    ORDER BY e.id DESC
    LIMIT 1
) AS a ON true
LEFT JOIN identity_user AS u ON u.id = a.user_id
WHERE f.commission_bps IS NOT NULL AND (%(merchant)s = '' OR f.merchant_id IS NULL OR m.slug = %(merchant)s)
ORDER BY f.category_id, m.slug NULLS FIRST
LIMIT %(rows_max)s
