"""What a benchmark found, the history of it (one line a run), and both as tables."""

import json
import os
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from fairground.config.cluster.embedded import Cluster
from fairground.rehearsal.durability import flush_us

HERE = Path(__file__).parent
HISTORY = HERE / "history"
README = HERE / "README.md"
TABLE_BEGINS, TABLE_ENDS = "<!-- results: bench/run.py table -->\n", "<!-- end of results -->"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure with a bound: `at_least` or `at_most`; with neither it is only worth being read."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the value is within its bound."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    @property
    def bound(self) -> str:
        """The bound in words."""
        if self.at_least is not None:
            return f"at least {self.at_least:,g}"
        return f"at most {self.at_most:,g}" if self.at_most is not None else ""


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one benchmark. `figures` is ready for JSON."""

    benchmark: str
    figures: dict[str, Any]
    goals: tuple[Goal, ...]

    @property
    def holds(self) -> bool:
        """Whether every goal is met."""
        return all(goal.holds for goal in self.goals)


def record_of(result: Result, *, machine: dict[str, object]) -> dict[str, Any]:
    """Return the line that history keeps of a run."""
    goals = [asdict(goal) | {"holds": goal.holds} for goal in result.goals]
    return {
        "benchmark": result.benchmark,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine,
        "goals": goals,
        "figures": result.figures,
    }


def append_record(record: dict[str, Any]) -> Path:
    """Append a run to its benchmark's history and return the file."""
    path = HISTORY / f"{record['benchmark']}.jsonl"
    HISTORY.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def last_records() -> list[dict[str, Any]]:
    """Return the last run of each benchmark that has a history, in the order of their names."""
    lines = [path.read_text("utf-8").splitlines() for path in sorted(HISTORY.glob("*.jsonl"))]
    return [json.loads(of_one[-1]) for of_one in lines if of_one]


def results_table(records: list[dict[str, Any]]) -> str:
    """Return the runs' goals as a Markdown table, and below it where they ran."""
    rows = ["| benchmark | figure | value | goal | holds |", "| --- | --- | ---: | --- | --- |"]
    for record in records:
        for goal in record["goals"]:
            bound = Goal(goal["name"], goal["value"], goal["at_least"], goal["at_most"]).bound
            holds = ("yes" if goal["holds"] else "**no**") if bound else ""
            rows.append(f"| {record['benchmark']} | {goal['name']} | {goal['value']:,g} | {bound} | {holds} |")
    for record in records:
        machine = record["machine"]
        rows += ["", f"{record['benchmark']}: {record['date'][:10]}, commit {record['commit']}, {machine['cpu']}, "
                 f"{machine['cores']} cores, {machine['memory_gib']} GiB, flush {machine['flush_us']} µs."]  # fmt: skip
    return "\n".join(rows) + "\n"


def write_table() -> str:
    """Put the last results into the README between its two marks, and return them."""
    table = results_table(last_records())
    text = README.read_text("utf-8")
    head, tail = text.partition(TABLE_BEGINS)[0], text.partition(TABLE_ENDS)[2]
    README.write_text(head + TABLE_BEGINS + table + TABLE_ENDS + tail, "utf-8")
    return table


def describe_bench_machine(cluster: Cluster) -> dict[str, object]:
    """Return what figures of another machine can't be compared without; the cluster must exist.

    `flush_us` is the median time of writing 8 kB beside the database and having the disk confirm it.
    """
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": names[0].partition(":")[2].strip() if names else os.uname().machine,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "flush_us": flush_us(directory=cluster.data_dir),
    }


def _commit() -> str:
    commit = _git("rev-parse", "--short", "HEAD")
    # Lines that this very run appended say nothing about the code that was measured.
    dirty = _git("status", "--porcelain", "--", ".", ":!bench/history", ":!bench/README.md")
    return f"{commit}+" if dirty else commit


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=HERE.parent, capture_output=True, text=True, check=True
    ).stdout.strip()
