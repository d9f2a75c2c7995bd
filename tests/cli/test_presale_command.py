"""`fairground presale` as a person calls it, and what it does to the realm that is up."""

from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from fairground.cli.presale import break_off_numbers, declare_by_share, presale
from fairground.festivals.models import PresalePrice
from fairground.festivals.rules import Period
from fairground.kernel.models import AuditEntry
from fairground.orders.models import Purchase
from fairground.orders.rules import DepositEnd, Step
from tests.factories import give_wallet, make_market, make_shopper, make_sku
from tests.presales import make_presale, pay_deposit, place_presale

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("command", ["declare", "break-off"])
def test_the_help_of_each_shows_how_it_is_called(command: str) -> None:
    result = CliRunner().invoke(presale, [command, "--help"])

    assert result.exit_code == 0
    assert f"fairground presale {command}" in result.output
    assert "--json" in result.output


def test_a_moment_has_an_offset() -> None:
    windows = ["--order", "2026-11-01T00:00", "2026-11-02T00:00", "--balance", "x", "y"]

    result = CliRunner().invoke(presale, ["declare", "1", "--deposit", "10", *windows])

    assert (result.exit_code, "says no offset from UTC" in result.output) == (2, True)


def windows() -> tuple[Period, Period]:
    now = datetime.now(UTC)
    return Period(now + HOUR, now + 2 * HOUR), Period(now + 3 * HOUR, now + 4 * HOUR)


def test_deposits_are_shares_of_the_prices_rounded_down(lone_writer: object) -> None:
    make_market()
    opens_at = datetime.now(UTC) + HOUR
    made = make_sku(price_minor=2_000, deal_price_minor=1_999, opens_at=opens_at, closes_at=opens_at + HOUR)
    order, balance = windows()

    line = declare_by_share(deal_id=made.deal_id or 0, order=order, balance=balance, shares=(10, 15))

    assert line == {"deal": str(made.deal_id), "deposits": {"EU": 199}}
    assert PresalePrice.objects.values_list("deposit_minor", "inflation_minor").get() == (199, 100)


def test_a_refusal_is_told_in_words_and_nothing_changes(lone_writer: object) -> None:
    make_market()
    order, balance = windows()
    opened_at = datetime.now(UTC) - HOUR
    open_deal = make_sku(deal_price_minor=700, opens_at=opened_at, closes_at=opened_at + 2 * HOUR)

    with pytest.raises(click.ClickException, match="there is no such deal"):
        declare_by_share(deal_id=1, order=order, balance=balance, shares=(10, None))
    with pytest.raises(click.ClickException, match="the deal has opened"):
        declare_by_share(deal_id=open_deal.deal_id or 0, order=order, balance=balance, shares=(10, None))
    later = datetime.now(UTC) + HOUR
    to_come = make_sku(deal_price_minor=700, opens_at=later, closes_at=later + HOUR)
    with pytest.raises(click.ClickException, match="the balance is paid after the order window"):
        declare_by_share(deal_id=to_come.deal_id or 0, order=order, balance=order, shares=(10, None))

    assert not PresalePrice.objects.exists()


def test_presales_are_broken_off_by_their_numbers_with_a_reason(lone_writer: object) -> None:
    make_market()
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=500)
    placed = place_presale(made := make_presale(), shopper_id=shopper_id)
    unpaid = place_presale(made, shopper_id=shopper_id)
    pay_deposit(placed, shopper_id=shopper_id)

    with pytest.raises(click.ClickException, match=f"{unpaid.number} is not between"):
        break_off_numbers(numbers=[placed.number, unpaid.number], reason="gone", is_sure=True)
    with pytest.raises(click.ClickException, match="there is no purchase 0000"):
        break_off_numbers(numbers=["0000"], reason="gone", is_sure=True)
    assert break_off_numbers(numbers=[placed.number], reason="gone", is_sure=True) == [{"purchase": placed.number}]

    row = Purchase.objects.get(id=placed.purchase_id)
    assert (row.state, row.deposit_end) == (Step.CANCELLED, DepositEnd.RETURNED)
    assert AuditEntry.objects.get(verb="broken-off").reason == "gone"
