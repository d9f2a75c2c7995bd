"""Signing in by what another site says, which the operator named; nobody else is asked."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from fairground.identity.models import User
from tests.oidc_provider import provider_of
from tests.people_making import make_user

ANA = {"sub": "7", "email": "ana@example.org", "email_verified": True, "name": "Ana"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def club(settings: Settings) -> Iterator[None]:
    """A provider named The Club, which says that it is Ana."""
    cache.clear()
    settings.MAIL_LEAVES = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with provider_of(ANA) as issuer:
        app = {
            "provider_id": "club",
            "name": "The Club",
            "client_id": "shop",
            "secret": "secret",
            "settings": {"server_url": issuer},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
        yield


def come_back(client: Client) -> Any:
    """Be led to the provider, and come back with its code."""
    led = client.post("/sign/oidc/club/login/")
    asked = parse_qs(urlsplit(led["Location"]).query)
    assert (asked["client_id"], asked["code_challenge_method"]) == (["shop"], ["S256"])
    return client.get("/sign/oidc/club/login/callback/", {"code": "code", "state": asked["state"][0]})


def test_nobody_is_asked_where_the_operator_named_nobody(client: Client) -> None:
    assert b"/sign/oidc/" not in client.get("/sign/login/").content
    assert client.post("/sign/oidc/club/login/").status_code == 404


def test_who_comes_back_is_signed_up_with_what_the_provider_has_proved(client: Client, club: None) -> None:
    assert b"The Club" in client.get("/sign/login/").content
    back = come_back(client)

    assert (back.status_code, back["Location"]) == (302, "/me/")
    user = User.objects.get()
    assert (user.email, user.name, user.email_verified_at is not None) == ("ana@example.org", "Ana", True)


def test_who_comes_back_again_is_the_same_user(client: Client, club: None) -> None:
    come_back(client)
    come_back(Client())

    assert User.objects.count() == 1


def test_an_address_that_is_signed_up_here_is_not_taken_over(client: Client, club: None) -> None:
    make_user(email="ana@example.org")
    come_back(client)

    assert client.get("/me/").status_code == 302
    assert User.objects.count() == 1


def test_an_answer_that_nobody_asked_for_signs_nobody_in(client: Client, club: None) -> None:
    client.get("/sign/oidc/club/login/callback/", {"code": "code", "state": "made-up"})

    assert client.get("/me/").status_code == 302
    assert not User.objects.exists()
