"""Reads about shoppers."""

from fairground.identity.models import Shopper


def blocked_shopper_ids() -> frozenset[int]:
    """Return the ids of all blocked shoppers; a partial index holds only them."""
    return frozenset(Shopper.objects.filter(blocked_at__isnull=False).values_list("id", flat=True))
