-- Compare what is declared with who approved it, with the deals, and with the stock that was set aside.
-- Locks: nothing.
WITH faults AS (
    SELECT format('declaration %s is %s and has %s approvals of version %s, found by the guard: %s', d.id, d.state,
                  count(a.user_id), d.version, jsonb_array_length(d.findings)) AS what
    FROM festivals_declaration AS d
    LEFT JOIN festivals_approval AS a ON a.declaration_id = d.id AND a.version = d.version
         AND a.user_id IS DISTINCT FROM d.declared_by
    WHERE d.state IN ('approved', 'frozen')
    GROUP BY d.id
    HAVING count(a.user_id) < CASE WHEN jsonb_array_length(d.findings) = 0 THEN 1 ELSE 2 END
    UNION ALL
    SELECT format('SKU %s has deal %s, and its declaration %s is %s', f.sku_id, f.id, d.id, d.state)
    FROM festivals_declaration AS d
    JOIN festivals_enrolment AS e ON e.id = d.enrolment_id
    JOIN festivals_deal AS f ON f.festival_id = e.festival_id AND f.sku_id = d.sku_id
    WHERE d.deal_id IS DISTINCT FROM f.id
    UNION ALL
    SELECT format('declaration %s is of SKU %s, which is not its merchant''s', d.id, d.sku_id)
    FROM festivals_declaration AS d
    JOIN festivals_enrolment AS e ON e.id = d.enrolment_id
    JOIN catalog_sku AS s ON s.id = d.sku_id
    WHERE s.merchant_id <> e.merchant_id
    UNION ALL
    SELECT format('declaration %s is %s, and the units of its deal %s are%s set aside', d.id, d.state, f.id,
                  CASE WHEN d.state = 'approved' THEN '' ELSE ' not' END)
    FROM festivals_declaration AS d
    JOIN festivals_deal AS f ON f.id = d.deal_id
    WHERE (d.state = 'frozen') <> EXISTS (
        SELECT FROM inventory_stock AS s WHERE s.lane = f.lane AND s.sku_id = f.sku_id AND s.deal_id = f.id
    )
)
SELECT (SELECT count(*) FROM festivals_declaration), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
