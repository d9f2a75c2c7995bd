"""Print a request body a line for everything that a realm sells at its usual price (docs/http-order.md)."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairground.config.settings")
django.setup()

from fairground.rehearsal.goods import read_goods  # noqa: E402 - Django must be set up before models are imported

country = sys.argv[1] if len(sys.argv) > 1 else "DE"
goods = read_goods()
market = goods.market_of_country[country]
for good in goods.all:
    if good.deal_id is None:
        body = {
            "market": market,
            "currency": goods.currency_of_market[market],
            "language": "en",
            "ship_to": {"name": "Ada", "country": country, "lines": ["1 Lantern Street"]},
            "lines": [{"sku": str(good.sku_id), "quantity": 1, "unit_price_minor": good.prices_minor[market]}],
        }
        sys.stdout.write(json.dumps(body) + "\n")
