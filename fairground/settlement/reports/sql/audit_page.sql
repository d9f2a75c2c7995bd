-- Read entries of the audit log of a span in the order in which they were written, from one on, with who did it.
-- Locks: nothing. Walks the primary key; entries only come at its end.
SELECT e.id, e.at, e.user_id, COALESCE(u.email, ''), e.verb, e.subject_kind, e.subject_id, e.reason, e.facts::text
FROM kernel_auditentry AS e
LEFT JOIN identity_user AS u ON u.id = e.user_id
WHERE e.id > %(after_id)s AND e.id <= %(until_id)s AND e.at >= %(from_at)s AND e.at < %(to_at)s
ORDER BY e.id
LIMIT %(rows_max)s
