"""Merchants that are told and answer, for tests: a contact, a case, what was sent, and the links of letters."""

import re
from datetime import UTC, datetime, timedelta

from django.core import mail
from django.test import Client

from fairground.aftersales.models import Case
from fairground.merchants.contacts import ContactFacts, write_contact
from fairground.sites.merchant_desk.letters import send_to_merchants
from fairground.sites.merchant_desk.links import Link, sign_link
from tests.cases import ask, by, ship
from tests.factories import SkuMade, make_market
from tests.refunding import Scene, make_scene

MAILBOX = "service@olmo.example"


def now() -> datetime:
    """Return the present moment: pages go by the clock."""
    return datetime.now(UTC)


def make_contact(sku: SkuMade, *, language: str = "en", email: str = MAILBOX) -> None:
    """Write down where the merchant of a SKU is told."""
    write_contact(merchant_id=sku.merchant.id, facts=ContactFacts(email, language), by=by(now()))


def make_asked_scene() -> Scene:
    """Return a paid purchase; the chairs' merchant has a contact, and the chairs have come."""
    make_market()
    made = make_scene()
    ship(made.chairs)
    make_contact(made.chair)
    return made


def opened(scene: Scene, units: int = 2, **asked: object) -> int:
    """Open a case about chairs, now."""
    return ask(scene, scene.chairs, units, now=now(), **asked).case_id  # type: ignore[arg-type]


def letters() -> list[tuple[str, str]]:
    """Send what is due to merchants, and return subject and text of each letter that left for it."""
    before = len(mail.outbox)
    send_to_merchants(now=now() + timedelta(seconds=1))
    return [(str(one.subject), str(one.body)) for one in mail.outbox[before:]]


def link_in(text: str) -> str:
    """Return the path of a letter's link."""
    (found,) = re.findall(r"(/merchant/cases/\S+)", text)
    return str(found)


def path_of(case_id: int) -> str:
    """Return the path of a link to a case, as a letter sent now would have it."""
    case = Case.objects.get(id=case_id)
    token = sign_link(Link(case_id, case.merchant_id, 1), ends_at=now() + timedelta(days=1))
    return f"/merchant/cases/{token}"


def text_of(content: bytes) -> str:
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode()))


def do(path: str, deed: str, **form: object) -> str:
    """Send a form of the page, and return what it says then."""
    answer = Client().post(path, {"deed": deed, **form}, follow=True)
    return text_of(answer.content)
