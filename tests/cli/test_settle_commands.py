"""`fairground settle`, `payouts` and `fees` as an operator calls them, and what they do to the realm that is up."""

from itertools import count

import click
import pytest
from click.testing import CliRunner

from fairground.catalog.models import Category
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.cli.fees import fees, set_fee_of
from fairground.cli.giftcard import giftcard
from fairground.cli.payments import payments
from fairground.cli.payouts import payouts, take_payout_on
from fairground.cli.percent import PERCENT
from fairground.cli.settle import settle, settle_all
from fairground.cli.settlement_terms import settle_otherwise
from fairground.kernel.clock import to_unix_ms
from fairground.merchants.models import Merchant
from fairground.orders.rules import Step
from fairground.settlement.models import Entry, FeeRate, Payout, Terms
from fairground.settlement.queries import fees_seen, payouts_seen
from fairground.settlement.rules.payouts import EntryKind, PayoutState
from tests.factories import make_market, make_merchant
from tests.refunding import Scene, make_scene
from tests.settlement.making import SETTLED_MS


@pytest.fixture
def scene(lone_writer: object) -> Scene:
    make_market()
    scene = make_scene()
    for step in (Step.SHIPPED, Step.DELIVERED, Step.COMPLETED):
        advance_orders(order_ids=[scene.chairs, scene.lamps], then=step, now_ms=SETTLED_MS - 1_000)
    return scene


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([settle, "--help"], "fairground settle --json"),
        ([payouts, "approve", "--help"], "fairground payouts approve 912200743413354496"),
        ([payouts, "fail", "--help"], '--reason "the account is closed"'),
        ([payouts, "fail", "--help"], "The merchant reads it."),
        ([payouts, "terms", "--help"], "--reserve 10 --reserve-days 30"),
        ([payouts, "terms", "--help"], "The merchant reads why."),
        ([payouts, "list", "--help"], "one JSON object a line"),
        ([payouts, "--help"], "fairground payouts approve 912200743413354496"),
        ([fees, "--help"], "fairground fees set home.chairs 8.5"),
        ([payments, "--help"], "fairground payments reconcile stripe"),
        ([giftcard, "--help"], "fairground giftcard issue"),
        ([payouts, "statement", "--help"], "--csv statement.csv --pdf statement.pdf"),
        ([fees, "set", "--help"], "fairground fees set home.chairs 8.5"),
    ],
)
def test_the_help_shows_how_it_is_called(command: list[object], words: str) -> None:
    result = CliRunner().invoke(command[0], command[1:])  # type: ignore[arg-type]

    assert result.exit_code == 0
    assert words in " ".join(result.output.split())


def test_shares_are_percent_wherever_they_are_told() -> None:
    assert PERCENT.convert("8.25", None, None) == 825
    for wrong in ("100.01", "-1", "0.001", "none", "x", "nan"):
        assert CliRunner().invoke(payouts, ["terms", "olmo", "--reserve", wrong]).exit_code == 2


def test_everything_is_settled_and_again_nothing(scene: Scene) -> None:
    told = settle_all(clock_ms=lambda: SETTLED_MS, quiet=True)
    again = settle_all(clock_ms=lambda: SETTLED_MS, quiet=True)

    assert told == {"released": 2, "held": 0, "deposits": 0, "reserves": 0, "payouts": 2, "waiting_for_rates": 0}
    assert again == {"released": 0, "held": 0, "deposits": 0, "reserves": 0, "payouts": 0, "waiting_for_rates": 0}


def test_what_waits_for_an_exchange_rate_is_counted_apart(scene: Scene) -> None:
    Merchant.objects.filter(id=scene.chair.merchant.id).update(currency="XXX")
    Terms.objects.create(merchant_id=scene.chair.merchant.id, own_currency=True)

    told = settle_all(clock_ms=lambda: SETTLED_MS, quiet=True)

    assert (told["payouts"], told["waiting_for_rates"]) == (1, 1)


