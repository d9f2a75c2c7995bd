-- Compare pools with what was awarded, awards with transfers, winners with entries, entries with what they are for.
-- Locks: nothing. Kinds of transfer: 10 prize, 11 payment exemption; of entry: 1 purchase; of prize: 2 exemption;
-- states of a draw: 3 closed, 4 drawn, 5 paid out; of a purchase: 2 paid, 7 cancelled afterwards.
WITH won AS (
    SELECT d.slug, d.pool_id, d.state, d.ceilings_minor, z.kind AS prize_kind, z.amounts_minor, w.*,
           COALESCE(s.merged_into_id, s.id) AS payee_id
    FROM draws_winner AS w
    JOIN draws_draw AS d ON d.id = w.draw_id
    JOIN draws_prize AS z ON z.id = w.prize_id
    LEFT JOIN identity_shopper AS s ON s.id = w.shopper_id
), moved AS (
    SELECT t.id, t.kind, t.amount_minor, t.currency, t.pending, d.address AS source, c.address AS wallet
    FROM ledger_transfer AS t
    LEFT JOIN ledger_account AS d
         ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    LEFT JOIN ledger_account AS c
         ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    WHERE t.kind IN (10, 11)
), counted AS (
    SELECT e.draw_id, count(*) AS entries, count(DISTINCT e.shopper_id) AS entrants, max(e.nth) AS most
    FROM draws_entry AS e
    GROUP BY e.draw_id
), paid_back AS (
    SELECT t.ref, t.awarded, COALESCE(p.total_minor, 0) AS total_minor, COALESCE(b.refunded, 0) AS refunded
    FROM (
        SELECT w.ref, sum(a.amount_minor) AS awarded
        FROM draws_award AS a
        JOIN won AS w ON w.draw_id = a.draw_id AND w.place = a.place AND w.prize_kind = 2 AND w.kind = 1
        GROUP BY w.ref
    ) AS t
    LEFT JOIN orders_purchase AS p ON p.lane = ((t.ref >> 12) & 1023)::smallint AND p.id = t.ref
    LEFT JOIN LATERAL (
        SELECT sum(r.paid_minor) AS refunded
        FROM unnest(p.order_ids) AS x (id)
        JOIN orders_refund AS r ON r.lane = ((x.id >> 12) & 1023)::smallint AND r.order_id = x.id
    ) AS b ON true
), faults AS (
    SELECT format('pool %s: %s awarded of %s, prizes took %s', p.slug, p.awarded_minor, p.cap_minor, a.charged) AS what,
           abs(p.awarded_minor - a.charged) + greatest(p.awarded_minor - p.cap_minor, 0) AS off
    FROM draws_prizepool AS p
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(x.charged_minor), 0) AS charged
        FROM draws_award AS x JOIN draws_draw AS d ON d.id = x.draw_id
        WHERE d.pool_id = p.slug
    ) AS a
    WHERE p.awarded_minor <> a.charged OR p.awarded_minor > p.cap_minor
    UNION ALL
    SELECT format('award of draw %s, place %s: %s %s, transfer %s moved %s %s to %s', a.draw_id, a.place,
                  a.amount_minor, a.currency, a.transfer_id, m.amount_minor, m.currency, m.wallet),
           abs(a.amount_minor - COALESCE(m.amount_minor, 0))
    FROM draws_award AS a
    LEFT JOIN won AS w ON w.draw_id = a.draw_id AND w.place = a.place
    LEFT JOIN moved AS m ON m.id = a.transfer_id
    WHERE a.amount_minor > 0
      AND (m.amount_minor, m.currency, m.pending, m.source, m.wallet, m.kind) IS DISTINCT FROM
          (a.amount_minor, a.currency, false, format('platform:prizes:%s', a.currency),
           format('shopper:%s:wallet:%s', w.payee_id, a.currency),
           (CASE w.prize_kind WHEN 2 THEN 11 ELSE 10 END)::smallint)
    UNION ALL
    SELECT format('transfer %s of %s %s is no prize that was awarded', m.id, m.amount_minor, m.currency), m.amount_minor
    FROM moved AS m
    WHERE NOT EXISTS (SELECT FROM draws_award AS a WHERE a.transfer_id = m.id)
    UNION ALL
    SELECT format('draw %s, place %s: %s %s is more than the prize or the ceiling of %s', w.slug, w.place,
                  a.amount_minor, a.currency, w.market), a.amount_minor
    FROM draws_award AS a
    JOIN won AS w ON w.draw_id = a.draw_id AND w.place = a.place
    WHERE a.amount_minor > least((w.amounts_minor ->> w.market)::bigint, (w.ceilings_minor ->> w.market)::bigint)
    UNION ALL
    SELECT format('purchase %s of %s: draws paid %s back, and %s was refunded', b.ref, b.total_minor, b.awarded,
                  b.refunded),
           b.awarded + b.refunded - b.total_minor
    FROM paid_back AS b
    WHERE b.awarded + b.refunded > b.total_minor
    UNION ALL
    SELECT format('award of draw %s, place %s, that nobody won', a.draw_id, a.place), a.amount_minor
    FROM draws_award AS a
    WHERE NOT EXISTS (SELECT FROM won AS w WHERE w.draw_id = a.draw_id AND w.place = a.place)
    UNION ALL
    SELECT format('draw %s, place %s was won by entry %s of %s, which is not there', w.slug, w.place, w.ref,
                  w.shopper_id), 0
    FROM won AS w
    LEFT JOIN draws_entry AS e ON e.draw_id = w.draw_id AND e.shopper_id = w.shopper_id AND e.kind = w.kind
         AND e.ref = w.ref AND e.market = w.market
    WHERE e.ref IS NULL OR w.state < 4
    UNION ALL
    SELECT format('draw %s: shopper %s won %s prizes', w.draw_id, w.shopper_id, count(*)), 0
    FROM draws_winner AS w
    GROUP BY w.draw_id, w.shopper_id
    HAVING count(*) > 1
    UNION ALL
    SELECT format('entry %s of shopper %s in draw %s: what it is for is not there, not paid in time, or not theirs',
                  e.ref, e.shopper_id, e.draw_id), 0
    FROM draws_entry AS e
    LEFT JOIN draws_draw AS d ON d.id = e.draw_id
    LEFT JOIN identity_shopper AS s ON s.id = e.shopper_id
    LEFT JOIN orders_purchase AS p ON p.lane = ((e.ref >> 12) & 1023)::smallint AND p.id = e.ref AND e.kind = 1
    LEFT JOIN identity_shopper AS b ON b.id = p.shopper_id
    WHERE d.id IS NULL OR s.id IS NULL OR e.lane <> ((e.shopper_id >> 12) & 1023)
       OR NOT e.kind = ANY(d.ways) OR NOT e.market = ANY(d.markets)
       OR e.at < d.opens_at OR e.at >= d.closes_at OR e.nth > d.entries_max
       OR e.kind = 1 AND (p.id IS NULL OR p.state NOT IN (2, 7) OR p.paid_at IS DISTINCT FROM e.at
                          OR p.market <> e.market OR COALESCE(b.merged_into_id, b.id) <> e.shopper_id
                          OR p.total_minor < COALESCE((d.minimum_minor ->> p.market)::bigint, 0))
    UNION ALL
    SELECT format('draw %s: list of %s entries of %s, there are %s of %s', d.slug, d.entries, d.entrants,
                  COALESCE(c.entries, 0), COALESCE(c.entrants, 0)), 0
    FROM draws_draw AS d
    LEFT JOIN counted AS c ON c.draw_id = d.id
    WHERE d.state >= 3 AND (d.entries, d.entrants) IS DISTINCT FROM
          (COALESCE(c.entries, 0)::int, COALESCE(c.entrants, 0)::int)
    UNION ALL
    SELECT format('draw %s: %s won, %s could have', d.slug, n.won, least(n.places, d.entrants)), 0
    FROM draws_draw AS d
    CROSS JOIN LATERAL (
        SELECT (SELECT count(*) FROM draws_winner AS w WHERE w.draw_id = d.id) AS won,
               (SELECT sum(z.count) FROM draws_prize AS z WHERE z.draw_id = d.id) AS places
    ) AS n
    WHERE n.won <> CASE WHEN d.state >= 4 THEN least(n.places, d.entrants) ELSE 0 END
    UNION ALL
    SELECT format('draw %s: its commitment is not that of its secret', d.slug), 0
    FROM draws_draw AS d
    WHERE encode(sha256(d.secret), 'hex') <> d.commitment
)
SELECT (SELECT count(*) FROM draws_prizepool) + (SELECT count(*) FROM draws_draw) + (SELECT count(*) FROM draws_entry)
           + (SELECT count(*) FROM draws_winner) + (SELECT count(*) FROM draws_award),
       (SELECT count(*) FROM faults), (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
