"""A shop that runs as people run it, in a database of its own, and a browser that looks at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fairground.config.cluster.server import configured_server

ROOT = Path(__file__).parents[2]
PHONE, DESK = (390, 844), (1440, 900)
# Long enough for a slow machine to start Python and open the door; nothing waits for it in vain.
PATIENCE_S = 60.0
expect.set_options(timeout=PATIENCE_S * 1_000)
# Two days, and enough that the day does not change while a test looks.
AHEAD_S = 2 * 86_400 + 3_600


@dataclass(frozen=True, slots=True)
class Shop:
    """A running shop: its address, and its database for what a test changes behind its back."""

    address: str
    database: psycopg.Connection[tuple[object, ...]]
    environment: dict[str, str]

    def run(self, module: str) -> str:
        """Run a module on the shop's database, and return what it prints."""
        return _run(self.environment, module)

    def open_in(self, seconds: float) -> None:
        """Let the festival, its phases and its deals open so many seconds from now; for a day."""
        self.database.execute(
            "UPDATE festivals_phase AS p SET starts_at = p.starts_at + f.shift, ends_at = p.ends_at + f.shift"
            " FROM (SELECT slug, now() + make_interval(secs => %(s)s) - opens_at AS shift FROM festivals_festival) AS f"
            " WHERE p.festival_id = f.slug",
            {"s": seconds},
        )
        for table in ("festivals_festival", "festivals_deal"):
            self.database.execute(
                f"UPDATE {table} SET opens_at = now() + make_interval(secs => %(s)s),"
                " closes_at = now() + make_interval(secs => %(s)s + 86400)",
                {"s": seconds},
            )
        self.database.execute("UPDATE kernel_writer SET offers_version = offers_version + 1")

    def first(self, statement: str) -> str:
        """Return the first value that a statement finds, as text."""
        row = self.database.execute(statement.encode()).fetchone()
        assert row, statement
        return str(row[0])


@pytest.fixture(scope="session")
def running_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The web process on a database made for the browser; both are gone afterwards."""
    server = configured_server(home=settings.HOME)
    server.start()
    name = f"test_{server.default_database}_browser"
    server.drop_database(name)
    server.ensure_database(name)
    environment = {
        **{key: value for key, value in os.environ.items() if key != "FAIRGROUND_REALM"},
        "DATABASE_URL": server.dsn(name),
        "DJANGO_SETTINGS_MODULE": "fairground.config.settings",
    }
    try:
        _run(environment, "fairground", "migrate")
        _run(environment, "tests.browser.fair")
        log = tmp_path_factory.mktemp("web") / "log"
        with _serving(environment, log) as address, psycopg.connect(server.dsn(name), autocommit=True) as database:
            yield Shop(address, database, environment)
    finally:
        server.drop_database(name)


@pytest.fixture
def shop(running_shop: Shop) -> Shop:
    """The shop two days before its festival opens."""
    running_shop.open_in(AHEAD_S)
    return running_shop


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: what `make test` found or installed, else the system's."""
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("there is no Chromium: run `make test`, which installs it, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        # Letters as wide as they are in a window; else the headless shell rounds each to whole pixels.
        arguments.append("--font-render-hinting=none")
        launched = playwright.chromium.launch(executable_path=found, args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page as on a desk."""
    context = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]}, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture
def locale() -> str:
    """What the browser of `still_page` and `look` asks for; a file may have its own."""
    return "en-GB"


@pytest.fixture
def still_page(browser: Browser, locale: str) -> Iterator[Page]:
    """A page on which nothing moves for show."""
    context = browser.new_context(reduced_motion="reduce", locale=locale)
    yield context.new_page()
    context.close()


@pytest.fixture(params=["light", "dark", "arabic"])
def look(browser: Browser, locale: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone's page by day, by night, and in Arabic."""
    context = browser.new_context(
        color_scheme="dark" if request.param == "dark" else "light",
        reduced_motion="reduce",
        locale="ar" if request.param == "arabic" else locale,
        viewport={"width": PHONE[0], "height": PHONE[1]},
    )
    yield context.new_page()
    context.close()


def _run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def _serving(environment: dict[str, str], log: Path) -> Iterator[str]:
    """Run the web process, and give its address once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "fairground", "web", "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, cwd=ROOT, env=environment, stderr=output) as process:
        try:
            give_up_at = time.monotonic() + PATIENCE_S
            while not _answers(port):
                assert process.poll() is None and time.monotonic() < give_up_at, log.read_text()  # noqa: PT018
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_S)


def _answers(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0
