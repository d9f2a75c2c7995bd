"""What somebody types who withdraws, and what is wrong with it; nothing here looks at what there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext

from fairground.fulfilment.rules import NAME_LENGTH_MAX, STATEMENT_LENGTH_MAX
from fairground.intake.codec import EMAIL_LENGTH_MAX
from fairground.orders.rules import parse_purchase_number

# The number of a purchase, with the spaces and dashes that somebody may put between its letters.
NUMBER_LENGTH_MAX = 60


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as they were sent, tidied; `problems` by field. Without any it can be confirmed."""

    number: str = ""
    email: str = ""
    name: str = ""
    statement: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


def typed_in(sent: Mapping[str, str]) -> Typed:
    """Return what a form sent, with what is wrong with how it is written."""
    number, email = sent.get("number", "").strip(), sent.get("email", "").strip()
    name = " ".join(sent.get("name", "").split())
    statement = sent.get("statement", "").replace("\0", "").strip()
    problems: dict[str, str] = {}
    if not _is_number(number):
        problems["number"] = gettext("A number has 20 letters and digits, as in 0CYVFAP1EFM9Q0KDBEHP.")
    if not _is_email(email):
        problems["email"] = gettext("Enter an address such as ana@example.org.")
    if len(name) > NAME_LENGTH_MAX or not name.isprintable():
        problems["name"] = gettext("This name is too long, or has letters that can't be printed.")
    if len(statement) > STATEMENT_LENGTH_MAX:
        problems["statement"] = gettext("Say it in at most %(most)s letters.") % {"most": STATEMENT_LENGTH_MAX}
    return Typed(number, email, name, statement, problems)


def _is_number(number: str) -> bool:
    head, dash, tail = number.rpartition("-")
    of_order = bool(dash) and tail.isascii() and tail.isdecimal() and parse_purchase_number(head) is not None
    return len(number) <= NUMBER_LENGTH_MAX and (of_order or parse_purchase_number(number) is not None)


def _is_email(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= EMAIL_LENGTH_MAX
