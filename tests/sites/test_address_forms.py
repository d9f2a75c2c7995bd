"""The form of an address on a page: fields, words, countries."""

import pytest
from django.test import Client
from django.utils import translation

from fairground.identity.rules import Address
from fairground.sites.storefront.addresses import (
    address_fields,
    address_form,
    address_lines,
    country_choices,
    take_address,
)
from tests.catalogue_making import make_shop

ADA = {"country": "US", "name": "Ada", "line1": "1 Loop", "city": "Cupertino", "area": "CA", "postal_code": "95014"}
FIRST = ["Name on the parcel", "Company (optional)"]
STREET = ["Street and house number", "Flat, floor or building (optional)"]
PHONE = ["Phone number (optional)"]


@pytest.mark.parametrize(
    ("country", "labels"),
    [
        ("US", [*FIRST, *STREET, "City", "State", "ZIP code", *PHONE]),
        ("DE", [*FIRST, *STREET, "Postal code", "City", *PHONE]),
        ("JP", [*FIRST, *STREET, "Prefecture", "Postal code", *PHONE]),
        ("CN", [*FIRST, *STREET, "District (optional)", "City", "Province", "Postal code", *PHONE]),
        ("GB", [*FIRST, *STREET, "Town or city", "Postcode", *PHONE]),
        ("BR", [*FIRST, *STREET, "Neighbourhood (optional)", "City", "State", "Postal code", *PHONE]),
        ("AE", [*FIRST, *STREET, "Emirate", *PHONE]),
        ("IN", [*FIRST, *STREET, "City", "PIN code", "State", *PHONE]),
        ("KR", [*FIRST, *STREET, "District (optional)", "City", "Province or city", "Postal code", *PHONE]),
        ("HK", [*FIRST, *STREET, "District (optional)", "Area", *PHONE]),
        ("IE", [*FIRST, *STREET, "Townland (optional)", "City", "County (optional)", "Eircode (optional)", *PHONE]),
        ("VN", [*FIRST, *STREET, "City", "Province (optional)", "Postal code (optional)", *PHONE]),
    ],
)
def test_a_country_asks_for_its_own_parts_in_its_order(country: str, labels: list[str]) -> None:
    assert [field.label for field in address_fields(country)] == labels


def test_who_reads_chinese_fills_in_a_chinese_address_from_the_province_to_the_house() -> None:
    with translation.override("zh-hans"):
        fields = address_fields("CN")

    assert [field.id for field in fields] == [
        *("name", "postal_code", "area", "city", "district", "line1", "line2", "company", "phone")
    ]
    area = fields[2]
    assert area.choices[1:4] == [("34", "安徽省"), ("92", "澳门"), ("11", "北京市")]


def test_a_field_tells_the_browser_what_it_is_for() -> None:
    by_id = {field.id: field for field in address_fields("US")}

    assert {name: field.autocomplete for name, field in by_id.items()} == {
        "name": "name",
        "company": "organization",
        "line1": "address-line1",
        "line2": "address-line2",
        "city": "address-level2",
        "area": "address-level1",
        "postal_code": "postal-code",
        "phone": "tel",
    }
    assert (by_id["phone"].kind, by_id["phone"].inputmode) == ("tel", "tel")
    assert (by_id["postal_code"].hint, by_id["postal_code"].maxlength) == ("Such as 95014.", 20)
    assert by_id["area"].choices[:3] == [("", "Choose…"), ("AL", "Alabama"), ("AK", "Alaska")]
    assert [name for name, field in by_id.items() if field.required] == ["name", "line1", "city", "area", "postal_code"]
    assert {field.inputmode for field in address_fields("DE") if field.id == "postal_code"} == {"numeric"}
    assert {field.inputmode for field in address_fields("GB") if field.id == "postal_code"} == {""}


