"""Shoppers."""

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
