"""The form of an address in a browser: its fields follow the country, and what was typed stays."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.styleguide_site import STYLEGUIDE, serve_styleguide

pytestmark = pytest.mark.usefixtures("private_demo")


def test_another_country_brings_its_fields_and_keeps_what_was_typed(page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    serve_styleguide(page)
    page.goto(STYLEGUIDE)
    form = page.locator(".address")
    expect(form.get_by_role("button", name="Change country")).to_be_hidden()
    form.get_by_label("Street and house number").fill("2 Loop")
    form.get_by_label("Phone number").fill("")

    form.get_by_label("Country or region").select_option("JP")

    expect(form.locator(".address-fields label")).to_have_text(
        [
            "Name on the parcel",
            "Company (optional)",
            "Street and house number",
            "Flat, floor or building (optional)",
            "Prefecture",
            "Postal code",
            "Phone number (optional)",
        ]
    )
    expect(form.get_by_label("Street and house number")).to_have_value("2 Loop")
    expect(form.get_by_label("Prefecture")).to_have_value("")
    form.get_by_label("Prefecture").select_option(label="Kyoto")
    form.get_by_label("Country or region").select_option("US")
    expect(form.get_by_label("State")).to_have_value("")
    expect(form.get_by_label("City")).to_have_value("Cupertino")
    expect(form.get_by_label("Phone number")).to_have_value("")
    assert said == []


def test_where_the_fields_do_not_come_the_button_is_there(page: Page) -> None:
    serve_styleguide(page)
    page.goto(STYLEGUIDE)
    page.route("**/address/fields*", lambda route: route.abort())
    form = page.locator(".address")

    form.get_by_label("Country or region").select_option("AE")

    expect(form.get_by_role("button", name="Change country")).to_be_visible()
    expect(form.get_by_label("City")).to_have_value("Cupertino")
