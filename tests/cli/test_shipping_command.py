"""`fairground shipping` as an operator calls it, and what it does to the realm that is up."""

import click
import pytest
from click.testing import CliRunner

from fairground.cli.shipping import Days, rate_of, set_rate, shipping
from fairground.merchants.models import Merchant
from fairground.merchants.queries import shipping_by_market
from fairground.merchants.rules import ShippingRate
from tests.factories import make_market, make_merchant


@pytest.mark.parametrize("command", [["--help"], ["set", "--help"]])
def test_help_has_an_example(command: list[str]) -> None:
    told = CliRunner().invoke(shipping, command)

    assert told.exit_code == 0
    assert "fairground shipping set olmo EU 4.90 --free-from 50 --days 2-4" in told.output


@pytest.mark.parametrize(
    ("currency", "price", "free_from", "expected"),
    [
        ("EUR", "4.90", "50", (490, 5_000)),
        ("JPY", "350", "5000", (350, 5_000)),
        ("KWD", "1.750", "20", (1_750, 20_000)),
    ],
)
def test_amounts_are_read_in_the_currency_of_the_market(
    currency: str, price: str, free_from: str, expected: tuple[int, int]
) -> None:
    rate = rate_of(price=price, free_from=free_from, days=(2, 4), currency=currency)

    assert rate == ShippingRate(*expected, 2, 4)


@pytest.mark.parametrize(
    ("before", "free_from", "days", "expected"),
    [
        (None, None, None, ShippingRate(590, 0, 2, 5)),
        (ShippingRate(490, 5_000, 1, 3), None, None, ShippingRate(590, 5_000, 1, 3)),
        (ShippingRate(490, 5_000, 1, 3), "0", None, ShippingRate(590, 0, 1, 3)),
        (ShippingRate(490, 5_000, 1, 3), None, (4, 6), ShippingRate(590, 5_000, 4, 6)),
    ],
)
def test_what_is_not_said_stays_as_it_was(
    before: ShippingRate | None, free_from: str | None, days: tuple[int, int] | None, expected: ShippingRate
) -> None:
    assert rate_of(price="5.90", free_from=free_from, days=days, currency="EUR", before=before) == expected


@pytest.mark.parametrize("said", [["--days", "2-4"], ["--free-from", "50"]])
def test_who_asks_nothing_says_nothing_more(said: list[str]) -> None:
    told = CliRunner().invoke(shipping, ["set", "olmo", "EU", "none", *said])

    assert told.exit_code == 2
    assert "none asks nothing: it goes without --free-from and --days" in told.output


@pytest.mark.parametrize(("currency", "price"), [("EUR", "4.905"), ("JPY", "3.5"), ("EUR", "much"), ("", "1")])
def test_an_amount_that_is_none_is_refused(currency: str, price: str) -> None:
    with pytest.raises(click.ClickException):
        rate_of(price=price, free_from="0", days=(1, 2), currency=currency)


def test_days_are_one_number_or_two() -> None:
    assert [Days().convert(text, None, None) for text in ("3", "2-4")] == [(3, 3), (2, 4)]
    with pytest.raises(click.BadParameter):
        Days().convert("soon", None, None)


@pytest.mark.usefixtures("lone_writer")
def test_a_rate_is_set_once_and_what_is_not_there_is_said() -> None:
    make_market()
    merchant = make_merchant()
    slug, rate = Merchant.objects.get().slug, ShippingRate(490, 0, 1, 2)

    assert set_rate(merchant=slug, market="EU", rate=rate)
    assert not set_rate(merchant=slug, market="EU", rate=rate)
    for asked, words in (({"merchant": "nobody"}, "nobody"), ({"market": "XX"}, "there is no market XX; there are EU")):
        with pytest.raises(click.ClickException, match=words):
            set_rate(**({"merchant": slug, "market": "EU", "rate": None} | asked))  # type: ignore[arg-type]
    with pytest.raises(click.ClickException, match="out of range"):
        set_rate(merchant=slug, market="EU", rate=ShippingRate(-1, 0, 1, 2))

    assert shipping_by_market(merchant_id=merchant.id) == {"EU": rate}
