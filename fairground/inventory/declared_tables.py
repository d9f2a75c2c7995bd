"""The journey of a merchant's table of deals into declarations: bad rows are told by line, new ones are submitted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from fairground.catalog.models import Sku
from fairground.catalog.rules import PRICE_MINOR_MAX, UNITS_MAX, PassedOver
from fairground.festivals.declared import DeclarationState, DeclaredDeal, DeclaredRow, times_inside
from fairground.festivals.enrolments import FestivalTerms, admitted_enrolment, terms_before_freeze
from fairground.festivals.guard import Finding
from fairground.festivals.models import Deal, Declaration, DeclarationPrice, Hall
from fairground.inventory.declarations import declared_deals, submit
from fairground.inventory.price_guard import GuardFacts, PriceBefore, guard_facts
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.money import minor_from_text

# Rows that are written in one transaction.
CHUNK_ROWS_MAX = 500
# Rows that a report tells one by one, so that a bad file can't fill memory; all are counted.
TOLD_MAX = 1_000


class _BadRow(Exception):  # noqa: N818 - an answer about a row, not a fault of ours
    """A row can't be declared; the message says why."""


@dataclass(frozen=True, slots=True)
class FoundInRow:
    """A SKU by the merchant's own id, and what the guard found in its deal."""

    sku: str
    findings: Sequence[Finding]


@dataclass(slots=True)
class DeclareReport:
    """What became of a table's rows. `submitted` counts what goes before those who approve, `found_count` of it."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    submitted: int = 0
    found_count: int = 0
    found: list[FoundInRow] = field(default_factory=list)
    passed_over_count: int = 0
    passed_over: list[PassedOver] = field(default_factory=list)

    def pass_over(self, row: PassedOver) -> None:
        """Count a bad row, and keep it while there is room."""
        self.passed_over_count += 1
        if len(self.passed_over) < TOLD_MAX:
            self.passed_over.append(row)

    def add_submitted(self, sku: str, found: Sequence[Finding]) -> None:
        """Count what was submitted, and keep what was found in it while there is room."""
        self.submitted += 1
        self.found_count += bool(found)
        if found and len(self.found) < TOLD_MAX:
            self.found.append(FoundInRow(sku, found))


def declare(
    *,
    festival: str,
    merchant: str,
    rows: Iterable[DeclaredRow | PassedOver],
    source: str,
    by: By,
    submits: bool = True,
    dry_run: bool = False,
) -> DeclareReport:
    """Write a merchant's deals as drafts, submit them unless told not to, and return what became of each row.

    A SKU has one declaration a festival: what it says otherwise than before becomes its next version, which nobody
    has approved; what it says again changes nothing. Chunks commit one by one. With `dry_run` nothing stays.

    :raises NoSuchFestival: nothing changed
    :raises NoSuchMerchant: nothing changed
    :raises NotEnrolled: nothing changed, unless the merchant left meanwhile; then the chunks before it are declared
    :raises EnrolmentOver: the same
    """
    table = _Table(festival, merchant, source, by, submits)
    chunk: list[DeclaredRow] = []
    seen: set[str] = set()

    def write() -> None:
        with transaction.atomic():
            table.write(chunk)
            transaction.set_rollback(dry_run)
        chunk.clear()

    write()  # who may not declare is told so before a long table is read
    for row in rows:
        table.report.rows += 1
        if isinstance(row, PassedOver):
            table.report.pass_over(row)
        elif row.sku in seen:
            table.report.pass_over(PassedOver(source, row.line, f"the SKU {row.sku} stands above already"))
        else:
            seen.add(row.sku)
            chunk.append(row)
            if len(chunk) == CHUNK_ROWS_MAX:
                write()
    write()
    table.report.passed_over.sort(key=lambda bad: bad.line)
    return table.report


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows of a chunk are read against; SKUs and halls by what the merchant calls them, the rest by SKU id."""

    terms: FestivalTerms
    skus: Mapping[str, int]
    halls: Mapping[str, int]
    facts: GuardFacts
    dealt: Collection[int]


