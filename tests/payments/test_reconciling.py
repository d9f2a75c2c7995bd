"""A provider's books against ours."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fairground.payments.providers.provider import FileKind, FileLine
from fairground.payments.reconciling import BothSides, Difference, Disagreement, OurLine, reconcile, sums_of

DAY = date(2026, 11, 11)
NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 12, tzinfo=UTC)
THEIRS = FileLine(FileKind.CAPTURE, "pi_1", "p-1", 12_90, "EUR", NOON)
OURS = OurLine(FileKind.CAPTURE, "p-1", "pi_1", 12_90, "EUR", NOON)


def differences(theirs: list[FileLine], ours: list[OurLine]) -> list[Difference]:
    return list(reconcile(day=DAY, theirs=theirs, ours=ours).differences)


def test_what_agrees_is_summed_and_what_only_the_provider_knows_is_to_be_booked() -> None:
    refund = replace(THEIRS, kind=FileKind.REFUND, key="r-1", ref="re_1", amount_minor=5_00)
    fee = replace(THEIRS, kind=FileKind.FEE, amount_minor=25, line_id="txn_1:fee")
    own_refund = replace(OURS, kind=FileKind.REFUND, key="r-1", ref="re_1", amount_minor=5_00)

    found = reconcile(day=DAY, theirs=[fee, refund, THEIRS], ours=[OURS, own_refund])

    assert (found.agreed, found.booked, found.to_book, found.differences) == (2, 0, (fee,), ())
    assert found.agreed_minor == {(FileKind.CAPTURE, "EUR"): 12_90, (FileKind.REFUND, "EUR"): 5_00}
    own_fee = OurLine(FileKind.FEE, "", "pi_1", 25, "EUR", NOON, "txn_1:fee")
    again = reconcile(day=DAY, theirs=[fee, refund, THEIRS], ours=[own_fee, OURS, own_refund])
    assert (again.agreed, again.booked, again.to_book) == (3, 1, ())
    assert again.agreed_minor[FileKind.FEE, "EUR"] == 25


def test_what_was_booked_and_is_told_otherwise_now_differs_and_is_not_to_be_booked() -> None:
    fee = replace(THEIRS, kind=FileKind.FEE, amount_minor=25, line_id="txn_1:fee")
    own = OurLine(FileKind.FEE, "", "pi_1", 25, "EUR", NOON, "txn_1:fee")

    for told, what in (
        (replace(fee, amount_minor=26), Disagreement.AMOUNT),
        (replace(fee, currency="USD"), Disagreement.CURRENCY),
        (replace(fee, kind=FileKind.PAYOUT), Disagreement.KIND),
    ):
        found = reconcile(day=DAY, theirs=[told], ours=[own])
        assert (found.to_book, found.differences) == ((), (Difference(what, told, own),))
    assert differences([], [own]) == [Difference(Disagreement.MISSING_THERE, None, own)]
    assert differences([fee, fee], [own]) == [Difference(Disagreement.TWICE_THERE, fee, None)]
    nameless = replace(fee, line_id="")
    assert differences([nameless], []) == [Difference(Disagreement.MISSING_HERE, nameless, None)]
    other = replace(fee, kind=FileKind.OTHER)
    assert differences([other], []) == [Difference(Disagreement.MISSING_HERE, other, None)]


def test_of_days_around_nothing_is_to_be_booked() -> None:
    payout = replace(THEIRS, kind=FileKind.PAYOUT, at=MIDNIGHT, line_id="txn_2")

    assert reconcile(day=DAY, theirs=[payout], ours=[]).to_book == ()
    assert reconcile(day=DAY + timedelta(days=1), theirs=[payout], ours=[]).to_book == (payout,)


def test_each_way_not_to_agree_has_its_name() -> None:
    assert differences([THEIRS], []) == [Difference(Disagreement.MISSING_HERE, THEIRS, None)]
    assert differences([], [OURS]) == [Difference(Disagreement.MISSING_THERE, None, OURS)]
    less, dollars = replace(THEIRS, amount_minor=12_89), replace(THEIRS, currency="USD")
    assert differences([less], [OURS]) == [Difference(Disagreement.AMOUNT, less, OURS)]
    assert differences([dollars], [OURS]) == [Difference(Disagreement.CURRENCY, dollars, OURS)]
    again = replace(THEIRS, ref="pi_2", at=NOON + timedelta(seconds=1))
    assert differences([again, THEIRS], [OURS]) == [Difference(Disagreement.TWICE_THERE, again, None)]
    own_again = replace(OURS, at=NOON + timedelta(seconds=1))
    assert differences([THEIRS], [own_again, OURS]) == [Difference(Disagreement.TWICE_HERE, None, own_again)]


def test_a_refund_is_no_capture_of_the_same_key() -> None:
    refund = replace(THEIRS, kind=FileKind.REFUND)

    assert differences([refund], [OURS]) == [
        Difference(Disagreement.MISSING_THERE, None, OURS),
        Difference(Disagreement.MISSING_HERE, refund, None),
    ]


def test_sums_of_both_sides_have_what_agrees_and_what_each_has_alone() -> None:
    alone = replace(THEIRS, key="p-2", amount_minor=1_00)
    dollars, refund = replace(OURS, key="p-3", currency="USD"), replace(OURS, kind=FileKind.REFUND, amount_minor=5_00)

    found = reconcile(day=DAY, theirs=[THEIRS, alone], ours=[OURS, dollars, refund])

    assert sums_of(found) == [
        BothSides(FileKind.CAPTURE, "EUR", 13_90, 12_90),
        BothSides(FileKind.CAPTURE, "USD", 0, 12_90),
        BothSides(FileKind.REFUND, "EUR", 0, 5_00),
    ]


def test_what_names_no_key_of_ours_is_missing_here_each() -> None:
    disputes = [replace(THEIRS, kind=FileKind.REFUND, key="", ref=ref) for ref in ("a", "b")]

    assert differences(disputes, []) == [Difference(Disagreement.MISSING_HERE, line, None) for line in disputes]


def test_a_pair_over_midnight_is_of_the_providers_day_alone() -> None:
    late = replace(OURS, at=MIDNIGHT - timedelta(seconds=1))
    after = replace(THEIRS, at=MIDNIGHT)

    first = reconcile(day=DAY, theirs=[after], ours=[late])
    second = reconcile(day=DAY + timedelta(days=1), theirs=[after], ours=[late])

    assert (first.agreed, first.differences) == (0, ())
    assert (second.agreed, second.differences) == (1, ())


LINES = st.lists(
    st.tuples(
        st.sampled_from([FileKind.CAPTURE, FileKind.REFUND]),
        st.sampled_from("ab"),
        st.integers(1, 3),
        st.sampled_from(["EUR", "USD"]),
        st.integers(-30, 30),
    ),
    max_size=8,
)


@given(theirs=LINES, ours=LINES)
def test_every_line_is_told_of_once_over_all_days(
    theirs: list[tuple[FileKind, str, int, str, int]], ours: list[tuple[FileKind, str, int, str, int]]
) -> None:
    there = [
        FileLine(kind, f"{i}", key, amount, currency, NOON + timedelta(hours=hours))
        for i, (kind, key, amount, currency, hours) in enumerate(theirs)
    ]
    here = [
        OurLine(kind, key, f"{i}", amount, currency, NOON + timedelta(hours=hours))
        for i, (kind, key, amount, currency, hours) in enumerate(ours)
    ]

    found = [reconcile(day=DAY + timedelta(days=day), theirs=there, ours=here) for day in range(-2, 3)]

    agreed = sum(one.agreed for one in found)
    told = [difference for one in found for difference in one.differences]
    assert agreed + sum(difference.theirs is not None for difference in told) == len(there)
    assert agreed + sum(difference.ours is not None for difference in told) == len(here)
    assert sum(sum(one.agreed_minor.values()) for one in found) == sum(line.amount_minor for line in there) - sum(
        difference.theirs.amount_minor for difference in told if difference.theirs
    )


@given(lines=LINES)
def test_the_same_books_agree(lines: list[tuple[FileKind, str, int, str, int]]) -> None:
    there = [
        FileLine(kind, f"{i:02d}", key, amount, currency, NOON)
        for i, (kind, key, amount, currency, _) in enumerate(lines)
    ]
    here = [OurLine(line.kind, line.key, line.ref, line.amount_minor, line.currency, line.at) for line in there]

    assert reconcile(day=DAY, theirs=there[::-1], ours=here).agreed == len(lines)
