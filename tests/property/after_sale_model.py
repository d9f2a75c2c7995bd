"""What a purchase with cases comes to, by plain arithmetic."""

from dataclasses import dataclass, field

from hypothesis.stateful import RuleBasedStateMachine

from fairground.aftersales.rules import OPEN_STATES, CaseReason, CaseState
from fairground.markets.models import Market
from fairground.orders.rules import Step
from tests.books import rolled_back
from tests.cases import LATER, make_variant
from tests.conftest import share_lanes
from tests.factories import SkuMade, make_duty, make_market
from tests.refunding import make_scene


@dataclass
class Modelled:
    """An order as plain arithmetic has it: units kept, on the shelf again, exchanged, and where it stands."""

    order_id: int
    units: int
    step: Step = Step.PAID
    kept: int = field(init=False)
    shelved: int = 0
    exchanged: int = 0
    swaps_sold: int = 0

    def __post_init__(self) -> None:
        self.kept = self.units


@dataclass
class CaseModelled:
    """A case as plain arithmetic has it."""

    case_id: int
    order: Modelled
    state: CaseState
    asked: int
    reason: CaseReason
    exchanges: bool
    agreed: int | None = None
    due: int = 0
    parcels: int = 0

    @property
    def held(self) -> int:
        """Return the units that nothing else may give back."""
        return (self.asked if self.agreed is None else self.agreed) if self.state in OPEN_STATES else 0

    @property
    def reserved(self) -> int:
        """Return the units that wait to be given for those that come back."""
        if self.state is CaseState.REPLACING:
            return self.due
        waits = self.state in OPEN_STATES and self.state not in {CaseState.REPLACED, CaseState.LOST}
        return (self.agreed or 0) if self.exchanges and waits else 0


class AfterSaleScene(RuleBasedStateMachine):
    """A purchase of two orders, what their goods are exchanged for, and the cases about them so far."""

    def __init__(self) -> None:
        super().__init__()
        self.example = rolled_back()
        self.example.__enter__()
        share_lanes(0, 64)
        make_market()
        make_duty(value_max_minor=30_000)
        Market.objects.update(withdrawal_days=14)
        self.scene = make_scene(sent=True, abroad=True)
        self.orders = [Modelled(self.scene.chairs, 3), Modelled(self.scene.lamps, 2)]
        # Too few to exchange all of them.
        self.swaps = [make_variant(self.scene.chair, units=2), make_variant(self.scene.lamp, units=1)]
        self.cases: list[CaseModelled] = []
        self.now = LATER

    def teardown(self) -> None:
        self.example.__exit__(None, None, None)

    def held(self, order: Modelled) -> int:
        """Return what the open cases of an order hold."""
        return sum(one.held for one in self.cases if one.order is order)

    def swap(self, order: Modelled) -> SkuMade:
        """Return what an order's goods are exchanged for."""
        return self.swaps[self.orders.index(order)]

    def case(self, number: int) -> CaseModelled | None:
        """Return one of the cases, those that are open first; None where there is none."""
        some = [one for one in self.cases if one.state in OPEN_STATES] or self.cases
        return some[number % len(some)] if some else None
