"""Pools and draws are made and announced; a refusal changes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from fairground.draws.actions.announce_draws import (
    DrawBegun,
    DrawExists,
    DrawNotDraft,
    NoFestivalForPool,
    NoSuchDraw,
    NoSuchPool,
    PoolEmpty,
    PoolExists,
    TermsRefused,
    create_draw,
    create_pool,
    open_draw,
)
from fairground.draws.models import Draw, Prize, PrizePool
from fairground.draws.queries import announced_draws, draw_facts
from fairground.draws.rules.drawing import commitment_of
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from tests.draws.making import TERMS, draw_row, facts_of, make_draw, make_pool
from tests.factories import BY, NOW, make_festival, make_market


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def test_a_pool_has_the_festivals_currency_and_is_made_once() -> None:
    make_pool(cap_minor=100)

    with pytest.raises(PoolExists):
        create_pool(slug="million", festival="fair", cap_minor=7, by=BY)
    with pytest.raises(NoFestivalForPool):
        create_pool(slug="other", festival="none", cap_minor=7, by=BY)
    with pytest.raises(PoolEmpty):
        create_pool(slug="other", festival="fair", cap_minor=0, by=BY)
    assert list(PrizePool.objects.values_list("slug", "currency", "cap_minor")) == [("million", "EUR", 100)]


def test_the_database_keeps_the_cap_whoever_writes() -> None:
    make_pool(cap_minor=100)

    with pytest.raises(IntegrityError, match="inv_20_pool_cap_kept"), transaction.atomic():
        PrizePool.objects.update(awarded_minor=F("awarded_minor") + 101)


def test_a_draw_commits_to_its_secret_when_it_is_made_and_is_seen_when_it_is_announced() -> None:
    make_pool()
    commitment = create_draw(terms=TERMS, by=BY)

    assert commitment == commitment_of(bytes(draw_row().secret))
    assert announced_draws(draws_max=9) == []
    open_draw(slug="gala", by=BY)
    [seen] = announced_draws(draws_max=9)
    assert (seen.commitment, seen.secret, seen.root, seen.seed) == (commitment, "", "", "")
    assert [entry.verb for entry in AuditEntry.objects.order_by("id")] == ["created", "created", "opened"]
    assert bytes(draw_row().secret).hex() not in str(list(AuditEntry.objects.values_list("facts")))


def test_two_draws_have_secrets_and_salts_of_their_own() -> None:
    first, second = draw_row(make_draw()), draw_row(make_draw(slug="other"))

    assert len({bytes(one) for one in (first.secret, first.salt, second.secret, second.salt)}) == 4


def test_a_draw_that_can_not_be_is_not_made() -> None:
    make_pool()
    with pytest.raises(TermsRefused) as refused:
        create_draw(terms=replace(TERMS, prizes=()), by=BY)
    with pytest.raises(NoSuchPool):
        create_draw(terms=replace(TERMS, pool="none"), by=BY)

    assert refused.value.facts == {"why": "prizes"}
    assert (Draw.objects.count(), Prize.objects.count()) == (0, 0)


def test_a_market_that_pays_in_a_currency_without_a_rate_is_refused() -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1000})
    make_pool()
    terms = replace(TERMS, prizes=[replace(TERMS.prizes[0], amounts_minor={"EU": 1, "JP": 1})])

    with pytest.raises(TermsRefused) as refused:
        create_draw(terms=terms, by=BY)

    assert refused.value.facts == {"why": "rates"}
    assert Draw.objects.count() == 0


def test_a_draw_is_made_once_and_announced_once() -> None:
    make_draw()
    before = facts_of()

    with pytest.raises(DrawExists):
        create_draw(terms=TERMS, by=BY)
    with pytest.raises(DrawNotDraft):
        open_draw(slug="gala", by=BY)
    with pytest.raises(NoSuchDraw):
        open_draw(slug="none", by=BY)
    assert facts_of() == before


def test_a_draw_is_announced_before_anybody_could_enter() -> None:
    make_draw(is_open=False)
    before = facts_of()

    with pytest.raises(DrawBegun):
        open_draw(slug="gala", by=By(user_id=None, now=NOW + timedelta(seconds=1)))

    assert facts_of() == before


def test_where_there_is_no_draw_nothing_is_told() -> None:
    make_festival()

    assert draw_facts(slug="gala") is None
