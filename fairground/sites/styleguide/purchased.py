"""What the styleguide puts into the parts of purchases; its money is written in the active language."""

from fairground.sites.storefront.art import Art
from fairground.sites.storefront.cards import show_stock
from fairground.sites.storefront.case_rows import CaseRowWords
from fairground.sites.storefront.presales import PresaleShown
from fairground.sites.storefront.purchases.deposits import BalanceClock
from fairground.sites.storefront.purchases.story import NextStep, StateWords
from fairground.sites.storefront.purchases.words import FirstLineWords, LineWords, OrderWords, PurchaseListedWords
from fairground.sites.wording import money_text

_NUMBER = "0CYVFAP1EFM9Q0KDBEHP"
# So far off that no clock of the styleguide runs out.
_NEVER_MS = 4_102_444_800_000
_CHAIR, _LAMP, _TEA = Art("armchair", 1, 0), Art("lamp", 4, 1), Art("cup", 7, 2)


def listed() -> list[PurchaseListedWords]:
    """Return purchases in the list: one to be paid, with more lines than are named; one on its way; one that ended."""
    chair = FirstLineWords("2 \N{MULTIPLICATION SIGN} Oak dining chair, set of two", _CHAIR)
    lamp, tea = FirstLineWords("Paper lamp", _LAMP), FirstLineWords("Sencha, first harvest, 100 g", _TEA)
    to_pay = NextStep("Pay until 00:15", "What you ordered is kept for you for 12 more minutes.")
    on_its_way = NextStep("It is on its way", "The carrier has it.")
    ended = NextStep("It was not paid in time", "Nothing was charged. What was kept for you is on sale again.")
    return [
        _listed(21_250, StateWords("To be paid", "warn"), to_pay, [chair, lamp, tea], "and 2 more"),
        _listed(6_790, StateWords("On its way", "good"), on_its_way, [lamp]),
        _listed(1_450, StateWords("Expired", ""), ended, [tea]),
    ]


def orders() -> list[OrderWords]:
    """Return an order on its way with all that a line may have, and one that was cancelled."""
    return [
        OrderWords(
            number=f"{_NUMBER}-1",
            merchant="Olmo",
            merchant_slug="olmo",
            country="Spain",
            state=StateWords("On its way", "good"),
            moments=[("Shipped", "2026-11-11T16:05:00Z", "Nov 11, 16:05")],
            lines=[
                LineWords(
                    title="Oak dining chair, set of two",
                    product_id="1",
                    art=_CHAIR,
                    quantity="2",
                    each=_euros(6_790),
                    sum=_euros(12_981),
                    has_deal=True,
                    discounts=[("Merchant's discount", _euros(-500)), ("Fairground's coupon", _euros(-99))],
                ),
                LineWords("A lamp that is not sold any more", "", _LAMP, "1", "", _euros(2_000), False, []),
            ],
            rows=[
                ("Goods", _euros(15_580)),
                ("Discounts", _euros(-599)),
                ("Shipping", _euros(490)),
            ],
            total=_euros(15_471),
            notes=[("Tax included, 19%", _euros(2_392))],
            refunded="",
        ),
        OrderWords(
            number=f"{_NUMBER}-2",
            merchant="Tea House Uji",
            merchant_slug="tea-house-uji",
            country="Japan",
            state=StateWords("Cancelled", ""),
            moments=[("Cancelled", "2026-11-11T16:05:00Z", "Nov 11, 16:05")],
            lines=[LineWords("Sencha, first harvest, 100 g", "1", _TEA, "1", "", _euros(1_450), False, [])],
            rows=[("Goods", _euros(1_450)), ("Tax, 10%", _euros(145))],
            total=_euros(1_595),
            notes=[],
            refunded=f"This order is cancelled. {_euros(1_595)} is back in your wallet.",
        ),
    ]


def cases() -> list[CaseRowWords]:
    """Return a case that waits for an answer, and one that gave money back."""
    asked = ("0CYVF-1", _NUMBER)
    waits = CaseRowWords(
        "1",
        *asked,
        state="Waiting for the merchant",
        look="warn",
        reason="It is broken or not as described",
        opened="Nov 14, 09:12",
        opened_iso="2026-11-14T09:12:00Z",
        due="Nov 17, 09:12",
        parcel="",
    )
    over = CaseRowWords(
        "2",
        *asked,
        state="Money returned",
        look="good",
        reason="I changed my mind",
        opened="Nov 12, 18:40",
        opened_iso="2026-11-12T18:40:00Z",
        due="",
        parcel="",
    )
    return [waits, over]


def _listed(
    total_minor: int, state: StateWords, next_step: NextStep, lines: list[FirstLineWords], more: str = ""
) -> PurchaseListedWords:
    return PurchaseListedWords(
        number=_NUMBER,
        placed_iso="2026-11-11T00:00:02Z",
        placed="Nov 11, 2026",
        total=_euros(total_minor),
        state=state,
        next=next_step,
        lines=lines,
        more=more,
    )


def _euros(amount_minor: int) -> str:
    return money_text(amount_minor, "EUR")


def presales() -> list[PresaleShown]:
    """Return a presale that can be ordered, one that opens later, and one of which nothing is left."""
    terms = "The deposit is an advance: it comes back to you if you cancel or don't pay the rest in time."
    return [_presale(phase, left, terms) for phase, left in (("open", 37), ("before", 40), ("over", 0))]


def balances() -> list[BalanceClock]:
    """Return the balance of a presale before its window, in it, and after it."""
    left = {"days": "09", "hours": "04", "minutes": "12", "seconds": "58"}
    return [
        BalanceClock(opens_ms, closes_ms, phase, left, _euros(2_713))
        for phase, opens_ms, closes_ms in (("before", _NEVER_MS, _NEVER_MS), ("open", 0, _NEVER_MS), ("over", 0, 0))
    ]


def _presale(phase: str, left: int, terms: str) -> PresaleShown:
    return PresaleShown(
        deal_id=str(left),
        name="Celadon",
        price=_euros(3_099),
        deposit=_euros(309),
        worth=_euros(386),
        rest=_euros(2_713),
        paid=_euros(3_022),
        closes="Nov 25, 15:00",
        opens="Nov 22, 15:00",
        balance_opens="Dec 2, 15:00",
        balance_closes="Dec 3, 15:00",
        terms=terms,
        limit="",
        stock=show_stock(40, {str(left): left}),
        most=left,
        phase=phase,
    )
