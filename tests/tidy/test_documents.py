"""What the documents say is so: links, paths, commands, limits, invariants."""

import importlib
import re
from pathlib import Path

import click
import pytest
from django.apps import apps

from fairground.cli.main import main
from tests.tidy.house import PACKAGE, ROOT, documents, in_backticks, name_of, our_files, table_below

ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:fairground|tests|docs|tools|requirements|bench)/[\w./-]+)`")
DOCUMENT = re.compile(r"[\w./-]+\.md\b")
COMMAND = re.compile(r"(?:^|`)(?:\w+=\S+ )*(?:\.venv/bin/)?fairground ([^`#|>)\n]+)", re.MULTILINE)

each_document = pytest.mark.parametrize("path", documents(), ids=name_of)


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for link in LINK.findall(path.read_text("utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@each_document
def test_every_path_that_is_named_exists(path: Path) -> None:
    assert [named for named in PATH.findall(path.read_text("utf-8")) if not (ROOT / named).exists()] == []


def test_every_document_that_code_names_is_one_of_the_repository() -> None:
    code = our_files(".py", ".sql", ".js", ".css", ".html", ".txt", ".typ", ".sh")
    for path in [*code, *(ROOT / name for name in ("pyproject.toml", "Makefile"))]:
        for named in DOCUMENT.findall(path.read_text("utf-8")):
            found = [(folder / named).resolve() for folder in (ROOT, path.parent)]
            assert any(one.is_file() and one.is_relative_to(ROOT) for one in found), (name_of(path), named)


@each_document
def test_every_command_that_is_named_exists_with_its_options(path: Path) -> None:
    wrong = []
    for text in COMMAND.findall(path.read_text("utf-8")):
        command: click.Command = main
        words = text.split()
        while words and isinstance(command, click.Group) and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        if command is main or not known.issuperset(word for word in words if word.startswith("--")):
            wrong.append(text)

    assert wrong == []


@each_document
def test_every_target_of_make_that_is_named_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    assert set(re.findall(r"(?:^|`)make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE)) <= targets


@each_document
def test_no_line_of_prose_is_longer_than_120_characters(path: Path) -> None:
    long = [line for line in path.read_text("utf-8").splitlines() if len(line) > 120 and not line.startswith("|")]

    assert long == []


def test_the_readme_is_short_and_has_no_places_left_to_fill() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    assert readme.count("\n") <= 120
    assert re.findall(r"\{\w+\}|TODO|TBD|XXX", readme) == []


def test_every_decision_has_the_same_parts_and_the_numbers_go_on() -> None:
    pages = sorted((ROOT / "docs/adr").glob("*.md"))

    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        parts = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives", "References"], page.name


def test_the_limits_in_the_architecture_are_those_in_the_code() -> None:
    rows = table_below(ARCHITECTURE, "## Limits")

    assert len(rows) > 20
    for constant, file, value, _why in rows:
        module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
        assert str(getattr(module, constant.strip("`"))) == value, (constant, file)


def test_every_invariant_that_code_names_stands_in_the_architecture_and_the_other_way_round() -> None:
    named = {
        int(number)
        for path in our_files(".py", ".sql")
        if path.is_relative_to(PACKAGE)
        for number in re.findall(r"\bINV-(\d+)", path.read_text("utf-8"))
    }
    listed = [int(row[0].removeprefix("INV-")) for row in table_below(ARCHITECTURE, "## Invariants")]

    assert listed == list(range(1, len(listed) + 1))
    assert named == set(listed)


def test_every_invariant_names_code_constraints_and_tests_that_exist() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in our_files(".py") if path.is_relative_to(PACKAGE))
    models = [model for model in apps.get_models() if model.__module__.startswith("fairground.")]
    schema = {model._meta.db_table for model in models}
    schema |= {constraint.name for model in models for constraint in model._meta.constraints}

    for invariant, _holds, code, constraint, tests in table_below(ARCHITECTURE, "## Invariants"):
        for name in in_backticks(code):
            assert re.search(rf"(def|class) {name}\b", sources), (invariant, name)
        for name in in_backticks(constraint):
            assert name in schema, (invariant, name)
        assert LINK.findall(tests), invariant


def test_the_life_of_one_order_has_twelve_steps_and_names_what_the_linked_files_hold() -> None:
    life = ARCHITECTURE.split("## The life of one order\n")[1].split("\n## ")[0]

    assert re.findall(r"^(\d+)\. ", life, re.MULTILINE) == [str(number) for number in range(1, 13)]
    for name, file in re.findall(r"\[`(\w+)`\]\(([^)]+)\)", life):
        assert re.search(rf"(def|class) {name}\b", (ROOT / file).read_text("utf-8")), (name, file)


def test_the_map_lists_every_package_in_the_order_of_the_contract() -> None:
    listed = [re.match(r"\[(\w+)\]", row[0]) for row in table_below(ARCHITECTURE, "## Map of the house")]
    layers = re.findall(r'^    "\(?(\w+)\)?",$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    there = [layer for layer in layers if (PACKAGE / layer / "__init__.py").exists()]

    assert [match[1] for match in listed if match] == there


def test_the_environments_variables_are_those_that_the_code_reads() -> None:
    listed = {row[0].strip("`") for row in table_below(OPERATIONS, "## The environment")}
    read = {
        name
        for path in our_files(".py")
        if path.is_relative_to(PACKAGE)
        for name in re.findall(r'environ(?:\.get\(|\[)"(\w+)"', path.read_text("utf-8"))
    }

    assert listed == read
