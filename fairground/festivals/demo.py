"""The festival of demos and rehearsals."""

from collections.abc import Mapping
from datetime import datetime

from fairground.festivals.phase_plan import PhaseSpan, PlanLengths, plan_phases
from fairground.festivals.rules import FestivalRecord, HallRecord

# Nobody presells in a demo, so it has neither a presale nor balances to pay.
_LENGTHS = PlanLengths(presale_days=0)
_SLUG = "lantern-fair"
_NAME = {
    "en": "Lantern Fair",
    "es": "Feria de los Faroles",
    "zh": "灯市购物节",
    "vi": "Hội đèn lồng",
    "ru": "Ярмарка фонарей",
    "ar": "مهرجان الفوانيس",
}


def demo_festival(
    *, categories: Mapping[str, Mapping[str, str]], zone: str = "Asia/Shanghai", currency: str = "EUR"
) -> FestivalRecord:
    """Return the demo's festival, with a hall for each top category of `categories` (code, then language)."""
    return FestivalRecord(
        slug=_SLUG,
        name=_NAME,
        zone=zone,
        currency=currency,
        halls=tuple(HallRecord(slug=code, name=names) for code, names in categories.items() if "." not in code),
    )


def demo_phases(*, opens_at: datetime, closes_at: datetime, zone: str = "Asia/Shanghai") -> tuple[PhaseSpan, ...]:
    """Return the phases of the demo's festival, from its announcement to what comes after the sale."""
    return plan_phases(opens_at=opens_at, closes_at=closes_at, zone=zone, lengths=_LENGTHS)
