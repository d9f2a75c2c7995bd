"""Adding up what a statement's document says, as whoever reads it would."""

from decimal import Decimal

from fairground.settlement.statements import StatementHead, statement_lines
from fairground.sites.statements.document import statement_words


def assert_document_adds_up(head: StatementHead) -> None:
    """Add up the document: each row, and each column, to the cent, and what is left to the payout."""
    words = statement_words(head, list(statement_lines(head)))
    table = [[Decimal(cell) for cell in row[1:]] for row in (*words["lines"], words["sums"])]
    assert len(words["columns"]) == len(table[0]) + 1
    for row in table:
        assert sum(row[:-1]) == row[-1], row
    *lines, sums = table
    assert [sum(column) for column in zip(*lines, strict=True)] == sums
    exponent = sums[-1].as_tuple().exponent
    assert isinstance(exponent, int)
    assert sums[-1].scaleb(-exponent) == head.amount_minor
