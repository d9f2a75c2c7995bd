"""The rows of new purchases, packed for binary COPY. Columns left out keep their default or NULL."""

from functools import lru_cache

from fairground.kernel.copying import copy_table

_PURCHASE_COLUMNS = {
    "lane": "int2",
    "id": "int8",
    "random_bits": "int8",
    "shopper_id": "int8",
    "total_minor": "int8",
    "state": "int2",
    "placed_at": "moment",
    "pay_before": "moment",
    "currency": "char3",
    "market": "text",
    "order_ids": "int8[]",
}
PURCHASE_ROWS = copy_table("orders_purchase", _PURCHASE_COLUMNS)
PRESALE_ROWS = copy_table(
    "orders_purchase",
    {
        **_PURCHASE_COLUMNS,
        "deposit_minor": "int8",
        "deposit_mode": "int2",
        "balance_opens_at": "moment",
        "balance_closes_at": "moment",
    },
)
ORDER_ROWS = copy_table(
    "orders_order",
    {
        "lane": "int2",
        "id": "int8",
        "purchase_lane": "int2",
        "purchase_id": "int8",
        "position": "int2",
        "merchant_id": "int8",
        "shopper_id": "int8",
        "currency": "char3",
        "channel": "int2",
        "device": "int2",
        "buyer_country": "char2",
        "merchant_country": "char2",
        "creator_bps": "int2",
        "goods_minor": "int8",
        "discount_minor": "int8",
        "shipping_minor": "int8",
        "shipping_tax_minor": "int8",
        "tax_added_minor": "int8",
        "duties_minor": "int8",
        "total_minor": "int8",
        "state": "int2",
        "placed_at": "moment",
    },
    tail={
        "market": "text",
        "language": "text",
        "buyer_region": "text",
        "festival_id": "text?",
        "entry_hall_id": "int2?",
        "creator_id": "int8?",
        "creator_claim": "int2?",
        "store_id": "int8?",
    },
)
LINE_ROWS = copy_table(
    "orders_orderline",
    {
        "lane": "int2",
        "order_id": "int8",
        "line_no": "int2",
        "kind": "int2",
        "sku_id": "int8",
        "stock_id": "int8",
        "place_id": "int8",
        "quantity": "int4",
        "unit_price_minor": "int8",
        "price_version": "int8",
        "goods_minor": "int8",
        "discount_minor": "int8",
        "tax_minor": "int8",
        "tax_rate_bps": "int2",
        "tax_included": "bool",
        "commission_bps": "int2",
    },
    tail={
        "deal_id": "int8?",
        "title": "text",
        "tax_region": "text",
        "hs_code": "text",
    },
)
DISCOUNT_ROWS = copy_table(
    "orders_linediscount",
    {
        "lane": "int2",
        "order_id": "int8",
        "line_no": "int2",
        "step": "int2",
        "amount_minor": "int8",
        "source": "text",
        "funder": "text",
    },
)
REFUND_ROWS = copy_table(
    "orders_refund",
    {
        "lane": "int2",
        "order_id": "int8",
        "line_no": "int2",
        "refund_no": "int2",
        "reason": "int2",
        "units": "int4",
        "goods_minor": "int8",
        "discount_minor": "int8",
        "ahead_minor": "int8",
        "tax_minor": "int8",
        "tax_included": "bool",
        "paid_minor": "int8",
        "restocked": "bool",
        "at": "moment",
    },
)
REFUND_DISCOUNT_ROWS = copy_table(
    "orders_refunddiscount",
    {
        "lane": "int2",
        "order_id": "int8",
        "line_no": "int2",
        "refund_no": "int2",
        "step": "int2",
        "amount_minor": "int8",
        "source": "text",
        "funder": "text",
    },
)
DUTY_ROWS = copy_table(
    "orders_orderduty",
    {
        "lane": "int2",
        "order_id": "int8",
        "duty_no": "int2",
        "place_id": "int8",
        "value_minor": "int8",
        "duty_minor": "int8",
        "tax_minor": "int8",
        "country": "char2",
        "heading": "text",
    },
)
ADDRESS_ROWS = copy_table(
    "orders_orderaddress", {"lane": "int2", "order_id": "int8", "erase_after": "moment", "address": "jsonb"}
)
KEY_ROWS = copy_table(
    "orders_purchasekey",
    {"key": "uuid", "shopper_id": "int8", "lane": "int2", "purchase_id": "int8", "request_hash": "bytea"},
)

# What is the same in order after order is packed once: there are few markets and regions, and some thousand titles.
order_tail = lru_cache(maxsize=50_000)(ORDER_ROWS.tail)
line_tail = lru_cache(maxsize=50_000)(LINE_ROWS.tail)
