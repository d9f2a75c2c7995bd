"""The contracts between packages hold, and each of them catches who breaks it."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.tidy.house import PACKAGE, ROOT

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"
# contract id, the file that breaks it, what it would import
BREACHES = [
    ("house", "kernel/money.py", "fairground.orders.rules"),
    ("house", "rehearsal/verify.py", "fairground.checkout.rules"),
    ("house", "surprise/__init__.py", "fairground.kernel.money"),
    ("inside_an_app", "orders/queries.py", "fairground.orders.tasks"),
    ("inside_an_app", "ledger/rules.py", "fairground.ledger.models"),
    ("sites_apart", "sites/storefront/art.py", "fairground.sites.api.door"),
    ("rules_pure", "checkout/rules/paying.py", "django.utils.timezone"),
    ("rules_pure", "kernel/money.py", "fairground.kernel.models"),
    ("pages_read_queries", "sites/storefront/views.py", "fairground.orders.models"),
    ("no_cycles", "checkout/figures.py", "fairground.checkout.actions.pay_purchases"),
]


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Check the contracts on the package in a folder."""
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package and its contracts."""
    shutil.copytree(
        PACKAGE,
        tmp_path / "fairground",
        ignore=lambda folder, names: [
            name for name in names if Path(folder, name).is_file() and not name.endswith(".py")
        ],
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("contract", "file", "imported"), BREACHES)
def test_a_contract_catches_who_breaks_it(copy: Path, contract: str, file: str, imported: str) -> None:
    path = copy / "fairground" / file
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as source:
        source.write(f"\nimport {imported}\n")

    result = lint(copy, "--contract", contract)

    assert result.returncode == 1
    assert "0 kept, 1 broken" in result.stdout, result.stdout


def test_every_contract_is_broken_once_here() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert {one["id"] for one in settings["tool"]["importlinter"]["contracts"]} == {
        contract for contract, _, _ in BREACHES
    }
