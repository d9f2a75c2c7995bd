"""The Makefile, the locked requirements, and the heads of SQL files."""

import re

from tests.tidy.house import PACKAGE, ROOT, name_of, our_files

TARGETS_MAX = 12


def test_make_has_at_most_twelve_targets_and_help_explains_each() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):(.*)$", makefile, re.MULTILINE)

    assert len(targets) <= TARGETS_MAX
    assert [name for name, rest in targets if not re.search(r"## \S", rest)] == []
    assert targets[0][0] == "help"


def test_no_locked_requirement_names_an_index_and_each_has_a_hash() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text("utf-8")
        assert (
            re.findall(
                r"^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b.*$", text, re.MULTILINE
            )
            == []
        )
        assert "://" not in text, name_of(path)
        pinned = re.findall(r"^([\w.\[\]-]+==\S+)(.*)$", text, re.MULTILINE)
        assert pinned
        assert len(pinned) <= text.count("--hash=sha256:"), name_of(path)


def test_an_sql_file_begins_with_a_sentence_and_what_it_locks() -> None:
    wrong = []
    for path in our_files(".sql"):
        first, second, *_ = path.read_text("utf-8").splitlines()
        if not re.fullmatch(r"-- [A-Z`\"].*[.:]?", first) or not second.startswith("-- Locks: "):
            wrong.append(name_of(path))

    assert wrong == []


def test_every_sql_file_is_used() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in our_files(".py") if path.is_relative_to(PACKAGE))
    checks = re.findall(r'CheckPlan\(\s*"(\w+)"', sources)
    unused = [
        name_of(path)
        for path in our_files(".sql")
        if path.is_relative_to(PACKAGE)
        and f'"{path.stem}"' not in sources
        and path.stem not in {f"check_{key}" for key in checks}
    ]

    assert unused == []
