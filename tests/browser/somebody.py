"""Somebody with a proved e-mail address, and how they sign in."""

from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page

from tests.browser.conftest import Shop
from tests.people_making import PASSWORD

EMAIL = "cem@example.org"


def make_somebody(shop: Shop, *, email: str = EMAIL, name: str = "Cem") -> None:
    """Let there be one user, and nobody who tried to sign in too often."""
    shop.database.execute("TRUNCATE identity_tries, identity_user CASCADE")
    user_id = shop.first(
        "INSERT INTO identity_user (email, password, name, email_verified_at, is_superuser)"
        f" VALUES ('{email}', '{make_password(PASSWORD)}', '{name}', now(), false) RETURNING id"
    )
    shop.database.execute(
        'INSERT INTO account_emailaddress (user_id, email, verified, "primary") VALUES (%s, %s, true, true)',
        [user_id, email],
    )


def sign_in(shop: Shop, page: Page, *, to: str) -> None:
    """Go to a page of the European market, and sign in on the way."""
    page.goto(f"{shop.address}/sign/login/?next=/{to}?market=EU")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"**/{to}*")
