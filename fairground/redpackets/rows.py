"""The rows of packets that were grabbed, packed for binary COPY. Columns left out keep their default."""

from fairground.kernel.copying import copy_table

PACKET_ROWS = copy_table(
    "redpackets_packet",
    {
        "lane": "int2",
        "id": "int8",
        "shopper_id": "int8",
        "round_id": "int8",
        "no": "int4",
        "amount_minor": "int8",
        "currency": "char3",
        "grabbed_at": "moment",
        "valid_until": "moment",
    },
)
