"""Commissions by category, of all merchants or of one, as an operator says; orders freeze what holds."""

from django.db.models import Q

from fairground.catalog.models import Category
from fairground.kernel.edits import Act, By, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import LANES
from fairground.kernel.refusal import Refusal
from fairground.merchants.actions import CommissionOutOfRange, NoSuchMerchant
from fairground.merchants.models import Merchant
from fairground.merchants.rules import COMMISSION_MAX_BPS
from fairground.settlement.models import FeeRate


class NoSuchCategory(Refusal):
    """There is no category with this code."""


class FeeChangedSince(Refusal):
    """Somebody else set this commission after whoever asks looked at it."""


def set_fee(
    *, category: str, merchant_id: int | None, commission_bps: int | None, by: By, seen_id: int | None = None
) -> bool:
    """Write the commission of a category from now on, of one merchant or (None) of all; return whether it changed.

    Without `commission_bps` what held for just this category and merchant holds no more. Orders that were placed keep
    theirs. It is in the audit log, and what held before stays in the table. `seen_id` is the row that whoever asks saw
    as the last of these two (0: none); None does not compare.

    :raises CommissionOutOfRange: nothing changed
    :raises FeeChangedSince: nothing changed
    :raises NoSuchCategory: nothing changed
    :raises NoSuchMerchant: nothing changed
    :raises ShopBusy: nothing changed
    """
    if commission_bps is not None and not 0 <= commission_bps <= COMMISSION_MAX_BPS:
        raise CommissionOutOfRange(commission_bps=commission_bps)
    with edit_turn(lanes=range(LANES), now=by.now) as turn:
        if not Category.objects.filter(code=category).exists():
            raise NoSuchCategory(category=category)
        if merchant_id is not None and not Merchant.objects.filter(id=merchant_id).exists():
            raise NoSuchMerchant(merchant=merchant_id)
        of_whom = Q(merchant_id__isnull=True) if merchant_id is None else Q(merchant_id=merchant_id)
        held = FeeRate.objects.filter(of_whom, category_id=category).order_by("-id").first()
        if seen_id is not None and seen_id != (held.id if held else 0):
            raise FeeChangedSince(category=category, merchant=merchant_id)
        before = held.commission_bps if held else None
        if before == commission_bps:
            return False
        FeeRate.objects.create(
            category_id=category, merchant_id=merchant_id, valid_from=by.now, commission_bps=commission_bps
        )
        tell_offers_changed(turn)
        facts: dict[str, tuple[object, object]] = {
            "commission_bps": (before, commission_bps),
            "merchant": (None, merchant_id),
        }
        write_audit(by=by, acts=[Act("fee-set", "category", category, facts)])
    return True
