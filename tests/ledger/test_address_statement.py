"""An address with a slice in several lanes is read as one account."""

from datetime import timedelta

import pytest

from fairground.ledger.actions import post_transfers
from fairground.ledger.address_statement import NoSuchAddress, statement_of_address
from fairground.ledger.rules import AccountKind
from tests.ledger.days_making import DAY_MS, later
from tests.ledger.making import NOW_MS, make_account, make_transfer, one_turn

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("kind", "sign"), [(AccountKind.FREE, 1), (AccountKind.DEBIT_NORMAL, -1)])
def test_slices_are_merged_in_the_order_of_moments(kind: AccountKind, sign: int) -> None:
    for day, lane, amount_minor in ((0, 4, 500), (1, 9, 70), (2, 4, 30)):
        now_ms = NOW_MS + day * DAY_MS
        with one_turn(now_ms=now_ms) as turn:
            sliced = make_account(turn=turn, address="platform:subsidy:EUR", kind=kind, lane=lane)
            world = make_account(turn=turn, address="world", kind=AccountKind.FREE)
            debit, credit = (world, sliced) if sign == 1 else (sliced, world)
            transfer = make_transfer(debit=debit, credit=credit, amount_minor=amount_minor)
            post_transfers(turn=turn, now_ms=now_ms, transfers=[transfer])

    told, slices = statement_of_address(
        address="platform:subsidy:EUR", opens_at=later(0), closes_at=later(0) + timedelta(days=3)
    )

    assert (slices, told.opening_balance_minor, told.closing_balance_minor) == (2, 500, 600)
    assert [line.balance_minor for line in told.lines] == [570, 600]


def test_an_address_that_nobody_opened_is_refused() -> None:
    with pytest.raises(NoSuchAddress):
        statement_of_address(address="nowhere", opens_at=later(0), closes_at=later(1))
