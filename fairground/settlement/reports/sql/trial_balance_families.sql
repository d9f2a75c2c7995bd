-- Sum all accounts by currency and family: whose kind they are and what for (merchant:escrow, platform:funding).
-- Locks: nothing. One pass over the accounts' rows.
SELECT currency, split_part(address, ':', 1) || ':' || split_part(address, ':', -2) AS family, count(*)::bigint,
       sum(debits_posted_minor)::bigint, sum(credits_posted_minor)::bigint,
       sum(debits_pending_minor)::bigint, sum(credits_pending_minor)::bigint,
       CASE WHEN min(address) = max(address) THEN min(address) ELSE '' END
FROM ledger_account
GROUP BY 1, 2
ORDER BY 1, 2