@dataclass(slots=True)
class _Table:
    festival: str
    merchant: str
    source: str
    by: By
    submits: bool
    report: DeclareReport = field(default_factory=DeclareReport)

    def write(self, rows: Sequence[DeclaredRow]) -> None:
        """Write a chunk, in the caller's transaction."""
        terms = terms_before_freeze(festival=self.festival, now=self.by.now)
        enrolment_id = admitted_enrolment(festival=self.festival, merchant=self.merchant)
        theirs = Sku.objects.filter(merchant__slug=self.merchant, external_id__in=[row.sku for row in rows])
        skus = dict(theirs.values_list("external_id", "id"))
        there = {
            one.sku_id: one
            for one in Declaration.objects.select_for_update(of=("self",))
            .filter(enrolment_id=enrolment_id, sku_id__in=skus.values())
            .select_related("hall")
            .order_by("pk")
        }
        known = self._known(terms, skus)  # after the locks: what was approved or imported meanwhile has its deal now
        was = declared_deals(there.values())
        sku_names: dict[int, str] = {}
        for row in rows:
            try:
                deal = _read_row(row, known)
            except _BadRow as reason:
                self.report.pass_over(PassedOver(self.source, row.line, str(reason)))
                continue
            before = there.get(deal.sku_id)
            if before is None:
                there[deal.sku_id] = self._write_new(enrolment_id, deal, known)
                self.report.new += 1
            elif was[before.pk] == deal:
                self.report.unchanged += 1
            else:
                self._write_next_version(before, deal, known)
                self.report.changed += 1
            sku_names[deal.sku_id] = row.sku
        self._submit({there[sku_id].pk: name for sku_id, name in sku_names.items() if _is_draft(there[sku_id])})

    def _known(self, terms: FestivalTerms, skus: Mapping[str, int]) -> _Known:
        deals = Deal.objects.filter(festival=self.festival, sku_id__in=skus.values())
        return _Known(
            terms=terms,
            skus=skus,
            halls=dict(Hall.objects.filter(festival=self.festival).values_list("slug", "id")),
            facts=guard_facts(festival=self.festival, sku_ids=list(skus.values()), now=self.by.now),
            dealt=frozenset(deals.values_list("sku_id", flat=True)),
        )

    def _write_new(self, enrolment_id: int, deal: DeclaredDeal, known: _Known) -> Declaration:
        made = Declaration.objects.create(
            enrolment_id=enrolment_id,
            sku_id=deal.sku_id,
            state=DeclarationState.DRAFT.value,
            version=1,
            declared_at=self.by.now,
            declared_by=self.by.user_id,
            **_terms_of(deal, known),
        )
        self._write_prices(made, deal, known)
        return made

    def _write_next_version(self, declaration: Declaration, deal: DeclaredDeal, known: _Known) -> None:
        declaration.version += 1
        declaration.state = DeclarationState.DRAFT.value
        Declaration.objects.filter(pk=declaration.pk).update(
            version=declaration.version,
            state=declaration.state,
            declared_at=self.by.now,
            declared_by=self.by.user_id,
            reason="",
            findings=[],
            **_terms_of(deal, known),
        )
        DeclarationPrice.objects.filter(declaration=declaration).delete()
        self._write_prices(declaration, deal, known)

    def _write_prices(self, declaration: Declaration, deal: DeclaredDeal, known: _Known) -> None:
        usual = known.facts.prices[deal.sku_id]
        DeclarationPrice.objects.bulk_create(
            DeclarationPrice(
                declaration=declaration, market_id=market, price_minor=price_minor, currency=usual[market].currency
            )
            for market, price_minor in sorted(deal.prices_minor.items())
        )
        facts = {f"price_{market}": (None, price_minor) for market, price_minor in sorted(deal.prices_minor.items())}
        facts |= {"units": (None, deal.units), "buyer_limit": (None, deal.buyer_limit)}
        facts |= {"version": (None, declaration.version)}
        write_audit(by=self.by, acts=[Act("declared", "declaration", declaration.pk, facts)])

    def _submit(self, sku_names: Mapping[int, str]) -> None:
        """Submit drafts, given with the merchant's name for their SKUs."""
        if not self.submits:
            return
        for declaration_id, found in submit(declaration_ids=sku_names, by=self.by).items():
            self.report.add_submitted(sku_names[declaration_id], found)


def _is_draft(declaration: Declaration) -> bool:
    return declaration.state == DeclarationState.DRAFT


def _terms_of(deal: DeclaredDeal, known: _Known) -> dict[str, object]:
    return {
        "hall_id": known.halls.get(deal.hall),
        "units": deal.units,
        "buyer_limit": deal.buyer_limit,
        "opens_at": deal.opens_at,
        "closes_at": deal.closes_at,
    }


def _read_row(row: DeclaredRow, known: _Known) -> DeclaredDeal:
    """Return the deal that a row declares, for a SKU that may still be declared.

    :raises _BadRow: it declares none
    """
    sku_id = known.skus.get(row.sku)
    if sku_id is None:
        raise _BadRow(f"the merchant has no SKU {row.sku}")
    if sku_id in known.dealt:
        raise _BadRow(f"the SKU {row.sku} has a deal in the festival, which stays as it is")
    if row.hall and row.hall not in known.halls:
        raise _BadRow(f"the festival has no hall {row.hall}")
    if not 0 < row.units <= UNITS_MAX:
        raise _BadRow(f"units is not 1 to {UNITS_MAX:,}")
    if not 0 <= row.buyer_limit <= UNITS_MAX:
        raise _BadRow(f"limit is not 0 to {UNITS_MAX:,}")
    terms = known.terms
    if not times_inside(
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        festival_opens_at=terms.opens_at,
        festival_closes_at=terms.closes_at,
    ):
        raise _BadRow("it would not open before it closes, both within the festival")
    usual = known.facts.prices.get(sku_id, {})
    prices_minor = {market: _price_minor(market, text, usual.get(market)) for market, text in row.prices.items()}
    if not prices_minor:
        raise _BadRow("no price is declared")
    return DeclaredDeal(sku_id, row.hall, row.units, row.buyer_limit, prices_minor, row.opens_at, row.closes_at)


def _price_minor(market: str, text: str, usual: PriceBefore | None) -> int:
    if usual is None:
        raise _BadRow(f"the SKU is not sold in {market}")
    try:
        price_minor = minor_from_text(text, currency=usual.currency)
    except ValueError:
        raise _BadRow(
            f"the price in {market} is not an amount of {usual.currency} with a decimal point and nothing else"
        ) from None
    if not 0 < price_minor <= PRICE_MINOR_MAX:
        raise _BadRow(f"the price in {market} is not above zero, or absurdly high")
    return price_minor
