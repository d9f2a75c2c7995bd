"""Deleting idempotency keys whose day is over."""

from uuid import UUID

from fairground.orders.models import PurchaseKey

KEYS_A_BATCH_MAX = 10_000


def delete_old_keys(*, before_ms: int) -> bool:
    """Delete keys made before a moment, oldest first, a batch at a time; True where a batch was full.

    A UUIDv7 begins with its millisecond, so the primary key's order is time's order.
    """
    end = UUID(int=before_ms << 80)
    old = PurchaseKey.objects.filter(key__lt=end).order_by("key")[:KEYS_A_BATCH_MAX]
    pks = list(old.values_list("pk", flat=True))
    if pks:
        PurchaseKey.objects.filter(pk__in=pks).delete()
    return len(pks) == KEYS_A_BATCH_MAX
