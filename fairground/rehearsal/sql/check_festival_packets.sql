-- Compare the red packets that shoppers were told of with those there are, and what was given with rounds and caps.
-- Locks: nothing. More grabbed than there were packets, so each round has given all of its own.
WITH told AS (
    SELECT *
    FROM unnest(%(ids)s::bigint[], %(round_ids)s::bigint[], %(shopper_ids)s::bigint[], %(amounts_minor)s::bigint[])
        AS t (id, round_id, shopper_id, amount_minor)
), rounds AS (
    SELECT r.id, r.packets, r.budget_minor, r.campaign_id
    FROM redpackets_packetround AS r
    JOIN redpackets_packetcampaign AS c ON c.id = r.campaign_id
    WHERE c.festival_id = %(festival)s
), given AS (
    SELECT p.id, p.round_id, p.shopper_id, p.amount_minor
    FROM redpackets_packet AS p
    WHERE p.round_id IN (SELECT id FROM rounds)
), faults AS (
    SELECT format('packet %%s with %%s to shopper %%s was told of and is not there', id, amount_minor, shopper_id) AS what
    FROM (SELECT * FROM told EXCEPT SELECT * FROM given) AS missing
    UNION ALL
    SELECT format('packet %%s with %%s of shopper %%s, of which nobody was told', id, amount_minor, shopper_id)
    FROM (SELECT * FROM given EXCEPT SELECT * FROM told) AS unknown
    UNION ALL
    SELECT format('round %%s gave %%s packets with %%s of %%s with %%s', r.id, count(g.id),
                  COALESCE(sum(g.amount_minor), 0), r.packets, r.budget_minor)
    FROM rounds AS r
    LEFT JOIN given AS g ON g.round_id = r.id
    GROUP BY r.id, r.packets, r.budget_minor
    HAVING count(g.id) <> r.packets OR COALESCE(sum(g.amount_minor), 0) <> r.budget_minor
    UNION ALL
    SELECT format('campaign %%s of %%s gave %%s', c.id, c.budget_minor, sum(g.amount_minor))
    FROM redpackets_packetcampaign AS c
    JOIN rounds AS r ON r.campaign_id = c.id
    JOIN given AS g ON g.round_id = r.id
    GROUP BY c.id, c.budget_minor
    HAVING sum(g.amount_minor) > c.budget_minor
)
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
