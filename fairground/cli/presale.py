"""`fairground presale`: deals that become presales, and presales that a merchant can't keep."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from fairground.checkout.actions.end_purchases import NotDeposited, break_off_presales
from fairground.cli.deals import finding_text
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.festivals.rules import Period
from fairground.inventory.deal_edits import DealFixed, NoSuchDeal
from fairground.inventory.presales import PresaleDeclaration, PresaleRefused, declare_presale, terms_by_share
from fairground.inventory.price_guard import GuardFinds
from fairground.kernel.edits import By, ShopBusy
from fairground.orders.lookup import purchase_whole

DECLARE_EPILOG = """\b
Example, a deposit of a tenth that counts for 15 %:
  fairground presale declare 897272355225600028 --deposit 10 --worth 15 \\
    --order 2026-10-21T00:00+08:00 2026-11-10T20:00+08:00 \\
    --balance 2026-11-11T00:00+08:00 2026-11-12T00:00+08:00 --json
"""
BREAK_EPILOG = """\b
Example:
  fairground presale break-off 0CYVFAP1EFM9Q0KDBEHP --reason "the merchant is out of goods" --yes --json
"""
# What `rules.PRESALE_WRONG` means to whoever declares.
_WHY = {
    "past": "the order window has to open in the future",
    "order": "the order window has to close after it opens",
    "balance-earlier": "the balance is paid after the order window",
    "balance-order": "the window of the balance has to close after it opens",
    "deposit": "a deposit is above nothing and leaves a balance",
    "law": "the law allows no such deposit there",
}
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


class Moment(click.ParamType[datetime]):
    """A moment of ISO 8601 with its offset from UTC."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, or say how one is written."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-11-11T00:00+08:00", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} says no offset from UTC, such as +08:00", param, ctx)
        return moment


_window = click.Tuple([Moment(), Moment()])


@click.group(epilog=DECLARE_EPILOG)
def presale() -> None:
    """Make a deal a presale, or break presales off that their merchant can't keep."""


@presale.command(epilog=DECLARE_EPILOG)
@click.argument("deal", type=int)
@click.option("--order", type=_window, required=True, help="From when until when it may be ordered.")
@click.option("--balance", type=_window, required=True, help="From when until when the rest may be paid.")
@click.option("--deposit", type=click.IntRange(1, 99), required=True, help="Percent of the price that is paid first.")
@click.option("--worth", type=click.IntRange(1, 99), default=None, help="Percent that it counts for; else as much.")
@realm_option
@_json
def declare(
    deal: int,
    order: tuple[datetime, datetime],
    balance: tuple[datetime, datetime],
    deposit: int,
    worth: int | None,
    realm: str | None,
    as_json: bool,
) -> None:
    """Make DEAL a presale in all its markets, before it opens; said again, it is as it was said last."""
    enter_realm(realm)
    with realm_database():
        line = declare_by_share(deal_id=deal, order=Period(*order), balance=Period(*balance), shares=(deposit, worth))
    click.echo(json.dumps(line) if as_json else f"Deal {deal} is a presale in {', '.join(sorted(line['deposits']))}.")


def declare_by_share(*, deal_id: int, order: Period, balance: Period, shares: tuple[int, int | None]) -> dict[str, Any]:
    """Declare a presale whose deposits are percents of its prices (paid, counted); who calls has the database up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    deposit, worth = shares
    try:
        terms = terms_by_share(deal_id=deal_id, deposit_percent=deposit, worth_percent=worth or deposit)
        declaration = PresaleDeclaration(order, balance, terms)
        declare_presale(deal_id=deal_id, declaration=declaration, by=By(user_id=None, now=datetime.now(UTC)))
    except NoSuchDeal as refusal:
        raise click.ClickException("there is no such deal") from refusal
    except DealFixed as refusal:
        raise click.ClickException("the deal has opened: it stays what it is") from refusal
    except PresaleRefused as refusal:
        market = refusal.facts.get("market")
        raise click.ClickException(_WHY[str(refusal.facts["why"])] + (f" ({market})" if market else "")) from refusal
    except GuardFinds as refusal:
        found = ", ".join(map(finding_text, refusal.findings))
        raise click.ClickException(f"with what the deposit counts for, the price guard finds: {found}") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal
    return {"deal": str(deal_id), "deposits": {market: one.deposit_minor for market, one in terms.items()}}


@presale.command("break-off", epilog=BREAK_EPILOG)
@click.argument("numbers", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why, for the audit log.")
@click.option("--yes", is_flag=True, help="Don't ask once more.")
@realm_option
@_json
def break_off(numbers: tuple[str, ...], reason: str, yes: bool, realm: str | None, as_json: bool) -> None:
    """Cancel the purchases with these NUMBERS, whose deposits are paid, as their merchant can't deliver; all or none.

    An advance goes back; earnest money goes back doubled, and the merchant owes the platform as much again.
    """
    enter_realm(realm)
    with realm_database():
        broken = break_off_numbers(numbers=numbers, reason=reason, is_sure=yes)
    for line in broken:
        click.echo(json.dumps(line) if as_json else f"{line['purchase']} is broken off.")


def break_off_numbers(*, numbers: Sequence[str], reason: str, is_sure: bool) -> list[dict[str, str]]:
    """Break off the presales with these numbers; who calls has the realm's database up.

    :raises click.ClickException: one is no presale between its payments; nothing changed
    :raises click.Abort: it was asked once more, as it is unless `is_sure`, and the answer is no
    """
    found = {number: purchase_whole(number=number) for number in numbers}
    for number, whole in found.items():
        if whole is None:
            raise click.ClickException(f"there is no purchase {number}")
    if not is_sure:
        click.confirm(f"Break off {len(found)} presales for good?", abort=True)
    ids = {whole.purchase.id: number for number, whole in found.items() if whole}
    try:
        break_off_presales(purchase_ids=list(ids), by=By(user_id=None, now=datetime.now(UTC), reason=reason))
    except NotDeposited as refusal:
        number = ids[int(str(refusal.facts["purchase_id"]))]
        raise click.ClickException(f"{number} is not between its deposit and its balance; nothing changed") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal
    return [{"purchase": number} for number in ids.values()]
