"""The supervisor with small children: order, readiness, what is refused, what is left behind."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from fairground.config.children import Backoff, ChildSpec
from fairground.config.cluster.embedded import Cluster
from fairground.config.cluster.errors import AlreadyRunningError, ChildFailedError, PortTakenError
from fairground.config.home import Home
from fairground.config.parent_lock import Parent, live_parent
from fairground.config.supervisor import Supervisor, running_server

# A web process as small as one gets, with a worker of its own, whose process ids it writes down.
WEB = """
import http.server, os, subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[2], "a").write(f"{os.getpid()} {worker.pid}\\n")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


NAMES = ("FAIRGROUND_HOME", "FAIRGROUND_REALM", "EXTRA")


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def web_child(*, port: int, pids: Path) -> ChildSpec:
    argv = (sys.executable, "-c", WEB, str(port), str(pids))
    return ChildSpec(name="web", argv=argv, listens=("127.0.0.1", port))


def pids_in(path: Path) -> list[tuple[int, int]]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(line.split()[0]), int(line.split()[1])) for line in lines]


def supervisor(cluster: Cluster, **options: object) -> Supervisor:
    arguments = {"home": cluster.home, "server": cluster, "database": "shop", "children": (), **options}
    return Supervisor(**arguments, report=lambda _message: None)  # type: ignore[arg-type]


@contextmanager
def occupied_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_everything_runs_inside_the_context_and_nothing_after_it(cluster: Cluster, tmp_path: Path) -> None:
    port, pids = free_port(), tmp_path / "pids"

    with supervisor(cluster, children=[web_child(port=port, pids=pids)], port=port):
        socket.create_connection(("127.0.0.1", port)).close()
        with psycopg.connect(cluster.dsn("shop")) as connection:
            connection.execute("SELECT 1")
        [(web, worker)] = pids_in(pids)
        inside = (lives(web), lives(worker), cluster.is_running(), live_parent(home=cluster.home))

    address = f"http://127.0.0.1:{port}"
    assert inside == (True, True, True, Parent(pid=os.getpid(), address=address))
    assert (lives(web), lives(worker), cluster.is_running()) == (False, False, False)
    assert live_parent(home=cluster.home) is None


def test_a_step_runs_before_the_children_and_knows_home_and_realm(cluster: Cluster, tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = f"import os; open({str(told)!r}, 'a').write(' '.join(os.environ[name] for name in {NAMES}))"
    step = ChildSpec(name="migrate", argv=(sys.executable, "-c", program), env={"EXTRA": "!"})

    with supervisor(cluster, prepare=[step], env={"FAIRGROUND_REALM": "demo"}):
        text = told.read_text()

    assert text == f"{cluster.home.path} demo !"


def test_a_failing_step_is_told_with_its_last_words_and_leaves_nothing_running(cluster: Cluster) -> None:
    step = ChildSpec(name="migrate", argv=(sys.executable, "-c", "raise SystemExit('no such column')"))

    with pytest.raises(ChildFailedError) as caught, supervisor(cluster, prepare=[step]):
        pass

    assert (caught.value.name, caught.value.last_lines) == ("migrate", "no such column")
    assert not cluster.is_running()
    assert live_parent(home=cluster.home) is None


def test_a_taken_port_is_refused_before_anything_starts(cluster: Cluster) -> None:
    with occupied_port() as port, pytest.raises(PortTakenError) as caught:
        supervisor(cluster, port=port).start()

    assert caught.value.port == port
    assert cluster.status().state == "absent"


def test_a_second_parent_is_refused_with_the_first_ones_process_and_address(cluster: Cluster) -> None:
    port = free_port()
    with supervisor(cluster, port=port):
        with pytest.raises(AlreadyRunningError) as caught:
            supervisor(cluster, port=free_port()).start()
        still_runs = cluster.is_running()

    assert (caught.value.pid, caught.value.address) == (os.getpid(), f"http://127.0.0.1:{port}")
    assert still_runs


def test_a_guest_beside_a_live_parent_leaves_the_database_to_it(cluster: Cluster) -> None:
    with supervisor(cluster):
        with supervisor(cluster, database="rehearsal", may_join=True):
            psycopg.connect(cluster.dsn("rehearsal")).close()
        still_runs = cluster.is_running()

    assert still_runs
    assert not cluster.is_running()


def test_a_lock_file_without_a_live_parent_is_no_hindrance(cluster: Cluster) -> None:
    cluster.home.prepare()
    (cluster.home.run / "up.lock").write_text('{"pid": 1, "address": "http://127.0.0.1:8000"}')

    with supervisor(cluster):
        runs = cluster.is_running()

    assert runs


def test_a_single_command_starts_the_database_for_itself_only(cluster: Cluster) -> None:
    with running_server(home=cluster.home, server=cluster):
        inside = cluster.is_running()

    assert (inside, cluster.is_running()) == (True, False)


def test_a_single_command_beside_a_parent_leaves_the_database_running(cluster: Cluster) -> None:
    with supervisor(cluster):
        with running_server(home=cluster.home, server=cluster):
            pass
        still_runs = cluster.is_running()

    assert still_runs


def test_waits_between_quick_deaths_double_and_begin_anew_after_a_steady_life() -> None:
    backoff = Backoff()

    waits = [backoff.after_failure(lived_s=lived_s) for lived_s in (1, 1, 1, 1, 1, 1, 1, 1, 31)]

    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 0.25]


def test_a_home_is_not_made_by_looking_whether_it_has_a_parent(tmp_path: Path) -> None:
    assert live_parent(home=Home(tmp_path / "none")) is None
    assert not (tmp_path / "none").exists()
