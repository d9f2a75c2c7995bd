"""The commands as an operator starts and ends them: what they say, what they leave, with what code they end."""

import csv
import gzip
import io
import json
import os
import socket
import time
import urllib.request
from pathlib import Path
from xml.etree import ElementTree as ET

import psycopg
import pytest

from fairground.config.cluster.embedded import Cluster
from fairground.config.home import Home
from fairground.config.realm import Realm
from fairground.search.actions import CHUNK_PRODUCTS_MAX
from tests.catalogue_making import jsonl_line, write_jsonl
from tests.faults.programs import Installation, Program, free_port, lives, postmaster, until

# Requests in hand get seconds, then the database writes its checkpoint.
DOWN_WITHIN_S = 15.0

# What the report of a rehearsal must name (the list).
FIGURES = {
    "orders_placed",
    "seconds",
    "orders_per_s",
    "orders_discounted",
    "discount_minor_by_currency",
    "units_asked",
    "lines_per_order",
    "latency_ms_p50",
    "latency_ms_p99",
    "cpu_ms_per_order",
    "limit_orders_per_s",
    "payments_per_s",
    "oversold_units",
    "lost_orders",
    "duplicate_orders",
    "ledger_difference_minor",
    "tally_difference_minor",
    "orphans",
    "rows_verified",
    "flush_us",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "hot_tables_persistence",
    "data_filesystem",
}


def status_of(address: str) -> int:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own site
        status: int = answer.status
    return status


