-- Find the first line that is neither an acknowledged purchase nor an acknowledged payment.
-- Locks: nothing.
SELECT min(line_no)
FROM verify_line
WHERE line IS NOT NULL AND NOT COALESCE(
    pg_input_is_valid(line ->> 'purchase', 'bigint') AND pg_input_is_valid(line ->> 'total_minor', 'bigint')
        AND pg_input_is_valid(line ->> 'shopper', 'bigint') AND pg_input_is_valid(line ->> 'key', 'uuid')
        AND line ->> 'number' IS NOT NULL AND line ->> 'currency' IS NOT NULL
    OR pg_input_is_valid(line ->> 'paid', 'bigint') AND pg_input_is_valid(line ->> 'amount_minor', 'bigint')
        AND line ->> 'currency' IS NOT NULL,
    false
)
