-- Store one chunk of an ordinary day's history: paid purchases of one order each, every fifth of two lines.
-- Locks: nothing but its own rows. Session settings say which: history.from, history.to (numbers of purchases from 1,
-- inclusive), history.begins_ms, history.step_ms (time between two purchases), history.shoppers (made before).
CREATE TEMPORARY TABLE history ON COMMIT DROP AS
WITH numbered AS (
    SELECT n, n % 5 = 0 AS of_two_lines,
           (current_setting('history.begins_ms')::float8 + n * current_setting('history.step_ms')::float8)::bigint AS ms,
           -- Multiplied by a prime, so that neighbours in time are strangers in all else.
           n * 7919 % current_setting('history.shoppers')::bigint AS shopper_no,
           n * 104729 % (SELECT count(*) FROM history_goods) AS good_no
    FROM generate_series(current_setting('history.from')::bigint, current_setting('history.to')::bigint) AS n
)
SELECT n.n, n.of_two_lines, g.*, s.id AS shopper_id, n.ms,
       -- An id as the shop draws it: milliseconds since 2020, lane, sequence; no two of a millisecond share a number.
       ((n.ms - 1577836800000) << 22) | (g.lane::bigint << 12) | (n.n % 2048) AS purchase_id,
       ((n.ms - 1577836800000) << 22) | (g.lane::bigint << 12) | (n.n % 2048 + 2048) AS order_id,
       to_timestamp(n.ms / 1000.0) AS placed_at,
       g.price_minor * (1 + n.of_two_lines::int) AS total_minor
FROM numbered AS n
JOIN history_goods AS g ON g.good_no = n.good_no
JOIN history_shopper AS s ON s.shopper_no = n.shopper_no
ORDER BY n.n;

INSERT INTO orders_purchase (lane, id, random_bits, shopper_id, market, currency, total_minor, order_ids, state, placed_at,
                             pay_before, extended, paid_at)
SELECT lane, purchase_id, (random() * (1::bigint << 60))::bigint, shopper_id, market, currency, total_minor,
       ARRAY[order_id], 2, placed_at, placed_at + interval '15 min', false, placed_at + interval '20 s'
FROM history ORDER BY n;

INSERT INTO orders_order (lane, id, purchase_lane, purchase_id, position, merchant_id, shopper_id, festival_id, market,
                          currency, language, channel, device, buyer_country, buyer_region, merchant_country,
                          creator_bps, goods_minor, discount_minor, shipping_minor, tax_added_minor, total_minor, state,
                          placed_at, paid_at)
SELECT lane, order_id, lane, purchase_id, 1, merchant_id, shopper_id, NULL, market, currency, 'en', 1 + n % 2, 1 + n % 2,
       country, country, merchant_country, 0, total_minor, 0, 0, 0, total_minor, 2, placed_at,
       placed_at + interval '20 s'
FROM history ORDER BY n;

INSERT INTO orders_orderline (lane, order_id, line_no, kind, sku_id, deal_id, stock_id, place_id, title, quantity,
                              unit_price_minor, price_version, goods_minor, discount_minor, tax_minor, tax_rate_bps,
                              tax_included, tax_region, hs_code, commission_bps)
SELECT lane, order_id, line_no, 1, sku_id, NULL, stock_id, place_id, title, 1, price_minor, 1, price_minor, 0,
       price_minor * 19 / 119, 1900, true, country, '000000', 500
FROM history CROSS JOIN LATERAL generate_series(1, 1 + of_two_lines::int) AS line_no
ORDER BY n, line_no;

INSERT INTO orders_orderaddress (lane, order_id, address, erase_after)
SELECT lane, order_id,
       jsonb_build_object('name', 'Shopper ' || n, 'country', country, 'city', 'Fairtown', 'postal_code',
                          lpad((n % 100000)::text, 5, '0'), 'lines', jsonb_build_array(n % 300 || ' Lantern Street')),
       placed_at + interval '90 days'
FROM history ORDER BY n;

INSERT INTO orders_purchasekey (lane, key, shopper_id, request_hash, purchase_id)
SELECT lane,
       -- A UUIDv7 of that moment: 48 bits of milliseconds, version, variant, the rest random.
       (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
       shopper_id, decode(md5(n::text), 'hex'), purchase_id
FROM history ORDER BY n;

INSERT INTO kernel_outbox (writer_id, seq, kind, subject_id, at)
SELECT 0, 2 * n + paid - 1, 1 + paid, purchase_id, placed_at + paid * interval '20 s'
FROM history CROSS JOIN (VALUES (0), (1)) AS v (paid) ORDER BY n, paid;

INSERT INTO orders_shopperpurchase (lane, shopper_id, purchase_id, state, currency, total_minor, placed_at)
SELECT (shopper_id >> 12 & 1023)::smallint, shopper_id, purchase_id, 2, currency, total_minor, placed_at
FROM history ORDER BY 1, 2, 3;

INSERT INTO dashboard_tally (lane, writer_seq, row_no, second, kind, market, currency, buyer_country, merchant_country,
                             channel, device, orders, units, amount_minor)
SELECT 0, max(n), row_number() OVER (), ms / 60000 * 60, kind, market, currency, country, merchant_country, 1 + n % 2,
       1 + n % 2, count(*), sum(1 + of_two_lines::int), sum(total_minor)
FROM history CROSS JOIN (VALUES (1), (2)) AS v (kind)
GROUP BY ms / 60000, kind, market, currency, country, merchant_country, n % 2;

INSERT INTO dashboard_merchanttally (lane, writer_seq, row_no, second, kind, merchant_id, currency, orders, units,
                                     amount_minor)
SELECT 0, max(n), row_number() OVER (), ms / 60000 * 60, kind, merchant_id, currency, count(*),
       sum(1 + of_two_lines::int), sum(total_minor)
FROM history CROSS JOIN (VALUES (1), (2)) AS v (kind)
GROUP BY ms / 60000, kind, merchant_id, currency
