"""Where merchants are told of what happens: written by hand, erased on demand; the log names fields and no values."""

from dataclasses import asdict, dataclass, fields

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.refusal import Refusal
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.models import Contact, Merchant

EMAIL_LENGTH_MAX = 254


class ContactWrong(Refusal):
    """An address is none, or a language is none of the pages; `wrong` names the field."""


class NoSuchContact(Refusal):
    """Nobody wrote down where the merchant is told anything."""


@dataclass(frozen=True, slots=True, repr=False)
class ContactFacts:
    """Where a merchant is told of after-sale, and of money where that is another address.

    Languages are those of pages. It says nothing of itself in logs.
    """

    email: str
    language: str
    money_email: str = ""
    money_language: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Mailbox:
    """An address with the language of its letters, and the version of the contact."""

    email: str
    language: str
    version: int


_NAMES = tuple(one.name for one in fields(ContactFacts))


def contact_wrong(facts: ContactFacts) -> str | None:
    """Return the name of the first field that is missing or no such thing, None where letters can be sent by it."""
    languages = {code for code, _name in settings.LANGUAGES}
    if not _is_email(facts.email):
        return "email"
    if facts.language not in languages:
        return "language"
    if facts.money_email and not _is_email(facts.money_email):
        return "money_email"
    if facts.money_language not in (languages if facts.money_email else {""}):
        return "money_language"
    return None


def _is_email(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= EMAIL_LENGTH_MAX


def write_contact(*, merchant_id: int, facts: ContactFacts, by: By) -> tuple[str, ...]:
    """Write where a merchant is told of things, and return the names of the fields that changed; none where nothing.

    Links of letters that were sent before a change do not open anything any more.

    :raises ContactWrong: nothing changed
    :raises NoSuchMerchant: nothing changed
    """
    if wrong := contact_wrong(facts):
        raise ContactWrong(wrong=wrong)
    with transaction.atomic():
        if Merchant.objects.select_for_update().filter(id=merchant_id).first() is None:
            raise NoSuchMerchant(merchant=merchant_id)
        row = Contact.objects.filter(merchant_id=merchant_id).first()
        changed = tuple(name for name in _NAMES if (getattr(row, name) if row else "") != getattr(facts, name))
        if changed:
            _write(merchant_id, facts, version=row.version + 1 if row else 1, verb="contact-written", by=by)
    return changed


def erase_contact(*, merchant_id: int, by: By) -> None:
    """Forget where a merchant is told of things; no link of a letter opens anything any more.

    :raises NoSuchContact: nothing changed
    """
    with transaction.atomic():
        Merchant.objects.select_for_update().filter(id=merchant_id).first()
        row = Contact.objects.filter(merchant_id=merchant_id).exclude(email="").first()
        if row is None:
            raise NoSuchContact(merchant=merchant_id)
        _write(merchant_id, ContactFacts("", ""), version=row.version + 1, verb="contact-erased", by=by)


def _write(merchant_id: int, facts: ContactFacts, *, version: int, verb: str, by: By) -> None:
    before = Contact.objects.filter(merchant_id=merchant_id).first()
    changed = [name for name in _NAMES if (getattr(before, name) if before else "") != getattr(facts, name)]
    stated = {**asdict(facts), "version": version, "changed_at": by.now}
    Contact.objects.update_or_create(merchant_id=merchant_id, defaults=stated)
    write_audit(by=by, acts=[Act(verb, "merchant", merchant_id, {"fields": (None, changed)})])


def contact_of(*, merchant_id: int) -> ContactFacts | None:
    """Return where a merchant is told of things, None where nobody wrote it down or it was erased."""
    row = Contact.objects.filter(merchant_id=merchant_id).exclude(email="").values_list(*_NAMES).first()
    return ContactFacts(*row) if row else None


def mailbox_of(*, merchant_id: int, is_about_money: bool = False) -> Mailbox | None:
    """Return where a letter to a merchant goes, None where nobody knows."""
    row = Contact.objects.filter(merchant_id=merchant_id).exclude(email="").first()
    if row is None:
        return None
    if is_about_money and row.money_email:
        return Mailbox(row.money_email, row.money_language, row.version)
    return Mailbox(row.email, row.language, row.version)
