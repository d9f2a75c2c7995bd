"""Addresses as each country writes them: read, kept, and printed."""

import json
from dataclasses import asdict

import pytest

from fairground.identity.rules import Address, AddressRules, Part, Wrong, form_values, format_address, read_address
from fairground.identity.territories import address_rules

ADA = {"name": "Ada Lovelace", "line1": "1 Infinite Loop", "city": "Cupertino", "area": "CA", "postal_code": "95014"}


def rules_of(country: str) -> AddressRules:
    """Return the rules of a country that there is."""
    rules = address_rules(country=country)
    assert rules, country
    return rules


def read(country: str, **data: str) -> Address | dict[Part, Wrong]:
    """Return what becomes of a filled-in form."""
    return read_address(data, rules_of(country))


def taken(country: str, **data: str) -> Address:
    """Return the address that a filled-in form is."""
    address = read(country, **data)
    assert isinstance(address, Address), address
    return address


def lines(address: Address, language: str) -> list[str]:
    """Return an address as it is printed for readers of a language."""
    return format_address(address, rules_of(address.country), language=language)


def test_an_american_address_has_its_state_as_region() -> None:
    address = taken("US", **ADA, line2=" Floor  3 ", phone="+1 650 253 0000")

    assert address == Address(
        name="Ada Lovelace",
        country="US",
        lines=("1 Infinite Loop", "Floor 3"),
        city="Cupertino",
        region="US-CA",
        postal_code="95014",
        phone="+1 650 253 0000",
    )
    assert lines(address, "en") == ["Ada Lovelace", "1 Infinite Loop", "Floor 3", "Cupertino, CA 95014"]


def test_a_japanese_address_is_read_in_its_own_order_and_in_that_of_others() -> None:
    address = taken(
        "JP", name="山田花子", area="東京都", line1="千代田1-1", postal_code="\N{FULLWIDTH DIGIT ONE}000001"
    )

    assert (address.region, address.postal_code) == ("JP-13", "100-0001")
    assert lines(address, "ja") == ["〒100-0001", "東京都", "千代田1-1", "山田花子"]
    assert lines(address, "en") == ["山田花子", "千代田1-1, Tokyo", "100-0001"]


def test_a_chinese_address_keeps_its_district_and_names_a_city_that_is_a_province_once() -> None:
    given = {"name": "李雷", "area": "31", "city": "上海市", "district": "黄浦区", "line1": "南京东路1号"}

    address = taken("CN", **given, company="灯会公司", postal_code="200001")

    assert address.lines == ("南京东路1号", "", "黄浦区", "灯会公司")
    assert lines(address, "zh-hans") == ["200001", "上海市黄浦区", "南京东路1号", "灯会公司", "李雷"]


def test_an_area_without_a_code_is_kept_by_its_name_and_leaves_the_country_as_region() -> None:
    hong_kong = taken("HK", name="Chan", area="Kowloon", city="Mong Kok", line1="1 Nathan Road")
    forces = taken("US", name="Bo", area="AE", city="APO", line1="PSC 1", postal_code="09001")

    assert (hong_kong.region, hong_kong.lines) == ("HK", ("1 Nathan Road", "", "Kowloon"))
    assert lines(hong_kong, "zh-hans") == ["九龍", "Mong Kok", "1 Nathan Road", "Chan"]
    assert lines(hong_kong, "en") == ["Chan", "1 Nathan Road", "Mong Kok", "Kowloon"]
    assert (forces.region, lines(forces, "en")) == ("US", ["Bo", "PSC 1", "APO, AE 09001"])


def test_a_sorting_code_stands_after_the_city() -> None:
    given = {"name": "Léa", "line1": "2 rue Frébault", "city": "Pointe-à-Pitre", "postal_code": "97110"}

    address = taken("GP", **given, sorting_code="CEDEX")

    assert lines(address, "en") == ["Léa", "2 rue Frébault", "97110 Pointe-à-Pitre CEDEX"]


