"""kill -9 of everything that can be killed, and the next start."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from fairground.config.children import ChildSpec
from fairground.config.cluster.account import database_account
from fairground.config.cluster.embedded import Cluster
from fairground.config.home import Home
from fairground.config.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[2]

# Long enough for a slow machine to recover a database; nothing here waits for it in vain.
PATIENCE_S = 180.0

CHILD = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
STUBBORN_CHILD = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {CHILD}"

BUSY = b"DO $$ DECLARE n bigint := 0; BEGIN LOOP n := n + 1; END LOOP; END $$"

# `fairground up` with a child of the test's: home, child's program, where the child writes its process id.
PARENT = """
import sys
from pathlib import Path
from fairground.config.children import ChildSpec
from fairground.config.cluster.embedded import Cluster
from fairground.config.home import Home
from fairground.config.supervisor import Supervisor
home = Home(Path(sys.argv[1]))
child = ChildSpec(name="child", argv=(sys.executable, "-c", sys.argv[2], sys.argv[3]))
parent = Supervisor(home=home, server=Cluster(home), database="shop", children=[child])
parent.run(when_ready=lambda: print("ready", flush=True))
print("stopped", flush=True)
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    fresh = Cluster(Home(tmp_path / "home"))
    yield fresh
    fresh.destroy()


