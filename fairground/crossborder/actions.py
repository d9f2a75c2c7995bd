"""Writes of customs areas and of what markets ask: edits under all writers' turn, in the audit log."""

from collections.abc import Collection
from dataclasses import dataclass

from fairground.crossborder.models import CustomsArea
from fairground.crossborder.models import DutyRule as DutyRuleRow
from fairground.crossborder.queries import duty_rules
from fairground.crossborder.rules import CustomsSchedule, DutyRule, area_told, is_area, is_rule
from fairground.kernel.edits import Act, By, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import LANES
from fairground.kernel.models import AuditEntry
from fairground.kernel.refusal import Refusal
from fairground.markets.models import Market

# By this the audit log remembers which markets were ever offered a rule.
_DUTY_SET = "duty-set"


@dataclass(frozen=True, slots=True)
class CustomsMade:
    """The codes of the areas, and of the markets whose rules, were made of what comes with the program."""

    areas: tuple[str, ...]
    markets: tuple[str, ...]


class NoSuchDutyMarket(Refusal):
    """There is no such market."""


class NoSuchCustomsArea(Refusal):
    """There is no such customs area."""


class AreaImpossible(Refusal):
    """An area has some countries, each by the two letters of ISO 3166-1, and a code of two to eight capital letters."""


class DutyOutOfRange(Refusal):
    """A rule asks nothing, or more than is possible."""


class DutySetSince(Refusal):
    """Somebody else set the market's rule, or the area, after who sets it looked."""


def ensure_customs(*, schedule: CustomsSchedule, by: By) -> CustomsMade:
    """Make the areas that are not there and the rules that no market was offered yet, and return which.

    A rule is offered to a market once: one that has a rule, or had one as the audit log says, keeps what somebody set
    or took away. Rules of markets that are not there wait until they are.

    :raises ShopBusy: nothing changed
    """
    with edit_turn(lanes=range(LANES), now=by.now) as turn:
        areas = sorted(schedule.areas.keys() - set(CustomsArea.objects.values_list("code", flat=True)))
        CustomsArea.objects.bulk_create(
            CustomsArea(code=code, name=schedule.names[code], countries=sorted(schedule.areas[code])) for code in areas
        )
        markets = set(Market.objects.filter(code__in=schedule.rules).values_list("code", flat=True))
        offered = AuditEntry.objects.filter(verb=_DUTY_SET, subject_kind="market", subject_id__in=markets)
        wanted = sorted(markets - duty_rules().keys() - set(offered.values_list("subject_id", flat=True)))
        for market in wanted:
            _write(market, schedule.rules[market])
        if areas or wanted:
            tell_offers_changed(turn)
            acts = [Act(_DUTY_SET, "market", market, {"duty": ("", schedule.rules[market].told)}) for market in wanted]
            write_audit(by=by, acts=acts)
    return CustomsMade(tuple(areas), tuple(wanted))


def set_customs_area(*, code: str, name: str, countries: Collection[str], by: By, seen: str | None = None) -> bool:
    """Write which countries are an area, and return whether anything changed; orders keep what was frozen.

    `seen` is what a form showed (`area_told`, or nothing), so that nobody writes over what somebody else set.

    :raises AreaImpossible: nothing changed
    :raises DutySetSince: nothing changed
    :raises ShopBusy: nothing changed
    """
    if not is_area(code=code, name=name, countries=countries):
        raise AreaImpossible(area=code)
    with edit_turn(lanes=range(LANES), now=by.now) as turn:
        row = CustomsArea.objects.filter(code=code).first()
        before = {"name": row.name, "countries": sorted(row.countries)} if row else {"name": "", "countries": []}
        if seen is not None and seen != (area_told(row.name, row.countries) if row else ""):
            raise DutySetSince(area=code)
        after = {"name": name, "countries": sorted(set(countries))}
        if before == after:
            return False
        CustomsArea.objects.update_or_create(code=code, defaults=after)
        tell_offers_changed(turn)
        facts = {field: (before[field], after[field]) for field in after if before[field] != after[field]}
        write_audit(by=by, acts=[Act("customs-area-set", "customsarea", code, facts)])
    return True


def set_duty(*, market: str, rule: DutyRule | None, by: By, seen: str | None = None) -> bool:
    """Write what a market asks of goods that come into its area, and return whether anything changed; None: nothing.

    The rule names its area; the countries are the area's. Orders that were placed keep what was frozen. `seen` is what
    a form showed (`DutyRule.told`, or nothing), so that nobody writes over what somebody else set.

    :raises DutyOutOfRange: nothing changed
    :raises DutySetSince: nothing changed
    :raises NoSuchCustomsArea: nothing changed
    :raises NoSuchDutyMarket: nothing changed
    :raises ShopBusy: nothing changed
    """
    if rule is not None and not is_rule(rule):
        raise DutyOutOfRange(market=market)
    with edit_turn(lanes=range(LANES), now=by.now) as turn:
        if not Market.objects.filter(code=market).exists():
            raise NoSuchDutyMarket(market=market)
        if rule is not None and not CustomsArea.objects.filter(code=rule.area).exists():
            raise NoSuchCustomsArea(area=rule.area)
        there = duty_rules().get(market)
        before, after = there.told if there else "", rule.told if rule else ""
        if seen is not None and seen != before:
            raise DutySetSince(market=market)
        if before == after:
            return False
        _write(market, rule)
        tell_offers_changed(turn)
        write_audit(by=by, acts=[Act(_DUTY_SET, "market", market, {"duty": (before, after)})])
    return True


def _write(market: str, rule: DutyRule | None) -> None:
    if rule is None:
        DutyRuleRow.objects.filter(market_id=market).delete()
        return
    DutyRuleRow.objects.update_or_create(
        market_id=market,
        defaults={
            "area_id": rule.area,
            "heading_minor": rule.heading_minor,
            "value_bps": rule.value_bps,
            "value_max_minor": rule.value_max_minor,
        },
    )
