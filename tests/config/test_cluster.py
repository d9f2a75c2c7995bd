"""The embedded PostgreSQL: made, kept private, adopted, refused with reasons."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fairground.config.cluster import binaries, placement, startup_log, tuning
from fairground.config.cluster.account import database_account
from fairground.config.cluster.embedded import Cluster
from fairground.config.cluster.errors import (
    DataLostError,
    NoPermissionError,
    OtherMajorVersionError,
    ServerTooOldError,
    ServerUnreachableError,
    SocketDirectoryTakenError,
)
from fairground.config.cluster.external import ExternalServer
from fairground.config.cluster.server import configured_server
from fairground.config.home import Home

ROOT = Path(__file__).resolve().parents[2]
GIB = 1 << 30

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")


def setting(cluster: Cluster, name: str) -> str:
    with psycopg.connect(cluster.dsn("postgres")) as connection:
        row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    assert row is not None
    return str(row[0])


def test_a_cluster_goes_from_absent_to_running_to_stopped_and_keeps_its_data(cluster: Cluster) -> None:
    seen = [cluster.status().state]
    cluster.start()
    seen.append(cluster.status().state)
    cluster.ensure_database("shop")
    cluster.stop()
    seen.append(cluster.status().state)
    cluster.start()

    assert seen == ["absent", "running", "stopped"]
    assert cluster.ensure_database("shop") is False


def test_a_commit_is_on_disk_before_it_is_answered(running: Cluster) -> None:
    durable = {name: setting(running, name) for name in ("fsync", "synchronous_commit", "full_page_writes")}

    assert durable == {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    assert setting(running, "data_checksums") == "on"


def test_postgresql_accepts_every_line_of_its_settings(running: Cluster) -> None:
    with psycopg.connect(running.dsn("postgres")) as connection:
        wrong = connection.execute("SELECT name FROM pg_file_settings WHERE error IS NOT NULL").fetchall()
        wrong += connection.execute("SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL").fetchall()
        wrong += connection.execute("SELECT error FROM pg_ident_file_mappings WHERE error IS NOT NULL").fetchall()

    assert wrong == []


def test_nothing_listens_on_a_network_and_the_socket_is_private(running: Cluster) -> None:
    mode = stat.S_IMODE(running.socket_dir.stat().st_mode)

    assert setting(running, "listen_addresses") == ""
    assert mode == 0o700


def test_the_socket_path_is_short_however_deep_the_home_lies(tmp_path: Path) -> None:
    deep = Cluster(Home(tmp_path / ("a" * 200) / ("b" * 200)))

    assert len(os.fsencode(deep.socket_dir / ".s.PGSQL.5432")) == len("/tmp/fairground-0123456789ab/.s.PGSQL.5432")


def test_a_database_sorts_by_bytes_on_every_machine(running: Cluster) -> None:
    running.ensure_database("sorted")
    with psycopg.connect(running.dsn("sorted")) as connection:
        row = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
    running.drop_database("sorted")

    assert row == ("b", "C.UTF-8", "UTF8")


def test_a_started_cluster_is_adopted_by_the_next_start(running: Cluster) -> None:
    before = running.status().pid

    Cluster(running.home).start()

    assert running.status().pid == before
    assert running.adopt() is True


def test_a_database_is_made_once(running: Cluster) -> None:
    made = [running.ensure_database("once"), running.ensure_database("once")]
    running.drop_database("once")

    assert made == [True, False]


def test_a_database_is_dropped_under_an_open_connection(running: Cluster) -> None:
    running.ensure_database("doomed")
    connection = psycopg.connect(running.dsn("doomed"))

    running.drop_database("doomed")

    connection.close()
    assert running.ensure_database("doomed") is True
    running.drop_database("doomed")


def test_a_database_name_that_needs_quoting_is_refused(running: Cluster) -> None:
    with pytest.raises(ValueError, match="a database name is up to 63 of a-z, 0-9 and _"):
        running.ensure_database('shop"; DROP DATABASE postgres')


def test_django_reaches_the_same_database(running: Cluster) -> None:
    assert running.django_settings("shop") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "fairground",
        "HOST": str(running.socket_dir),
    }


def test_data_of_another_major_version_is_refused_and_left_alone(cluster: Cluster) -> None:
    cluster.home.prepare()
    cluster.home.data.mkdir()
    (cluster.home.data / "PG_VERSION").write_text("16\n")

    with pytest.raises(OtherMajorVersionError) as caught:
        cluster.start()

    assert (caught.value.found, caught.value.needed) == ("16", 18)
    assert [path.name for path in cluster.home.data.iterdir()] == ["PG_VERSION"]


def test_a_data_directory_closed_to_the_database_is_refused(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    if os.geteuid() == 0:
        os.chown(cluster.data_dir, 0, 0)
    cluster.data_dir.chmod(0o000)

    with pytest.raises(NoPermissionError) as caught:
        cluster.start()

    cluster.data_dir.chmod(0o700)
    assert caught.value.path == cluster.data_dir


def test_a_link_to_data_that_is_gone_is_not_taken_for_a_new_installation(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    home.data.symlink_to(tmp_path / "unmounted")

    with pytest.raises(DataLostError) as caught:
        Cluster(home).start()

    assert caught.value.target == tmp_path / "unmounted"


def test_a_symbolic_link_in_place_of_the_socket_directory_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    cluster.socket_dir.symlink_to(tmp_path)

    with pytest.raises(SocketDirectoryTakenError) as caught:
        cluster.start()

    cluster.socket_dir.unlink()
    assert caught.value.path == cluster.socket_dir
    assert cluster.status().state == "stopped"


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', "disk full"),
        ("FATAL:  database files are incompatible with server", "other version"),
        ("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use", "strays"),
        ('FATAL:  could not open file "global/pg_control": Permission denied', "no permission"),
        ("FATAL:  the stars are wrong", "other"),
    ],
)
def test_the_log_tells_why_a_start_failed(line: str, trouble: str) -> None:
    assert startup_log.trouble_in(log_text=f"LOG:  starting PostgreSQL\n{line}\n") == trouble


def test_a_small_machine_gets_small_buffers() -> None:
    small = tuning.Machine(memory_bytes=2 * GIB, free_disk_bytes=10 * GIB)

    text = tuning.render_settings(machine=small, socket_dir=Path("/tmp/s"))

    assert "\nshared_buffers = 256MB\n" in text
    assert "\nmax_wal_size = 2048MB\n" in text


@only_root
def test_the_data_stays_in_a_home_that_the_database_can_reach() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        cluster = Cluster(Home(Path(directory) / "home"))
        try:
            cluster.start()
            inside = (cluster.data_dir, cluster.home.data.is_symlink())
        finally:
            cluster.destroy()

    assert inside == (Path(directory) / "home" / "data", False)


@only_root
def test_the_data_moves_out_of_a_home_that_is_closed_to_the_database(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    cluster = Cluster(Home(tmp_path / "home"))
    try:
        cluster.start()
        data_dir = cluster.data_dir
    finally:
        cluster.destroy()

    assert data_dir.parents[1] == binaries.SYSTEM_STORE
    assert not data_dir.parent.exists()
    assert not cluster.home.data.is_symlink()


@only_root
def test_postgresql_runs_under_an_account_without_rights(running: Cluster) -> None:
    status = Path(f"/proc/{running.status().pid}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)

    assert fields["Uid"].split("\t")[0] == str(database_account(data_dir=running.data_dir).uid)
    assert fields["CapEff"] == "0000000000000000"


@only_root
def test_binaries_below_a_closed_directory_are_copied_to_where_the_database_reaches_them(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    installed = binaries.packaged_binaries().directory.parents[1]
    shutil.copytree(installed, tmp_path / installed.name)
    shutil.copytree(installed.with_name(f"{installed.name}.libs"), tmp_path / f"{installed.name}.libs")
    program = (
        "from pathlib import Path\n"
        "from fairground.config.cluster.account import database_account\n"
        "from fairground.config.cluster.binaries import binaries_for, packaged_binaries\n"
        "account = database_account(data_dir=Path('/nowhere'))\n"
        "print(packaged_binaries().directory)\n"
        "print(account.run([binaries_for(account=account).program('initdb'), '--version']).stdout.decode())\n"
    )

    copies_before = set(binaries.SYSTEM_STORE.glob("postgresql-*"))
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
    )

    for copy in set(binaries.SYSTEM_STORE.glob("postgresql-*")) - copies_before:
        shutil.rmtree(copy)
    lines = done.stdout.splitlines()
    assert done.stderr == ""
    assert lines[0] == str(tmp_path / installed.name / "pginstall18" / "bin")
    assert lines[1].startswith("initdb (PostgreSQL) 18.")


def test_the_secret_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    keys = {home.secret_key(), home.secret_key(), Home(tmp_path / "home").secret_key()}

    assert len(keys) == 1
    assert stat.S_IMODE((home.path / "secret_key").stat().st_mode) == 0o600


def test_a_directory_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)

    Home(tmp_path).prepare()

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_the_environment_chooses_the_home_and_the_server(tmp_path: Path) -> None:
    home = Home.default(environ={"FAIRGROUND_HOME": str(tmp_path)})

    assert home == Home(tmp_path)
    assert isinstance(configured_server(home=home, environ={}), Cluster)
    assert isinstance(configured_server(home=home, environ={"DATABASE_URL": "postgresql:///shop"}), ExternalServer)


def test_a_foreign_server_is_asked_like_our_own(running: Cluster) -> None:
    foreign = ExternalServer(running.dsn("postgres"))

    foreign.start()
    made = [foreign.ensure_database("theirs"), foreign.ensure_database("theirs")]
    foreign.drop_database("theirs")

    assert made == [True, False]


def test_a_foreign_address_becomes_djangos_settings_with_its_options() -> None:
    foreign = ExternalServer("postgresql://ann:s%40fe@db.example:6432/shop?sslmode=require")

    assert foreign.default_database == "shop"
    assert foreign.django_settings("shop_demo") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop_demo",
        "USER": "ann",
        "PASSWORD": "s@fe",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


def test_an_unreachable_database_url_is_told_without_its_password() -> None:
    with pytest.raises(ServerUnreachableError) as caught:
        ExternalServer("postgresql://ann:s3cret@127.0.0.1:1/shop").start()

    assert caught.value.address == "127.0.0.1:1"
    assert "s3cret" not in str(caught.value)


def test_a_database_url_that_is_none_is_told_without_its_text() -> None:
    with pytest.raises(ServerUnreachableError) as caught:
        ExternalServer("ann:s3cret@db")

    assert "s3cret" not in str(caught.value)


@pytest.fixture
def old_server(tmp_path: Path) -> Iterator[ExternalServer]:
    """A PostgreSQL 16, which the wheel ships beside 18."""
    account = database_account(data_dir=tmp_path / "nothing")
    programs = binaries.binaries_for(account=account).directory.parents[1] / "pginstall" / "bin"
    if not programs.exists():
        pytest.skip("the programs of 16 are not where the database's account reaches them")
    directory = placement.socket_dir_of(home=Home(tmp_path / "old"))
    data_dir = directory / "data"
    placement.prepare_socket_dir(socket_dir=directory, account=account)
    account.run([programs / "initdb", "-D", data_dir, "-U", "fairground", "--auth=trust", "--no-sync"])
    options = f"-c listen_addresses= -c unix_socket_directories={directory} -c fsync=off"
    account.run([programs / "pg_ctl", "start", "-D", data_dir, "-w", "-o", options, "-l", data_dir / "log"])
    try:
        yield ExternalServer(f"postgresql://fairground@/postgres?host={directory}")
    finally:
        account.run([programs / "pg_ctl", "stop", "-D", data_dir, "-m", "immediate"])
        shutil.rmtree(directory)


def test_a_database_url_of_an_older_server_is_refused(old_server: ExternalServer) -> None:
    with pytest.raises(ServerTooOldError) as caught:
        old_server.start()

    assert (caught.value.found.split(".")[0], caught.value.needed) == ("16", 18)
