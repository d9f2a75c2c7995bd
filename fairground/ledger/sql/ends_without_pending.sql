-- Find endings of transfers that were never pending, or that there are not.
-- Locks: nothing.
SELECT e.transfer_id, t.id IS NULL AS missing
FROM ledger_transferend AS e
LEFT JOIN ledger_transfer AS t ON t.lane = e.lane AND t.id = e.transfer_id
WHERE t.pending IS NOT TRUE
ORDER BY 1
LIMIT %(at_most)s
