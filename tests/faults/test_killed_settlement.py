"""kill -9 of `fairground settle` while it releases and while it proposes payouts: what it did is done, and no more."""

import json
from collections.abc import Iterator

import psycopg
import pytest

from fairground.config.realm import Realm
from fairground.config.realms import make_realm
from tests.faults.programs import Installation, until

REALM = "settled"
ORDERS = 12


@pytest.fixture
def shop(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """A realm with completed orders, whose database runs."""
    monkeypatch.setenv("FAIRGROUND_HOME", str(installation.cluster.home.path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    installation.cluster.start()
    make_realm(server=installation.cluster, realm=Realm(REALM), catalogue=None)
    with installation.program("done", str(ORDERS), realm=REALM, module="tests.faults.tills") as tills:
        tills.wait_for_end()
    yield installation
    installation.cluster.stop()


def dsn(shop: Installation) -> str:
    return shop.cluster.dsn(Realm(REALM).database())


def settle_and_kill(shop: Installation, *, at_table: str) -> None:
    """Let the command come to where it writes into a table, in its transaction, and kill it there."""
    waiting = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
    with psycopg.connect(dsn(shop)) as holder, psycopg.connect(dsn(shop), autocommit=True) as watcher:
        holder.execute(f"LOCK TABLE {at_table} IN SHARE MODE".encode())
        with shop.program("settle", "--json", realm=REALM) as settle:
            until(lambda: watcher.execute(waiting, [at_table]).fetchone() == (True,) or settle.process.poll())
            assert settle.process.poll() is None, settle.words
            settle.process.kill()
            settle.process.wait()


def settle(shop: Installation) -> dict[str, int]:
    done = shop.run("settle", "--realm", REALM, "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, int] = json.loads(done.stdout)
    return told


def count(shop: Installation, table: str) -> int:
    with psycopg.connect(dsn(shop)) as connection:
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or (0,)
    return int(rows)


def test_kill_9_of_settle_at_releases_and_at_payouts_settles_all_once(shop: Installation) -> None:
    settle_and_kill(shop, at_table="settlement_release")
    assert count(shop, "settlement_release") == 0

    settle_and_kill(shop, at_table="settlement_payout")
    assert (count(shop, "settlement_release"), count(shop, "settlement_payout")) == (ORDERS, 0)

    merchants = count(shop, "(SELECT DISTINCT merchant_id FROM settlement_release) AS m")
    told = settle(shop)
    assert (told["released"], told["payouts"]) == (0, merchants)
    verified = shop.run("verify", "--realm", REALM, "--json")
    assert (verified.returncode, json.loads(verified.stdout)["ok"]) == (0, True), verified.stdout
