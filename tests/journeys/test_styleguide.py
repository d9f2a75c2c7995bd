"""The styleguide: who sees it, and that it shows everything."""

import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from fairground.config.realm import Realm
from fairground.sites.private_demo import is_loopback
from fairground.sites.static_files import STATIC
from fairground.sites.styleguide import samples, tokens

TEMPLATES = STATIC.parent / "templates"

pytestmark = pytest.mark.usefixtures("private_demo")


def client(*, server: str = "127.0.0.1", host: str = "localhost:8000") -> Client:
    """Return a client that reached the address `server` and names `host`."""
    return Client(SERVER_NAME=server, HTTP_HOST=host)


def status(*, server: str = "127.0.0.1", host: str = "localhost:8000") -> int:
    """Return how the page is answered."""
    return client(server=server, host=host).get("/styleguide").status_code


def shown(query: str = "") -> str:
    """Return the page."""
    response = client().get(f"/styleguide{query}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("realm", ["real", "rehearsal", "demo2"])
def test_only_the_demo_shows_it(private_demo: Settings, realm: str) -> None:
    assert status() == 200

    private_demo.REALM = Realm(realm)

    assert status() == 404


def test_who_brings_a_database_does_not_show_it(private_demo: Settings) -> None:
    private_demo.DATABASE_IS_OURS = False

    assert status() == 404


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_what_a_proxy_passed_on_does_not_show_it(header: str) -> None:
    assert client().get("/styleguide", headers={header: "for=192.0.2.1"}).status_code == 404


def test_who_asks_from_another_machine_does_not_see_it() -> None:
    assert client().get("/styleguide", REMOTE_ADDR="192.0.2.1").status_code == 404


def test_a_site_with_a_public_name_does_not_show_it_under_any_name(private_demo: Settings) -> None:
    private_demo.ALLOWED_HOSTS = ["localhost", "fair.example"]

    assert status() == 404
    assert status(host="fair.example") == 404


@pytest.mark.parametrize("host", ["*", ".localhost"])
def test_a_site_that_answers_to_any_name_does_not_show_it(private_demo: Settings, host: str) -> None:
    private_demo.ALLOWED_HOSTS = [host, "localhost"]

    assert status() == 404


def test_who_comes_over_a_network_sees_nothing_whatever_host_they_name() -> None:
    assert status(server="192.0.2.7") == 404
    assert status(host="fair.example") == 400


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("0.0.0.0", False),  # noqa: S104 - a name, nothing binds to it
        ("192.0.2.7", False),
        ("localhost.fair.example", False),
        ("127.0.0.1.fair.example", False),
        ("", False),
    ],
)
def test_loopback_is_this_machine_and_nothing_that_looks_like_it(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_every_part_is_shown() -> None:
    response = client().get("/styleguide")

    parts = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.glob("*/parts/*.html")}

    assert len(parts) >= 25
    assert parts - {template.name for template in response.templates} == set()


def test_every_icon_and_every_pictogram_is_shown_in_a_grid_of_sixty() -> None:
    page = shown()

    for sprite in ("fairground/icons.svg", "storefront/pictograms.svg"):
        named = tokens.symbols(STATIC / sprite)
        assert len(named) == len(set(named)) >= 40
        assert [name for name in named if f"/static/{sprite}#{name}" not in page] == []
    assert len(samples.art_grid()) == 60


def test_every_token_is_shown() -> None:
    page, source = shown(), tokens.TOKENS.read_text("utf-8")

    assert [name for name in re.findall(r"--([\w-]+): light-dark\(#", source) if f"<b>{name}</b>" not in page] == []
    assert [name for name in re.findall(r"--(space-\d+):", source) if f"<dt>{name} " not in page] == []
    assert [name for name in re.findall(r"--(text-\d):", source) if f"<dt>{name} " not in page] == []


def test_contrast_is_that_of_the_web_accessibility_guidelines() -> None:
    assert round(tokens.contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(tokens.contrast("#777777", "#ffffff"), 2) == 4.48
    assert tokens.contrast("#123456", "#123456") == 1.0


def test_every_pair_of_colours_has_the_contrast_that_it_needs() -> None:
    assert [(one.ink.name, one.ground.name) for one in tokens.contrasts() if not one.is_enough] == []


def test_a_pair_with_too_little_contrast_by_night_alone_is_told() -> None:
    ink, ground = tokens.Colour("ink", "#000000", "#777777"), tokens.Colour("ground", "#ffffff", "#777777")

    found = tokens._contrast(ink, ground, 4.5)

    assert (found.day, found.night, found.is_enough) == ("21.00", "1.00", False)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", '<html lang="en" dir="ltr">'),
        ("?theme=dark", '<html lang="en" dir="ltr" data-theme="night">'),
        ("?theme=light&dir=rtl", '<html lang="en" dir="rtl" data-theme="day">'),
        ("?theme=%22%3E&dir=%22", '<html lang="en" dir="ltr">'),
    ],
)
def test_the_address_chooses_light_dark_and_the_direction(query: str, expected: str) -> None:
    assert expected in shown(query)


def test_parts_use_logical_properties_alone() -> None:
    physical = re.compile(
        r"^\s*(?:(?:margin|padding|border|inset)-(?:left|right|top|bottom)|left|right|top|bottom|width|height"
        r"|(?:min|max)-(?:width|height)|float)\s*:|text-align: (?:left|right)",
        re.MULTILINE,
    )
    assert physical.search("  margin-left: 1px;")
    assert not physical.search("  margin-inline-start: 1px;")

    found = {
        Path(path).relative_to(STATIC).as_posix(): physical.findall(path.read_text("utf-8"))
        for path in STATIC.rglob("*.css")
    }

    assert {path: lines for path, lines in found.items() if lines} == {}
