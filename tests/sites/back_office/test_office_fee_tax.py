"""Tax on commissions, on the page of taxes and as a file."""

import pytest

from tests.factories import make_market
from tests.refunding import back, make_scene
from tests.settlement.making import SETTLED_MS, settle
from tests.sites.back_office.staff import sign_in
from tests.sites.back_office.test_office_money import MONEY, file_of, shown


@pytest.fixture
def _released(two_writers: None) -> None:
    make_market()
    scene = make_scene()
    settle(scene.chairs)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + 1)


@pytest.mark.usefixtures("_released")
def test_tax_on_commissions_is_shown_by_month_and_country_with_its_sum() -> None:
    page = shown(sign_in("accountant"), "tax/?period=2026-11")

    fees = page.split('<h2 id="on-commissions">')[1]
    for words in ("2026-11", "Spain", "21.00 %", "11.29", "2.37", "3.76", "0.79", "1.58", "In all"):
        assert words in fees, words
    assert "No commission was taken" not in fees


@pytest.mark.usefixtures("_released")
def test_tax_on_commissions_is_a_file_of_its_own() -> None:
    answer = sign_in("accountant").get(f"{MONEY}tax/?period=2026-Q4&as=csv&of=commissions")

    assert 'filename="fee-tax-2026-Q4.csv"' in answer.headers["Content-Disposition"]
    assert file_of(answer).splitlines() == [
        "month,market,merchant_country,currency,rate_bps,commission,tax,commission_back,tax_back,commission_left,"
        "tax_left",
        "2026-11,EU,ES,EUR,2100,11.29,2.37,3.76,0.79,7.53,1.58",
    ]


@pytest.mark.usefixtures("_released")
def test_where_no_commission_was_taken_the_page_says_so() -> None:
    assert "No commission was taken and none went back." in shown(sign_in(), "tax/?period=2025-Q1")
