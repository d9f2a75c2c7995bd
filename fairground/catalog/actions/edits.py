"""Edits of products and SKUs by hand; each takes the turn, tells the writers, and stands in the audit log."""

from collections.abc import Collection, Mapping, Sequence

from fairground.catalog.models import Brand, Category, Price, Product, ProductText, Sku
from fairground.catalog.rules import PRICE_MINOR_MAX, TITLE_LENGTH_MAX
from fairground.catalog.rules import ProductText as Words
from fairground.kernel.edits import Act, By, Changes, changes_between, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import market_currencies

# SKUs that are put on or off sale in one turn: the same row of work as a chunk of an import, about 20 ms.
ON_SALE_CHUNK_SKUS = 500


class NoSuchProduct(Refusal):
    """There is no product, or no SKU, with this id."""


class NoSuchWord(Refusal):
    """There is no brand or no category of this name; `word` says which."""


class TitleMissing(Refusal):
    """A product is shown by its title, so a text without one is no text; `language` says which."""


class PriceOutOfRange(Refusal):
    """A price is above zero and below `PRICE_MINOR_MAX`; `market` says where it is not, or where there is no market."""


def edit_product(
    *,
    product_id: int,
    by: By,
    texts: Mapping[str, Words] | None = None,
    brand: str | None = None,
    category: str | None = None,
) -> bool:
    """Write texts by language, brand and category of a product as stated (empty: none); return whether any changed.

    What is None stays, as do languages that are not stated.

    :raises NoSuchProduct: nothing changed
    :raises NoSuchWord: nothing changed
    :raises TitleMissing: nothing changed
    :raises ShopBusy: nothing changed
    """
    for language, words in (texts or {}).items():
        if not words.title.strip() or len(words.title) > TITLE_LENGTH_MAX:
            raise TitleMissing(language=language)
    _refuse_unknown_words(brand, category)
    with edit_turn(lanes=[lane_of(product_id)], now=by.now) as turn:
        product = Product.objects.filter(id=product_id).first()
        if product is None:
            raise NoSuchProduct(product=product_id)
        stated = {
            name: value or None for name, value in (("brand_id", brand), ("category_id", category)) if value is not None
        }
        facts = changes_between({name: getattr(product, name) for name in stated}, stated)
        Product.objects.filter(id=product_id).update(**{name: value for name, (_, value) in facts.items()})
        worded = _write_texts(product_id, texts or {})
        if worded:
            tell_offers_changed(turn)
        if facts or worded:
            write_audit(by=by, acts=[Act("changed", "product", product_id, {**facts, **worded})])
    return bool(facts or worded)


def _refuse_unknown_words(brand: str | None, category: str | None) -> None:
    if brand and not Brand.objects.filter(slug=brand).exists():
        raise NoSuchWord(word=brand)
    if category and not Category.objects.filter(code=category).exists():
        raise NoSuchWord(word=category)


def _write_texts(product_id: int, texts: Mapping[str, Words]) -> Changes:
    there = {
        text.language: text for text in ProductText.objects.filter(product_id=product_id, language__in=list(texts))
    }
    facts: dict[str, tuple[object, object]] = {}
    for language, words in texts.items():
        was = there.get(language)
        before = {"title": was.title, "description": was.description} if was else {}
        after = {"title": words.title, "description": words.description}
        changed = changes_between(before, after)
        if changed:
            ProductText.objects.update_or_create(product_id=product_id, language=language, defaults=after)
            facts |= {f"{name}_{language}": pair for name, pair in changed.items()}
    return facts


def edit_sku(
    *, sku_id: int, by: By, on_sale: bool | None = None, prices_minor: Mapping[str, int] | None = None
) -> bool:
    """Write whether a SKU is on sale and its usual price by market, as stated; return whether anything changed.

    A price that changes gets a new version, which later orders freeze. A market where the SKU had no price gets one.

    :raises NoSuchProduct: nothing changed
    :raises PriceOutOfRange: nothing changed
    :raises ShopBusy: nothing changed
    """
    currencies = market_currencies()
    for market, price_minor in (prices_minor or {}).items():
        if market not in currencies or not 0 < price_minor <= PRICE_MINOR_MAX:
            raise PriceOutOfRange(market=market)
    with edit_turn(lanes=[lane_of(sku_id)], now=by.now) as turn:
        sku = Sku.objects.filter(id=sku_id).first()
        if sku is None:
            raise NoSuchProduct(sku=sku_id)
        facts: dict[str, tuple[object, object]] = {}
        if on_sale is not None and sku.on_sale != on_sale:
            Sku.objects.filter(id=sku_id).update(on_sale=on_sale)
            facts["on_sale"] = (sku.on_sale, on_sale)
        facts |= _write_prices(sku_id, prices_minor or {}, currencies)
        if facts:
            tell_offers_changed(turn)
            write_audit(by=by, acts=[Act("changed", "sku", sku_id, facts)])
    return bool(facts)


def _write_prices(sku_id: int, prices_minor: Mapping[str, int], currencies: Mapping[str, str]) -> Changes:
    there = {price.market_id: price for price in Price.objects.filter(sku_id=sku_id, market_id__in=list(prices_minor))}
    facts: dict[str, tuple[object, object]] = {}
    for market, price_minor in prices_minor.items():
        was = there.get(market)
        if was is None:
            Price.objects.create(sku_id=sku_id, market_id=market, price_minor=price_minor, currency=currencies[market])
        elif was.price_minor != price_minor:
            Price.objects.filter(sku_id=sku_id, market_id=market).update(
                price_minor=price_minor, version=was.version + 1
            )
        else:
            continue
        facts[f"price_{market}"] = (was.price_minor if was else None, price_minor)
    return facts


def set_on_sale(*, product_ids: Collection[int], on_sale: bool, by: By) -> int:
    """Put all SKUs of products on sale, or take them off it, and return how many changed.

    Chunks of `ON_SALE_CHUNK_SKUS` commit one by one, each in a turn of its own, so that orders wait for one at most;
    what was cut off is finished by doing it again, and undone by doing the opposite.

    :raises ShopBusy: the chunks before were written
    """
    found = list(
        Sku.objects.filter(product_id__in=list(product_ids), on_sale=not on_sale)
        .order_by("id")
        .values_list("id", flat=True)
    )
    changed = 0
    for start in range(0, len(found), ON_SALE_CHUNK_SKUS):
        changed += _set_chunk(found[start : start + ON_SALE_CHUNK_SKUS], on_sale, by)
    return changed


def _set_chunk(sku_ids: Sequence[int], on_sale: bool, by: By) -> int:
    with edit_turn(lanes={lane_of(sku_id) for sku_id in sku_ids}, now=by.now) as turn:
        changing = list(
            Sku.objects.filter(id__in=sku_ids, on_sale=not on_sale).order_by("id").values_list("id", flat=True)
        )
        Sku.objects.filter(id__in=changing).update(on_sale=on_sale)
        if changing:
            tell_offers_changed(turn)
            write_audit(
                by=by, acts=[Act("changed", "sku", one, {"on_sale": (not on_sale, on_sale)}) for one in changing]
            )
    return len(changing)