def test_each_batch_is_booked_at_the_moment_at_which_it_begins(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairground.cli.settle.ORDERS_A_BATCH_MAX", 1)
    moments = count(SETTLED_MS, 60_000)

    assert settle_all(clock_ms=lambda: next(moments), quiet=True)["released"] == 2

    kinds = Entry.objects.filter(kind=EntryKind.RELEASE).order_by("at")
    assert [to_unix_ms(at) for at in kinds.values_list("at", flat=True)] == [SETTLED_MS, SETTLED_MS + 60_000]


def test_a_payout_goes_from_step_to_step_and_a_wrong_one_is_told_in_words(scene: Scene) -> None:
    settle_all(clock_ms=lambda: SETTLED_MS, quiet=True)
    (second, first) = payouts_seen(state=PayoutState.PROPOSED, rows_max=9)

    take_payout_on(payout_id=first.id, then=PayoutState.APPROVED)
    take_payout_on(payout_id=first.id, then=PayoutState.SENT, reference="SEPA-1")
    with pytest.raises(click.ClickException, match="it is sent, and can't be approved from there"):
        take_payout_on(payout_id=first.id, then=PayoutState.APPROVED)
    with pytest.raises(click.ClickException, match="there is no payout 1"):
        take_payout_on(payout_id=1, then=PayoutState.APPROVED)
    with pytest.raises(click.ClickException, match="what failed says why"):
        take_payout_on(payout_id=second.id, then=PayoutState.FAILED)
    take_payout_on(payout_id=second.id, then=PayoutState.FAILED, reason="closed")

    shown = {one.id: (one.state, one.reference, one.failed_because) for one in payouts_seen(state=None, rows_max=9)}
    assert shown == {first.id: (PayoutState.SENT, "SEPA-1", ""), second.id: (PayoutState.FAILED, "", "closed")}
    assert Payout.objects.count() == 2


def test_a_merchant_is_held_and_let_go(scene: Scene) -> None:
    slug = Merchant.objects.get(id=scene.chair.merchant.id).slug

    assert settle_otherwise(merchant=slug, asked={"hold": "no identity"}).held
    assert settle_all(clock_ms=lambda: SETTLED_MS, quiet=True) == {
        "released": 1,
        "held": 1,
        "deposits": 0,
        "reserves": 0,
        "payouts": 1,
        "waiting_for_rates": 0,
    }
    assert settle_otherwise(merchant=slug, asked={"let_go": True, "schedule": "daily"}).held_because == ""
    assert settle_all(clock_ms=lambda: SETTLED_MS, quiet=True)["released"] == 1

    with pytest.raises(click.ClickException, match="reserve_days can't be so"):
        settle_otherwise(merchant=slug, asked={"reserve_bps": 10})
    with pytest.raises(click.ClickException, match="there is no merchant nobody"):
        settle_otherwise(merchant="nobody", asked={})
    assert Terms.objects.get().reserve_bps == 0


def test_commissions_are_set_shown_and_refused_in_words(lone_writer: object) -> None:
    slug = Merchant.objects.get(id=make_merchant().id).slug
    Category.objects.create(code="home", names={"en": "Home"})

    assert set_fee_of(category="home", commission_bps=850, merchant=slug)
    assert [(one.category, one.merchant, one.commission_bps) for one in fees_seen()] == [("home", slug, 850)]
    for category, merchant, words in (("sofas", None, "no category sofas"), ("home", "nobody", "no merchant nobody")):
        with pytest.raises(click.ClickException, match=words):
            set_fee_of(category=category, commission_bps=1, merchant=merchant)
    assert FeeRate.objects.count() == 1


@pytest.mark.parametrize("wrong", ["8.555", "-1", "101", "nan", "inf", "a lot"])
def test_a_percentage_that_is_none_is_told_before_anything_begins(wrong: str) -> None:
    assert CliRunner().invoke(fees, ["set", "home", "--", wrong]).exit_code == 2
