"""docs/http-order.md says what the door does: problems and their facts, fields, limits."""

import ast
import re
from collections import defaultdict
from typing import Any

import msgspec

from fairground.catalog import rules
from fairground.checkout.rules import placing
from fairground.intake import codec, line, tokens
from fairground.sites import problems, streams
from fairground.sites.api import door
from tests.tidy.house import PACKAGE, ROOT, in_backticks, our_files, table_below, tree_of

DOCUMENT = (ROOT / "docs/http-order.md").read_text("utf-8")
MS_PER_MINUTE = 60_000


def facts_in_the_code() -> dict[str, set[str]]:
    """Return the facts with which each refusal is made anywhere in the package, by the refusal's class name."""
    facts: dict[str, set[str]] = defaultdict(set)
    for path in our_files(".py"):
        if path.is_relative_to(PACKAGE):
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                    facts[name] |= {re.sub("_at_ms$", "_at", word.arg) for word in node.keywords if word.arg}
    return facts


def test_the_problems_are_those_of_the_code_with_status_and_facts() -> None:
    facts = facts_in_the_code()
    in_code = {refusal.code: (status, facts[refusal.__name__]) for refusal, (status, _title) in problems._WORDS.items()}
    written = {
        code.strip("`"): (int(status), set(in_backticks(named)))
        for code, status, named in table_below(DOCUMENT, "## Problems")
    }

    assert written == in_code
    assert list(written) == sorted(written)


def fields(struct: type[msgspec.Struct]) -> dict[str, bool]:
    """Return the fields of a body, and which of them must be there."""
    return {field.name: field.required for field in msgspec.structs.fields(struct)}


def written_fields(heading: str) -> list[dict[str, bool]]:
    """Return the fields that the tables below a heading list, all together, with what must be there."""
    return [dict.fromkeys(in_backticks(names), must == "yes") for names, must, _what in table_below(DOCUMENT, heading)]


def merged(rows: list[dict[str, bool]]) -> dict[str, bool]:
    """Return the rows as one."""
    return {name: must for row in rows for name, must in row.items()}


def test_the_fields_of_a_purchase_are_those_of_the_codec() -> None:
    rows = written_fields("## The body of a purchase")
    structs: list[Any] = [codec._PlaceBody, codec._Line, codec._Address]

    for struct in structs:
        expected = fields(struct)
        taken: dict[str, bool] = {}
        while len(taken) < len(expected):
            taken |= rows.pop(0)
        assert taken == expected, struct
    assert rows == []


def test_the_fields_of_a_payment_are_those_of_the_codec() -> None:
    assert merged(written_fields("## Payment")) == fields(codec._PayBody)


def test_the_limits_are_those_of_the_code() -> None:
    for said in (
        f"At most {door.BODY_MAX_BYTES} bytes",
        f"1 to {rules.LINES_MAX} lines",
        f"1 to {rules.QUANTITY_MAX} ",
        f"within {codec.KEY_AGE_MAX_MS // MS_PER_MINUTE // 60} hours of now",
        f"reserved for {placing.RESERVATION_TTL_MS // MS_PER_MINUTE} minutes",
        f"good for {tokens.TICKET_TTL_S} seconds",
        f"`Retry-After` is at most {line.RETRY_AFTER_MAX_S}",
        f"at most {streams.STREAMS_MAX} streams, at most {streams.STREAMS_AN_ADDRESS_MAX} of one address",
    ):
        assert said in " ".join(DOCUMENT.split()), said
    assert tokens.PASS_TTL_S == 3600, "the document says: an hour"


def test_the_addresses_are_those_of_the_code() -> None:
    listed = {in_backticks(row[0])[0] for row in table_below(DOCUMENT, "# Placing and paying over HTTP")}

    assert {f"POST {door.PURCHASES}", f"POST {door.PURCHASES}/{{purchase}}/payment"} <= listed
    source = (PACKAGE / "config/asgi.py").read_text("utf-8") + (PACKAGE / "sites/api/door.py").read_text("utf-8")
    assert [one for one in listed if one.startswith("GET /") and "{" not in one and f'"{one[4:]}"' not in source] == []
