"""The command line of the benchmarks."""

import json
import resource
import signal
import sys
from collections.abc import Callable

import click
from django.conf import settings
from rich.console import Console
from rich.table import Table

from bench.balances import run_balances
from bench.comparison import run_baselines
from bench.discounts import run_discounts
from bench.draws import run_draw
from bench.grabs import run_grabs
from bench.idle import run_idle
from bench.ledger import run_ledger
from bench.million import run_million
from bench.opening import run_opening
from bench.overload import run_overload
from bench.pages import run_pages
from bench.payments import run_payments
from bench.pricing import run_pricing
from bench.records import Result, append_record, describe_bench_machine, record_of, write_table
from bench.settlement import run_settlement
from bench.stage import HOME
from bench.streams import run_streams
from bench.telling import say
from bench.ten_million import run_ten_million
from fairground.config.cluster.embedded import Cluster
from fairground.config.parent_lock import live_parent
from fairground.config.supervisor import running_server

BENCHMARKS: dict[str, Callable[..., Result]] = {
    "opening": run_opening,
    "discounts": run_discounts,
    "payments": run_payments,
    "grabs": run_grabs,
    "balances": run_balances,
    "overload": run_overload,
    "ten_million": run_ten_million,
    "idle": run_idle,
    "streams": run_streams,
    "pages": run_pages,
    "pricing": run_pricing,
    "million": run_million,
    "baselines": run_baselines,
    "draw": run_draw,
    "ledger": run_ledger,
    "settlement": run_settlement,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*BENCHMARKS, "all", "table"]))
@click.option("--quick", is_flag=True, help="Tiny sizes, to see that it works; history keeps nothing of it.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON lines instead of a table.")
def main(names: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Run benchmarks (all of them without a name), or `table`: put their last results into bench/README.md.

    Each makes a realm in the benchmarks' own cluster and drops it again. The exit code is 1 if a goal is not met.
    """
    if names == ("table",):
        click.echo(write_table())
        return
    chosen = list(BENCHMARKS) if not names or "all" in names else [name for name in names if name != "table"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if parent := live_parent(home=HOME):
        raise click.ClickException(f"process {parent.pid} runs benchmarks already; two would measure each other")
    cluster, results = Cluster(HOME), []
    with running_server(home=HOME, server=cluster):
        machine = describe_bench_machine(cluster)
        for name in chosen:
            say(f"benchmark {name}{' (quick)' if quick else ''}")
            result = BENCHMARKS[name](quick=quick)
            results.append(result)
            record = record_of(result, machine=machine)
            if not quick:
                say(f"appended to {append_record(record)}")
            if as_json:
                click.echo(json.dumps(record, ensure_ascii=False))
    if not as_json:
        _print(results)
    sys.exit(0 if quick or all(result.holds for result in results) else 1)


def _print(results: list[Result]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading, justify in (
        ("benchmark", "left"),
        ("figure", "left"),
        ("value", "right"),
        ("goal", "left"),
        ("", "left"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for result in results:
        for goal in result.goals:
            mark = ("[green]holds[/]" if goal.holds else "[red]MISSED[/]") if goal.bound else ""
            table.add_row(result.benchmark, goal.name, f"{goal.value:,g}", goal.bound, mark)
    Console(highlight=False, width=130).print(table)


assert settings.REALM.name == "bench", "start it by bench/run.py"
