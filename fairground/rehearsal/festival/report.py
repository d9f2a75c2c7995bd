"""The report of a rehearsed festival: what each act counted, every difference, every check."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fairground.rehearsal.festival.grounds import Grounds
from fairground.rehearsal.machine import describe_machine
from fairground.rehearsal.verify import Verification

UNEXPECTED_NAMED_MAX = 20


def festival_report(ground: Grounds, verification: Verification, *, seconds: float) -> dict[str, Any]:
    """Return the report, ready for JSON: `counts` and `differences` by name, `checks`, and whether all is `ok`.

    All differences are 0 where it is; `unexpected_answers` counts what the acts met that should have been otherwise.
    """
    script, unexpected = ground.script, ground.unexpected
    facts = verification.to_json()
    differences = {**verification.figures, "unexpected_answers": len(unexpected)}
    checks = [*facts["checks"], _answers_check(unexpected)]
    return {
        "title": f"Festival rehearsal: {ground.counts['shoppers']:,} shoppers",
        "realm": script.realm,
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "ok": all(check["ok"] for check in checks) and not any(differences.values()),
        "seconds": round(seconds, 1),
        "counts": ground.counts,
        "differences": differences,
        "unexpected": unexpected[:UNEXPECTED_NAMED_MAX],
        "rows_verified": facts["rows_verified"],
        **{name: facts[name] for name in ("fsync", "synchronous_commit", "full_page_writes", "hot_tables_persistence")},
        "checks": checks,
        "machine": describe_machine() | {"filesystem": facts.get("data_filesystem")},
    }


def _answers_check(unexpected: list[str]) -> Mapping[str, object]:
    detail = "; ".join(unexpected[:3]) or "everything was answered as it should be"
    return {
        "key": "festival_answers",
        "name": "Everything was answered as it should be",
        "ok": not unexpected,
        "detail": detail,
        "rows": 0,
        "difference": len(unexpected),
    }
