-- Make this session's tables for what the crowd wrote down; they are empty where there is no file.
-- Locks: nothing that anybody else uses.
CREATE TEMPORARY TABLE verify_line (line_no bigint GENERATED ALWAYS AS IDENTITY, line jsonb);
CREATE TEMPORARY TABLE verify_acknowledged (
    line_no bigint, purchase_id bigint, number text, total_minor bigint, currency text, shopper_id bigint, key uuid
);
CREATE TEMPORARY TABLE verify_paid (line_no bigint, purchase_id bigint, amount_minor bigint, currency text);
CREATE TEMPORARY TABLE verify_refusal (
    line_no bigint PRIMARY KEY, judge text, code text, facts jsonb, request jsonb, expect jsonb, retried boolean,
    shopper_id bigint, purchase_id bigint, key uuid, sent_at timestamptz, answered_at timestamptz
);
CREATE TEMPORARY TABLE verify_asked (
    line_no bigint, sku_id bigint, deal_id bigint, quantity bigint, unit_price_minor bigint
);
