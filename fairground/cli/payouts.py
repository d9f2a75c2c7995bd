"""`fairground payouts`: what merchants are paid, and how each is settled."""

import json
from datetime import UTC, datetime
from typing import Any

import click
from msgspec import structs

from fairground.cli.owed import owed
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.cli.settlement_terms import terms
from fairground.cli.statement import statement
from fairground.identity.operators import list_operators
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.money import decimal_text
from fairground.settlement.actions.advance_payouts import (
    ApprovedBySame,
    FailureUnexplained,
    MerchantHeld,
    MerchantOwes,
    NobodyNamed,
    PayoutNotReady,
    UnknownPayout,
    advance_payout,
)
from fairground.settlement.queries import PayoutSeen, payouts_seen
from fairground.settlement.rules.payouts import PayoutState

GROUP_EPILOG = """\b
Examples:
  fairground payouts list --state proposed
  fairground payouts approve 912200743413354496
  fairground payouts terms olmo --schedule daily
"""
LIST_EPILOG = """\b
Examples:
  fairground payouts list --state proposed
  fairground payouts list --json
"""
STEP_EPILOG = """\b
Example, from the first step to the last:
  fairground payouts approve 912200743413354496 --by one@shop.example
  fairground payouts send 912200743413354496 --by another@shop.example --reference SEPA-1172
  fairground payouts confirm 912200743413354496
"""
FAIL_EPILOG = """\b
Example:
  fairground payouts fail 912200743413354496 --reason "the account is closed"
"""
# As many as a terminal's history holds; who wants others says in which state.
PAYOUTS_SHOWN_MAX = 1_000
_STATES = {state.name.lower(): state for state in PayoutState}
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
by_option = click.option("--by", "email", default="", help="Who does it: somebody of the staff, by e-mail address.")
payout_argument = click.argument("payout_id", type=int, metavar="ID")


@click.group(epilog=GROUP_EPILOG)
def payouts() -> None:
    """What merchants are paid: listed, approved, sent, confirmed, or failed."""


@payouts.command("list", epilog=LIST_EPILOG)
@click.option("--state", type=click.Choice(list(_STATES)), default=None, help="Only those in this state.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(state: str | None, realm: str | None, as_json: bool) -> None:
    """List payouts, the last ones first."""
    enter_realm(realm)
    with realm_database():
        found = payouts_seen(state=_STATES[state] if state else None, rows_max=PAYOUTS_SHOWN_MAX)
    for one in found:
        click.echo(json.dumps(_told(one)) if as_json else _line(one))


def _told(one: PayoutSeen) -> dict[str, Any]:
    return {
        **structs.asdict(one),
        "id": str(one.id),
        "state": one.state.name.lower(),
        "proposed_at": one.proposed_at.isoformat(),
    }


def _line(one: PayoutSeen) -> str:
    paid = f"{decimal_text(one.paid_minor, one.paid_currency)} {one.paid_currency}"
    earned = (
        ""
        if one.paid_currency == one.currency
        else f" of {decimal_text(one.amount_minor, one.currency)} {one.currency}"
    )
    why = f" ({one.failed_because})" if one.failed_because else ""
    return f"{one.id}  {one.proposed_at:%Y-%m-%d}  {one.state.name.lower():9}  {paid}{earned}  {one.merchant}{why}"


@payouts.command(epilog=STEP_EPILOG)
@payout_argument
@by_option
@realm_option
@json_option
def approve(payout_id: int, email: str, realm: str | None, as_json: bool) -> None:
    """Approve the payout ID, so that it may be sent, by somebody else."""
    _step(payout_id, PayoutState.APPROVED, realm=realm, as_json=as_json, email=email)


@payouts.command(epilog=STEP_EPILOG)
@payout_argument
@click.option("--reference", default="", help="What the bank calls it.")
@by_option
@realm_option
@json_option
def send(payout_id: int, reference: str, email: str, realm: str | None, as_json: bool) -> None:
    """Write that the payout ID was given to the bank."""
    _step(payout_id, PayoutState.SENT, realm=realm, as_json=as_json, reference=reference, email=email)


@payouts.command(epilog=STEP_EPILOG)
@payout_argument
@realm_option
@json_option
def confirm(payout_id: int, realm: str | None, as_json: bool) -> None:
    """Write that the bank paid the payout ID."""
    _step(payout_id, PayoutState.CONFIRMED, realm=realm, as_json=as_json)


@payouts.command(epilog=FAIL_EPILOG)
@payout_argument
@click.option("--reason", required=True, help="Why. The merchant reads it.")
@realm_option
@json_option
def fail(payout_id: int, reason: str, realm: str | None, as_json: bool) -> None:
    """Write that the payout ID was not paid: its money is the merchant's again, and proposed in the next period."""
    _step(payout_id, PayoutState.FAILED, realm=realm, as_json=as_json, reason=reason)


def _step(
    payout_id: int,
    then: PayoutState,
    *,
    realm: str | None,
    as_json: bool,
    reference: str = "",
    reason: str = "",
    email: str = "",
) -> None:
    enter_realm(realm)
    with realm_database():
        take_payout_on(payout_id=payout_id, then=then, reference=reference, reason=reason, email=email)
    told = {"id": str(payout_id), "state": then.name.lower()}
    click.echo(json.dumps(told) if as_json else f"The payout is {then.name.lower()}.")


def take_payout_on(
    *, payout_id: int, then: PayoutState, reference: str = "", reason: str = "", email: str = ""
) -> None:
    """Take a payout on, by whoever has the command line or somebody of the staff; the realm's database is up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    by = By(user_id=of_staff(email) if email else None, now=datetime.now(UTC), reason=reason)
    try:
        advance_payout(payout_id=payout_id, then=then, by=by, reference=reference)
    except UnknownPayout as refusal:
        raise click.ClickException(f"there is no payout {payout_id}") from refusal
    except PayoutNotReady as refusal:
        state = refusal.facts["state"]
        raise click.ClickException(f"it is {state}, and can't be {then.name.lower()} from there") from refusal
    except MerchantHeld as refusal:
        raise click.ClickException("its merchant is held: nothing is paid to it") from refusal
    except MerchantOwes as refusal:
        raise click.ClickException(
            "refunds since took so much that the merchant is not owed this: let it fail"
        ) from refusal
    except NobodyNamed as refusal:
        raise click.ClickException(
            "two people pay a merchant: say who you are with --by (who approved it has to be known, too);"
            " who runs the platform alone sets FAIRGROUND_FOUR_EYES=off"
        ) from refusal
    except ApprovedBySame as refusal:
        raise click.ClickException(
            "who approved it does not send it: --by somebody else;"
            " who runs the platform alone sets FAIRGROUND_FOUR_EYES=off"
        ) from refusal
    except FailureUnexplained as refusal:
        raise click.ClickException("what failed says why: --reason") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal


def of_staff(email: str) -> int:
    """Return the user of the staff with this address; what a role may do is asked for by the back office alone.

    :raises click.ClickException: nobody of the staff has it
    """
    found = next((one.user_id for one in list_operators() if one.email == email.strip().lower()), None)
    if found is None:
        raise click.ClickException(f"nobody of the staff has the address {email}")
    return found


payouts.add_command(owed)
payouts.add_command(statement)
payouts.add_command(terms)
