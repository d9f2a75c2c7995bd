"""Ask about what a guest bought, and print the paths of the links by which merchants answer, as JSON by name."""

import json
from datetime import UTC, datetime, timedelta

import django

django.setup()

from fairground.aftersales.actions.evidence import draw_evidence  # noqa: E402 - Django must be set up first
from fairground.aftersales.actions.open_case import CaseAsked, open_case  # noqa: E402
from fairground.aftersales.actions.return_goods import send_back  # noqa: E402
from fairground.aftersales.models import Case  # noqa: E402
from fairground.aftersales.rules import CaseReason, Wish  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402
from fairground.merchants.contacts import ContactFacts, mailbox_of, write_contact  # noqa: E402
from fairground.orders.models import Order  # noqa: E402
from fairground.orders.rules import Step  # noqa: E402
from fairground.sites.merchant_desk.links import Link, sign_link  # noqa: E402
from tests.browser.asking import ask  # noqa: E402
from tests.picture_making import photo  # noqa: E402

# Goods that come back with a label, others that are to be sent, are on their way, and were lost.
EXCHANGES = ("way_back", "to_send", "on_its_way", "lost")


def links() -> dict[str, str]:
    """Return links to a case that waits for its answer, to one whose goods come back, a refused one, and exchanges."""
    asked, now = ask(), datetime.now(UTC)
    sent, refused = (Case.objects.get(id=int(asked[name])) for name in ("accepted", "refused"))
    send_back(case_id=sent.id, shopper_id=sent.shopper_id, tracking="1Z-77", now=now)
    came = Order.objects.filter(purchase_id=sent.purchase_id, state__in=(Step.SHIPPED, Step.DELIVERED))
    order = came.exclude(id__in=[sent.order_id, refused.order_id]).order_by("-position").first()
    assert order is not None, "three orders have left"
    text = "It hums, even when it is off. The second one came without its plug, as you can see on the picture."
    wanted = CaseAsked(
        purchase_id=sent.purchase_id,
        order_id=order.id,
        shopper_id=sent.shopper_id,
        units={1: 1},
        reason=CaseReason.FAULTY,
        wish=Wish.MONEY,
        seen=Case.objects.filter(order_id=order.id).count(),
        swaps={},
        text=text,
        evidence=draw_evidence([photo()]),
    )
    opened = Case.objects.get(id=open_case(asked=wanted, now=now).case_id)
    exchanges = {name: Case.objects.get(id=int(asked[name])) for name in EXCHANGES}
    cases = {"opened": opened, "sent": sent, "refused": refused, **exchanges}
    facts, by = ContactFacts("service@olmo.example", "en"), By(user_id=None, now=now)
    for merchant_id in {one.merchant_id for one in cases.values()}:
        write_contact(merchant_id=merchant_id, facts=facts, by=by)
    return {name: _path(one, now) for name, one in cases.items()}


def _path(case: Case, now: datetime) -> str:
    mailbox = mailbox_of(merchant_id=case.merchant_id)
    assert mailbox is not None, case.id
    token = sign_link(Link(case.id, case.merchant_id, mailbox.version), ends_at=now + timedelta(days=1))
    return f"/merchant/cases/{token}"


if __name__ == "__main__":
    print(json.dumps(links()))
