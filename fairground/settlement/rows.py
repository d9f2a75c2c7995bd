"""Packed COPY rows of settlement's hot tables."""

from fairground.kernel.copying import copy_table

_PARTS = {
    "escrow_minor": "int8",
    "discounts_minor": "int8",
    "commission_minor": "int8",
    "fee_tax_minor": "int8",
    "creator_minor": "int8",
    "reserve_minor": "int8",
    "payable_minor": "int8",
}
RELEASE_ROWS = copy_table(
    "settlement_release",
    {
        "lane": "int2",
        "order_id": "int8",
        "merchant_id": "int8",
        "currency": "char3",
        "fee_tax_bps": "int2",
        "reserve_bps": "int2",
        "at": "moment",
        **_PARTS,
        "duties_minor": "int8",
        "creator_id": "int8?",
        "reserve_until": "moment?",
    },
)
ENTRY_ROWS = copy_table(
    "settlement_entry",
    {
        "lane": "int2",
        "id": "int8",
        "merchant_id": "int8",
        "currency": "char3",
        "order_id": "int8",
        "kind": "int2",
        "at": "moment",
        **_PARTS,
    },
)
