"""`fairground payouts statement`: what a payout consists of, as a table and as a document."""

from pathlib import Path

import click

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.cli.whole_file import whole_file
from fairground.settlement.statements import NoSuchPayout, read_statement, statement_lines
from fairground.sites.statements.document import statement_pdf
from fairground.sites.statements.table import statement_csv

EPILOG = """\b
Examples:
  fairground payouts statement 912200743413354496 --csv statement.csv --pdf statement.pdf
  fairground payouts statement 912200743413354496 --csv -
"""
_file = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command(epilog=EPILOG)
@click.argument("payout_id", type=int, metavar="ID")
@click.option("--csv", "table", type=_file, default=None, help="Write the table there; - is standard output.")
@click.option("--pdf", "document", type=_file, default=None, help="Write the document there, as the merchant reads it.")
@realm_option
def statement(payout_id: int, table: Path | None, document: Path | None, realm: str | None) -> None:
    """Write the statement of the payout ID: order by order, adding up to what is paid out."""
    if table is None and document is None:
        raise click.UsageError("say where to write it: --csv, --pdf, or both")
    enter_realm(realm)
    with realm_database():
        write_statement(payout_id=payout_id, table=table, document=document)


def write_statement(*, payout_id: int, table: Path | None, document: Path | None) -> None:
    """Write a statement's files; who calls has the realm's database up.

    :raises click.ClickException: there is no such statement
    """
    try:
        head = read_statement(payout_id=payout_id)
        if table:
            with whole_file(table) as file:
                file.writelines(statement_csv(statement_lines(head), currency=head.currency))
        if document:
            made = statement_pdf(head, statement_lines(head))
            with whole_file(document) as file:
                file.write(made)
    except NoSuchPayout as refusal:
        raise click.ClickException(f"there is no payout {payout_id} that has not failed") from refusal
