"""Propose a payout of a shop's first merchant, and print its number."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairground.config.settings")
django.setup()

from fairground.merchants.queries import merchant_ids  # noqa: E402
from fairground.settlement.models import Payout  # noqa: E402
from tests.settlement.making import make_payout  # noqa: E402


def proposed() -> int:
    """Return the number of the payout, made where there is none yet."""
    found = Payout.objects.values_list("id", flat=True).first()
    return found or make_payout(merchant_ids()[0])


if __name__ == "__main__":
    print(proposed())
