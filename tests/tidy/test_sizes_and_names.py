"""Files and functions stay small, and every file says what it is (CONTRIBUTING.md)."""

import ast

from tests.tidy.house import PACKAGE, name_of, our_files, tree_of

LINES_MAX = 400
FUNCTION_LINES_MAX = 60
EVERYTHING = {"Exception", "BaseException"}
BANNED = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "base",
    "core",
    "manager",
    "managers",
    "service",
    "services",
    "handlers",
}


def test_no_file_is_longer_than_400_lines() -> None:
    long = {
        name_of(path): lines
        for path in our_files(".py", ".css", ".js", ".html", ".sql", ".lua")
        if (lines := path.read_text("utf-8").count("\n")) > LINES_MAX
    }

    assert long == {}, "make it a folder of one file per verb or noun"


def test_no_function_is_longer_than_60_lines_without_a_reason_above_it() -> None:
    long = []
    for path in our_files(".py"):
        source = path.read_text("utf-8")
        lines = source.splitlines()
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                first = min([node.lineno, *[one.lineno for one in node.decorator_list]])
                if length > FUNCTION_LINES_MAX and not lines[first - 2].lstrip().startswith("#"):
                    long.append(f"{name_of(path)}:{node.lineno} {node.name}: {length} lines")

    assert long == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    empty = [
        name_of(path) for path in our_files(".py") if BANNED & {path.stem, *path.relative_to(PACKAGE.parent).parts[:-1]}
    ]

    assert empty == [], "name the thing: what does it do, to what?"


def test_every_module_begins_with_a_docstring() -> None:
    silent = [name_of(path) for path in our_files(".py") if not ast.get_docstring(tree_of(path))]

    assert silent == []


def test_an_apps_init_holds_its_docstring_and_nothing_else() -> None:
    full = [
        name_of(path)
        for path in PACKAGE.glob("*/__init__.py")
        if [type(node) for node in tree_of(path).body] != [ast.Expr]
    ]

    assert full == []


def test_nobody_catches_every_exception_without_raising_it_again_or_a_reason_beside_it() -> None:
    broad = []
    for path in our_files(".py"):
        source = path.read_text("utf-8")
        lines = source.splitlines()
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler) and catches_everything(node):
                raises = any(isinstance(one, ast.Raise) and one.exc is None for one in node.body)
                if not raises and "# " not in lines[node.lineno - 1]:
                    broad.append(f"{name_of(path)}:{node.lineno}")

    assert broad == []


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Return whether it is a bare `except`, or one of `Exception` or `BaseException`."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in EVERYTHING) for kind in kinds)
