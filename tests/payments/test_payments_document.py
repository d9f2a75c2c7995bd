"""The examples of docs/payments.md, against the local servers and by the code."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from fairground.payments.providers.alipay_plus import AlipayPlus
from fairground.payments.providers.keys import StripeKeys
from fairground.payments.providers.provider import Asked, ProviderRefused
from fairground.payments.providers.stripe import Stripe
from fairground.payments.providers.stripe_amounts import amount_for_stripe
from fairground.payments.providers.stripe_notices import read_stripe_notice
from fairground.payments.providers.wire import ANSWER_BYTES_MAX, ANSWER_TIMEOUT_S, CONNECT_TIMEOUT_S
from fairground.payments.reconciling import Disagreement
from tests.payments.alipay_plus_server import alipay_plus_server
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, signed_notice, stripe_server
from tests.tidy.house import in_backticks, table_below

DOCUMENT = (Path(__file__).parents[2] / "docs/payments.md").read_text("utf-8")
ASKED = Asked(
    key="p-1", amount_minor=12_90, currency="EUR", description="Purchase 1", return_url="http://127.0.0.1/back"
)
WIRE = table_below(DOCUMENT, "## What goes over the wire")
SAID = {row[0].strip("`"): row[1] for row in WIRE}


def test_stripe_is_asked_as_written() -> None:
    with stripe_server() as server:
        keys = StripeKeys(secret_key=SECRET_KEY, webhook_secrets=(WEBHOOK_SECRET,), base_url=server.url)
        Stripe(keys).authorise(ASKED)
        asked = server.asked[0]

    assert f"`{asked.method} {asked.path}`" in DOCUMENT
    fields = parse_qs(asked.body.decode())
    written = {name: SAID[name] for name in SAID if name in fields}
    assert len(written) == 7
    assert {name: fields[name] for name in written} == {name: [value] for name, value in written.items()}


def test_a_webhook_is_signed_as_written() -> None:
    telling = signed_notice(b"{}", at_s=1794398400)

    assert telling.headers["stripe-signature"] == f"t=1794398400,v1={SAID['signature'].strip('`')}"
    now = datetime.fromtimestamp(1794398400, tz=UTC)
    assert read_stripe_notice(secrets=[WEBHOOK_SECRET], headers=telling.headers, body=b"{}", now=now) is None


def test_alipay_plus_is_asked_as_written() -> None:
    with alipay_plus_server() as server:
        assert AlipayPlus(server.keys()).look(key="p-1", ref="") is None
        asked = server.asked[0]

    assert f"{asked.method} {asked.path}" == SAID["first line"].strip("`")
    client_id, _, body = SAID["second line"].strip("`").split(".", 2)
    assert (asked.headers["client-id"], asked.body.decode()) == (client_id, body)


@pytest.mark.parametrize("row", [row for row in WIRE if re.fullmatch("[A-Z]{3}", row[0])], ids=str)
def test_amounts_are_told_as_written(row: list[str]) -> None:
    currency, minor, told = row
    if told == "none":
        with pytest.raises(ProviderRefused):
            amount_for_stripe(int(minor), currency)
    else:
        assert amount_for_stripe(int(minor), currency) == int(told)


def test_differences_and_limits_are_those_of_the_code() -> None:
    named = [name for row in table_below(DOCUMENT, "## Books") for name in in_backticks(row[0])]

    assert named == [one.name for one in Disagreement]
    assert f"none in {CONNECT_TIMEOUT_S:g} s, no whole answer in {ANSWER_TIMEOUT_S:g} s" in DOCUMENT
    assert f"more than {ANSWER_BYTES_MAX // 1024 // 1024} MiB" in DOCUMENT


def test_the_files_of_the_document_have_the_fields_that_are_read(tmp_path: Path) -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)]

    assert [sorted(block) for block in blocks] == [
        ["secret_key", "webhook_secrets"],
        ["alipay_public_key", "base_url", "client_id", "key_version", "means", "notify_url", "private_key", "reports"],
    ]
