"""Whatever moves money, holds it, or is written into the audit log has words."""

import ast
import re

from fairground.ledger.rules import TransferKind
from fairground.settlement.rules.payouts import PayoutState
from fairground.sites.back_office.money_words import FAMILIES, transfer_text
from fairground.sites.back_office.words import KINDS, VERBS
from tests.tidy.house import PACKAGE, tree_of


def acts_written() -> tuple[set[str], set[str]]:
    """Return the verbs, and the kinds of what was acted on, that the code writes into the audit log as they stand."""
    verbs: set[str] = set()
    kinds: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id == "Act":
                verb, kind = node.args[0], node.args[1]
                verbs |= {verb.value} if isinstance(verb, ast.Constant) and isinstance(verb.value, str) else set()
                kinds |= {kind.value} if isinstance(kind, ast.Constant) and isinstance(kind.value, str) else set()
            verbs |= {
                one.value.value
                for one in node.keywords
                if one.arg == "verb" and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str)
            }
    return verbs, kinds


def test_every_move_of_money_has_words_of_its_own() -> None:
    assert all(transfer_text(kind) for kind in TransferKind)


def test_every_family_of_accounts_has_a_name() -> None:
    found = {
        re.sub(r":\{(?!currency)\w+\}", "", address).removesuffix(":{currency}")
        for path in PACKAGE.rglob("*.py")
        for address in re.findall(r'return f"(\w+:[^"]*:\{currency\})"', path.read_text("utf-8"))
    }

    assert found == FAMILIES.keys()


def test_every_act_of_the_audit_log_has_words() -> None:
    verbs, kinds = acts_written()

    assert {"stored", "issued", "shipped"} <= verbs
    assert {"rates", "giftcard", "order"} <= kinds
    assert verbs <= VERBS.keys()
    assert kinds <= KINDS.keys()
    steps = set(PayoutState) - {PayoutState.PROPOSED}
    assert {one.name.lower() for one in steps} <= VERBS.keys()
