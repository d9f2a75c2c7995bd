"""A realm of the benchmarks' own with the real programs running on it, and the crowd's tools for it."""

import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection

from bench.telling import say
from fairground.config.cluster.embedded import Cluster
from fairground.config.home import Home
from fairground.config.realms import make_realm
from fairground.config.supervisor import Supervisor, web_and_background
from fairground.intake.tokens import DoorKeys, Pass
from fairground.rehearsal.countries import country_weights
from fairground.rehearsal.goods import Goods, read_goods
from fairground.rehearsal.opening import Journal, Opening
from fairground.rehearsal.plan import Plan, Planner
from fairground.rehearsal.requests import Ask, RequestWriter
from fairground.rehearsal.staging import set_opening, set_stage

HOST = "127.0.0.1"
HOME = Home.default()


@dataclass(slots=True)
class Stage:
    """A running realm. What is asked of it is always in stock, so nothing but its speed decides."""

    port: int
    goods: Goods
    keys: DoorKeys
    units_needed: Counter[int] = field(default_factory=Counter)

    def planner(self, *, seed: int) -> Planner:
        """Return a planner of the same crowd as a rehearsal's."""
        countries = country_weights(list(self.goods.market_of_country))
        return Planner(goods=self.goods, countries=countries, seed=seed)

    def furnish(self, asks: Sequence[Ask], *, times: int = 1, wallets: bool = False) -> list[int]:
        """Bring the stock for all that is asked, `times` over, and return new shoppers by the asks' numbers.

        Without `wallets` nobody can pay, which spares most of the time.
        """
        for ask in asks:
            for line in ask.lines:
                self.units_needed[line.good.stock_id] += line.quantity * times
        # A plan's early asks get shoppers and no money.
        plan = Plan(asks=list(asks)) if wallets else Plan(asks=[], early=list(asks))
        plan.units_needed = dict(self.units_needed)
        return set_stage(plan=plan, goods=self.goods, now_ms=now_ms(), say=say)

    def writer(self, shopper_ids: list[int]) -> RequestWriter:
        """Return who writes requests of these shoppers."""
        return RequestWriter(host=HOST, port=self.port, goods=self.goods, shopper_ids=shopper_ids, sign=self._sign)

    @contextmanager
    def crowd(self, shopper_ids: list[int]) -> Iterator[Opening]:
        """Lend a rehearsal's crowd, which writes down every answer before it is counted."""
        journal = Journal(HOME.reports / "bench")
        try:
            yield Opening(
                host=HOST, port=self.port, writer=self.writer(shopper_ids), journal=journal, shopper_ids=shopper_ids
            )
        finally:
            journal.close()

    def open_festival(self, opens_at: datetime) -> None:
        """Let the festival open at a moment."""
        set_opening(opens_at=opens_at, now_ms=now_ms())

    def _sign(self, shopper_id: int, ttl_s: int) -> str:
        return self.keys.sign_pass(Pass(shopper_id, verified=True), expires_at_s=int(time.time()) + ttl_s)


@contextmanager
def running_stage() -> Iterator[Stage]:
    """Make the realm anew, run the shop's programs on it, and drop it afterwards. The cluster runs already."""
    cluster, database = Cluster(HOME), str(settings.DATABASES["default"]["NAME"])
    port = _free_port()
    connection.close()
    try:
        with Supervisor(
            home=HOME,
            server=cluster,
            database=database,
            children=web_and_background(host=HOST, port=port),
            port=port,
            may_join=True,
            make_database=lambda: make_realm(server=cluster, realm=settings.REALM, catalogue=None),
            report=say,
        ):
            keys = DoorKeys.of_realm(secret=settings.SECRET_KEY, realm=settings.REALM.name)
            yield Stage(port=port, goods=read_goods(), keys=keys)
    finally:
        connection.close()
        cluster.drop_database(database)


def now_ms() -> int:
    """Return the moment in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
    return port
