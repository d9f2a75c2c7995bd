"""Red packets over HTTP, at two web processes as they are run: one packet a shopper, and clear words for the others."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from pytest_django import DjangoDbBlocker

from fairground.redpackets.models import Packet, PacketSlice
from tests.books import hot_rows
from tests.conftest import share_lanes
from tests.factories import make_market, make_shopper
from tests.journeys.shop_at_door import ask_door, refusal_of
from tests.journeys.web_processes import web_processes
from tests.journeys.wire_http import Reply
from tests.redpackets.giving import HOUR, amounts_of, make_campaign, make_round
from tests.sweeping import empty_tables

pytestmark = pytest.mark.django_db

# Whole, a request takes the door's own way through HTTP; in pieces, uvicorn's parser and ASGI.
WAYS = [pytest.param(1, id="whole"), pytest.param(3, id="in pieces")]


@dataclass(frozen=True, slots=True)
class Rain:
    """Rounds of a campaign, by how they stand, and the ports of the processes."""

    ports: list[int]
    opened: int
    few: int
    early: int
    over: int
    opens_at: datetime
    closed_at: datetime

    def grab(
        self,
        round_id: int | str,
        *,
        shopper_id: int | None = None,
        verified: bool = True,
        body: bytes = b"",
        pieces: int = 1,
        at: int = 0,
        key: str | None = None,
        **changed: str | None,
    ) -> Reply:
        """Ask for a packet, as a new shopper unless one is named."""
        return ask_door(
            self.ports[at],
            f"/v1/rounds/{round_id}/packet",
            shopper_id=shopper_id,
            verified=verified,
            body=body,
            pieces=pieces,
            key=key,
            changed=changed,
        )


@pytest.fixture(scope="module")
def rain(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Rain]:
    """Two web processes that really commit, in a database that is emptied at the end of the module."""
    with django_db_blocker.unblock():
        share_lanes(0, 64)
        with web_processes(2) as ports:
            now = datetime.now(UTC).replace(microsecond=0)
            make_market()
            campaign_id = make_campaign(opens_at=now - 3 * HOUR, closes_at=now + 3 * HOUR)
            before, after = now - HOUR, now + HOUR

            def opened(packets: int, opens_at: datetime, closes_at: datetime) -> int:
                return make_round(campaign_id=campaign_id, packets=packets, opens_at=opens_at, closes_at=closes_at)

            yield Rain(
                ports=ports,
                opened=opened(500, before, after),
                few=opened(3, before, after),
                early=opened(3, after, after + HOUR),
                over=opened(3, before - HOUR, before),
                opens_at=after,
                closed_at=before,
            )
        empty_tables()
        share_lanes(0, 64)


@pytest.mark.parametrize("body", [b"", b"{}"], ids=["no body", "an empty object"])
@pytest.mark.parametrize("pieces", WAYS)
def test_a_packet_is_grabbed_and_asking_again_brings_the_same_one(pieces: int, body: bytes, rain: Rain) -> None:
    shopper_id = make_shopper(lane=17)
    content_type = "application/json" if body else None

    first, again = (
        rain.grab(rain.opened, shopper_id=shopper_id, body=body, pieces=pieces, at=at, content_type=content_type)
        for at in (0, 1)
    )

    packet = Packet.objects.get(shopper_id=shopper_id)
    assert (first.status, again.status) == (201, 200)
    assert (first.headers.get("idempotency-replayed"), again.headers.get("idempotency-replayed")) == (None, "true")
    assert (
        first.json
        == again.json
        == {
            "packet": str(packet.id),
            "round": str(rain.opened),
            "currency": "EUR",
            "amount_minor": amounts_of(rain.opened)[packet.no],
            "valid_until": packet.valid_until.isoformat(timespec="milliseconds"),
        }
    )
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("pieces", WAYS)
def test_who_gets_none_is_told_why_and_nothing_is_written(pieces: int, rain: Rain) -> None:
    before = hot_rows()

    early, over, unknown = (rain.grab(one, pieces=pieces) for one in (rain.early, rain.over, 987_654))
    guest = rain.grab(rain.opened, verified=False, pieces=pieces)

    opens_at, closed_at = (one.isoformat(timespec="milliseconds") for one in (rain.opens_at, rain.closed_at))
    assert refusal_of(early) == (409, "round-not-open", {"round_id": str(rain.early), "opens_at": opens_at})
    assert refusal_of(over) == (409, "round-over", {"round_id": str(rain.over), "closed_at": closed_at})
    assert refusal_of(unknown) == (404, "round-unknown", {"round_id": "987654"})
    assert refusal_of(guest) == (403, "packet-needs-verified-shopper", {"round_id": str(rain.opened)})
    assert hot_rows() == before


@pytest.mark.parametrize("pieces", WAYS)
def test_what_is_no_grab_is_refused_as_other_requests_are(pieces: int, rain: Rain) -> None:
    json = "application/json"
    before = hot_rows()

    replies = [
        rain.grab(rain.opened, body=b'{"amount_minor": 500}', content_type=json, pieces=pieces),
        rain.grab(rain.opened, body=b"{", content_type=json, pieces=pieces),
        rain.grab(rain.opened, body=b"{}", content_type="text/plain", pieces=pieces),
        rain.grab(rain.opened, key="4711", pieces=pieces),
        rain.grab(rain.opened, authorization=None, pieces=pieces),
        rain.grab("0x7", pieces=pieces),
        rain.grab("9" * 30, pieces=pieces),
    ]

    codes = [refusal_of(reply)[:2] for reply in replies]
    assert codes == [
        (400, "bad-body"),
        (400, "bad-body"),
        (415, "wrong-content-type"),
        (400, "bad-key"),
        (401, "pass-missing"),
        (404, "not-found"),
        (404, "not-found"),
    ]
    assert hot_rows() == before


def test_the_last_packets_go_to_as_many_as_there_are_from_two_processes_at_once(rain: Rain) -> None:
    shoppers = [make_shopper(lane=lane) for lane in range(12)]
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: rain.grab(rain.few, shopper_id=shoppers[n], at=n % 2), range(12)))

    assert sorted(reply.status for reply in replies) == [201] * 3 + [409] * 9
    assert {refusal_of(reply)[1] for reply in replies if reply.status == 409} == {"packets-gone"}
    assert PacketSlice.objects.get(round_id=rain.few).taken_minor == 1_000


def test_one_shopper_at_two_processes_at_once_has_one_packet(rain: Rain) -> None:
    shopper_id = make_shopper(lane=9)
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: rain.grab(rain.opened, shopper_id=shopper_id, at=n % 2), range(24)))

    assert sorted(reply.status for reply in replies) == [200] * 23 + [201]
    assert len({reply.body for reply in replies}) == 1
    assert Packet.objects.filter(shopper_id=shopper_id).count() == 1
