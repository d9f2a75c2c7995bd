"""How we are known to providers. No secret shows in a repr."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from fairground.payments.providers.alipay_plus_signing import Signer

STRIPE_API = "https://api.stripe.com"


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """How we are known to Stripe. Two webhook secrets are good while one replaces the other.

    `means` is what every payment is made with, in Stripe's words, as `paypal`; where it is "" Stripe's page asks.
    """

    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    base_url: str = STRIPE_API
    means: str = ""


@dataclass(frozen=True, slots=True)
class AlipayPlusKeys:
    """How we are known to Alipay+, and where its notices and reports come in.

    `means` is the wallet that every payment goes over. Reports are in `reports`, their amounts in whole currency units
    with decimals, or, where `report_in_minor_units`, as everywhere else.
    """

    client_id: str
    signer: Signer = field(repr=False)
    their_key: RSAPublicKey = field(repr=False)
    base_url: str
    notify_url: str
    means: str = "ALIPAY_CN"
    reports: Path | None = None
    report_in_minor_units: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ProviderKeys:
    """The keys of what is set up."""

    stripe: StripeKeys | None = None
    alipay_plus: AlipayPlusKeys | None = None
