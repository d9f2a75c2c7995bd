"""Who merchants are by law: written by hand, read for reports, and each time it is read whole that is written down.

What is read here is personal data where a merchant is a person; the audit log names merchants and fields, no values.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from django.db import transaction

from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.refusal import Refusal
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.models import LegalIdentity, Merchant
from fairground.merchants.rules import is_financial_identifier

COUNTRIES_MAX = 10
_COUNTRY = re.compile("[A-Z]{2}")
# Letters, digits and what national numbers have between them; nothing that a table would take for a formula.
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./+-]{1,38}")
_BORN_FIRST = date(1900, 1, 1)


class IdentityIncomplete(Refusal):
    """Something that the law asks for is missing, or is no such thing; `wrong` names the field."""


class IdentityChangedSince(Refusal):
    """It is no longer what who writes had seen."""


class NoSuchIdentity(Refusal):
    """Nobody wrote down who the merchant is."""


@dataclass(frozen=True, slots=True, repr=False)
class IdentityFacts:
    """Who a merchant is by law (Directive 2011/16/EU, Annex V, Section II, B): a person, or an entity.

    `tins` by country. `financial_identifier` is the bank or other account to which it is paid, where that is known, and
    `financial_holder` whose it is, where that is somebody else (Section III, B(2)(b) and (c)). It says nothing of
    itself in logs.
    """

    is_person: bool
    street: str
    post_code: str
    city: str
    country: str
    residences: tuple[str, ...]
    tins: Mapping[str, str] = field(default_factory=dict)
    legal_name: str = ""
    first_name: str = ""
    last_name: str = ""
    vat_number: str = ""
    registration_number: str = ""
    birth_date: date | None = None
    birth_city: str = ""
    birth_country: str = ""
    establishments: tuple[str, ...] = ()
    financial_identifier: str = ""
    financial_holder: str = ""

    @property
    def name(self) -> str:
        """Return what it is called by law."""
        return f"{self.first_name} {self.last_name}" if self.is_person else self.legal_name


_NAMES = tuple(one.name for one in fields(IdentityFacts))


def identity_wrong(facts: IdentityFacts, *, today: date) -> str | None:
    """Return the name of the first field that is missing or no such thing, None where all of it can be reported."""
    for name in _NAMES:
        text = getattr(facts, name)
        if isinstance(text, str) and (text != text.strip() or not text.isprintable()):
            return name
    needed = ("first_name", "last_name") if facts.is_person else ("legal_name",)
    for name in (*needed, "street", "city"):
        if not getattr(facts, name):
            return str(name)
    return _codes_wrong(facts) or (_birth_wrong(facts, today) if facts.is_person else None)


def _codes_wrong(facts: IdentityFacts) -> str | None:
    if not _COUNTRY.fullmatch(facts.country):
        return "country"
    for name, codes in (
        ("residences", facts.residences),
        ("tins", tuple(facts.tins)),
        ("establishments", facts.establishments),
    ):
        if len(set(codes)) != len(codes) or len(codes) > COUNTRIES_MAX or not all(map(_COUNTRY.fullmatch, codes)):
            return name
    if not facts.residences:
        return "residences"
    if not all(_NUMBER.fullmatch(number) for number in facts.tins.values()):
        return "tins"
    for name in ("vat_number", "registration_number"):
        if getattr(facts, name) and not _NUMBER.fullmatch(getattr(facts, name)):
            return name
    if facts.financial_identifier and not is_financial_identifier(facts.financial_identifier):
        return "financial_identifier"
    if facts.financial_holder and not facts.financial_identifier:
        return "financial_identifier"
    return None


def _birth_wrong(facts: IdentityFacts, today: date) -> str | None:
    if facts.birth_date is None or not _BORN_FIRST <= facts.birth_date < today:
        return "birth_date"
    if facts.birth_country and not _COUNTRY.fullmatch(facts.birth_country):
        return "birth_country"
    if not facts.tins and not (facts.birth_city and facts.birth_country):
        return "birth_city"  # told apart by where one was born, as there is no number
    return None


def digest_of_identity(facts: IdentityFacts | None) -> str:
    """Return a digest of what is known of a merchant, or of nothing, by which a later one is told from it."""
    said = [(name, getattr(facts, name)) for name in _NAMES] if facts else []
    return hashlib.sha256(repr([(name, _plain(value)) for name, value in said]).encode()).hexdigest()


def _plain(value: object) -> object:
    return sorted(value.items()) if isinstance(value, Mapping) else value


def write_identity(*, merchant_id: int, facts: IdentityFacts, by: By, seen: str | None = None) -> tuple[str, ...]:
    """Write who a merchant is by law, and return the names of the fields that changed; none where nothing did.

    The audit log has these names and no value. `seen` is the digest of what who writes had seen, where that counts.

    :raises IdentityIncomplete: nothing changed
    :raises IdentityChangedSince: it is not what was seen; nothing changed
    :raises NoSuchMerchant: nothing changed
    """
    wrong = identity_wrong(facts, today=by.now.date())
    if wrong:
        raise IdentityIncomplete(wrong=wrong)
    stated = {**asdict(facts), "residences": list(facts.residences), "establishments": list(facts.establishments)}
    with transaction.atomic():
        if Merchant.objects.select_for_update().filter(id=merchant_id).first() is None:
            raise NoSuchMerchant(merchant=merchant_id)
        known = identities_known(merchant_ids=[merchant_id]).get(merchant_id)
        if seen is not None and seen != digest_of_identity(known):
            raise IdentityChangedSince(merchant=merchant_id)
        changed = tuple(name for name in _NAMES if known is None or getattr(known, name) != getattr(facts, name))
        if changed:
            LegalIdentity.objects.update_or_create(merchant_id=merchant_id, defaults={**stated, "changed_at": by.now})
            told = {"fields": (None, list(changed))}
            write_audit(by=by, acts=[Act("identity-written", "merchant", merchant_id, told)])
    return changed


def erase_identity(*, merchant_id: int, by: By) -> None:
    """Forget who a merchant is by law; what it sold stays, under its number.

    :raises NoSuchIdentity: nothing changed
    """
    with transaction.atomic():
        deleted, _ = LegalIdentity.objects.filter(merchant_id=merchant_id).delete()
        if not deleted:
            raise NoSuchIdentity(merchant=merchant_id)
        write_audit(by=by, acts=[Act("identity-erased", "merchant", merchant_id)])


def disclose_identities(*, merchant_ids: Collection[int], by: By) -> dict[int, IdentityFacts]:
    """Return who these merchants are by law, by merchant, and write who read it; those unknown are left out.

    The log is committed before anybody reads a letter of them.
    """
    with transaction.atomic(durable=True):
        found = identities_known(merchant_ids=merchant_ids)
        write_audit(by=by, acts=[Act("identity-seen", "merchant", merchant_id) for merchant_id in sorted(found)])
    return found


def identities_known(*, merchant_ids: Collection[int]) -> dict[int, IdentityFacts]:
    """Return who these merchants are by law, by merchant: to sum up and to mask, for what nobody reads whole."""
    rows = LegalIdentity.objects.filter(merchant_id__in=merchant_ids).values_list("merchant_id", *_NAMES)
    return {merchant_id: _facts(values) for merchant_id, *values in rows}


def _facts(values: Sequence[Any]) -> IdentityFacts:
    said: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in zip(_NAMES, values, strict=True)
    }
    return IdentityFacts(**said)


def masked(number: str) -> str:
    """Return a number as lists show it: its last three characters, and nothing of a shorter one."""
    shown = 3
    return f"…{number[-shown:]}" if len(number) > 2 * shown else "…" * bool(number)
