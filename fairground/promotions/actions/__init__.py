"""Writes of promotions: `declare`, `coupons`, `uses`, `levelling`."""
