"""Reads of customs areas and of what markets ask."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fairground.crossborder.models import CustomsArea
from fairground.crossborder.models import DutyRule as DutyRuleRow
from fairground.crossborder.rules import CustomsSchedule, DutyRule


@dataclass(frozen=True, slots=True)
class AreaSeen:
    """A customs area as who decides about it sees it; countries in their order."""

    code: str
    name: str
    countries: tuple[str, ...]


@cache
def default_customs() -> CustomsSchedule:
    """Return the areas and rules that come with the program."""
    found = json.loads(resources.files("fairground.crossborder").joinpath("customs.json").read_text("utf-8"))
    areas = {code: frozenset(area["countries"]) for code, area in found["areas"].items()}
    return CustomsSchedule(
        names={code: area["name"] for code, area in found["areas"].items()},
        areas=areas,
        rules={
            market: DutyRule(
                rule["area"], areas[rule["area"]], rule["heading_minor"], rule["value_bps"], rule["value_max_minor"]
            )
            for market, rule in found["rules"].items()
        },
    )


def duty_rules() -> dict[str, DutyRule]:
    """Return what markets ask, by market; one that asks nothing is left out."""
    rows = DutyRuleRow.objects.values_list(
        "market_id", "area_id", "area__countries", "heading_minor", "value_bps", "value_max_minor"
    ).order_by("market_id")
    return {market: DutyRule(area, frozenset(countries), *sums) for market, area, countries, *sums in rows}


def customs_areas() -> list[AreaSeen]:
    """Return all areas, by code."""
    rows = CustomsArea.objects.order_by("code").values_list("code", "name", "countries")
    return [AreaSeen(code, name, tuple(sorted(countries))) for code, name, countries in rows]
