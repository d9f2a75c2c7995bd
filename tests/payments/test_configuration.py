"""What the operator says of providers, in files that nobody else may read."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pytest_django import Settings

from fairground.payments.providers.alipay_plus import AlipayPlus
from fairground.payments.providers.configuration import read_provider_keys
from fairground.payments.providers.configured import configured_providers
from fairground.payments.providers.keys import ProviderKeys
from fairground.payments.providers.provider import Provider
from fairground.payments.providers.stripe import Stripe
from tests.payments.alipay_plus_server import key_pair

STRIPE = {"secret_key": "sk_live_secret", "webhook_secrets": ["whsec_secret"]}


def alipay_plus() -> dict[str, Any]:
    """Return the fields of Alipay+'s file."""
    key = key_pair("shop")
    return {
        "client_id": "5X",
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "alipay_public_key": key_pair("alipay")
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode(),
        "base_url": "https://open-sea-global.alipay.com/",
        "notify_url": "https://shop.example/notices/alipay_plus",
        "reports": "/var/reports",
    }


def write(path: Path, fields: object, mode: int = 0o600) -> str:
    path.write_text(json.dumps(fields), "utf-8")
    path.chmod(mode)
    return str(path)


def test_nothing_is_set_up_without_files(settings: Settings) -> None:
    none = read_provider_keys(files={"stripe": "", "alipay_plus": ""}, is_real=True)
    assert (none.stripe, none.alipay_plus) == (None, None)
    settings.PROVIDER_KEYS = ProviderKeys()
    assert configured_providers() == {}


def test_each_file_sets_up_its_provider(tmp_path: Path, settings: Settings) -> None:
    files = {
        "stripe": write(tmp_path / "stripe.json", STRIPE),
        "alipay_plus": write(tmp_path / "alipay.json", alipay_plus()),
    }
    settings.PROVIDER_KEYS = keys = read_provider_keys(files=files, is_real=True)

    providers = configured_providers()

    assert {code: type(provider) for code, provider in providers.items()} == {
        "stripe": Stripe,
        "alipay_plus": AlipayPlus,
    }
    stripe: Provider = providers["stripe"]
    assert configured_providers()["stripe"] is stripe
    assert keys.stripe
    assert keys.stripe.base_url == "https://api.stripe.com"
    assert keys.alipay_plus
    assert (keys.alipay_plus.base_url, keys.alipay_plus.reports) == (
        "https://open-sea-global.alipay.com",
        Path("/var/reports"),
    )
    assert keys.stripe.means == "", "Stripe's page asks"
    assert "secret" not in repr(keys)
    assert "PRIVATE" not in repr(keys)


def test_a_demo_reaches_providers_on_this_machine_alone(tmp_path: Path) -> None:
    real = {"stripe": write(tmp_path / "a.json", STRIPE), "alipay_plus": write(tmp_path / "b.json", alipay_plus())}
    here = {"stripe": write(tmp_path / "c.json", {**STRIPE, "base_url": "http://127.0.0.1:9/"})}

    none = read_provider_keys(files=real, is_real=False)
    assert (none.stripe, none.alipay_plus) == (None, None)
    found = read_provider_keys(files=here, is_real=False)
    assert found.stripe
    assert found.stripe.base_url == "http://127.0.0.1:9"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ValueError, match="chmod 600"):
        read_provider_keys(files={"stripe": write(tmp_path / "stripe.json", STRIPE, mode)}, is_real=True)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        {},
        {**STRIPE, "more": 1},
        {**STRIPE, "webhook_secrets": []},
        {**STRIPE, "webhook_secrets": [""]},
        {**STRIPE, "secret_key": "sk_secret\r\nX: y"},
        {**STRIPE, "base_url": "http://stripe.example"},
        {**STRIPE, "base_url": "https://api.stripe.com/v1"},
        {**STRIPE, "base_url": "https://me@api.stripe.com"},
        {**STRIPE, "base_url": "file:///etc/passwd"},
        {**STRIPE, "means": "pay pal"},
        {**STRIPE, "means": 1},
    ],
)
def test_what_is_no_file_of_stripes_is_said_without_its_secrets(tmp_path: Path, fields: object) -> None:
    with pytest.raises(ValueError, match=r"stripe\.json") as told:
        read_provider_keys(files={"stripe": write(tmp_path / "stripe.json", fields)}, is_real=True)

    assert "secret" not in str(told.value).replace("secret_key", "").replace("webhook_secrets", "")


@pytest.mark.parametrize(
    "changed",
    [
        {"private_key": "no key at all"},
        {"alipay_public_key": ""},
        {"client_id": "a b"},
        {"notify_url": "http://shop.example/notices"},
        {"notify_url": "https://"},
    ],
)
def test_what_is_no_file_of_alipays_is_said_without_its_secrets(tmp_path: Path, changed: dict[str, str]) -> None:
    path = write(tmp_path / "alipay.json", {**alipay_plus(), **changed})

    with pytest.raises(ValueError, match=r"alipay\.json") as told:
        read_provider_keys(files={"alipay_plus": path}, is_real=True)

    assert "no key at all" not in str(told.value)
    assert "BEGIN" not in str(told.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No such file"):
        read_provider_keys(files={"stripe": str(tmp_path / "none.json")}, is_real=True)
