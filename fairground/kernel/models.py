"""The writer's row, the numbers of those who wait, the outbox, facts of a realm, rows set aside, what the staff did."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Writer(models.Model):
    """The one stream of batches that drains a set of lanes; its row is the lock under which they are written."""

    id = models.SmallIntegerField(primary_key=True)
    lane_from = models.SmallIntegerField(unique=True)
    lane_to = models.SmallIntegerField(help_text="exclusive")
    id_ms = models.BigIntegerField(db_default=0, help_text="the last millisecond from which ids were drawn")
    batch_seq = models.BigIntegerField(db_default=0)
    outbox_seq = models.BigIntegerField(db_default=0)
    offers_version = models.BigIntegerField(
        db_default=1, help_text="raised whenever a price, deal, SKU or merchant of these lanes changes"
    )
    swept_to_ms = models.BigIntegerField(
        db_default=0, help_text="purchases placed before this moment are all paid or ended"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(lane_from__gte=0, lane_to__lte=64, lane_from__lt=F("lane_to")),
                name="writer_lanes_in_range",
            )
        ]


class TicketLine(models.Model):
    """Who waits at a writer: numbers up to `issued` were given out, those below `admitted` may come in.

    Apart from `Writer`, so that drawing a block of numbers never waits for a batch.
    """

    writer = models.OneToOneField(Writer, models.CASCADE, primary_key=True)
    issued = models.BigIntegerField(db_default=0)
    admitted = models.BigIntegerField(db_default=0)
    room_from = models.BigIntegerField(db_default=0, help_text="the first number of the waiting room drawn last")
    room_to = models.BigIntegerField(db_default=0, help_text="exclusive; who has no ticket comes after these")
    room_opens_at = models.DateTimeField(null=True, help_text="its numbers are not admitted before")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(admitted__lte=F("issued"), admitted__gte=0), name="ticketline_admitted_were_issued"
            ),
            models.CheckConstraint(
                condition=Q(room_from__gte=0, room_from__lte=F("room_to"), room_to__lte=F("issued")),
                name="ticketline_room_was_issued",
            ),
        ]


class Outbox(models.Model):
    """What happened, in commit order a writer; ids only. Hot: no foreign keys, which halve the rate."""

    pk = models.CompositePrimaryKey("writer_id", "seq")
    writer_id = models.SmallIntegerField()
    seq = models.BigIntegerField()
    kind = models.SmallIntegerField()
    subject_id = models.BigIntegerField()
    at = models.DateTimeField()


class OutboxCursor(models.Model):
    """How far a consumer has read a writer's outbox."""

    pk = models.CompositePrimaryKey("consumer", "writer_id")
    consumer = models.CharField(max_length=40)
    writer_id = models.SmallIntegerField()
    seq = models.BigIntegerField(db_default=0)


class RealmFact(models.Model):
    """A fact about this database as a whole, such as that its outgoing effects are held after a restore."""

    key = models.CharField(max_length=60, primary_key=True)
    value = models.TextField()


class Switch(models.Model):
    """Something that the pages can do without, turned off by hand. No row: it was never off."""

    name = models.CharField(max_length=40, primary_key=True)
    off_at = models.DateTimeField(null=True, help_text="since when it is off; empty: it was turned on by hand")
    off_until = models.DateTimeField(null=True, help_text="when it comes on by itself; empty: when somebody says so")
    changed_at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True, help_text="who; empty: whoever had the command line")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(off_until__isnull=True) | Q(off_until__gt=F("off_at")), name="switch_off_for_a_while"
            ),
            models.CheckConstraint(
                condition=Q(off_at__isnull=False) | Q(off_until__isnull=True), name="switch_ends_what_began"
            ),
        ]


# How long a row that is set aside waits at most until it is tried again.
WAIT_MAX = timedelta(hours=6)


class SetAside(models.Model):
    """A row on which a chore failed for a reason that nobody foresaw: the others go on, and it is tried again later.

    It holds where in the program that was, never what the row says.
    """

    pk = models.CompositePrimaryKey("chore", "row_key")
    chore = models.CharField(max_length=40)
    row_key = models.CharField(max_length=40, help_text="the key of the row in its own table")
    since = models.DateTimeField()
    tried_at = models.DateTimeField()
    tries = models.SmallIntegerField()
    next_try_at = models.DateTimeField()
    error = models.CharField(max_length=120, help_text="its type, and the constraint that said no")
    place = models.CharField(max_length=200, help_text="the line of the program")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(tries__gte=1), name="setaside_was_tried"),
            # Nothing that is set aside is forgotten.
            models.CheckConstraint(
                condition=Q(next_try_at__lte=F("tried_at") + WAIT_MAX), name="setaside_is_tried_again"
            ),
        ]


class AuditEntry(models.Model):
    """What somebody of the staff did, or saw of a person. Only ever added to; it holds ids, never personal data."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    user_id = models.BigIntegerField(null=True, help_text="who; empty: whoever had the command line")
    verb = models.CharField(max_length=30)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=80)
    facts = models.JSONField(default=dict, help_text="field -> [before, after]")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="auditentry_subject"),
            models.Index(fields=["user_id", "-id"], name="auditentry_user"),
        ]
