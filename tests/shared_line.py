"""A pytest plugin: runs beside each other share the test files, each from its own place in one line (tools/test).

`--line FOLDER` names a folder, empty at first, in which a file's claim is a file of that name: whoever makes it runs
it, and writes "done" into it after the last test. A run ends when nothing is left to claim, so runs that end well have
run everything between them, each file once, and they end at about the same time, however long a file takes. What is
long is begun first. An empty claim at the end is a file that nobody ran whole.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

# Where folders stand that are long; all others stand at 0. A browser mostly waits, and the programs of the back wait
# for each other, which goes well beside pages and rules, that only compute.
PLACES = {"browser": -1, "property": 1, "rehearsal": 2, "config": 3, "faults": 4}
LOOPS = "browser"
BEGINNINGS = ("front", "middle", "back")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the folder of the claims, and where in the line this run begins."""
    parser.addoption("--line", type=Path, help="share the test files with the runs that have the same folder")
    parser.addoption("--begin", choices=BEGINNINGS, default="front", help="where in the line this run begins")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run what this run claims, file by file; without `--line`, and where nothing can run, pytest does as ever."""
    folder: Path | None = session.config.getoption("--line")
    if folder is None or session.testsfailed or session.config.option.collectonly:
        return None
    claimed = _claimed(session, folder, begin=session.config.getoption("--begin"))
    item = next(claimed, None)
    while item is not None:
        following = next(claimed, None)
        # While a browser is open its event loop is this thread's, beside which Django asks no database: who leaves the
        # browser's tests ends all that a run keeps.
        leaves = following is not None and LOOPS in item.path.parts and LOOPS not in following.path.parts
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None if leaves else following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        if following is None or following.path != item.path:
            _claim_of(item.path.relative_to(session.config.rootpath), folder).write_text("done\n")
        item = following
    return True


def line_of(files: list[Path], *, begin: str) -> list[Path]:
    """Return the files as a run tries to claim them: folder by folder from where it begins, their files as they stand.

    From the middle the way leads to the back; the front comes last.
    """
    line = sorted(files, key=lambda file: (PLACES.get(file.parent.name, 0), file.parent))
    if begin == "middle":
        return sorted(line, key=lambda file: PLACES.get(file.parent.name, 0) < 0)
    if begin == "back":
        folders = [list(folder) for _, folder in groupby(line, key=lambda file: file.parent)]
        return [file for folder in reversed(folders) for file in folder]
    return line


def claim(file: Path, *, folder: Path) -> bool:
    """Tell whether the file is this run's: it is the first to ask."""
    try:
        _claim_of(file, folder).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _claim_of(file: Path, folder: Path) -> Path:
    return folder / "+".join(file.parts)


def _claimed(session: pytest.Session, folder: Path, *, begin: str) -> Iterator[pytest.Item]:
    """Yield the tests of a file once it is claimed; the next one is, when the last test of this one begins."""
    tests: dict[Path, list[pytest.Item]] = {}
    for item in session.items:
        tests.setdefault(item.path.relative_to(session.config.rootpath), []).append(item)
    for file in line_of(list(tests), begin=begin):
        if claim(file, folder=folder):
            yield from tests[file]
