-- Find presales whose deposit is paid and whose window for the balance is over, lane by lane, the first to close first.
-- Locks: nothing; each is looked at again under the turn. By the index of presales: they may have been placed long ago.
-- One of which a provider is taking the balance (payment states 1 to 3) waits for it as long as any payment does.
-- What was set aside is left out.
SELECT found.id
FROM generate_series(%(lane_from)s::int, %(lane_to)s::int - 1) AS l (lane)
CROSS JOIN LATERAL (
    SELECT p.id
    FROM orders_purchase AS p
    WHERE p.lane = l.lane::smallint AND p.deposit_minor > 0
      AND p.balance_closes_at > %(from)s AND p.balance_closes_at <= %(now)s AND p.state = 8
      AND NOT EXISTS (SELECT FROM payments_payment AS y
                      WHERE y.purchase_id = p.id AND y.state IN (1, 2, 3) AND y.begun_at > %(waited_from)s)
      AND NOT EXISTS (SELECT FROM kernel_setaside AS a WHERE a.chore = 'expiries' AND a.row_key = p.id::varchar)
    ORDER BY p.balance_closes_at, p.id
    LIMIT %(purchases_max)s
) AS found
LIMIT %(purchases_max)s
