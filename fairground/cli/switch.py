"""`fairground switch`: what the pages can do without, turned off and on from the command line."""

import json
import re
from datetime import UTC, datetime, timedelta

import click
from django.utils import translation

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import By
from fairground.kernel.refusal import Refusal
from fairground.kernel.switches import SwitchState, read_switches, turn_off, turn_on
from fairground.sites.switches import PARTS, Part

EPILOG = """\b
Examples:
  fairground switch list
  fairground switch off live-stock --for 10m --why "a try before the festival"
  fairground switch on live-stock --json
"""
OFF_EPILOG = """\b
Examples:
  fairground switch off suggestions --for 10m --why "a try before the festival"
  fairground switch off live-screen --why "the opening second" --json
"""
_SECONDS = {"s": 1, "m": 60, "h": 3600}

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
_name = click.argument("name", type=click.Choice([part.value for part in Part]))


class _ForAWhile(click.ParamType[timedelta]):
    """A length of time: 30s, 10m, 2h."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        found = re.fullmatch(r"([1-9][0-9]{0,4})([smh])", str(value))
        if found is None:
            self.fail("a time is a number and s, m or h, such as 10m", param, ctx)
        return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


@click.group(epilog=EPILOG)
def switch() -> None:
    """Turn off what the pages can do without under load, for a try or until it is turned on again."""


@switch.command("list", epilog="\b\nExample:\n  fairground switch list --json")
@realm_option
@_json
def list_(realm: str | None, as_json: bool) -> None:
    """List every switch: whether it is on, and what people see without it."""
    enter_realm(realm)
    with realm_database():
        states = read_switches()
    for part in Part:
        click.echo(_line(part, states.get(part), as_json=as_json))


@switch.command(epilog=OFF_EPILOG)
@_name
@click.option("--for", "length", type=_ForAWhile(), help="Then it comes on by itself: 30s, 10m, 2h.")
@click.option("--why", required=True, help="It stands in the audit log.")
@realm_option
@_json
def off(name: str, length: timedelta | None, why: str, realm: str | None, as_json: bool) -> None:
    """Turn NAME off; all pages know within a second."""
    enter_realm(realm)
    now = datetime.now(UTC)
    try:
        with realm_database():
            until = now + length if length else None
            turn_off(name=name, by=By(user_id=None, now=now, reason=why.strip()), until=until)
            states = read_switches()
    except Refusal as refusal:
        raise click.ClickException("say why") from refusal
    click.echo(_line(Part(name), states.get(name), as_json=as_json))


@switch.command(epilog="\b\nExample:\n  fairground switch on live-stock")
@_name
@realm_option
@_json
def on(name: str, realm: str | None, as_json: bool) -> None:
    """Turn NAME on again; all pages know within a second."""
    enter_realm(realm)
    with realm_database():
        turn_on(name=name, by=By(user_id=None, now=datetime.now(UTC)))
        states = read_switches()
    click.echo(_line(Part(name), states.get(name), as_json=as_json))


def _line(part: Part, state: SwitchState | None, *, as_json: bool) -> str:
    is_off = state is not None and state.is_off(now=datetime.now(UTC))
    until = state.off_until.isoformat(timespec="seconds") if state and is_off and state.off_until else None
    with translation.override("en"):
        then = str(PARTS[part].then)
    if as_json:
        facts = {"name": part.value, "on": not is_off, "off_until": until, "without": then}
        return json.dumps(facts | {"reason": state.reason if state and is_off else ""})
    stands = "on" if not is_off else f"off until {until}" if until else "off"
    return f"{part.value}  {stands}  {then}"
