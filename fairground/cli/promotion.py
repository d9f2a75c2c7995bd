"""`fairground promotion`: what makes carts cheaper, from a file; on and off by hand."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import click
import msgspec
from msgspec import Meta, Struct

from fairground.catalog.rules import QUANTITY_MAX
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.festivals.queries import hall_ids
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.money import decimal_text, minor_from_text
from fairground.markets.queries import market_currencies
from fairground.merchants.queries import merchants_named
from fairground.promotions.actions.declare import NoSuchPromotion, PromotionRefused, create_promotion, edit_promotion
from fairground.promotions.queries import PromotionSeen, promotions_seen
from fairground.promotions.rules.declaring import MarketTerms, PromotionRecord, ScopeNames
from fairground.promotions.rules.terms import DiscountStep, PromotionKind

CREATE_EPILOG = """\b
Example, across shops, paid by the platform and a quarter by each merchant:
  fairground promotion create every-300.json
\b
  {"step": "cross_shop", "kind": "amount_off", "repeats": true, "merchant_percent": 25,
   "names": {"en": "Every 300, 40 off"}, "excludes_deals": false,
   "opens_at": "2026-11-11T00:00+08:00", "closes_at": "2026-11-12T00:00+08:00",
   "terms": {"EU": {"threshold": "300.00", "off": "40.00", "budget": "500000.00"}}}
\b
Steps: merchant_discount, merchant_coupon (both with "merchant": its slug), cross_shop, platform_coupon, shipping.
Kinds: amount_off, percent_off ("percent", "ceiling" in the terms), bundle_for_price ("bundle_units", "bundle_price" in
the terms), bundle_for_fewer ("bundle_units", "bundle_paid_units"), shipping_off. Coupons are collected from
"collects_from" on. "only" narrows it: {"merchants": […], "halls": […], "categories": […], "skus": […]}.
"""
LIST_EPILOG = """\b
Examples:
  fairground promotion list
  fairground promotion list --json
"""
SWITCH_EPILOG = """\b
Examples:
  fairground promotion off 912200743413354496 --reason "a slip in the threshold"
  fairground promotion on 912200743413354496 --reason mended