@pytest.mark.parametrize(
    ("country", "typed", "written"),
    [
        ("GB", "sw1a2aa", "SW1A 2AA"),
        ("GB", "m2-5bq", "M2 5BQ"),
        ("CA", "k1a0b1", "K1A 0B1"),
        ("US", "95014 1234", "95014-1234"),
        ("BR", "40301110", "40301-110"),
        ("PL", "00950", "00-950"),
        ("IE", "a65f4e2", "A65 F4E2"),
        ("SE", "SE-114 55", "11455"),
        ("LT", "lt-04340", "04340"),
        ("DE", " 1 0 1 1 7 ", "10117"),
        ("SA", "\u0661\u0662\u0663\u0664\u0665", "12345"),
    ],
)
def test_a_postal_code_is_written_as_its_country_writes_it(country: str, typed: str, written: str) -> None:
    area = {"US": "CA", "CA": "ON", "BR": "BA"}.get(country, "")

    address = taken(country, name="A", line1="B 1", city="C", area=area, postal_code=typed)

    assert address.postal_code == written


@pytest.mark.parametrize(
    ("country", "data", "wrong"),
    [
        ("US", {}, dict.fromkeys(["name", "line1", "city", "area", "postal_code"], "missing")),
        ("US", {**ADA, "postal_code": "9501"}, {"postal_code": "not_a_postal_code"}),
        ("US", {**ADA, "area": "TX"}, {"postal_code": "of_another_area"}),
        ("US", {**ADA, "area": "Bavaria"}, {"area": "not_offered"}),
        ("US", {**ADA, "city": "x" * 81}, {"city": "too_long"}),
        ("US", {**ADA, "name": "x" * 10_000_000}, {"name": "too_long"}),
        ("US", {**ADA, "name": "\ufdfa" * 121}, {"name": "too_long"}),
        ("US", {**ADA, "postal_code": "\ufdfa" * 20}, {"postal_code": "too_long"}),
        ("US", {**ADA, "name": "Ada\0"}, {"name": "unprintable"}),
        ("US", {**ADA, "line1": "1 Loop\x1b[2J"}, {"line1": "unprintable"}),
        ("US", {**ADA, "line2": "\u202eevil"}, {"line2": "unprintable"}),
        ("US", {**ADA, "name": "\ud800"}, {"name": "unprintable"}),
        ("US", {**ADA, "phone": "call me"}, {"phone": "not_a_phone"}),
        ("US", {**ADA, "phone": "12"}, {"phone": "not_a_phone"}),
        ("US", {**ADA, "name": " \t\r\n\u00a0 "}, {"name": "missing"}),
    ],
    ids=range(15),
)
def test_what_is_wrong_is_said_part_by_part(country: str, data: dict[str, str], wrong: dict[str, str]) -> None:
    assert read(country, **data) == wrong


def test_pasted_lines_become_one_and_what_the_country_does_not_have_is_not_read() -> None:
    given = {"name": "Eva\tMüller", "line1": "Markt 1\nHof", "city": "Bonn", "postal_code": "53111"}

    address = taken("DE", **given, area="\0", district="x")

    assert (address.name, address.lines) == ("Eva Müller", ("Markt 1 Hof",))


def test_letters_put_together_are_one_and_a_mark_that_keeps_letters_apart_stays() -> None:
    address = taken("IR", name="Zoe\N{COMBINING DIAERESIS}", area="07", line1="\u0645\u06cc\u200c\u062e", city="Rasht")

    assert (address.name, address.lines) == ("Zoë", ("\u0645\u06cc\u200c\u062e",))


def test_whatever_somebody_sent_by_hand_is_printed() -> None:
    address = Address("Lee", "SG", ("1 Quay", "", "Tower 2", "Lantern Ltd"), city="Singapore", postal_code="018956")
    unknown = Address("Ann", "AE", ("2 Creek Road",), city="Dubai", region="AE-XX", postal_code="12345")

    assert lines(address, "en") == ["Lee", "Lantern Ltd", "1 Quay", "Tower 2", "SINGAPORE 018956", "Singapore"]
    assert lines(unknown, "en") == ["Ann", "2 Creek Road", "Dubai", "12345"]


def test_a_form_shows_what_it_made() -> None:
    given = {**ADA, "company": "Engines Ltd", "line2": "", "phone": ""}
    kept = json.loads(json.dumps(asdict(taken("US", **given))))

    assert form_values(Address(**{**kept, "lines": tuple(kept["lines"])}), rules_of("US")) == given


@pytest.mark.parametrize("country", ["", "us", "ZZ", "XX", "ALL", "../US", "U", "\N{FULLWIDTH DIGIT ONE}2", "US\n"])
def test_what_is_no_country_has_no_rules(country: str) -> None:
    assert address_rules(country=country) is None
