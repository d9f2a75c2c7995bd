-- Sum commissions and the tax on them, and what went back of both, by month, the merchant's country, and rate of tax.
-- Locks: nothing. Months are UTC's; kinds: 1 an order was released, 2 something went back of one that was. A rate is
-- what the release froze, a country what its order froze. One pass over the statement lines of the period.
SELECT to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM'), COALESCE(m.market_id, ''), o.merchant_country, e.currency,
       r.fee_tax_bps, COALESCE(sum(e.commission_minor) FILTER (WHERE e.kind = 1), 0)::bigint,
       COALESCE(sum(e.fee_tax_minor) FILTER (WHERE e.kind = 1), 0)::bigint,
       -COALESCE(sum(e.commission_minor) FILTER (WHERE e.kind = 2), 0)::bigint,
       -COALESCE(sum(e.fee_tax_minor) FILTER (WHERE e.kind = 2), 0)::bigint
FROM settlement_entry AS e
JOIN settlement_release AS r ON r.lane = e.lane AND r.order_id = e.order_id
JOIN orders_order AS o ON o.lane = e.lane AND o.id = e.order_id
LEFT JOIN markets_marketregion AS m ON m.country = o.merchant_country
WHERE e.kind <= 2 AND (e.commission_minor <> 0 OR e.fee_tax_minor <> 0)
      AND e.at >= %(from_date)s::date::timestamp AT TIME ZONE 'UTC'
      AND e.at < %(to_date)s::date::timestamp AT TIME ZONE 'UTC'
      AND (%(market)s = '' OR m.market_id = %(market)s)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 4, 1, 3, 5
