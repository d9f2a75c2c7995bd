"""What `fairground verify` looks at: one statement a check, in `sql/check_<key>.sql`.

Each statement returns one row: how many rows it looked at, how many are wrong, by how much together, and up to five of
the wrong ones in words. They share no code with what writes the rows, so that a mistake there is not made here too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

File = Literal["acknowledged", "refusals"]


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """A check before it ran.

    `figure` names what its difference counts. `needs` is the file without which it says nothing. One that
    `may_be_empty` passes even where there must be rows: a sound festival may have none of these.
    """

    key: str
    name: str
    figure: str
    needs: File | None = None
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class ToldPlan:
    """A check against what somebody was told, which its statement takes as parameters."""

    plan: CheckPlan
    facts: Mapping[str, str | int]


PLANS = (
    CheckPlan("purchases_kept", "Every acknowledged purchase is in the books", "lost_orders", needs="acknowledged"),
    CheckPlan(
        "payments_kept",
        "Every acknowledged payment is in the books",
        "lost_payments",
        needs="acknowledged",
        may_be_empty=True,
    ),
    CheckPlan("duplicates", "No key made two purchases", "duplicate_orders"),
    CheckPlan("stock", "No unit is sold twice", "oversold_units"),
    CheckPlan("deal_units", "No deal sells more units than it has", "units_beyond_deals", may_be_empty=True),
    CheckPlan("buyer_limits", "No shopper has more of a deal than one may", "units_beyond_limits", may_be_empty=True),
    CheckPlan("promotions", "No promotion gives more than its limits", "promises_that_differ", may_be_empty=True),
    CheckPlan("discounts", "Promotions count what orders were given", "uses_that_differ", may_be_empty=True),
    CheckPlan("declarations", "What the price guard found was approved by two", "deals_unapproved", may_be_empty=True),
    CheckPlan("lines", "Every line adds up", "line_difference_minor"),
    CheckPlan("orders", "Every order is the sum of its lines", "order_difference_minor"),
    CheckPlan(
        "shipping",
        "Shipping is taxed as the goods, and goes back once and whole",
        "shipping_difference_minor",
        may_be_empty=True,
    ),
    CheckPlan(
        "duties",
        "Duties are those of their goods, and go back once and whole",
        "duty_difference_minor",
        may_be_empty=True,
    ),
    CheckPlan("purchases", "Every purchase is the sum of its orders", "purchase_difference_minor"),
    CheckPlan("tallies", "The figures on the screen equal the orders", "tally_difference_minor"),
    CheckPlan("merchant_tallies", "The merchants' figures equal their orders", "merchant_tally_difference_minor"),
    CheckPlan("accounts", "Every account is the sum of its transfers", "ledger_difference_minor", may_be_empty=True),
    CheckPlan("transfers", "Every transfer is between accounts", "ledger_difference_minor", may_be_empty=True),
    CheckPlan("closed_days", "Closed days are as they were closed", "closed_days_that_differ", may_be_empty=True),
    CheckPlan("escrow", "Escrow holds what each paid order costs", "ledger_difference_minor"),
    CheckPlan("releases", "Every release adds up, to what moved", "settlement_difference_minor", may_be_empty=True),
    CheckPlan("payouts", "Every payout is its statement's lines", "settlement_difference_minor", may_be_empty=True),
    CheckPlan("set_offs", "What was set off was taken and given", "settlement_difference_minor", may_be_empty=True),
    CheckPlan(
        "refunds", "What went back was paid before, and its money moved", "refund_difference_minor", may_be_empty=True
    ),
    CheckPlan("parcels", "Every shipped order left in its parcels", "units_that_differ", may_be_empty=True),
    CheckPlan("cases", "Every case gave what it says, and holds no more", "case_difference_minor", may_be_empty=True),
    CheckPlan("letters", "Who is told of something, has to do with it", "letters_that_differ", may_be_empty=True),
    CheckPlan("payments", "What providers took is in wallets, once", "payment_difference_minor", may_be_empty=True),
    CheckPlan(
        "payment_returns",
        "What goes back to providers is what they took",
        "payment_difference_minor",
        may_be_empty=True,
    ),
    CheckPlan(
        "clearing", "What providers have is what their books say", "provider_difference_minor", may_be_empty=True
    ),
    CheckPlan(
        "disputes", "Every dispute took once, and is covered once", "provider_difference_minor", may_be_empty=True
    ),
    CheckPlan(
        "gifts",
        "Gift cards and credit moved once, and open cards are owed",
        "payment_difference_minor",
        may_be_empty=True,
    ),
    CheckPlan("packets", "Every red packet was drawn, and given once", "packet_difference_minor", may_be_empty=True),
    CheckPlan("packet_caps", "No campaign gives more than its cap", "packet_difference_minor", may_be_empty=True),
    CheckPlan(
        "draws",
        "Every prize was won once, awarded once, and the pools hold",
        "prize_difference_minor",
        may_be_empty=True,
    ),
    CheckPlan("deposits", "Every deposit ended once, where it belongs", "ledger_difference_minor", may_be_empty=True),
    CheckPlan("presales", "Every presale is that of its deal", "presales_that_differ", may_be_empty=True),
    CheckPlan("orphans_of_orders", "Every row of the trade has its owner", "orphans"),
    CheckPlan("orphans_of_goods", "Every order has its merchant, shopper and goods", "orphans"),
    CheckPlan("states", "States and moments fit together", "states_that_differ"),
    CheckPlan("my_purchases", '"My purchases" equals the purchases', "purchases_behind", may_be_empty=True),
    CheckPlan("events", "Every purchase told what happened to it", "events_that_differ"),
    CheckPlan("ids", "Every id tells its lane and was drawn once", "ids_that_differ"),
    CheckPlan("phases", "Festivals keep to their phases", "phases_that_differ", may_be_empty=True),
    CheckPlan("writers", "No writer is behind what it wrote", "writers_behind"),
    CheckPlan("refusals_known", "Every refusal has a reason", "untrue_refusals", needs="refusals", may_be_empty=True),
    CheckPlan("refusals_stock", 'Every "sold out" was true', "untrue_refusals", needs="refusals", may_be_empty=True),
    CheckPlan("refusals_limit", 'Every "buyer limit" was true', "untrue_refusals", needs="refusals", may_be_empty=True),
    CheckPlan(
        "refusals_offer",
        "Every refusal about an offer was true",
        "untrue_refusals",
        needs="refusals",
        may_be_empty=True,
    ),
    CheckPlan(
        "refusals_payment", "Every refused payment was truly so", "untrue_refusals", needs="refusals", may_be_empty=True
    ),
    CheckPlan(
        "refusals_marked",
        "Only what was wrong was called wrong",
        "untrue_refusals",
        needs="refusals",
        may_be_empty=True,
    ),
    CheckPlan("refusals_later", "Every second try was decided", "untrue_refusals", needs="refusals", may_be_empty=True),
    CheckPlan("durability", "What is committed outlives a crash", "not_durable"),
)


def plans_for(*, given: Mapping[File, bool]) -> tuple[CheckPlan, ...]:
    """Return the checks that can be made with the files given."""
    return tuple(plan for plan in PLANS if plan.needs is None or given[plan.needs])
