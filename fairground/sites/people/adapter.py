"""How django-allauth does things here: letters, guests, limits, and secrets at rest."""

import base64
import logging
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from fairground.identity.actions import keep_choice, verify_user
from fairground.identity.queries import user_facts
from fairground.sites.chosen import chosen_before, set_choice
from fairground.sites.letter_round import letters_leave
from fairground.sites.people.claim import claim_visit
from fairground.sites.people.profile import NAME_LENGTH_MAX

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing up and in by e-mail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether a letter with the code could be sent; without it nobody could sign in afterwards."""
        return letters_leave()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Let a password be tried, or say with 429 that there were too many wrong ones, right as this one may be."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise ImmediateHttpResponse(respond_429(request)) from error

    def post_login(self, request: HttpRequest, user: Any, **hook: Any) -> HttpResponse:
        """Lead the user on: with what the guest did, in the language and the market that the user chose before."""
        if user.email_verified_at is None and EmailAddress.objects.filter(user=user, verified=True).exists():
            verify_user(user_id=user.id, now=datetime.now(UTC))
        claim_visit(request, user_id=user.id)
        response: HttpResponse = super().post_login(request, user, **hook)
        kept, here = user_facts(user_id=user.id), chosen_before(request)
        keep_choice(
            user_id=user.id,
            language=None if kept.language else here.get("lang"),
            market=None if kept.market else here.get("market"),
        )
        set_choice(request, response, {"lang": kept.language, "market": kept.market})
        return response

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Note that the address is the person's."""
        confirmed = bool(super().confirm_email(request, email_address))
        if confirmed:
            verify_user(user_id=email_address.user_id, now=datetime.now(UTC))
        return confirmed

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter; where it can't be, say so with 503 instead of "look into your mailbox".

        :raises ImmediateHttpResponse: no mail server is set up, or it does not take the letter
        """
        if not letters_leave():
            raise ImmediateHttpResponse(render(self.request, "people/no_letters.html", status=503))
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException) as error:
            logger.error("the mail server took no letter: %s", type(error).__name__)
            raise ImmediateHttpResponse(render(self.request, "people/no_letters.html", status=503)) from error

    def send_notification_mail(self, *told: Any, **further: Any) -> None:
        """Tell a user by letter that something changed; what changed stays so where no letter can be sent."""
        if letters_leave():
            with suppress(ImmediateHttpResponse):
                super().send_notification_mail(*told, **further)


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Signing in by what another site says."""

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        """Return the user that is to be made, called as the provider says."""
        user = super().populate_user(request, sociallogin, data)
        user.name = str(data.get("name") or "")[:NAME_LENGTH_MAX]
        return user


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors; their secrets are kept encrypted, under the installation's key."""

    def get_totp_issuer(self) -> str:
        """Return what an authenticator app shows above the code."""
        return "Fairground"

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - the library's name
        """Return what a key is called unless its owner calls it otherwise."""
        return gettext("My passkey")

    def build_totp_svg(self, url: str) -> str:
        """Return the code to scan as an element of the page, without the line that begins a file of its own."""
        return str(super().build_totp_svg(url)).partition("?>")[2]

    def encrypt(self, text: str) -> str:
        """Return the secret as it is kept."""
        return _cipher().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret that is kept."""
        return _cipher().decrypt(encrypted_text.encode("ascii")).decode()


def _cipher() -> Fernet:
    key = blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"second factors").digest()
    return Fernet(base64.urlsafe_b64encode(key))
