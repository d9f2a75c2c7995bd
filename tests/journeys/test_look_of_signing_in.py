"""Every page of signing in stands in the storefront's frame, in our look, in every language."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from tests.factories import make_market
from tests.people_making import PASSWORD, make_user, sign_in

OUTSIDE = ("login/", "signup/", "signup/passkey/", "password/reset/", "inactive/")
INSIDE = (
    "email/",
    "password/change/",
    "2fa/",
    "2fa/totp/activate/",
    "2fa/webauthn/",
    "2fa/webauthn/add/",
    "sessions/",
    "3rdparty/",
    "reauthenticate/",
    "logout/",
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client: Client) -> Client:
    """Who has just signed in, and has said again who she is."""
    cache.clear()
    make_market()
    make_user(email="ana@example.org")
    sign_in(client, email="ana@example.org")
    client.post("/sign/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_page_has_the_frame_and_nothing_inline(ana: Client, language: str) -> None:
    direction = "rtl" if language in settings.LANGUAGES_BIDI else "ltr"
    pages = [(Client(), path) for path in OUTSIDE] + [(ana, path) for path in INSIDE]
    for client, path in pages:
        page = client.get(f"/sign/{path}?lang={language}", follow=True)
        words = page.content.decode()

        assert page.status_code == 200, path
        assert f'dir="{direction}"' in words, path
        assert 'class="page-head"' in words, path
        assert "people/people.css" in words, path
        assert ' style="' not in words, path
        assert "javascript:" not in words, path


def test_the_pages_are_nobodys_but_the_readers(client: Client) -> None:
    page = client.get("/sign/login/")

    assert "X-Same-Until-Ms" not in page.headers
    assert "no-store" in page.headers["Cache-Control"]
    assert page.cookies == {}


def test_what_could_not_be_done_does_not_look_as_if_it_was(ana: Client) -> None:
    refused = ana.post("/sign/email/", {"action_remove": "", "email": "ana@example.org"}, follow=True).content.decode()

    told = refused[refused.index("data-told") :]
    assert told.index('data-state="bad"') < told.index("You cannot remove your primary email address")
    assert 'class="notice" data-state="good"' not in refused
