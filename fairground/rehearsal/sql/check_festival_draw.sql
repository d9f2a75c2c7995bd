-- Compare a draw with the list that was published, its winners with its prizes, and what they were paid with those.
-- Locks: nothing. Kinds of prize: 1 wallet, 2 payment exemption; of entry: 1 purchase. States: of a draw 5 paid out, of an
-- order 7 cancelled. An exemption pays back what is left of the purchase; the pool's cap is above all of them together.
WITH drawn AS (
    SELECT d.*, p.cap_minor, p.awarded_minor
    FROM draws_draw AS d
    JOIN draws_prizepool AS p ON p.slug = d.pool_id
    WHERE d.slug = %(slug)s
), promised AS (
    SELECT w.draw_id, w.place, z.kind, w.kind AS entered_by,
           least((z.amounts_minor ->> w.market)::bigint, (d.ceilings_minor ->> w.market)::bigint) AS most_minor,
           (
               SELECT sum(o.total_minor - COALESCE((
                   SELECT sum(r.paid_minor) FROM orders_refund AS r WHERE r.lane = o.lane AND r.order_id = o.id
               ), 0))
               FROM orders_purchase AS p, unnest(p.order_ids) AS x (id)
               JOIN orders_order AS o ON o.lane = ((x.id >> 12) & 1023)::smallint AND o.id = x.id AND o.state <> 7
               WHERE p.lane = ((w.ref >> 12) & 1023)::smallint AND p.id = w.ref
           ) AS spent_minor
    FROM drawn AS d
    JOIN draws_winner AS w ON w.draw_id = d.id
    JOIN draws_prize AS z ON z.id = w.prize_id
), due AS (
    SELECT *, CASE WHEN kind = 2 AND entered_by = 1 THEN least(most_minor, COALESCE(spent_minor, 0)) ELSE most_minor END
              AS due_minor
    FROM promised
), faults AS (
    SELECT format('draw %%s in state %%s: root %%s of %%s entries, published were %%s of %%s', slug, state, root, entries,
                  %(root)s::text, %(entries)s::bigint) AS what
    FROM drawn
    WHERE (root, entries, state) <> (%(root)s::text, %(entries)s::bigint, 5)
    UNION ALL
    SELECT format('draw %%s has %%s winners for %%s prizes and %%s entrants', d.slug, w.winners, z.places, d.entrants)
    FROM drawn AS d
    CROSS JOIN LATERAL (SELECT sum(count) AS places FROM draws_prize WHERE draw_id = d.id) AS z
    CROSS JOIN LATERAL (SELECT count(*) AS winners FROM draws_winner WHERE draw_id = d.id) AS w
    WHERE w.winners <> least(z.places, d.entrants)
    UNION ALL
    SELECT format('place %%s was awarded %%s of %%s that are due', u.place, COALESCE(a.amount_minor::text, 'nothing'),
                  u.due_minor)
    FROM due AS u
    LEFT JOIN draws_award AS a ON a.draw_id = u.draw_id AND a.place = u.place
    WHERE a.amount_minor IS DISTINCT FROM u.due_minor
    UNION ALL
    SELECT format('the pool of draw %%s gave %%s of %%s', slug, awarded_minor, cap_minor)
    FROM drawn
    WHERE awarded_minor > cap_minor
    UNION ALL
    SELECT format('there is no draw %%s', %(slug)s::text) WHERE NOT EXISTS (SELECT FROM drawn)
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
