-- Write down that there is a dispute, or let one that is known be looked at again.
-- Locks: that dispute.
INSERT INTO payments_dispute AS d (provider, ref, state, noted_at, look_at)
VALUES (%(provider)s, %(ref)s, %(noticed)s, %(now)s, %(now)s)
ON CONFLICT (provider, ref) DO UPDATE SET look_at = EXCLUDED.look_at
