"""`verify_realm`: whether a realm's books are right, by the committed rows alone and in one snapshot."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from fairground.kernel.sql import load_sql
from fairground.rehearsal.checks import CheckPlan, ToldPlan, plans_for
from fairground.rehearsal.durability import read_server_facts
from fairground.rehearsal.evidence import drop_evidence, load_evidence

# Sums over all orders fit in memory up to some millions; beyond that they go to disk. One verification runs at a time.
_WORK_MEM = "256MB"


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found. `difference` is in units of its `figure`; `detail` names up to five of the wrong rows."""

    key: str
    name: str
    ok: bool
    rows: int
    wrong: int
    figure: str
    difference: int
    detail: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of one snapshot, and the facts of the server that held it."""

    checks: tuple[Check, ...]
    facts: Mapping[str, object]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(check.ok for check in self.checks)

    @property
    def rows_verified(self) -> int:
        """How many rows were looked at, each as often as a check did."""
        return sum(check.rows for check in self.checks)

    @property
    def figures(self) -> dict[str, int]:
        """What the checks count, by name: `lost_orders`, `oversold_units`, `tally_difference_minor`, …; 0 is right."""
        sums: dict[str, int] = {}
        for check in self.checks:
            sums[check.figure] = sums.get(check.figure, 0) + check.difference
        return sums

    def to_json(self) -> dict[str, Any]:
        """Return the figures, the facts and the checks, flat, as what JSON can hold."""
        return {
            "rows_verified": self.rows_verified,
            **self.figures,
            **self.facts,
            "checks": [asdict(check) for check in self.checks],
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """Which check comes now, after how many of how many."""

    done: int
    total: int
    name: str


def verify_realm(
    *,
    acknowledged: Path | None = None,
    refusals: Path | None = None,
    require_rows: bool = False,
    settled: bool = False,
    told: Sequence[ToldPlan] = (),
    on_progress: Callable[[Progress], None] | None = None,
) -> Verification:
    """Check the committed rows of this process's realm against each other, and against what the crowd wrote down.

    Reads one snapshot and changes nothing, so it may run while the shop sells. With `acknowledged` or `require_rows` a
    check that finds no rows fails, since it has proved nothing. `settled` says that nothing is under way any more:
    then "my purchases" may not be behind either. The checks of `told` come after the others, in the same snapshot.

    :raises BadEvidenceError: a file is not what it should be
    """
    assert not connection.in_atomic_block, "a snapshot of its own needs a transaction of its own"
    plans = plans_for(given={"acknowledged": acknowledged is not None, "refusals": refusals is not None})
    needs_rows = require_rows or acknowledged is not None
    checks: list[Check] = []
    try:
        load_evidence(acknowledged=acknowledged, refusals=refusals)
        with transaction.atomic():
            _take_snapshot(settled=settled)
            for done, plan in enumerate(plans):
                if on_progress:
                    on_progress(Progress(done, len(plans), plan.name))
                checks.append(_run(plan, None, needs_rows=needs_rows))
            checks += [_run(one.plan, one.facts, needs_rows=needs_rows) for one in told]
            facts = read_server_facts()
    finally:
        drop_evidence()
    return Verification(tuple(checks), facts)


def _take_snapshot(*, settled: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(
            "SELECT set_config('work_mem', %s, true), set_config('verify.settled', %s, true)",
            [_WORK_MEM, str(settled).lower()],
        )


def _run(plan: CheckPlan, told: Mapping[str, str | int] | None, *, needs_rows: bool) -> Check:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(load_sql("rehearsal", f"check_{plan.key}"), told)
        found = cursor.fetchone()
    assert found is not None, plan.key
    rows, wrong, difference, examples = int(found[0]), int(found[1]), int(found[2]), found[3]
    nothing = rows == 0 and needs_rows and not plan.may_be_empty
    return Check(
        key=plan.key,
        name=plan.name,
        ok=wrong == 0 and not nothing,
        rows=rows,
        wrong=wrong,
        figure=plan.figure,
        difference=difference,
        detail=_detail(plan, rows, wrong, difference, examples),
        took_ms=round((time.perf_counter() - started) * 1000),
    )


def _detail(plan: CheckPlan, rows: int, wrong: int, difference: int, examples: list[str]) -> str:
    parts = [f"{plan.figure.replace('_', ' ')}: {difference:,}"] if difference else []
    if wrong:
        parts.append(f"{wrong:,} wrong: " + "; ".join(examples))
    elif rows == 0:
        parts.append("nothing to check")
    return ". ".join(parts)
