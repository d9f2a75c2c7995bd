"""Price bands hold all products, about as many each, and none is empty."""

from fairground.search.rules.bands import PriceBand, price_bands


def test_bands_share_the_products() -> None:
    assert price_bands({1: 10, 2: 10, 4: 20, 7: 60}) == [
        PriceBand(1, 5, 20),
        PriceBand(10, 20, 20),
        PriceBand(100, 200, 60),
    ]


def test_one_band_is_no_choice() -> None:
    assert price_bands({10: 7}) == []
    assert price_bands({}) == []


def test_there_are_at_most_five() -> None:
    bands = price_bands(dict.fromkeys(range(1, 13), 10))

    assert len(bands) == 5
    assert sum(band.products for band in bands) == 120
