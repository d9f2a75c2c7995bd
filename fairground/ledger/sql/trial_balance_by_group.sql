-- Sum the accounts as their rows stand, by currency and by their address with every id in it written as *.
-- Locks: nothing.
SELECT currency, regexp_replace(address, '[0-9]+', '*', 'g') AS name, count(*),
       sum(debits_posted_minor), sum(credits_posted_minor), sum(debits_pending_minor), sum(credits_pending_minor)
FROM ledger_account
GROUP BY 1, 2
ORDER BY 1, 2
