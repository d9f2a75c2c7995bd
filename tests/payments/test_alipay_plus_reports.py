"""Alipay+'s reports: what moved on a day, and when they are none."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fairground.payments.providers.alipay_plus import AlipayPlus
from fairground.payments.providers.alipay_plus_report import SUMMARY_DAYS_MAX
from fairground.payments.providers.provider import FileKind, FileLine, ProviderUnreachable
from tests.payments.alipay_plus_server import AlipayPlusServer


@pytest.fixture
def server() -> AlipayPlusServer:
    """Reports come by no wire: the server gives its keys, and does not run."""
    return AlipayPlusServer(url="http://127.0.0.1:9")


HEAD = "transactionId,transactionRequestId,transactionType,transactionTime,transactionAmountValue,transactionCurrency\n"
DAY = date(2026, 11, 11)


def lay_down(folder: Path, day: date, *rows: str, end: str = "<END>\n", number: int = 0) -> None:
    """Write a report of a day."""
    (folder / f"transactionItems_{day:%Y%m%d}_{number:03d}.csv").write_text(HEAD + "".join(rows) + end, "utf-8")


def lines(server: AlipayPlusServer, folder: Path, *, in_minor_units: bool = False) -> list[FileLine]:
    keys = replace(server.keys(), reports=folder, report_in_minor_units=in_minor_units)
    return list(AlipayPlus(keys).file_of(day=DAY))


def test_a_days_books_are_in_the_reports_of_two_days(server: AlipayPlusServer, tmp_path: Path) -> None:
    lay_down(
        tmp_path,
        DAY,
        "1,p-0,PAYMENT,2026-11-11T07:59:59+08:00,1.00,EUR\n",
        "2,p-1,PAYMENT,2026-11-11T08:00:00+08:00,12.90,EUR\n",
        "9,p-9,AUTHORIZATION,2026-11-11T09:00:00+08:00,12.90,EUR\n",
    )
    lay_down(tmp_path, DAY, "3,p-2,PAYMENT,2026-11-11T12:00:00+00:00,500,JPY\n", number=1)
    lay_down(
        tmp_path,
        DAY + timedelta(days=1),
        "2,r-1,REFUND,2026-11-12T07:59:59+08:00,-5.00,EUR\n",
        "4,p-3,PAYMENT,2026-11-12T08:00:00+08:00,1.00,EUR\n",
    )

    assert lines(server, tmp_path) == [
        FileLine(FileKind.CAPTURE, "2", "p-1", 12_90, "EUR", datetime(2026, 11, 11, tzinfo=UTC)),
        FileLine(FileKind.CAPTURE, "3", "p-2", 500, "JPY", datetime(2026, 11, 11, 12, tzinfo=UTC)),
        FileLine(FileKind.REFUND, "2", "r-1", 5_00, "EUR", datetime(2026, 11, 11, 23, 59, 59, tzinfo=UTC)),
    ]


def test_disputes_are_told_by_the_payments_own_name(server: AlipayPlusServer, tmp_path: Path) -> None:
    lay_down(
        tmp_path,
        DAY,
        "2,,DISPUTE,2026-11-11T09:00:00+08:00,-12.90,EUR\n",
        "2,,DISPUTE_REVERSAL,2026-11-11T10:00:00+08:00,12.90,EUR\n",
        "2,r-1,REFUND_REVERSAL,2026-11-11T11:00:00+08:00,5.00,EUR\n",
    )
    lay_down(tmp_path, DAY + timedelta(days=1))

    assert [(one.kind, one.ref, one.key, one.amount_minor, one.line_id) for one in lines(server, tmp_path)] == [
        (FileKind.DISPUTE, "2", "", 12_90, "2:DISPUTE:20261111T010000Z"),
        (FileKind.DISPUTE_WON, "2", "", 12_90, "2:DISPUTE_REVERSAL:20261111T020000Z"),
        (FileKind.REFUND_FAILED, "2", "r-1", 5_00, ""),
    ]


def settle(folder: Path, *rows: str, name: str = "settlementSummary_EUR_B1_000.csv", end: str = "<END>\n") -> None:
    """Write the summary of a settlement."""
    head = (
        "settlementBatchId,summaryType,settlementTime,count,settlementAmountValue,settlementCurrency,feeAmountValue\n"
    )
    (folder / name).write_text(head + "".join(rows) + end, "utf-8")


def test_a_settlement_is_a_payout_and_a_fee(server: AlipayPlusServer, tmp_path: Path) -> None:
    lay_down(tmp_path, DAY)
    lay_down(tmp_path, DAY + timedelta(days=1))
    settle(
        tmp_path,
        "B1,PAYMENT,2026-11-11T12:00:00+08:00,3,100.00,EUR,0.70\n",
        "B1,TOTAL,2026-11-11T12:00:00+08:00,3,99.30,EUR,0.70\n",
    )
    settle(tmp_path, "B2,TOTAL,2026-11-11T12:00:00+08:00,1,-5,JPY,\n", name="settlementSummary_JPY_B2_000.csv")
    settle(tmp_path, "B3,TOTAL,2026-11-12T12:00:00+08:00,1,5,JPY,\n", name="settlementSummary_JPY_B3_000.csv")
    at = datetime(2026, 11, 11, 4, tzinfo=UTC)

    assert lines(server, tmp_path) == [
        FileLine(FileKind.PAYOUT, "B1", "", 99_30, "EUR", at, "B1:EUR:payout"),
        FileLine(FileKind.FEE, "B1", "", 70, "EUR", at, "B1:EUR:fee"),
        FileLine(FileKind.PAYOUT, "B2", "", -5, "JPY", at, "B2:JPY:payout"),
    ]


@pytest.mark.parametrize(
    ("row", "end"),
    [
        ("", ""),
        (",TOTAL,2026-11-11T12:00:00+08:00,3,99.30,EUR,0.70\n", "<END>\n"),
        ("B1,TOTAL,2026-11-11T12:00:00,3,99.30,EUR,0.70\n", "<END>\n"),
        ("B1,TOTAL,2026-11-11T12:00:00+08:00,3,99.305,EUR,0.70\n", "<END>\n"),
        ("B1,TOTAL,2026-11-11T12:00:00+08:00,3,99.30,euro,0.70\n", "<END>\n"),
    ],
)
def test_a_summary_that_is_not_whole_or_makes_no_sense_is_none(
    server: AlipayPlusServer, tmp_path: Path, row: str, end: str
) -> None:
    lay_down(tmp_path, DAY)
    lay_down(tmp_path, DAY + timedelta(days=1))
    settle(tmp_path, row, end=end)

    with pytest.raises(ProviderUnreachable):
        lines(server, tmp_path)


@pytest.mark.parametrize(
    ("name", "row", "end"),
    [
        # Not whole, and of another day by what it says.
        ("settlementSummary_EUR_B1_000.csv", "B1,TOTAL,2024-11-11T12:00:00+08:00,3,99.30,EUR,0.70\n", ""),
        ("settlementSummary_EUR_B1_000.csv", "B1,TOTAL,2026-11-10T12:00:00+08:00,3,99.30,euro,0.70\n", "<END>\n"),
        ("settlementSummary_EUR_B1_000.csv", "B1,TOTAL,2024-11-11T12:00:00+08:00,3\n,,2026-11", ""),
        # It says nothing of when: of another year by the id of its batch.
        ("settlementSummary_EUR_2024111211021040123_000.csv", "", ""),
        ("settlementSummary_KaKaoPay_EUR_2024111211021040123_001.csv", "2024,TOTAL,yesterday,3,1,EUR,0\n", "<END>\n"),
    ],
)
def test_a_bad_summary_concerns_no_day_but_its_own(
    server: AlipayPlusServer, tmp_path: Path, name: str, row: str, end: str
) -> None:
    lay_down(tmp_path, DAY)
    lay_down(tmp_path, DAY + timedelta(days=1))
    settle(tmp_path, row, name=name, end=end)
    settle(tmp_path, "B2,TOTAL,2026-11-11T12:00:00+08:00,1,5,JPY,\n", name="settlementSummary_JPY_B2_000.csv")

    assert [line.line_id for line in lines(server, tmp_path)] == ["B2:JPY:payout"]


@pytest.mark.parametrize(
    ("made", "row"),
    [
        ("20261111", ""),
        ("20261012", ""),
        ("20261212", "B1,TOTAL,yesterday,3,1,EUR,0\n"),
        # No day at all, and one of which nobody draws the ids of batches.
        ("20261311", ""),
        ("18541111", ""),
    ],
)
def test_a_bad_summary_that_says_nothing_of_when_concerns_the_days_near_that_of_its_batch(
    server: AlipayPlusServer, tmp_path: Path, made: str, row: str
) -> None:
    lay_down(tmp_path, DAY)
    lay_down(tmp_path, DAY + timedelta(days=1))
    settle(tmp_path, row, name=f"settlementSummary_EUR_{made}11021040123_000.csv", end="")

    with pytest.raises(ProviderUnreachable):
        lines(server, tmp_path)


def test_of_the_summaries_of_years_only_those_near_a_day_are_opened(
    server: AlipayPlusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_down(tmp_path, DAY)
    lay_down(tmp_path, DAY + timedelta(days=1))
    for back in range(400):
        made = DAY - timedelta(days=back)
        row = f"B{back},TOTAL,{made}T12:00:00+08:00,1,5,JPY,\n"
        settle(tmp_path, row, name=f"settlementSummary_JPY_{made:%Y%m%d}11021040123_000.csv")
    opened: set[str] = set()
    plain = Path.open

    def told(path: Path, *how: Any, **more: Any) -> Any:
        opened.add(path.name)
        return plain(path, *how, **more)

    monkeypatch.setattr(Path, "open", told)

    assert [line.line_id for line in lines(server, tmp_path)] == ["B0:JPY:payout"]
    assert len([name for name in opened if name.startswith("settlementSummary")]) == SUMMARY_DAYS_MAX + 1


def test_a_report_may_count_in_minor_units(server: AlipayPlusServer, tmp_path: Path) -> None:
    lay_down(tmp_path, DAY, "2,p-1,PAYMENT,2026-11-11T08:00:00+08:00,1290,EUR\n")
    lay_down(tmp_path, DAY + timedelta(days=1))

    assert [line.amount_minor for line in lines(server, tmp_path, in_minor_units=True)] == [12_90]


@pytest.mark.parametrize(
    ("row", "end"),
    [
        ("", ""),
        ("2,p-1,PAYMENT,2026-11-11T08:00:00+08:00,12.905,EUR\n", "<END>\n"),
        ("2,p-1,PAYMENT,2026-11-11T08:00:00+08:00,1e3,EUR\n", "<END>\n"),
        ("2,p-1,PAYMENT,2026-11-11T08:00:00,12.90,EUR\n", "<END>\n"),
        ("2,p-1,PAYMENT,today,12.90,EUR\n", "<END>\n"),
        ("2,p-1,GIFT,2026-11-11T08:00:00+08:00,12.90,EUR\n", "<END>\n"),
        ("2,p-1,PAYMENT,2026-11-11T08:00:00+08:00,12.90,euro\n", "<END>\n"),
        ("2,p-1,PAYMENT,2026-11-11T08:00:00+08:00,12.90,EUR,more\n", "<END>\n"),
        ("2,p-1\n", "<END>\n"),
        ("", "<END>\n2,p-1,PAYMENT,2026-11-11T08:00:00+08:00,12.90,EUR\n"),
    ],
)
def test_a_report_that_is_not_whole_or_makes_no_sense_is_none(
    server: AlipayPlusServer, tmp_path: Path, row: str, end: str
) -> None:
    lay_down(tmp_path, DAY, row, end=end)
    lay_down(tmp_path, DAY + timedelta(days=1))

    with pytest.raises(ProviderUnreachable):
        lines(server, tmp_path)


def test_a_report_that_has_not_come_is_said(server: AlipayPlusServer, tmp_path: Path) -> None:
    lay_down(tmp_path, DAY)

    with pytest.raises(ProviderUnreachable) as unreachable:
        lines(server, tmp_path)
    assert unreachable.value.facts["reason"] == "no-report-yet"
    with pytest.raises(ProviderUnreachable):
        AlipayPlus(server.keys()).file_of(day=DAY)
