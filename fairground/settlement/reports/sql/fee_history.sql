-- Read how commissions were set, the last first: of categories by their rows, merchants' own by the audit log.
-- Locks: nothing. One pass over the rates, and over what the audit log has of merchants.
SELECT h.at, h.category, COALESCE(m.slug, ''), h.before_bps, h.commission_bps, h.user_id, COALESCE(u.email, ''),
       h.reason
FROM (
    SELECT x.valid_from AS at, x.id, x.category_id AS category, x.merchant_id, x.commission_bps,
           lag(x.commission_bps) OVER (PARTITION BY x.category_id, x.merchant_id ORDER BY x.id) AS before_bps,
           a.user_id, COALESCE(a.reason, '') AS reason
    FROM settlement_feerate AS x
    LEFT JOIN LATERAL (
        SELECT e.user_id, e.reason FROM kernel_auditentry AS e
        WHERE e.subject_kind = 'category' AND e.subject_id = x.category_id AND e.verb = 'fee-set'
          AND e.at = x.valid_from AND (e.facts -> 'merchant' ->> 1)::bigint IS NOT DISTINCT FROM x.merchant_id
        ORDER BY e.id DESC
        LIMIT 1
    ) AS a ON true
    WHERE %(category)s = '' OR x.category_id = %(category)s OR starts_with(x.category_id, %(category)s || '.')
    UNION ALL
    SELECT e.at, e.id, '', e.subject_id::bigint, (e.facts -> 'commission_bps' ->> 1)::smallint,
           (e.facts -> 'commission_bps' ->> 0)::smallint, e.user_id, e.reason
    FROM kernel_auditentry AS e
    WHERE e.subject_kind = 'merchant' AND e.facts ? 'commission_bps' AND %(category)s = ''
) AS h
LEFT JOIN merchants_merchant AS m ON m.id = h.merchant_id
LEFT JOIN identity_user AS u ON u.id = h.user_id
WHERE %(merchant)s = '' OR m.slug = %(merchant)s OR h.merchant_id IS NULL
ORDER BY h.at DESC, h.category, h.id DESC
LIMIT %(rows_max)s OFFSET %(passed_over)s
