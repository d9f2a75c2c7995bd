"""Rooms, who is in them, and the numbers that they got. An entrant is written in a rush: no foreign keys."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Room(models.Model):
    """An opening that people wait for: all deals that open in the same millisecond have one room."""

    opens_ms = models.BigIntegerField(primary_key=True, help_text="when it opens, as Unix milliseconds")
    drawn_at = models.DateTimeField(null=True, help_text="empty: it takes entrants, up to some seconds before it opens")
    secret = models.BinaryField(null=True, help_text="32 bytes, made at the draw: nobody knows the order before")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True, secret__isnull=True)
                | Q(drawn_at__isnull=False, secret__isnull=False),
                name="room_drawn_by_a_secret",
            )
        ]


class Entrant(models.Model):
    """A shopper in a room. Their place is the first number of the room's block at their writer, plus their rank."""

    pk = models.CompositePrimaryKey("opens_ms", "shopper_id")
    opens_ms = models.BigIntegerField()
    shopper_id = models.BigIntegerField()
    writer_id = models.SmallIntegerField(help_text="who will decide the purchase that is waited for")
    entered_at = models.DateTimeField()
    rank = models.IntegerField(null=True, help_text="from 0, of those before the same writer; empty: not drawn")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rank__gte=0), name="entrant_rank_from_0"),
            # Only where it is drawn: entering writes one index.
            models.UniqueConstraint(
                fields=["opens_ms", "writer_id", "rank"], name="inv_24_one_rank", condition=Q(rank__isnull=False)
            ),
        ]


class Block(models.Model):
    """The numbers of a room in a writer's line, from `first_number` on."""

    pk = models.CompositePrimaryKey("room_id", "writer_id")
    room = models.ForeignKey(Room, models.CASCADE, related_name="blocks")
    writer_id = models.SmallIntegerField()
    first_number = models.BigIntegerField()
    entrants = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(first_number__gte=0, entrants__gt=0), name="block_of_somebody"),
        ]
