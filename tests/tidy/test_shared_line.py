"""The line of test files that runs share: every file is run once, whoever is faster."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared_line import BEGINNINGS, claim, line_of
from tests.tidy.house import ROOT

FILES = ["carts/test_a.py", "carts/test_b.py", "faults/test_c.py", "browser/test_d.py", "tidy/test_e.py"]
# Each test writes down that it ran, and takes a while, so that all runs have something to do.
TEST = """
import time

def test_one():
    time.sleep(0.05)
    with open({journal!r}, "a") as journal:
        journal.write("{name}\\n")

def test_two():
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a few test files, and a folder for the claims."""
    for name in FILES:
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEST.format(journal=str(tmp_path / "journal"), name=name))
    (tmp_path / "line").mkdir()
    (tmp_path / "pytest.ini").touch()
    return tmp_path


def begin(project: Path, *further: str) -> subprocess.Popen[str]:
    """Begin a run of the project's tests."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django"]
    return subprocess.Popen(
        [*command, "-p", "tests.shared_line", *further],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(run: subprocess.Popen[str]) -> str:
    """Wait for a run to end well, and return what it said."""
    said, _ = run.communicate()
    assert run.returncode == 0, said
    return said


def test_runs_at_one_line_run_each_file_once_between_them(project: Path) -> None:
    runs = [begin(project, "--line", "line", "--begin", one) for one in BEGINNINGS]

    for run in runs:
        ended(run)

    assert sorted((project / "journal").read_text().split()) == sorted(FILES)
    claims = list((project / "line").iterdir())
    assert [claim.read_text() for claim in claims] == ["done\n"] * len(FILES)


def test_what_another_run_claimed_is_left_to_it_whole(project: Path) -> None:
    claimed = Path("tests", "carts", "test_a.py")
    assert claim(claimed, folder=project / "line")
    assert not claim(claimed, folder=project / "line")

    said = ended(begin(project, "--line", "line"))

    assert sorted((project / "journal").read_text().split()) == sorted(set(FILES) - {"carts/test_a.py"})
    assert "8 passed" in said


def test_a_run_that_dies_leaves_an_empty_claim(project: Path) -> None:
    (project / "tests" / "carts" / "test_a.py").write_text(
        "import os\n\ndef test_one():\n    os._exit(3)\n\ndef test_two():\n    pass\n"
    )

    run = begin(project, "--line", "line")
    run.communicate()

    assert run.returncode == 3
    assert [claim.name for claim in (project / "line").iterdir() if not claim.read_text()] == ["tests+carts+test_a.py"]


def test_a_run_that_fails_says_so_and_runs_the_others(project: Path) -> None:
    (project / "tests" / "carts" / "test_a.py").write_text("def test_one():\n    assert False\n")

    run = begin(project, "--line", "line")
    run.communicate()

    assert run.returncode == 1
    assert sorted((project / "journal").read_text().split()) == sorted(set(FILES) - {"carts/test_a.py"})


def test_what_a_run_keeps_ends_with_the_browsers_tests(project: Path) -> None:
    (project / "conftest.py").write_text(
        "import pytest\n\n\n@pytest.fixture(scope='session', autouse=True)\ndef kept():\n"
        f"    yield\n    with open({str(project / 'journal')!r}, 'a') as journal:\n        journal.write('ended\\n')\n"
    )

    ended(begin(project, "--line", "line"))

    first, then, *others, last = (project / "journal").read_text().split()
    assert [first, then, last] == ["browser/test_d.py", "ended", "ended"]
    assert sorted(others) == sorted(set(FILES) - {first})


def test_a_run_without_a_line_runs_everything(project: Path) -> None:
    ended(begin(project))

    assert sorted((project / "journal").read_text().split()) == sorted(FILES)


def test_long_folders_stand_at_the_ends_and_a_folder_keeps_its_order_from_wherever() -> None:
    files = [Path("tests", name) for name in sorted(FILES)]

    lines = {one: [file.stem for file in line_of(files, begin=one)] for one in BEGINNINGS}

    assert lines == {
        "front": ["test_d", "test_a", "test_b", "test_e", "test_c"],
        "middle": ["test_a", "test_b", "test_e", "test_c", "test_d"],
        "back": ["test_c", "test_e", "test_a", "test_b", "test_d"],
    }
