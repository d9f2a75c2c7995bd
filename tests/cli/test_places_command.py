"""`fairground places` as an operator calls it."""

import click
import pytest
from click.testing import CliRunner

from fairground.cli.places import line_of, places, set_place
from fairground.inventory.merchant_places import PlaceSeen
from fairground.inventory.models import Place
from fairground.merchants.models import Merchant
from tests.factories import make_merchant


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ([], "fairground places list olmo"),
        (["list"], "fairground places list olmo --json"),
        (["set"], "fairground places set olmo Depot --country ES --city Valencia"),
    ],
)
def test_help_has_an_example(command: list[str], example: str) -> None:
    told = CliRunner().invoke(places, [*command, "--help"])

    assert told.exit_code == 0
    assert example in told.output


@pytest.mark.usefixtures("lone_writer")
def test_a_place_is_set_once_and_what_is_not_there_is_said() -> None:
    make_merchant(country="CN")
    slug = Merchant.objects.get().slug

    assert set_place(merchant=slug, name="Valencia", country="ES", city=None)
    assert not set_place(merchant=slug, name="Valencia", country="ES", city=None)
    for merchant, name, country, words in (
        ("nobody", "Valencia", "ES", "there is no merchant nobody"),
        (slug, "Elsewhere", "ES", "has no place Elsewhere"),
        (slug, "Valencia", "es", "two capital letters"),
    ):
        with pytest.raises(click.ClickException, match=words):
            set_place(merchant=merchant, name=name, country=country, city="Lyon")

    assert Place.objects.values_list("country", "city").get() == ("ES", "Valencia")


def test_a_place_is_told_in_a_line() -> None:
    assert line_of(PlaceSeen(1, "Depot", "warehouse", "", "")) == "Depot  (warehouse): no country stated"
    assert line_of(PlaceSeen(1, "Depot", "warehouse", "Lyon", "FR")) == "Depot  (warehouse): Lyon, FR"
