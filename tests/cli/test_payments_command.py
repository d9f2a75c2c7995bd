"""`fairground payments` as a person calls it; what it finds and books is tested in tests/payments."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from pytest_django import Settings

import fairground.cli.payments as command
from fairground.payments.life import LINE_MAX_MINOR
from fairground.payments.models import ProviderLine
from fairground.payments.providers.keys import ProviderKeys, StripeKeys
from tests.factories import NOW, NOW_MS
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, stripe_server

pytestmark = pytest.mark.usefixtures("writer")


def test_what_fits_no_books_is_told_and_the_exit_code_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def up(*, migrate: bool = True) -> Iterator[None]:
        yield

    monkeypatch.setattr(command, "realm_database", up)
    asked = ["reconcile", "stripe", "--day", f"{NOW:%Y-%m-%d}", "--book", "--reason", "the books of that day", "--json"]
    with stripe_server() as server:
        server.clock_s = NOW_MS // 1000
        settings.PROVIDER_KEYS = ProviderKeys(stripe=StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=server.url))
        server.book("fee", -30)
        fits = CliRunner().invoke(command.payments, asked)
        # A tax that came back makes the rest of the fee larger than what Stripe says in one amount.
        server.book("fee", 0, fee=LINE_MAX_MINOR)["fee_details"] = [{"type": "tax", "amount": -1}]
        too_large = CliRunner().invoke(command.payments, asked)

    assert (fits.exit_code, json.loads(fits.stdout)["to_book"]) == (0, [])
    assert too_large.exit_code == 1
    assert too_large.stderr == "1 to book that fit no books, by their amounts or their names\n"
    assert [line["amount_minor"] for line in json.loads(too_large.stdout)["to_book"]] == [LINE_MAX_MINOR + 1]
    assert sorted(ProviderLine.objects.values_list("amount_minor", flat=True)) == [-1, 30]