def watch_the_stream(port: int) -> socket.socket:
    """Look at the live screen and do not let go, as an open browser does."""
    reader = socket.create_connection(("127.0.0.1", port), timeout=60)
    reader.sendall(b"GET /live/stream HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
    assert reader.recv(12) == b"HTTP/1.1 200"
    return reader


def take_down(installation: Installation, program: Program) -> None:
    """Press Ctrl-C and wait for the end of all; the database goes when nobody needs it any more."""
    database = postmaster(installation)
    assert database is not None
    of_database = database.children(recursive=True)
    until(lambda: len(program.children("web")) == os.cpu_count() and program.children("background"))
    children = [one for one in program.tree() if one not in of_database]
    program.interrupt()
    give_up = time.monotonic() + DOWN_WITHIN_S
    while lives(database):
        assert time.monotonic() < give_up, [one for one in children if lives(one)]
        time.sleep(0.02)
    assert [one for one in [*children, *of_database] if lives(one)] == []
    assert program.process.wait(DOWN_WITHIN_S) is not None


def test_up_serves_and_refuses_a_second_one_and_goes_down_whole_and_starts_again(installation: Installation) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with installation.program("up", "--port", str(port)) as up:
        up.wait_for(f"Fairground runs at {address}")
        pages = [status_of(address + path) for path in ("/", "/live", "/v1/line")]
        second = installation.run("up", "--port", str(free_port()))
        with watch_the_stream(port):
            take_down(installation, up)
    with installation.program("up", "--port", str(port)) as again:
        again.wait_for(f"Fairground runs at {address}")
        take_down(installation, again)

    assert pages == [200, 200, 200]
    assert second.returncode == 1
    whose = f"process {up.process.pid} at {address}"
    assert f"is already running on {installation.cluster.home.path}: {whose}." in second.stderr
    for program in (up, again):
        assert program.process.returncode == 0
        assert program.words.splitlines()[-1] == "Stopped; everything that was committed is kept."


def test_a_mistyped_realm_is_refused_and_none_is_made_of_it(tmp_path: Path) -> None:
    fresh = Installation(Cluster(Home(tmp_path / "home")))
    try:
        written, read, none, wrong = (
            fresh.run("shipping", "show", "olmo", "--realm", "dmeo"),
            fresh.run("verify", "--realm", "demo"),
            fresh.run("verify"),
            fresh.run("shipping", "show", "olmo", "--realm", "No Such"),
        )
        fresh.cluster.start()
        with psycopg.connect(fresh.cluster.maintenance_dsn()) as connection:
            databases = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate").fetchall()
        fresh.cluster.stop()
    finally:
        fresh.cluster.destroy()

    said = [one.stderr.splitlines()[-1] for one in (written, read, none, wrong)]
    assert said == [
        "Error: there is no realm dmeo: `FAIRGROUND_REALM=dmeo fairground up` makes it",
        "Error: there is no realm demo: `fairground demo` makes it",
        "Error: there is no realm real: `fairground up` makes it",
        "Error: a realm's name is lower-case letters, digits and _, at most 40: not 'No Such'",
    ]
    assert [one.returncode for one in (written, read, none, wrong)] == [1] * 4
    assert databases == [("postgres",)]


def test_a_setting_that_can_not_be_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRGROUND_FOUR_EYES", "yes")

    told = Installation(Cluster(Home(tmp_path / "home"))).run("verify", "--help")

    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "Error: FAIRGROUND_FOUR_EYES is on or off: not 'yes'\n"


def test_up_at_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    fresh = Installation(Cluster(Home(tmp_path / "home")))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        refused = fresh.run("up", "--port", str(port))

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: Fairground can't listen on 127.0.0.1:{port}: address already in use.")
    assert fresh.cluster.status().state == "absent"


def test_a_demo_that_shall_exit_ends_well_and_leaves_nothing_running(installation: Installation) -> None:
    port = free_port()

    ended = installation.run("demo", "--orders", "300", "--seconds", "1", "--exit", "--port", str(port))

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"The live screen: http://127.0.0.1:{port}/live" in ended.stdout
    assert "FAILS" not in ended.stdout
    assert postmaster(installation) is None


def test_ctrl_c_ends_a_demo_in_the_midst_of_its_crowd(installation: Installation) -> None:
    with installation.program("demo", "--orders", "2000", "--seconds", "60", "--port", str(free_port())) as demo:
        demo.wait_for("open: 2,000 orders")
        take_down(installation, demo)

    assert demo.process.returncode == 1
    assert "Traceback" not in demo.words


@pytest.fixture(scope="module")
def rehearsed(installation: Installation) -> dict[str, object]:
    """The report of a small rehearsal, whose realm is kept."""
    ended = installation.run("rehearse", "opening", "--orders", "500", "--seconds", "1", "--json", "--keep")
    assert ended.returncode == 0, ended.stderr
    report: dict[str, object] = json.loads(ended.stdout)
    return report


def test_a_rehearsal_prints_one_json_object_with_every_figure(rehearsed: dict[str, object]) -> None:
    assert set(rehearsed) >= FIGURES
    assert {name for name in FIGURES if rehearsed[name] is None} == set()
    assert rehearsed["orders_placed"] == 500
    assert (rehearsed["fsync"], rehearsed["synchronous_commit"], rehearsed["full_page_writes"]) == ("on", "on", "on")
    assert rehearsed["hot_tables_persistence"] == "permanent"


@pytest.mark.usefixtures("rehearsed")
def test_a_feed_of_all_goods_is_written_whole_and_an_empty_one_never(
    installation: Installation, tmp_path: Path
) -> None:
    feed = tmp_path / "feed.xml.gz"
    asked = ("--realm", "rehearsal", "--site", "https://shop.example", "--json", "--out", str(feed))

    done = installation.run("export", "google", "--market", "DE", *asked)
    whole = feed.read_bytes()
    empty = installation.run("export", "google", "--market", "DE", "--language", "de", *asked)
    nowhere = installation.run("export", "meta", "--market", "XX", *asked)
    piped = installation.run("export", "meta", "--market", "US", *asked[:-1], "-")

    summary = json.loads(done.stdout)
    assert (done.returncode, summary["market"], summary["language"], summary["passed_over"]) == (0, "EU", "en", {})
    assert summary["bytes"] == len(whole)
    items = ET.fromstring(gzip.decompress(whole)).iter("item")  # noqa: S314 - our own
    assert len(list(items)) == summary["skus"] > summary["products"] > 0
    assert (empty.returncode, feed.read_bytes()) == (1, whole)
    assert "nothing to export for the market EU in 'de'; passed over" in empty.stderr
    assert "there is no market XX" in nowhere.stderr
    rows = list(csv.DictReader(io.StringIO(piped.stdout, newline="")))
    assert (piped.returncode, len(rows)) == (0, json.loads(piped.stderr)["skus"])


def test_an_import_of_more_goods_than_are_indexed_at_once_leaves_none_unfound(
    installation: Installation, tmp_path: Path
) -> None:
    count = 2 * CHUNK_PRODUCTS_MAX + 10
    lines = [jsonl_line(id=str(number), title=f"Cable {number}") for number in range(count)]
    path = write_jsonl(tmp_path / "products.jsonl.xz", *lines)

    done = installation.run("import", str(path), "--realm", "imported", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["products_new"] == count
    installation.cluster.start()
    with psycopg.connect(installation.cluster.dsn(Realm("imported").database())) as connection:
        found = connection.execute("SELECT count(DISTINCT product_id) FROM search_document").fetchone()
    installation.cluster.stop()
    assert found == (count,)


@pytest.mark.usefixtures("rehearsed")
def test_verify_ends_with_1_after_somebody_took_an_order_out_of_the_books(installation: Installation) -> None:
    reports = installation.cluster.home.reports / "rehearsal"
    arguments = ("verify", "--realm", "rehearsal", "--acknowledged", str(reports / "acknowledged.jsonl"), "--json")
    before = installation.run(*arguments)
    installation.cluster.start()
    with psycopg.connect(installation.cluster.dsn(Realm("rehearsal").database())) as connection:
        connection.execute("DELETE FROM orders_purchase WHERE id = (SELECT min(id) FROM orders_purchase)")
    installation.cluster.stop()

    after = installation.run(*arguments)

    assert (before.returncode, json.loads(before.stdout)["lost_orders"]) == (0, 0)
    assert (after.returncode, json.loads(after.stdout)["lost_orders"]) == (1, 1)
    until(lambda: postmaster(installation) is None)


def test_somebody_is_looked_for_to_be_erased_while_nothing_runs(installation: Installation) -> None:
    ended = installation.run("erase", "nobody@example.org", "--yes")

    assert (ended.returncode, ended.stderr) == (1, "Error: nobody signs in with that e-mail\n")
    assert postmaster(installation) is None
