"""What the operator names in the environment: a mail server, and who else signs people in."""

import json

import pytest

from fairground.config.mail import MailServer, mail_server
from fairground.config.sign_in_providers import origins_of, sign_in_providers

PROVIDER = {
    "id": "club",
    "name": "The Club",
    "issuer": "https://sign.club.example/realms/all/",
    "client_id": "shop",
    "client_secret": "secret",
}


def test_a_mail_server_is_an_address() -> None:
    assert mail_server("") is None
    assert mail_server("smtp://shop:p%40ss@mail.example?from=shop@shop.example") == MailServer(
        "mail.example", 587, "shop", "p@ss", "shop@shop.example", starts_tls=True, within_tls=False
    )
    assert mail_server("smtp://localhost:25?from=shop@shop.example&tls=no") == MailServer(
        "localhost", 25, "", "", "shop@shop.example", starts_tls=False, within_tls=False
    )
    assert mail_server("smtps://mail.example?from=shop@shop.example") == MailServer(
        "mail.example", 465, "", "", "shop@shop.example", starts_tls=False, within_tls=True
    )


@pytest.mark.parametrize(
    "address",
    [
        "mail.example",
        "http://mail.example?from=a@b",
        "smtp://mail.example",
        "smtp://?from=a@b",
        "smtp://m?from=a@b&x=1",
    ],
)
def test_what_is_no_mail_server_is_said_at_the_start(address: str) -> None:
    with pytest.raises(ValueError, match="FAIRGROUND_MAIL is"):
        mail_server(address)


def test_providers_are_a_list_and_their_origins_may_be_led_to() -> None:
    providers = sign_in_providers(json.dumps([PROVIDER]))

    assert sign_in_providers("") == []
    assert providers == [
        {
            "provider_id": "club",
            "name": "The Club",
            "client_id": "shop",
            "secret": "secret",
            "settings": {"server_url": "https://sign.club.example/realms/all"},
        }
    ]
    assert origins_of(providers) == ["https://sign.club.example"]


@pytest.mark.parametrize("text", ["{}", "[1]", '[{"id": "club"}]', json.dumps([{**PROVIDER, "issuer": "http://club"}])])
def test_what_is_no_list_of_providers_is_said_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"FAIRGROUND_OIDC is|by HTTPS"):
        sign_in_providers(text)
