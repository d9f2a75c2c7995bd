-- Tell the indexes of moments what lies in the pages that were written since, so that a statement can pass them over.
-- Locks: both tables against vacuum, for a moment; nobody who reads or writes.
SELECT brin_summarize_new_values('transfer_at'), brin_summarize_new_values('transferend_at')