"""
# What `declaring.DECLARATION_WRONG` means to whoever wrote the file.
_WHY = {
    "times": "it has to close after it opens, and after its coupons can be collected",
    "names": "it has a name in at least one language, and none is empty",
    "step": "a merchant's steps name a merchant, the platform's none; coupons have a moment from which to collect them",
    "share": "merchants pay between 0 and 100 percent of it",
    "kind": "the kind asks for other facts: a percentage, units of a bundle",
    "terms": "the amounts do not fit the kind, or a market is not there",
    "limits": "limits are above nothing and within reason",
    "scope": "something that it is for is not there, or there is too much of it",
}
Percent = Annotated[int, Meta(ge=0, le=100)]
Units = Annotated[int, Meta(ge=0, le=QUANTITY_MAX)]


class _Terms(Struct, frozen=True, forbid_unknown_fields=True):
    threshold: str = "0"
    off: str = "0"
    ceiling: str = "0"
    bundle_price: str = "0"
    budget: str | None = None
    uses_max: int | None = None
    coupons_max: int | None = None


class _Only(Struct, frozen=True, forbid_unknown_fields=True):
    merchants: tuple[str, ...] = ()
    halls: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    skus: tuple[int, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    step: str
    kind: str
    names: dict[str, str]
    opens_at: str
    closes_at: str
    terms: dict[str, _Terms]
    merchant: str | None = None
    only: _Only = _Only()
    excludes_deals: bool = False
    repeats: bool = False
    percent: Percent = 0
    bundle_units: Units = 0
    bundle_paid_units: Units = 0
    merchant_percent: Percent = 0
    collects_from: str | None = None
    shopper_uses_max: int = 0


_read_file = msgspec.json.Decoder(_File).decode
_read_files = msgspec.json.Decoder(list[_File]).decode


@click.group()
def promotion() -> None:
    """Make promotions and coupons, list them, switch them off and on."""


@promotion.command(epilog=CREATE_EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def create(file: Path, realm: str | None, as_json: bool) -> None:
    """Make the promotion that FILE describes, or each of a list of them; all of it is read before any is made."""
    enter_realm(realm)
    with realm_database():
        made = create_from(file.read_bytes(), by=By(user_id=None, now=datetime.now(UTC)))
    for promotion_id, name in made:
        click.echo(json.dumps({"promotion": str(promotion_id), "name": name}) if as_json else f"{promotion_id}  {name}")


def create_from(source: bytes, *, by: By) -> list[tuple[int, str]]:
    """Make what a file describes, and return ids with a name each; who calls has the database up.

    :raises click.ClickException: it can't be read, or one was refused, with the reason in words
    """
    try:
        is_list = source.lstrip()[:1] == b"["
        files = _read_files(source) if is_list else [_read_file(source)]
        records = [_record(one) for one in files]
    except (msgspec.DecodeError, ValueError) as error:
        raise click.ClickException(f"the file: {error}") from error
    made = []
    for number, record in enumerate(records, 1):
        try:
            made.append((create_promotion(record=record, by=by), next(iter(record.names.values()), "")))
        except PromotionRefused as refusal:
            raise click.ClickException(f"promotion {number}: {_WHY[str(refusal.facts['why'])]}") from refusal
        except ShopBusy as refusal:
            raise click.ClickException(f"promotion {number}: the sale is busy just now; it was not made") from refusal
    return made


def _record(file: _File) -> PromotionRecord:
    """Return what a file describes. :raises ValueError: it names something that is not there"""
    step, kind = _one_of(DiscountStep, file.step), _one_of(PromotionKind, file.kind)
    merchants = {file.merchant, *file.only.merchants} - {None}
    known = {one.slug: one.id for one in merchants_named(slugs=[str(one) for one in merchants], ids=())}
    halls = hall_ids(slugs=file.only.halls)
    currencies = market_currencies()
    for word, names, there in (
        ("merchant", merchants, known),
        ("hall", file.only.halls, halls),
        ("market", file.terms, currencies),
    ):
        missing = sorted(str(one) for one in set(names) - set(there))
        if missing:
            raise ValueError(f"there is no {word} {', '.join(missing)}")
    return PromotionRecord(
        step=step,
        kind=kind,
        names=file.names,
        opens_at=_moment(file.opens_at),
        closes_at=_moment(file.closes_at),
        terms={market: _terms(one, currencies[market]) for market, one in file.terms.items()},
        merchant_id=known[file.merchant] if file.merchant else None,
        scope=ScopeNames(
            merchant_ids=tuple(known[one] for one in file.only.merchants),
            hall_ids=tuple(hall_id for one in file.only.halls for hall_id in halls[one]),
            categories=file.only.categories,
            sku_ids=file.only.skus,
        ),
        excludes_deals=file.excludes_deals,
        repeats=file.repeats,
        percent_bps=file.percent * 100,
        bundle_units=file.bundle_units,
        bundle_paid_units=file.bundle_paid_units,
        merchant_bps=file.merchant_percent * 100,
        needs_coupon=step in {DiscountStep.MERCHANT_COUPON, DiscountStep.PLATFORM_COUPON},
        collects_from=_moment(file.collects_from) if file.collects_from else None,
        shopper_uses_max=file.shopper_uses_max,
    )


def _one_of(kinds: Any, word: str) -> Any:
    by_word = {one.name.lower(): one for one in kinds}
    if word not in by_word:
        raise ValueError(f"{word!r} is none of {', '.join(by_word)}")
    return by_word[word]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} says no offset from UTC, such as +08:00")
    return moment


def _terms(file: _Terms, currency: str) -> MarketTerms:
    return MarketTerms(
        threshold_minor=minor_from_text(file.threshold, currency=currency),
        off_minor=minor_from_text(file.off, currency=currency),
        ceiling_minor=minor_from_text(file.ceiling, currency=currency),
        bundle_minor=minor_from_text(file.bundle_price, currency=currency),
        uses_max=file.uses_max,
        amount_max_minor=minor_from_text(file.budget, currency=currency) if file.budget is not None else None,
        coupons_max=file.coupons_max,
    )


@promotion.command("list", epilog=LIST_EPILOG)
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a promotion and market.")
def list_promotions(realm: str | None, as_json: bool) -> None:
    """List promotions, the last to open first: what each gave so far, and what it may give."""
    enter_realm(realm)
    with realm_database():
        seen = promotions_seen()
    for one in seen:
        click.echo(json.dumps(_facts(one)) if as_json else _line(one))


def _facts(one: PromotionSeen) -> Mapping[str, object]:
    return {
        "promotion": str(one.promotion_id),
        "name": one.name,
        "step": DiscountStep(one.step).name.lower(),
        "market": one.market,
        "currency": one.currency,
        "opens_at": one.opens_at.isoformat(),
        "closes_at": one.closes_at.isoformat(),
        "is_on": one.is_on,
        "limited": one.limited,
        "uses": one.uses,
        "uses_max": one.uses_max,
        "given_minor": one.given_minor,
        "budget_minor": one.budget_minor,
    }


def _line(one: PromotionSeen) -> str:
    state = "on " if one.is_on else "off"
    words = [str(one.promotion_id), state, one.market, f"{one.opens_at:%Y-%m-%d %H:%M}Z", one.name]
    if one.limited:
        budget = f" of {decimal_text(one.budget_minor, one.currency)}" if one.budget_minor is not None else ""
        most = f" of {one.uses_max:,}" if one.uses_max is not None else ""
        words.append(
            f"gave {decimal_text(one.given_minor, one.currency)}{budget} {one.currency} in {one.uses:,}{most} uses"
        )
    return "  ".join(words)


def _switch(promotion_ids: Sequence[int], *, is_on: bool, reason: str, realm: str | None) -> None:
    enter_realm(realm)
    with realm_database():
        for promotion_id in promotion_ids:
            try:
                by = By(user_id=None, now=datetime.now(UTC), reason=reason)
                changed = edit_promotion(promotion_id=promotion_id, by=by, is_on=is_on)
            except NoSuchPromotion as refusal:
                raise click.ClickException(f"there is no promotion {promotion_id}") from refusal
            except ShopBusy as refusal:
                raise click.ClickException("the sale is busy just now; nothing changed") from refusal
            was = "" if changed else " already"
            click.echo(f"{promotion_id} is{was} {'on' if is_on else 'off'}.")


@promotion.command(epilog=SWITCH_EPILOG)
@click.argument("promotions", nargs=-1, required=True, type=int)
@click.option("--reason", required=True, help="Why, for the audit log.")
@realm_option
def off(promotions: tuple[int, ...], reason: str, realm: str | None) -> None:
    """Switch PROMOTIONS off: no purchase gets them from the next batch on. What was bought keeps its discounts."""
    _switch(promotions, is_on=False, reason=reason, realm=realm)


@promotion.command(epilog=SWITCH_EPILOG)
@click.argument("promotions", nargs=-1, required=True, type=int)
@click.option("--reason", required=True, help="Why, for the audit log.")
@realm_option
def on(promotions: tuple[int, ...], reason: str, realm: str | None) -> None:
    """Switch PROMOTIONS on again."""
    _switch(promotions, is_on=True, reason=reason, realm=realm)
