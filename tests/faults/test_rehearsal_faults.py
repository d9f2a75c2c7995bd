"""kill -9 of everything while a crowd buys and pays: what was promised is kept, and nothing happens twice."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from fairground.config.realm import Realm
from fairground.config.realms import make_realm
from fairground.rehearsal.crowd import LOST_RETRY_S
from tests.faults.programs import Installation, Program, backends, free_port, lives, postmaster, until

REALM = "faults"
ORDERS = 2000
SECONDS = 5.0
SEED = 11
# What the crowd does by itself: order a little before it counts, and leave one purchase in a hundred unpaid.
WARM_UP_ORDERS = 40
PAYMENTS = ORDERS * 99 // 100
WARM_UP_PAYMENTS = WARM_UP_ORDERS * 99 // 100
# Shoppers arrive over most of SECONDS; the last victim is killed before the last of them comes.
PAUSE_S = (0.1, 0.7)

# What the crowd says when it begins to buy, and when it begins to pay.
PHASES = ("open:", "paying")


@pytest.fixture
def shop(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """A realm with goods, whose database runs."""
    monkeypatch.setenv("FAIRGROUND_HOME", str(installation.cluster.home.path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    installation.cluster.start()
    make_realm(server=installation.cluster, realm=Realm(REALM), catalogue=None)
    yield installation
    installation.cluster.stop()


@contextmanager
def open_shop(shop: Installation, port: int) -> Iterator[Program]:
    with shop.program("up", "--port", str(port), "--json", realm=REALM) as up:
        up.wait_for('"ready"')
        yield up


def crowd_at(shop: Installation, port: int, folder: Path) -> AbstractContextManager[Program]:
    asked = (str(port), str(ORDERS), str(SECONDS), str(SEED), str(folder))
    return shop.program(*asked, realm=REALM, module="tests.faults.crowd")


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same moments and victims in each run


def kill(choose: Callable[[], list[psutil.Process]], chance: random.Random) -> None:
    """kill -9 of one of these, once there is one."""
    victim = chance.choice(until(choose))
    victim.kill()
    until(lambda: not lives(victim))


def promised(journal: Path) -> tuple[set[str], set[str]]:
    """Return the purchases that shoppers were told are placed, and those that they were told are paid."""
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    return {line["purchase"] for line in lines if "purchase" in line}, {
        line["paid"] for line in lines if "paid" in line
    }


def settle(shop: Installation) -> None:
    """Wait until what follows the sale has caught up with it."""
    behind = """
        SELECT count(*) FROM kernel_outbox AS e LEFT JOIN kernel_outboxcursor AS c USING (writer_id)
        WHERE e.seq > coalesce(c.seq, 0)
    """
    with psycopg.connect(shop.cluster.dsn(Realm(REALM).database()), autocommit=True) as connection:
        until(lambda: connection.execute(behind).fetchone() == (0,))


def assert_all_is_well(shop: Installation, folder: Path) -> None:
    """Every request had its answer, every promise is kept, nothing else is in the books, and the books are right."""
    report = json.loads((folder / "report.json").read_text())
    placed, paid = promised(folder / "acknowledged.jsonl")
    books = shop.purchases(REALM)

    # Who lost an answer asks again after a second: without such a shopper nobody was killed at the wrong moment.
    assert report["latency_ms_max"] > LOST_RETRY_S * 1000
    assert report["unexpected"] == []
    assert [check for check in report["checks"] if not check["ok"]] == []
    assert (report["orders_placed"], report["payments"]) == (ORDERS, PAYMENTS)
    assert placed == set(books)
    assert len(books) == ORDERS + WARM_UP_ORDERS
    assert paid == {purchase_id for purchase_id, is_paid in books.items() if is_paid}
    assert len(paid) == PAYMENTS + WARM_UP_PAYMENTS
    evidence = ("--acknowledged", str(folder / "acknowledged.jsonl"), "--refusals", str(folder / "refused.jsonl"))
    settle(shop)
    verified = shop.run("verify", "--realm", REALM, "--settled", "--json", *evidence)
    assert (verified.returncode, json.loads(verified.stdout)["ok"]) == (0, True)


def logged_before(shop: Installation) -> dict[str, int]:
    """Return how long each log is by now: tests before this one shared the installation."""
    return {log.name: log.stat().st_size for log in shop.cluster.home.logs.glob("*.log")}


def assert_nothing_broke(shop: Installation, *, since: Mapping[str, int]) -> None:
    """What was killed was written down as such; a traceback would be a mistake of ours."""
    for log in shop.cluster.home.logs.glob("*.log"):
        said = log.read_bytes()[since.get(log.name, 0) :].decode()
        assert "Traceback" not in said, said[-4000:]


def test_kill_9_of_programs_and_database_while_the_crowd_buys_and_pays(shop: Installation, tmp_path: Path) -> None:
    chance, port, since = seeded(11), free_port(), logged_before(shop)
    with open_shop(shop, port) as up, crowd_at(shop, port, tmp_path) as crowd:
        victims: dict[str, Callable[[], list[psutil.Process]]] = {
            "background": lambda: up.children("background"),
            "backend": lambda: backends(shop, REALM),
            "database": lambda: [one for one in [postmaster(shop)] if one],
            "web": lambda: up.children("web"),
        }
        for phase in PHASES:
            crowd.wait_for(phase)
            for name in chance.sample(sorted(victims), len(victims)):
                time.sleep(chance.uniform(*PAUSE_S))
                kill(victims[name], chance)
        crowd.wait_for_end()
        notices = [event["message"] for event in up.events if event["event"] == "notice"]
        assert_all_is_well(shop, tmp_path)
        assert_nothing_broke(shop, since=since)

    assert sum("process ended with code 137" in notice for notice in notices) == 4
    assert notices.count("the database runs again") == 2


def test_kill_9_of_the_supervisor_while_the_crowd_buys_and_pays(shop: Installation, tmp_path: Path) -> None:
    chance, port, since = seeded(12), free_port(), logged_before(shop)
    database = postmaster(shop)
    with ExitStack() as stack:
        up = stack.enter_context(open_shop(shop, port))
        crowd = stack.enter_context(crowd_at(shop, port, tmp_path))
        for phase in PHASES:
            crowd.wait_for(phase)
            time.sleep(chance.uniform(*PAUSE_S))
            up.process.kill()
            up.process.wait()
            up = stack.enter_context(open_shop(shop, port))
        crowd.wait_for_end()
        assert_all_is_well(shop, tmp_path)
        assert_nothing_broke(shop, since=since)

        assert postmaster(shop) == database
