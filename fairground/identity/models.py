"""Shoppers, and the addresses that they keep."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Shopper(models.Model):
    """A person who buys. Limited deals need a verified one; a blocked one is refused at the door."""

    id = models.BigIntegerField(primary_key=True)
    lane = models.SmallIntegerField()
    verified = models.BooleanField(db_default=False)
    blocked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["blocked_at"], condition=Q(blocked_at__isnull=False), name="shopper_blocked")
        ]


class SavedAddress(models.Model):
    """An address that a shopper keeps for the next purchase; `address` is as the door takes it."""

    shopper_id = models.BigIntegerField(db_index=True)
    address = models.JSONField()
    is_default = models.BooleanField(db_default=False)
    used_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shopper_id"], condition=Q(is_default=True), name="savedaddress_one_default"
            )
        ]
