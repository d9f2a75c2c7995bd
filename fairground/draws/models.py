"""Pools, draws, prizes, entries, winners and what they were awarded. Entries are hot: no foreign keys."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from fairground.draws.rules.terms import DrawState, EntryKind, PrizeKind
from fairground.festivals.models import Festival


class PrizePool(models.Model):
    """Money for prizes, in the festival's currency, with a cap that is never exceeded."""

    slug = models.SlugField(max_length=60, primary_key=True)
    festival = models.ForeignKey(Festival, models.PROTECT)
    currency = models.CharField(max_length=3)
    cap_minor = models.BigIntegerField()
    awarded_minor = models.BigIntegerField(db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(awarded_minor__gte=0, awarded_minor__lte=F("cap_minor")), name="inv_20_pool_cap_kept"
            ),
            models.CheckConstraint(condition=Q(cap_minor__gt=0), name="prizepool_has_money"),
        ]

    def __str__(self) -> str:
        return self.slug


class Draw(models.Model):
    """A draw: what was announced, the secret that was committed to, and what was published at its closing.

    `secret` is told once the draw is drawn, `salt` to those who entered; neither is ever written to a log.
    """

    slug = models.SlugField(max_length=60, unique=True)
    pool = models.ForeignKey(PrizePool, models.PROTECT)
    name = models.JSONField(help_text="language -> name")
    markets = ArrayField(models.CharField(max_length=8), help_text="at least one")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    ways = ArrayField(models.SmallIntegerField(choices=[(kind.value, kind.name) for kind in EntryKind]))
    entries_max = models.SmallIntegerField(help_text="a shopper")
    minimum_minor = models.JSONField(help_text="market -> what a purchase costs at least")
    ceilings_minor = models.JSONField(help_text="market -> what a prize is worth at most")
    commitment = models.CharField(max_length=64, help_text="SHA-256 of the secret")
    secret = models.BinaryField(max_length=32)
    salt = models.BinaryField(max_length=32)
    beacon_source = models.CharField(max_length=300)
    beacon_at = models.DateTimeField(help_text="its first value from then on counts")
    beacon = models.CharField(max_length=200, blank=True, db_default="", default="")
    root = models.CharField(max_length=64, blank=True, db_default="", default="")
    entries = models.IntegerField(null=True, help_text="in the published list")
    entrants = models.IntegerField(null=True)
    state = models.SmallIntegerField(choices=[(state.value, state.name) for state in DrawState])
    closed_at = models.DateTimeField(null=True)
    drawn_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="draw_opens_before_it_closes"),
            models.CheckConstraint(condition=~Q(markets=[]), name="draw_is_for_a_market"),
            models.CheckConstraint(condition=Q(entries_max__gte=1, entries_max__lte=100), name="draw_entries_in_range"),
            models.CheckConstraint(
                condition=(
                    Q(state__lt=DrawState.CLOSED.value, root="", closed_at__isnull=True)
                    | Q(state__gte=DrawState.CLOSED.value, closed_at__gte=F("closes_at"), beacon_at__gt=F("closed_at"))
                    & ~Q(root="")
                ),
                name="draw_list_published_before_its_beacon",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__lt=DrawState.DRAWN.value, beacon="", drawn_at__isnull=True)
                    | Q(state__gte=DrawState.DRAWN.value, drawn_at__gte=F("beacon_at")) & ~Q(beacon="")
                ),
                name="draw_drawn_by_its_beacon",
            ),
            models.CheckConstraint(
                condition=Q(state=DrawState.PAID.value, paid_at__isnull=False)
                | ~Q(state=DrawState.PAID.value) & Q(paid_at__isnull=True),
                name="draw_paid_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Prize(models.Model):
    """A prize of a draw, given `count` times; `amounts_minor` by market, of an exemption the most."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="prizes", db_index=False)
    rank = models.SmallIntegerField()
    kind = models.SmallIntegerField(choices=[(kind.value, kind.name) for kind in PrizeKind])
    count = models.IntegerField()
    amounts_minor = models.JSONField(help_text="market -> amount")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draw", "rank"], name="prize_once_by_rank"),
            models.CheckConstraint(condition=Q(count__gt=0, rank__gt=0), name="prize_is_given"),
        ]


class Entry(models.Model):
    """A chance of a shopper, for a purchase, a task or a day; the same one enters once. Hot: no foreign keys.

    `nth` counts a shopper's entries, so that the limit is a CHECK. Numbers alone: nothing here says who it is.
    """

    pk = models.CompositePrimaryKey("lane", "draw_id", "shopper_id", "kind", "ref")
    lane = models.SmallIntegerField(help_text="the shopper's")
    draw_id = models.BigIntegerField()
    shopper_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=[(kind.value, kind.name) for kind in EntryKind])
    ref = models.BigIntegerField(help_text="the purchase, the task, or the day")
    nth = models.SmallIntegerField()
    nth_max = models.SmallIntegerField(help_text="the draw's limit a shopper")
    market = models.CharField(max_length=8)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lane", "draw_id", "shopper_id", "nth"], name="entry_once_by_count"),
            models.CheckConstraint(condition=Q(nth__gte=1, nth__lte=F("nth_max")), name="entry_within_the_limit"),
        ]


class Winner(models.Model):
    """Who won a place, and with which entry. A place has one winner, and a person wins one prize of a draw."""

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="winners", db_index=False)
    place = models.IntegerField()
    prize = models.ForeignKey(Prize, models.PROTECT)
    entry_number = models.IntegerField(help_text="in the published list")
    shopper_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=[(kind.value, kind.name) for kind in EntryKind])
    ref = models.BigIntegerField()
    market = models.CharField(max_length=8)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draw", "place"], name="inv_21_place_won_once"),
            models.UniqueConstraint(fields=["draw", "shopper_id"], name="inv_21_one_prize_a_person"),
        ]


class Award(models.Model):
    """What a winner was paid, and what it took out of the pool; without a transfer there was nothing to pay."""

    draw = models.ForeignKey(Draw, models.PROTECT, db_index=False)
    place = models.IntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    charged_minor = models.BigIntegerField(help_text="in the pool's currency")
    transfer_id = models.BigIntegerField(null=True, unique=True, help_text="its lane is in the id")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["draw", "place"], name="inv_21_prize_awarded_once"),
            models.CheckConstraint(
                condition=Q(amount_minor=0, charged_minor=0, transfer_id__isnull=True)
                | Q(amount_minor__gt=0, charged_minor__gt=0, transfer_id__isnull=False),
                name="award_moves_its_amount",
            ),
        ]
