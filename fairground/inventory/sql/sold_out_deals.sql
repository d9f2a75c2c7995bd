-- Read the deals of which no unit is left.
-- Locks: nothing. It reads the stock rows of deals alone, by an index of theirs.
SELECT deal_id FROM inventory_stock WHERE deal_id IS NOT NULL AND units = reserved + sold
