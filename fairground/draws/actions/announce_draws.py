"""Making pools and draws: a draw commits to its secret before anybody can enter it."""

import secrets
from collections.abc import Collection, Mapping, Sequence

from django.db import transaction

from fairground.draws.models import Draw, Prize, PrizePool
from fairground.draws.rules.drawing import SALT_BYTES, SECRET_BYTES, commitment_of
from fairground.draws.rules.terms import DrawState, DrawTerms, PrizeTerms, lawful_ceilings, terms_wrong
from fairground.festivals.models import Festival, FestivalRate
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import market_currencies


class PoolExists(Refusal):
    """There is a pool with this slug."""


class NoSuchPool(Refusal):
    """There is no pool with this slug."""


class NoFestivalForPool(Refusal):
    """There is no festival with this slug."""


class PoolEmpty(Refusal):
    """A pool's cap is above zero."""


class DrawExists(Refusal):
    """There is a draw with this slug."""


class NoSuchDraw(Refusal):
    """There is no draw with this slug."""


class TermsRefused(Refusal):
    """The draw can't be announced so; `why` is one of `rules.terms.TERMS_WRONG`."""


class DrawNotDraft(Refusal):
    """The draw was opened before; `state` says where it stands."""


class DrawBegun(Refusal):
    """Entry would have begun before anybody could know of the draw."""


def create_pool(*, slug: str, festival: str, cap_minor: int, by: By) -> None:
    """Make a pool of prize money in the festival's currency, of which `cap_minor` is never exceeded.

    :raises PoolExists: nothing changed
    :raises NoFestivalForPool: nothing changed
    :raises PoolEmpty: nothing changed
    """
    with transaction.atomic():
        if PrizePool.objects.filter(slug=slug).exists():
            raise PoolExists(pool=slug)
        event = Festival.objects.filter(slug=festival).first()
        if event is None:
            raise NoFestivalForPool(festival=festival)
        if cap_minor <= 0:
            raise PoolEmpty(cap_minor=cap_minor)
        PrizePool.objects.create(slug=slug, festival=event, currency=event.currency, cap_minor=cap_minor)
        facts = {"cap_minor": (None, cap_minor), "currency": (None, event.currency)}
        write_audit(by=by, acts=[Act("created", "prize-pool", slug, facts)])


def create_draw(*, terms: DrawTerms, by: By) -> str:
    """Make a draw that nobody sees yet, with a new secret and salt, and return the commitment to the secret.

    :raises DrawExists: nothing changed
    :raises NoSuchPool: nothing changed
    :raises TermsRefused: nothing changed
    """
    markets = frozenset(market_currencies())
    with transaction.atomic():
        if Draw.objects.filter(slug=terms.slug).exists():
            raise DrawExists(draw=terms.slug)
        pool = PrizePool.objects.filter(slug=terms.pool).first()
        if pool is None:
            raise NoSuchPool(pool=terms.pool)
        wrong = terms_wrong(terms, markets=markets) or _rates_wrong(terms, pool)
        if wrong:
            raise TermsRefused(why=wrong)
        # Those there are now: a market that is made later has no amounts in this draw.
        open_in = terms.markets or markets
        ceilings = lawful_ceilings(markets=open_in, wanted_minor=terms.ceilings_minor)
        draw = _write_draw(terms, pool, open_in, ceilings)
        _write_prizes(draw, terms.prizes)
        facts = {"commitment": (None, draw.commitment), "ceilings_minor": (None, ceilings)}
        write_audit(by=by, acts=[Act("created", "draw", draw.slug, facts)])
    return draw.commitment


def _rates_wrong(terms: DrawTerms, pool: PrizePool) -> str | None:
    """Return `rates` where a market pays in a currency of which the festival has pinned no rate."""
    currencies = market_currencies()
    pinned = {pool.currency, *FestivalRate.objects.filter(festival=pool.festival).values_list("currency", flat=True)}
    return None if {currencies[one] for one in terms.markets or currencies} <= pinned else "rates"


def _write_draw(terms: DrawTerms, pool: PrizePool, markets: Collection[str], ceilings_minor: Mapping[str, int]) -> Draw:
    secret = secrets.token_bytes(SECRET_BYTES)
    return Draw.objects.create(
        slug=terms.slug,
        pool=pool,
        name=dict(terms.name),
        markets=sorted(markets),
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
        ways=sorted(way.value for way in terms.ways),
        entries_max=terms.entries_max,
        minimum_minor=dict(terms.minimum_minor),
        ceilings_minor=dict(ceilings_minor),
        commitment=commitment_of(secret),
        secret=secret,
        salt=secrets.token_bytes(SALT_BYTES),
        beacon_source=terms.beacon_source,
        beacon_at=terms.beacon_at,
        state=DrawState.DRAFT,
    )


def _write_prizes(draw: Draw, prizes: Sequence[PrizeTerms]) -> None:
    Prize.objects.bulk_create(
        Prize(draw=draw, rank=rank, kind=prize.kind, count=prize.count, amounts_minor=dict(prize.amounts_minor))
        for rank, prize in enumerate(prizes, start=1)
    )


def open_draw(*, slug: str, by: By) -> None:
    """Announce a draw: from now on its terms and its commitment are seen, and stay. That is before anybody enters.

    :raises NoSuchDraw: nothing changed
    :raises DrawNotDraft: nothing changed
    :raises DrawBegun: nothing changed
    """
    with transaction.atomic():
        draw = hold_draw(slug)
        if draw.state != DrawState.DRAFT:
            raise DrawNotDraft(draw=slug, state=DrawState(draw.state).name.lower())
        if draw.opens_at < by.now:
            raise DrawBegun(draw=slug)
        Draw.objects.filter(pk=draw.pk).update(state=DrawState.OPEN)
        write_audit(by=by, acts=[Act("opened", "draw", slug, {"commitment": (None, draw.commitment)})])


def hold_draw(slug: str) -> Draw:
    """Lock a draw until commit, and return it.

    :raises NoSuchDraw: there is none
    """
    draw = Draw.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if draw is None:
        raise NoSuchDraw(draw=slug)
    return draw
