"""A small festival whole, by the operator's command: from the enrolment to the after-sale, then verified."""

import json
from pathlib import Path

from fairground.rehearsal.checks import PLANS
from tests.faults.programs import Installation, postmaster

SHOPPERS = 300
# Other tests run beside it: phases last twice as long as two idle cores need.
PACE = "2"
OWN_CHECKS = {
    f"festival_{name}"
    for name in (
        "coupons",
        "packets",
        "deals",
        "presales",
        "discounts",
        "budgets",
        "wallets",
        "draw",
        "after_sale",
        "settlement",
        "edges",
        "answers",
    )
}


def test_a_whole_festival_differs_in_nothing(installation: Installation) -> None:
    ended = installation.run("rehearse", "festival", "--shoppers", str(SHOPPERS), "--pace", PACE, "--json")

    assert ended.returncode == 0, ended.stderr[-4_000:] + ended.stdout[-4_000:]
    report = json.loads(ended.stdout)
    assert report["ok"] is True
    assert {name: off for name, off in report["differences"].items() if off} == {}
    assert {check["key"] for check in report["checks"]} == {plan.key for plan in PLANS} | OWN_CHECKS
    counts = report["counts"]
    assert (counts["shoppers"], counts["enrolment_merchants"]) == (SHOPPERS, 27)
    assert (counts["enrolment_found"], counts["enrolment_approved_by_two"], counts["enrolment_declined"]) == (2, 1, 1)
    assert counts["enrolment_approved"] == counts["enrolment_declared"] - 1
    assert counts["warm_up_collected"] == counts["warm_up_coupons_scarce"] < counts["warm_up_asked"] == SHOPPERS
    assert counts["gala_grabbed"] == counts["gala_packets"] == SHOPPERS - counts["gala_came_too_late"]
    assert (counts["presale_ordered"], counts["opening_placed"]) == (30, 180)
    ends = ("balance_paid", "balance_withdrawn", "balance_not_paid", "balance_broken_off")
    assert counts["presale_deposits"] == sum(counts[name] for name in ends)
    assert all(counts[name] for name in ends)
    assert (counts["sale_paid"], counts["sale_not_paid"]) == (178, 2)
    assert (counts["budget_bought"], counts["budget_given_to"]) == (30, 15)
    assert counts["draw_winners"] == counts["draw_awarded"] == 25
    assert counts["after_sale_cancelled"] > 0 < counts["after_sale_completed"]
    assert counts["after_sale_units_returned"] > 0
    assert counts["after_sale_confirmed"] > 0 < counts["after_sale_cases"]
    assert counts["settlement_payouts_confirmed"] > 0 < counts["settlement_reserves_returned"]
    assert (counts["settlement_payouts_failed"], counts["settlement_days_closed"]) == (1, 79)
    _looked_at_rows(report)
    _left_its_report(installation.cluster.home.reports / "rehearsed")
    assert postmaster(installation) is None


def _looked_at_rows(report: dict[str, list[dict[str, object]]]) -> None:
    """A check of an act that found no rows would prove nothing."""
    rows = {check["key"]: check["rows"] for check in report["checks"]}
    assert [key for key in sorted(OWN_CHECKS - {"festival_answers"}) if not rows[key]] == []


def _left_its_report(folder: Path) -> None:
    assert "Every check passed" in (folder / "report.html").read_text()
    assert json.loads((folder / "report.json").read_text())["realm"] == "rehearsed"
