"""Signing in with a passkey, under the shop's content security policy, with an authenticator that Chromium plays."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.access import violations
from tests.browser.conftest import Shop
from tests.browser.somebody import make_somebody
from tests.people_making import PASSWORD

EMAIL = "ana@example.org"


@pytest.fixture
def site(shop: Shop) -> str:
    """The shop under a name, as browsers give no passkey to a number; Ana is signed up."""
    make_somebody(shop, email=EMAIL, name="Ana")
    return shop.address.replace("127.0.0.1", "localhost")


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser complains of, as what the policy kept out; there is nothing at the end."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield said
    assert said == []


def test_a_passkey_that_was_added_signs_in(page: Page, site: str, complaints: list[str]) -> None:
    give_authenticator(page)
    page.goto(f"{site}/sign/login/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(f"{site}/me/")

    page.goto(f"{site}/sign/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Sign in with it instead of the password").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery Codes")

    page.goto(f"{site}/me/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Sign in")).to_be_visible()
    page.goto(f"{site}/sign/login/?next=/search")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{site}/search")
    expect(page.get_by_role("navigation", name="Main").get_by_text("Ana")).to_be_visible()


def test_the_code_to_scan_stands_in_the_page(page: Page, site: str, complaints: list[str]) -> None:
    page.goto(f"{site}/sign/login/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{site}/sign/2fa/totp/activate/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()

    drawn = page.locator(".qr svg path")
    box = drawn.bounding_box()
    assert box
    assert box["width"] > 100


def test_axe_finds_nothing_by_day_and_by_night_and_nothing_stands_out_on_a_phone(page: Page, site: str) -> None:
    outside = [f"{site}/sign/{path}" for path in ("login/", "signup/", "password/reset/")]
    inside = [f"{site}/me/", f"{site}/me/data", f"{site}/me/data/erase"]
    inside += [
        f"{site}/sign/{path}" for path in ("email/", "password/change/", "2fa/", "2fa/webauthn/add/", "sessions/")
    ]
    page.set_viewport_size({"width": 390, "height": 844})
    found = [fault for address in outside for fault in faults(page, address)]
    page.goto(f"{site}/sign/login/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    found += faults(page, f"{site}/sign/reauthenticate/")
    page.goto(f"{site}/sign/reauthenticate/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    found += [fault for address in inside for fault in faults(page, address)]

    assert found == []


def faults(page: Page, address: str) -> list[str]:
    """Return what is wrong with a page, by day and by night."""
    said = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(address)
        said += [f"{address} {scheme} {rule} {markup}" for rule, markup in violations(page)]
    if page.evaluate("document.documentElement.scrollWidth") > 390:
        said.append(f"{address} is wider than the phone")
    return said


def give_authenticator(page: Page) -> None:
    """Let the browser have a key that knows its owner and is always touched."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable", {})
    browser.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
