"""Where everything is: the tree that the tidy tests look at."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "fairground"
# Written by others: kept as it came.
VENDORED = ("tests/browser/vendor/",)


def our_files(*suffixes: str) -> Iterator[Path]:
    """Yield our own files with one of these suffixes, without migrations and vendored ones."""
    for folder in ("fairground", "tests", "docs", "bench", "tools"):
        for path in sorted((ROOT / folder).rglob("*")):
            place = path.relative_to(ROOT).as_posix()
            if path.suffix in suffixes and "/migrations/" not in place and not place.startswith(VENDORED):
                yield path


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a module, parsed once a run: a thousand files take some seconds."""
    return ast.parse(path.read_text("utf-8"))


def documents() -> list[Path]:
    """Return every document."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(path: Path) -> str:
    """Return a path as people write it."""
    return path.relative_to(ROOT).as_posix()


def table_below(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the tables below a heading, up to the next heading of any level, without their heads."""
    section = re.split(r"^#+ ", text.split(f"{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    rows: list[list[str]] = []
    for line in section.splitlines():
        if re.fullmatch(r"\|[-|]+\|", line):
            rows.pop()
        elif line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def in_backticks(text: str) -> list[str]:
    """Return the words between backticks."""
    return re.findall(r"`([^`]+)`", text)
