"""What the platform earned, on its page and as a file."""

import re

import pytest

from tests.factories import make_market
from tests.refunding import make_scene
from tests.settlement.making import settle
from tests.sites.back_office.staff import sign_in
from tests.sites.back_office.test_office_money import MONEY, file_of, shown


@pytest.fixture
def _released(two_writers: None) -> None:
    make_market()
    settle(make_scene().chairs)


@pytest.mark.usefixtures("_released")
def test_a_month_is_drawn_and_stands_in_the_table() -> None:
    page = shown(sign_in("accountant"), "income/?year=2026")

    assert 'role="img" aria-label="What the platform earned, in EUR (Euro)"' in page
    # More was spent than earned: what is drawn is the discounts alone.
    assert re.findall(r"office-chart-part office-chart-part-(\d)", page) == ["2"]
    cells = page.split("<tbody>")[1].split("</tbody>")[0]
    assert re.findall(r'<bdi dir="ltr">([^<]+)</bdi>', cells) == [
        "11.29 EUR",
        "0.00 EUR",
        "26.65 EUR",
        "0.00 EUR",
        "0.00 EUR",
        "-15.36 EUR",
    ]
    assert '<th scope="row">2026-11</th>' in cells


@pytest.mark.usefixtures("_released")
def test_it_is_a_file_named_by_its_time() -> None:
    answer = sign_in("accountant").get(f"{MONEY}income/?year=2026&as=csv")

    assert 'filename="income-2026.csv"' in answer.headers["Content-Disposition"]
    assert file_of(answer).splitlines() == [
        "month,currency,commission,lapsed,discounts,provider_fees,given,left",
        "2026-11,EUR,11.29,0.00,26.65,0.00,0.00,-15.36",
    ]


@pytest.mark.usefixtures("_released")
def test_where_nothing_moved_and_what_is_no_year_is_told_plainly() -> None:
    client = sign_in()

    assert "Nothing was earned and nothing was spent." in shown(client, "income/?year=2025")
    assert client.get(f"{MONEY}income/?year=x&currency=x").status_code == 200
