"""Let a guest buy and ask about it in the shop that DATABASE_URL names; prints session, numbers and cases as JSON."""

import json
from datetime import UTC, datetime, timedelta

import django

django.setup()

from fairground.aftersales.actions.answer_case import Answer, answer_case  # noqa: E402 - Django must be set up first
from fairground.aftersales.actions.evidence import draw_evidence  # noqa: E402
from fairground.aftersales.actions.give_label import LabelGiven, give_label  # noqa: E402
from fairground.aftersales.actions.open_case import CaseAsked, open_case  # noqa: E402
from fairground.aftersales.actions.replacing import report_lost, send_replacement  # noqa: E402
from fairground.aftersales.actions.shopper_steps import write_message  # noqa: E402
from fairground.aftersales.labels import draw_label  # noqa: E402
from fairground.aftersales.models import Case  # noqa: E402
from fairground.aftersales.rules import CaseReason, CaseState, Who, Wish  # noqa: E402
from fairground.checkout.actions.advance_orders import advance_orders  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402
from fairground.merchants.identities import IdentityFacts, write_identity  # noqa: E402
from fairground.orders.models import Order, OrderLine, Purchase  # noqa: E402
from fairground.orders.rules import Step, purchase_number  # noqa: E402
from tests.browser.buying import buy  # noqa: E402
from tests.people_making import now_ms  # noqa: E402
from tests.picture_making import photo  # noqa: E402

_ENTITY = IdentityFacts(
    is_person=False,
    legal_name="Olmo SL",
    street="Carrer del Mar 7",
    post_code="46003",
    city="Valencia",
    country="ES",
    residences=("ES",),
    tins={"ES": "B12345678"},
)


def ask() -> dict[str, str]:
    """Ask about two shipped orders: one case is accepted and waits for its parcel, the other was refused."""
    bought, now = buy(), datetime.now(UTC)
    purchase = next(one for one in Purchase.objects.all() if purchase_number(one.id, one.random_bits) == bought["paid"])
    advance_orders(order_ids=purchase.order_ids[4:], then=Step.SHIPPED, now_ms=now_ms())
    shipped = Order.objects.filter(purchase_id=purchase.id, state=Step.SHIPPED).order_by("position")[:2]
    cases = []
    for order, text in zip(shipped, ("A leg is loose, and it wobbles.", "It is green and not blue."), strict=True):
        asked = CaseAsked(
            purchase_id=purchase.id,
            order_id=order.id,
            shopper_id=purchase.shopper_id,
            units={1: 1},
            reason=CaseReason.FAULTY,
            wish=Wish.MONEY,
            seen=0,
            swaps={},
            text=text,
            evidence=draw_evidence([photo()]),
        )
        cases.append(open_case(asked=asked, now=now).case_id)
    by = By(user_id=None, now=now)
    write_message(case_id=cases[0], who=Who.MERCHANT, text="Which of the four?", by=by)
    for case_id, accepted in zip(cases, (True, False), strict=True):
        answer = Answer(accepted=accepted, seen=CaseState.OPENED, text="Thank you for telling us.")
        answer_case(case_id=case_id, answer=answer, who=Who.MERCHANT, by=by)
    write_identity(merchant_id=shipped[0].merchant_id, facts=_ENTITY, by=by)
    others = exchange(purchase, now)
    return {**bought, "accepted": str(cases[0]), "refused": str(cases[1]), **others}


def exchange(purchase: Purchase, now: datetime) -> dict[str, str]:
    """Exchange goods of what was shipped: one comes back, one is to be sent, one is on its way, one was lost."""
    order = Order.objects.filter(purchase_id=purchase.id, state=Step.SHIPPED).order_by("position").last()
    assert order is not None
    line = OrderLine.objects.get(order_id=order.id, line_no=1)
    advance_orders(order_ids=[order.id], then=Step.DELIVERED, now_ms=now_ms())
    found = {}
    for seen, name in enumerate(("way_back", "to_send", "on_its_way", "lost")):
        asked = CaseAsked(
            purchase_id=purchase.id,
            order_id=order.id,
            shopper_id=purchase.shopper_id,
            units={1: 1},
            reason=CaseReason.WRONG,
            wish=Wish.EXCHANGE,
            seen=seen,
            swaps={1: line.sku_id},
            text="It is the other size.",
        )
        case_id = open_case(asked=asked, now=now).case_id
        by = By(user_id=None, now=now - timedelta(days=9 if name == "on_its_way" else 0))
        answer = Answer(accepted=True, seen=CaseState.OPENED, waived=name != "way_back")
        answer_case(case_id=case_id, answer=answer, who=Who.MERCHANT, by=by)
        if name == "way_back":
            given = LabelGiven("DHL", "00340434161094042557", draw_label(photo()))
            give_label(case_id=case_id, given=given, who=Who.MERCHANT, by=by)
        elif name != "to_send":
            send_replacement(case_id=case_id, carrier="DHL", tracking_number=f"JJD{seen}4600", by=by)
        if name == "lost":
            report_lost(case_id=case_id, who=Who.MERCHANT, text="", by=by)
            Case.objects.filter(id=case_id).update(due_at=now - timedelta(hours=1))
        found[name] = str(case_id)
    return found


if __name__ == "__main__":
    print(json.dumps(ask()))