@pytest.mark.django_db
def test_what_was_sent_is_an_address() -> None:
    make_shop()

    taken = take_address("US", ADA)

    assert taken.address == Address("Ada", "US", ("1 Loop",), "Cupertino", "US-CA", "95014")
    assert address_lines(taken.address) == ["Ada", "1 Loop", "Cupertino, CA 95014", "United States"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "field", "error"),
    [
        ({"postal_code": "9501"}, "postal_code", "Enter the ZIP code as in 95014."),
        ({"postal_code": ""}, "postal_code", "Enter the ZIP code as in 95014."),
        ({"area": "TX"}, "postal_code", "This is not in Texas. Check “ZIP code” and the area that you chose."),
        ({"area": ""}, "area", "Choose one of the list under “State”."),
        ({"city": " "}, "city", "Fill in “City”."),
        ({"city": "x" * 90}, "city", "Write at most 80 characters."),
        (
            {"name": "Ada\x07"},
            "name",
            "Leave out the characters that cannot be printed; typing it anew helps.",
        ),
        (
            {"phone": "yes"},
            "phone",
            "Enter the phone number in digits, with the country in front, as in +1 650 253 0000.",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(
    changed: dict[str, str], field: str, error: str
) -> None:
    make_shop()

    taken = take_address("US", ADA | changed)

    assert taken.address is None
    assert {one.id: one.error for one in taken.form.fields if one.error} == {field: error}
    values = {one.id: one.value for one in taken.form.fields}
    assert values["line1"] == "1 Loop"
    assert values["name"] == (ADA | changed)["name"]


@pytest.mark.django_db
def test_another_country_keeps_what_was_typed_and_complains_of_nothing() -> None:
    make_shop()

    taken = take_address("EU", ADA | {"country": "DE", "change_country": "1"})

    assert taken.address is None
    assert taken.form.country == "DE"
    assert {field.id: field.value for field in taken.form.fields if field.value} == {
        "name": "Ada",
        "line1": "1 Loop",
        "city": "Cupertino",
        "postal_code": "95014",
    }
    assert [field.error for field in taken.form.fields if field.error] == []


@pytest.mark.django_db
@pytest.mark.parametrize("country", ["DE", "", "XX", "\0"])
def test_a_country_of_another_market_counts_as_not_chosen(country: str) -> None:
    make_shop()

    taken = take_address("US", ADA | {"country": country})

    assert (taken.address, taken.form.country) == (None, "US")


@pytest.mark.django_db
def test_a_form_begins_with_the_kept_address_or_with_the_country_that_is_asked_for() -> None:
    make_shop()
    kept = Address("Eva", "FR", ("1 rue de Rivoli", "", "", "Loire SA"), "Paris", "FR", "75001")

    form = address_form("EU", address=kept)

    assert form.country == "FR"
    assert {field.id: field.value for field in form.fields if field.value} == {
        "name": "Eva",
        "company": "Loire SA",
        "line1": "1 rue de Rivoli",
        "city": "Paris",
        "postal_code": "75001",
    }
    assert address_form("EU", country="ES").country == "ES"
    assert address_form("GB", address=kept).country == "GB"
    assert address_form("EU").country == "AX"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "market", "first"),
    [
        ("en", "EU", ["Åland Islands", "Andorra", "Austria", "Belgium"]),
        ("es", "EU", ["Alemania", "Andorra", "Austria", "Bélgica"]),
        ("vi", "EU", ["Andorra", "Áo", "Ba Lan", "Bỉ"]),
        ("zh-hans", "EU", ["爱尔兰", "爱沙尼亚", "安道尔", "奥地利"]),
    ],
)
def test_countries_stand_in_the_order_of_their_names(language: str, market: str, first: list[str]) -> None:
    make_shop()

    with translation.override(language):
        assert [name for _, name in country_choices(market)][:4] == first


@pytest.mark.django_db
def test_the_fields_alone_are_served_for_the_country_that_was_chosen(client: Client) -> None:
    make_shop()

    page = client.get("/address/fields?country=JP&lang=en")

    assert page.status_code == 200
    assert '<label for="area">Prefecture</label>' in page.content.decode()
    assert '<option value="13">Tokyo</option>' in page.content.decode()
    assert "<html" not in page.content.decode()
    assert "x-same-until-ms" in page.headers


@pytest.mark.django_db
@pytest.mark.parametrize("country", ["", "XX", "zz", "%00", "../US", "x" * 5000])
def test_there_are_no_fields_for_what_is_no_country(client: Client, country: str) -> None:
    make_shop()

    assert client.get(f"/address/fields?country={country}").status_code == 404
