-- Store one chunk of completed orders: each of one line, every third with a discount that the platform funds.
-- Locks: nothing but its own rows. Session settings say which: history.from, history.to (numbers from 1, inclusive),
-- history.begins_ms, history.step_ms, history.shopper. Their money is in escrow, and an event tells of each.
CREATE TEMPORARY TABLE history ON COMMIT DROP AS
WITH numbered AS (
    SELECT n, (current_setting('history.begins_ms')::float8 + n * current_setting('history.step_ms')::float8)::bigint AS ms,
           n * 104729 % (SELECT count(*) FROM history_goods) AS good_no
    FROM generate_series(current_setting('history.from')::bigint, current_setting('history.to')::bigint) AS n
)
SELECT n.n, g.*, a.escrow_id, a.funding_id, current_setting('history.shopper')::bigint AS shopper_id,
       -- An id as the shop draws it: milliseconds since 2020, lane, sequence; no two of a millisecond share a number.
       ((n.ms - 1577836800000) << 22) | (g.lane::bigint << 12) | (n.n % 2048) AS purchase_id,
       ((n.ms - 1577836800000) << 22) | (g.lane::bigint << 12) | (n.n % 2048 + 2048) AS order_id,
       ((n.ms + 60000 - 1577836800000) << 22) | (g.lane::bigint << 12) | (n.n % 2048) AS transfer_id,
       to_timestamp(n.ms / 1000.0) AS at, CASE WHEN n.n % 3 = 0 THEN g.price_minor / 20 ELSE 0 END AS discount_minor
FROM numbered AS n
JOIN history_goods AS g ON g.good_no = n.good_no
JOIN history_accounts AS a ON a.merchant_id = g.merchant_id AND a.currency = g.currency
ORDER BY n.n;

INSERT INTO orders_purchase (lane, id, random_bits, shopper_id, market, currency, total_minor, order_ids, state, placed_at,
                             pay_before, extended, paid_at)
SELECT lane, purchase_id, (random() * (1::bigint << 60))::bigint, shopper_id, market, currency,
       price_minor - discount_minor, ARRAY[order_id], 2, at, at + interval '15 min', false, at + interval '20 s'
FROM history ORDER BY n;

INSERT INTO orders_order (lane, id, purchase_lane, purchase_id, position, merchant_id, shopper_id, market, currency,
                          language, channel, device, buyer_country, buyer_region, merchant_country, creator_bps,
                          goods_minor, discount_minor, shipping_minor, tax_added_minor, total_minor, state, placed_at,
                          paid_at, shipped_at, delivered_at, ended_at)
SELECT lane, order_id, lane, purchase_id, 1, merchant_id, shopper_id, market, currency, 'en', 1, 1, country, country,
       merchant_country, 0, price_minor, discount_minor, 0, 0, price_minor - discount_minor, 5, at, at, at, at, at
FROM history ORDER BY n;

INSERT INTO orders_orderline (lane, order_id, line_no, kind, sku_id, stock_id, place_id, title, quantity, unit_price_minor,
                              price_version, goods_minor, discount_minor, tax_minor, tax_rate_bps, tax_included, tax_region,
                              hs_code, commission_bps)
SELECT lane, order_id, 1, 1, sku_id, stock_id, place_id, title, 1, price_minor, 1, price_minor, discount_minor, 0, 0, true,
       country, '000000', 500
FROM history ORDER BY n;

INSERT INTO orders_linediscount (lane, order_id, line_no, step, source, funder, amount_minor)
SELECT lane, order_id, 1, 4, 'coupon:1', 'platform', discount_minor FROM history WHERE discount_minor > 0 ORDER BY n;

INSERT INTO ledger_transfer (lane, id, debit_account_id, credit_account_id, amount_minor, currency, kind, order_id, pending,
                             at)
SELECT lane, transfer_id, funding_id, escrow_id, price_minor - discount_minor, currency, 2, order_id, false, at
FROM history WHERE price_minor > discount_minor ORDER BY n;

INSERT INTO kernel_outbox (writer_id, seq, kind, subject_id, at) SELECT 0, n, 7, order_id, at FROM history ORDER BY n;

UPDATE ledger_account AS a
SET credits_posted_minor = credits_posted_minor + s.credit_minor, debits_posted_minor = debits_posted_minor + s.debit_minor
FROM (
    SELECT id, sum(credit_minor) AS credit_minor, sum(debit_minor) AS debit_minor
    FROM (
        SELECT escrow_id AS id, price_minor - discount_minor AS credit_minor, 0::bigint AS debit_minor FROM history
        UNION ALL SELECT funding_id, 0, price_minor - discount_minor FROM history
    ) AS sides
    GROUP BY id
) AS s
WHERE a.id = s.id
