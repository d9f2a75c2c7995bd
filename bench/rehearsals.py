"""`fairground rehearse opening` as a program of its own: verified, with payments, the limit in the same run."""

import json
import subprocess
import sys
from typing import Any

import click

from bench.telling import say


class RehearsalFailedError(click.ClickException):
    """The rehearsal ended without a report."""


def rehearse(*, orders: int, seconds: float, times: int, discounted: int = 0) -> list[dict[str, Any]]:
    """Rehearse an opening so many times and return the reports, in the order they came.

    `discounted` percent of the orders carry a discount.

    :raises RehearsalFailedError: one of them did not come to its end
    """
    reports = []
    for number in range(1, times + 1):
        say(f"rehearsal {number} of {times}: {orders:,} orders in {seconds:g} s")
        argv = ["-m", "fairground", "rehearse", "opening", "--orders", str(orders), "--seconds", str(seconds), "--json"]
        argv += ["--discounted", str(discounted)]
        done = subprocess.run([sys.executable, *argv], stdout=subprocess.PIPE, check=False)
        if not done.stdout.startswith(b"{"):
            raise RehearsalFailedError("the rehearsal ended without a report; why stands above")
        report: dict[str, Any] = json.loads(done.stdout)
        for check in report["checks"]:
            if not check["ok"]:
                say(f"FAILS: {check['name']}: {check['detail']}")
        reports.append(report)
    return reports


def best(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the report with the most orders a second."""
    return max(reports, key=lambda report: report["orders_per_s"])


def server_cpu_ms(report: dict[str, Any]) -> float:
    """Return the processor time of one order without the crowd's."""
    parts: dict[str, float] = report["cpu_ms_per_order_by_part"]
    return sum(spent for part, spent in parts.items() if part != "crowd")
