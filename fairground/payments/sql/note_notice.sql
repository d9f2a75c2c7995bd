-- Write down what a provider told; of the same notice again no row is counted.
-- Locks: nothing that is there; of two at once the second waits for the first.
INSERT INTO payments_paymentnotice (provider, notice_id, key, at)
VALUES (%(provider)s, %(notice_id)s, %(key)s, %(at)s)
ON CONFLICT (provider, notice_id) DO NOTHING
