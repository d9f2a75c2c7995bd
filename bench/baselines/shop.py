"""The smallest shop there is, in one database: stock, orders, lines. No foreign keys, which would only slow it down."""

import random
from itertools import accumulate

import psycopg

# A catalogue of a mid-sized festival merchant; the first is the most wanted (Zipf's law with exponent 1).
SKUS = 1_500
UNITS = 100_000_000
PRICE_MINOR = 1_999

_TABLES = """
    DROP TABLE IF EXISTS stock, shop_order, order_line;
    CREATE TABLE stock (sku int PRIMARY KEY, units int NOT NULL CHECK (units >= 0));
    CREATE TABLE shop_order (id bigint PRIMARY KEY, shopper bigint NOT NULL, total_minor bigint NOT NULL,
                             placed_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE order_line (order_id bigint, line_no smallint, sku int NOT NULL, quantity int NOT NULL,
                             price_minor bigint NOT NULL, PRIMARY KEY (order_id, line_no));
"""


def make_shop(*, dsn: str) -> None:
    """Make the tables anew, with more stock than anybody can buy."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(_TABLES)
        connection.execute("INSERT INTO stock SELECT sku, %s FROM generate_series(0, %s) AS sku", [UNITS, SKUS - 1])
        connection.execute("VACUUM ANALYZE")


def wanted_skus(*, count: int, seed: int) -> list[int]:
    """Return 10,000 SKUs as buyers ask for them, of the `count` there are."""
    weights = list(accumulate(1 / rank for rank in range(1, count + 1)))
    return random.Random(seed).choices(range(count), cum_weights=weights, k=10_000)  # noqa: S311 - not for secrets


def order_id(*, client: int, number: int) -> int:
    """Return the id of a client's order, which nobody else gives."""
    return client << 32 | number
