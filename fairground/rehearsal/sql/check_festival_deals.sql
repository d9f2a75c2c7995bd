-- Compare a festival's deals with what was declared and decided, and what was sold with their prices, market by market.
-- Locks: nothing. No price changes while a festival is rehearsed, so each line costs what the deal or the SKU costs now.
WITH declared AS (
    SELECT d.id, d.deal_id, d.state, d.version, d.findings <> '[]'::jsonb AS is_found
    FROM festivals_declaration AS d
    JOIN festivals_enrolment AS e ON e.id = d.enrolment_id
    WHERE e.festival_id = %(festival)s
), prices AS (
    SELECT d.id, d.deal_id, p.market_id, p.price_minor
    FROM declared AS d
    JOIN festivals_declarationprice AS p ON p.declaration_id = d.id
    WHERE d.deal_id IS NOT NULL
), dealt AS (
    SELECT l.id AS deal_id, p.market_id, p.price_minor
    FROM festivals_deal AS l
    JOIN festivals_dealprice AS p ON p.deal_id = l.id
    WHERE l.festival_id = %(festival)s
), sold AS (
    SELECT o.id AS order_id, l.line_no, o.market, l.unit_price_minor,
           COALESCE(d.price_minor, p.price_minor) AS price_minor
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    LEFT JOIN festivals_dealprice AS d ON d.deal_id = l.deal_id AND d.market_id = o.market
    LEFT JOIN catalog_price AS p ON p.sku_id = l.sku_id AND p.market_id = o.market AND l.deal_id IS NULL
), faults AS (
    SELECT format('%%s declarations are deals and %%s declined; decided so were %%s and %%s', n.deals, n.declined,
                  %(approved)s::bigint, %(declined)s::bigint) AS what
    FROM (
        SELECT count(deal_id) AS deals, count(*) FILTER (WHERE state = 'declined') AS declined FROM declared
    ) AS n
    WHERE (n.deals, n.declined) <> (%(approved)s::bigint, %(declined)s::bigint)
    UNION ALL
    SELECT format('deal %%s in %%s costs %%s, declared were %%s', deal_id, market_id, t.price_minor, p.price_minor)
    FROM dealt AS t
    FULL JOIN prices AS p USING (deal_id, market_id)
    WHERE t.price_minor IS DISTINCT FROM p.price_minor
    UNION ALL
    SELECT format('declaration %%s, in which the guard found something, has %%s approvals', d.id, a.said_yes)
    FROM declared AS d
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT x.user_id) AS said_yes
        FROM festivals_approval AS x
        WHERE x.declaration_id = d.id AND x.version = d.version
    ) AS a
    WHERE d.deal_id IS NOT NULL AND a.said_yes <> CASE WHEN d.is_found THEN 2 ELSE 1 END
    UNION ALL
    SELECT format('order %%s, line %%s in %%s: sold at %%s, costs %%s', order_id, line_no, market, unit_price_minor,
                  price_minor)
    FROM sold
    WHERE unit_price_minor IS DISTINCT FROM price_minor
)
SELECT (SELECT count(*) FROM declared) + (SELECT count(*) FROM sold), (SELECT count(*) FROM faults),
       (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
