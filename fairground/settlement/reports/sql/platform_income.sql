-- Sum by month and currency what the platform earned and what it spent on that, from the transfers of its own accounts.
-- Locks: nothing. Months are UTC's. What goes to such an account is earned, what leaves it is spent or taken back; none
-- of them ever has a pending transfer. Two passes over the transfers of the span.
WITH own AS (
    SELECT id, currency, split_part(address, ':', 2) AS purpose
    FROM ledger_account
    WHERE address LIKE 'platform:%%'
      AND split_part(address, ':', 2) IN (
          'commission', 'lapsed_giftcards', 'discounts', 'provider_fees', 'goodwill', 'prizes'
      )
), moved AS (
    SELECT credit_account_id AS account_id, amount_minor AS minor, at
    FROM ledger_transfer
    WHERE at >= %(from_at)s AND at < %(to_at)s AND NOT pending
    UNION ALL
    SELECT debit_account_id, -amount_minor, at
    FROM ledger_transfer
    WHERE at >= %(from_at)s AND at < %(to_at)s AND NOT pending
)
SELECT to_char(m.at AT TIME ZONE 'UTC', 'YYYY-MM'), o.currency,
       COALESCE(sum(m.minor) FILTER (WHERE o.purpose = 'commission'), 0)::bigint,
       COALESCE(sum(m.minor) FILTER (WHERE o.purpose = 'lapsed_giftcards'), 0)::bigint,
       -COALESCE(sum(m.minor) FILTER (WHERE o.purpose = 'discounts'), 0)::bigint,
       -COALESCE(sum(m.minor) FILTER (WHERE o.purpose = 'provider_fees'), 0)::bigint,
       -COALESCE(sum(m.minor) FILTER (WHERE o.purpose IN ('goodwill', 'prizes')), 0)::bigint
FROM moved AS m
JOIN own AS o ON o.id = m.account_id
GROUP BY 1, 2
ORDER BY 2, 1
