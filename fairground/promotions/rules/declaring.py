"""What is said about a promotion before it has an id, and why it can't be so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fairground.catalog.rules import QUANTITY_MAX
from fairground.promotions.rules.terms import WHOLE_BPS, DiscountStep, PromotionKind

# An amount of money above this is a slip of the keyboard: a thousand times the dearest thing there may be.
AMOUNT_MINOR_MAX = 1_000_000_000_000
# Uses and coupons of one promotion: more than there are shoppers.
USES_MAX = 1_000_000_000
# Scopes of one promotion: a list longer than this is a category, or a hall.
SCOPES_MAX = 1_000

# One unit is no bundle.
BUNDLE_UNITS_MIN = 2

# Why a promotion can't be as it is declared.
DECLARATION_WRONG = ("times", "names", "step", "share", "kind", "terms", "limits", "scope")

_OF_MERCHANTS = (DiscountStep.MERCHANT_DISCOUNT, DiscountStep.MERCHANT_COUPON)
_OF_PLATFORM = (DiscountStep.CROSS_SHOP, DiscountStep.PLATFORM_COUPON)
_COUPONS = (DiscountStep.MERCHANT_COUPON, DiscountStep.PLATFORM_COUPON)
_WITHOUT = (DiscountStep.MERCHANT_DISCOUNT, DiscountStep.CROSS_SHOP)


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """A promotion's amounts in one market, in minor units of its currency, and its limits there; 0 is none of it.

    `uses_max` and `amount_max_minor` bound what it gives in all, `coupons_max` how many coupons there are.
    """

    threshold_minor: int = 0
    off_minor: int = 0
    ceiling_minor: int = 0
    bundle_minor: int = 0
    uses_max: int | None = None
    amount_max_minor: int | None = None
    coupons_max: int | None = None


@dataclass(frozen=True, slots=True)
class ScopeNames:
    """What a promotion is for: merchants and halls by id, categories by code, SKUs by id; all empty is everything."""

    merchant_ids: tuple[int, ...] = ()
    hall_ids: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    sku_ids: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.merchant_ids) + len(self.hall_ids) + len(self.categories) + len(self.sku_ids)


@dataclass(frozen=True, slots=True)
class PromotionRecord:
    """A promotion before it exists; what its fields mean is said at `terms.Promotion`.

    `collects_from` is when its coupons can be collected, until it closes.
    """

    step: DiscountStep
    kind: PromotionKind
    names: Mapping[str, str]
    opens_at: datetime
    closes_at: datetime
    terms: Mapping[str, MarketTerms]
    merchant_id: int | None = None
    scope: ScopeNames = field(default_factory=ScopeNames)
    excludes_deals: bool = False
    repeats: bool = False
    percent_bps: int = 0
    bundle_units: int = 0
    bundle_paid_units: int = 0
    merchant_bps: int = 0
    needs_coupon: bool = False
    collects_from: datetime | None = None
    shopper_uses_max: int = 0


def declaration_wrong(record: PromotionRecord) -> str | None:
    """Return why a promotion can't be as it is declared, one of `DECLARATION_WRONG`; None where it can."""
    if record.closes_at <= record.opens_at or (record.collects_from or record.opens_at) >= record.closes_at:
        return "times"
    if not record.names or not all(name.strip() for name in record.names.values()):
        return "names"
    if not _step_fits(record):
        return "step"
    if not 0 <= record.merchant_bps <= WHOLE_BPS:
        return "share"
    if not _kind_fits(record):
        return "kind"
    if not record.terms or not all(_terms_fit(record, terms) for terms in record.terms.values()):
        return "terms"
    if not all(_limits_fit(record, terms) for terms in record.terms.values()):
        return "limits"
    return "scope" if len(record.scope) > SCOPES_MAX else None


def _step_fits(record: PromotionRecord) -> bool:
    """A merchant's steps are a merchant's, the platform's are the platform's; shipping is whoever's offers it."""
    step = record.step
    if step in (DiscountStep.DEAL, DiscountStep.RED_PACKET):
        return False
    whose = record.merchant_id is not None if step in _OF_MERCHANTS else record.merchant_id is None
    if step in _OF_MERCHANTS + _OF_PLATFORM and not whose:
        return False
    if (step in _COUPONS and not record.needs_coupon) or (step in _WITHOUT and record.needs_coupon):
        return False
    return record.needs_coupon or record.collects_from is None


def _kind_fits(record: PromotionRecord) -> bool:
    kind = record.kind
    if (kind is PromotionKind.SHIPPING_OFF) != (record.step is DiscountStep.SHIPPING):
        return False
    has_percent = kind in (PromotionKind.PERCENT_OFF, PromotionKind.SHIPPING_OFF)
    if not (0 < record.percent_bps <= WHOLE_BPS if has_percent else record.percent_bps == 0):
        return False
    is_bundle = kind in (PromotionKind.BUNDLE_FOR_PRICE, PromotionKind.BUNDLE_FOR_FEWER)
    if not (BUNDLE_UNITS_MIN <= record.bundle_units <= QUANTITY_MAX if is_bundle else record.bundle_units == 0):
        return False
    if kind is PromotionKind.BUNDLE_FOR_FEWER:
        return 0 < record.bundle_paid_units < record.bundle_units and not record.repeats
    return record.bundle_paid_units == 0 and (kind is PromotionKind.AMOUNT_OFF or not record.repeats)


def _terms_fit(record: PromotionRecord, terms: MarketTerms) -> bool:
    """The amounts that the kind reads are there, and no other; what repeats takes off less than each threshold."""
    kind = record.kind
    amounts = (terms.threshold_minor, terms.off_minor, terms.ceiling_minor, terms.bundle_minor)
    if not all(0 <= amount <= AMOUNT_MINOR_MAX for amount in amounts):
        return False
    if kind is PromotionKind.AMOUNT_OFF:
        below = not record.repeats or terms.off_minor < terms.threshold_minor
        return terms.off_minor > 0 and below and terms.ceiling_minor == terms.bundle_minor == 0
    if kind is PromotionKind.BUNDLE_FOR_PRICE:
        return terms.bundle_minor > 0 and not any(amounts[:3])
    if kind is PromotionKind.BUNDLE_FOR_FEWER:
        return not any(amounts)
    return terms.off_minor == terms.bundle_minor == 0


def _limits_fit(record: PromotionRecord, terms: MarketTerms) -> bool:
    bounds = (
        (terms.uses_max, USES_MAX),
        (terms.amount_max_minor, AMOUNT_MINOR_MAX),
        (terms.coupons_max, USES_MAX),
    )
    if not all(bound is None or 0 < bound <= most for bound, most in bounds):
        return False
    return 0 <= record.shopper_uses_max <= USES_MAX and (record.needs_coupon or terms.coupons_max is None)
