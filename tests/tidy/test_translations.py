"""Every word of a page is translated, and what the program reads is what the translators wrote."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

SITES = Path(__file__).parents[2] / "fairground" / "sites"
CATALOGUES = sorted(SITES.glob("locale/*/LC_MESSAGES/django.po"))
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "pgettext": ((1, "c"), 2)}

by_language = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def words() -> Iterator[str]:
    """Yield every word that a template or a view marks for translation."""
    for path in sorted(SITES.rglob("*.html")) + sorted(SITES.rglob("*.py")):
        source = path.read_text("utf-8")
        if path.suffix == ".html":
            source = templatize(source)
        for _, message, _, _ in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            yield message if isinstance(message, str) else message[0]


def test_there_are_catalogues_for_spanish_and_chinese() -> None:
    assert [path.parts[-3] for path in CATALOGUES] == ["es", "zh_Hans"]


@by_language
def test_every_word_of_a_page_is_translated(path: Path) -> None:
    catalogue = read(path)

    missing = {word for word in words() if word not in catalogue or not catalogue[word].string}

    assert not missing, f"add them to {path}, then: pybabel compile -d fairground/sites/locale -D django"


@by_language
def test_no_translation_is_of_a_word_that_is_gone_or_unsure(path: Path) -> None:
    catalogue = read(path)

    assert {message.id for message in catalogue if message.id} - set(words()) == set()
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


@by_language
def test_a_translation_has_the_places_to_fill_that_the_word_has(path: Path) -> None:
    for message in read(path):
        assert list(message.check()) == []
        for mark in ("{", "%(", "<small>"):
            assert str(message.string).count(mark) == str(message.id).count(mark), message.id


@by_language
def test_what_is_compiled_is_what_is_written(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}

    assert compiled == {message.id: message.string for message in read(path) if message.id}, (
        "pybabel compile -d fairground/sites/locale -D django"
    )
