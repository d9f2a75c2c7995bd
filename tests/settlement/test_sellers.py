"""What sellers earned in a year, quarter by quarter, who is reported, and the XML of it against the schema's order."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from fairground.catalog.models import Category, Product
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.kernel.models import AuditEntry
from fairground.orders.rules import Step
from fairground.settlement.actions.set_fees import set_fee
from fairground.settlement.reports.dpi import (
    DPI_NAMESPACE,
    STF_NAMESPACE,
    IdentitiesMissing,
    OperatorUnknown,
    dpi_xml,
)
from fairground.settlement.reports.rules import PlatformOperator
from fairground.settlement.reports.sellers import Quarter, SellerYear, disclose_sellers, sellers_of_year
from tests.factories import BY, make_market, make_merchant, make_sku
from tests.refunding import back
from tests.settlement.trade_making import ENTITY, PERSON, know, sell

pytestmark = pytest.mark.usefixtures("lone_writer")
OPERATOR = PlatformOperator(
    name="Fair & Co. SE", tin="99/999/99999", street="Marktplatz 1", post_code="10115", city="Berlin", country="DE"
)
JUNE, AUGUST = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)

Schema = dict[str, Any]
# The schema's elements in the schema's order (DPIXML_v1.0.xsd of urn:oecd:ties:dpi:v1), of what this writes: a name,
# those that follow inside it, and whether each must be there.
ADDRESS: Schema = {"Address": {"CountryCode": {}, "AddressFix": {"Street": {}, "PostCode": {}, "City": {}}}}
PARTY: Schema = {"ResCountryCode": {}, "TIN": {}, "IN": {}, "VAT": {}, "Name": {}}
FINANCIAL: Schema = {"FinancialIdentifier": {"Identifier": {}, "AccountHolderName": {}, "OtherInfo": {}}}
DOCUMENT: Schema = {"DocSpec": {"DocTypeIndic": {}, "DocRefId": {}}}


def quarters(name: str) -> Schema:
    return {f"{name}{number}": {} for number in range(1, 5)}


SCHEMA: Schema = {
    "MessageSpec": {
        name: {}
        for name in (
            "SendingEntityIN",
            "TransmittingCountry",
            "ReceivingCountry",
            "MessageType",
            "Warning",
            "Contact",
            "MessageRefId",
            "MessageTypeIndic",
            "ReportingPeriod",
            "Timestamp",
        )
    },
    "DPIBody": {
        "PlatformOperator": {
            **PARTY,
            "PlatformBusinessName": {},
            **ADDRESS,
            "Nexus": {},
            "AssumedReporting": {},
            **DOCUMENT,
        },
        "ReportableSeller": {
            "Identity": {
                "EntitySeller": {
                    "Standard": {
                        "EntSellerID": {**PARTY, **ADDRESS},
                        **FINANCIAL,
                        "PermanentEstablishments": {"PermanentEstablishment": {}},
                    }
                },
                "IndividualSeller": {
                    "Standard": {
                        "IndSellerID": {
                            "ResCountryCode": {},
                            "TIN": {},
                            "VAT": {},
                            "Name": {"FirstName": {}, "LastName": {}},
                            **ADDRESS,
                            "BirthInfo": {
                                "BirthDate": {},
                                "BirthPlace": {"City": {}, "CountryInfo": {"CountryCode": {}}},
                            },
                        },
                        **FINANCIAL,
                    }
                },
            },
            "RelevantActivities": {
                "SaleOfGoods": {
                    "Consideration": quarters("ConsQ"),
                    "NumberOfActivities": quarters("NumbQ"),
                    "Fees": quarters("FeesQ"),
                    "Taxes": quarters("TaxQ"),
                }
            },
            **DOCUMENT,
        },
    },
}


def out_of_order(node: ElementTree.Element, schema: Schema) -> list[str]:
    """Return the elements that the schema does not have there, or not there any more."""
    names = list(schema)
    wrong, place = list[str](), 0
    for child in node:
        name = child.tag.rpartition("}")[2]
        if name not in names[place:]:
            wrong.append(name)
            continue
        place = names.index(name)
        wrong += out_of_order(child, schema[name])
    return wrong


def find(root: ElementTree.Element, path: str) -> list[str | None]:
    spaces = {"dpi": DPI_NAMESPACE, "stf": STF_NAMESPACE}
    return [one.text for one in root.findall(path, spaces)]


def of(merchant_id: int, sellers: list[SellerYear]) -> SellerYear:
    (one,) = [one for one in sellers if one.merchant_id == merchant_id]
    return one


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def test_a_seller_has_what_each_quarter_brought_after_the_commission_and_what_went_back_when_it_did() -> None:
    merchant = make_merchant(lane=7, commission_bps=750)
    sku = make_sku(merchant=merchant, price_minor=3_333)
    order_id = sell(sku, at=JUNE, units=3)
    sell(sku, at=AUGUST)
    cancelled = sell(sku, at=AUGUST)
    now_ms = int(AUGUST.timestamp() * 1000)
    advance_orders(order_ids=[cancelled], then=Step.CANCELLED, now_ms=now_ms)
    back(order_id, 1, 1, now_ms=now_ms)

    seller = of(merchant.id, sellers_of_year(year=2026))

    # 7.5 % of 99.99 is 7.49925, of the 66.66 that are kept 4.9995, of 33.33 2.49975: each half up.
    assert seller.quarters == (
        Quarter(),
        Quarter(1, 9_999 - 750, 750),
        Quarter(1, 3_333 - 250 - 3_333 + 250, 0),
        Quarter(),
    )
    assert (seller.activities, seller.consideration_minor, seller.fees_minor) == (2, 9_249, 750)
    assert sellers_of_year(year=2025) == []


def test_a_seller_of_goods_with_several_commissions_is_charged_each_of_its_goods() -> None:
    merchant = make_merchant(lane=7, commission_bps=500)
    chair, lamp = make_sku(merchant=merchant, price_minor=1_005), make_sku(merchant=merchant, price_minor=999)
    Category.objects.create(code="home", names={"en": "Home"})
    Product.objects.filter(skus__id=chair.id).update(category_id="home")
    set_fee(category="home", merchant_id=None, commission_bps=1_000, by=BY)
    order_id = sell(lamp, at=JUNE, units=2, also=[chair.line()])
    back(order_id, 1, 1, now_ms=int(AUGUST.timestamp() * 1000))

    seller = of(merchant.id, sellers_of_year(year=2026))

    # 10 % of 10.05 are 1.005, 5 % of 19.98 are 0.999, of the 9.99 that are kept 0.4995.
    assert seller.quarters == (
        Quarter(),
        Quarter(1, 3_003 - 201, 201),
        Quarter(0, -999 + 50, -50),
        Quarter(),
    )


def test_a_seller_is_excluded_with_few_sales_for_little_money_and_not_with_either_alone() -> None:
    small, dear, busy = (make_merchant(lane=lane, commission_bps=0) for lane in (1, 2, 3))
    sell(make_sku(merchant=small, price_minor=200_000), at=JUNE)
    sell(make_sku(merchant=dear, price_minor=200_001), at=JUNE)
    cheap = make_sku(merchant=busy, price_minor=100)
    for _ in range(30):
        sell(cheap, at=JUNE)

    sellers = sellers_of_year(year=2026)

    assert of(small.id, sellers).is_excluded is True
    assert of(dear.id, sellers).is_excluded is False
    assert (of(busy.id, sellers).activities, of(busy.id, sellers).is_excluded) == (30, False)
    assert [one.is_reportable for one in sellers].count(True) == 2


def test_the_xml_has_the_schemas_names_in_its_order_with_whole_units() -> None:
    person, entity, small = (make_merchant(lane=lane, commission_bps=1_000) for lane in (1, 2, 3))
    know(person.id, PERSON)
    know(entity.id, replace(ENTITY, financial_identifier="wallet@lamps.example"))
    sell(make_sku(merchant=person, price_minor=222_250), at=JUNE)
    sell(make_sku(merchant=entity, price_minor=300_000), at=AUGUST)
    sell(make_sku(merchant=small, price_minor=1_000), at=AUGUST)

    sellers = disclose_sellers(year=2026, by=BY)
    said = dpi_xml(year=2026, sellers=sellers, operator=OPERATOR, message_id="a1", now=BY.now)

    root = ElementTree.fromstring(said)  # noqa: S314 - what was just written
    assert root.tag == f"{{{DPI_NAMESPACE}}}DPI_OECD"
    assert root.get("version") == "1.0"
    assert out_of_order(root, SCHEMA) == []
    assert find(root, "dpi:MessageSpec/dpi:MessageRefId") == ["DE2026DE-a1"]
    assert find(root, "dpi:MessageSpec/dpi:MessageTypeIndic") == ["DPI401"]
    assert find(root, "dpi:MessageSpec/dpi:ReportingPeriod") == ["2026-12-31"]
    assert find(root, ".//dpi:PlatformOperator/dpi:Name") == ["Fair & Co. SE"]
    assert find(root, ".//dpi:LastName") == ["Olmo"]
    assert find(root, ".//dpi:BirthDate") == ["1980-01-31"]
    assert find(root, ".//dpi:EntSellerID/dpi:ResCountryCode") == ["DE", "AT"]
    assert find(root, ".//dpi:EntSellerID/dpi:IN") == ["HRB 12345 B"]
    accounts = [(one.text, one.get("AccountNumberType")) for one in root.iter(f"{{{DPI_NAMESPACE}}}Identifier")]
    assert accounts == [("ES9121000418450200051332", "IBAN"), ("wallet@lamps.example", "Other")]
    assert find(root, ".//dpi:AccountHolderName") == ["Luis Olmo"]
    # 2,222.50 less 222.25 is 2,000.25; 3,000.00 less 300.00 is 2,700.00.
    assert find(root, ".//dpi:ConsQ2") == ["2000", "0"]
    assert find(root, ".//dpi:ConsQ3") == ["0", "2700"]
    assert find(root, ".//dpi:FeesQ2") == ["222", "0"]
    assert find(root, ".//dpi:NumbQ3") == ["0", "1"]
    assert {one.get("currCode") for one in root.iter(f"{{{DPI_NAMESPACE}}}TaxQ4")} == {"EUR"}
    references = find(root, ".//stf:DocRefId")
    assert len(references) == len(set(references)) == 3
    seen = AuditEntry.objects.filter(verb="identity-seen").values_list("subject_id", flat=True)
    assert set(seen) == {str(person.id), str(entity.id)}


def test_a_year_without_sellers_to_report_says_so() -> None:
    said = dpi_xml(year=2026, sellers=[], operator=OPERATOR, message_id="a1", now=BY.now)

    root = ElementTree.fromstring(said)  # noqa: S314 - what was just written
    assert find(root, ".//dpi:MessageTypeIndic") == ["DPI403"]
    assert find(root, ".//dpi:ReportableSeller") == []


def test_no_xml_without_an_operator_or_while_an_identity_is_missing() -> None:
    merchant = make_merchant()
    sell(make_sku(merchant=merchant, price_minor=300_000), at=JUNE)
    sellers = sellers_of_year(year=2026)

    with pytest.raises(OperatorUnknown):
        dpi_xml(year=2026, sellers=sellers, operator=None, message_id="a1", now=BY.now)
    with pytest.raises(IdentitiesMissing) as refused:
        dpi_xml(year=2026, sellers=sellers, operator=OPERATOR, message_id="a1", now=BY.now)

    assert refused.value.facts == {"slugs": [f"merchant-{merchant.id}"]}


def test_a_checker_that_knows_the_order_sees_what_is_out_of_it() -> None:
    root = ElementTree.fromstring("<a><DPIBody/><MessageSpec/></a>")  # noqa: S314 - ours
    assert out_of_order(root, SCHEMA) == ["MessageSpec"]
