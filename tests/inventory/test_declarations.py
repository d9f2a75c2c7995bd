"""A merchant's table of deals becomes declarations: what is new, changed or bad, and what the guard finds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fairground.catalog.models import FormerPrice, Sku
from fairground.catalog.rules import PassedOver
from fairground.festivals.actions import NoSuchFestival, shift_festival
from fairground.festivals.enrolments import (
    DealsApproved,
    EnrolmentExists,
    EnrolmentOver,
    NotEnrolled,
    ReasonNeeded,
    decide_enrolment,
    enrol_merchant,
    festival_terms,
    withdraw_enrolment,
)
from fairground.festivals.models import Deal, Declaration, DeclarationPrice, Enrolment
from fairground.inventory.actions import freeze_deals
from fairground.inventory.declarations import DeclarationElsewhere, submit
from fairground.inventory.declared_tables import declare
from fairground.inventory.queries import ProductOffer, product_offers
from fairground.inventory.reviewing import approve, decline, withdraw
from fairground.kernel.models import AuditEntry, Writer
from fairground.merchants.actions import NoSuchMerchant
from tests.declaring import (
    ADA,
    DECLARER,
    EARLIER,
    SAM,
    choice_of,
    declare_rows,
    freeze_enrolment,
    make_chair,
    make_declared,
    make_enrolled,
    row_of,
    sku_name,
    slug_of,
)
from tests.factories import NOW, NOW_MS, SkuMade, make_festival, make_market, make_merchant


@pytest.fixture(autouse=True)
def _market(lone_writer: Writer) -> None:
    make_market()


def codes(declaration: Declaration) -> list[str]:
    return [one["code"] for one in declaration.findings]


def test_a_merchant_applies_and_is_admitted() -> None:
    make_festival()
    merchant = make_merchant()

    enrolment_id = enrol_merchant(festival="fair", merchant=slug_of(merchant), by=DECLARER)
    assert Enrolment.objects.get().state == "applied"
    assert decide_enrolment(enrolment_id=enrolment_id, admitted=True, by=ADA)
    assert not decide_enrolment(enrolment_id=enrolment_id, admitted=True, by=ADA)

    row = Enrolment.objects.get()
    assert (row.merchant_id, row.state, row.decided_at, row.decided_by) == (
        merchant.id,
        "admitted",
        ADA.now,
        ADA.user_id,
    )
    assert list(AuditEntry.objects.order_by("id").values_list("verb", "subject_kind", "user_id")) == [
        ("enrolled", "enrolment", DECLARER.user_id),
        ("admitted", "enrolment", ADA.user_id),
    ]


def test_who_is_declined_is_told_why_and_does_not_apply_again() -> None:
    merchant = make_merchant()
    make_festival()
    enrolment_id = enrol_merchant(festival="fair", merchant=slug_of(merchant), by=DECLARER)

    with pytest.raises(ReasonNeeded):
        decide_enrolment(enrolment_id=enrolment_id, admitted=False, by=ADA)
    assert Enrolment.objects.get().state == "applied"
    decide_enrolment(enrolment_id=enrolment_id, admitted=False, by=replace(ADA, reason="no address"))

    assert Enrolment.objects.values_list("state", "reason").get() == ("declined", "no address")
    with pytest.raises(EnrolmentExists):
        enrol_merchant(festival="fair", merchant=slug_of(merchant), by=DECLARER)


def test_who_leaves_takes_what_was_declared_along_as_drafts_and_may_come_again() -> None:
    declaration = make_declared()

    assert withdraw_enrolment(enrolment_id=declaration.enrolment_id, by=DECLARER)

    assert Declaration.objects.values_list("state", "version").get() == ("draft", 2)
    with pytest.raises(NotEnrolled):
        submit(declaration_ids=[declaration.pk], by=DECLARER)
    merchant = Enrolment.objects.values_list("merchant__slug", flat=True).get()
    assert enrol_merchant(festival="fair", merchant=merchant, by=ADA) == declaration.enrolment_id
    assert Enrolment.objects.values_list("state", "decided_at").get() == ("applied", None)


def test_who_has_approved_deals_stays() -> None:
    declaration = make_declared()
    approve(choices=[choice_of(declaration)], by=ADA)

    with pytest.raises(DealsApproved):
        withdraw_enrolment(enrolment_id=declaration.enrolment_id, by=DECLARER)
    assert Enrolment.objects.get().state == "admitted"


def test_who_does_not_take_part_declares_nothing() -> None:
    make_festival()
    chair = make_chair(make_merchant())

    with pytest.raises(NotEnrolled):
        declare_rows(chair.merchant, row_of(chair))
    with pytest.raises(NoSuchFestival):
        declare_rows(chair.merchant, row_of(chair), festival="nowhere")
    with pytest.raises(NoSuchMerchant):
        declare(festival="fair", merchant="nobody", rows=[], source="deals.csv", by=DECLARER)
    assert not Declaration.objects.exists()


def test_a_row_becomes_a_declaration_that_waits_with_nothing_found() -> None:
    chair = make_chair()

    report = declare_rows(chair.merchant, row_of(chair))

    assert (report.rows, report.new, report.submitted, report.found_count, report.passed_over) == (1, 1, 1, 0, [])
    row = Declaration.objects.get()
    assert (row.sku_id, row.units, row.buyer_limit, row.state, row.version) == (chair.id, 40, 2, "submitted", 1)
    assert (row.findings, row.declared_by, row.submitted_at) == ([], DECLARER.user_id, DECLARER.now)
    assert DeclarationPrice.objects.values_list("market_id", "price_minor", "currency").get() == ("EU", 9_000, "EUR")
    assert not Deal.objects.exists()


def test_what_the_guard_finds_is_told_and_kept() -> None:
    chair = make_chair()

    report = declare_rows(chair.merchant, row_of(chair, price="0.90", units=200, buyer_limit=300))

    (found,) = report.found
    assert found.sku == sku_name(chair)
    expected = ["below-floor", "too-deep", "digits", "units-short", "limit-above-units"]
    assert [str(one.code) for one in found.findings] == expected
    assert codes(Declaration.objects.get()) == expected


def test_what_is_declared_again_is_as_before_and_what_differs_is_the_next_version() -> None:
    chair = make_chair()
    declare_rows(chair.merchant, row_of(chair))

    again = declare_rows(chair.merchant, row_of(chair))
    assert (again.new, again.changed, again.unchanged, again.submitted) == (0, 0, 1, 0)
    assert Declaration.objects.get().version == 1

    other = declare_rows(chair.merchant, row_of(chair, price="0.90"))
    assert (other.new, other.changed, other.unchanged, other.submitted) == (0, 1, 0, 1)
    row = Declaration.objects.get()
    assert (row.version, row.state, codes(row)) == (2, "submitted", ["below-floor", "too-deep", "digits"])


def test_each_bad_row_is_told_by_its_line_and_the_others_are_declared() -> None:
    merchant = make_enrolled()
    chair, lamp, sold = make_chair(merchant), make_chair(merchant), make_chair(merchant, deal_price_minor=9_000)
    early, late = NOW - timedelta(hours=1), NOW + timedelta(days=2)
    bad = [
        replace(row_of(chair), sku="no-such", line=3),
        PassedOver("deals.csv", 4, "units is not a whole number"),
        row_of(lamp, price="12,90", line=5),
        row_of(lamp, price="0", line=6),
        row_of(lamp, prices={"US": "9.00"}, line=7),
    ]

    report = declare_rows(merchant, row_of(chair), *bad[:3])
    assert [(one.line, one.reason) for one in report.passed_over] == [
        (3, "the merchant has no SKU no-such"),
        (4, "units is not a whole number"),
        (5, "the price in EU is not an amount of EUR with a decimal point and nothing else"),
    ]
    assert (report.rows, report.new, report.passed_over_count) == (4, 1, 3)
    for row, reason in (
        (bad[3], "the price in EU is not above zero, or absurdly high"),
        (bad[4], "the SKU is not sold in US"),
        (row_of(lamp, prices={}), "no price is declared"),
        (row_of(lamp, units=0), "units is not 1 to 1,000,000,000"),
        (row_of(lamp, hall="attic"), "the festival has no hall attic"),
        (row_of(lamp, opens_at=early), "it would not open before it closes, both within the festival"),
        (row_of(lamp, closes_at=late), "it would not open before it closes, both within the festival"),
        (row_of(sold), f"the SKU {sku_name(sold)} has a deal in the festival, which stays as it is"),
    ):
        assert [one.reason for one in declare_rows(merchant, row).passed_over] == [reason]
    twice = declare_rows(merchant, row_of(lamp), row_of(lamp, line=9))
    assert [(one.line, one.reason) for one in twice.passed_over] == [
        (9, f"the SKU {sku_name(lamp)} stands above already")
    ]
    assert Declaration.objects.count() == 2


def test_a_dry_run_tells_all_of_it_and_leaves_nothing() -> None:
    chair = make_chair()
    audited = AuditEntry.objects.count()

    report = declare_rows(chair.merchant, row_of(chair, price="0.90"), dry_run=True)

    assert (report.new, report.found_count) == (1, 1)
    assert (Declaration.objects.count(), AuditEntry.objects.count()) == (0, audited)


def test_more_rows_than_a_chunk_are_all_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairground.inventory.declared_tables.CHUNK_ROWS_MAX", 2)
    merchant = make_enrolled()
    chairs = [make_chair(merchant) for _ in range(5)]

    report = declare_rows(merchant, *[row_of(chair) for chair in chairs])

    assert (report.new, report.submitted, Declaration.objects.count()) == (5, 5, 5)


def test_drafts_wait_for_nobody_until_they_are_submitted() -> None:
    chair = make_chair()
    declare_rows(chair.merchant, row_of(chair), submits=False)
    row = Declaration.objects.get()
    assert (row.state, row.submitted_at) == ("draft", None)

    assert submit(declaration_ids=[row.pk], by=DECLARER) == {row.pk: ()}

    assert Declaration.objects.get().state == "submitted"
    with pytest.raises(DeclarationElsewhere):
        submit(declaration_ids=[row.pk], by=DECLARER)


def test_what_was_declined_can_be_submitted_again_as_another_version() -> None:
    row = make_declared()
    decline(choices=[choice_of(row)], by=replace(ADA, reason="too few units"))
    assert Declaration.objects.values_list("state", "reason", "version").get() == ("declined", "too few units", 1)

    submit(declaration_ids=[row.pk], by=DECLARER)

    assert Declaration.objects.values_list("state", "reason", "version").get() == ("submitted", "", 2)


def test_what_is_withdrawn_is_a_draft_that_nobody_has_approved() -> None:
    row = make_declared(price="0.90")
    approve(choices=[choice_of(row)], by=ADA)

    withdraw(declaration_ids=[row.pk], by=DECLARER)

    assert Declaration.objects.values_list("state", "version").get() == ("draft", 2)


def test_from_the_freeze_on_nothing_is_declared_decided_or_taken_back() -> None:
    row = make_declared()
    before = list(Declaration.objects.values())
    chair = make_chair(make_enrolled())
    late = replace(ADA, now=NOW)
    attempts: list[Callable[[], object]] = [
        lambda: declare_rows(chair.merchant, row_of(chair), by=late),
        lambda: submit(declaration_ids=[row.pk], by=late),
        lambda: approve(choices=[choice_of(row)], by=late),
        lambda: decline(choices=[choice_of(row)], by=replace(late, reason="late")),
        lambda: withdraw(declaration_ids=[row.pk], by=late),
        lambda: withdraw_enrolment(enrolment_id=row.enrolment_id, by=late),
        lambda: enrol_merchant(festival="fair", merchant=slug_of(make_merchant()), by=late),
    ]
    for attempt in attempts[2:]:
        with pytest.raises(EnrolmentOver):
            attempt()
    with pytest.raises(EnrolmentOver):
        attempts[0]()
    with pytest.raises(DeclarationElsewhere):
        attempts[1]()

    freeze_enrolment(at=EARLIER)
    with pytest.raises(EnrolmentOver):
        approve(choices=[choice_of(row)], by=ADA)
    assert list(Declaration.objects.values()) == before
    assert not Deal.objects.exists()


def test_times_of_declarations_move_with_their_festival() -> None:
    declared = make_declared(opens_at=NOW + timedelta(hours=1), closes_at=NOW + timedelta(hours=2))
    freeze_enrolment(at=NOW - timedelta(hours=3))

    shift_festival(slug="fair", opens_at=NOW + timedelta(days=1), now_ms=NOW_MS)

    row = Declaration.objects.get(pk=declared.pk)
    assert (row.opens_at, row.closes_at) == (NOW + timedelta(hours=25), NOW + timedelta(hours=26))
    assert festival_terms(festival="fair").freezes_at == NOW + timedelta(hours=21)


def test_declaring_tells_no_batch_as_nothing_that_is_sold_changes() -> None:
    before = Writer.objects.get().offers_version
    make_declared()
    assert Writer.objects.get().offers_version == before


def test_a_merchants_own_floor_counts_where_it_is_the_higher_one() -> None:
    chair = make_chair()
    Enrolment.objects.update(floor_bps=7_500)

    declare_rows(chair.merchant, row_of(chair))

    assert codes(Declaration.objects.get()) == ["below-floor"]


def test_eighty_then_a_hundred_then_ninety_is_no_reduction_and_is_shown_as_none() -> None:
    chair = make_chair(price_minor=10_000)
    FormerPrice.objects.create(
        sku_id=chair.id,
        market_id="EU",
        price_minor=8_000,
        currency="EUR",
        since_at=NOW - timedelta(days=300),
        until_at=NOW - timedelta(days=12),
    )

    row = make_declared(sku=chair, price="90.00")

    assert row.findings == [
        {"code": "above-prior", "market": "EU", "currency": "EUR", "price_minor": 9_000, "prior_minor": 8_000}
    ]
    for by in (ADA, SAM):
        approve(choices=[choice_of(row)], by=by)
    freeze_deals(festival="fair", now_ms=NOW_MS - 1)
    assert (shown(chair).usual_minor, shown(chair).prior_minor, shown(chair).deal_minor) == (10_000, 8_000, 9_000)
    assert shown(chair).asking(now=NOW).prior_minor is None


def test_a_declared_reduction_shows_the_lowest_price_of_thirty_days() -> None:
    chair = make_chair(price_minor=10_000)
    FormerPrice.objects.create(
        sku_id=chair.id,
        market_id="EU",
        price_minor=8_000,
        currency="EUR",
        since_at=NOW - timedelta(days=300),
        until_at=NOW - timedelta(days=12),
    )
    approve(choices=[choice_of(make_declared(sku=chair, price="60.00"))], by=ADA)
    freeze_deals(festival="fair", now_ms=NOW_MS - 1)

    asking = shown(chair).asking(now=NOW)
    assert (asking.price_minor, asking.prior_minor) == (6_000, 8_000)


def shown(chair: SkuMade) -> ProductOffer:
    product_id = Sku.objects.get(id=chair.id).product_id
    (offer,) = product_offers(product_id=product_id, market="EU", language="en", festival="fair", now=NOW)
    return offer
