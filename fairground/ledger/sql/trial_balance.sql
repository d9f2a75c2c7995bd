-- Sum all accounts' debits and credits by currency.
-- Locks: nothing.
SELECT currency,
       sum(debits_posted_minor), sum(credits_posted_minor),
       sum(debits_pending_minor), sum(credits_pending_minor)
FROM ledger_account
GROUP BY currency
ORDER BY currency
