"""Coupons over HTTP, at two web processes as they are run: one a shopper, and clear words for who gets none."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from pytest_django import DjangoDbBlocker

from fairground.promotions.models import Allowance, Coupon
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.terms import DiscountStep
from tests.books import hot_rows
from tests.conftest import share_lanes
from tests.factories import make_market, make_shopper
from tests.journeys.shop_at_door import ask_door, refusal_of
from tests.journeys.web_processes import web_processes
from tests.journeys.wire_http import Reply
from tests.promotion_making import make_promotion
from tests.sweeping import empty_tables

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# Whole, a request takes the door's own way through HTTP; in pieces, uvicorn's parser and ASGI.
WAYS = [pytest.param(1, id="whole"), pytest.param(3, id="in pieces")]


@dataclass(frozen=True, slots=True)
class Centre:
    """Coupons by how they stand, and the ports of the processes."""

    ports: list[int]
    opened: int
    few: int
    early: int
    over: int
    collects_from: datetime

    def collect(
        self,
        promotion_id: int | str,
        *,
        shopper_id: int | None = None,
        verified: bool = True,
        body: bytes = b'{"market":"EU"}',
        pieces: int = 1,
        at: int = 0,
        key: str | None = None,
        **changed: str | None,
    ) -> Reply:
        """Ask for a coupon, as a new shopper unless one is named."""
        return ask_door(
            self.ports[at],
            f"/v1/coupons/{promotion_id}",
            shopper_id=shopper_id,
            verified=verified,
            body=body,
            pieces=pieces,
            key=key,
            changed={"content-type": "application/json", **changed},
        )


def coupon(*, collects_from: datetime, closes_at: datetime, coupons_max: int | None = None) -> int:
    """Make a coupon that opens when it can be collected."""
    return make_promotion(
        step=DiscountStep.PLATFORM_COUPON,
        needs_coupon=True,
        collects_from=collects_from,
        opens_at=collects_from,
        closes_at=closes_at,
        terms={"EU": MarketTerms(threshold_minor=5_000, off_minor=1_000, coupons_max=coupons_max)},
    )


@pytest.fixture(scope="module")
def centre(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Centre]:
    """Two web processes that really commit, in a database that is emptied at the end of the module."""
    with django_db_blocker.unblock():
        share_lanes(0, 64)
        with web_processes(2) as ports:
            now = datetime.now(UTC).replace(microsecond=0)
            make_market()
            yield Centre(
                ports=ports,
                opened=coupon(collects_from=now - HOUR, closes_at=now + HOUR),
                few=coupon(collects_from=now - HOUR, closes_at=now + HOUR, coupons_max=3),
                early=coupon(collects_from=now + HOUR, closes_at=now + 2 * HOUR),
                over=coupon(collects_from=now - 2 * HOUR, closes_at=now - HOUR),
                collects_from=now + HOUR,
            )
        empty_tables()
        share_lanes(0, 64)


@pytest.mark.parametrize("pieces", WAYS)
def test_a_coupon_is_collected_and_asking_again_changes_nothing(pieces: int, centre: Centre) -> None:
    shopper_id = make_shopper(lane=17)

    first = centre.collect(centre.opened, shopper_id=shopper_id, pieces=pieces)
    before = hot_rows()
    again = centre.collect(centre.opened, shopper_id=shopper_id, pieces=pieces, at=1)

    assert (first.status, again.status) == (201, 200)
    assert (first.headers.get("idempotency-replayed"), again.headers.get("idempotency-replayed")) == (None, "true")
    assert first.json == again.json == {"promotion": str(centre.opened)}
    assert first.headers["cache-control"] == "no-store"
    held = Coupon.objects.get(shopper_id=shopper_id)
    assert (held.promotion_id, held.market, held.lane, held.held, held.used) == (centre.opened, "EU", 17, 1, 0)
    assert hot_rows() == before


@pytest.mark.parametrize("pieces", WAYS)
def test_who_gets_none_is_told_why_and_nothing_is_written(pieces: int, centre: Centre) -> None:
    before, coupons = hot_rows(), Coupon.objects.count()

    early, over, unknown = (centre.collect(one, pieces=pieces) for one in (centre.early, centre.over, 987_654))
    elsewhere = centre.collect(centre.opened, body=b'{"market":"US"}', pieces=pieces)
    guest = centre.collect(centre.opened, verified=False, pieces=pieces)

    collects_from = centre.collects_from.isoformat(timespec="milliseconds")
    assert refusal_of(early) == (
        409,
        "coupon-not-open",
        {"promotion_id": str(centre.early), "opens_at": collects_from},
    )
    assert refusal_of(over) == (409, "coupon-over", {"promotion_id": str(centre.over)})
    assert refusal_of(unknown) == (404, "unknown-coupon", {"promotion_id": "987654"})
    assert refusal_of(elsewhere) == (404, "unknown-coupon", {"promotion_id": str(centre.opened)})
    assert refusal_of(guest) == (403, "coupon-needs-verified", {"promotion_id": str(centre.opened)})
    assert (hot_rows(), Coupon.objects.count()) == (before, coupons)


@pytest.mark.parametrize("pieces", WAYS)
def test_what_is_no_wish_for_a_coupon_is_refused_as_other_requests_are(pieces: int, centre: Centre) -> None:
    before, coupons = hot_rows(), Coupon.objects.count()

    bodies = [
        b"",
        b"{",
        b"{}",
        b'{"market":""}',
        b'{"market":"EU","promotion":"7"}',
        *[msgspec.json.encode({"market": market}) for market in ("EU,US", "\0", "{EU}", "EU\n", '"EU"', "EUROLANDS")],
    ]
    replies = [centre.collect(centre.opened, body=body, pieces=pieces) for body in bodies]
    others = [
        centre.collect(centre.opened, content_type="text/plain", pieces=pieces),
        centre.collect(centre.opened, key="4711", pieces=pieces),
        centre.collect(centre.opened, authorization=None, pieces=pieces),
        centre.collect("0x7", pieces=pieces),
        centre.collect(f"{centre.opened}/more", pieces=pieces),
        centre.collect("9" * 30, pieces=pieces),
    ]

    assert [refusal_of(reply)[:2] for reply in replies] == [(400, "bad-body")] * len(bodies)
    assert [refusal_of(reply)[:2] for reply in others] == [
        (415, "wrong-content-type"),
        (400, "bad-key"),
        (401, "pass-missing"),
        (404, "not-found"),
        (404, "not-found"),
        (404, "not-found"),
    ]
    assert (hot_rows(), Coupon.objects.count()) == (before, coupons)


def test_the_last_coupons_go_to_as_many_as_there_are_from_two_processes_at_once(centre: Centre) -> None:
    shoppers = [make_shopper(lane=lane) for lane in range(12)]
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: centre.collect(centre.few, shopper_id=shoppers[n], at=n % 2), range(12)))

    assert sorted(reply.status for reply in replies) == [201] * 3 + [409] * 9
    assert {refusal_of(reply)[1] for reply in replies if reply.status == 409} == {"coupons-gone"}
    assert sum(Allowance.objects.filter(promotion_id=centre.few).values_list("taken", flat=True)) == 3


def test_one_shopper_at_two_processes_at_once_has_one_coupon(centre: Centre) -> None:
    shopper_id = make_shopper(lane=9)
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: centre.collect(centre.opened, shopper_id=shopper_id, at=n % 2), range(24)))

    assert sorted(reply.status for reply in replies) == [200] * 23 + [201]
    assert len({reply.body for reply in replies}) == 1
    assert Coupon.objects.filter(shopper_id=shopper_id).count() == 1
