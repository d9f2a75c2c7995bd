"""The enrolment: every merchant declares deals by a file, people decide on them, and the program freezes them."""

import csv
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fairground.catalog.models import Sku
from fairground.catalog.rules import deal_price_minor
from fairground.festivals.declaration_files import read_declarations
from fairground.festivals.enrolments import decide_enrolment, enrol_merchant
from fairground.festivals.models import Deal
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.identity.operators import add_operator
from fairground.inventory.declaration_queue import DeclarationRow, Wanted, declaration_queue
from fairground.inventory.declared_tables import declare
from fairground.inventory.presales import PresaleDeclaration, declare_presale, terms_by_share
from fairground.inventory.price_guard import guard_facts
from fairground.inventory.readiness import festival_readiness
from fairground.inventory.reviewing import DECIDED_AT_ONCE_MAX, Choice, approve, decline
from fairground.kernel.edits import By
from fairground.kernel.money import Rounding, decimal_text, scale_minor
from fairground.merchants.models import Merchant
from fairground.rehearsal.festival.calendar import HALLS, SLUG
from fairground.rehearsal.festival.grounds import Grounds, by_hand

PERCENT_OFF = 30
# Deeper than one person may approve; of two such deals one is meant so, and one is a slip that is declined.
CLEARANCE_PERCENT_OFF = 75
BUYER_LIMIT = 2
# So many deals of all become presales, a deposit of a tenth each that counts for 15 %.
PRESALE_DEALS = 12
DEPOSIT_PERCENT, WORTH_PERCENT = 10, 15
# The freeze follows within a second or two of the end.
LAST_WORDS_S = 0.3
_TWO_PEOPLE = ("ada@festival.example", "sam@festival.example")


def enrol_everybody(ground: Grounds) -> None:
    """Let all merchants enrol and declare, decide on it, make presales, and wait until the deals are frozen."""
    festival, counts, calendar = SLUG, ground.counts, ground.calendar
    calendar.wait_for(PhaseKind.ENROLMENT, Edge.BEGINS)
    merchants = list(Merchant.objects.order_by("slug"))
    for merchant in merchants:
        enrolment_id = enrol_merchant(festival=festival, merchant=merchant.slug, by=by_hand())
        decide_enrolment(enrolment_id=enrolment_id, admitted=True, by=by_hand())
    counts["enrolment_merchants"] = len(merchants)
    ground.say(f"{len(merchants)} merchants enrolled; each declares up to {ground.script.deals_a_merchant} deals")
    counts["enrolment_declared"] = counts["enrolment_found"] = 0
    for number, merchant in enumerate(merchants):
        calendar.hold_off(PhaseKind.ENROLMENT, Edge.ENDS)
        path = _write_file(ground, merchant, hall=HALLS[number % len(HALLS)].slug, deep=number < len(_TWO_PEOPLE))
        rows = read_declarations(path=path)
        report = declare(festival=festival, merchant=merchant.slug, rows=rows, source=path.name, by=by_hand())
        ground.unexpected += [f"{bad.source}, line {bad.line}: {bad.reason}" for bad in report.passed_over]
        counts["enrolment_declared"] += report.submitted
        counts["enrolment_found"] += report.found_count
    calendar.hold_off(PhaseKind.ENROLMENT, Edge.ENDS)
    _decide(ground)
    calendar.hold_off(PhaseKind.ENROLMENT, Edge.ENDS)
    _make_presales(ground)
    calendar.move(PhaseKind.ENROLMENT, Edge.ENDS, in_s=LAST_WORDS_S)
    calendar.wait_until_done(PhaseKind.ENROLMENT, Edge.ENDS)
    readiness = festival_readiness(festival=festival)
    if not readiness.is_ready:
        ground.unexpected.append(f"the festival is not ready: {readiness}")
    ground.say(
        f"{ground.told.approved:,} deals are frozen, {counts['enrolment_found']} of what was declared were looked at "
        f"by two people, {ground.told.declined} declined"
    )


