"""The sellers' report as XML by the OECD's DPI schema 1.0, which Member States take for Directive 2011/16/EU (DAC7).

Names and their order are the schema's (`DPIXML_v1.0.xsd`, namespaces `urn:oecd:ties:dpi:v1` and for the marks of
documents `urn:oecd:ties:dpistf:v1`). Amounts are whole units of their currency, as it has no decimals. A seller with
several currencies is reported once in each, since amounts are told in the currency in which they were paid (Annex V,
Section III, A(5)). What authorities want beyond the schema, such as an envelope of their own, is not here. Each file is
a new report (`OECD1`): what was sent is not kept, so what is to be corrected or deleted of it (`OECD2`, `OECD3`) is not
known here.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from xml.etree import ElementTree

from fairground.kernel.refusal import Refusal
from fairground.merchants.identities import IdentityFacts
from fairground.merchants.rules import is_iban
from fairground.settlement.reports.rules import PlatformOperator, whole_units
from fairground.settlement.reports.sellers import Quarter, SellerYear

DPI_NAMESPACE = "urn:oecd:ties:dpi:v1"
STF_NAMESPACE = "urn:oecd:ties:dpistf:v1"
_VERSION = "1.0"
_NEW, _NOTHING = "DPI401", "DPI403"
_NEW_DOCUMENT = "OECD1"
# The operator is resident for tax in the Member State that it reports to; its address is its registered office.
_NEXUS, _REGISTERED_OFFICE = "RPONEX1", "OECD304"

Node = ElementTree.Element


class OperatorUnknown(Refusal):
    """Nobody said who runs the platform, and a report without that is none."""


class IdentitiesMissing(Refusal):
    """Who some sellers are that must be reported is not written down; `slugs` names them."""


def dpi_xml(
    *, year: int, sellers: Sequence[SellerYear], operator: PlatformOperator | None, message_id: str, now: datetime
) -> bytes:
    """Return the report on those of the sellers that are to be reported; without any it says that there are none.

    `message_id` is what this file is called by, once and for all.

    :raises OperatorUnknown: there is no operator
    :raises IdentitiesMissing: a seller's legal identity is missing; an incomplete report would be a wrong one
    """
    if operator is None:
        raise OperatorUnknown
    reported = [one for one in sellers if one.is_reportable]
    missing = sorted({one.slug for one in reported if one.identity is None})
    if missing:
        raise IdentitiesMissing(slugs=missing)
    reference = f"{operator.country}{year}{operator.country}-{message_id}"
    root = Node("dpi:DPI_OECD", {"xmlns:dpi": DPI_NAMESPACE, "xmlns:stf": STF_NAMESPACE, "version": _VERSION})
    head = _in(root, "MessageSpec")
    _in(head, "SendingEntityIN", operator.tin)
    _in(head, "TransmittingCountry", operator.country)
    _in(head, "ReceivingCountry", operator.country)
    _in(head, "MessageType", "DPI")
    _in(head, "MessageRefId", reference)
    _in(head, "MessageTypeIndic", _NEW if reported else _NOTHING)
    _in(head, "ReportingPeriod", f"{year}-12-31")
    _in(head, "Timestamp", f"{now:%Y-%m-%dT%H:%M:%S}")
    body = _in(root, "DPIBody")
    _operator(body, operator, reference)
    for one in reported:
        assert one.identity is not None, one.slug
        _seller(body, one, one.identity, reference)
    ElementTree.indent(root)
    said: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return said + b"\n"


def _operator(body: Node, operator: PlatformOperator, reference: str) -> None:
    node = _in(body, "PlatformOperator")
    _in(node, "ResCountryCode", operator.country)
    _in(node, "TIN", operator.tin, issuedBy=operator.country)
    if operator.vat:
        _in(node, "VAT", operator.vat)
    _in(node, "Name", operator.name)
    if operator.business_name:
        _in(node, "PlatformBusinessName", operator.business_name)
    _address(node, operator.country, operator.street, operator.post_code, operator.city, kind=_REGISTERED_OFFICE)
    _in(node, "Nexus", _NEXUS)
    _in(node, "AssumedReporting", "false")
    _document(node, f"{reference}-PO")


def _seller(body: Node, seller: SellerYear, identity: IdentityFacts, reference: str) -> None:
    node = _in(body, "ReportableSeller")
    who = _in(node, "Identity")
    if identity.is_person:
        standard = _in(_in(who, "IndividualSeller"), "Standard")
        _person(_in(standard, "IndSellerID"), identity)
        _financial(standard, identity)
    else:
        standard = _in(_in(who, "EntitySeller"), "Standard")
        _entity(_in(standard, "EntSellerID"), identity)
        _financial(standard, identity)
        if identity.establishments:
            places = _in(standard, "PermanentEstablishments")
            for country in identity.establishments:
                _in(places, "PermanentEstablishment", country)
    goods = _in(_in(node, "RelevantActivities"), "SaleOfGoods")
    _money(goods, "Consideration", "ConsQ", seller, lambda quarter: quarter.consideration_minor)
    numbers = _in(goods, "NumberOfActivities")
    for place, quarter in enumerate(seller.quarters, 1):
        _in(numbers, f"NumbQ{place}", str(quarter.activities))
    _money(goods, "Fees", "FeesQ", seller, lambda quarter: quarter.fees_minor)
    _money(goods, "Taxes", "TaxQ", seller, lambda quarter: quarter.taxes_minor)
    _document(node, f"{reference}-{seller.merchant_id}-{seller.currency}")


def _money(goods: Node, name: str, each: str, seller: SellerYear, minor: Callable[[Quarter], int]) -> None:
    node = _in(goods, name)
    for place, quarter in enumerate(seller.quarters, 1):
        amount = whole_units(minor(quarter), seller.currency)
        _in(node, f"{each}{place}", str(amount), currCode=seller.currency)


def _numbers(node: Node, identity: IdentityFacts) -> None:
    for country in identity.residences:
        _in(node, "ResCountryCode", country)
    for country, number in sorted(identity.tins.items()):
        _in(node, "TIN", number, issuedBy=country)
    if not identity.tins:
        _in(node, "TIN", "NOTIN", unknown="true")


def _entity(node: Node, identity: IdentityFacts) -> None:
    _numbers(node, identity)
    if identity.registration_number:
        _in(node, "IN", identity.registration_number, issuedBy=identity.country, INType="BRN")
    if identity.vat_number:
        _in(node, "VAT", identity.vat_number)
    _in(node, "Name", identity.legal_name)
    _address(node, identity.country, identity.street, identity.post_code, identity.city)


def _person(node: Node, identity: IdentityFacts) -> None:
    _numbers(node, identity)
    if identity.vat_number:
        _in(node, "VAT", identity.vat_number)
    name = _in(node, "Name")
    _in(name, "FirstName", identity.first_name)
    _in(name, "LastName", identity.last_name)
    _address(node, identity.country, identity.street, identity.post_code, identity.city)
    assert identity.birth_date is not None, "a person has one"
    birth = _in(node, "BirthInfo")
    _in(birth, "BirthDate", identity.birth_date.isoformat())
    if identity.birth_city and identity.birth_country:
        place = _in(birth, "BirthPlace")
        _in(place, "City", identity.birth_city)
        _in(_in(place, "CountryInfo"), "CountryCode", identity.birth_country)


def _financial(standard: Node, identity: IdentityFacts) -> None:
    """Write to which account a seller is paid, where that is known; the kinds of accounts have no codes."""
    if not identity.financial_identifier:
        return
    node = _in(standard, "FinancialIdentifier")
    kind = "IBAN" if is_iban(identity.financial_identifier) else "Other"
    _in(node, "Identifier", identity.financial_identifier, AccountNumberType=kind)
    if identity.financial_holder:
        _in(node, "AccountHolderName", identity.financial_holder)


def _address(node: Node, country: str, street: str, post_code: str, city: str, *, kind: str = "") -> None:
    address = _in(node, "Address", **({"legalAddressType": kind} if kind else {}))
    _in(address, "CountryCode", country)
    fixed = _in(address, "AddressFix")
    _in(fixed, "Street", street)
    if post_code:
        _in(fixed, "PostCode", post_code)
    _in(fixed, "City", city)


def _document(node: Node, reference: str) -> None:
    document = _in(node, "DocSpec")
    ElementTree.SubElement(document, "stf:DocTypeIndic").text = _NEW_DOCUMENT
    ElementTree.SubElement(document, "stf:DocRefId").text = reference


def _in(parent: Node, name: str, text: str | None = None, **attributes: str) -> Node:
    node = ElementTree.SubElement(parent, f"dpi:{name}", attributes)
    node.text = text
    return node
