"""Signing up, in and out, as a browser does it: nobody is told who else is here."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from fairground.identity.models import User
from tests.people_making import PASSWORD, code_in, make_user, sign_in

SMTP = "django.core.mail.backends.smtp.EmailBackend"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _letters(settings: Settings) -> Iterator[None]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAIL_LEAVES = True
    yield
    cache.clear()


def test_who_signs_up_proves_the_address_with_the_code_of_the_letter_and_is_signed_in(client: Client) -> None:
    asked = client.post("/sign/signup/", {"email": "Ana@Example.org", "password1": PASSWORD})
    [letter] = mail.outbox

    assert (asked.status_code, asked["Location"]) == (302, "/sign/confirm-email/")
    assert (letter.to, letter.subject) == (["ana@example.org"], "Your code for Fairground")
    assert client.get("/me/").status_code == 302
    proved = client.post("/sign/confirm-email/", {"code": code_in(letter)})

    assert (proved.status_code, proved["Location"]) == (302, "/me/")
    user = User.objects.get()
    assert (user.email, user.email_verified_at is not None, user.shopper_id) == ("ana@example.org", True, None)
    assert b"ana@example.org" in client.get("/me/").content


def test_a_wrong_code_proves_nothing(client: Client) -> None:
    client.post("/sign/signup/", {"email": "ana@example.org", "password1": PASSWORD})

    assert client.post("/sign/confirm-email/", {"code": "ABC-DEF"}).status_code == 200
    assert client.get("/me/").status_code == 302
    assert User.objects.get().email_verified_at is None


def test_a_password_that_is_short_or_common_is_told_beside_its_field_and_never_comes_back(client: Client) -> None:
    page = client.post("/sign/signup/", {"email": "ana@example.org", "password1": "lantern1"})
    words = page.content.decode()

    assert page.status_code == 200
    assert 'aria-invalid="true"' in words
    assert "lantern1" not in words
    assert not User.objects.exists()


def test_signing_in_leads_back_to_the_page_one_came_from_and_nowhere_else(client: Client) -> None:
    make_user(email="ana@example.org")

    assert sign_in(client, email="ana@example.org", next="/search?q=lamp")["Location"] == "/search?q=lamp"
    client.logout()
    assert sign_in(client, email="ana@example.org", next="https://elsewhere.example/")["Location"] == "/me/"


def test_signing_out_leaves_no_session_and_no_cookie(client: Client) -> None:
    make_user(email="ana@example.org")
    sign_in(client, email="ana@example.org")
    out = client.post("/sign/logout/")

    assert (out.status_code, out["Location"]) == (302, "/")
    assert out.cookies["fairground_session"]["max-age"] == 0
    assert client.get("/me/").status_code == 302


def test_the_answer_is_the_same_for_an_address_that_is_known_and_one_that_is_not(client: Client) -> None:
    make_user(email="ana@example.org")
    answers = []
    for address in ("ana@example.org", "nobody@example.org"):
        stranger = Client()
        wrong = stranger.post("/sign/login/", {"login": address, "password": "not-this-one-either"})
        forgotten = stranger.post("/sign/password/reset/", {"email": address})
        enter = stranger.get(forgotten["Location"]).content.decode()
        signed_up = stranger.post("/sign/signup/", {"email": address, "password1": PASSWORD})
        after = stranger.get(signed_up["Location"]).content.decode()
        plain = [_plain(one, address) for one in (wrong.content.decode(), enter, after)]
        answers.append((wrong.status_code, forgotten["Location"], signed_up["Location"], *plain))

    assert answers[0] == answers[1]


def test_the_sixth_wrong_password_of_an_address_is_the_last_even_if_it_is_right(client: Client) -> None:
    make_user(email="ana@example.org")
    make_user(email="ben@example.org")
    tries = [
        client.post("/sign/login/", {"login": "ana@example.org", "password": "not-this-one"}).status_code
        for _ in range(5)
    ]
    sixth = sign_in(client, email="ana@example.org")

    assert tries == [200] * 5
    assert sixth.status_code == 429
    assert b"Too many tries" in sixth.content
    assert client.get("/me/").status_code == 302
    assert sign_in(client, email="ben@example.org")["Location"] == "/me/"


def test_an_address_behind_no_proxy_is_what_the_connection_says(client: Client) -> None:
    for number in range(10):
        body = {"login": f"ana{number}@example.org", "password": "not-this-one"}
        assert client.post("/sign/login/", body, headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code == 200
    body = {"login": "ana@example.org", "password": "not-this-one"}

    assert client.post("/sign/login/", body, headers={"X-Forwarded-For": "10.0.1.1"}).status_code == 429


def test_a_new_password_is_set_with_the_code_of_the_letter(client: Client) -> None:
    make_user(email="ana@example.org")
    asked = client.post("/sign/password/reset/", {"email": "ana@example.org"})
    entered = client.post(asked["Location"], {"code": code_in(mail.outbox[0])})
    client.post(entered["Location"], {"password1": "paper-and-lanterns", "password2": "paper-and-lanterns"})

    assert sign_in(Client(), email="ana@example.org", password="paper-and-lanterns")["Location"] == "/me/"
    assert sign_in(Client(), email="ana@example.org").status_code == 200


def test_a_shop_that_sends_no_letters_says_so_instead_of_taking_a_sign_up(client: Client, settings: Settings) -> None:
    make_user(email="ana@example.org")
    settings.MAIL_LEAVES = False
    closed = client.get("/sign/signup/")
    taken = client.post("/sign/signup/", {"email": "ben@example.org", "password1": PASSWORD})
    forgotten = client.post("/sign/password/reset/", {"email": "ana@example.org"})

    assert b"Nobody can sign up yet" in closed.content
    assert b"Nobody can sign up yet" in taken.content
    assert (forgotten.status_code, b"No e-mail was sent" in forgotten.content) == (503, True)
    assert (User.objects.count(), mail.outbox) == (1, [])


def test_a_mail_server_that_is_away_is_told_and_the_code_is_sent_when_it_is_back(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 9
    away = client.post("/sign/signup/", {"email": "ana@example.org", "password1": PASSWORD})
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    back = sign_in(client, email="ana@example.org")

    assert (away.status_code, b"No e-mail was sent" in away.content) == (503, True)
    assert [one.message for one in caplog.records if "mail server" in one.message] == [
        "the mail server took no letter: ConnectionRefusedError"
    ]
    assert back["Location"].startswith("/sign/confirm-email/")
    assert code_in(mail.outbox[0])


def test_a_second_factor_is_asked_for_and_its_secret_is_not_kept_in_clear(client: Client, settings: Settings) -> None:
    user = make_user(email="ana@example.org")
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    asked = sign_in(client, email="ana@example.org")
    wrong = client.post(asked["Location"], {"code": "000000"})
    before = client.get("/me/").status_code
    right = client.post(
        asked["Location"], {"code": format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))}
    )

    assert (asked["Location"], wrong.status_code, before) == ("/sign/2fa/authenticate/", 200, 302)
    assert right["Location"] == "/me/"
    assert secret not in str(Authenticator.objects.get(type="totp").data)


def test_passwords_and_codes_stand_in_no_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(0):
        client.post("/sign/signup/", {"email": "ana@example.org", "password1": PASSWORD})
        code = code_in(mail.outbox[0])
        client.post("/sign/confirm-email/", {"code": code})
        client.post("/sign/logout/")
        sign_in(client, email="ana@example.org", password="not-this-one")
    said = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("django.db"))

    assert [word for word in (PASSWORD, "not-this-one", code) if word in said] == []


def test_a_demo_shows_its_letters_to_who_sits_at_its_machine(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    client.post("/sign/signup/", {"email": "ana@example.org", "password1": PASSWORD})

    assert client.get("/demo/mail", headers={"Host": "localhost"}).status_code == 404
    settings.REALM = type(settings.REALM)("demo")
    settings.DATABASE_IS_OURS, settings.ALLOWED_HOSTS = True, ["localhost"]
    shown = client.get("/demo/mail", headers={"Host": "localhost"}, SERVER_NAME="localhost").content.decode()

    assert "ana@example.org" in shown
    assert re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", shown)


def _plain(page: str, address: str) -> str:
    """Return a page without the address and what is new in each: tokens and the clock."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|data-now="\d+"|datetime="[^"]*"', "", page)
    return page.replace(address, "")
