-- Put those who entered a room in an order that follows from its secret and from nothing that anybody could choose.
-- Locks: the room's entrants; nobody else writes them once the room's row is locked.
UPDATE waiting_entrant
SET rank = drawn.rank
FROM (
    SELECT
        shopper_id,
        row_number() OVER (
            PARTITION BY writer_id ORDER BY sha256(%(secret)s || int8send(shopper_id)), shopper_id
        ) - 1 AS rank
    FROM waiting_entrant
    WHERE opens_ms = %(opens_ms)s
) AS drawn
WHERE waiting_entrant.opens_ms = %(opens_ms)s AND waiting_entrant.shopper_id = drawn.shopper_id