@pytest.fixture
def parents() -> Iterator[list[subprocess.Popen[str]]]:
    """The supervisors of a test, killed at its end."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for parent in started:
        with parent:
            parent.kill()


def start_parent(
    *, cluster: Cluster, pids: Path, parents: list[subprocess.Popen[str]], program: str = CHILD
) -> subprocess.Popen[str]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(cluster.home.path), program, str(pids)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    parents.append(parent)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    until(lambda: written(pids))
    return parent


def until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "it did not come about"
        time.sleep(0.05)


def written(pids: Path) -> list[int]:
    return [int(line) for line in pids.read_text().split()] if pids.exists() else []


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def is_computing(pid: int) -> bool:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) > 10


def postmaster(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    return pid


def answers(cluster: Cluster, *, other_than: int) -> bool:
    if cluster.status().pid in (None, other_than):
        return False
    try:
        psycopg.connect(cluster.dsn("postgres")).close()
    except psycopg.OperationalError:
        return False
    return True


def commit_a_row(cluster: Cluster) -> None:
    cluster.ensure_database("shop")
    with psycopg.connect(cluster.dsn("shop")) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (7)")


def rows(cluster: Cluster) -> list[tuple[int]]:
    with psycopg.connect(cluster.dsn("shop")) as connection:
        return connection.execute("SELECT number FROM kept").fetchall()


def test_a_killed_postgresql_starts_again_with_every_commit(cluster: Cluster) -> None:
    cluster.start()
    commit_a_row(cluster)

    os.kill(postmaster(cluster), signal.SIGKILL)
    cluster.start()

    assert rows(cluster) == [(7,)]


def test_a_backend_that_outlives_its_postgresql_does_not_hinder_the_start(cluster: Cluster) -> None:
    cluster.start()
    commit_a_row(cluster)
    busy = psycopg.connect(cluster.dsn("shop"))
    stray = busy.info.backend_pid
    # Sums that never look up: the backend does not notice that its postmaster is gone.
    busy.pgconn.send_query(BUSY)
    busy.pgconn.flush()
    until(lambda: is_computing(stray))
    os.kill(postmaster(cluster), signal.SIGKILL)
    outlived = lives(stray)
    cluster.start()
    busy.close()

    assert outlived
    assert not lives(stray)
    assert rows(cluster) == [(7,)]


def test_a_process_id_that_went_to_another_program_does_not_hinder_the_start(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    account = database_account(data_dir=cluster.data_dir)
    user = {"user": account.uid, "group": account.gid, "extra_groups": ()} if account.is_dropped_to else {}
    other = subprocess.Popen(["sleep", "600"], cwd="/", **user)  # type: ignore[call-overload]
    account.write(cluster.data_dir / "postmaster.pid", f"{other.pid}\n{cluster.data_dir}\n1\n5432\n\n\n\n\n")

    with other:
        cluster.start()
        other.kill()

    assert cluster.status().pid != other.pid


def test_half_made_data_is_thrown_away_and_made_again(cluster: Cluster) -> None:
    cluster.home.prepare()
    unfinished = cluster.home.path / "data.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")

    cluster.start()

    assert cluster.ensure_database("shop") is True
    shutil.rmtree(unfinished, ignore_errors=True)


def test_the_supervisor_starts_a_killed_database_again(cluster: Cluster) -> None:
    told: list[str] = []
    with Supervisor(home=cluster.home, server=cluster, database="shop", children=(), report=told.append):
        before = postmaster(cluster)
        os.kill(before, signal.SIGKILL)
        until(lambda: answers(cluster, other_than=before))
        until(lambda: len(told) == 2)

    assert told == ["the database has ended; starting it again", "the database runs again"]


def test_the_supervisor_starts_a_killed_child_again(cluster: Cluster, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    child = ChildSpec(name="child", argv=(sys.executable, "-c", CHILD, str(pids)))
    told: list[str] = []
    with Supervisor(home=cluster.home, server=cluster, database="shop", children=[child], report=told.append):
        until(lambda: written(pids))
        os.kill(written(pids)[0], signal.SIGKILL)
        until(lambda: len(written(pids)) == 2)
        second_lives = lives(written(pids)[1])

    assert second_lives
    assert told == [f"the child process ended with code 137; again in 0.25 s ({cluster.home.logs}/child.log)"]


def test_a_killed_tether_takes_its_program_along_and_both_start_again(cluster: Cluster, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    child = ChildSpec(name="child", argv=(sys.executable, "-c", CHILD, str(pids)))
    with Supervisor(home=cluster.home, server=cluster, database="shop", children=[child], report=lambda _message: None):
        until(lambda: written(pids))
        first = written(pids)[0]
        tether = int(Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(tether, signal.SIGKILL)
        until(lambda: len(written(pids)) == 2)
        until(lambda: not lives(first))


def test_a_killed_supervisor_takes_its_children_along_and_leaves_the_database_to_the_next(
    cluster: Cluster, tmp_path: Path, parents: list[subprocess.Popen[str]]
) -> None:
    pids = tmp_path / "pids"
    first = start_parent(cluster=cluster, pids=pids, parents=parents)
    before = postmaster(cluster)

    first.kill()
    first.wait()
    until(lambda: not lives(written(pids)[0]))
    left_running = cluster.status().pid
    start_parent(cluster=cluster, pids=tmp_path / "more", parents=parents)

    assert left_running == before
    assert cluster.status().pid == before


def test_a_killed_supervisors_port_is_waited_for_while_its_child_ends(
    cluster: Cluster, tmp_path: Path, parents: list[subprocess.Popen[str]]
) -> None:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(trial.getsockname()[1])
    listener = f"import socket; s = socket.create_server(('127.0.0.1', {port})); {STUBBORN_CHILD}"
    pids = tmp_path / "pids"
    first = start_parent(cluster=cluster, pids=pids, parents=parents, program=listener)

    first.kill()
    first.wait()
    with Supervisor(
        home=cluster.home,
        server=cluster,
        database="shop",
        children=(),
        port=port,
        report=lambda _message: None,
    ):
        left = lives(written(pids)[0])

    assert not left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_takes_everything_down_in_order(
    cluster: Cluster, tmp_path: Path, parents: list[subprocess.Popen[str]], number: signal.Signals
) -> None:
    pids = tmp_path / "pids"
    parent = start_parent(cluster=cluster, pids=pids, parents=parents)

    parent.send_signal(number)
    said, _ = parent.communicate(timeout=PATIENCE_S)

    assert (said, parent.returncode) == ("stopped\n", 0)
    assert not lives(written(pids)[0])
    assert cluster.status().state == "stopped"


def test_a_second_signal_does_not_wait_for_a_stubborn_child(
    cluster: Cluster, tmp_path: Path, parents: list[subprocess.Popen[str]]
) -> None:
    pids = tmp_path / "pids"
    parent = start_parent(cluster=cluster, pids=pids, parents=parents, program=STUBBORN_CHILD)

    parent.send_signal(signal.SIGINT)
    time.sleep(0.5)
    parent.send_signal(signal.SIGINT)
    said, _ = parent.communicate(timeout=PATIENCE_S)

    assert (said, parent.returncode) == ("stopped\n", 0)
    assert not lives(written(pids)[0])
    assert cluster.status().state == "stopped"
