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


def links() -> dict[str, str]:
    """Return a link to a case that waits for its answer, one whose goods are on their way, and one that was refused."""
    asked, now = ask(), datetime.now(UTC)
    sent, refused = (Case.objects.get(id=int(asked[name])) for name in ("accepted", "refused"))
    send_back(case_id=sent.id, shopper_id=sent.shopper_id, tracking="1Z-77", now=now)
    orders = Order.objects.filter(purchase_id=sent.purchase_id, state=Step.SHIPPED).order_by("-position")
    order = orders.exclude(id__in=[sent.order_id, refused.order_id]).first()
    assert order is not None, "three orders are on their way"
    text = "It hums, even when it is off. The second one came without its plug, as you can see on the picture."
    wanted = CaseAsked(
        purchase_id=sent.purchase_id,
        order_id=order.id,
        shopper_id=sent.shopper_id,
        units={1: 1},
        reason=CaseReason.FAULTY,
        wish=Wish.MONEY,
        seen=0,
        swaps={},
        text=text,
        evidence=draw_evidence([photo()]),
    )
    opened = Case.objects.get(id=open_case(asked=wanted, now=now).case_id)
    return {name: _path(one, now) for name, one in {"opened": opened, "sent": sent, "refused": refused}.items()}


def _path(case: Case, now: datetime) -> str:
    facts, by = ContactFacts("service@olmo.example", "en"), By(user_id=None, now=now)
    write_contact(merchant_id=case.merchant_id, facts=facts, by=by)
    mailbox = mailbox_of(merchant_id=case.merchant_id)
    assert mailbox is not None, case.id
    token = sign_link(Link(case.id, case.merchant_id, mailbox.version), ends_at=now + timedelta(days=1))
    return f"/merchant/cases/{token}"


if __name__ == "__main__":
    print(json.dumps(links()))