def _write_file(ground: Grounds, merchant: Merchant, *, hall: str, deep: bool) -> Path:
    """Write a merchant's table of deals: goods that it has in stock, half of what is free of each."""
    skus = dict(Sku.objects.filter(merchant=merchant, on_sale=True).order_by("id").values_list("id", "external_id"))
    known = guard_facts(festival=SLUG, sku_ids=list(skus), now=datetime.now(UTC))
    in_stock = [sku_id for sku_id in skus if known.free.get(sku_id)][: ground.script.deals_a_merchant]
    markets = sorted({market for sku_id in in_stock for market in known.prices[sku_id]})
    path = ground.script.folder / "declared" / f"{merchant.slug}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["sku", "units", "limit", "hall", *[f"price_{market}" for market in markets]])
        for number, sku_id in enumerate(in_stock):
            units = max(1, known.free[sku_id] // 2)
            percent_off = CLEARANCE_PERCENT_OFF if deep and number == 0 else PERCENT_OFF
            there = known.prices[sku_id]
            texts = [_price_text(there[one].usual_minor, there[one].currency, percent_off) for one in markets]
            table.writerow([skus[sku_id], units, min(BUYER_LIMIT, units), hall, *texts])
    return path


def _price_text(price_minor: int, currency: str, percent_off: int) -> str:
    """The festival's price tags end as the shop's do; a clearance has a plain share of the usual price."""
    if percent_off == PERCENT_OFF:
        deal_minor = deal_price_minor(price_minor=price_minor, currency=currency, percent_off=percent_off)
    else:
        deal_minor = scale_minor(price_minor, 100 - percent_off, 100, Rounding.UP)
    return decimal_text(deal_minor, currency)


def _decide(ground: Grounds) -> None:
    """One person approves what is clean; of what the guard found two approve half, and the rest is declined."""
    first, second = (_person(email) for email in _TWO_PEOPLE)
    wanted = Wanted(festival=SLUG)
    waiting = declaration_queue(wanted=wanted, now=datetime.now(UTC), limit=ground.counts["enrolment_declared"])
    found, clean = [one for one in waiting if one.findings], [one for one in waiting if not one.findings]
    meant, slips = found[::2], found[1::2]
    for some in _chunks([*clean, *meant]):
        ground.told.approved += len(approve(choices=some, by=_by(first)).approved)
    for some in _chunks(meant):
        ground.told.approved += len(approve(choices=some, by=_by(second)).approved)
    for some in _chunks(slips):
        decline(choices=some, by=_by(first, "the price is a slip"))
        ground.told.declined += len(some)
    if ground.told.approved != len(clean) + len(meant):
        ground.unexpected.append(f"{ground.told.approved} of {len(clean) + len(meant)} declarations were approved")
    ground.counts["enrolment_approved"] = ground.told.approved
    ground.counts["enrolment_approved_by_two"] = len(meant)
    ground.counts["enrolment_declined"] = ground.told.declined


def _person(email: str) -> int:
    return add_operator(email=email, role="operator", password=secrets.token_urlsafe(), by=by_hand())


def _by(user_id: int, reason: str = "") -> By:
    return By(user_id=user_id, now=datetime.now(UTC), reason=reason)


def _chunks(rows: Sequence[DeclarationRow]) -> list[list[Choice]]:
    choices = [Choice(one.id, one.version) for one in rows]
    return [choices[start : start + DECIDED_AT_ONCE_MAX] for start in range(0, len(choices), DECIDED_AT_ONCE_MAX)]


def _make_presales(ground: Grounds) -> None:
    """Make presales of the deals with the most units, ordered in that phase and paid from the opening on."""
    order, balance = (ground.calendar.period(kind) for kind in (PhaseKind.PRESALE, PhaseKind.BALANCE))
    deals = Deal.objects.filter(festival=SLUG).order_by("-units", "id").values_list("id", flat=True)
    for deal_id in deals[:PRESALE_DEALS]:
        terms = terms_by_share(deal_id=deal_id, deposit_percent=DEPOSIT_PERCENT, worth_percent=WORTH_PERCENT)
        declare_presale(deal_id=deal_id, declaration=PresaleDeclaration(order, balance, terms), by=by_hand())
    ground.counts["enrolment_presale_deals"] = min(PRESALE_DEALS, len(deals))
