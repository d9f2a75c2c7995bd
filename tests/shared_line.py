"""A pytest plugin: runs beside each other share the test files, each at its own end of one line (tools/test).

`--line FOLDER` names a folder, empty at first, in which a file's claim is a file of that name: whoever makes it runs
it. A run ends when nothing is left to claim, so two runs that end well have run everything, each file once, and both
end at about the same time, however long a file takes. What is long stands at the ends.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

# Where folders stand that are long; all others stand at 0. A browser mostly waits, which goes well beside what the
# back has: programs, clusters, crowds.
PLACES = {"browser": -1, "property": 1, "rehearsal": 2, "config": 3, "faults": 4}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the folder of the claims, and the end at which this run begins."""
    parser.addoption("--line", type=Path, help="share the test files with the runs that have the same folder")
    parser.addoption("--from-back", action="store_true", help="begin at the back of the line")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run what this run claims, file by file; without `--line`, and where nothing can run, pytest does as ever."""
    folder: Path | None = session.config.getoption("--line")
    if folder is None or session.testsfailed or session.config.option.collectonly:
        return None
    claimed = _claimed(session, folder, from_back=session.config.getoption("--from-back"))
    item = next(claimed, None)
    while item is not None:
        following = next(claimed, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


def line_of(files: list[Path], *, from_back: bool) -> list[Path]:
    """Return the files as a run tries to claim them: the folders from its end, in each the files as they stand."""
    line = sorted(files, key=lambda file: (PLACES.get(file.parent.name, 0), file.parent))
    if not from_back:
        return line
    folders = [list(folder) for _, folder in groupby(line, key=lambda file: file.parent)]
    return [file for folder in reversed(folders) for file in folder]


def claim(file: Path, *, folder: Path) -> bool:
    """Tell whether the file is this run's: it is the first to ask."""
    try:
        (folder / "+".join(file.parts)).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _claimed(session: pytest.Session, folder: Path, *, from_back: bool) -> Iterator[pytest.Item]:
    """Yield the tests of a file once it is claimed; the next one is, when the last test of this one begins."""
    tests: dict[Path, list[pytest.Item]] = {}
    for item in session.items:
        tests.setdefault(item.path.relative_to(session.config.rootpath), []).append(item)
    for file in line_of(list(tests), from_back=from_back):
        if claim(file, folder=folder):
            yield from tests[file]
