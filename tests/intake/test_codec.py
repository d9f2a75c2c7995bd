"""What may come through the door, and what is sent back: bodies by table."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import LineAsked, Placed, PlacedOrder, PlaceRequest
from fairground.intake.codec import BadBody, read_pay, read_place, write_paid, write_placed
from tests.factories import NOW_MS, next_key

KEY = next_key()
ADDRESS = {"name": "Ada", "country": "DE", "lines": ["Hauptstr. 1"]}
LINE = {"sku": "77", "quantity": 2, "unit_price_minor": 995}
BODY: dict[str, Any] = {"market": "EU", "currency": "EUR", "language": "en", "ship_to": ADDRESS, "lines": [LINE]}


def read(body: bytes) -> PlaceRequest:
    return read_place(body, shopper_id=5, verified=True, key=KEY, arrived_at_ms=NOW_MS)


def body_with(**changes: object) -> bytes:
    return json.dumps({**BODY, **changes}, ensure_ascii=False).encode()


def with_address(**changes: object) -> bytes:
    return body_with(ship_to={**ADDRESS, **changes})


def with_line(**changes: object) -> bytes:
    return body_with(lines=[{**LINE, **changes}])


def with_lines(count: int) -> bytes:
    return body_with(lines=[{**LINE, "sku": str(number)} for number in range(1, count + 1)])


def test_a_body_becomes_a_purchase() -> None:
    body = body_with(
        ship_to={**ADDRESS, "region": "DE-BE", "city": "Berlin"},
        channel="live",
        device="mobile",
        hall=3,
        creator={"id": "9", "claim": "coupon"},
        store="12",
        lines=[{**LINE, "deal": "78"}, LINE],
    )

    request = read(body)

    assert request == PlaceRequest(
        shopper_id=5,
        verified=True,
        key=KEY,
        request_hash=request.request_hash,
        arrived_at_ms=NOW_MS,
        market="EU",
        currency="EUR",
        language="en",
        channel=5,
        device=2,
        entry_hall_id=3,
        creator_id=9,
        creator_claim=1,
        store_id=12,
        country="DE",
        region="DE-BE",
        address=b'{"name":"Ada","country":"DE","lines":["Hauptstr. 1"],"city":"Berlin","region":"DE-BE"}',
        lines=(LineAsked(77, 78, 2, 995), LineAsked(77, None, 2, 995)),
    )


def test_without_a_region_it_is_the_country() -> None:
    assert read(body_with()).region == "DE"


def test_the_hash_is_that_of_the_body_byte_by_byte() -> None:
    spaced = json.dumps(BODY, indent=1).encode()

    assert read(body_with()).request_hash == read(body_with()).request_hash
    assert len({read(one).request_hash for one in (body_with(), spaced, with_line(quantity=3))}) == 3


BAD_BODIES: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"market=EU",
    "cut off": body_with()[:-1],
    "something behind it": body_with() + b"{}",
    "a trailing comma": body_with()[:-1] + b",}",
    "single quotes": body_with().replace(b'"', b"'"),
    "a byte order mark": b"\xef\xbb\xbf" + body_with(),
    "UTF-16": body_with().decode().encode("utf-16"),
    "bytes that are no UTF-8": body_with().replace(b"Ada", b"\xff\xfe"),
    "half a surrogate pair": body_with().replace(b"Ada", b"\\ud83d and more"),
    "a raw control character": body_with().replace(b"Ada", b"A\x01da"),
    "null": b"null",
    "a list": b"[" + body_with() + b"]",
    "a number": b"7",
    "a hundred thousand brackets": b"[" * 100_000,
    "a hundred thousand brackets in a field": b'{"market":' + b"[" * 100_000,
    "a hundred thousand objects in an unknown field": b'{"x":' * 100_000,
    "an unknown field": body_with(coupon="X"),
    "an unknown field of a line": with_line(price=1),
    "an unknown field of the address": with_address(street="x"),
    "no market": json.dumps({name: value for name, value in BODY.items() if name != "market"}).encode(),
    "a market of 9 letters": body_with(market="EUROPEAN1"),
    "a market that is a number": body_with(market=1),
    "a currency of 2 letters": body_with(currency="EU"),
    "a currency that is not ASCII": body_with(currency="EÜR"),
    "a language that is not ASCII": body_with(language="中文"),
    "a language of 13 letters": body_with(language="x" * 13),
    "a region that is not ASCII": with_address(region="DE-Ü"),
    "a region of another country": with_address(region="LU"),
    "a part of another country": with_address(region="US-OR"),
    "a country in small letters": with_address(country="de"),
    "a country that is not ASCII": with_address(country="ÄÖ"),
    "a country of 3 letters": with_address(country="DEU"),
    "a country of digits": with_address(country="12"),
    "no lines": body_with(lines=[]),
    "51 lines": with_lines(51),
    "a SKU in two lines": body_with(lines=[LINE, {**LINE, "quantity": 1}]),
    "a SKU and its deal in two lines": body_with(lines=[{**LINE, "deal": "8"}, {**LINE, "deal": "8"}]),
    "a quantity of zero": with_line(quantity=0),
    "a negative quantity": with_line(quantity=-1),
    "a quantity of 1000": with_line(quantity=1_000),
    "a quantity of 10^30": with_line(quantity=10**30),
    "a quantity of 1.0": with_line(quantity=1.0),
    "a quantity of 1e2": body_with().replace(b'"quantity": 2', b'"quantity": 1e2'),
    "a quantity in quotes": with_line(quantity="1"),
    "a quantity that is true": with_line(quantity=True),
    "a quantity that is null": with_line(quantity=None),
    "a negative price": with_line(unit_price_minor=-1),
    "a price of 2^53": with_line(unit_price_minor=2**53),
    "a price with decimals": with_line(unit_price_minor=9.95),
    "a SKU that is a number": with_line(sku=77),
    "an empty SKU": with_line(sku=""),
    "a SKU of words": with_line(sku="chair"),
    "a negative SKU": with_line(sku="-7"),
    "a SKU with spaces": with_line(sku=" 7"),
    "a SKU in Arabic digits": with_line(sku="\u0667\u0667"),
    "a SKU in superscript": with_line(sku="⁷"),
    "a SKU of 20 digits": with_line(sku="1" * 20),
    "a SKU of 2^63": with_line(sku=str(2**63)),
    "a deal of 2^63": with_line(deal=str(2**63)),
    "a creator of 2^63": body_with(creator={"id": str(2**63), "claim": "cart"}),
    "a store of 2^63": body_with(store=str(2**63)),
    "a hall of zero": body_with(hall=0),
    "a hall of 32768": body_with(hall=32_768),
    "an unknown channel": body_with(channel="fax"),
    "an unknown device": body_with(device="toaster"),
    "an unknown claim": body_with(creator={"id": "9", "claim": "wish"}),
    "no name": with_address(name=""),
    "a name of 121 letters": with_address(name="x" * 121),
    "no address lines": with_address(lines=[]),
    "5 address lines": with_address(lines=["x"] * 5),
    "an address line of 201 letters": with_address(lines=["x" * 201]),
    "NUL in the address": with_address(name="A\0da"),
    "NUL in the language": body_with(language="e\0"),
    "NUL in the market": body_with(market="E\0"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(BadBody) as refused:
        read(BAD_BODIES[name])

    assert refused.value.facts.keys() == {"reason"}
    assert 0 < len(str(refused.value.facts["reason"])) < 200


@pytest.mark.parametrize(
    "body",
    [
        with_lines(50),
        with_line(quantity=999),
        with_line(unit_price_minor=2**53 - 1),
        with_line(sku=str(2**63 - 1)),
        body_with(hall=32_767),
        with_address(region="DE"),
        with_address(name=r"no NUL: \u0000"),
    ],
    ids=["50 lines", "999 units", "2^53 - 1", "2^63 - 1", "hall 32767", "the country as region", "a backslash"],
)
def test_what_is_just_within_the_limits_is_taken(body: bytes) -> None:
    assert isinstance(read(body), PlaceRequest)


def test_a_field_named_twice_has_its_last_value() -> None:
    assert read(body_with().replace(b'"market": "EU"', b'"market": "EU", "market": "GB"')).market == "GB"


@given(
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=120),
    lines=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200), min_size=1, max_size=4
    ),
)
def test_an_address_is_kept_whole_in_any_script(name: str, lines: list[str]) -> None:
    kept = json.loads(read(with_address(name=name, lines=lines)).address)

    assert (kept["name"], kept["lines"]) == (name, lines)


@given(body=st.binary(max_size=200))
def test_whatever_bytes_come_they_are_a_purchase_or_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        read(body)


PAYMENT: dict[str, Any] = {"method": "wallet", "amount_minor": 100, "currency": "EUR"}


def test_a_body_becomes_a_payment_and_its_hash_says_of_which_purchase() -> None:
    body = json.dumps(PAYMENT).encode()

    first, second = (read_pay(body, purchase_id=one, shopper_id=5, key=KEY) for one in (1, 2))

    assert (first.purchase_id, first.amount_minor, first.currency, first.shopper_id) == (1, 100, "EUR", 5)
    assert first.request_hash != second.request_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "card"},
        {"amount_minor": -1},
        {"amount_minor": 2**53},
        {"amount_minor": 1.0},
        {"amount_minor": "100"},
        {"currency": "EURO"},
        {"tip": 1},
    ],
    ids=str,
)
def test_a_bad_payment_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadBody):
        read_pay(json.dumps({**PAYMENT, **changes}).encode(), purchase_id=1, shopper_id=5, key=KEY)


def test_a_placed_purchase_is_told_with_ids_as_strings_and_a_number_an_order() -> None:
    orders = [PlacedOrder(2**62, 11, 1_000, 490, 357), PlacedOrder(2**62 + 1, 12, 500)]

    body = write_placed(Placed(2**62 + 2, "ABC", 1, "EUR", 1_500, NOW_MS + 5, orders))

    assert json.loads(body) == {
        "purchase": "4611686018427387906",
        "number": "ABC",
        "state": "placed",
        "currency": "EUR",
        "total_minor": 1_500,
        "pay_before": "2026-11-11T00:00:00.005+00:00",
        "orders": [
            {"order": "4611686018427387904", "number": "ABC-1", "merchant": "11", "total_minor": 1_000}
            | {"shipping_minor": 490, "duties_minor": 357},
            {"order": "4611686018427387905", "number": "ABC-2", "merchant": "12", "total_minor": 500}
            | {"shipping_minor": 0, "duties_minor": 0},
        ],
    }


def test_what_was_seen_of_charges_comes_with_the_purchase() -> None:
    request = read(body_with(shipping_minor=490, duties_minor=357))

    assert (request.shipping_minor, request.duties_minor) == (490, 357)
    assert (read(body_with()).shipping_minor, read(body_with()).duties_minor) == (None, None)


def test_a_paid_purchase_is_told() -> None:
    assert json.loads(write_paid(Paid(2**62, "EUR", 1_500, NOW_MS))) == {
        "purchase": "4611686018427387904",
        "state": "paid",
        "currency": "EUR",
        "paid_minor": 1_500,
        "paid_at": "2026-11-11T00:00:00.000+00:00",
    }
