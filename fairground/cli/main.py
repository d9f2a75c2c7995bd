"""`fairground`: the command line."""

import os
import sys
from importlib import import_module

import click
import django

_SETTINGS = os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairground.config.settings")
try:
    import_module(_SETTINGS)
except ValueError as error:  # a variable of the environment that says what can't be
    sys.exit(f"Error: {error}")
django.setup()

from fairground.cli.aside import aside  # noqa: E402
from fairground.cli.backup import backup, restore  # noqa: E402 - Django must be set up before models are imported
from fairground.cli.case_days import case_days_  # noqa: E402
from fairground.cli.deals import deals  # noqa: E402
from fairground.cli.demo import demo  # noqa: E402
from fairground.cli.draw import draw  # noqa: E402
from fairground.cli.duties import duties  # noqa: E402
from fairground.cli.erase import erase  # noqa: E402
from fairground.cli.export import export  # noqa: E402
from fairground.cli.fees import fees  # noqa: E402
from fairground.cli.festival import festival  # noqa: E402
from fairground.cli.fill import fill  # noqa: E402
from fairground.cli.giftcard import giftcard  # noqa: E402
from fairground.cli.import_ import import_catalogue  # noqa: E402
from fairground.cli.ledger import ledger  # noqa: E402
from fairground.cli.merchants import merchants  # noqa: E402
from fairground.cli.operator import operator  # noqa: E402
from fairground.cli.passes import passes  # noqa: E402
from fairground.cli.payments import payments  # noqa: E402
from fairground.cli.payouts import payouts  # noqa: E402
from fairground.cli.pictures import pictures  # noqa: E402
from fairground.cli.places import places  # noqa: E402
from fairground.cli.presale import presale  # noqa: E402
from fairground.cli.processes import background, migrate, web  # noqa: E402
from fairground.cli.promotion import promotion  # noqa: E402
from fairground.cli.rain import rain  # noqa: E402
from fairground.cli.rates import rates  # noqa: E402
from fairground.cli.refund import refund  # noqa: E402
from fairground.cli.rehearse import rehearse  # noqa: E402
from fairground.cli.report import report  # noqa: E402
from fairground.cli.settle import settle  # noqa: E402
from fairground.cli.ship import ship  # noqa: E402
from fairground.cli.shipping import shipping  # noqa: E402
from fairground.cli.switch import switch  # noqa: E402
from fairground.cli.up import up  # noqa: E402
from fairground.cli.verify import verify  # noqa: E402


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fairground")
def main() -> None:
    """Fairground runs a shopping festival: many merchants, one opening second, every country."""


for command in (
    up,
    demo,
    rehearse,
    verify,
    festival,
    import_catalogue,
    deals,
    export,
    pictures,
    backup,
    restore,
    passes,
    rain,
    operator,
    merchants,
    switch,
    aside,
    erase,
    draw,
    presale,
    refund,
    ledger,
    rates,
    ship,
    shipping,
    duties,
    places,
    settle,
    payouts,
    case_days_,
    fees,
    report,
    giftcard,
    payments,
    promotion,
    migrate,
    fill,
    web,
    background,
):
    main.add_command(command)
