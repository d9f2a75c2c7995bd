"""Wallets of a rehearsed crowd hold what its purchases can cost, duties with them."""

import pytest

from fairground.rehearsal.goods import Good, Goods
from fairground.rehearsal.requests import Ask, AskedLine, Expect
from fairground.rehearsal.staging import fill_wallets
from tests.factories import NOW_MS, make_duty, make_market, make_shopper
from tests.refunding import wallet_minor

pytestmark = pytest.mark.usefixtures("lone_writer")


def said(text: str) -> None:
    assert "wallets in" in text


@pytest.mark.parametrize(("country", "filled_minor"), [("DE", 560 + 1_036), ("CH", 560)])
def test_each_line_may_be_a_heading_of_its_own_where_customs_asks(country: str, filled_minor: int) -> None:
    """Of 4.00 of goods 5.60 with the highest tax; 2 headings of 3.00 and a quarter of that, and as much tax on them."""
    make_market()
    make_duty(value_bps=2_500)
    lines = (AskedLine(Good(1, None, 1, 1, 0, {"EU": 100}), 2), AskedLine(Good(2, None, 1, 2, 0, {"EU": 200}), 1))
    goods = Goods([line.good for line in lines], {"EU": "EUR"}, {"EU": "en"}, {"DE": "EU", "CH": "EU"})
    ask = Ask(0, country, "EU", "mobile", "app", lines, 0.0, Expect.PLACED)
    shopper_id = make_shopper(lane=20)

    told = fill_wallets(asks=[ask], goods=goods, shopper_ids=[shopper_id], now_ms=NOW_MS, say=said)

    assert wallet_minor(shopper_id) == told["EUR"] == filled_minor
