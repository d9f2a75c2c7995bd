-- Read a draw's entries for its list: who, how, what for. Their order does not matter; there may be a million.
-- Locks: nothing; the entries of a closed draw do not change.
SELECT e.shopper_id, e.kind, e.ref
FROM draws_entry AS e
WHERE e.draw_id = %(draw_id)s
